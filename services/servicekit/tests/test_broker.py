"""The broker's settings are code: what somebody changed there stops the process (P2.2, P2.7)."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import nats
import pytest
from nats.js.api import ConsumerConfig, DiscardPolicy

from jixiao.servicekit.broker import Broker, Drifted

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
