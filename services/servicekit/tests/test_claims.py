"""Replays: what they write, whom they answer, when they are forgotten (P1, P1.2, P1.3)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import grpc
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit import claims
from jixiao.servicekit.testing import Caller, refusal, request_id

POST = {"territory": "370303", "line": "ZD103", "unit": "U001"}


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture
async def admin(up: Any) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(up.admin)
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


async def seen_at(admin: "asyncpg.Connection[Any]", request: Any) -> Any:
    return await admin.fetchval(
        "SELECT seen_at FROM jx.requests WHERE request_id = $1", UUID(request.request_id)
    )


async def test_p12_a_replay_writes_that_it_was_seen(
    up: Any, unit: Caller, admin: "asyncpg.Connection[Any]"
) -> None:
    create, request = ProgrammesClient(up.channel).create_programme, a_request()
    await unit(create, request)
    assert await seen_at(admin, request) is None

    await unit(create, request)

    assert await seen_at(admin, request) is not None


async def test_p13_a_replay_after_lost_access_is_as_absent(
    up: Any, unit: Caller, admin: "asyncpg.Connection[Any]"
) -> None:
    create, request = ProgrammesClient(up.channel).create_programme, a_request()
    first = await unit(create, request)
    moved = unit.by(unit="U002")  # the same person, at another post

    with pytest.raises(aio.AioRpcError) as lost:
        await moved(create, request)

    assert lost.value.code() is grpc.StatusCode.NOT_FOUND
    assert await seen_at(admin, request) is None
    assert await unit(create, request) == first  # the control: in scope it is answered


async def test_p1_a_twin_that_runs_too_long_is_named(
    up: Any, unit: Caller, admin: "asyncpg.Connection[Any]"
) -> None:
    create, request = ProgrammesClient(up.channel).create_programme, a_request()
    async with admin.transaction():
        await admin.execute(
            "INSERT INTO jx.requests(subject, request_id, digest) VALUES ($1, $2, '')",
            unit.principal.person, UUID(request.request_id),
        )  # fmt: skip
        with pytest.raises(aio.AioRpcError) as running:
            await unit(create, request)
        await admin.execute("DELETE FROM jx.requests WHERE digest = ''")

    assert running.value.code() is grpc.StatusCode.ABORTED
    assert refusal(running.value).reason == "request_running"
    await unit(create, request)  # the control: the twin is gone, the id is free


async def test_p13_requests_are_kept_for_35_days_a_clients_for_400(
    up: Any, admin: "asyncpg.Connection[Any]"
) -> None:
    kept = {(34, False), (36, True), (399, True)}
    for days, client in (*kept, (36, False), (401, True)):
        await admin.execute(
            "INSERT INTO jx.requests(subject, request_id, digest, client, at)"
            " VALUES ('old', $1, '', $2, now() - $3::interval)",
            uuid4(), client, timedelta(days=days),
        )  # fmt: skip

    assert await claims._sweep_some(up.running.transactions.database) == 2

    left = await admin.fetch(
        "SELECT extract(day FROM now() - at)::int AS days, client FROM jx.requests WHERE subject = 'old'"
    )
    assert {(row["days"], row["client"]) for row in left} == kept
