"""A full service sheds instead of queueing, and starts nothing that cannot end in time (P8.1, P8.3)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import (
    CreateProgrammeRequest,
    Description,
    ListProgrammesRequest,
)
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit import rpc
from jixiao.servicekit.rpc import TOKEN
from jixiao.servicekit.testing import refusal, request_id
from jixiao.servicekit.transaction import Transactions

POST = {"territory": "370303", "line": "ZD103", "unit": "U001"}
METHOD = "/jixiao.targets.v1.Programmes/ListProgrammes"


def a_programme() -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=2025, description=description, request_id=request_id())


@pytest.fixture
async def up(running: Callable[[str], Awaitable[Any]], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(rpc, "LIMIT", 2)
    return await running("targets")


async def test_p83_a_full_service_answers_503_at_once_and_serves_again_when_there_is_room(
    up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, ask = up.caller("unit", **POST), ProgrammesClient(up.channel).list_programmes
    arrivals: asyncio.Queue[None] = asyncio.Queue()
    opened, look = asyncio.Event(), rpc.Servicer.read

    async def wait(self: Any, request: Any, handle: Any) -> Any:
        arrivals.put_nowait(None)
        await opened.wait()
        return await look(self, request, handle)

    monkeypatch.setattr(rpc.Servicer, "read", wait)
    held = [asyncio.create_task(unit(ask, ListProgrammesRequest())) for _ in range(2)]
    for _ in held:
        await arrivals.get()

    with pytest.raises(aio.AioRpcError) as shed:
        await unit(ask, ListProgrammesRequest())
    opened.set()

    assert shed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await asyncio.gather(*held)
    await unit(ask, ListProgrammesRequest())


async def test_p81_what_has_no_time_left_is_refused_before_anything_is_asked(
    up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, ask = up.caller("unit", **POST), ProgrammesClient(up.channel).list_programmes
    token = unit.minter.token(unit.principal, METHOD, audience="targets")
    metadata = ((TOKEN, token),)
    asked: list[str] = []
    look = rpc.Servicer.read

    async def count(self: Any, request: Any, handle: Any) -> Any:
        asked.append(type(request).__name__)
        return await look(self, request, handle)

    monkeypatch.setattr(rpc.Servicer, "read", count)
    monkeypatch.setattr(rpc, "LEAST", 3_600.0)
    with pytest.raises(aio.AioRpcError) as late:
        await ask(ListProgrammesRequest(), metadata=metadata, timeout=30)
    assert late.value.code() is grpc.StatusCode.UNAVAILABLE
    assert asked == []

    monkeypatch.setattr(rpc, "LEAST", 0.05)  # the control: with time it is asked
    await ask(ListProgrammesRequest(), metadata=metadata, timeout=30)
    assert asked == ["ListProgrammesRequest"]


async def test_p81_a_service_gives_up_after_its_own_eight_seconds(
    up: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, programmes = up.caller("unit", **POST), ProgrammesClient(up.channel)
    assert rpc.WORK == 8.0
    held = asyncio.Event()

    async def wait(*_: Any, **__: Any) -> None:
        await held.wait()

    with monkeypatch.context() as slow:
        slow.setattr(rpc, "WORK", 0.2)
        slow.setattr(rpc.Servicer, "read", wait)
        slow.setattr(Transactions, "once", wait)
        async with asyncio.timeout(10):
            with pytest.raises(aio.AioRpcError) as read:
                await unit(programmes.list_programmes, ListProgrammesRequest())
            with pytest.raises(aio.AioRpcError) as command:
                await unit(programmes.create_programme, a_programme())
    for error, reason in ((read, "unavailable"), (command, "outcome_unknown")):
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        assert refusal(error.value).reason == reason
    assert (await unit(programmes.create_programme, a_programme())).programme_id  # control
