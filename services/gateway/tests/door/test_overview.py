"""Dossier, trails and work list from several services, one of them away (D-7, T-9, A-9; P6.4)."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from grpc import aio
from sample_system import Directory, person

from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.main import SERVICE
from jixiao.gateway.overview import CONTRACT, Overviews
from jixiao.gateway.routes import Routes, contract_services
from jixiao.gateway.tokens import Minter
from jixiao.servicekit.access import TokenReader, system
from jixiao.servicekit.rpc import Door, access_of
from jixiao.servicekit.tasks import open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

UNIT = {"Authorization": "Bearer unit"}
PLACE = Coordinates("370303", "agri", "u1")


@dataclass(slots=True)
class Seen:
    """The door before one real service and, where wanted, one that is away."""

    up: Any
    http: httpx.AsyncClient
    behind: Peers

    def lose_one(self) -> None:
        """One service more, which does not answer."""
        self.behind.know("away", "127.0.0.1:1")


@pytest.fixture
async def door(running: Any, folder: Path) -> Any:
    up = await running("gateway")
    minter = Minter(folder / "private.json")
    behind = Peers({"gateway": f"127.0.0.1:{up.running.port}"})
    rules = access_of(CONTRACT[0])
    server = aio.server(interceptors=[Door(TokenReader(folder / "public.json", "gateway"), rules)])
    trail = SERVICE.trail(up.settings)
    operations = Routes(contract_services()).by_method
    Overviews(behind, minter, operations, trail).add_to_server(server)
    own = Peers({"gateway": f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"})
    await server.start()
    known = {"unit": person("unit", "li"), "other": person("unit", "zhou")}
    known["audit"] = person("audit_admin", "sun")
    directory = Directory(known)
    wiring = Wiring(Routes(CONTRACT), own, minter, directory.caller_of, Limiter(Rates.generous()))
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        yield Seen(up, http, behind)
    await behind.close()
    await own.close()
    await server.stop(None)


async def test_a9_the_first_due_comes_first_and_who_did_not_answer_is_named(door: Any) -> None:
    door.lose_one()

    async def handle(work: Work) -> tuple[None, list[object]]:
        for title, due, unit in (
            ("later", date(2026, 5, 1), "u1"), ("never", None, "u1"),
            ("sooner", date(2026, 4, 1), "u1"), ("another's", None, "u2"),
        ):  # fmt: skip
            at = Coordinates(PLACE.territory, PLACE.line, unit)
            await open_task(
                work, role="unit", at=at, kind="k", title=title, record=uuid7(), due_on=due
            )
        return None, []

    await door.up.running.transactions.act(system("test"), "test", handle)
    answer = await door.http.get("/v1/tasks", headers=UNIT)
    assert answer.status_code == 200, answer.text
    assert [task["title"] for task in answer.json()["tasks"]] == ["sooner", "later", "never"]
    assert answer.json()["tasks"][0]["service"] == "gateway"
    assert answer.json()["missing"] == ["away"]


async def changed(door: Seen, programme: UUID, *, unit: str = "u1", times: int = 7) -> None:
    """Some changes of a programme's record."""

    async def handle(work: Work) -> tuple[None, list[object]]:
        record = uuid7()
        for version in range(1, times + 1):
            work.changed(
                aggregate="thing", aggregate_id=record, version=version, programme_id=programme,
                at=Coordinates(PLACE.territory, PLACE.line, unit), classified=False,
                before={"n": version - 1, "rows": [{"a": 1}]} if version > 1 else None,
                after={"n": version, "rows": [{"a": version}]},
            )  # fmt: skip
        return None, []

    who = replace(system("test"), obo="somebody")
    method = "/jixiao.gateway.v1.Plans/SetWorkPlan"
    await door.up.running.transactions.act(who, method, handle)


async def test_d7_t9_a_dossier_is_whole_page_by_page_and_says_who_for_whom_and_what_changed(
    door: Seen,
) -> None:
    programme, found, token, pages = uuid7(), [], "", 0
    await changed(door, programme)
    while token or not pages:
        answer = await door.http.get(
            f"/v1/programmes/{programme}/dossier", headers=UNIT,
            params={"page_size": 3, "page_token": token},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        found += answer.json()["changes"]
        token, pages = answer.json()["next_page_token"], pages + 1
    assert [one["version"] for one in found] == [1, 2, 3, 4, 5, 6, 7]
    assert pages == 3
    second = found[1]
    assert (second["permission"], second["role"]) == ("rules.maintain", "system")
    assert (second["articles"][0], second["on_behalf_of"]) == ("D-5(1)", "somebody")
    assert [(one["pointer"], one["before"], one["after"]) for one in second["differences"]] == [
        ("/n", "1", "2"), ("/rows/0/a", "1", "2"),
    ]  # fmt: skip


async def test_d7_t9_a_dossier_out_of_scope_is_absent_and_one_that_cannot_be_told_is_not(
    door: Seen,
) -> None:
    mine, foreign = uuid7(), uuid7()
    await changed(door, mine)
    await changed(door, foreign, unit="u2")
    unknown = await door.http.get(f"/v1/programmes/{uuid7()}/dossier", headers=UNIT)
    theirs = await door.http.get(f"/v1/programmes/{foreign}/dossier", headers=UNIT)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert without_trace(theirs) == without_trace(unknown)
    assert (await door.http.get(f"/v1/programmes/{mine}/dossier", headers=UNIT)).is_success
    assert (await door.http.get("/v1/programmes/x/dossier", headers=UNIT)).status_code == 422

    door.lose_one()  # what is not found may lie there
    unknown = await door.http.get(f"/v1/programmes/{uuid7()}/dossier", headers=UNIT)
    assert unknown.status_code == 503
    shown = await door.http.get(f"/v1/programmes/{mine}/dossier", headers=UNIT)
    assert (len(shown.json()["changes"]), shown.json()["missing"]) == (7, ["away"])


def without_trace(answer: httpx.Response) -> dict[str, Any]:
    return {k: v for k, v in answer.json().items() if k not in ("trace", "instance")}


async def test_p64_the_audit_administrator_sees_each_services_verdict(door: Seen) -> None:
    await changed(door, uuid7())
    door.lose_one()
    headers = {"Authorization": "Bearer audit"}
    answer = await door.http.get("/v1/audit-trails:verify", headers=headers)
    assert answer.status_code == 200, answer.text
    away, *ours = answer.json()["trails"]
    assert (away["service"], away["verdict"]) == ("away", "unreachable")
    assert {(one["service"], one["unsealed"]) for one in ours} == {("gateway", 7)}
    assert answer.json()["verdict"] != "intact"
    assert (await door.http.get("/v1/audit-trails:verify", headers=UNIT)).status_code == 403
