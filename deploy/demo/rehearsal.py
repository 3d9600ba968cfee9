"""A year walked on an installation of its own, for the tests: whole, smaller, or disturbed."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from local.embedded import Postgres
from local.stack import Stack

from .acts import year_of_acts
from .acts.setting_up import seat_administrators
from .figures import YEAR, Figures
from .installation import installed
from .walk import Act, Outcome, World, walk

Watcher = Callable[[World, date, Act], None]
"""Called after each step: a fault test kills something here."""


@dataclass(frozen=True, slots=True)
class Walked:
    """A walked year: the world, still up, and what became of each act."""

    world: World
    stack: Stack
    outcomes: dict[int, Outcome]

    @property
    def failures(self) -> dict[int, str]:
        """Acts that did not go as written."""
        return {number: one.failure for number, one in self.outcomes.items() if one.failure}


@contextlib.contextmanager
def rehearsed(
    postgres: Postgres,
    folder: Path,
    prefix: str,
    *,
    year: Path = YEAR,
    watcher: Watcher | None = None,
) -> Iterator[Walked]:
    """Walk all acts of a year's figures; the stack stays up inside the `with`."""
    acts = year_of_acts()
    first = date.fromisoformat(min(day for act in acts for day in act.steps))
    with installed(postgres, folder, prefix, first, password_memory=1024) as (stack, accounts):
        world = World(Figures(year), stack)
        seat_administrators(world, accounts)

        def tell(day: date, act: Act, _: str) -> None:
            if watcher is not None:
                watcher(world, day, act)

        async def walked() -> list[Outcome]:
            try:
                return await walk(world, acts, tell=tell)
            finally:
                await world.close()

        outcomes = asyncio.run(walked())
        yield Walked(world, stack, {outcome.act.no: outcome for outcome in outcomes})
