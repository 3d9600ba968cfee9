"""People signed in at a gateway of their own, and the organisations that they serve in."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from grpc import aio

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb, posts_pb, sessions_pb
from jixiao.gateway.directory.installing import First
from jixiao.gateway.login import Caller, Callers
from jixiao.servicekit.testing import Caller as Calling
from jixiao.servicekit.testing import refusal, request_id

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
    identities: Any
    callers: Callers

    def admin(self, number: int) -> Calling:
        """An administrator: 0, 1 system; 2, 3 security; 4 audit."""
        one = self.first[number]
        caller: Calling = self.up.caller(one.role, person=str(one.person_id))
        return caller

    @property
    def anyone(self) -> Calling:
        """Nobody signed in."""
        caller: Calling = self.up.caller("anyone", person="anyone")
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


DEPARTMENT, UNIT = "ZD103", "U201"
BASIS = "请假期间"


class Signed:
    """A person signed in, with the door's view of him."""

    def __init__(self, gateway: Installed, person: str, token: str) -> None:
        self.gateway, self.person, self.token = gateway, person, token

    async def seen(self, callers: Callers | None = None) -> Caller:
        """As the door finds him at the next request."""
        caller = await (callers or self.gateway.callers).caller_of(self.token, None)
        assert caller is not None
        return caller

    async def do(self, method: Any, request: Any) -> Any:
        """Call an operation that everyone has."""
        seen = await self.seen()
        me = self.gateway.up.caller("anyone", person=self.person, session=seen.session)
        return await me(method, request)

    async def lend(self, to: "Signed", **changed: Any) -> directory_pb.Grant:
        """Lend the post acted under, for today and the next nine days."""
        today = await day_of(self.gateway)
        values: dict[str, Any] = {
            "grant_id": (await self.seen()).grant_id, "to_person_id": to.person,
            "actions": ["target.review_line"], "from_on": today.isoformat(),
            "to_on": (today + timedelta(days=9)).isoformat(), "basis": BASIS,
            "request_id": request_id(),
        } | changed  # fmt: skip
        lent: directory_pb.Grant = await self.do(
            self.gateway.posts.lend_post, posts_pb.LendPostRequest(**values)
        )
        self.gateway.callers.forget()  # the service's own forgot by itself
        return lent

    async def choose(self, grant_id: str) -> None:
        """Act under another grant."""
        request = sessions_pb.ChooseGrantRequest(grant_id=grant_id, request_id=request_id())
        answer = await self.do(self.gateway.sessions.choose_grant, request)
        self.gateway.callers.forget()
        self.token = answer.session_token


async def day_of(gateway: Installed) -> date:
    transactions = gateway.up.running.transactions
    async with transactions.database.begin() as connection:
        at = await connection.raw.fetchval("SELECT clock_timestamp()")
    today: date = transactions.clock.day(at)
    return today


async def signed_in(gateway: Installed, name: str, *grants: directory_pb.Grant) -> Signed:
    """Make an account, give it grants, sign in and change the initial password."""
    (person,) = await gateway.accounts(name)
    for grant in grants:
        grant.person_id = person
    if grants:
        await gateway.give(*grants)
    login = sessions_pb.LoginRequest(login_name=name, password=PASSWORD)
    begun = await gateway.anyone(gateway.sessions.login, login)
    one = Signed(gateway, person, begun.session_token)
    change = sessions_pb.ChangePasswordRequest(
        old_password=PASSWORD, new_password=f"{PASSWORD}-2", request_id=request_id()
    )
    changed = await one.do(gateway.sessions.change_password, change)
    gateway.callers.forget()
    one.token = changed.session_token
    return one


def post(role: Role = Role.DEPARTMENT, **more: Any) -> directory_pb.Grant:
    values = {
        "territory": "370303",
        "line": DEPARTMENT,
        "from_on": "2024-01-01",
        "basis": "任职文件",
    }
    return directory_pb.Grant(role=role, **(values | more))


async def refused(call: Awaitable[Any]) -> Any:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return refusal(caught.value)


async def codes(call: Awaitable[Any]) -> list[str]:
    return [finding.code for finding in (await refused(call)).findings]
