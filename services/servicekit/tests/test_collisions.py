"""Collisions run the whole command again, and a read sees one instant (P1.5, P1.6)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import grpc
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.database import Connection
from jixiao.servicekit.testing import Caller, refusal, request_id

POST = {"territory": "370303", "line": "ZD103", "unit": "U001"}
# Fails the first `times` insertions by a state; a sequence goes on where a transaction rolls back.
_COLLIDING = """CREATE SEQUENCE public.tried;
 CREATE TABLE public.failing(times int, state text);
 INSERT INTO public.failing VALUES (0, '');
 CREATE FUNCTION public.collide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
 DECLARE f public.failing; BEGIN SELECT * INTO f FROM public.failing;
  IF nextval('public.tried') <= f.times THEN
   RAISE 'planted' USING ERRCODE = f.state; END IF; RETURN NEW; END $$;
 CREATE TRIGGER collide BEFORE INSERT ON jx.programmes
  FOR EACH ROW EXECUTE FUNCTION public.collide();
 CREATE TABLE public.seen(n int); GRANT SELECT ON public.seen TO PUBLIC"""
ALWAYS = 1_000


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture(scope="module")
async def admin(up: Any) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(up.admin)
    await connection.execute(_COLLIDING)
    yield connection
    await connection.close()


@pytest.fixture
def unit(up: Any) -> Caller:
    caller: Caller = up.caller("unit", **POST)
    return caller


async def fail(admin: "asyncpg.Connection[Any]", times: int, state: str) -> None:
    """From now on so many insertions fail."""
    await admin.execute("UPDATE public.failing SET times = $1, state = $2", times, state)
    await admin.execute("ALTER SEQUENCE public.tried RESTART")


async def made(admin: "asyncpg.Connection[Any]") -> list[int]:
    """How many programmes, audit rows, events and claims there are."""
    tables = ("programmes", "audit", "outbox", "requests")
    return [await admin.fetchval(f"SELECT count(*) FROM jx.{one}") for one in tables]  # noqa: S608


def a_request() -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=2025, description=description, request_id=request_id())


@pytest.mark.parametrize("state", ["40001", "40P01"])
@pytest.mark.parametrize("times", [1, 2])
async def test_p16_a_command_that_collides_is_done_once_all_the_same(
    up: Any, admin: "asyncpg.Connection[Any]", unit: Caller, state: str, times: int
) -> None:
    before = await made(admin)
    await fail(admin, times, state)
    answer = await unit(ProgrammesClient(up.channel).create_programme, a_request())
    assert answer.programme_id
    assert await admin.fetchval("SELECT last_value FROM public.tried") == times + 1
    assert [now - was for now, was in zip(await made(admin), before, strict=True)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("state", "tries", "status", "reason"),
    [
        ("40001", 3, grpc.StatusCode.ABORTED, "busy"),
        ("40P01", 3, grpc.StatusCode.ABORTED, "busy"),
        ("55P03", 1, grpc.StatusCode.ABORTED, "busy"),  # a lock waited for too long
        ("23514", 1, grpc.StatusCode.UNAVAILABLE, "unavailable"),  # control: no collision
    ],
)
async def test_p16_it_is_tried_three_times_then_busy_and_nothing_is_left(
    up: Any, admin: "asyncpg.Connection[Any]", unit: Caller,
    state: str, tries: int, status: grpc.StatusCode, reason: str,
) -> None:  # fmt: skip
    create, request = ProgrammesClient(up.channel).create_programme, a_request()
    before = await made(admin)
    await fail(admin, ALWAYS, state)
    with pytest.raises(aio.AioRpcError) as refused:
        await unit(create, request)
    assert (refused.value.code(), refusal(refused.value).reason) == (status, reason)
    assert await admin.fetchval("SELECT last_value FROM public.tried") == tries
    assert await made(admin) == before
    await fail(admin, 0, "")
    assert (await unit(create, request)).programme_id  # the request id is free


async def twice(admin: "asyncpg.Connection[Any]", connection: Connection) -> tuple[int, int]:
    """What two statements count, with a commit by another between them."""
    count = "SELECT count(*) FROM public.seen"
    first = await connection.raw.fetchval(count)
    await admin.execute("INSERT INTO public.seen VALUES (1)")
    return first, await connection.raw.fetchval(count)


async def test_p15_a_read_of_two_statements_sees_one_instant(
    up: Any, admin: "asyncpg.Connection[Any]", unit: Caller
) -> None:
    database = up.running.transactions.database
    async with database.snapshot(unit.principal) as (connection, _):
        first, second = await twice(admin, connection)
    assert second == first
    async with database.begin() as connection:  # control: a command sees what commits meanwhile
        first, second = await twice(admin, connection)
    assert second == first + 1
