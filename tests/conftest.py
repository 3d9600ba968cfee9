"""The whole demo year, walked once a session through the doors that officials use."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from demo.callers import Caller
from demo.officials import Person
from demo.rehearsal import Walked, rehearsed
from local.embedded import Postgres

Callers = Callable[[str], Awaitable[Caller]]


@pytest.fixture(scope="session")
def year(postgres: Postgres, folder: Path) -> Iterator[Walked]:
    """All acts, walked; the stack stays up until the session ends."""
    with rehearsed(postgres, folder / "year", "year_") as walked:
        yield walked


@pytest.fixture(scope="session")
async def callers(year: Walked) -> AsyncIterator[Callers]:
    """People of the walked year by their name in the storyboard, each signed in once anew."""
    seated: dict[str, Caller] = {}

    async def seat(name: str) -> Caller:
        if name not in seated:
            known = year.world.people[name]
            person = Person(
                name, known.login, known.password, known.url, known.first_password, role=known.role
            )
            await person.call("GET", "/v1/session")
            known.first_password = ""  # changed at the first login
            seated[name] = Caller(person)
        return seated[name]

    yield seat
    for one in seated.values():
        await one.person.close()
