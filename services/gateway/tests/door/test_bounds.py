"""The lengths of P5.1 at both doors: the last that is taken, and the first that is refused."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from grpc import aio
from sample_system import GOOD, SAMPLE_ID, System, raw

from jixiao.gateway import limits
from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.gateway.fields import LONGEST_ARRAY, LONGEST_PAGE
from jixiao.gateway.strict import DEPTH, NODES
from jixiao.gateway.texts import LONGEST
from jixiao.servicekit.testing import refusal

UNIT = {"Authorization": "Bearer unit"}
URL = f"/v1/samples/{SAMPLE_ID}"
FILE = "/jixiao.sample.v1.Samples/FileSample"
Made = Callable[[int], dict[str, Any]]


def deep(levels: int) -> dict[str, Any]:
    """A form that nests so many levels, its own included."""
    held: Any = {}
    for _ in range(levels - 2):
        held = {"a": held}
    return GOOD | {"draft": held}


def wide(values: int) -> dict[str, Any]:
    """A form of so many values in all."""
    others = 1 + len(GOOD) + 3 + 1 + 6  # the form, its fields, a row's three; the draft, its lists
    left = values - others
    lists = {f"l{n}": ["x"] * (left // 6 + (n < left % 6)) for n in range(6)}
    return GOOD | {"draft": lists}


def listed(entries: int) -> dict[str, Any]:
    """A form with a list of so many entries."""
    return GOOD | {"rows": [{"name": "面积", "weight": "10.00"}] * entries}


def long(characters: int) -> dict[str, Any]:
    """A form with a text of so many characters, some of four bytes."""
    return GOOD | {"opinion": "𠮷" * 10 + "字" * (characters - 10)}


BOUNDS: list[tuple[Made, int, str]] = [
    (deep, DEPTH, "json_depth"),
    (wide, NODES, "json_nodes"),
    (listed, LONGEST_ARRAY, "array_length"),
    (long, LONGEST, "text_length"),
]


def test_p51_the_bounds_are_those_of_the_page() -> None:
    assert (DEPTH, NODES, LONGEST_ARRAY, LONGEST) == (32, 10_000, 2_000, 20_000)
    assert (limits.BODY, limits.UPLOAD) == (2**20, 20 * 2**20)
    assert (limits.HEADERS, limits.URL, LONGEST_PAGE) == (16 * 2**10, 4 * 2**10, 200)


@pytest.mark.parametrize(("made", "most", "code"), BOUNDS, ids=lambda v: getattr(v, "__name__", ""))
async def test_p51_http_takes_the_last_and_refuses_the_next(
    system: System, made: Made, most: int, code: str
) -> None:
    last = await system.file(json.dumps(made(most)))
    assert last.status_code == 200, last.text
    over = await system.file(json.dumps(made(most + 1)))
    assert over.status_code in (400, 422)
    assert code in over.text


@contextlib.asynccontextmanager
async def at_grpc(system: System, sample_pb: Any) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Files a message of these fields, or of these bytes, at the gRPC door."""
    w = system.wiring
    door = GrpcDoor(w.routes, w.peers, w.minter, w.caller_of, w.limiter)
    server, port = await open_door("127.0.0.1:0", door)
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:

        async def file(fields: dict[str, Any]) -> Any:
            whole = fields | {"sample_id": SAMPLE_ID, "request_id": str(uuid4()), "etag": "3"}
            payload = sample_pb.FileSampleRequest.from_json(json.dumps(whole)).to_binary()
            return await channel.unary_unary(FILE)(
                payload, metadata=(("authorization", "Bearer unit"),), timeout=20
            )

        yield file
    await server.stop(None)


@pytest.mark.parametrize(("made", "most", "code"), BOUNDS, ids=lambda v: getattr(v, "__name__", ""))
async def test_p51_grpc_takes_the_last_and_refuses_the_next(
    system: System, sample_pb: Any, made: Made, most: int, code: str
) -> None:
    if made is wide:
        most -= 3  # its message names its id, its request and its version as well
    async with at_grpc(system, sample_pb) as file:
        assert await file(made(most))
        with pytest.raises(aio.AioRpcError) as over:
            await file(made(most + 1))
    assert over.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert code in refusal(over.value).to_json()


def _sized(sample_pb: Any, size: int) -> dict[str, Any]:
    """A form whose message, with what `at_grpc` adds, is of so many bytes."""
    held = {f"t{n:02}": "x" * 19_000 for n in range(55)}
    named = {"sample_id": SAMPLE_ID, "request_id": str(uuid4()), "etag": "3"}

    def length() -> int:
        whole = GOOD | named | {"draft": held}
        return len(sample_pb.FileSampleRequest.from_json(json.dumps(whole)).to_binary())

    held["last"] = "x" * 1_000
    for _ in range(2):  # the first adds to the lengths of lengths
        held["last"] = "x" * (len(held["last"]) + size - length())
    assert length() == size
    return GOOD | {"draft": held}


async def test_p51_grpc_takes_a_mebibyte_and_not_a_byte_more(
    system: System, sample_pb: Any
) -> None:
    async with at_grpc(system, sample_pb) as file:
        assert await file(_sized(sample_pb, limits.BODY))
        with pytest.raises(aio.AioRpcError) as over:
            await file(_sized(sample_pb, limits.BODY + 1))
    assert over.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(system.backend.seen) == 1


async def test_p51_http_takes_a_mebibyte_and_not_a_byte_more(system: System) -> None:
    whole = raw().encode()
    whole += b" " * (limits.BODY - len(whole))
    assert (await system.file(whole)).status_code == 200
    assert (await system.file(whole + b" ")).status_code == 413


async def test_p51_headers_of_16_kibibytes_and_addresses_of_4(system: System) -> None:
    def padded(size: int) -> httpx.Request:
        request = system.http.build_request("GET", URL, headers=UNIT | {"X-Pad": ""})
        held = sum(len(k) + len(v) for k, v in request.headers.raw)
        return system.http.build_request("GET", URL, headers=UNIT | {"X-Pad": "x" * (size - held)})

    assert (await system.http.send(padded(limits.HEADERS))).status_code == 200
    over = await system.http.send(padded(limits.HEADERS + 1))
    assert (over.status_code, over.json()["code"]) == (413, "header_length")

    fits = f"{URL}?" + "x" * (limits.URL - len(URL))
    unknown = await system.http.get(fits, headers=UNIT)
    assert unknown.json()["code"] != "url_length"
    over = await system.http.get(f"{fits}x", headers=UNIT)
    assert (over.status_code, over.json()["code"]) == (413, "url_length")


async def test_p51_a_page_of_200_and_a_list_of_200_in_the_address(system: System) -> None:
    for query, status in (
        ("page_size=200", 200), ("page_size=201", 422),
        ("&".join(["codes=a"] * 199 + ["page_size=9"]), 200),
        ("&".join(["codes=a"] * 200 + ["page_size=9"]), 400),
    ):  # fmt: skip
        answer = await system.http.get(f"/v1/samples?{query}", headers=UNIT)
        assert answer.status_code == status, query[-20:]
