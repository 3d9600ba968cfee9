"""Who is slow holds his own places and a socket, and everybody else is answered (P8.3, A40)."""

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sample_system import SAMPLE_ID, System, person, raw
from served import At, connected, served, status

from jixiao.gateway import limits, scanning
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.files import FileStore
from jixiao.gateway.limits import Limiter, Rate, Rates
from jixiao.gateway.problems import Problem
from jixiao.gateway.scanning import AT_ONCE, WAITING, Scanner

WIDE = Rate(10_000, 10_000)
PLACES = Rates(WIDE, WIDE, WIDE, WIDE, WIDE)
"""The places of P8.3 at any pace."""
PDF = b"%PDF-1.7\n" + b"x" * 1000 + b"\n%%EOF"


def asks(who: str) -> bytes:
    """A read, after which the connection ends."""
    return (
        f"GET /v1/samples/{SAMPLE_ID} HTTP/1.1\r\nHost: jx\r\nAuthorization: Bearer {who}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


def files(who: str, body: bytes, *, length: int = 0) -> bytes:
    """A command with so much of its body."""
    return (
        f"POST /v1/samples/{SAMPLE_ID}:file HTTP/1.1\r\nHost: jx\r\nAuthorization: Bearer {who}\r\n"
        f'Content-Type: application/json\r\nIdempotency-Key: {uuid4()}\r\nIf-Match: "3"\r\n'
        f"Connection: close\r\nContent-Length: {length or len(body)}\r\n\r\n"
    ).encode() + body


def sends(who: str, content: bytes, *, rest: bytes = b"\r\n--x--\r\n") -> bytes:
    """An upload; without its `rest` it is never done."""
    part = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + content
    )
    return (
        f"POST /v1/files HTTP/1.1\r\nHost: jx\r\nAuthorization: Bearer {who}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n"
        f"Content-Length: {len(part) + 9}\r\n\r\n"
    ).encode() + (part + rest)


async def answered(at: At, said: bytes) -> bytes:
    """The whole answer."""
    async with connected(at, said) as (reader, _):
        return await reader.read()


@pytest.fixture
async def at(system: System) -> AsyncIterator[At]:
    system.directory.known["noisy"] = person("unit", "noisy")
    system.wiring.limiter = Limiter(PLACES)
    async with served(create(system.wiring)) as address:
        yield address


async def test_p83_a_body_that_does_not_come_is_408_and_the_connection_ends(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 0.2)
    slow = await answered(at, files("unit", b'{"opinion": ', length=500))
    assert status(slow) == 408
    assert b'"slow_body"' in slow
    assert b"connection: close" in slow.lower()
    assert status(await answered(at, files("unit", raw().encode()))) == 200  # control


async def test_a40_a_thousand_slow_bodies_are_shed_and_others_are_answered_in_time(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 60.0)
    took = []
    async with contextlib.AsyncExitStack() as connections:
        slow = [
            await connections.enter_async_context(connected(at, files("noisy", b"{", length=500)))
            for _ in range(1_000)
        ]
        shed = [asyncio.create_task(reader.read()) for reader, _ in slow]
        async with asyncio.timeout(30):
            while len([one for one in shed if one.done()]) < 1_000 - PLACES.client_at_once:
                await asyncio.wait(
                    [one for one in shed if not one.done()], return_when=asyncio.FIRST_COMPLETED
                )
        for _ in range(100):
            started = time.monotonic()
            assert status(await answered(at, asks("unit"))) == 200
            took.append(time.monotonic() - started)
        held = [one for one in shed if not one.done()]
        over = await answered(at, asks("noisy"))
        for one in held:
            one.cancel()
    assert {status(one.result()) for one in shed if one not in held} == {429}
    assert len(held) == PLACES.client_at_once
    assert status(over) == 429
    assert max(took) < 0.8, "p99 of a read (P8, SLO)"


