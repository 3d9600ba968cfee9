"""The first administrators and what they make, for the directory's tests."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parent))

from people import Installed

from jixiao.api.gateway.v1 import directory_pb
from jixiao.api.gateway.v1.clients_pb_grpc import ClientsClient
from jixiao.api.gateway.v1.directory_pb_grpc import DirectoryClient
from jixiao.api.gateway.v1.plans_pb_grpc import PlansClient
from jixiao.api.gateway.v1.posts_pb_grpc import PostsClient
from jixiao.api.gateway.v1.sessions_pb_grpc import SessionsClient
from jixiao.gateway.directory import installing, passwords
from jixiao.gateway.login import Callers
from jixiao.servicekit.testing import request_id


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
