"""The real HTTP door before real services: what a browser or another system meets."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from grpc import aio

from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Caller, Peers, Source
from jixiao.gateway.files import FileStore
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.main import SERVICE
from jixiao.gateway.overview import CONTRACT, Overviews
from jixiao.gateway.routes import Routes, contract_services
from jixiao.gateway.scanning import Scanner
from jixiao.gateway.tokens import Minter
from jixiao.servicekit.access import Principal, TokenReader
from jixiao.servicekit.rpc import Door, access_of

from .city import City, begin

DISTRICT = "370303"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody signed in."""

    person: str
    principal: Principal
    grant_id: str = "g"

    @property
    def session(self) -> str:
        return self.principal.session

    @property
    def ends_at(self) -> float:
        return time.time() + 600

    @property
    def per_second(self) -> int:
        return 0

    def permit_from(self, source: Source) -> None:
        """From anywhere."""


@dataclass(slots=True)
class People:
    """Whoever a test needs, by bearer token."""

    known: dict[str, Known] = field(default_factory=dict)

    def add(self, name: str, role: str, line: str = "ZD103", unit: str = "", **more: Any) -> None:
        post = {"territory": DISTRICT, "line": line, "unit": unit} | more
        self.known[name] = Known(name, Principal(name, role, "g", session=f"s-{name}", **post))

    async def caller_of(
        self, cookie: str | None, bearer: str | None, csrf: str | None, unsafe: bool, /  # noqa: FBT001
    ) -> Caller | None:  # fmt: skip
        del cookie, csrf, unsafe
        return self.known.get(bearer or "")


@dataclass(slots=True)
class At:
    """The door, with the services behind it."""

    http: httpx.AsyncClient
    people: People
    services: dict[str, Any]
    routes: Routes
    wiring: Wiring

    async def call(
        self, who: str, method: str, path: str, body: Any = None, etag: str = "", **headers: str
    ) -> httpx.Response:
        """One call as `who`; every command under a fresh key."""
        sent = {"Authorization": f"Bearer {who}"} | headers
        if method != "GET":
            sent.setdefault("Idempotency-Key", str(uuid4()))
        if etag:
            sent["If-Match"] = etag
        if isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
            return await self.http.request(method, path, content=body, headers=sent)
        return await self.http.request(method, path, json=body, headers=sent)

    def day(self, service: str, later: int) -> None:
        """Put a service's business day some days ahead."""
        self.services[service].clock.write_text(str(later), encoding="ascii")


@pytest.fixture(scope="module")
async def at(
    running: Any, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[At]:
    """A door before targets, monitoring and evaluation."""
    services = {
        name: await running(name) for name in ("gateway", "targets", "monitoring", "evaluation")
    }
    routes = Routes(contract_services())
    minter = Minter(folder / "private.json")
    addresses = {name: f"127.0.0.1:{up.running.port}" for name, up in services.items()}
    behind = Peers(addresses)
    overviews = aio.server(
        interceptors=[Door(TokenReader(folder / "public.json", "gateway"), access_of(CONTRACT[0]))]
    )
    trail = SERVICE.trail(services["gateway"].settings)
    Overviews(behind, minter, routes.by_method, trail).add_to_server(overviews)
    port = overviews.add_insecure_port("127.0.0.1:0")
    await overviews.start()
    peers = Peers(addresses | {"gateway": f"127.0.0.1:{port}"})
    people = People()
    database = services["gateway"].running.transactions.database
    files = FileStore(f"file://{tmp_path_factory.mktemp('files')}/store", database, Scanner())
    wiring = Wiring(routes, peers, minter, people.caller_of, Limiter(Rates.generous()), files=files)
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        yield At(http, people, services, routes, wiring)
    await peers.close()
    await behind.close()
    await overviews.stop(None)


@pytest.fixture(scope="module")
async def city(running: Any, folder: Path) -> AsyncIterator[City]:
    """A door where people sign in, with two offices on record."""
    async for made in begin(running, folder):
        yield made