async def test_a40_control_without_places_of_ones_own_everybody_is_shed(
    system: System, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PATIENCE", 60.0)
    system.wiring.limiter = Limiter(
        replace(PLACES, client_at_once=1_000, all_at_once=PLACES.client_at_once)
    )
    async with contextlib.AsyncExitStack() as connections:
        for _ in range(PLACES.client_at_once):
            _, writer = await connections.enter_async_context(
                connected(at, files("noisy", b"{", length=500))
            )
            await writer.drain()
        async with asyncio.timeout(30):
            while status(await answered(at, asks("unit"))) != 503:
                pass


@pytest.fixture
async def store(system: System, running: Any, tmp_path: Path) -> AsyncIterator[At]:
    """The door with files, on a real server beside a real database."""
    up = await running("gateway")
    system.directory.known["noisy"] = person("unit", "noisy")
    database = up.running.transactions.database
    w = system.wiring
    w.limiter = Limiter(replace(PLACES, files_at_once=1))
    kept = FileStore(f"file://{tmp_path}/files", database, Scanner())
    wiring = Wiring(w.routes, w.peers, w.minter, w.caller_of, w.limiter, files=kept)
    async with served(create(wiring)) as address:
        yield address


@pytest.mark.parametrize("limit", ["PATIENCE", "TRANSFER"])
async def test_p83_an_upload_that_stands_still_or_takes_too_long_is_408(
    store: At, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    assert limits.PATIENCE < limits.TRANSFER
    monkeypatch.setattr(limits, "PATIENCE", 60.0)
    monkeypatch.setattr(limits, limit, 0.2)
    slow = await answered(store, sends("unit", PDF, rest=b""))
    assert status(slow) == 408
    assert b'"slow_body"' in slow
    monkeypatch.setattr(limits, limit, 60.0)
    assert (
        status(await answered(store, sends("unit", PDF))) == 201
    )  # control, and its place is free


async def test_p83_an_upload_holds_its_senders_place_and_nobody_elses(store: At) -> None:
    async with connected(store, sends("noisy", PDF, rest=b"")) as (reader, writer):
        async with asyncio.timeout(20):
            while status(await answered(store, sends("noisy", PDF))) != 429:
                pass  # until the first one is in its place
        assert status(await answered(store, sends("unit", PDF))) == 201
        assert status(await answered(store, asks("noisy"))) == 200  # other calls go on
        writer.write(b"\r\n--x--\r\n")
        assert status(await reader.read()) == 201
    assert status(await answered(store, sends("noisy", PDF))) == 201


LARGE = b"%PDF-1.7\n" + b"x" * (16 * 2**20) + b"\n%%EOF"


async def taken_slowly(store: At) -> bytes:
    """A download of 16 MiB by the noisy one."""
    kept = await answered(store, sends("noisy", LARGE))
    assert status(kept) == 201
    name = kept.partition(b'"file_id":"')[2].partition(b'"')[0].decode()
    return f"GET /v1/files/{name} HTTP/1.1\r\nHost: jx\r\nAuthorization: Bearer noisy\r\n".encode()


async def test_p83_a_download_holds_its_place_until_it_is_taken(store: At) -> None:
    asked = await taken_slowly(store) + b"Connection: close\r\n\r\n"
    async with connected(store, asked, takes=1_000) as (reader, _):
        assert status(await reader.readline()) == 200
        assert status(await answered(store, asked)) == 429
        assert (await reader.read()).endswith(b"%%EOF")
    assert (await answered(store, asked)).endswith(LARGE)


async def test_p83_a_download_that_is_not_taken_ends_with_its_connection(
    store: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await taken_slowly(store) + b"Connection: close\r\n\r\n"
    monkeypatch.setattr(limits, "TRANSFER", 0.2)
    async with connected(store, asked, takes=1_000) as (reader, _):
        assert status(await reader.readline()) == 200
        async with asyncio.timeout(20):
            while status(await answered(store, sends("noisy", PDF))) != 201:
                pass  # until the place is free
        assert not (await reader.read()).endswith(b"%%EOF")


async def test_p83_an_answer_that_nobody_takes_ends_with_its_connection() -> None:
    over = asyncio.Event()

    async def long(scope: Any, _: Any, send: Any) -> None:
        await send({"type": f"{scope['type']}.response.start", "status": 200, "headers": []})
        for _ in range(64):
            await send({"type": "http.response.body", "body": bytes(2**20), "more_body": True})
        over.set()  # more than all buffers hold, so never while the connection stands

    async with (
        served(long, standstill=0.2) as at,
        connected(at, b"GET / HTTP/1.1\r\nHost: jx\r\n\r\n", takes=1_000),
        asyncio.timeout(20),
    ):
        await over.wait()


async def test_p83_files_beyond_a_few_are_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened, scanner = asyncio.Event(), Scanner()

    async def wait(*_: object) -> dict[str, Any]:
        await opened.wait()
        return {}

    monkeypatch.setattr(scanning, "_inspected", wait)
    came = [io.BytesIO(PDF) for _ in range(AT_ONCE + WAITING)]
    taken = [asyncio.create_task(scanner.pass_on("pdf", one)) for one in came]
    async with asyncio.timeout(20):
        while sum(one.tell() > 0 for one in came) < AT_ONCE:  # noqa: ASYNC110 - read by threads
            await asyncio.sleep(0)
    with pytest.raises(Problem) as full:
        async with asyncio.timeout(20):
            await scanner.pass_on("pdf", io.BytesIO(PDF))
    assert (full.value.status, full.value.code) == (503, "busy")
    assert full.value.headers["Retry-After"]
    assert [one.tell() for one in came[AT_ONCE:]] == [0] * WAITING  # who waits holds no memory
    opened.set()
    assert await asyncio.gather(*taken) == [PDF] * len(came)
    assert await scanner.pass_on("pdf", io.BytesIO(PDF)) == PDF  # and there is room again
