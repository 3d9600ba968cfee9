"""PostgreSQL by asyncpg: Core statements compiled once (A-11), and entering a scope (P3.7)."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql import ClauseElement

from .access import Principal

_DIALECT: Any = asyncpg_dialect()  # type: ignore[no-untyped-call]
_DIALECT.implicit_returning = False  # an INSERT-only table refuses RETURNING
_compiled: dict[ClauseElement, tuple[str, list[str], dict[str, Any]]] = {}

Row = Mapping[str, Any]


def compiled(statement: ClauseElement) -> tuple[str, list[str], dict[str, Any]]:
    """SQL text, parameter names in order, and the constants among them; once per statement."""
    known = _compiled.get(statement)
    if known is None:
        text: Any = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        known = (str(text), list(text.positiontup or []), dict(text.params))
        _compiled[statement] = known
    return known


class Connection:
    """One connection inside a transaction; statements are module constants with bind parameters."""

    def __init__(
        self, raw: "asyncpg.pool.PoolConnectionProxy[Any] | asyncpg.Connection[Any]"
    ) -> None:
        self.raw = raw

    async def rows(self, statement: ClauseElement, **values: object) -> list[Row]:
        """All rows."""
        sql, arguments = _bind(statement, values)
        return await self.raw.fetch(sql, *arguments)

    async def first(self, statement: ClauseElement, **values: object) -> Row | None:
        """The first row, or None."""
        sql, arguments = _bind(statement, values)
        return await self.raw.fetchrow(sql, *arguments)

    async def value(self, statement: ClauseElement, **values: object) -> Any:
        """The first column of the first row, or None."""
        sql, arguments = _bind(statement, values)
        return await self.raw.fetchval(sql, *arguments)

    async def run(self, statement: ClauseElement, **values: object) -> int:
        """Execute; the number of rows touched."""
        sql, arguments = _bind(statement, values)
        status = await self.raw.execute(sql, *arguments)
        return int(status.rsplit(" ", 1)[-1])


def _bind(statement: ClauseElement, values: Mapping[str, object]) -> tuple[str, list[object]]:
    sql, names, constants = compiled(statement)
    return sql, [values[name] if name in values else constants[name] for name in names]


# One round trip: scope role and keys, time limits, the database's clock.
_ENTER = """SELECT clock_timestamp() AS at,
 set_config('role', $1, true), set_config('jx.district', $2, true), set_config('jx.town', $3, true),
 set_config('jx.line', $4, true), set_config('jx.unit', $5, true), set_config('jx.cleared', $6, true),
 set_config('jx.keys', $7, true), set_config('jx.person', $8, true)"""
_LIMITS = "BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s'"
_READ = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


async def enter(connection: Connection, principal: Principal) -> datetime:
    """Put the transaction under the principal's scope; the instant by the database's clock.

    No role, a missing or empty key: each later statement fails with 42501 (P3.8).
    """
    at: datetime = await connection.raw.fetchval(
        _ENTER,
        principal.kind,
        principal.territory[:6],
        principal.territory,
        principal.line,
        principal.unit,
        "yes" if principal.cleared else "no",
        "{" + ",".join(principal.keys) + "}",
        principal.person,
    )
    return at


class _Clean(asyncpg.Connection):
    """Goes back to its pool as it is: all that we set ends with the transaction (SET LOCAL)."""

    def get_reset_query(self) -> str:
        """Nothing to ask the server; a transaction left open is still rolled back."""
        return ""


class Database:
    """Pools of one service: commands and reads under the API login, jobs under the job login."""

    def __init__(
        self, commands: "asyncpg.Pool[Any]", reads: "asyncpg.Pool[Any]", jobs: "asyncpg.Pool[Any]"
    ) -> None:
        self._commands, self._reads, self._jobs = commands, reads, jobs

    @classmethod
    async def open(cls, url: str, jobs_url: str, *, size: int = 4) -> "Database":
        """Open the pools: commands `size`, reads `size`, jobs 2 (A-13)."""
        pools = [
            await asyncpg.create_pool(
                dsn,
                min_size=0,
                max_size=n,
                init=_prepare,
                connection_class=_Clean,
                max_inactive_connection_lifetime=0,
            )
            for dsn, n in ((url, size), (url, size), (jobs_url, 2))
        ]
        return cls(*pools)

    async def close(self) -> None:
        """Close all pools, waiting up to 10 s for what is running."""
        for pool in (self._commands, self._reads, self._jobs):
            try:
                async with asyncio.timeout(10):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    async def ping(self) -> None:
        """Ask the database anything. Raises what the driver raises."""
        async with self._reads.acquire() as raw:
            await raw.execute("SELECT 1")

    @asynccontextmanager
    async def begin(self, *, job: bool = False) -> AsyncIterator[Connection]:
        """A writing transaction: commit at the end, roll back on any exception."""
        async with (self._jobs if job else self._commands).acquire() as raw:
            await raw.execute(_LIMITS)
            try:
                yield Connection(raw)
            except BaseException:
                await raw.execute("ROLLBACK")
                raise
            await raw.execute("COMMIT")

    @asynccontextmanager
    async def snapshot(self, principal: Principal) -> AsyncIterator[tuple[Connection, datetime]]:
        """A reading transaction on one snapshot, under the principal's scope."""
        pool = self._jobs if principal.role == "system" else self._reads
        async with pool.acquire() as raw:
            await raw.execute(_READ)
            try:
                connection = Connection(raw)
                yield connection, await enter(connection, principal)
            finally:
                await raw.execute("ROLLBACK")


async def _prepare(raw: "asyncpg.Connection[Any]") -> None:
    await raw.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda v: json.dumps(v, ensure_ascii=False),
        decoder=json.loads,
    )
