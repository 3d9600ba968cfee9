"""NATS JetStream behind one wrapper; the only module that imports `nats` (P2.2, P2.7).

Each setting answers a way in which events were lost or a process hung: see promises.md P2.7.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Collection, Mapping
from typing import Any

import nats
import nats.errors
import nats.js.errors
import structlog
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

log = structlog.get_logger()
STREAM = (
    "subjects", "retention", "storage", "discard", "max_age", "duplicate_window", "deny_delete",
    "deny_purge", "max_msgs", "max_msgs_per_subject", "sealed",
)  # fmt: skip
"""Settings of a stream that are code; its size and replicas are the installation's."""
CONSUMER = ("ack_policy", "ack_wait", "max_deliver", "backoff", "max_ack_pending", "deliver_policy")
"""Settings of a consumer that are code; its subjects follow what a version of a service hears."""
FILLING, WATCHED_EVERY = 0.7, 60.0
ACK_WAIT = 30
"""Seconds without a word from the reader after which an event is delivered again (P2.2)."""
Message = Any  # nats-py's messages have no useful type


class Drifted(RuntimeError):
    """Somebody has changed what is code: nothing is told or heard until it is set right (P2.7)."""

    @classmethod
    def check(cls, name: str, settings: tuple[str, ...], found: Any, wanted: Any) -> None:
        """Compare the settings named. Raises Drifted."""
        drift = [
            f"{one} is {getattr(found, one)!r}, not {getattr(wanted, one)!r}"
            for one in settings
            if (getattr(found, one) or None) != (getattr(wanted, one) or None)
        ]
        if drift:
            raise cls(f"{name}: {'; '.join(drift)}")


class Broker:
    """One connection; publishing fails at once while disconnected, never later by surprise."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._stream = connection.jetstream(timeout=5)

    @classmethod
    async def connect(cls, url: str, name: str) -> "Broker":
        """Connect within 10 s; reconnects for ever after; a closed connection ends the process."""
        connection = await asyncio.wait_for(
            nats.connect(
                url,
                name=name,
                pending_size=-1,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.5,
                ping_interval=5,  # a half-open link is noticed in 15 s, not in the default 6 min
                max_outstanding_pings=2,
                allow_reconnect=True,
                error_cb=_said("broker_error"),
                disconnected_cb=_said("broker_disconnected"),
                reconnected_cb=_said("broker_reconnected"),
                closed_cb=_closed,
            ),
            timeout=10,
        )
        return cls(connection)

    async def close(self) -> None:
        """Drain for at most 5 s."""
        self._connection._closed_cb = None  # noqa: SLF001 - a wanted end is not a fault
        try:
            await asyncio.wait_for(self._connection.drain(), timeout=5)
        except (TimeoutError, nats.errors.Error):
            await self._connection.close()

    async def ensure_stream(
        self, name: str, subjects: str, *, max_bytes: int, replicas: int = 1
    ) -> None:
        """Make the publisher's stream, or bring it to this size and these replicas (P2.2).

        Raises Drifted.
        """
        config = StreamConfig(
            name=name,
            subjects=[subjects],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            max_age=30 * 86_400,
            max_bytes=max_bytes,
            duplicate_window=600,
            deny_delete=True,
            deny_purge=True,
            max_msgs=-1,
            max_msgs_per_subject=-1,
            num_replicas=replicas,
        )
        try:
            found = (await self._stream.stream_info(name)).config
        except nats.js.errors.NotFoundError:
            await self._stream.add_stream(config)
            return
        Drifted.check(f"stream {name}", STREAM, found, config)
        if (found.max_bytes, found.num_replicas) != (max_bytes, replicas):
            await self._stream.update_stream(config)

    async def watch(self, name: str) -> None:
        """For ever: alarm while the publisher's stream is over 70 % full (P2.2)."""
        while True:
            try:
                info = await self._stream.stream_info(name)
                if info.state.bytes > FILLING * info.config.max_bytes:
                    log.error("alarm", kind="stream_filling", stream=name, n=info.state.bytes)
            except (TimeoutError, nats.errors.Error, nats.js.errors.Error) as away:
                log.warning("stream_unseen", stream=name, error=type(away).__name__)
            await asyncio.sleep(WATCHED_EVERY)

    async def publish(
        self,
        subject: str,
        payload: bytes,
        headers: Mapping[str, str],
        *,
        stream: str,
        event_id: str,
    ) -> None:
        """Publish and wait for the PubAck; a repeat within 10 minutes is dropped by its id."""
        await self._stream.publish(
            subject,
            payload,
            timeout=5,
            stream=stream,
            headers={**headers, "Nats-Msg-Id": event_id, "Nats-Expected-Stream": stream},
        )

    async def subscribe(self, stream: str, durable: str, subjects: list[str]) -> "Subscription":
        """A durable pull consumer on every event of the aggregates named (P2.3)."""
        config = ConsumerConfig(
            durable_name=durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_deliver=-1,
            max_ack_pending=256,
            deliver_policy=DeliverPolicy.ALL,
            filter_subjects=subjects,
        )
        return await Subscription.open(self._stream, stream, config)


