"""The access log: who came in, who did not, and what was denied (P6.1; D-7, T-9)."""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, or_, select

from jixiao.servicekit.access import system
from jixiao.servicekit.database import Connection
from jixiao.servicekit.telemetry import trace_id
from jixiao.servicekit.transaction import Transactions, Work
from jixiao.servicekit.values import uuid7

from . import tables

log = structlog.get_logger()
LAST = UUID(int=2**128 - 1)
_LIMIT = 10_000

_t = tables.access_log
_add = tables.adding(_t)
_page = (
    select(_t)
    .where(
        _t.c.id < bindparam("before"),
        or_(bindparam("person_id") == "", _t.c.person_id == bindparam("person_id")),
        or_(bindparam("outcome") == "", _t.c.outcome == bindparam("outcome")),
        or_(bindparam("programme_id") == "", _t.c.programme_id == bindparam("programme_id")),
    )
    .order_by(_t.c.id.desc())
    .limit(bindparam("size"))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at the door; `person_id` is a client's id too."""

    action: str
    outcome: str
    """login, login_failed, alarm, step_up, logout, token, denied, read."""
    reason: str = ""
    person_id: str = ""
    role: str = ""
    grant_id: str = ""
    login_name: str = ""
    address: str = ""
    record: str = ""
    """Id of what was read."""
    programme_id: str = ""
    trace: str = field(default_factory=trace_id)
    at: datetime | None = None
    """Only of what is written later than it happened."""


async def write(entry: Entry, work: Work) -> None:
    """Write an entry in an open transaction."""
    at = entry.at or work.at
    await work.connection.run(_add, id=uuid7(), at=at, day=work.today, **_values(entry))


async def page(
    connection: Connection, *, person_id: str, outcome: str, programme_id: str, before: UUID,
    size: int,
) -> list[Any]:  # fmt: skip
    """Entries older than one, newest first; empty filters match all."""
    return await connection.rows(
        _page, person_id=person_id, outcome=outcome, programme_id=programme_id, before=before,
        size=size,
    )  # fmt: skip


class AccessLog:
    """Takes denials and reads without delaying the answer and writes them in batches."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._waiting: list[Entry] = []
        self._wake = asyncio.Event()

    def note(self, entry: Entry) -> None:
        """Remember an entry; when writing falls far behind, the loss is logged, never silent."""
        if len(self._waiting) >= _LIMIT:
            log.error("access_log_full", outcome=entry.outcome)
            return
        self._waiting.append(replace(entry, at=datetime.now(UTC)))
        self._wake.set()

    async def flush(self) -> None:
        """Write what waits; on failure it waits on."""
        taken, self._waiting = self._waiting, []
        if not taken:
            return

        async def handle(work: Work) -> tuple[None, list[object]]:
            for entry in taken:
                await write(entry, work)
            return None, []

        try:
            await self._transactions.act(system("access-log"), "accesslog.write", handle)
        except BaseException:
            self._waiting = taken + self._waiting
            raise

    async def run(self) -> None:
        """For ever: write at most once a second."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(1)
            try:
                await self.flush()
            except Exception as failed:  # noqa: BLE001 - the database may be away: try again
                log.warning("access_log_waits", error=type(failed).__name__)
                self._wake.set()

    async def close(self) -> None:
        """Write the rest at the end of the process."""
        with contextlib.suppress(OSError):
            await self.flush()


def _values(entry: Entry) -> dict[str, str]:
    return {
        name: getattr(entry, name)
        for name in (
            "person_id", "role", "grant_id", "action", "outcome", "reason", "login_name",
            "address", "trace", "record", "programme_id",
        )
    }  # fmt: skip
