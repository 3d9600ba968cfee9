"""The right to do a thing once: claims by request id, replays, and when they are forgotten (P1.3)."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from .access import CLIENTS, Principal, system
from .database import Connection, Database, enter
from .errors import NotFound, RequestReused, RequestRunning, Unavailable
from .values import Coordinates

log = structlog.get_logger()
_CLAIM = """INSERT INTO jx.requests(subject, request_id, digest, client) VALUES ($1, $2, $3, $4)
 ON CONFLICT DO NOTHING RETURNING true"""
# It writes, so that its synchronous commit covers the first's (P1.2): an answer that a replay
# confirms is on the standby, even where the first one's wait was cut short.
_REPLAY = """UPDATE jx.requests SET seen_at = clock_timestamp()
 WHERE subject = $1 AND request_id = $2 AND digest = $3 RETURNING answer, records"""
_SWEEP = """DELETE FROM jx.requests WHERE (subject, request_id) IN (SELECT subject, request_id
 FROM jx.requests WHERE at < now() - interval '35 days'
 AND (NOT client OR at < now() - interval '400 days') LIMIT 1000)"""
SWEPT_EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A command's right to run once: (person, request id, digest of the message)."""

    principal: Principal
    request_id: UUID
    digest: bytes

    @classmethod
    def of(cls, principal: Principal, method: str, request: Any, request_id: str) -> "Claim":
        """The claim of one call: the digest is of the method and the message, less its id."""
        request.request_id = ""
        digest = hashlib.sha256(method.encode() + b"\0" + request.to_binary()).digest()
        request.request_id = request_id
        return cls(principal, UUID(request_id), digest)

    async def take(self, connection: Connection) -> bytes | None:
        """None if this is the first; else the first's answer. A twin in flight is waited for.

        Raises RequestReused for another body, RequestRunning when the twin runs longer than the
        lock limit, NotFound when the caller has since lost access to what the first changed.
        """
        key = (self.principal.person, self.request_id, self.digest)
        client = self.principal.role in CLIENTS
        try:
            if await connection.raw.fetchval(_CLAIM, *key, client):
                return None
            first = await connection.raw.fetchrow(_REPLAY, *key)
        except asyncpg.LockNotAvailableError as running:
            raise RequestRunning from running
        if first is None:
            raise RequestReused
        await self._look_again(connection, first["records"] or [])
        return bytes(first["answer"])

    async def _look_again(self, connection: Connection, records: list[list[str]]) -> None:
        """Raise NotFound unless each record that the first changed is in scope (walls 2 and 3)."""
        for table, record in records:
            row = await connection.raw.fetchrow(_seen_in(table), UUID(record))
            if row is None:
                raise NotFound
            self.principal.permit(
                Coordinates(row["territory"], row["line"], row["unit"]),
                record=row["programme_id"] or row["id"], classified=row["classified"],
            )  # fmt: skip


def _seen_in(table: str) -> str:
    """A record's coordinates; `table` was stored by this service, from its own tables' names."""
    return (
        f"SELECT id, programme_id, territory, line, unit, classified FROM jx.{table} WHERE id = $1"  # noqa: S608
    )


async def sweep(database: Database) -> None:
    """For ever: forget, each hour, requests older than 35 days, a client's older than 400."""
    while True:
        try:
            while await _sweep_some(database) == 1000:
                pass
        except Unavailable as away:
            log.warning("sweep_failed", reason=away.reason)
        await asyncio.sleep(SWEPT_EVERY)


async def _sweep_some(database: Database) -> int:
    async with database.begin(job=True) as connection:
        await enter(connection, system("sweep"))
        status = await connection.raw.execute(_SWEEP)
        return int(status.rsplit(" ", 1)[-1])
