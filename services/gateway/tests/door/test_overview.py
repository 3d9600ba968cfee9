"""A dossier and a work list from several services, one of them away (D-7, T-9, A-9)."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from grpc import aio
from sample_system import Directory, person

from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.overview import CONTRACT, Overviews
from jixiao.gateway.routes import Routes
from jixiao.gateway.tokens import Minter
from jixiao.servicekit.access import TokenReader, system
from jixiao.servicekit.rpc import Door, access_of
from jixiao.servicekit.tasks import open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

UNIT = {"Authorization": "Bearer unit"}
PLACE = Coordinates("370303", "agri", "u1")


@pytest.fixture
async def door(running: Any, folder: Path) -> Any:
    """The door before one real service and one that is away."""
    up = await running("gateway")
    minter = Minter(folder / "private.json")
    behind = Peers({"gateway": f"127.0.0.1:{up.running.port}", "away": "127.0.0.1:1"})
    rules = access_of(CONTRACT[0])
    server = aio.server(interceptors=[Door(TokenReader(folder / "public.json", "gateway"), rules)])
    Overviews(behind, minter).add_to_server(server)
    own = Peers({"gateway": f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"})
    await server.start()
    directory = Directory({"unit": person("unit", "li"), "other": person("unit", "zhou")})
    wiring = Wiring(Routes(CONTRACT), own, minter, directory.caller_of, Limiter(Rates.generous()))
    transport = httpx.ASGITransport(create(wiring))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        yield up, http
    await behind.close()
    await own.close()
    await server.stop(None)


async def test_a9_the_first_due_comes_first_and_who_did_not_answer_is_named(door: Any) -> None:
    up, http = door

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

    await up.running.transactions.act(system("test"), "test", handle)
    answer = await http.get("/v1/tasks", headers=UNIT)
    assert answer.status_code == 200, answer.text
    assert [task["title"] for task in answer.json()["tasks"]] == ["sooner", "later", "never"]
    assert answer.json()["tasks"][0]["service"] == "gateway"
    assert answer.json()["missing"] == ["away"]


async def test_d7_t9_a_dossier_of_an_unknown_programme_is_empty_like_a_foreign_one(
    door: Any,
) -> None:
    _, http = door
    answer = await http.get(f"/v1/programmes/{uuid7()}/dossier", headers=UNIT)
    assert answer.json() == {"changes": [], "missing": ["away"]}
    assert (await http.get("/v1/programmes/x/dossier", headers=UNIT)).status_code == 422
