"""`python -m demo`: the demo year on a fresh installation, and `python -m demo cases <folder>`.

Environment: YEAR, a folder with another `figures.json`; DEMO_EXIT=1, end after the summary with
status 0 or 1 instead of staying up; DEMO_UNTIL, the last act to walk.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rich.console import Console

from local.embedded import Postgres
from local.stack import Stack

from . import summary
from .acts import autumn_2024, year_of_acts
from .acts.setting_up import seat_administrators
from .figures import YEAR, Figures
from .installation import installed
from .published import check_cases
from .walk import Act, World, walk

HOME = Path(__file__).resolve().parents[2] / ".local"
PREFIX = "demo_"
HTTP, SITE = 8080, 8090
console = Console(width=int(os.environ.get("COLUMNS", "150")))


def main(arguments: list[str]) -> int:
    """Do what was asked; the exit status."""
    match arguments:
        case []:
            return demo(Path(os.environ.get("YEAR") or YEAR))
        case ["cases", folder]:
            return cases(Path(folder))
        case _:
            console.print(__doc__)
            return 2


def demo(folder: Path) -> int:
    """Walk the year from nothing; 0 when every act went well and every figure agrees."""
    figures = Figures(folder)
    acts = year_of_acts()
    until = int(os.environ.get("DEMO_UNTIL") or 0) or None
    with fresh_stack(first_day(acts)) as (stack, accounts):
        world = World(figures, stack)
        seat_administrators(world, accounts)
        good = asyncio.run(_walk(world, acts, until))
        if not os.environ.get("DEMO_EXIT"):
            summary.say_where(console, world)
            with contextlib.suppress(KeyboardInterrupt):
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0 if good else 1


def cases(folder: Path) -> int:
    """File and score every published case of a folder through a system of its own."""
    act = autumn_2024.ACTS[0]
    with fresh_stack(first_day([act])) as (stack, accounts):
        world = World(Figures(), stack)
        seat_administrators(world, accounts)
        return asyncio.run(check_cases(world, act, folder, console))


async def _walk(world: World, acts: list[Act], until: int | None) -> bool:
    def tell(day: date, act: Act, result: str) -> None:
        console.print(f"{day} 第{act.no}幕 {act.what}：{result}", highlight=False, markup=False)

    try:
        outcomes = await walk(world, acts, until=until, tell=tell)
        return summary.show(console, world, outcomes)
    finally:
        await world.close()


def first_day(acts: list[Act]) -> date:
    """The day on which the first act is."""
    return date.fromisoformat(min(day for act in acts for day in act.steps))


@contextlib.contextmanager
def fresh_stack(day: date) -> Iterator[tuple[Stack, dict[str, str]]]:
    """The demo's own installation under `.local/`; PostgreSQL stays up where `make up` uses it."""
    postgres = Postgres(HOME / "postgres")
    console.print("准备数据库，启动各服务……")
    try:
        with installed(postgres, HOME / "demo", PREFIX, day, http=HTTP, site=SITE) as ready:
            console.print(ready[0].warning, style="bold red")
            yield ready
    finally:
        if not (HOME / "up" / "pids").exists():
            postgres.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