class Subscription:
    """Fetches batches; a consumer deleted under us looks like a timeout, so it is looked up."""

    def __init__(self, jetstream: Any, stream: str, config: ConsumerConfig, pull: Any) -> None:
        self._jetstream, self._stream, self._config, self._pull = jetstream, stream, config, pull
        self._empty = 0

    @classmethod
    async def open(cls, jetstream: Any, stream: str, config: ConsumerConfig) -> "Subscription":
        """Make the consumer, waiting for its stream while the publisher is still starting.

        Raises Drifted.
        """
        pause = 0.05
        while True:
            try:
                await _ensure_consumer(jetstream, stream, config)
                break
            except (nats.js.errors.NotFoundError, nats.errors.TimeoutError):
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 1.5)
        pull = await jetstream.pull_subscribe_bind(durable=config.durable_name, stream=stream)
        return cls(jetstream, stream, config, pull)

    async def fetch(self) -> list[Message]:
        """Up to 32 messages; an empty list when none came within 5 s."""
        try:
            messages: list[Message] = await self._pull.fetch(32, timeout=5)
        except (TimeoutError, nats.errors.TimeoutError):
            self._empty += 1
            if self._empty >= 3:
                self._empty = 0
                await _ensure_consumer(self._jetstream, self._stream, self._config)
            return []
        except (nats.errors.Error, nats.js.errors.Error) as broken:
            log.warning("fetch_failed", stream=self._stream, error=type(broken).__name__)
            await asyncio.sleep(0.2)
            return []
        self._empty = 0
        return messages


async def _ensure_consumer(jetstream: Any, stream: str, config: ConsumerConfig) -> None:
    """Make it where it is missing. Raises Drifted, NotFoundError without the stream."""
    try:
        found = (await jetstream.consumer_info(stream, config.durable_name)).config
    except nats.js.errors.NotFoundError:
        await jetstream.add_consumer(stream, config)
        return
    Drifted.check(f"consumer {config.durable_name} of {stream}", CONSUMER, found, config)
    heard = found.filter_subjects or [found.filter_subject]
    if sorted(heard) != sorted(config.filter_subjects or []):
        await jetstream.add_consumer(stream, config)


async def ack(message: Message) -> None:
    """Acknowledge and wait until the server has it."""
    try:
        await message.ack_sync(timeout=5)
    except (TimeoutError, nats.errors.Error) as broken:
        log.info("ack_lost", error=type(broken).__name__)  # it comes again and is then a repeat


async def work_on(messages: Collection[Message]) -> None:
    """For ever: say that these are being worked on, before the server gives them to another."""
    while True:
        await asyncio.sleep(ACK_WAIT / 3)
        for message in list(messages):
            with contextlib.suppress(nats.errors.Error):
                await message.in_progress()


async def postpone(message: Message, delay: float) -> None:
    """Ask for redelivery after `delay` seconds; unasked it comes after `ack_wait` anyway."""
    try:
        await message.nak(delay=delay)
    except nats.errors.Error as broken:  # a broker that is away must not end the reader
        log.info("nak_lost", error=type(broken).__name__)


async def refuse(message: Message) -> None:
    """Never deliver it again: it is nothing that we can read."""
    await message.term()


def deliveries(message: Message) -> int:
    """How often this message has been delivered, this time included."""
    return int(message.metadata.num_delivered)


def _said(event: str) -> Callable[..., Any]:
    async def say(*detail: object) -> None:
        log.warning(event, detail=" ".join(type(d).__name__ for d in detail))

    return say


async def _closed() -> None:
    log.error("broker_closed")
    os.kill(os.getpid(), signal.SIGTERM)
