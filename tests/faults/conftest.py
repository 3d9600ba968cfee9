"""Installations that may be broken: each on a copy of one prepared cluster."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from faults.cluster import Cluster
from faults.station import Station, prepare
from local.embedded import Nats

Build = Callable[[], Station]
Place = Callable[[str], Path]


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """A folder that the server's own user may enter."""
    path = Path(tempfile.mkdtemp(prefix="jixiao-faults-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def place(ground: Path) -> Place:
    """Make a fresh folder."""

    def make(name: str) -> Path:
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=ground))
        folder.chmod(0o755)
        return folder

    return make


@pytest.fixture(scope="session")
def model(ground: Path) -> Cluster:
    """The prepared cluster, stopped."""
    return prepare(ground / "model")


@pytest.fixture(scope="module")
def build(place: Place, model: Cluster) -> Iterator[Build]:
    """Make a station whose PostgreSQL and NATS run; its services are started by the test."""
    with ExitStack() as ends:

        def make() -> Station:
            folder = place("station")
            cluster, nats = model.copy(folder / "cluster"), Nats(folder / "nats")
            station = Station(cluster, nats, folder)
            ends.callback(station.stop)
            cluster.start()
            nats.start()
            return station

        yield make
