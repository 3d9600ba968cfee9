"""The power goes while commands run: what was acknowledged was on the disk (P2.2, P7, §9.5).

SIGKILL alone proves nothing here, the page cache survives it: the data lies on a FUSE file system
that forgets what was not fsynced. The controls run the same cut with the setting taken away.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from faults.cluster import Cluster
from faults.history import History, findings
from faults.powercut import Storage
from faults.station import Station
from jixiao.servicekit.broker import Broker
from local.embedded import Nats

Place = Callable[[str], Path]
STREAM, SUBJECT = "TARGETS", "jixiao.targets.programme.created"


@pytest.fixture
def storage(place: Place) -> Any:
    made = Storage(place("power"))
    yield made
    made.cut()


@asynccontextmanager
async def connected(nats: Nats) -> AsyncIterator[Broker]:
    broker = await Broker.connect(nats.url, "powercut")
    yield broker
    await broker.close()


async def published(nats: Nats, events: int) -> list[str]:
    """Ids of the events that the stream has acknowledged."""
    async with connected(nats) as broker:
        await broker.ensure_stream(STREAM, "jixiao.targets.>", max_bytes=16 * 2**20)
        ids = [str(uuid4()) for _ in range(events)]
        for one in ids:
            await broker.publish(SUBJECT, b"x" * 200, {}, stream=STREAM, event_id=one)
    return ids


async def held(nats: Nats) -> list[str]:
    """Ids of the events that the stream still has."""
    async with connected(nats) as broker:
        await broker.ensure_stream(STREAM, "jixiao.targets.>", max_bytes=16 * 2**20)
        state = (await broker._stream.stream_info(STREAM)).state
        numbers = range(state.first_seq, state.last_seq + 1) if state.messages else ()
        kept = [await broker._stream.get_msg(STREAM, number) for number in numbers]
    return [message.headers["Nats-Msg-Id"] for message in kept]


async def nats_after_a_cut(
    storage: Storage, place: Place, sync: str
) -> tuple[list[str], list[str]]:
    """What was acknowledged, and what is there after the power came back."""
    storage.mount()
    nats = Nats(place("nats"), store=storage.point / "nats", sync=sync)
    nats.start()
    acknowledged = await published(nats, 50)
    nats.kill()
    storage.cut()
    storage.mount()
    nats.start()
    try:
        return acknowledged, await held(nats)
    finally:
        nats.kill()


async def test_p22_an_acknowledged_event_survives_a_power_cut(
    storage: Storage, place: Place
) -> None:
    acknowledged, found = await nats_after_a_cut(storage, place, "always")
    assert found == acknowledged


async def test_p22_control_with_the_default_sync_interval_acknowledged_events_are_lost(
    storage: Storage, place: Place
) -> None:
    acknowledged, found = await nats_after_a_cut(storage, place, "2m")
    assert len(found) < len(acknowledged)


async def under_load_until_the_cut(
    storage: Storage, place: Place, model: Cluster, settings: dict[str, str]
) -> tuple[History, Station]:
    """Both servers on the storage, commands running, the power cut, everything started again."""
    folder = place("station")
    cluster = Cluster(storage.hold(model.folder, "cluster"))
    cluster.log = folder / "postgres.log"  # the log is not the data
    storage.mount()
    nats = Nats(folder / "nats", store=storage.point / "nats")
    station = Station(cluster, nats, folder)
    cluster.start(settings)
    nats.start()
    station.start("monitoring")
    station.start("targets")
    history = History(station, patience=1)
    running = asyncio.create_task(history.run(clients=3))
    await asyncio.wait_for(history.at_least(40), 120)
    cluster.kill()
    nats.kill()
    for service in station.processes:
        station.kill(service)
    history.stopped.set()
    await running
    storage.cut()
    storage.mount()
    cluster.start()
    nats.start()
    for service in station.processes:
        station.start(service)
    return history, station


async def test_p7_commands_acknowledged_before_a_power_cut_are_there_and_heard(
    storage: Storage, place: Place, model: Cluster
) -> None:
    history, station = await under_load_until_the_cut(storage, place, model, {})
    try:
        await asyncio.to_thread(station.settle)
        assert findings(history) == []
    finally:
        await station.close()
        station.stop()


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
async def test_p7_control_without_it_acknowledged_commands_are_lost(
    storage: Storage, place: Place, model: Cluster, setting: str
) -> None:
    history, station = await under_load_until_the_cut(storage, place, model, {setting: "off"})
    try:
        lost = [line for line in findings(history) if line.startswith("acknowledged programme")]
        assert lost
    finally:
        await station.close()
        station.stop()


def test_a_machine_without_fuse_fails_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, place: Place
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    refused: Callable[[], Storage] = lambda: Storage(place("nowhere"))  # noqa: E731
    with pytest.raises(RuntimeError, match="modprobe fuse"):
        refused()
