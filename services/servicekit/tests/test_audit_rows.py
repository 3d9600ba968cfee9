"""What an entry of the audit trail says, and who may see it now (P6.1, P6.5)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from jixiao.api.audit.v1 import dossier_pb
from jixiao.api.audit.v1.dossier_pb_grpc import DossiersClient
from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.access import Principal, system
from jixiao.servicekit.claims import Claim
from jixiao.servicekit.dossier import differences
from jixiao.servicekit.rpc import ADDRESS, TOKEN
from jixiao.servicekit.testing import Caller, request_id
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

POST = {"territory": "370303", "line": "ZD103", "unit": "U001"}
CREATE = "/jixiao.targets.v1.Programmes/CreateProgramme"


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


async def entry(up: Any, aggregate_id: str) -> Any:
    """The last entry of a record, seen from outside."""
    connection = await asyncpg.connect(up.admin)
    try:
        return await connection.fetchrow(
            "SELECT * FROM jx.audit WHERE aggregate_id = $1 ORDER BY id DESC LIMIT 1",
            UUID(aggregate_id),
        )
    finally:
        await connection.close()


async def create(up: Any, caller: Caller, address: str = "") -> str:
    """Make a programme; its id."""
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    request = CreateProgrammeRequest(year=2025, description=description, request_id=request_id())
    token = caller.minter.token(caller.principal, CREATE, audience="targets")
    made = await ProgrammesClient(up.channel).create_programme(
        request, metadata=((TOKEN, token), (ADDRESS, address))
    )
    return str(made.programme_id)


async def test_p61_an_entry_says_who_for_whom_under_which_grant_and_from_where(up: Any) -> None:
    lent = {"obo": "the-boss", "actions": ("programme.create",)}
    deputy = up.caller("unit", **POST, grant="g", session="s", **lent)
    row = await entry(up, await create(up, deputy, "10.0.0.7"))
    assert (row["person"], row["on_behalf_of"], row["client"]) == ("person-unit", "the-boss", "")
    assert (row["grant_id"], row["session"], row["address"]) == ("g", "s", "10.0.0.7")
    assert (row["action"], row["version"], row["before"]) == (CREATE, 1, None)
    assert row["request_id"]
    assert row["trace"]


async def test_p61_a_client_system_its_reason_and_what_the_clock_did_are_named(up: Any) -> None:
    record = uuid7()

    async def handle(work: Work) -> tuple[dossier_pb.OpenTasks, list[object]]:
        work.changed(
            aggregate="thing", aggregate_id=record, version=1, programme_id=None,
            at=Coordinates("370303", "ZD103", "U001"), classified=False, before=None, after={},
        )  # fmt: skip
        return dossier_pb.OpenTasks(), []

    client = Principal("budget-1", "budget_system", territory="370303", action="/a/B")
    claim = Claim.of(client, "/a/B", CreateProgrammeRequest(), request_id())
    transactions = up.running.transactions
    await transactions.once(claim, client, handle, lambda done: done, reason="更正")
    row = await entry(up, str(record))
    assert (row["person"], row["client"], row["reason"]) == ("budget-1", "budget-1", "更正")

    await transactions.act(system("schedule"), "day.turned", handle)
    row = await entry(up, str(record))
    assert (row["person"], row["role"], row["client"]) == ("system:schedule", "system", "")


async def test_p61_marking_a_programme_classified_hides_its_past_entries_too(up: Any) -> None:
    unit = up.caller("unit", **POST)
    cleared = up.caller("unit", **POST, cleared=True, person="cleared")
    programme = await create(up, unit)

    async def by_rpc(caller: Caller) -> int:
        request = dossier_pb.GetDossierPartRequest(programme_id=programme, size=10)
        part = await caller(DossiersClient(up.channel).get_dossier_part, request)
        return len(part.changes)

    async def by_sql(caller: Caller) -> int:
        async with up.running.transactions.database.snapshot(caller.principal) as (connection, _):
            of = "SELECT count(*) FROM jx.audit WHERE programme_id = $1"
            return int(await connection.raw.fetchval(of, UUID(programme)))

    assert [await by_rpc(unit), await by_sql(unit)] == [1, 1]
    outside = await asyncpg.connect(up.admin)
    try:  # what `classification.set` will do: the programme moves, its entries never
        await outside.execute(
            "UPDATE jx.programmes SET classified = true WHERE id = $1", UUID(programme)
        )
        assert (await entry(up, programme))["classified"] is False
        assert [await by_rpc(unit), await by_sql(unit)] == [0, 0]
        assert [await by_rpc(cleared), await by_sql(cleared)] == [1, 1]
        await outside.execute("DROP POLICY programme ON jx.audit")  # the control
        assert [await by_rpc(unit), await by_sql(unit)] == [1, 1]
    finally:
        await outside.close()


def test_p61_a_dossier_names_what_changed_and_nothing_else() -> None:
    before = {"a": 1, "rows": [{"n": "x", "w": 2}], "gone": "y", "same": [1], "grows": [1]}
    after = {"a": 1, "rows": [{"n": "x", "w": 3}], "new/er": None, "same": [1], "grows": [1, 2]}
    assert [*differences(before, after)] == [
        ("/rows/0/w", "2", "3"), ("/gone", '"y"', ""), ("/grows", "[1]", "[1, 2]"),
    ]  # fmt: skip
    assert [*differences(None, after)] == []
