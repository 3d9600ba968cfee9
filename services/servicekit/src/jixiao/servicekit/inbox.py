"""The inbox: each event once and in its aggregate's order, in the handler's own transaction (P2.3).

`seq` at or below what is applied: a repeat, acknowledged. The next: handled and applied together.
Beyond: kept as waiting and drained when its predecessor comes. An event whose handler fails is
tried again after the configured delays and then parked (P2.4): its successors wait, other
aggregates go on, an operator resumes it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from opentelemetry import propagate
from opentelemetry import trace as otel
from sqlalchemy import text

from . import broker as nats
from .access import system
from .broker import Broker, Subscription
from .database import enter
from .errors import Busy, Lost, OutcomeUnknown
from .events import Received
from .telemetry import SUBJECT
from .transaction import Transactions, Work

log = structlog.get_logger()
React = Callable[[Received, Work], Awaitable[Sequence[object]]]
"""What a subscription does with one event: changes state, returns the events that it tells."""

PARK_AT = 8
_APPLIED = """INSERT INTO jx.applied(consumer, aggregate_id, epoch, seq) VALUES ($1, $2, $3, 0)
 ON CONFLICT (consumer, aggregate_id) DO UPDATE SET consumer = excluded.consumer RETURNING epoch, seq"""
_ADVANCE = "UPDATE jx.applied SET epoch = $3, seq = $4 WHERE consumer = $1 AND aggregate_id = $2"
_PARK = """INSERT INTO jx.parked(consumer, aggregate_id, epoch, seq, subject, payload, headers, state, error, attempts)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"""
_NEXT = """DELETE FROM jx.parked WHERE consumer = $1 AND aggregate_id = $2 AND epoch = $3 AND seq = $4
 AND state = 'waiting' RETURNING subject, payload, headers, epoch, seq"""
_tracer = otel.get_tracer("jixiao")


class Inbox:
    """One durable consumer of one stream: `name` reads `stream`'s aggregates in `subjects`."""

    def __init__(
        self, name: str, stream: str, reactions: Mapping[str, React], transactions: Transactions,
        delays: Sequence[float],
    ) -> None:  # fmt: skip
        self.name, self.stream, self.reactions = name, stream, reactions
        self._transactions, self._delays = transactions, delays

    @property
    def subjects(self) -> list[str]:
        """Every event of the aggregates used: a filter by event would make false gaps."""
        return sorted({f"{subject.rsplit('.', 1)[0]}.>" for subject in self.reactions})

    async def run(self, broker: Broker) -> None:
        """Fetch and handle, for ever; aggregates side by side, each in order."""
        subscription = await broker.subscribe(self.stream, self.name, self.subjects)
        while True:
            await self._batch(subscription)

    async def _batch(self, subscription: Subscription) -> None:
        lanes: dict[str, list[Any]] = {}
        for message in await subscription.fetch():
            lanes.setdefault(message.headers["ce-subject"], []).append(message)
        await asyncio.gather(*(self._lane(lane) for lane in lanes.values()))

    async def _lane(self, messages: list[Any]) -> None:
        for message in messages:
            try:
                await self._one(message)
            except Exception as failed:
                tries = nats.deliveries(message)
                log.exception("event_failed", subject=message.subject, tries=tries)
                if tries >= PARK_AT and not isinstance(failed, (Lost, OutcomeUnknown, Busy)):
                    await self._park(received(message), type(failed).__name__, tries)
                    await nats.ack(message)
                else:
                    await nats.postpone(message, self._delays[min(tries, len(self._delays)) - 1])

    async def _one(self, message: Any) -> None:
        event = received(message)
        with _tracer.start_as_current_span(
            f"consume {event.subject}", context=propagate.extract(dict(event.headers)),
            attributes={SUBJECT: event.subject}, record_exception=False,
        ):  # fmt: skip
            await self.apply(event)
        await nats.ack(message)

    async def apply(self, event: Received) -> None:
        """Take an event in: apply it if it is the next, keep it if it is early, drop a repeat."""
        following: Received | None = event
        while following is not None:
            following = await self._apply(following)

    async def _apply(self, event: Received) -> Received | None:
        """Apply one; the waiting successor, if there is one."""
        principal = system(self.name)
        told: list[Any] = []
        after: Received | None = None
        async with self._transactions.database.begin(job=True) as connection:
            at = await enter(connection, principal)
            raw = connection.raw
            key = (self.name, event.aggregate_id)
            applied: Any = await raw.fetchrow(_APPLIED, *key, event.epoch)
            place = (applied["epoch"], applied["seq"])
            if (event.epoch, event.seq) <= place:
                return None
            if event.epoch == applied["epoch"] and event.seq > applied["seq"] + 1:
                await self._keep(raw, event, "waiting", "", 0)
                return None
            if reaction := self.reactions.get(event.subject):
                work = Work(connection, principal, at, event.day, reason=f"event {event.event_id}")
                told = [self._transactions.catalogue.tell(e) for e in await reaction(event, work)]
                await self._transactions.keep(work, told, event.subject)
            await raw.execute(_ADVANCE, *key, event.epoch, event.seq)
            if row := await raw.fetchrow(_NEXT, *key, event.epoch, event.seq + 1):
                after = _again(row, event.aggregate_id)
        if told:
            self._transactions.committed.set()
        return after

    async def _park(self, event: Received, error: str, attempts: int) -> None:
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, system(self.name))
            await self._keep(connection.raw, event, "parked", error, attempts)
        log.error(
            "event_parked", subject=event.subject, aggregate=str(event.aggregate_id), error=error
        )

    async def _keep(self, raw: Any, event: Received, state: str, error: str, attempts: int) -> None:
        await raw.execute(
            _PARK, self.name, event.aggregate_id, event.epoch, event.seq, event.subject,
            event.payload, dict(event.headers), state, error, attempts,
        )  # fmt: skip


def received(message: Any) -> Received:
    """The event of a stream's message."""
    return Received.of(message.subject, message.data, dict(message.headers))


def _again(row: Any, aggregate_id: UUID) -> Received:
    event = Received.of(row["subject"], bytes(row["payload"]), row["headers"])
    assert event.aggregate_id == aggregate_id  # noqa: S101 - the row was selected by it
    return event


retry_parked = text("UPDATE jx.parked SET state = 'waiting' WHERE state = 'parked'")
"""Operator's retry: the next delivery or drain takes it again."""
