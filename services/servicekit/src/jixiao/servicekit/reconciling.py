"""Are the projections what their sources say? Nightly and on demand (P2.6).

Places first: 1,024 digests over (aggregate, epoch, seq) of each source against what is applied here,
unequal buckets by row; what is behind is read from the source. Then content: each projection is
rebuilt beside and compared by row, and swapped where it differs. What is ahead is for people: the
source was set back, or somebody has written here.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from .access import system
from .database import enter
from .errors import Unavailable
from .healing import Healing
from .inbox import Inbox
from .outbox_rpc import BUCKET, DIGEST, in_order
from .rebuilding import SHOWN, Outcome, Rebuilding
from .sources import Sources
from .transaction import Transactions
from .values import uuid7

log = structlog.get_logger()
LOCK = 0x4A58_0B07
LATE = timedelta(minutes=5)
NIGHT = (2, 5)
"""Hours of the district between which the nightly reconciliation begins."""
_MINE = "(SELECT aggregate_id, epoch, seq FROM jx.applied WHERE consumer = $1 AND stream = $2 AND seq > 0) mine"
_DIGEST = f"{DIGEST} {_MINE} GROUP BY 1"
_PLACES = f"SELECT aggregate_id, epoch, seq FROM {_MINE} WHERE {BUCKET} = ANY($3)"  # noqa: S608
ORDER = """INSERT INTO jx.reconciliations(id, ordered_by, day) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""
_RUNNING = "SELECT id FROM jx.reconciliations WHERE state = 'running'"
_ENDED = """UPDATE jx.reconciliations SET state = $2, lines = $3, error = $4, ended_at = now()
 WHERE id = $1"""
_LAST = "SELECT max(ordered_at) FROM jx.reconciliations WHERE ordered_by = $1"

Line = dict[str, Any]


def _line(of: str, verdict: str, rows: Sequence[object] = (), *, repaired: bool = False) -> Line:
    return {
        "of": of, "verdict": verdict, "count": len(rows),
        "rows": [str(row) for row in rows[:SHOWN]], "repaired": repaired,
    }  # fmt: skip


class Reconciling:
    """Compares and repairs all that one service copies."""

    def __init__(
        self, inboxes: Sequence[Inbox], sources: Sources, healing: Healing, rebuilding: Rebuilding,
        transactions: Transactions,
    ) -> None:  # fmt: skip
        self._inboxes, self._sources, self._healing = inboxes, sources, healing
        self._rebuilding, self._transactions = rebuilding, transactions

    async def reconcile(self) -> list[Line]:
        """One line for each source and projection. Raises Unavailable where a source is away."""
        lines: list[Line] = []
        for inbox in self._inboxes:
            lines += await self._places(inbox)
        for name in self._rebuilding.projections:
            lines.append(await self._content(name))
        return lines

    async def _places(self, inbox: Inbox) -> list[Line]:
        theirs = await self._sources.digest(inbox.source, inbox.aggregates)
        async with self._transactions.database.snapshot(system(inbox.name)) as (connection, _):
            rows = await connection.raw.fetch(_DIGEST, inbox.name, inbox.stream)
        unequal = [n for n, (a, b) in enumerate(zip(theirs, in_order(rows), strict=True)) if a != b]
        if not unequal:
            return [_line(inbox.source, "equal")]
        # Ours first: what is applied meanwhile can then look behind, never ahead.
        async with self._transactions.database.snapshot(system(inbox.name)) as (connection, _):
            rows = await connection.raw.fetch(_PLACES, inbox.name, inbox.stream, unequal)
        ours = {row["aggregate_id"]: (row["epoch"], row["seq"]) for row in rows}
        heads = {
            head[0]: head
            async for head in self._sources.heads(inbox.source, inbox.aggregates, buckets=unequal)
        }
        ahead = [one for one, place in ours.items() if place > heads.get(one, (one, 0, 0))[1:3]]
        late = datetime.now(UTC) - LATE
        behind = [
            one
            for one, head in heads.items()
            if ours.get(one, (0, 0)) < head[1:3] and head[3] < late
        ]
        for one in behind:
            await inbox.heal(one, self._sources)
        left = {one async for one, _ in self._healing.behind(inbox)} if behind else set()
        lines = [_line(inbox.source, "ahead", ahead)] if ahead else []
        if behind:
            lines.append(_line(inbox.source, "behind", behind, repaired=left.isdisjoint(behind)))
        return lines or [_line(inbox.source, "equal")]

    async def _content(self, name: str) -> Line:
        found = await self._rebuilding.whole(name, swap=False, reason="reconciliation")
        if not found.differing and not found.error:
            return _line(name, "equal")
        mended = Outcome(0)
        if not found.error:
            mended = await self._rebuilding.whole(name, swap=True, reason="reconciliation")
        line = _line(name, "different", found.rows, repaired=not (found.error or mended.error))
        return line | {"count": found.differing} | ({"rows": [found.error]} if found.error else {})


class Upkeep:
    """Runs rebuilds and reconciliations in one process of a service: the one that holds the lock."""

    def __init__(
        self, url: str, rebuilding: Rebuilding, reconciling: Reconciling, transactions: Transactions
    ) -> None:
        self._url, self._rebuilding, self._reconciling = url, rebuilding, reconciling
        self._transactions = transactions
        self._principal = system("upkeep")

    async def run(self) -> None:
        """For ever; another process takes over when this one ends."""
        while True:
            try:
                connection = await asyncpg.connect(self._url)
                try:
                    await connection.execute("SET ROLE s_system")
                    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
                    while True:
                        await connection.execute("SELECT 1")  # the lock is ours while it answers
                        await self._round()
                        await asyncio.sleep(1)
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable) as lost:
                log.warning("upkeep_postponed", error=type(lost).__name__)
            except Exception:
                log.exception("upkeep_failed")
            await asyncio.sleep(2)

    async def _round(self) -> None:
        while await self._rebuilding.step() is not None:
            pass
        await self._nightly()
        if (running := await self._value(_RUNNING)) is not None:
            await self.reconcile(running)

    async def reconcile(self, reconciliation_id: UUID) -> None:
        """See one reconciliation to its end; alarm unless all is equal."""
        state, error = "done", ""
        lines: list[Line] = []
        try:
            lines = await self._reconciling.reconcile()
        except Unavailable as away:
            state, error = "failed", type(away).__name__
        await self._value(_ENDED, reconciliation_id, state, lines, error)
        unequal = [line for line in lines if line["verdict"] != "equal"]
        if unequal or error:
            log.error("alarm", kind="not_reconciled", error=error, lines=json.dumps(unequal))

    async def _nightly(self) -> None:
        now = datetime.now(ZoneInfo("Asia/Shanghai"))
        last = await self._value(_LAST, self._principal.person)
        if NIGHT[0] <= now.hour < NIGHT[1] and (last is None or now - last > timedelta(hours=12)):
            await self._value(ORDER, uuid7(), self._principal.person, now.date())

    async def _value(self, statement: str, *values: object) -> Any:
        async with self._transactions.database.begin(job=True) as connection:
            await enter(connection, self._principal)
            return await connection.raw.fetchval(statement, *values)
