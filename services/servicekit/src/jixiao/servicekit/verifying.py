"""Whether a service's audit trail is what was written, and where it is not (P6.4).

Reads one snapshot as a stream: every batch's header and signature, every row against its leaf, the
leaves against the root, the chain against its anchors, and the trail against the records: one
entry for each version from 1 to the record's own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from .chain import FORMAT, TEXTS, Batch, Head, SealKeys, digest_of, leaf, root

MOST = 20
"""Findings told; the first of them is the one that counts."""
AHEAD = 50
STALE = timedelta(hours=2)
_BATCHES = """SELECT n, count, root, prev_hash, hash, horizon::text AS horizon, algorithm, format, at,
 key, signature FROM jx.audit_batch ORDER BY n"""
_ENTRIES = f"""SELECT l.entry, l.batch, l.position, l.leaf, a.id, {TEXTS} AS texts
 FROM jx.audit_link l LEFT JOIN jx.audit a ON a.id = l.entry ORDER BY l.batch, l.position"""  # noqa: S608
# The sealer takes nothing of a transaction before the horizon any more: such a row came later.
_UNSEALED = """SELECT a.id, a.tx < $1::text::xid8 AS late,
 a.at < clock_timestamp() - interval '1 minute' AS old
 FROM jx.audit a WHERE NOT EXISTS (SELECT FROM jx.audit_link l WHERE l.entry = a.id) ORDER BY a.id"""
_VERSIONS = """SELECT aggregate, aggregate_id, array_agg(version ORDER BY version, id) AS versions,
 array_agg(id ORDER BY version, id) AS ids FROM jx.audit GROUP BY 1, 2
 HAVING count(*) <> max(version) OR min(version) <> 1 OR count(DISTINCT version) <> count(*)
 ORDER BY max(id) LIMIT 20"""
_RECORDS = """SELECT coalesce(t.id, a.aggregate_id) AS record, t.version, a.last, a.id
 FROM (SELECT aggregate_id, max(version) AS last, max(id) AS id FROM jx.audit WHERE aggregate = $1
 GROUP BY 1) a FULL JOIN jx.{table} t ON t.id = a.aggregate_id
 WHERE a.last IS DISTINCT FROM t.version LIMIT 20"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written, or could not be checked."""

    how: str
    """edited, removed, inserted, reordered, chain, signature, cut, anchor; unsealed, unanchored."""
    entry: int
    """Number of the audit row; 0 where it is gone with its number, or a whole batch is wrong."""
    what: str


@dataclass(slots=True)
class Verdict:
    """The result for one service."""

    service: str
    tampered: list[Finding] = field(default_factory=list)
    lacking: list[Finding] = field(default_factory=list)
    entries: int = 0
    batches: int = 0
    unsealed: int = 0
    anchors: int = 0
    head: str = ""
    """Hash of the last batch."""

    @property
    def state(self) -> str:
        """`intact`, `tampered` or `incomplete`."""
        return "tampered" if self.tampered else "incomplete" if self.lacking else "intact"

    def found(self, how: str, entry: int, what: str) -> None:
        """Note what was tampered with."""
        if len(self.tampered) < MOST:
            self.tampered.append(Finding(how, entry, what))


