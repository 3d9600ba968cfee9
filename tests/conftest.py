"""The whole demo year, walked once a session through the doors that officials use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.rehearsal import Walked, rehearsed
from local.embedded import Postgres


@pytest.fixture(scope="session")
def year(postgres: Postgres, folder: Path) -> Iterator[Walked]:
    """All acts, walked; the stack stays up until the session ends."""
    with rehearsed(postgres, folder / "year", "year_") as walked:
        yield walked
