"""The first administrators and what they make, for the directory's tests."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parent))

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb
from jixiao.api.gateway.v1.clients_pb_grpc import ClientsClient
from jixiao.api.gateway.v1.directory_pb_grpc import DirectoryClient
from jixiao.api.gateway.v1.plans_pb_grpc import PlansClient
from jixiao.api.gateway.v1.posts_pb_grpc import PostsClient
from jixiao.api.gateway.v1.sessions_pb_grpc import SessionsClient
from jixiao.gateway.directory import installing, passwords
from jixiao.gateway.directory.installing import First
from jixiao.gateway.login import Callers
from jixiao.servicekit.testing import Caller, request_id

PASSWORD = "Zaoqian-2024-Mingbai"
"""Everybody's initial password."""


@dataclass(slots=True)
class Installed:
    """A gateway with its first accounts: clients, administrators, and the short memory."""

    up: Any
    first: list[First]
    sessions: Any
    directory: Any
    plans: Any
    clients: Any
    posts: Any
    callers: Callers

    def admin(self, number: int) -> Caller:
        """An administrator: 0, 1 system; 2, 3 security; 4 audit."""
        one = self.first[number]
        caller: Caller = self.up.caller(one.role, person=str(one.person_id))
        return caller

    @property
    def anyone(self) -> Caller:
        """Nobody signed in."""
        caller: Caller = self.up.caller("anyone", person="anyone")
        return caller

    def finance(self, person_id: str, **more: Any) -> directory_pb.Grant:
        """A grant as district finance."""
        values: dict[str, Any] = {
            "role": Role.DISTRICT_FINANCE, "territory": "370303", "from_on": "2024-01-01",
            "basis": "任职文件",
        } | more  # fmt: skip
        return directory_pb.Grant(person_id=person_id, **values)

    async def accounts(self, *login_names: str) -> list[str]:
        """Make accounts; the person ids."""
        made = await self.admin(0)(
            self.directory.create_accounts,
            directory_pb.CreateAccountsRequest(
                accounts=[
                    directory_pb.AccountForm(name=name, login_name=name, initial_password=PASSWORD)
                    for name in login_names
                ],
                request_id=request_id(),
            ),
        )
        return [person.person_id for person in made.persons]

    async def propose(self, *grants: directory_pb.Grant, by: int = 2) -> Any:
        """Propose grants as a security administrator."""
        return await self.admin(by)(
            self.directory.propose_grants,
            directory_pb.ProposeGrantsRequest(grants=list(grants), request_id=request_id()),
        )

    async def confirm(self, proposal: Any, by: int = 3) -> Any:
        """Confirm as a security administrator."""
        return await self.admin(by)(
            self.directory.confirm_grants,
            directory_pb.ConfirmGrantsRequest(
                proposal_id=proposal.proposal_id, etag=proposal.etag, request_id=request_id()
            ),
        )

    async def give(self, *grants: directory_pb.Grant) -> None:
        """Propose and confirm by two."""
        await self.confirm(await self.propose(*grants))


@pytest.fixture(scope="module")
async def gateway(running: Callable[[str], Awaitable[Any]]) -> AsyncIterator[Installed]:
    """A fresh gateway with its first accounts; passwords at a thousandth of their price."""
    passwords.spend(64)
    up = await running("gateway")
    transactions = up.running.transactions
    yield Installed(
        up,
        await installing.install(transactions),
        SessionsClient(up.channel),
        DirectoryClient(up.channel),
        PlansClient(up.channel),
        ClientsClient(up.channel),
        PostsClient(up.channel),
        Callers(transactions),
    )
    passwords.spend(passwords.MEMORY)


@pytest.fixture(scope="module")
async def offices(gateway: Installed) -> Installed:
    """The gateway with a department, its unit and a town on record."""
    kinds = directory_pb.OrgUnitKind
    units = [
        ("ZD103", "教体局", kinds.DEPARTMENT, "370303", ""),
        ("U201", "资助中心", kinds.UNIT, "370303", "ZD103"),
        ("370303101", "马尚镇", kinds.TOWN, "370303101", ""),
    ]
    await gateway.admin(0)(
        gateway.directory.record_org_units,
        directory_pb.RecordOrgUnitsRequest(
            org_units=[
                directory_pb.OrgUnit(
                    code=code, name=name, kind=kind, territory=territory, line=line,
                    on_from="2024-01-01",
                )
                for code, name, kind, territory, line in units
            ],
            request_id=request_id(),
        ),
    )  # fmt: skip
    return gateway
