"""A fresh installation to walk a year on: databases, services, first accounts, and a supervisor."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from local import databases
from local.embedded import Postgres
from local.stack import Stack


@contextlib.contextmanager
def installed(
    postgres: Postgres,
    folder: Path,
    prefix: str,
    day: date,
    *,
    http: int = 0,
    site: int = 0,
    password_memory: int | None = None,
) -> Iterator[tuple[Stack, dict[str, str]]]:
    """A running installation without data, its clock at `day`, and the first accounts.

    What an earlier run left under the same folder and prefix goes. Events are delivered again
    after one second, so that a killed service is caught up with at once.
    """
    if (folder / "pids").exists():
        Stack.stop_left(folder / "pids")
    shutil.rmtree(folder, ignore_errors=True)
    stack = Stack(
        postgres,
        folder,
        prefix=prefix,
        redelivery="1,1,2,5",
        http=http,
        site=site,
        password_memory=password_memory,
    )
    for service in (*databases.SERVICES, databases.SITE):
        databases.drop(postgres, stack.database(service))
    try:
        stack.prepare()
        _set_clock(folder, day)
        accounts = stack.install()
        stack.start()
        with supervised(stack):
            stack.settle(day)
            yield stack, accounts
    finally:
        stack.stop()


@contextlib.contextmanager
def supervised(stack: Stack) -> Iterator[None]:
    """Start anew whatever process ends by itself, as a supervisor in production does."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            for service, process in list(stack.processes.items()):
                if process.poll() is not None:
                    with contextlib.suppress(TimeoutError):
                        stack.restart(service)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(60)


def _set_clock(folder: Path, day: date) -> None:
    """Where the business clock begins, before any service has handled a day."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    (folder / "clock").write_text(str((day - today).days), encoding="ascii")
