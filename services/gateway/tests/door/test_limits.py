"""One noisy caller takes nobody else's place, and slow ones hold nothing but a socket (P8.3, A40)."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from grpc import aio
from sample_system import SAMPLE_ID, System, person, raw
from served import connected, served

from jixiao.gateway import limits
from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.gateway.limits import Limiter, Rate, Rates
from jixiao.gateway.problems import Problem
from jixiao.servicekit.errors import Faulty, Finding, Unavailable
from jixiao.servicekit.testing import refusal

URL = f"/v1/samples/{SAMPLE_ID}"
WIDE = Rate(1_000, 1_000)
ALLOWED = Rates(WIDE, WIDE, WIDE, WIDE, WIDE, at_once=2, client_at_once=2, all_at_once=3)


def _as(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@dataclass(slots=True)
class Gate:
    """A service behind the door that answers nobody until the gate is opened."""

    system: System
    arrivals: "asyncio.Queue[None]" = field(default_factory=asyncio.Queue)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def held(self, name: str, times: int = 1) -> "list[asyncio.Task[Any]]":
        """Requests in flight as `name`; each holds its place when this returns."""
        ask = self.system.http.get
        tasks = [asyncio.create_task(ask(URL, headers=_as(name))) for _ in range(times)]
        for _ in tasks:
            await self.arrivals.get()
        return tasks


@pytest.fixture
def gate(system: System, monkeypatch: pytest.MonkeyPatch) -> Gate:
    made, call = Gate(system), system.wiring.peers.call

    async def wait(*given: Any, **more: Any) -> bytes:
        made.arrivals.put_nowait(None)
        await made.opened.wait()
        return await call(*given, **more)

    monkeypatch.setattr(system.wiring.peers, "call", wait)
    system.directory.known["noisy"] = person("unit", "noisy")
    system.wiring.limiter = Limiter(ALLOWED)
    return made


async def test_p83_a_caller_who_holds_all_his_places_is_told_429_and_others_go_on(
    system: System, gate: Gate
) -> None:
    held = await gate.held("noisy", 2)

    over = await system.http.get(URL, headers=_as("noisy"))
    held += await gate.held("unit")
    gate.opened.set()

    assert (over.status_code, over.headers["retry-after"]) == (429, "1")
    assert over.json()["code"] == "too_many_at_once"
    assert [(await one).status_code for one in held] == [200, 200, 200]
    assert (await system.http.get(URL, headers=_as("noisy"))).status_code == 200  # places are free


async def test_p83_a_full_gateway_sheds_with_503_and_a_time_to_come_back(
    system: System, gate: Gate
) -> None:
    held = [*await gate.held("noisy", 2), *await gate.held("unit")]

    shed = await system.http.get(URL, headers=_as("finance"))
    gate.opened.set()

    assert (shed.status_code, shed.headers["retry-after"]) == (503, "1")
    assert [(await one).status_code for one in held] == [200, 200, 200]


async def test_p56_a_full_gateway_invites_no_system_to_try_again(
    system: System, gate: Gate, sample_pb: Any
) -> None:
    held = [*await gate.held("noisy", 2), *await gate.held("unit")]
    w = system.wiring
    door = GrpcDoor(w.routes, w.peers, w.minter, w.caller_of, w.limiter)
    server, port = await open_door("127.0.0.1:0", door)
    payload = sample_pb.GetSampleRequest(sample_id=SAMPLE_ID).to_binary()
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call: Any = channel.unary_unary("/jixiao.sample.v1.Samples/GetSample")
            asked = {"metadata": (("authorization", "Bearer finance"),), "timeout": 10}
            with pytest.raises(aio.AioRpcError) as shed:
                await call(payload, **asked)
            gate.opened.set()
            await asyncio.gather(*held)
            assert await call(payload, **asked)  # control: there is room again
            system.backend.refusals.append(Unavailable())
            with pytest.raises(aio.AioRpcError) as away:  # what is away may be tried again
                await call(payload, **asked)
    finally:
        await server.stop(None)
    assert (shed.value.code(), refusal(shed.value).reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "busy",
    )
    assert away.value.code() is grpc.StatusCode.UNAVAILABLE


def _admitted(kind: str, per_second: int = 0) -> int:
    """How many of a caller's calls are admitted in an instant."""
    limiter = Limiter(Rates())
    for admitted in range(1_000):
        try:
            limiter.admit("li", kind, per_second)
        except Problem:
            return admitted
    raise AssertionError


