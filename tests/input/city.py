"""A gateway with its directory before targets and evaluation; events go between them by the broker."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb as d
from jixiao.api.gateway.v1.directory_pb_grpc import DirectoryClient
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.directory import contract, installing, passwords
from jixiao.gateway.directory.access_log import AccessLog
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.login import Callers
from jixiao.gateway.routes import Routes, contract_services
from jixiao.gateway.tokens import Minter
from jixiao.servicekit.clock import SHANGHAI
from jixiao.servicekit.testing import request_id
from jixiao.servicekit.transaction import Transactions

FIRST, NEW = "Zaoqian-2024-Mingbai", "Mingbai-2025-Zaoqian"
DISTRICT, LINE, UNIT = "370303", "ZD103", "U201"
UNITS = [
    (LINE, "教体局", d.OrgUnitKind.DEPARTMENT, DISTRICT, ""),
    (UNIT, "资助中心", d.OrgUnitKind.UNIT, DISTRICT, LINE),
]
OWN_UNIT: tuple[Role, dict[str, Any]] = (Role.UNIT, {"line": LINE, "unit": UNIT})
OWN_LINE: tuple[Role, dict[str, Any]] = (Role.DEPARTMENT, {"line": LINE})
FINANCE: tuple[Role, dict[str, Any]] = (Role.DISTRICT_FINANCE, {})
PATIENCE = 20.0


@dataclass(slots=True)
class Person:
    """A browser at the door; `act_as` chooses a grant."""

    http: httpx.AsyncClient
    person_id: str
    csrf: str = ""

    async def call(
        self, method: str, path: str, body: Any = None, etag: str = ""
    ) -> httpx.Response:
        """One call as our pages make it."""
        sent = {"X-CSRF-Token": self.csrf, "Sec-Fetch-Site": "same-origin"}
        if method != "GET":
            sent["Idempotency-Key"] = str(uuid4())
        if etag:
            sent["If-Match"] = etag
        answer = await self.http.request(method, path, json=body, headers=sent)
        if path.startswith("/v1/session:"):
            self.csrf = answer.json().get("csrf_token") or self.csrf
        return answer

    async def do(self, path: str, body: Any, etag: str = "") -> httpx.Response:
        """A command that is done."""
        answer = await self.call("POST", path, body, etag)
        assert answer.status_code == 200, answer.text
        return answer

    async def grants(self, role: str) -> list[Any]:
        """The own grants of a role that are in force."""
        known = (await self.call("GET", "/v1/session")).json()
        return [one for one in known["grants"] if one["role"] == f"ROLE_{role}"]

    async def act_as(self, role: str, number: int = 0) -> None:
        """Choose one of the own grants of a role."""
        chosen = (await self.grants(role))[number]["grant_id"]
        await self.do("/v1/session:chooseGrant", {"grant_id": chosen})


@dataclass(slots=True)
class City:
    """The door, the services behind it, and how people come to it."""

    app: Any
    services: dict[str, Any]
    directory: DirectoryClient
    first: list[installing.First]
    callers: Callers
    open: list[httpx.AsyncClient] = field(default_factory=list)

    async def person(
        self, login: str, *posts: tuple[Role, dict[str, Any]], name: str = "某某"
    ) -> Person:
        """Somebody new with posts, signed in."""
        gateway = self.services["gateway"]
        admins = [gateway.caller(one.role, person=str(one.person_id)) for one in self.first]
        account = d.AccountForm(name=name, login_name=login, initial_password=FIRST)
        request = d.CreateAccountsRequest(accounts=[account], request_id=request_id())
        (made,) = (await admins[0](self.directory.create_accounts, request)).persons
        if posts:
            given = [
                d.Grant(
                    person_id=made.person_id, role=role, territory=DISTRICT, basis="任职文件",
                    from_on="2024-01-01", **where,
                )
                for role, where in posts
            ]  # fmt: skip
            propose = d.ProposeGrantsRequest(grants=given, request_id=request_id())
            proposal = await admins[2](self.directory.propose_grants, propose)
            confirm = d.ConfirmGrantsRequest(
                proposal_id=proposal.proposal_id, etag=proposal.etag, request_id=request_id()
            )
            await admins[3](self.directory.confirm_grants, confirm)
        transport = httpx.ASGITransport(self.app, client=(f"10.2.0.{len(self.open) + 1}", 1))
        self.open.append(httpx.AsyncClient(transport=transport, base_url="https://jx.test"))
        one = Person(self.open[-1], made.person_id)
        await one.do("/v1/session:login", {"login_name": login, "password": FIRST})
        change = {"old_password": FIRST, "new_password": NEW}
        await one.do("/v1/session:changePassword", change)
        return one

    def day(self, later: int) -> date:
        """Put the business day of all services some days ahead."""
        for up in self.services.values():
            up.clock.write_text(str(later), encoding="ascii")
        self.callers.forget()
        return datetime.now(SHANGHAI).date() + timedelta(days=later)


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What an event brings, once it has come."""
    end = time.monotonic() + PATIENCE
    while not (found := await look()):
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.05)
    return found


async def begin(running: Callable[..., Awaitable[Any]], folder: Path) -> AsyncIterator[City]:
    """Started, with two offices on record; passwords at a thousandth of their price."""
    passwords.spend(64)
    kept: list[Callers] = []

    def servicers(transactions: Transactions) -> Any:
        kept.append(Callers(transactions))
        return contract.servicers(transactions, kept[0], AccessLog(transactions))

    services = {
        "gateway": await running("gateway", servicers=servicers),
        "targets": await running("targets"),
        "evaluation": await running("evaluation"),
    }
    peers = Peers({name: f"127.0.0.1:{up.running.port}" for name, up in services.items()})
    wiring = Wiring(
        Routes(contract_services()), peers, Minter(folder / "private.json"), kept[0].caller_of,
        Limiter(Rates.generous()),
    )  # fmt: skip
    gateway = services["gateway"]
    first = await installing.install(gateway.running.transactions)
    directory = DirectoryClient(gateway.channel)
    offices = [
        d.OrgUnit(
            code=code, name=name, kind=kind, territory=territory, line=line, on_from="2024-01-01"
        )
        for code, name, kind, territory, line in UNITS
    ]
    record = d.RecordOrgUnitsRequest(org_units=offices, request_id=request_id())
    admin = gateway.caller(first[0].role, person=str(first[0].person_id))
    await admin(directory.record_org_units, record)
    made = City(create(wiring), services, directory, first, kept[0])
    yield made
    for client in made.open:
        await client.aclose()
    await peers.close()
    passwords.spend(passwords.MEMORY)
