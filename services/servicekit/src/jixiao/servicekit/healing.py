"""What did not come is read from its source: gaps, and last events that the broker lost (P2.3, P2.6)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog
from opentelemetry import metrics

from .access import system
from .errors import Unavailable
from .inbox import Inbox
from .sources import Sources
from .transaction import Transactions

log = structlog.get_logger()
TOUCHED = timedelta(hours=2)
# Waiting for a predecessor that is parked is no gap: the operator has the word.
_DUE = """SELECT DISTINCT aggregate_id FROM jx.parked p WHERE consumer = $1 AND at <= now() - $2::interval
 AND split_part(subject, '.', 2) = $3 AND state IN ('waiting', 'skipped')
 AND NOT EXISTS (SELECT FROM jx.parked b WHERE b.consumer = p.consumer
  AND b.aggregate_id = p.aggregate_id AND b.state IN ('parked', 'trying')
  AND (b.epoch, b.seq) < (p.epoch, p.seq)) LIMIT 100"""
_PLACES = """SELECT aggregate_id, epoch, seq FROM jx.applied WHERE consumer = $1
 AND aggregate_id = ANY($2)"""
_KEPT = "SELECT state, count(*) AS n FROM jx.parked GROUP BY state"
_kept_events = metrics.get_meter("jixiao").create_gauge("jixiao.events.kept")


class Healing:
    """Heals all inboxes of one process; that several pods do it at once does no harm."""

    def __init__(
        self, inboxes: Sequence[Inbox], sources: Sources, transactions: Transactions, *,
        after: float, every: float,
    ) -> None:  # fmt: skip
        self._inboxes, self._sources, self._transactions = inboxes, sources, transactions
        self._after, self._every = timedelta(seconds=after), timedelta(seconds=every)

    async def run(self) -> None:
        """For ever: what waits too long, the last places every hour, the alarm while one is parked."""
        looked = datetime.min.replace(tzinfo=UTC)
        while True:
            await asyncio.sleep(min(5.0, self._after.total_seconds() / 2))
            now = datetime.now(UTC)
            hourly = now - looked >= self._every
            done = [
                await self._look(inbox, since=hourly and now - TOUCHED) for inbox in self._inboxes
            ]
            if hourly and all(done):
                looked = now
            await self._alarm()

    async def _look(self, inbox: Inbox, *, since: datetime | Literal[False]) -> bool:
        """One round for one inbox; False where it could not be done."""
        try:
            await self.heal_waiting(inbox)
            if since:
                await self.check_heads(inbox, since=since)
        except Unavailable as lost:
            log.warning("healing_postponed", source=inbox.source, error=type(lost).__name__)
            return False
        except Exception:
            log.exception("healing_failed", source=inbox.source)
            return False
        return True

    async def heal_waiting(self, inbox: Inbox) -> int:
        """Ask for what has been waited for too long; how many events were healed."""
        due = await self._due(inbox)
        return sum([await inbox.heal(aggregate_id, self._sources) for aggregate_id in due])

    async def check_heads(self, inbox: Inbox, *, since: datetime | None = None) -> int:
        """Compare last places with the source, and heal what is behind; how many events.

        What was told a moment ago may still be on its way.
        """
        behind = [
            aggregate_id
            async for aggregate_id, told_at in self.behind(inbox, since=since)
            if told_at <= datetime.now(UTC) - self._after
        ]
        return sum([await inbox.heal(aggregate_id, self._sources) for aggregate_id in behind])

    async def behind(
        self, inbox: Inbox, *, since: datetime | None = None
    ) -> AsyncIterator[tuple[UUID, datetime]]:
        """Aggregates of which the source has told more than is applied, and when it did."""
        heads = [
            head async for head in self._sources.heads(inbox.source, inbox.aggregates, since=since)
        ]
        for start in range(0, len(heads), 1_000):
            page = heads[start : start + 1_000]
            places = await self._places(inbox.name, [head[0] for head in page])
            for aggregate_id, epoch, seq, told_at in page:
                if places.get(aggregate_id, (0, 0)) < (epoch, seq):
                    yield aggregate_id, told_at

    async def _due(self, inbox: Inbox) -> list[UUID]:
        async with self._transactions.database.snapshot(system(inbox.name)) as (connection, _):
            rows = await connection.raw.fetch(_DUE, inbox.name, self._after, inbox.source)
            return [row["aggregate_id"] for row in rows]

    async def _places(self, consumer: str, ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
        async with self._transactions.database.snapshot(system(consumer)) as (connection, _):
            rows = await connection.raw.fetch(_PLACES, consumer, ids)
            return {row["aggregate_id"]: (row["epoch"], row["seq"]) for row in rows}

    async def _alarm(self) -> None:
        """One parked event is an alarm (P2.4): a figure for the collector, and a line in the log."""
        try:
            async with self._transactions.database.snapshot(system("healing")) as (connection, _):
                kept = {row["state"]: row["n"] for row in await connection.raw.fetch(_KEPT)}
        except Unavailable:
            return
        for state in ("waiting", "parked"):
            _kept_events.set(kept.get(state, 0), {"state": state})
        if kept.get("parked"):
            log.error("alarm", kind="events_parked", n=kept["parked"])