def test_p84_the_rates_are_those_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates()
    assert rates.person == Rate(20, 40)
    assert rates.commands.per_second == 5
    assert rates.anyone.per_second == 10
    assert rates.client.per_second == 50
    assert rates.sign_in == Rate(5 / 60, 5)

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return 1_000.0

    monkeypatch.setattr(limits, "time", Clock)
    assert {kind: _admitted(kind) for kind in ("person", "commands", "anyone", "client")} == {
        "person": 40,
        "commands": 10,
        "anyone": 20,
        "client": 100,
    }
    assert _admitted("sign_in") == 5
    assert _admitted("client", per_second=7) == 14  # by contract


def test_p83_control_a_place_is_given_back_even_when_the_answer_is_a_bug() -> None:
    limiter = Limiter(ALLOWED)
    for _ in range(5):
        with contextlib.suppress(RuntimeError), limiter.place("li"):
            raise RuntimeError
    with limiter.place("li"), limiter.place("li"), pytest.raises(Problem), limiter.place("li"):
        pass


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


HELLO = b"GET / HTTP/1.1\r\nHost: jx\r\n"
SLOW, HURRIED = HELLO + b"X-Slow: ", HELLO + b"Connection: close\r\n\r\n"


@pytest.mark.attack("A40")
async def test_a40_a_thousand_slow_connections_are_closed_and_others_are_answered() -> None:
    async with served(_nothing, patience=1.0) as at, contextlib.AsyncExitStack() as connections:
        slow = [await connections.enter_async_context(connected(at, SLOW)) for _ in range(1_000)]
        async with connected(at, HURRIED) as (answered, _):
            assert (await answered.read()).startswith(b"HTTP/1.1 204")
        async with asyncio.timeout(20):
            for one, _ in slow:
                with contextlib.suppress(ConnectionResetError):
                    assert await one.read() == b""


async def test_a40_control_without_impatience_a_slow_connection_stands() -> None:
    async with served(_nothing, patience=3_600) as at, connected(at, SLOW) as (slow, _):
        async with connected(at, HURRIED) as (answered, _):
            await answered.read()
        assert not slow.at_eof()


async def test_p57_what_is_no_http_is_answered_as_a_problem() -> None:
    async with (
        served(_nothing, patience=60) as at,
        connected(at, HELLO + b"\x00\xff: no\r\n\r\n") as (answered, _),
    ):
        said = await answered.read()
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "http_syntax"


MANY = Faulty(*(Finding(f"/rows/{n}/name", "required", "必填，不能为空" * 5) for n in range(900)))


async def test_p56_two_hundred_findings_reach_the_browser(system: System) -> None:
    system.backend.refusals.append(MANY)
    answer = await system.file(raw())
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 200
    assert "900" in answer.json()["detail"]


async def test_p56_another_system_gets_as_many_findings_as_its_grpc_takes(
    system: System, sample_pb: Any
) -> None:
    w = system.wiring
    door = GrpcDoor(w.routes, w.peers, w.minter, system.directory.caller_of, w.limiter)
    server, port = await open_door("127.0.0.1:0", door)
    system.backend.refusals.append(MANY)
    fields = json.loads(raw()) | {"sample_id": SAMPLE_ID}
    message = sample_pb.FileSampleRequest.from_json(json.dumps(fields))
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call: Any = channel.unary_unary("/jixiao.sample.v1.Samples/FileSample")
            with pytest.raises(aio.AioRpcError) as refused:
                await call(message.to_binary(), metadata=(("authorization", "Bearer unit"),))
    finally:
        await server.stop(None)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    details = refusal(refused.value)
    assert 10 < len(details.findings) < 200
    assert "900" in details.message
