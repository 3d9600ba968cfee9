"""The first administrators and what they make, for the directory's tests."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parent))

from house import House
from people import Installed

from jixiao.api.gateway.v1 import directory_pb
from jixiao.api.gateway.v1.clients_pb_grpc import ClientsClient
from jixiao.api.gateway.v1.directory_pb_grpc import DirectoryClient
from jixiao.api.gateway.v1.identities_pb_grpc import IdentitiesClient
from jixiao.api.gateway.v1.plans_pb_grpc import PlansClient
from jixiao.api.gateway.v1.posts_pb_grpc import PostsClient
from jixiao.api.gateway.v1.sessions_pb_grpc import SessionsClient
from jixiao.gateway import tokens
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.directory import contract, installing, passwords
from jixiao.gateway.directory.access_log import AccessLog
from jixiao.gateway.directory.sign_in_rules import SignInRules
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.login import Callers
from jixiao.gateway.routes import Routes, contract_services
from jixiao.servicekit.testing import request_id
from jixiao.servicekit.transaction import Transactions


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
        IdentitiesClient(up.channel),
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


@pytest.fixture(scope="module")
async def house(running: Callable[..., Awaitable[Any]], folder: Path) -> AsyncIterator[House]:
    """A whole gateway with its HTTP door, second factor on."""
    passwords.spend(64)
    kept: list[Callers] = []

    def servicers(transactions: Transactions) -> Any:
        kept.append(Callers(transactions))
        return contract.servicers(
            transactions, kept[0], AccessLog(transactions), rules=SignInRules()
        )

    up = await running("gateway", servicers=servicers)
    peers = Peers({"gateway": f"127.0.0.1:{up.running.port}"})
    wiring = Wiring(
        Routes(contract_services()), peers, tokens.Minter(folder / "private.json"),
        kept[0].caller_of, Limiter(Rates.generous()),
    )  # fmt: skip
    made = House(
        up, await installing.install(up.running.transactions), SessionsClient(up.channel),
        DirectoryClient(up.channel), PlansClient(up.channel), ClientsClient(up.channel),
        PostsClient(up.channel), IdentitiesClient(up.channel), kept[0], create(wiring),
    )  # fmt: skip
    yield made
    for client in made.open:
        await client.aclose()
    await peers.close()
    passwords.spend(passwords.MEMORY)
