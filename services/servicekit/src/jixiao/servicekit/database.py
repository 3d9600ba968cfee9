"""PostgreSQL by asyncpg: Core statements compiled once (A-11), and entering a scope (P3.7).

What the driver raises leaves here as one of our refusals (P1.6), and a COMMIT whose answer is not
heard as `OutcomeUnknown` (P1.2): nobody above needs to know PostgreSQL's errors.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql import ClauseElement

from .access import Principal
from .errors import Answered, Busy, Lost, OutcomeUnknown, Overloaded

log = structlog.get_logger()
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

    def bound(
        self, statement: ClauseElement, values: Mapping[str, object]
    ) -> tuple[str, list[object]]:
        """The statement's SQL, and its arguments in order."""
        sql, names, constants = compiled(statement)
        return sql, [values[name] if name in values else constants[name] for name in names]

    async def rows(self, statement: ClauseElement, **values: object) -> list[Row]:
        """All rows."""
        sql, arguments = self.bound(statement, values)
        return await self.raw.fetch(sql, *arguments)

    async def first(self, statement: ClauseElement, **values: object) -> Row | None:
        """The first row, or None."""
        sql, arguments = self.bound(statement, values)
        return await self.raw.fetchrow(sql, *arguments)

    async def value(self, statement: ClauseElement, **values: object) -> Any:
        """The first column of the first row, or None."""
        sql, arguments = self.bound(statement, values)
        return await self.raw.fetchval(sql, *arguments)

    async def run(self, statement: ClauseElement, **values: object) -> int:
        """Execute; the number of rows touched."""
        sql, arguments = self.bound(statement, values)
        status = await self.raw.execute(sql, *arguments)
        return int(status.rsplit(" ", 1)[-1])


# One round trip: scope role and keys, time limits, the database's clock.
_ENTER = """SELECT clock_timestamp() AS at,
 set_config('role', $1, true), set_config('jx.district', $2, true), set_config('jx.town', $3, true),
 set_config('jx.line', $4, true), set_config('jx.unit', $5, true), set_config('jx.cleared', $6, true),
 set_config('jx.keys', $7, true), set_config('jx.person', $8, true)"""
_TIMES = """; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '5s';
 SET LOCAL idle_in_transaction_session_timeout = '10s'"""
_LIMITS = "BEGIN" + _TIMES
_READ = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY" + _TIMES
POOL_WAIT = 1.0
"""Seconds that a command or read waits for a connection before it is shed (P8.3)."""
JOBS_WAIT = 30.0
STATEMENT_WAIT = 6.0
"""Seconds for a statement's answer; above `statement_timeout`, so only a dead link reaches it."""
# A session that the server ended between two statements shows as the driver's internal error.
GONE = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
NO_LIMIT = 86_400.0  # None means the pool's own limit
COMMIT_WAIT = 8.0
"""Seconds for the answer to COMMIT, the service's whole budget (P8.1); then its outcome is unknown."""


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
                command_timeout=STATEMENT_WAIT,
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
        """Ask the database anything. Raises Unavailable."""
        async with self._lease(self._reads) as raw:
            await raw.execute("SELECT 1")

    @asynccontextmanager
    async def begin(self, *, job: bool = False) -> AsyncIterator[Connection]:
        """A writing transaction: commit at the end, roll back on any exception.

        Raises what the block raises; Lost and Busy when the database failed before the COMMIT, so
        nothing was done; OutcomeUnknown when its answer was not heard.
        """
        async with self._lease(self._jobs if job else self._commands) as raw:
            await raw.execute(_LIMITS)
            try:
                yield Connection(raw)
            except BaseException:
                await _roll_back(raw)
                raise
            await _commit(raw)

    @asynccontextmanager
    async def snapshot(self, principal: Principal) -> AsyncIterator[tuple[Connection, datetime]]:
        """A reading transaction on one snapshot, under the principal's scope."""
        async with self._lease(self._jobs if principal.role == "system" else self._reads) as raw:
            await raw.execute(_READ)
            try:
                connection = Connection(raw)
                yield connection, await enter(connection, principal)
            finally:
                await _roll_back(raw)

    @asynccontextmanager
    async def _lease(
        self, pool: "asyncpg.Pool[Any]"
    ) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy[Any]"]:
        """A connection of a pool for one transaction. Raises Overloaded when all are in use."""
        with refusing():
            try:
                raw = await pool.acquire(timeout=JOBS_WAIT if pool is self._jobs else POOL_WAIT)
            except TimeoutError as late:
                if pool.get_size() == pool.get_max_size() and not pool.get_idle_size():
                    raise Overloaded from late
                raise
            try:
                yield raw
            finally:
                await pool.release(raw)


