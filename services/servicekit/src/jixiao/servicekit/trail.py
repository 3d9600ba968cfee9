"""The audit trail's commands and its part of the contract: verify, anchor, key, heads (P6.3, P6.4).

`python -m jixiao.<service> audit verify [--anchors <store or file of heads> …]` ends with 0 intact,
1 tampered, 2 incomplete.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import asyncpg

from jixiao.api.audit.v1 import events_pb, trail_pb
from jixiao.api.audit.v1.trail_pb_grpc import TrailsService

from .chain import Head, SealKeys, create_key, instant
from .rpc import Context, Servicer
from .sealing import message_of, store_of
from .settings import Settings
from .transaction import Transactions
from .verifying import Verdict, Verification

CONTRACT = trail_pb.desc().services
EXITS = {"intact": 0, "tampered": 1, "incomplete": 2}
NEWEST = 48
"""Anchors looked at: each stands for all that is before it."""
HOP = 0.5
_KEPT = """SELECT service, n, encode(hash, 'hex') AS hash, entries, at, key,
 encode(signature, 'hex') AS signature FROM (SELECT *, rank() OVER (PARTITION BY service ORDER BY n DESC)
 AS place FROM jx.audit_heads) h WHERE place <= $1 ORDER BY service, n"""


async def anchored(source: str, service: str) -> list[Head]:
    """The newest heads of a service in a store (`file:///…`, `s3://…`), or all in a file of lines."""
    if "://" not in source:
        lines = await asyncio.to_thread(Path(source).read_text, encoding="utf-8")
        return [Head(**json.loads(line)) for line in lines.splitlines()]
    store = store_of(source)
    found = [one["path"] async for some in store.list(prefix=service) for one in some]
    newest = sorted(path for path in found if path.endswith(".json"))[-NEWEST:]
    got = [await (await store.get_async(path)).bytes_async() for path in newest]
    return [Head(**json.loads(bytes(one))) for one in got]


async def kept_heads(url: str, most: int = 3) -> list[Head]:
    """The newest heads that this service's database keeps of other services."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL ROLE s_system")
            rows = await connection.fetch(_KEPT, most)
    finally:
        await connection.close()
    return [Head(**{**dict(row), "at": instant(row["at"])}) for row in rows]


class Trail:
    """The audit trail of one service, as its commands and its operation look at it."""

    def __init__(self, service: str, settings: Settings, records: Mapping[str, str]) -> None:
        self.service, self._settings, self._records = service, settings, records
        self._running: tuple[Verification, asyncio.Task[Verdict]] | None = None

    @property
    def database(self) -> str:
        """DSN of the job login, which sees every entry."""
        return self._settings.jobs_database_url

    async def verification(
        self, sources: Sequence[str] = (), heads: Sequence[Head] = ()
    ) -> Verification:
        """A verification against anchors: of `sources`, else of the configured store, and `heads`."""
        wanted = list(sources) or ([self._settings.anchors] if self._settings.anchors else [])
        known = [*heads]
        for source in wanted:
            known += await anchored(source, self.service)
        return Verification(self.service, SealKeys(self._settings.seal_key), self._records, known)

    async def verify(self, sources: Sequence[str] = ()) -> Verdict:
        """Verify it now."""
        return await (await self.verification(sources)).run(self.database)

    async def within(self, seconds: float, heads: Sequence[Head]) -> trail_pb.TrailVerdict:
        """The verdict; while it takes longer than this, how far it has come: ask again."""
        if self._running is None:
            verification = await self.verification(heads=heads)
            run = asyncio.create_task(verification.run(self.database))
            self._running = verification, run
        verification, run = self._running
        if not (await asyncio.wait({run}, timeout=seconds))[0]:
            return _told(verification.verdict, "running")
        self._running = None
        return _told(run.result(), verification.verdict.state)

    async def kept(self) -> list[Head]:
        """The newest heads that this service keeps of others."""
        return await kept_heads(self.database)


class TrailCalls(Servicer, TrailsService):
    """Answers `Trails`."""

    def __init__(self, transactions: Transactions, trail: Trail) -> None:
        super().__init__(transactions)
        self._trail = trail

    async def verify_trail(
        self, request: trail_pb.VerifyTrailRequest, context: Context
    ) -> trail_pb.TrailVerdict:
        """The verdict, with the heads that are kept here of others."""
        left = (context.time_remaining() or 10.0) - HOP
        verdict = await self._trail.within(left, [head_of(head) for head in request.heads])
        verdict.kept = [message_of(head) for head in await self._trail.kept()]
        return verdict


def head_of(message: events_pb.HeadPublished) -> Head:
    """A head as it travelled."""
    at = instant(message.at.to_datetime()) if message.at else ""
    return Head(
        message.service, message.batch, message.hash, message.entries, at, message.key,
        message.signature,
    )  # fmt: skip


def _told(verdict: Verdict, state: str) -> trail_pb.TrailVerdict:
    return trail_pb.TrailVerdict(
        service=verdict.service, verdict=state, entries=verdict.entries, batches=verdict.batches,
        unsealed=verdict.unsealed, anchors=verdict.anchors, head=verdict.head,
        findings=[
            trail_pb.TrailFinding(how=one.how, entry=one.entry, what=one.what)
            for one in (*verdict.tampered, *verdict.lacking)
        ],
    )  # fmt: skip


def command(trail: Trail, settings: Settings, arguments: Sequence[str]) -> int:
    """`audit verify | heads | key`; the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m jixiao.{trail.service} audit")
    acts = parser.add_subparsers(dest="act", required=True)
    verify = acts.add_parser("verify", help="0 intact, 1 tampered, 2 incomplete")
    verify.add_argument("--anchors", action="append", default=[], help="store or file of heads")
    acts.add_parser("heads", help="the heads that this database keeps of other services, as lines")
    acts.add_parser("key", help="make the sealing key, or rotate it")
    asked = parser.parse_args(arguments)
    if asked.act == "key":
        sys.stdout.write(create_key(settings.seal_key) + "\n")
        return 0
    if asked.act == "heads":
        for head in asyncio.run(trail.kept()):
            sys.stdout.write(json.dumps(asdict(head)) + "\n")
        return 0
    verdict = asyncio.run(trail.verify(asked.anchors))
    sys.stdout.write(json.dumps({**asdict(verdict), "verdict": verdict.state}) + "\n")
    for finding in (*verdict.tampered, *verdict.lacking):
        sys.stderr.write(f"{finding.how}: entry {finding.entry or '-'}: {finding.what}\n")
    return EXITS[verdict.state]
