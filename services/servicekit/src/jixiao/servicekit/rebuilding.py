"""Building a projection anew beside the old one, from the sources' outboxes (P2.5).

The reactions replay into tables of the schema `beside`; what they do beyond the projection is silent
(`Work.rebuilding`), and a statement that would write elsewhere is refused. Only events that are
applied here already are replayed, so that the new one is compared with the old at equal places. A
batch commits with its cursors: a rebuild goes on where a lost process left it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.sql import ClauseElement

from .access import system
from .database import Connection, enter, is_outage
from .errors import NotFound, Unavailable
from .events import Received
from .inbox import REBUILD, Inbox
from .sources import Sources
from .transaction import Transactions, Work
from .values import uuid7

log = structlog.get_logger()
LONG = 300
"""Seconds that comparing and swapping may take; the consumers wait meanwhile."""
SHOWN = 50
_RUNNING = """SELECT id, projection, swap, cursors FROM jx.rebuilds WHERE state = 'running'
 AND projection = ANY($1) ORDER BY ordered_at LIMIT 1"""
_MOVED = "UPDATE jx.rebuilds SET cursors = $2, replayed = replayed + $3 WHERE id = $1"
_ENDED = """UPDATE jx.rebuilds SET state = $2, differing = $3, rows = $4, error = $5, ended_at = now()
 WHERE id = $1"""
_APPLIED = (
    "SELECT aggregate_id, epoch, seq FROM jx.applied WHERE consumer = $1 AND aggregate_id = ANY($2)"
)
_REBUILT = "SELECT aggregate_id, epoch, seq FROM jx.rebuilt WHERE projection = $1 AND aggregate_id = ANY($2)"
_REACHED = """INSERT INTO jx.rebuilt(projection, aggregate_id, epoch, seq) VALUES ($1, $2, $3, $4)
 ON CONFLICT (projection, aggregate_id) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq"""
_LACKING = """SELECT a.stream, a.aggregate_id, coalesce(r.epoch, 0) AS epoch, coalesce(r.seq, 0) AS seq,
 a.epoch AS to_epoch, a.seq AS to_seq
 FROM jx.applied a LEFT JOIN jx.rebuilt r ON r.aggregate_id = a.aggregate_id AND r.projection = $1
 WHERE a.consumer = $2 AND a.stream = ANY($3) AND (a.epoch, a.seq) > (coalesce(r.epoch, 0), coalesce(r.seq, 0))
 AND a.seq > 0"""
_SKIPPED = (
    """SELECT aggregate_id, epoch, seq FROM jx.skips WHERE consumer = $1 AND state = 'confirmed'"""
)
_COLUMNS = """SELECT attname, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = attrelid AND indisprimary
 AND attnum = ANY(indkey)) AS key FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
_OWN_TIME = {"version", "created_at", "changed_at"}
"""Columns that say how often and when a row was written, not what it holds."""
_WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+jx\.")


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that hold what the reactions to `streams` write, and nothing else."""

    name: str
    streams: Sequence[str]
    tables: Sequence[str]


class WritesElsewhere(RuntimeError):
    """A reaction acts in a rebuild: it has to ask `work.rebuilding` first."""


class Beside(Connection):
    """A connection on which the projection's tables are the ones beside."""

    def __init__(self, raw: Any, tables: Sequence[str]) -> None:
        super().__init__(raw)
        self._tables = tuple(tables)

    def bound(
        self, statement: ClauseElement, values: Mapping[str, object]
    ) -> tuple[str, list[object]]:
        """The statement on the tables beside. Raises WritesElsewhere."""
        sql, arguments = super().bound(statement, values)
        return _beside(sql, self._tables), arguments


