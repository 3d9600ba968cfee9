"""Wall 3 alone: the API login against the tables, with no service in between (P3.7, P3.8)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Connection, enter
from jixiao.servicekit.testing import request_id

HERE = {"territory": "370303101", "line": "ZD104", "unit": "U101"}
OTHERS = (
    {**HERE, "unit": "U102"},
    {**HERE, "line": "ZD117", "unit": "U103"},
    {**HERE, "territory": "370303102", "unit": "U104"},
)
SEEN = {
    "unit": 1,
    "township_department": 2,
    "township_finance": 3,
    "department": 3,
    "district_finance": 4,
    "audit": 4,
    "third_party": 0,
    "congress": 0,
    "system_admin": 0,
}


@pytest.fixture(scope="module")
async def login(running: Callable[[str], Awaitable[Any]]) -> AsyncIterator[Any]:
    """The API login's own connection, beside a service with four units' programmes."""
    up = await running("targets")
    create = ProgrammesClient(up.channel).create_programme
    for post in (HERE, *OTHERS):
        description = Description(
            name="甲", object_type="project", target_level="project", origin="district",
            budget_type="general_public", instrument="ordinary",
        )  # fmt: skip
        await up.caller("unit", **post)(
            create,
            CreateProgrammeRequest(year=2025, description=description, request_id=request_id()),
        )
    connection = await asyncpg.connect(up.login)
    yield connection
    await connection.close()


async def seen_by(login: Any, principal: Principal) -> int:
    """Rows seen; a kind that may not look at all (42501) sees none."""
    try:
        async with login.transaction():
            await enter(Connection(login), principal)
            return int(await login.fetchval("SELECT count(*) FROM jx.programmes"))
    except asyncpg.InsufficientPrivilegeError:
        return 0


def post(role: str, at: dict[str, str]) -> Principal:
    return Principal("p", role, territory=at["territory"], line=at["line"], unit=at.get("unit", ""))


@pytest.mark.parametrize(("role", "rows"), SEEN.items())
async def test_p37_each_kind_of_scope_sees_its_own_rows_and_no_others(
    login: Any, role: str, rows: int
) -> None:
    wide = role in ("department", "district_finance", "audit")
    at = {"territory": "370303", "line": HERE["line"]} if wide else HERE

    assert await seen_by(login, post(role, at)) == rows


async def run(login: Any, statement: str, principal: Principal | None) -> None:
    async with login.transaction():
        if principal is not None:
            await enter(Connection(login), principal)
        await login.execute(statement)


@pytest.mark.parametrize("principal", [None, Principal("p", "unit", territory="370303101")])
async def test_p38_without_a_role_or_its_key_every_statement_fails(
    login: Any, principal: Principal | None
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(login, "SELECT count(*) FROM jx.programmes", principal)


async def test_p38_a_row_cannot_be_moved_out_of_the_scope(login: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(login, "UPDATE jx.programmes SET unit = 'U102'", post("unit", HERE))


@pytest.mark.parametrize("statement", ["UPDATE jx.audit SET person = 'x'", "DELETE FROM jx.audit"])
async def test_p61_the_audit_trail_takes_no_update_and_no_delete(
    login: Any, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(
            login, statement, post("district_finance", {"territory": "370303", "line": "ZD101"})
        )