async def _commit(raw: "asyncpg.pool.PoolConnectionProxy[Any]") -> None:
    """COMMIT, whatever becomes of the task that asks for it (P1.2).

    A cancelled task still hears the answer, and is cancelled then. Without an answer in time the
    connection is closed, which sends no cancel request: the server ends what has reached it. Step G
    needs no statement: PostgreSQL takes `statement_timeout` off before it commits.
    """
    loop = asyncio.get_running_loop()
    commit = asyncio.ensure_future(raw.execute("COMMIT", timeout=NO_LIMIT))
    ends, cancelled = loop.time() + COMMIT_WAIT, None
    while not commit.done() and (left := ends - loop.time()) > 0:
        try:
            await asyncio.wait({commit}, timeout=left)
        except asyncio.CancelledError as asked:
            cancelled = asked
    if not commit.done():
        raw.terminate()
        await asyncio.wait({commit})
    try:
        done = commit.result()
    except asyncpg.PostgresError as failed:
        if not _is_lost(failed):
            await _roll_back(raw)  # the server has refused: a deferred check, a serialization
            raise
        raise OutcomeUnknown from failed
    except GONE as lost:
        raise OutcomeUnknown from lost
    if done != "COMMIT":  # a statement failed and its error was swallowed: the server rolled back
        raise asyncpg.InFailedSQLTransactionError
    if cancelled is not None:
        raise cancelled


async def _roll_back(raw: "asyncpg.pool.PoolConnectionProxy[Any]") -> None:
    """Undo; a connection that does not answer at once is closed, which undoes as well."""
    try:
        async with asyncio.timeout(1):
            await raw.execute("ROLLBACK")
    except (asyncpg.PostgresError, *GONE):
        raw.terminate()


@contextmanager
def refusing() -> Iterator[None]:
    """Let what the driver raises leave as a refusal: never its own text (P1.6)."""
    try:
        yield
    except asyncpg.PostgresError as failed:
        raise refusal_of(failed) from failed
    except GONE as lost:
        raise Lost from lost


class Collided(Busy):
    """A deadlock or a serialization failure: the whole function may run again (P1.6)."""


def refusal_of(failed: asyncpg.PostgresError) -> Answered:
    """The refusal that a database error stands for.

    The table of P1.6 by SQLSTATE: collisions run again, a lock held too long is `busy`, all else
    is 503. What is neither the database's absence nor its lack of room is a bug and is logged so.
    """
    state = str(failed.sqlstate or "")
    if state in ("40001", "40P01"):
        return Collided()
    if state == "55P03":
        return Busy()
    if _is_lost(failed):
        log.warning("database_unavailable", sqlstate=state)
    else:
        log.error("database_error", sqlstate=state, exc_info=True)  # noqa: LOG014 - called in one
    return Lost()


def is_outage(failed: Exception) -> bool:
    """Whether a failure is the database's or the network's, and says nothing against the work."""
    cause = failed.__cause__
    if isinstance(cause, asyncpg.PostgresError) and not isinstance(failed, Busy):
        return _is_lost(cause)
    return isinstance(failed, (Lost, OutcomeUnknown, Busy, OSError))


def _is_lost(failed: asyncpg.PostgresError) -> bool:
    """Connection, resources, operator, system: read-only is a standby not yet promoted."""
    state = str(failed.sqlstate or "")
    return state[:2] in ("08", "53", "57", "58") or state in ("25006", "25P03")


async def _prepare(raw: "asyncpg.Connection[Any]") -> None:
    await raw.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda v: json.dumps(v, ensure_ascii=False),
        decoder=json.loads,
    )
