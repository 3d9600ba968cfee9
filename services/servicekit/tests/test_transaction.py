"""The one transaction, seen from outside (P1): twins, other bodies, versions, what a fault leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import grpc
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.testing import Caller, refusal, request_id

POST = {"territory": "370303", "line": "ZD103", "unit": "U001"}


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


def a_request(*, year: int = 2025, again: str = "") -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(
        year=year, description=description, request_id=again or request_id()
    )


async def count(up: Any, table: str) -> int:
    connection = await asyncpg.connect(up.admin)
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM jx.{table}"))  # noqa: S608
    finally:
        await connection.close()


@pytest.fixture
def unit(up: Any) -> Caller:
    caller: Caller = up.caller("unit", **POST)
    return caller


async def test_p11_sixteen_twins_execute_once_and_answer_alike(up: Any, unit: Caller) -> None:
    create = ProgrammesClient(up.channel).create_programme
    before = await count(up, "programmes")
    request = a_request()

    answers = await asyncio.gather(*(unit(create, request) for _ in range(16)))

    assert len({answer.to_binary() for answer in answers}) == 1
    assert await count(up, "programmes") == before + 1


@pytest.mark.attack("A31", "A32")
async def test_a31_a32_p13_the_same_id_with_another_body_is_refused_and_anothers_id_tells_nothing(
    up: Any, unit: Caller
) -> None:
    create = ProgrammesClient(up.channel).create_programme
    request = a_request()
    mine = await unit(create, request)

    with pytest.raises(aio.AioRpcError) as reused:
        await unit(create, a_request(again=request.request_id, year=2026))
    theirs = await unit.by(person="somebody-else")(create, request)

    assert reused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(reused.value).reason == "request_id_reused"
    assert theirs.programme_id != mine.programme_id


async def test_p11_a_fault_before_the_commit_leaves_no_row_and_frees_the_id(
    up: Any, unit: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ProgrammesClient(up.channel).create_programme
    tables = ("programmes", "audit", "outbox", "requests")
    before = [await count(up, table) for table in tables]
    request = a_request()

    async def fail(*_: object) -> None:
        raise RuntimeError("the process dies here")

    with monkeypatch.context() as broken:
        broken.setattr(up.running.transactions, "keep", fail)
        with pytest.raises(aio.AioRpcError) as lost:
            await unit(create, request)
    assert lost.value.code() is grpc.StatusCode.INTERNAL
    assert "dies" not in str(lost.value.details())
    assert [await count(up, table) for table in tables] == before

    await unit(create, request)  # the control: the same request now does all of it, once
    after = [await count(up, table) for table in tables]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1, 1]


async def test_p46_a_token_for_another_method_or_none_is_refused(up: Any, unit: Caller) -> None:
    create = ProgrammesClient(up.channel).create_programme
    other = unit.minter.token(
        unit.principal, "/jixiao.targets.v1.Targets/GetTarget", audience="targets"
    )

    with pytest.raises(aio.AioRpcError) as without:
        await create(a_request())
    with pytest.raises(aio.AioRpcError) as elsewhere:
        await create(a_request(), metadata=(("x-jx-principal", other),))

    assert without.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert elsewhere.value.code() is grpc.StatusCode.PERMISSION_DENIED