@cache
def _beside(sql: str, tables: tuple[str, ...]) -> str:
    there = re.sub(rf"\bjx\.({'|'.join(tables)})\b", r"beside.\1", sql)
    if _WRITES.search(there):
        raise WritesElsewhere(there.split("(", 1)[0][:80])
    return there


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a rebuild ended: rows that differed, the first of them as table and key, or the error."""

    differing: int
    rows: tuple[str, ...] = ()
    error: str = ""


class Rebuilding:
    """Rebuilds the projections of one service; one process of it at a time (upkeep.py)."""

    def __init__(
        self, projections: Sequence[Projection], inboxes: Sequence[Inbox], sources: Sources,
        transactions: Transactions,
    ) -> None:  # fmt: skip
        self.projections = {one.name: one for one in projections}
        self._inboxes = {inbox.stream: inbox for inbox in inboxes}
        self._sources, self._transactions = sources, transactions
        self._principal = system(inboxes[0].name if inboxes else "")

    async def whole(self, projection: str, *, swap: bool, reason: str) -> Outcome:
        """Order a rebuild, or join the one that runs, and see it to its end."""
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, self._principal)
            await connection.raw.execute(
                REBUILD, uuid7(), projection, swap, reason, self._principal.person
            )
        outcome = Outcome(0)
        while (ended := await self.step()) is not None:
            if isinstance(ended, Outcome):
                outcome = ended
        return outcome

    async def step(self) -> "Outcome | bool | None":
        """One batch of the rebuild that runs: its outcome at the end, None when none runs."""
        async with self._transactions.database.snapshot(self._principal) as (connection, _):
            row = await connection.raw.fetchrow(_RUNNING, list(self.projections))
        if row is None:
            return None
        try:
            projection = self.projections[row["projection"]]
            cursors = row["cursors"] or await self._begin(row["id"], projection)
            if await self._batch(row["id"], projection, cursors):
                return False
            return await self._finish(row["id"], projection, swap=row["swap"])
        except Exception as failed:
            if is_outage(failed) or type(failed) is Unavailable:
                raise  # a source or the database is away: later, from the same cursors
            log.exception("rebuild_failed", projection=row["projection"])
            outcome = Outcome(0, error=type(failed).__name__)
            await self._end(row["id"], "failed", outcome)
            return outcome

    async def _begin(self, rebuild_id: UUID, projection: Projection) -> dict[str, int]:
        cursors = dict.fromkeys(projection.streams, 0)
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, self._principal)
            for table in projection.tables:
                await connection.raw.execute(f"DELETE FROM beside.{table}")  # noqa: S608 - our own names
            await connection.raw.execute(
                "DELETE FROM jx.rebuilt WHERE projection = $1", projection.name
            )
            await connection.raw.execute(_MOVED, rebuild_id, cursors, 0)
        return cursors

    async def _batch(
        self, rebuild_id: UUID, projection: Projection, cursors: dict[str, int]
    ) -> bool:
        """Replay a page of each source in the order in which it was told; False at the end."""
        pages: dict[str, list[tuple[int, datetime, Received]]] = {}
        horizon: list[datetime] = []
        for stream in projection.streams:
            inbox = self._inboxes[stream]
            pages[stream], more = await self._sources.after(
                inbox.source, inbox.aggregates, cursors[stream]
            )
            if more:
                horizon.append(pages[stream][-1][1])
        if not any(pages.values()):
            return False
        # Beyond the end of a page another source may have told something earlier.
        due = [
            (at, stream, number, event)
            for stream, page in pages.items()
            for number, at, event in page
            if not horizon or at <= min(horizon)
        ]
        due.sort(key=lambda one: one[:3])
        async with self._transactions.database.begin(job=True) as connection:
            at = await enter(connection, self._principal)
            left = await self._replay(connection, projection, at, [one[3] for one in due])
            if len(left) == len(due):
                raise NotFound  # each needs something that was never told
            held = {event.event_id for event in left}
            for stream in projection.streams:
                numbers = [(n, event.event_id in held) for _, s, n, event in due if s == stream]
                first = min((n for n, blocked in numbers if blocked), default=None)
                done = [n for n, _ in numbers if first is None or n < first]
                cursors[stream] = max([cursors[stream], *done])
            await connection.raw.execute(_MOVED, rebuild_id, cursors, len(due) - len(left))
        return True

    async def _replay(
        self, connection: Connection, projection: Projection, at: datetime,
        events: Sequence[Received],
    ) -> list[Received]:  # fmt: skip
        """Replay what is applied here; what needs an event that is not replayed yet is given back."""
        raw, consumer = connection.raw, self._principal.person.removeprefix("system:")
        ids = list({event.aggregate_id for event in events})
        applied = _places(await raw.fetch(_APPLIED, consumer, ids))
        reached = _places(await raw.fetch(_REBUILT, projection.name, ids))
        skipped = {
            (r["aggregate_id"], r["epoch"], r["seq"]) for r in await raw.fetch(_SKIPPED, consumer)
        }
        left = list(events)
        while left:
            blocked: list[Received] = []
            behind: set[UUID] = set()
            for event in left:
                one = event.aggregate_id
                if event.place > applied.get(one, (0, 0)) or event.place <= reached.get(
                    one, (0, 0)
                ):
                    continue
                if one in behind:
                    blocked.append(event)
                    continue
                skip = (one, *event.place) in skipped
                if skip or await self._react(connection, projection, at, event):
                    reached[one] = event.place
                    await raw.execute(_REACHED, projection.name, one, *event.place)
                else:
                    behind.add(one)
                    blocked.append(event)
            if len(blocked) == len(left):
                break
            left = blocked
        return left

    async def _react(
        self, connection: Connection, projection: Projection, at: datetime, event: Received
    ) -> bool:
        """Let the reaction write beside; False where it needs what is not there yet."""
        reaction = self._inboxes[event.subject.split(".")[1].upper()].reactions.get(event.subject)
        if reaction is None:
            return True
        beside = Beside(connection.raw, projection.tables)
        work = Work(beside, self._principal, at, event.day, rebuilding=True)
        await connection.raw.execute("SAVEPOINT reaction")
        try:
            await reaction(event, work)
        except Unavailable as needs:
            if is_outage(needs):
                raise
            await connection.raw.execute("ROLLBACK TO reaction")
            return False
        await connection.raw.execute("RELEASE reaction")
        return True

    async def _finish(self, rebuild_id: UUID, projection: Projection, *, swap: bool) -> Outcome:
        """Stop the consumers, replay the last events, compare, and swap: one transaction."""
        async with self._transactions.database.begin(job=True) as connection:
            at = await enter(connection, self._principal)
            raw = connection.raw
            await raw.execute(f"SET LOCAL statement_timeout = '{LONG}s'")
            tables = ", ".join(f"jx.{table}" for table in ("applied", *projection.tables))
            await raw.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
            consumer = self._principal.person.removeprefix("system:")
            lacking = await raw.fetch(_LACKING, projection.name, consumer, list(projection.streams))
            for row in lacking:
                inbox, place = self._inboxes[row["stream"]], (row["epoch"], row["seq"])
                missing = [
                    event
                    async for event in self._sources.of_one(
                        inbox.source, inbox.aggregates, row["aggregate_id"], place
                    )
                ]
                if await self._replay(connection, projection, at, missing):
                    raise NotFound
            rows: list[str] = []
            for table in projection.tables:
                shape = await _shape(raw, table)
                rows += [
                    f"{table} {r['key']}" for r in await raw.fetch(shape.differing, timeout=LONG)
                ]
                if swap:
                    for statement in shape.swap:
                        await raw.execute(statement, timeout=LONG)
            outcome = Outcome(len(rows), tuple(rows[:SHOWN]))
            await raw.execute(_ENDED, rebuild_id, "done", outcome.differing, list(outcome.rows), "")
        log.info("rebuilt", projection=projection.name, differing=outcome.differing, swapped=swap)
        return outcome

    async def _end(self, rebuild_id: UUID, state: str, outcome: Outcome) -> None:
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, self._principal)
            await connection.raw.execute(
                _ENDED, rebuild_id, state, outcome.differing, list(outcome.rows), outcome.error
            )


def _places(rows: Sequence[Any]) -> dict[UUID, tuple[int, int]]:
    return {row["aggregate_id"]: (row["epoch"], row["seq"]) for row in rows}


@dataclass(frozen=True, slots=True)
class _Shape:
    """Statements that compare and swap one table with the one beside."""

    differing: str
    swap: tuple[str, str, str]


async def _shape(raw: Any, table: str) -> _Shape:
    columns = await raw.fetch(_COLUMNS, f"jx.{table}")
    keys = [row["attname"] for row in columns if row["key"]]
    held = [row["attname"] for row in columns if row["attname"] not in _OWN_TIME]

    def content(side: str) -> str:
        return "ROW(" + ", ".join(f"{side}.{c}" for c in held) + ")"

    on = " AND ".join(f"t.{k} = b.{k}" for k in keys)
    differ = f"{content('t')} IS DISTINCT FROM {content('b')}"
    key = " || ' ' || ".join(f"coalesce(t.{k}, b.{k})::text" for k in keys)
    sets = [f"{c} = b.{c}" for c in held if c not in keys]
    if "version" in {row["attname"] for row in columns} and "changed_at" in {
        row["attname"] for row in columns
    }:
        sets += ["version = t.version + 1", "changed_at = now()"]
    listed = ", ".join(held)
    update = (
        f"UPDATE jx.{table} t SET {', '.join(sets)} FROM beside.{table} b WHERE {on} AND {differ}"  # noqa: S608
    )
    return _Shape(
        f"SELECT {key} AS key FROM jx.{table} t FULL JOIN beside.{table} b ON {on} WHERE {differ}",  # noqa: S608
        (
            f"DELETE FROM jx.{table} t WHERE NOT EXISTS (SELECT FROM beside.{table} b WHERE {on})",  # noqa: S608
            update if sets else "SELECT",
            f"INSERT INTO jx.{table} ({listed}) SELECT {listed} FROM beside.{table} b"  # noqa: S608
            f" WHERE NOT EXISTS (SELECT FROM jx.{table} t WHERE {on})",
        ),
    )
