"""Whatever comes, the answer is 2xx to 4xx (P5.7): body, query, path, headers, and gRPC's bytes."""

import json
from contextlib import suppress
from typing import Any

import grpc
import httpx
import pytest
from grpc import aio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_system import SAMPLE_ID, System, raw

from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.gateway.problems import Problem
from jixiao.gateway.routes import Operation, Routes, contract_services
from jixiao.gateway.transcoding import cleaned, message_of

UNIT = {"Authorization": "Bearer unit"}
KEY = {"content-type": "application/json", "idempotency-key": SAMPLE_ID}
OPERATIONS = sorted(Routes(contract_services()).by_method.values(), key=lambda one: one.method)
_names = st.sampled_from(sorted({name for one in OPERATIONS for name in one.fields}))
_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["", "12.30", "-0.00", "2025-02-30", "2026", SAMPLE_ID, "1" * 500, "\ud800"])
)  # fmt: skip
_trees = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=8),
    max_leaves=25,
)
_bodies = st.binary(max_size=200) | _trees.map(lambda tree: json.dumps(tree).encode())
_paths = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="?#"), max_size=30)
_header = st.text(alphabet=[chr(n) for n in range(32, 127)], max_size=40)
_patient = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def answered(http: httpx.AsyncClient, *request: Any, **more: Any) -> int:
    """The status of a request; one that the client itself cannot send says nothing."""
    with suppress(httpx.InvalidURL, UnicodeEncodeError, httpx.LocalProtocolError):
        return (await http.request(*request, **more)).status_code
    return 200


async def test_p57_any_request_is_answered_below_500(system: System) -> None:
    @_patient
    @given(
        st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        _paths,
        _bodies,
        _header,
        _header,
    )
    async def holds(method: str, path: str, body: bytes, etag: str, kind: str) -> None:
        headers = UNIT | {"If-Match": etag, "Content-Type": kind, "Idempotency-Key": SAMPLE_ID}
        for address in (f"/v1/{path}", f"/v1/samples/{path}:file", f"/v1/samples?{path}"):
            status = await answered(system.http, method, address, content=body, headers=headers)
            assert 200 <= status < 500, (method, address)
        filed = await system.file(body)
        assert 200 <= filed.status_code < 500

    await _run(holds)


async def test_p57_control_a_planted_bug_is_seen(system: System) -> None:
    async def planted(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError

    system.wiring.peers.call = planted  # type: ignore[method-assign]
    read = await system.http.get(f"/v1/samples/{SAMPLE_ID}", headers=UNIT)
    assert read.status_code == 500
    assert "ZeroDivision" not in read.text


@_patient
@given(st.sampled_from(OPERATIONS), _bodies, st.text(max_size=12), st.text(max_size=30))
def test_p57_any_body_path_and_query_of_any_operation_become_a_message_or_a_problem(
    operation: Operation, body: bytes, value: str, query: str
) -> None:
    values = [value] * len(operation.variables)
    with suppress(Problem):
        message_of(operation, values, "" if operation.body else query, KEY, body).to_binary()


@_patient
@given(st.sampled_from(OPERATIONS), st.binary(max_size=120))
def test_p57_any_protobuf_bytes_of_any_operation_become_a_message_or_a_problem(
    operation: Operation, payload: bytes
) -> None:
    with suppress(Problem):
        cleaned(operation, payload).to_binary()


async def test_p57_any_bytes_at_the_grpc_door_are_no_bug(system: System) -> None:
    w = system.wiring
    door = GrpcDoor(w.routes, w.peers, w.minter, w.caller_of, w.limiter)
    server, port = await open_door("127.0.0.1:0", door)
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:

        @_patient
        @given(st.sampled_from(sorted(w.routes.by_method)), st.binary(max_size=120))
        async def holds(method: str, payload: bytes) -> None:
            call: Any = channel.unary_unary(method)
            code = await call(payload, metadata=(("authorization", "Bearer unit"),)).code()
            assert code not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)

        await _run(holds)
    await server.stop(None)


async def _run(property_: Any) -> None:
    """Run a property of coroutines inside this test's own loop."""
    inner = property_.hypothesis.inner_test
    cases: list[tuple[Any, ...]] = []
    property_.hypothesis.inner_test = lambda *drawn, **named: cases.append((drawn, named))
    property_()
    assert len(cases) >= 20
    for drawn, named in cases:
        await inner(*drawn, **named)


@pytest.mark.parametrize(
    "instant", ["2025-01-09T08:30:00", "2025-01-09 08:30:00Z", "1", "2025-13-01T00:00:00Z"]
)
async def test_p52_an_instant_needs_its_offset(system: System, instant: str) -> None:
    refused = await system.file(raw(at=instant))
    assert [e["code"] for e in refused.json()["errors"]] == ["instant_format"]
    kept = await system.file(raw(at="2025-01-09T08:30:00+08:00"))
    assert kept.status_code == 200, kept.text
