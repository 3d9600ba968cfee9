"""Many at once: twins with equal and other bodies, two changes of one version (P1.3, P1.4, §9.3)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import (
    CreateProgrammeRequest,
    Description,
    SetResponsibilityRequest,
)
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.claims import Claim
from jixiao.servicekit.testing import Caller, refusal, request_id

UNIT = {"territory": "370303", "line": "ZD103", "unit": "U001"}
DEPARTMENT = {"territory": "370303", "line": "ZD103"}
TWINS = 16


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture
def unit(up: Any) -> Caller:
    caller: Caller = up.caller("unit", **UNIT)
    return caller


def a_programme(key: str, *, year: int = 2025) -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=year, description=description, request_id=key)


async def programmes(up: Any) -> int:
    connection = await asyncpg.connect(up.admin)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM jx.programmes"))
    finally:
        await connection.close()


async def outcome(call: Awaitable[Any]) -> str:
    """`done`, or the refusal's reason."""
    try:
        await call
    except aio.AioRpcError as error:
        return refusal(error).reason
    return "done"


async def test_p13_of_twins_with_other_bodies_one_body_is_done_and_the_other_is_told(
    up: Any, unit: Caller
) -> None:
    create, key = ProgrammesClient(up.channel).create_programme, request_id()
    before = await programmes(up)
    bodies = [a_programme(key, year=2025 + n % 2) for n in range(TWINS)]

    outcomes = Counter(await asyncio.gather(*(outcome(unit(create, body)) for body in bodies)))

    assert outcomes == {"done": TWINS // 2, "request_id_reused": TWINS // 2}
    assert await programmes(up) == before + 1


async def test_p13_control_a_claim_after_the_work_does_it_more_than_once(
    up: Any, unit: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, key = ProgrammesClient(up.channel).create_programme, request_id()
    before = await programmes(up)
    keep, take = type(up.running.transactions).keep, Claim.take

    async def not_yet(*_: object) -> None:
        return None

    async def and_then(self: Any, work: Any, *given: Any, claim: Any = None, **named: Any) -> None:
        await keep(self, work, *given, claim=claim, **named)
        if claim is not None:
            await take(claim, work.connection)

    monkeypatch.setattr(Claim, "take", not_yet)
    monkeypatch.setattr(type(up.running.transactions), "keep", and_then)
    await asyncio.gather(*(outcome(unit(create, a_programme(key))) for _ in range(TWINS)))

    assert await programmes(up) > before + 1


async def test_p14_of_two_changes_of_one_version_one_is_done_and_one_is_stale(
    up: Any, unit: Caller
) -> None:
    client = ProgrammesClient(up.channel)
    made = await unit(client.create_programme, a_programme(request_id()))
    department: Caller = up.caller("department", **DEPARTMENT)

    def a_change(person: str, etag: str) -> SetResponsibilityRequest:
        return SetResponsibilityRequest(
            programme_id=made.programme_id, post="科长", person=person, since="2026-01-01",
            etag=etag, request_id=request_id(),
        )  # fmt: skip

    calls = [department(client.set_responsibility, a_change(f"p-{n}", made.etag)) for n in (1, 2)]
    answers = await asyncio.gather(*calls, return_exceptions=True)

    (stale,) = [answer for answer in answers if isinstance(answer, aio.AioRpcError)]
    assert refusal(stale).reason == "stale"
    assert refusal(stale).facts["current"] == "2"
    # The control: with the current version it is done.
    await department(client.set_responsibility, a_change("p-2", "2"))
