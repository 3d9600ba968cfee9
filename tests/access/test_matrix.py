"""Wall 1 and wall 2 from the contract itself: each operation for each role (A-5, P3.5, P3.6)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from grpc import aio

from demo.rehearsal import Walked
from jixiao.gateway.routes import Operation, contract_services, operations_of
from jixiao.servicekit.access import ROLE_KINDS, Principal
from jixiao.servicekit.rpc import TOKEN
from jixiao.servicekit.testing import Minter

OPERATIONS: list[Operation] = [
    one for service in contract_services() for one in operations_of(service)
]
SPOKEN = [one for one in OPERATIONS if one.path]
PEOPLE = {
    "district_finance": "财政局·甲", "department": "教体局·子", "unit": "资助中心·一",
    "township_finance": "财政所·甲@370303101", "township_department": "卫健办·子@370303101",
    "audit": "审计局·甲", "congress": "人大·甲", "third_party": "专家·四", "working_group": "专家·一",
    "system_admin": "系统管理员·一", "security_admin": "安全管理员·一", "audit_admin": "审计管理员·一",
    "responsible_person": "资助中心·主任", "anyone": "P所·一",
}  # fmt: skip
"""One person per role; P所's commission is over, so that its assessor holds no post; the centre's
head answers for programme A (D-29) and holds no other."""
AT_ONCE = 6
HALF = b"{"
"""No JSON: whoever gets past wall 1 is told so; nothing can come of it."""


async def _each(
    operations: list[Operation], ask: Callable[[Operation], Awaitable[str]]
) -> list[str]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(operation: Operation) -> str:
        async with room:
            return await ask(operation)

    return [found for found in await asyncio.gather(*map(one, operations)) if found]


def _path(operation: Operation) -> str:
    path = operation.path
    for variable in operation.variables:
        path = path.replace(f"{{{variable}}}", str(uuid4()))
    return path


def _denied(role: str, operation: Operation) -> tuple[int, str]:
    """Without any post a record is as if absent (P3.3); else the post lacks the right."""
    if role == "anyone" and operation.access.action == "record.read":
        return 404, "not_found"
    return 403, "forbidden"


def _is_named(operation: Operation, role: str) -> bool:
    return bool({role, "signed_in", "anyone"} & operation.roles)


@pytest.mark.parametrize("role", PEOPLE)
async def test_a5_p35_wall_1_lets_a_role_call_what_the_contract_names_and_nothing_else(
    role: str, appointed: Any
) -> None:
    caller = await appointed(PEOPLE[role])
    await caller.person.step_up()  # what asks for it lets in; test_step_up.py shows that it asks

    async def knock(operation: Operation) -> str:
        content = None if operation.http == "GET" else HALF
        answer: httpx.Response = await caller.send(operation.http, _path(operation), content)
        code = answer.json().get("code", "")
        got = (answer.status_code, code)
        if not _is_named(operation, role):
            right = got == _denied(role, operation)
        elif content:  # let in as far as the body, which is none
            right = got[0] == 400 and code != "forbidden"
        else:
            right = got[0] in (200, 404, 422)
        return "" if right else f"{operation.method}: {got}"

    assert not await _each(SPOKEN, knock)


@pytest.mark.parametrize("role", ["treasury", "budget_system"])
async def test_a6_p35_a_client_calls_at_the_grpc_door_what_the_contract_names(
    role: str, year: Walked
) -> None:
    system = year.world.treasury if role == "treasury" else year.world.budget_system
    await system.authenticate()
    bearer = (("authorization", f"Bearer {system.token}"),)
    async with aio.insecure_channel(year.world.stack.door) as channel:

        async def knock(operation: Operation) -> str:
            status = await _status(channel, operation, b"\xff", bearer)
            expected = "INVALID_ARGUMENT" if _is_named(operation, role) else "PERMISSION_DENIED"
            return "" if status == expected else f"{operation.method}: {status}"

        assert not await _each(OPERATIONS, knock)


@pytest.mark.parametrize("role", sorted(set(ROLE_KINDS) - {"system"}))
async def test_p36_wall_2_stands_alone_at_every_service(role: str, year: Walked) -> None:
    stack: Any = year.world.stack
    minter = Minter(stack.folder / "private.json")
    who = Principal(
        person=str(uuid4()), role=role, territory="370303", line="ZD103", unit="U201",
        session=str(uuid4()),
    )  # fmt: skip
    channels = {
        name: aio.insecure_channel(f"127.0.0.1:{port}")
        for name, port in stack.ports.items()
        if name != "gateway"  # its own operations are answered in its process
    }

    async def knock(operation: Operation) -> str:
        token = minter.token(who, operation.method, audience=operation.owner)
        status = await _status(channels[operation.owner], operation, b"", ((TOKEN, token),))
        named = _is_named(operation, role)
        return "" if named or status == "PERMISSION_DENIED" else f"{operation.method}: {status}"

    try:
        assert not await _each([o for o in OPERATIONS if o.owner in channels], knock)
    finally:
        for channel in channels.values():
            await channel.close()


async def test_a5_nobody_without_a_session_gets_past_the_door(year: Walked) -> None:
    async with httpx.AsyncClient(base_url=year.world.stack.url) as http:

        async def knock(operation: Operation) -> str:
            content = None if operation.http == "GET" else HALF
            answer = await http.request(operation.http, _path(operation), content=content)
            expected = 401 if "anyone" not in operation.roles else 415
            return (
                ""
                if answer.status_code == expected
                else f"{operation.method}: {answer.status_code}"
            )

        assert not await _each(SPOKEN, knock)


def test_a5_control_the_contract_has_operations_for_every_role() -> None:
    assert len(OPERATIONS) > 200
    named = {role for one in OPERATIONS for role in one.roles}
    assert named >= set(ROLE_KINDS) - {"system", "anyone"}


def test_p35_whoever_answers_for_a_programme_reads_it_and_objects_nothing_else() -> None:
    mine = [one for one in SPOKEN if "responsible_person" in one.roles]
    granted = {one.method.rpartition("/")[2] for one in mine if one.access.action != "draft.save"}
    assert granted == {
        "GetProgramme", "ListProgrammes", "ListResponsibilities", "ObjectResponsibility"
    }  # fmt: skip
    assert {one.access.action for one in mine} == {
        "record.read", "responsibility.object", "draft.save"
    }  # fmt: skip


async def _status(
    channel: aio.Channel,
    operation: Operation,
    payload: bytes,
    metadata: tuple[tuple[str, str], ...],
) -> str:
    call: Any = channel.unary_unary(operation.method)
    try:
        await call(payload, metadata=metadata, timeout=10)
    except aio.AioRpcError as error:
        return error.code().name
    return grpc.StatusCode.OK.name
