"""The disk is full: commands answer 503, nothing is lost, and it goes on when there is room (§9.5)."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from faults.cluster import Cluster, own_like
from faults.history import History, findings
from faults.powercut import SmallDisk
from faults.station import Station
from local.embedded import Nats

Place = Callable[[str], Path]
MIB = 2**20


@pytest.fixture
def disk(place: Place) -> Any:
    """A tmpfs that holds the cluster and a little more."""
    made = SmallDisk(place("small"))
    yield made
    made.unmount()


async def started(station: Station) -> Station:
    station.cluster.start()
    station.nats.start()
    station.start("monitoring")
    station.start("targets")
    return station


@pytest.fixture
async def full_database(disk: Any, place: Place, model: Cluster) -> AsyncIterator[Station]:
    held = sum(path.lstat().st_blocks * 512 for path in model.folder.rglob("*"))
    disk.mount(held + 24 * MIB)
    folder = place("station")
    shutil.copytree(model.folder, disk.point / "cluster", symlinks=True)
    own_like(model.folder, disk.point / "cluster")
    cluster = Cluster(disk.point / "cluster")
    cluster.log = folder / "postgres.log"
    station = await started(Station(cluster, Nats(folder / "nats"), folder))
    yield station
    await station.close()
    station.stop()


@pytest.fixture
async def full_broker(disk: Any, place: Place, model: Cluster) -> AsyncIterator[Station]:
    disk.mount(24 * MIB)
    folder = place("station")
    nats = Nats(folder / "nats", store=disk.point / "nats")
    station = await started(Station(model.copy(folder / "cluster"), nats, folder))
    yield station
    await station.close()
    station.stop()


async def test_a_full_database_disk_answers_503_and_loses_nothing(
    full_database: Station, disk: Any
) -> None:
    station, history = full_database, History(full_database, patience=400)
    running = asyncio.create_task(history.run(clients=3))
    await asyncio.wait_for(history.at_least(10), 60)
    disk.fill()
    while not history.refusals:  # noqa: ASYNC110 - counts what other tasks see
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    disk.free()
    if station.cluster.process is not None and station.cluster.process.poll() is not None:
        station.cluster.start()  # a full WAL disk ends the server: PANIC, as PostgreSQL means it
    await asyncio.wait_for(history.at_least(10), 120)
    history.stopped.set()
    await running
    await asyncio.to_thread(station.settle)

    assert {told.split()[0] for told in history.refusals} <= {"UNAVAILABLE", "RESOURCE_EXHAUSTED"}
    assert findings(history) == []


async def test_a_full_broker_disk_holds_events_back_and_loses_none(
    full_broker: Station, disk: Any
) -> None:
    station, history = full_broker, History(full_broker)
    await history.one()
    await asyncio.to_thread(station.settle)
    disk.fill()
    for _ in range(20):
        assert (await history.one()).outcome == "acknowledged"  # nobody waits for the broker
    unsent = station.rows("targets", "SELECT id FROM jx.outbox WHERE sent_at IS NULL")
    disk.free()
    station.nats.stop()  # it refuses a stream whose write has failed until it starts again
    station.nats.start()
    await asyncio.to_thread(station.settle)

    assert unsent  # the control: the disk was full
    assert findings(history) == []
