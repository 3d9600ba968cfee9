"""The relay: from the outbox to the stream, in order per aggregate (P2.1, P2.2).

One relay per database holds an advisory lock on the very connection on which it reads and marks,
so two can never send for the same rows. A row is marked only after the stream has confirmed it; a
repeat after a crash is dropped by its event id. A failed publish holds back its aggregate alone.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from .broker import Broker
from .database import GONE
from .events import VERSION, Catalogue

log = structlog.get_logger()
LOCK = 0x4A58_0B01
_UNSENT = """SELECT id, event_id, aggregate_id, epoch, seq, subject, payload, headers
 FROM jx.outbox WHERE sent_at IS NULL ORDER BY id LIMIT 500"""
# A server that hears nothing from us for 30 s ends the session and with it our lock: the link is
# dead, and the next relay, ours anew or another's, must not wait for hours (P2.1).
_ENTER = "SET ROLE s_system; SET idle_session_timeout = '30s'"
_LOCK = "SELECT pg_try_advisory_lock($1)"
_SENT = "UPDATE jx.outbox SET sent_at = clock_timestamp() WHERE id = ANY($1::bigint[])"


async def _close(connection: "asyncpg.Connection[Any]") -> None:
    """Close in a second, or at once: a dead link answers no farewell."""
    try:
        await connection.close(timeout=1)
    except (asyncpg.PostgresError, *GONE):
        connection.terminate()


class Relay:
    """Publishes what the outbox holds; wakes at once on `wake`, else every 100 ms."""

    def __init__(self, url: str, broker: Broker, catalogue: Catalogue, wake: asyncio.Event) -> None:
        self._url, self._broker, self._catalogue, self._wake = url, broker, catalogue, wake

    async def run(self) -> None:
        """For ever; a lost database or broker is waited for."""
        while True:
            try:
                connection = await asyncpg.connect(self._url, timeout=10, command_timeout=10)
                try:
                    await connection.execute(_ENTER)
                    while not await connection.fetchval(_LOCK, LOCK):  # noqa: ASYNC110 - in the database
                        await asyncio.sleep(1)  # another process relays; we stand by
                    while True:
                        if not await self._round(connection):
                            await self._wait()
                finally:
                    await _close(connection)
            except (asyncpg.PostgresError, *GONE) as lost:
                log.warning("relay_lost_database", error=type(lost).__name__)
                await asyncio.sleep(0.5)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):  # wait_for of 3.11 may swallow a cancellation
                await self._wake.wait()
        self._wake.clear()

    async def _round(self, connection: "asyncpg.Connection[Any]") -> bool:
        """Send one batch; True when something was sent."""
        waiting: dict[UUID, list[Any]] = {}
        for row in await connection.fetch(_UNSENT):
            waiting.setdefault(row["aggregate_id"], []).append(row)
        if not waiting:
            return False
        gate = asyncio.Semaphore(64)
        sent = await asyncio.gather(*(self._send(gate, rows) for rows in waiting.values()))
        if done := [one for batch in sent for one in batch]:
            await connection.execute(_SENT, done)
        return bool(done)

    async def _send(self, gate: asyncio.Semaphore, rows: list[Any]) -> list[int]:
        """One aggregate's rows in order, until one fails; the ids that the stream confirmed."""
        done: list[int] = []
        async with gate:
            for row in rows:
                try:
                    await self._broker.publish(
                        row["subject"], row["payload"],
                        headers_of(self._catalogue.service, row, json.loads(row["headers"])),
                        stream=self._catalogue.stream, event_id=str(row["event_id"]),
                    )  # fmt: skip
                except Exception as failed:  # noqa: BLE001 - any failure: try again, in order
                    log.warning(
                        "publish_failed", subject=row["subject"], error=type(failed).__name__
                    )
                    break
                done.append(row["id"])
        return done


def headers_of(service: str, row: Any, kept: Mapping[str, str]) -> dict[str, str]:
    """CloudEvents headers of an outbox row, its place in the aggregate's order, and the trace."""
    return {
        **kept,
        "ce-specversion": "1.0",
        "ce-id": str(row["event_id"]),
        "ce-source": f"/jixiao/{service}",
        "ce-type": row["subject"],
        "ce-subject": str(row["aggregate_id"]),
        "jx-epoch": str(row["epoch"]),
        "jx-seq": str(row["seq"]),
        "jx-version": str(VERSION),
    }
