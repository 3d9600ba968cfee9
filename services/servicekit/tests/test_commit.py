"""What the end of a transaction promises when something gives way (P1.2, P1.6, P8.3)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import grpc
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit import database
from jixiao.servicekit.database import Collided, refusal_of, refusing
from jixiao.servicekit.errors import Busy, Lost, OutcomeUnknown
from jixiao.servicekit.testing import Caller, refusal, request_id

POST = {"territory": "370303", "line": "ZD103", "unit": "U001"}
# A check at the end of the transaction, so that its COMMIT takes a while.
_SLOW = """CREATE TABLE public.marks(name text);
 GRANT SELECT, INSERT ON public.marks TO targets_api;
 CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
 CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON public.marks DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION public.slowly()"""
_COMMITTING = (
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%COMMIT' AND state = 'active'"
    " AND datname = current_database() AND wait_event = 'PgSleep'"
)


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture(scope="module")
async def admin(up: Any) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(up.admin)
    await connection.execute(_SLOW)
    yield connection
    await connection.close()


@pytest.fixture
def unit(up: Any) -> Caller:
    caller: Caller = up.caller("unit", **POST)
    return caller


def a_request() -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=2025, description=description, request_id=request_id())


async def committing(admin: "asyncpg.Connection[Any]") -> None:
    while not await admin.fetchval(_COMMITTING):  # noqa: ASYNC110 - the server's state
        await asyncio.sleep(0.01)


async def kept(admin: "asyncpg.Connection[Any]", name: str) -> int:
    return int(await admin.fetchval("SELECT count(*) FROM public.marks WHERE name = $1", name))


async def test_p12_a_cancelled_task_still_hears_its_commit(
    up: Any, admin: "asyncpg.Connection[Any]"
) -> None:
    async def mark() -> None:
        async with up.running.transactions.database.begin() as connection:
            await connection.raw.execute("INSERT INTO public.marks VALUES ('shielded')")

    task = asyncio.create_task(mark())
    await committing(admin)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await kept(admin, "shielded") == 1


async def test_p12_control_an_unshielded_commit_is_cancelled_with_its_task(
    up: Any, admin: "asyncpg.Connection[Any]"
) -> None:
    async def mark() -> None:
        connection = await asyncpg.connect(up.login)
        try:
            await connection.execute("BEGIN; INSERT INTO public.marks VALUES ('bare')")
            await connection.execute("COMMIT")
        finally:
            await connection.close()

    task = asyncio.create_task(mark())
    await committing(admin)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await kept(admin, "bare") == 0


async def test_p12_no_time_limit_ends_a_commit(up: Any, admin: "asyncpg.Connection[Any]") -> None:
    async with up.running.transactions.database.begin() as connection:
        await connection.raw.execute("INSERT INTO public.marks VALUES ('slow')")
        await connection.raw.execute("SET LOCAL statement_timeout = '100ms'")
    assert await kept(admin, "slow") == 1

    with pytest.raises(Lost):  # noqa: PT012 - the control: the same check as a statement falls to the limit
        async with up.running.transactions.database.begin() as connection:
            await connection.raw.execute("INSERT INTO public.marks VALUES ('limited')")
            await connection.raw.execute("SET LOCAL statement_timeout = '100ms'")
            await connection.raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert await kept(admin, "limited") == 0


async def test_p12_an_unheard_commit_is_an_unknown_outcome_and_nothing_else(
    up: Any, admin: "asyncpg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "COMMIT_WAIT", 0.1)
    with pytest.raises(OutcomeUnknown):
        async with up.running.transactions.database.begin() as connection:
            await connection.raw.execute("INSERT INTO public.marks VALUES ('unheard')")
    while not await kept(admin, "unheard"):  # noqa: ASYNC110 - the server ends what reached it
        await asyncio.sleep(0.02)


async def test_p16_a_session_ended_by_the_server_is_503_and_nothing_is_done(
    up: Any, admin: "asyncpg.Connection[Any]"
) -> None:
    with pytest.raises(Lost):  # noqa: PT012
        async with up.running.transactions.database.begin() as connection:
            await connection.raw.execute("INSERT INTO public.marks VALUES ('ended')")
            pid = await connection.raw.fetchval("SELECT pg_backend_pid()")
            await admin.execute("SELECT pg_terminate_backend($1)", pid)
            await connection.raw.execute("SELECT 1")
    assert await kept(admin, "ended") == 0


async def test_p16_a_failed_statement_that_was_swallowed_is_no_silent_rollback(up: Any) -> None:
    with pytest.raises(Lost):  # noqa: PT012
        async with up.running.transactions.database.begin() as connection:
            await connection.raw.execute("INSERT INTO public.marks VALUES ('half')")
            with pytest.raises(asyncpg.UndefinedTableError):
                await connection.raw.execute("SELECT * FROM nowhere")


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (asyncpg.DeadlockDetectedError, Collided), (asyncpg.SerializationError, Collided),
        (asyncpg.LockNotAvailableError, Busy), (asyncpg.DiskFullError, Lost),
        (asyncpg.TooManyConnectionsError, Lost), (asyncpg.ReadOnlySQLTransactionError, Lost),
        (asyncpg.QueryCanceledError, Lost), (asyncpg.CheckViolationError, Lost),
    ],
)  # fmt: skip
def test_p16_database_errors_map_by_a_table(
    failed: type[asyncpg.PostgresError], told: type[Exception]
) -> None:
    secret = "insert of 某某 failed"
    refused = refusal_of(failed(secret))
    assert type(refused) is told
    assert secret not in refused.message + str(refused)


def test_p16_a_lost_link_is_503() -> None:
    for lost in (ConnectionResetError(), TimeoutError(), asyncpg.InterfaceError("closed")):
        with pytest.raises(Lost), refusing():
            raise lost


async def test_p83_without_a_free_connection_a_command_is_shed_within_a_second(
    up: Any, unit: Caller
) -> None:
    loop = asyncio.get_running_loop()
    create = ProgrammesClient(up.channel).create_programme
    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(up.running.transactions.database.begin())
        began = loop.time()
        with pytest.raises(aio.AioRpcError) as shed:
            await unit(create, a_request())
        waited = loop.time() - began

    assert shed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refusal(shed.value).reason == "busy"
    assert 0.9 < waited < 2
    await unit(create, a_request())  # the control: with a connection it is done
