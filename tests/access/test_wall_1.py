"""Wall 1 alone: behind the gateway stands a service that answers anything (A-5, P3.6).

No service guard and no database are there at all: what the table of the contract does not stop is
seen by the service. The HTTP operations go through the real door, with callers made here.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from grpc import aio

from jixiao.gateway import tokens
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers, Source
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.routes import Operation, Routes, contract_services
from jixiao.servicekit.access import Principal

from .answers import each
from .asking import OPERATIONS
from .posts import ROLES, post

SPOKEN = [one for one in OPERATIONS if one.path and "anyone" not in one.roles]
HALF = b"{"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever the cookie names, under a post over HERE."""

    principal: Principal
    grant_id: str = ""
    per_second: int = 0

    @property
    def person(self) -> str:
        return self.principal.person

    @property
    def session(self) -> str:
        return self.principal.session

    @property
    def ends_at(self) -> float:
        return time.time() + 600

    def permit_from(self, source: Source) -> None:
        del source


class Anything(grpc.GenericRpcHandler):
    """A service without walls: it answers every method, and remembers which."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        """A handler for whatever is called."""

        async def answer(_: bytes, __: Any) -> bytes:
            self.heard.append(details.method)
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


@dataclass(slots=True)
class Front:
    """The door, and the service without walls behind it."""

    http: httpx.AsyncClient
    behind: Anything
    found: dict[str, str] = field(default_factory=dict)

    async def knock(self, operation: Operation, role: str) -> tuple[int, str]:
        """Call an operation with no message: status and code."""
        path = operation.path
        for variable in operation.variables:
            path = path.replace(f"{{{variable}}}", str(uuid4()))
        content = None if operation.http == "GET" else HALF
        headers = {"cookie": f"__Host-jx={role}", "sec-fetch-site": "same-origin"}
        answer = await self.http.request(
            operation.http, path, content=content,
            headers=headers | {"content-type": "application/json"},
        )  # fmt: skip
        return answer.status_code, answer.json().get("code", "")


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    """A gateway whose services have neither guard nor database."""
    behind, server = Anything(), aio.server()
    server.add_generic_rpc_handlers((behind,))
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    folder: Path = tmp_path_factory.mktemp("keys")
    tokens.create_keys(folder / "private.json", folder / "public.json")

    async def caller_of(cookie: str | None, *_: object) -> Caller | None:
        return None if cookie is None else Caller(post(cookie))

    routes = Routes(contract_services())
    peers = Peers({one.owner: address for one in OPERATIONS})
    wiring = Wiring(
        routes, peers, tokens.Minter(folder / "private.json"), caller_of, Limiter(Rates.generous())
    )
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        yield Front(http, behind)
    await peers.close()
    await server.stop(None)


@pytest.mark.parametrize("role", ROLES)
async def test_p36_wall_1_alone_stops_every_role_that_the_contract_does_not_name(
    front: Front, role: str
) -> None:
    async def knock(operation: Operation) -> str:
        before = front.behind.heard.count(operation.method)
        status, code = await front.knock(operation, role)
        heard = front.behind.heard.count(operation.method) > before
        if {role, "signed_in"} & operation.roles:
            right = (status, code) != (403, "forbidden")
        else:  # before the body: what is sent here is no message at all
            right = (status, code) == (403, "forbidden") and not heard
        return "" if right else f"{operation.method}: {status} {code}"

    assert not await each(SPOKEN, knock)


async def test_p36_control_with_wall_1_open_the_service_behind_hears_whoever_calls(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Operation, "admits", lambda *_: True)
    reads = [one for one in SPOKEN if one.http == "GET" and set(one.fields) == set(one.variables)]
    forbidden = [
        one
        for one in reads
        if not {"system_admin", "signed_in"} & one.roles
        and all(name.endswith("_id") for name in one.variables)
    ]
    assert len(forbidden) > 10
    for operation in forbidden:
        await front.knock(operation, "system_admin")
    assert {one.method for one in forbidden} <= set(front.behind.heard)
