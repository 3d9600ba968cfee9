"""The sealer: rows of the audit trail into the chain, its head to places of others (P6.2, P6.3).

One process at a time seals, under an advisory lock. It takes rows of transactions that are over
for every possible reader, so that no row can come later than the batch in which it belongs. The
head goes to the anchors hourly: an object that is written once, and an event that another
service's database keeps.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore, from_url
from protobuf.wkt import Timestamp

from jixiao.api.audit.v1 import events_pb

from .access import system
from .chain import FORMAT, TEXTS, Batch, Head, SealKeys, digest_of, instant, leaf, root
from .database import Connection, enter
from .events import Received, Told
from .settings import Settings
from .transaction import Transactions, Work

log = structlog.get_logger()
LOCK = 0x4A58_0B02
MOST = 500
"""Rows of a batch; as many waiting are sealed at once."""
EVERY = 10.0
ANCHORED = 3_600.0
_ALONE = "SELECT pg_try_advisory_xact_lock($1)"
_LAST = """SELECT n, hash, horizon::text AS horizon FROM jx.audit_batch ORDER BY n DESC LIMIT 1"""
# One more than a batch holds tells where the rest begins.
_UNSEALED = f"""SELECT a.id, a.tx::text AS tx, {TEXTS} AS texts,
 pg_snapshot_xmin(pg_current_snapshot())::text AS over
 FROM jx.audit a WHERE a.tx >= $1::text::xid8 AND a.tx < pg_snapshot_xmin(pg_current_snapshot())
 AND NOT EXISTS (SELECT FROM jx.audit_link l WHERE l.entry = a.id)
 ORDER BY a.tx, a.id LIMIT {MOST + 1}"""  # noqa: S608 - constants
_BATCH = """INSERT INTO jx.audit_batch(n, count, root, prev_hash, hash, horizon, algorithm, format,
 at, key, signature) VALUES ($1, $2, $3, $4, $5, $6::text::xid8, $7, $8, $9, $10, $11)"""
_LINKS = """INSERT INTO jx.audit_link(entry, batch, position, leaf)
 SELECT entry, $2, place, leaf FROM unnest($1::bigint[], $3::bytea[]) WITH ORDINALITY AS t(entry, leaf, place)"""
_HEAD = """SELECT n, hash, at, key, signature, (SELECT sum(count) FROM jx.audit_batch)::bigint AS entries
 FROM jx.audit_batch ORDER BY n DESC LIMIT 1"""
_KEEP = """INSERT INTO jx.audit_heads(service, n, hash, entries, at, key, signature)
 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"""


class Sealer:
    """Seals one service's trail and publishes its head."""

    def __init__(self, service: str, settings: Settings, transactions: Transactions) -> None:
        self._service, self._transactions = service, transactions
        self._keys = SealKeys(settings.seal_key)
        self._algorithm, self._anchors = settings.seal_algorithm, settings.anchors
        self._anchored_at = -ANCHORED
        self._told = 0
        """The head that was told of while the store did not take it."""

    async def run(self) -> None:
        """For ever: every ten seconds, or when a batch's worth of rows has been written."""
        while True:
            seen = self._transactions.audited
            try:
                while await self.seal() >= MOST:
                    pass
                await self.anchor()
            except Exception as failed:  # noqa: BLE001 - rows wait; the verification tells of it
                log.error("seal_failed", error=type(failed).__name__)
            for _ in range(int(EVERY / 0.5)):
                await asyncio.sleep(0.5)
                if self._transactions.audited - seen >= MOST:
                    break

    async def seal(self) -> int:
        """Seal one batch; the number of rows in it. 0 also where another process is sealing."""
        async with self._transactions.database.begin(job=True) as connection:
            at = await enter(connection, system("sealer"))
            raw = connection.raw
            if not await raw.fetchval(_ALONE, LOCK):
                return 0
            last = await raw.fetchrow(_LAST)
            rows = await raw.fetch(_UNSEALED, last["horizon"] if last else "0")
            if rows:
                await self._write(connection, last, rows, at)
            return min(len(rows), MOST)

    async def _write(
        self, connection: Connection, last: Any, rows: Sequence[Any], at: datetime
    ) -> None:
        taken = rows[:MOST]
        digest = digest_of(self._algorithm)
        leaves = [leaf(digest, row["texts"]) for row in taken]
        over = rows[MOST]["tx"] if len(rows) > MOST else rows[0]["over"]
        batch = Batch(
            self._service, last["n"] + 1 if last else 1, len(taken), root(digest, leaves),
            bytes(last["hash"]) if last else b"", int(over), self._algorithm, at,
        )  # fmt: skip
        key, signature = self._keys.sign(batch)
        await connection.raw.execute(
            _BATCH, batch.n, batch.count, batch.root, batch.prev_hash, batch.hash(), over,
            batch.algorithm, FORMAT, at, key, signature,
        )  # fmt: skip
        await connection.raw.execute(_LINKS, [row["id"] for row in taken], batch.n, leaves)

    def _told_of(self, head: Head) -> Told:
        """The event by which another database learns of the head; each is its own aggregate."""
        subject = f"jixiao.{self._service}.audit_head.published"
        return Told(subject, uuid4(), message_of(head).to_binary())

    async def anchor(self, *, now: bool = False) -> Head | None:
        """Publish the head, where it has moved and an hour is over; at once with `now`.

        The event goes first: the other database learns of it when the store is away, too.
        """
        if not self._anchors or not (now or time.monotonic() - self._anchored_at > ANCHORED):
            return None
        told, self._told = self._told, 0
        async with self._transactions.database.begin(job=True) as connection:
            at = await enter(connection, system("sealer"))
            row = await connection.raw.fetchrow(_HEAD)
            if row is None:
                return None
            head = Head(
                self._service, row["n"], row["hash"].hex(), row["entries"], instant(row["at"]),
                row["key"], row["signature"].hex(),
            )  # fmt: skip
            if now or not told:
                work = Work(connection, system("sealer"), at, self._transactions.clock.day(at))
                await self._transactions.keep(work, [self._told_of(head)])
        self._told = head.n
        self._transactions.committed.set()
        await publish(self._anchors, head)
        self._anchored_at, self._told = time.monotonic(), 0
        return head


async def publish(anchors: str, head: Head) -> None:
    """Write the head into the anchors' store, once: never over what is there."""
    name, line = f"{head.service}/{head.n:010}.json", json.dumps(asdict(head)).encode()
    async with asyncio.timeout(10):
        with contextlib.suppress(AlreadyExistsError):
            await store_of(anchors).put_async(name, line, mode="create")


def store_of(anchors: str) -> ObjectStore:
    """The store of the anchors (`file:///…`, `s3://…`)."""
    if anchors.startswith("file:"):
        return from_url(anchors, mkdir=True)
    return from_url(anchors)


def message_of(head: Head) -> events_pb.HeadPublished:
    """The head as it travels."""
    return events_pb.HeadPublished(
        service=head.service, batch=head.n, hash=head.hash, entries=head.entries,
        at=Timestamp.from_datetime(datetime.fromisoformat(head.at)), key=head.key,
        signature=head.signature,
    )  # fmt: skip


async def keep_head(event: Received, work: Work) -> Sequence[object]:
    """Another service's head, kept where its administrators do not reach (P6.3)."""
    head = events_pb.HeadPublished.from_binary(event.payload)
    if head.at is not None:
        await work.connection.raw.execute(
            _KEEP, head.service, head.batch, bytes.fromhex(head.hash), head.entries,
            head.at.to_datetime(), head.key, bytes.fromhex(head.signature),
        )  # fmt: skip
    return []
