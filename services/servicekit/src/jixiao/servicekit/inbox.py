"""The inbox: each event once and in its aggregate's order, in the handler's own transaction (P2.3).

At or below what is applied: a repeat, acknowledged. The next: handled and applied together. Beyond:
kept as waiting and drained when its predecessor comes, from the stream or from the source itself
(healing.py). An event whose handler fails, or ends the process, is tried again after the configured
delays and parked before its eighth delivery (P2.4): its successors wait, other aggregates go on, an
operator has it retried or skipped (delivery.py).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from opentelemetry import propagate
from opentelemetry import trace as otel

from . import broker as nats
from .access import system
from .broker import Broker, Subscription
from .database import enter, is_outage
from .events import Received
from .sources import Sources
from .telemetry import SUBJECT
from .transaction import Transactions, Work
from .values import uuid7

log = structlog.get_logger()
React = Callable[[Received, Work], Awaitable[Sequence[object]]]
"""What a subscription does with one event: changes state, returns the events that it tells."""

PARK_AT = 8
_APPLIED = """INSERT INTO jx.applied(consumer, aggregate_id, stream, epoch, seq) VALUES ($1, $2, $3, 0, 0)
 ON CONFLICT (consumer, aggregate_id) DO UPDATE SET stream = excluded.stream RETURNING epoch, seq"""
# The place moves on, what lies before it is settled, and the successor that waits is looked up: it
# stays kept until it is applied itself, for between two commits the process may end.
_ADVANCE = """WITH moved AS (UPDATE jx.applied SET epoch = $3, seq = $4
  WHERE consumer = $1 AND aggregate_id = $2),
 settled AS (DELETE FROM jx.parked
  WHERE consumer = $1 AND aggregate_id = $2 AND (epoch, seq) <= ($3, $4))
 SELECT subject, payload, headers, state FROM jx.parked WHERE consumer = $1 AND aggregate_id = $2
 AND epoch = $3 AND seq = $4 + 1 AND state IN ('waiting', 'skipped')"""
_KEEP = """INSERT INTO jx.parked AS p (consumer, aggregate_id, epoch, seq, subject, payload, headers,
  state, error, attempts, at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN '-infinity' ELSE now() END)
 ON CONFLICT (consumer, aggregate_id, epoch, seq) DO UPDATE SET attempts = excluded.attempts,
  state = CASE WHEN p.state <> 'trying' THEN p.state WHEN excluded.state = 'trying' THEN 'parked'
   ELSE excluded.state END
 RETURNING state"""
_FAILED = """INSERT INTO jx.parked AS p (consumer, aggregate_id, epoch, seq, subject, payload, headers,
  state, error, attempts)
 VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, 1)
 ON CONFLICT (consumer, aggregate_id, epoch, seq) DO UPDATE SET error = excluded.error, at = now(),
  attempts = p.attempts + 1,
  state = CASE WHEN p.state = 'waiting' AND p.attempts >= $9 THEN 'parked' ELSE p.state END
 RETURNING state"""
_NOTE = """UPDATE jx.parked SET error = $5 WHERE consumer = $1 AND aggregate_id = $2 AND epoch = $3
 AND seq = $4 AND state = 'trying'"""
_FORGET = """DELETE FROM jx.parked WHERE consumer = $1 AND aggregate_id = $2 AND epoch = $3
 AND seq = $4 AND state = 'trying'"""
_STANDING = """SELECT coalesce(a.epoch, 0) AS epoch, coalesce(a.seq, 0) AS seq, p.subject, p.payload,
  p.headers, p.state, (SELECT min(b.epoch * 4294967296 + b.seq) FROM jx.parked b WHERE b.consumer = $1
   AND b.aggregate_id = $2 AND b.state IN ('parked', 'trying')) AS stopped
 FROM (SELECT) one LEFT JOIN jx.applied a ON a.consumer = $1 AND a.aggregate_id = $2
 LEFT JOIN jx.parked p ON p.consumer = $1 AND p.aggregate_id = $2 AND ((p.epoch, p.seq) = (a.epoch, a.seq + 1)
  OR coalesce(a.seq, 0) = 0 AND p.seq = 1) ORDER BY p.epoch LIMIT 1"""
_SKIPPED = """SELECT state = 'skipped' FROM jx.parked WHERE consumer = $1 AND aggregate_id = $2
 AND epoch = $3 AND seq = $4"""
REBUILD = """INSERT INTO jx.rebuilds(id, projection, swap, reason, ordered_by)
 VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"""
"""Orders the rebuild of a projection, unless one runs (rebuilding.py)."""
_tracer = otel.get_tracer("jixiao")


class Inbox:
    """One durable consumer of one stream: `name` reads `stream`'s aggregates in `subjects`."""

    def __init__(
        self, name: str, stream: str, reactions: Mapping[str, React], transactions: Transactions,
        delays: Sequence[float], projection: str = "",
    ) -> None:  # fmt: skip
        self.name, self.stream, self.reactions = name, stream, reactions
        self._transactions, self._delays, self._projection = transactions, delays, projection

    @property
    def source(self) -> str:
        """The service that tells what this inbox hears."""
        return self.stream.lower()

    @property
    def aggregates(self) -> list[str]:
        """The types of aggregates that this inbox hears of."""
        return sorted({subject.split(".")[2] for subject in self.reactions})

    @property
    def subjects(self) -> list[str]:
        """Every event of the aggregates used: a filter by event would make false gaps."""
        return [f"jixiao.{self.source}.{kind}.>" for kind in self.aggregates]

    async def run(self, broker: Broker) -> None:
        """Fetch and handle, for ever; aggregates side by side, each in order."""
        subscription = await broker.subscribe(self.stream, self.name, self.subjects)
        while True:
            await self._batch(subscription)

    async def _batch(self, subscription: Subscription) -> None:
        lanes: dict[UUID, list[tuple[Any, Received]]] = {}
        for message in await subscription.fetch():
            try:
                event = Received.of(message.subject, message.data, dict(message.headers or {}))
            except (KeyError, ValueError):
                log.error("event_unreadable", subject=message.subject)
                await nats.refuse(message)
                continue
            lanes.setdefault(event.aggregate_id, []).append((message, event))
        held = {id(message): message for lane in lanes.values() for message, _ in lane}
        holding = asyncio.create_task(nats.work_on(held.values()))
        try:
            await asyncio.gather(*(self._lane(lane, held) for lane in lanes.values()))
        finally:
            holding.cancel()

    async def _lane(self, messages: list[tuple[Any, Received]], held: dict[int, Any]) -> None:
        for message, event in messages:
            tries = nats.deliveries(message)
            try:
                done = await self.receive(event, tries)
            except Exception:
                log.exception("event_failed", subject=message.subject, tries=tries)
                done = False
            del held[id(message)]
            if done:
                await nats.ack(message)
                continue
            await nats.postpone(message, self._delays[min(tries, len(self._delays)) - 1])

    async def receive(self, event: Received, tries: int) -> bool:
        """Take in a delivery, its `tries`-th; True when the stream may forget it.

        The seventh is noted before it begins: a process that it ended finds the note at the eighth
        and parks it, before the handler.
        """
        if not event.known:
            await self._keep(event, "parked", "UnknownVersion", tries)
            log.error("event_parked", subject=event.subject, error="UnknownVersion")
            return True
        watched = tries >= PARK_AT - 1
        if watched and (state := await self._keep(event, "trying", "Crashed", tries)) != "trying":
            log.error("event_parked", subject=event.subject, state=state, attempts=tries)
            return True
        try:
            await self._consume(event)
        except Exception as failed:
            if watched and is_outage(failed):
                await self._write(_FORGET, event)
            elif watched:
                await self._write(_NOTE, event, _kind(failed))
            raise
        return True

    async def _consume(self, event: Received) -> None:
        with _tracer.start_as_current_span(
            f"consume {event.subject}", context=propagate.extract(dict(event.headers)),
            attributes={SUBJECT: event.subject}, record_exception=False,
        ):  # fmt: skip
            await self.apply(event)

    async def heal(self, aggregate_id: UUID, sources: Sources) -> int:
        """Apply what the source told of an aggregate and did not come; how many events.

        A parked event holds back its successors here too. Raises Unavailable where the source does
        not answer.
        """
        standing = await self._standing(aggregate_id)
        if standing["state"] in ("waiting", "skipped"):
            if not await self.apply(_again(standing), listed=True):
                return 0
            standing = await self._standing(aggregate_id)
        place, healed = (standing["epoch"], standing["seq"]), 0
        async for event in sources.of_one(self.source, self.aggregates, aggregate_id, place):
            if standing["stopped"] and event.epoch * 2**32 + event.seq >= standing["stopped"]:
                break
            if not event.known:
                await self._keep(event, "parked", "UnknownVersion", 0)
                break
            if not await self.apply(event, listed=True):
                break
            healed += 1
        if healed:
            log.warning("events_healed", source=self.source, aggregate=str(aggregate_id), n=healed)
        return healed

    async def apply(self, event: Received, *, listed: bool = False) -> bool:
        """Take an event in: apply it if it is the next, keep it if it is early, drop a repeat.

        `listed`: the source itself gave it as the next one after our place. Then come the
        successors that wait. Raises what the handler of an event of the stream raises; one that is
        kept, or listed, counts its failures itself and gives False.
        """
        try:
            after = await self._apply(event, listed=listed)
        except Exception as failed:
            if not listed:
                raise
            return await self._failed(event, failed)
        while after is not None:
            event = _again(after)
            try:
                after = await self._apply(event, skip=after["state"] == "skipped")
            except Exception as failed:  # noqa: BLE001 - counted with the event that is kept
                await self._failed(event, failed)
                break
        return True

    async def _apply(
        self, event: Received, *, listed: bool = False, skip: bool = False
    ) -> Any | None:
        """Apply one; the row of the successor that waits, if there is one."""
        principal = system(self.name)
        told: list[Any] = []
        async with self._transactions.database.begin(job=True) as connection:
            at = await enter(connection, principal)
            raw = connection.raw
            key = (self.name, event.aggregate_id)
            applied: Any = await raw.fetchrow(_APPLIED, *key, self.stream)
            place = (applied["epoch"], applied["seq"])
            if event.place <= place:
                return None
            if not (listed or event.place == (place[0], place[1] + 1) or _first(event, place)):
                await self._keep_in(raw, event, "waiting", "", 0)
                return None
            if listed:
                skip = await raw.fetchval(_SKIPPED, *key, *event.place) or False
            if (reaction := self.reactions.get(event.subject)) and not skip:
                work = Work(connection, principal, at, event.day, reason=f"event {event.event_id}")
                told = [self._transactions.catalogue.tell(e) for e in await reaction(event, work)]
                await self._transactions.keep(work, told, event.subject)
            after = await raw.fetchrow(_ADVANCE, *key, *event.place)
            if self._projection and event.epoch > place[0] and event.seq <= place[1]:
                # The source was set back behind us: what it no longer tells has to go (P7.2).
                person = principal.person
                await raw.execute(REBUILD, uuid7(), self._projection, True, "epoch", person)  # noqa: FBT003
                log.error("source_set_back", source=self.source, aggregate=str(event.aggregate_id))
        if told:
            self._transactions.committed.set()
        return after

    async def _failed(self, event: Received, failed: Exception) -> bool:
        """Count a failure of an event that is kept; the eighth parks it. False."""
        log.warning("event_failed", subject=event.subject, exc_info=failed)
        if not is_outage(failed):
            state = await self._write(_FAILED, event, *_content(event), _kind(failed), PARK_AT - 1)
            if state == "parked":
                log.error("event_parked", subject=event.subject, error=_kind(failed))
        return False

    async def _standing(self, aggregate_id: UUID) -> Any:
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, system(self.name))
            return await connection.raw.fetchrow(_STANDING, self.name, aggregate_id)

    async def _keep(self, event: Received, state: str, error: str, attempts: int) -> str:
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, system(self.name))
            return await self._keep_in(connection.raw, event, state, error, attempts)

    async def _keep_in(
        self, raw: Any, event: Received, state: str, error: str, attempts: int
    ) -> str:
        """Keep an event; the state in which it is kept. A new epoch is due at once (P7.2)."""
        kept: str = await raw.fetchval(
            _KEEP, self.name, event.aggregate_id, *event.place, *_content(event), state, error,
            attempts, event.epoch > 1 and state == "waiting",
        )  # fmt: skip
        return kept

    async def _write(self, statement: str, event: Received, *more: object) -> Any:
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, system(self.name))
            return await connection.raw.fetchval(
                statement, self.name, event.aggregate_id, *event.place, *more
            )


def _first(event: Received, place: tuple[int, int]) -> bool:
    """Whether it is the first of an aggregate of which nothing is applied."""
    return place == (0, 0) and event.seq == 1


def _content(event: Received) -> tuple[str, bytes, dict[str, str]]:
    return event.subject, event.payload, dict(event.headers)


def _kind(failed: Exception) -> str:
    """The class of an error: what a list may show, for texts may hold what was typed."""
    return type(failed.__cause__ or failed).__name__


def _again(row: Any) -> Received:
    return Received.of(row["subject"], bytes(row["payload"]), row["headers"])
