"""Each hop passes on what is left of the caller's time, and begins nothing without any (P8.1)."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from grpc import aio
from sample_system import SAMPLE_ID, System

from jixiao.gateway import app, arrival, calling, door
from jixiao.gateway.calling import BUDGET, HOP
from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.servicekit import rpc
from jixiao.servicekit.testing import refusal

URL = f"/v1/samples/{SAMPLE_ID}"
UNIT = {"Authorization": "Bearer unit"}
GET = "/jixiao.sample.v1.Samples/GetSample"
ROUNDED = 0.05
"""Seconds by which gRPC may spell a time larger than it is."""
Ask = Callable[[float | None], Awaitable[bytes]]


class Clock:
    """The doors' clock, which a test puts on."""

    late = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.late

    def time(self) -> float:
        return time.time()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (app, calling, door):
        monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
async def ask(system: System, sample_pb: Any) -> AsyncIterator[Ask]:
    """Asks at the gRPC door with so many seconds."""
    w = system.wiring

    async def caller_of(*given: Any) -> Any:
        return await w.caller_of(*given)

    at_door = GrpcDoor(w.routes, w.peers, w.minter, caller_of, w.limiter)
    server, port = await open_door("127.0.0.1:0", at_door)
    payload = sample_pb.GetSampleRequest(sample_id=SAMPLE_ID).to_binary()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:

        async def asked(seconds: float | None) -> bytes:
            call: Any = channel.unary_unary(GET)
            metadata = (("authorization", "Bearer unit"),)
            answer: bytes = await call(payload, metadata=metadata, timeout=seconds)
            return answer

        yield asked
    await server.stop(None)


def slowed(system: System, clock: Clock, seconds: float) -> None:
    """Finding the caller takes so long."""
    find = system.wiring.caller_of

    async def late(*given: Any) -> Any:
        clock.late += seconds
        return await find(*given)

    system.wiring.caller_of = late


async def test_p81_the_service_sees_what_the_gateways_ten_seconds_leave(
    system: System, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.http.get(URL, headers=UNIT)
    slowed(system, clock, 3.0)
    read = arrival.body

    async def slow_body(request: Any) -> bytes:
        clock.late += 4.0
        return await read(request)

    monkeypatch.setattr(arrival, "body", slow_body)
    await system.http.get(URL, headers=UNIT)

    quick, slow = system.backend.left
    assert BUDGET - HOP - 1 < quick <= BUDGET - HOP + ROUNDED
    assert 2 < slow <= BUDGET - HOP - 7 + ROUNDED


async def test_p81_another_systems_shorter_time_is_passed_on(
    system: System, clock: Clock, ask: Ask
) -> None:
    for seconds in (5.0, 60.0, None):
        await ask(seconds)
    five, sixty, none = system.backend.left
    assert 4 < five <= 5.0 - HOP + ROUNDED
    assert BUDGET - HOP - 1 < sixty <= BUDGET - HOP + ROUNDED
    assert BUDGET - HOP - 1 < none <= BUDGET - HOP + ROUNDED


async def test_p81_what_finding_the_caller_took_is_gone(
    system: System, clock: Clock, ask: Ask
) -> None:
    slowed(system, clock, 3.0)
    with pytest.raises(aio.AioRpcError) as late:
        await ask(3.0)
    assert (late.value.code(), system.backend.left) == (grpc.StatusCode.UNAVAILABLE, [])


class Ended:
    """A call whose time is over to the last bit."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def time_remaining(self) -> float:
        return 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


@pytest.mark.parametrize("wrapped", [GrpcDoor, rpc.Door])
async def test_p81_no_time_at_all_is_not_all_the_time_in_the_world(
    system: System, monkeypatch: pytest.MonkeyPatch, ask: Ask, wrapped: Any
) -> None:
    assert await ask(5)  # control
    answer = wrapped._answer

    async def too_late(self: Any, *given: Any) -> Any:
        return await answer(
            self, *[Ended(one) if hasattr(one, "time_remaining") else one for one in given]
        )

    monkeypatch.setattr(wrapped, "_answer", too_late)
    with pytest.raises(aio.AioRpcError) as late:
        await ask(5)
    assert late.value.code() is grpc.StatusCode.UNAVAILABLE
    assert refusal(late.value).reason == "deadline"
    assert len(system.backend.left) == 1
