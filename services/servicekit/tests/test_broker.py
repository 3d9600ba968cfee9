"""The broker's settings are code: what somebody changed there stops the process (P2.2, P2.7)."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import nats
import pytest
from nats.js.api import ConsumerConfig, DiscardPolicy

from jixiao.api.gateway.v1 import events_pb
from jixiao.servicekit import broker as module
from jixiao.servicekit.broker import Broker, Drifted
from jixiao.servicekit.events import LARGEST, Catalogue, EventTooLarge, Telling

SIZE = 2**20


@pytest.fixture
async def places(nats: Any) -> Any:
    """A broker, a raw connection to the same server, and a stream of its own."""
    broker, stream = await Broker.connect(nats.url, "settings"), f"S{uuid4().hex}"
    raw = await _raw(nats.url)
    await broker.ensure_stream(stream, f"jixiao.{stream}.>", max_bytes=SIZE)
    yield broker, raw.jetstream(), stream
    await raw.close()
    await broker.close()


async def _raw(url: str) -> Any:
    return await nats.connect(url)


async def test_p27_a_stream_whose_settings_somebody_changed_is_not_written_over(
    places: Any,
) -> None:
    broker, raw, stream = places
    await broker.ensure_stream(stream, f"jixiao.{stream}.>", max_bytes=SIZE)  # control: as it is
    config = (await raw.stream_info(stream)).config
    await raw.update_stream(replace(config, discard=DiscardPolicy.OLD, max_age=900.0))

    with pytest.raises(Drifted, match=r"discard is .*old.*; max_age is 900"):
        await broker.ensure_stream(stream, f"jixiao.{stream}.>", max_bytes=SIZE)

    assert (await raw.stream_info(stream)).config.max_age == 900


async def test_p22_a_streams_size_is_the_installations_and_follows_it(places: Any) -> None:
    broker, raw, stream = places
    await broker.ensure_stream(stream, f"jixiao.{stream}.>", max_bytes=2 * SIZE)
    assert (await raw.stream_info(stream)).config.max_bytes == 2 * SIZE


async def test_p27_a_consumer_that_would_drop_events_is_not_read_from(places: Any) -> None:
    broker, raw, stream = places
    subjects = [f"jixiao.{stream}.thing.>"]
    await broker.subscribe(stream, "reader", subjects)
    found = (await raw.consumer_info(stream, "reader")).config
    assert (found.max_deliver, found.backoff) == (-1, None)
    await broker.subscribe(stream, "reader", [*subjects, f"jixiao.{stream}.other.>"])
    found = (await raw.consumer_info(stream, "reader")).config
    assert len(found.filter_subjects) == 2  # what a version hears is its own affair

    given: ConsumerConfig = replace(found, max_deliver=3, ack_wait=5.0)
    await raw.add_consumer(stream, given)

    with pytest.raises(Drifted, match=r"ack_wait is 5.0, not 30; max_deliver is 3, not -1"):
        await broker.subscribe(stream, "reader", subjects)


async def test_p22_what_is_being_worked_on_is_not_given_to_another(
    places: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, raw, stream = places
    monkeypatch.setattr(module, "ACK_WAIT", 0.6)
    reader = await broker.subscribe(stream, "slow", [f"jixiao.{stream}.thing.>"])
    other = await raw.pull_subscribe_bind(durable="slow", stream=stream)
    await raw.publish(f"jixiao.{stream}.thing.happened", b"1")
    (message,) = await reader.fetch()

    working = asyncio.create_task(module.work_on([message]))
    with pytest.raises(TimeoutError):  # three times as long as the server waits for a word
        await other.fetch(1, timeout=1.8)
    working.cancel()

    (again,) = await other.fetch(1, timeout=5)  # control: without a word it is given away
    assert module.deliveries(again) == 2
    await again.ack()


async def test_p22_a_stream_over_seventy_percent_full_is_an_alarm(
    places: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, raw, stream = places
    alarms: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    monkeypatch.setattr(module, "WATCHED_EVERY", 0.01)
    monkeypatch.setattr(module.log, "error", lambda _, **said: alarms.put_nowait(said))
    watching = asyncio.create_task(broker.watch(stream))
    try:
        for _ in range(13):
            await raw.publish(f"jixiao.{stream}.thing.happened", b"x" * (50 * 2**10))
        assert alarms.empty()  # control: at 65 %
        for _ in range(2):
            await raw.publish(f"jixiao.{stream}.thing.happened", b"x" * (50 * 2**10))
        async with asyncio.timeout(10):
            said = await alarms.get()
    finally:
        watching.cancel()
    assert (said["kind"], said["stream"]) == ("stream_filling", stream)


def test_p22_an_event_that_the_stream_would_not_take_is_refused_before_anything_is_done() -> None:
    @dataclass
    class Happened:
        unit_id: UUID
        name: str

    catalogue = Catalogue(
        "gateway", [Telling(Happened, events_pb.OrgUnitRecorded, "org_unit", "unit_id", "recorded")]
    )
    with pytest.raises(EventTooLarge) as refused:
        catalogue.tell(Happened(uuid4(), "区" * (100 * 2**10)))
    assert "300千字节" in refused.value.message
    told = catalogue.tell(Happened(uuid4(), "区" * (80 * 2**10)))  # control
    assert len(told.payload) <= LARGEST
