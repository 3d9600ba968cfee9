"""The one transaction (A-3, P1): every change, a caller's or an event's, goes through here.

Claim, load, decide, state, audit, outbox and answer commit together or not at all. Nothing else in
a service opens a writing transaction.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import structlog
from opentelemetry import propagate
from protobuf import Message
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from .access import Principal
from .claims import Claim
from .clock import Clock
from .database import Collided, Connection, Database, enter
from .events import Catalogue, Told
from .telemetry import span, trace_id
from .values import Coordinates, Person, uuid7

log = structlog.get_logger()
R = TypeVar("R")

kit = MetaData(schema="jx")
heads = Table("heads", kit, Column("aggregate_id", Uuid, primary_key=True), Column("seq", Integer))
outbox = Table(
    "outbox", kit,
    Column("id", BigInteger), Column("event_id", Uuid), Column("aggregate_id", Uuid),
    Column("epoch", Integer), Column("seq", Integer), Column("subject", Text),
    Column("payload", LargeBinary), Column("headers", JSONB),
    Column("created_at", DateTime(timezone=True)), Column("sent_at", DateTime(timezone=True)),
)  # fmt: skip
AUDIT: dict[str, Any] = {
    "at": DateTime(timezone=True), "day": Date(), "action": Text(), "aggregate": Text(),
    "aggregate_id": Uuid(), "version": Integer(), "programme_id": Uuid(), "territory": Text(),
    "line": Text(), "unit": Text(), "classified": Boolean(), "person": Text(), "role": Text(),
    "grant_id": Text(), "session": Text(), "request_id": Text(), "trace": Text(),
    "before": JSONB(), "after": JSONB(), "on_behalf_of": Text(), "address": Text(),
    "client": Text(), "reason": Text(),
}  # fmt: skip
audit = Table("audit", kit, Column("id", BigInteger), *(Column(n, t) for n, t in AUDIT.items()))

# Steps E and F and the answer in one round trip: what is told with its place in its aggregate's
# order, the work list, the audit trail. Rows come as arrays, in the order of the work.
_KEEP = """WITH told AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[])
  WITH ORDINALITY AS t(event_id, aggregate_id, subject, payload, n)),
 head AS (INSERT INTO jx.heads AS h (aggregate_id, seq)
  SELECT aggregate_id, count(*) FROM told GROUP BY aggregate_id ORDER BY aggregate_id
  ON CONFLICT (aggregate_id) DO UPDATE SET seq = h.seq + excluded.seq RETURNING aggregate_id, seq),
 sent AS (INSERT INTO jx.outbox(event_id, aggregate_id, seq, subject, payload, headers)
  SELECT event_id, aggregate_id, seq + 1 - row_number() OVER (PARTITION BY aggregate_id ORDER BY n DESC),
   subject, payload, $5::jsonb FROM told JOIN head USING (aggregate_id) ORDER BY n),
 done AS (DELETE FROM jx.tasks WHERE record = ANY($6::uuid[])),
 opened AS (INSERT INTO jx.tasks(id, role, territory, line, unit, kind, title, record, programme_id,
   opened_on, due_on) SELECT * FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[],
   $11::text[], $12::text[], $13::text[], $14::uuid[], $15::uuid[], $16::date[], $17::date[])),
 audited AS (INSERT INTO jx.audit(at, day, action, person, role, grant_id, session, request_id,
   trace, on_behalf_of, address, client, reason, aggregate, aggregate_id, version, programme_id,
   territory, line, unit, classified, before, after) SELECT $18::timestamptz, $19::date, $20::text,
   $21::text, $22::text, $23::text, $24::text, $25::text, $26::text, $27::text, $28::text, $29::text,
   $30::text, c.* FROM unnest($31::text[], $32::uuid[], $33::int[], $34::uuid[], $35::text[],
   $36::text[], $37::text[], $38::bool[], $39::jsonb[], $40::jsonb[]) AS c)