class Verification:
    """One verification of one service's trail."""

    def __init__(
        self, service: str, keys: SealKeys, records: Mapping[str, str], heads: Iterable[Head]
    ) -> None:
        """`records`: aggregate to the table that holds its records with their versions."""
        self._keys, self._records = keys, records
        self._heads = sorted((h for h in heads if h.service == service), key=lambda head: head.n)
        self.verdict = Verdict(service, anchors=len(self._heads))
        self._batches: dict[int, Batch] = {}
        self._first: dict[int, int] = {}
        """First entry of each batch."""
        self._differing: dict[int, tuple[Batch, bytes, Sequence[str | None]]] = {}

    async def run(self, url: str) -> Verdict:
        """Verify, by the job login's DSN, on one snapshot; batch by batch, so that others go on."""
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute("SET LOCAL ROLE s_system")
                await self._headers(connection)
                async for n, rows in _by_batch(connection):
                    self._contents(n, rows)
                self._classify()
                await self._unlinked(connection)
                await self._versions(connection)
                self._anchored(await connection.fetchval("SELECT clock_timestamp()"))
        finally:
            await connection.close()
        return self.verdict

    async def _headers(self, connection: "asyncpg.Connection[Any]") -> None:
        """Numbers, hashes and signatures of the batches."""
        before, found = b"", self.verdict.found
        for number, row in enumerate(await connection.fetch(_BATCHES), 1):
            batch = Batch(
                self.verdict.service, row["n"], row["count"], row["root"], row["prev_hash"],
                int(row["horizon"]), row["algorithm"], row["at"], row["format"], row["key"],
                row["signature"],
            )  # fmt: skip
            self._batches[batch.n] = batch
            if batch.n != number + len(self.verdict.tampered):
                found("removed", 0, f"batches before batch {batch.n}")
            elif batch.prev_hash != before:
                found("chain", 0, f"batch {batch.n} does not continue the batch before it")
            if (before := batch.hash()) != row["hash"]:
                found("chain", 0, f"batch {batch.n}: its header does not give its hash")
            elif not self._keys.signed(batch.key, batch.signature, before):
                found("signature", 0, f"batch {batch.n} is not signed by a key of the service")
        self.verdict.batches, self.verdict.head = len(self._batches), before.hex()

    def _contents(self, n: int, rows: Sequence[Any]) -> None:
        """One batch: places, rows against leaves, leaves against the root."""
        found, batch = self.verdict.found, self._batches.get(n)
        self._first[n] = rows[0]["entry"]
        self.verdict.entries += len(rows)
        if batch is None or batch.format != FORMAT:
            found("chain", rows[0]["entry"], f"batch {n} is not there, or of an unknown format")
            return
        digest, last = digest_of(batch.algorithm), (0, 0)
        whole = len(self.verdict.tampered), len(self._differing)
        for place, row in enumerate(rows, 1):
            texts, entry = row["texts"], row["entry"]
            if row["position"] != place and len(rows) < batch.count:
                found("removed", 0, f"batch {n}: place {place}, after entry {last[1]}")
                break
            if row["id"] is None:
                found("removed", entry, f"batch {n}, place {place}")
            elif leaf(digest, texts) != row["leaf"]:
                self._differing[entry] = (batch, row["leaf"], texts)
            elif (place_of := (int(texts[1]), entry)) < last:
                found("reordered", entry, f"batch {n}: it comes before entry {last[1]}")
            else:
                last = place_of
        if whole != (len(self.verdict.tampered), len(self._differing)):
            return
        if len(rows) != batch.count:
            how = "removed" if len(rows) < batch.count else "inserted"
            found(
                how,
                rows[-1]["entry"],
                f"batch {n} has {len(rows)} entries instead of {batch.count}",
            )
        elif root(digest, [row["leaf"] for row in rows]) != batch.root:
            ends = f"{rows[0]['entry']} to {rows[-1]['entry']}"
            found(
                "edited", rows[0]["entry"], f"batch {n}: the leaves of {ends} do not give its root"
            )

    def _classify(self) -> None:
        """Rows that do not give their leaf: exchanged with one another, or edited."""
        for entry, (batch, wanted, texts) in sorted(self._differing.items())[:MOST]:
            digest = digest_of(batch.algorithm)
            others = (
                other for other, (_, _, held) in self._differing.items()
                if other != entry and leaf(digest, [texts[0], *held[1:]]) == wanted
            )  # fmt: skip
            if other := next(others, None):
                self.verdict.found("reordered", entry, f"it holds what entry {other} held")
            else:
                self.verdict.found("edited", entry, f"batch {batch.n}: it does not give its leaf")

    async def _unlinked(self, connection: "asyncpg.Connection[Any]") -> None:
        """Batches without entries; rows that are in no batch: young, forgotten or inserted."""
        for n in sorted(self._batches.keys() - self._first.keys())[:MOST]:
            self.verdict.found("removed", 0, f"batch {n}: all its {self._batches[n].count} entries")
        horizon = max((batch.horizon for batch in self._batches.values()), default=0)
        old = 0
        async for row in connection.cursor(_UNSEALED, str(horizon), prefetch=500):
            self.verdict.unsealed += 1
            if row["late"]:
                self.verdict.found("inserted", row["id"], "after its time had been sealed")
            elif row["old"]:
                old = old or row["id"]
        if old:
            what = f"{self.verdict.unsealed} entries wait to be sealed"
            self.verdict.lacking.append(Finding("unsealed", old, what))

    async def _versions(self, connection: "asyncpg.Connection[Any]") -> None:
        """An entry for each version 1 to n of each aggregate, and none more (P6.4)."""
        found = self.verdict.found
        for row in await connection.fetch(_VERSIONS):
            named, seen = f"{row['aggregate']} {row['aggregate_id']}", set(row["versions"])
            twice = [
                entry for entry, version, after in
                zip(row["ids"][1:], row["versions"], row["versions"][1:], strict=False)
                if version == after
            ]  # fmt: skip
            if twice and row["aggregate"] in self._records:
                found("inserted", twice[0], f"a second entry for a version of {named}")
            if missing := set(range(1, max(seen) + 1)) - seen:
                found("removed", 0, f"version {min(missing)} of {named}")
        for aggregate, table in self._records.items():
            for row in await connection.fetch(_RECORDS.format(table=table), aggregate):
                named, last = f"{aggregate} {row['record']}", row["last"] or 0
                if row["version"] is not None and row["version"] > last:
                    found("removed", 0, f"version {last + 1} of {named}")
                else:
                    found(
                        "inserted", row["id"], f"version {last} of {named}, which was never stored"
                    )

    def _anchored(self, now: datetime) -> None:
        """The chain against what is known of it elsewhere (P6.3)."""
        found, last = self.verdict.found, max(self._batches, default=0)
        for head in self._heads:
            if not self._keys.signed(
                head.key, bytes.fromhex(head.signature), bytes.fromhex(head.hash)
            ):
                found("anchor", 0, f"the anchor of batch {head.n} is not signed by the service")
            elif head.n > last:
                lost = head.entries - self.verdict.entries
                found(
                    "cut",
                    0,
                    f"the chain ends at batch {last}; batch {head.n} was anchored: {lost} entries less",
                )
            elif (batch := self._batches.get(head.n)) and batch.hash().hex() != head.hash:
                found(
                    "anchor",
                    self._first.get(head.n, 0),
                    f"batch {head.n} is not the one that was anchored",
                )
        anchored = max((head.n for head in self._heads), default=0)
        waiting = [b.at for b in self._batches.values() if b.n > anchored]
        if waiting and (not anchored or now - min(waiting) > STALE):
            what = f"no anchor after batch {anchored}" if anchored else "no anchor was given"
            self.verdict.lacking.append(Finding("unanchored", 0, what))


async def _by_batch(
    connection: "asyncpg.Connection[Any]",
) -> AsyncIterator[tuple[int, list[Any]]]:
    """The links with their rows, batch by batch.

    PostgreSQL prepares the next rows while these are hashed: few, so that they fit its socket.
    """
    cursor = await connection.cursor(_ENTRIES)
    coming = asyncio.create_task(cursor.fetch(AHEAD))
    batch: list[Any] = []
    try:
        while rows := await coming:
            coming = asyncio.create_task(cursor.fetch(AHEAD))
            await asyncio.sleep(0)  # the request leaves
            for row in rows:
                if batch and row["batch"] != batch[0]["batch"]:
                    yield batch[0]["batch"], batch
                    batch = []
                batch.append(row)
    finally:
        await asyncio.wait({coming})
    if batch:
        yield batch[0]["batch"], batch