"""
_ANSWER = "UPDATE jx.requests SET answer = $41, records = $43::jsonb WHERE subject = $21 AND request_id = $42"
_KEEP_ANSWER, _KEEP_ALONE = _KEEP + _ANSWER, _KEEP + "SELECT"
TASK = "id role territory line unit kind title record programme_id opened_on due_on".split()  # noqa: SIM905
_CHANGE = (
    "aggregate", "aggregate_id", "version", "programme_id", "territory", "line", "unit",
    "classified", "before", "after",
)  # fmt: skip


@dataclass(slots=True)
class Work:
    """What a handler is given: the open transaction, the actor, and the time."""

    connection: Connection
    principal: Principal
    at: datetime
    today: date
    etag: str = ""
    request_id: str = ""
    address: str = ""
    """Network address of the caller, as the gateway saw it."""
    reason: str = ""
    """Why: the reason that the caller gave, or the event or day that started it."""
    changes: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    """Lines for the work list, by the columns of `TASK`."""
    closed: list[UUID] = field(default_factory=list)
    """Records whose lines leave the work list."""
    kept: list[tuple[str, str]] = field(default_factory=list)
    """Table and id of each record written: a replay looks at them again (P1.3)."""
    loaded: dict[tuple[str, UUID], tuple[int, dict[str, Any] | None]] = field(default_factory=dict)
    """Version and document of each record as this work has it, by (kind, id)."""

    rebuilding: bool = False
    """A projection is built anew (P2.5): only that is written, and nothing is done beyond it."""
    acted_for: set[tuple[str, str]] = field(default_factory=set)
    """(deputy, whom he acted for) as the records loaded here remember it."""

    @property
    def person(self) -> Person:
        """Id of the person acting, with all who count as himself (P3.2)."""
        who = self.principal
        near = {who.person, who.obo} - {""}
        pairs = (pair for pair in self.acted_for if not near.isdisjoint(pair))
        tied = (who.obo, *who.tied, *(one for pair in pairs for one in pair))
        return Person(who.person, tied, who.offices)

    def changed(
        self,
        *,
        aggregate: str,
        aggregate_id: UUID,
        version: int,
        programme_id: UUID | None,
        at: Coordinates,
        classified: bool,
        before: dict[str, Any] | None,
        after: dict[str, Any],
    ) -> None:
        """Remember one change for the audit trail (P6.1)."""
        self.changes.append(
            {
                "aggregate": aggregate, "aggregate_id": aggregate_id, "version": version,
                "programme_id": programme_id, "territory": at.territory, "line": at.line,
                "unit": at.unit, "classified": classified,
                "before": before, "after": after,
            }
        )  # fmt: skip


Handler = Callable[[Work], Awaitable[tuple[R, Sequence[object]]]]


class Transactions:
    """Runs handlers in the one transaction of a service."""

    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self.database, self.clock, self.catalogue = database, clock, catalogue
        self.committed = asyncio.Event()
        """Set at each commit that told something: wakes the relay."""
        self.audited = 0
        """Audit rows written by this process: the sealer does not wait when there are many."""

    async def once(
        self,
        claim: Claim,
        principal: Principal,
        handle: "Handler[R]",
        render: Callable[[R], Message[Any]],
        *,
        etag: str = "",
        address: str = "",
        reason: str = "",
    ) -> bytes:
        """Handle a command exactly once; a repeat gets the first answer, byte for byte.

        Raises what `handle` raises; the claim is then free. Deadlocks and serialization failures
        run the whole function again, at most three times (P1.6).
        """
        for attempt in range(3):
            try:
                return await self._once(claim, principal, handle, render, (etag, address, reason))
            except Collided:
                if attempt == 2:
                    raise
                await asyncio.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - jitter
        raise AssertionError

    async def _once(
        self, claim: Claim, principal: Principal, handle: "Handler[R]",
        render: Callable[[R], Message[Any]], told_with: tuple[str, str, str],
    ) -> bytes:  # fmt: skip
        with span("transaction"):
            async with self.database.begin() as connection:
                at = await enter(connection, principal)
                if (first := await claim.take(connection)) is not None:
                    return first
                etag, address, reason = told_with
                work = Work(
                    connection, principal, at, self.clock.day(at), etag, str(claim.request_id),
                    address, reason,
                )  # fmt: skip
                result, events = await handle(work)
                answer = render(result).to_binary()
                told = [self.catalogue.tell(event) for event in events]
                await self.keep(work, told, answer=answer, claim=claim)
        if told:
            self.committed.set()
        return answer

    async def act(self, principal: Principal, action: str, handle: "Handler[R]") -> R:
        """A scheduler's or start-up's own change: once by its own state, not by a claim."""
        async with self.database.begin(job=True) as connection:
            at = await enter(connection, principal)
            work = Work(connection, principal, at, self.clock.day(at))
            result, events = await handle(work)
            told = [self.catalogue.tell(event) for event in events]
            await self.keep(work, told, action)
        if told:
            self.committed.set()
        return result

    async def keep(
        self, work: Work, told: Sequence[Told], action: str = "", *,
        answer: bytes | None = None, claim: Claim | None = None,
    ) -> None:  # fmt: skip
        """Append audit rows and outbox rows (steps E and F); `seq` from the aggregate's head.

        In the same statement the work list moves on and a claim gets its answer.
        """
        if not (told or work.changes or work.opened or work.closed or claim):
            return
        headers: dict[str, str] = {"jx-day": work.today.isoformat(), "jx-actor": work.person}
        propagate.inject(headers)
        who = work.principal
        answered = () if claim is None else (answer, claim.request_id, work.kept)
        await work.connection.raw.execute(
            _KEEP_ANSWER if claim else _KEEP_ALONE, [uuid7() for _ in told], [one.aggregate_id for one in told],
            [one.subject for one in told], [one.payload for one in told], headers, work.closed,
            *([row[column] for row in work.opened] for column in TASK),
            work.at, work.today, action or who.action, who.person, who.role, who.grant, who.session,
            work.request_id, trace_id(), who.obo, work.address, who.client, work.reason,
            *([row[column] for row in work.changes] for column in _CHANGE),
            *answered,
        )  # fmt: skip
        self.audited += len(work.changes)
