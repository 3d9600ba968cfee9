"""Requests, versions and the contract at the HTTP door, on the walked year (P1.3, P1.4, A-1)."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator.schemas import schema_v31

from demo.callers import Caller
from demo.contract import operation
from demo.rehearsal import Walked

Callers = Callable[[str], Awaitable[Caller]]
FILER = "水利局·卯"


def _described(name: str) -> dict[str, Any]:
    return {
        "year": 2028, "unit": "U203",
        "description": {
            "name": name, "object_type": "project", "target_level": "project",
            "origin": "district", "budget_type": "general_public", "instrument": "ordinary",
        },
    }  # fmt: skip


async def test_p13_the_same_request_twice_is_one_act_and_its_answer_byte_for_byte(
    year: Walked, callers: Callers
) -> None:
    filer, key = await callers(FILER), str(uuid4())
    made = await filer.ask("CreateProgramme", key=key, **_described("水库设备"))
    again = await filer.ask("CreateProgramme", key=key, **_described("水库设备"))
    assert made.status_code == again.status_code == 200
    assert made.content == again.content
    assert made.headers["etag"] == again.headers["etag"]
    other = await filer.ask("CreateProgramme", key=key, **_described("另一个项目"))
    assert (other.status_code, other.json()["code"]) == (422, "request_id_reused")
    listed = await filer.ask("ListProgrammes", year=2028)
    assert listed.text.count("水库设备") == 1
    assert "另一个项目" not in listed.text


async def test_p13_another_persons_request_under_the_same_id_is_its_own(
    year: Walked, callers: Callers
) -> None:
    key = str(uuid4())
    answers = [
        await (await callers(who)).ask("CreateProgramme", key=key, **_described(f"{who}的项目"))
        for who in (FILER, "水利局·寅")
    ]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json()["programme_id"] != answers[1].json()["programme_id"]


@pytest.mark.parametrize("key", ["", "1", "ABCDEF00-0000-4000-8000-000000000000"])
async def test_p13_a_command_without_a_clean_request_id_is_refused(
    callers: Callers, key: str
) -> None:
    filer = await callers(FILER)
    path = operation("CreateProgramme").path
    answer = await filer.send("POST", path, b"{}", {"Idempotency-Key": key} if key else {})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_id_format")


async def test_p14_a_change_names_the_version_that_it_changes(
    year: Walked, callers: Callers
) -> None:
    filer = await callers(FILER)
    made = (await filer.ask("CreateProgramme", **_described("堤防维修"))).json()
    given = {
        "programme_id": made["programme_id"], "post": "科长", "since": "2026-11-01",
        "person": year.world.people["文旅中心·一"].person_id,
    }  # fmt: skip

    async def change(version: str | None) -> httpx.Response:
        headers = {} if version is None else {"If-Match": version}
        return await filer.ask("SetResponsibility", headers, **given)

    first = f'"{made["etag"]}"'
    for version in ("*", f"W/{first}", "1", '"x"'):
        answer = await change(version)
        assert (answer.status_code, answer.json()["code"]) == (400, "etag_format"), version
    assert (await change(None)).status_code == 428
    assert (await change('"99"')).status_code == 412
    done = await change(first)
    assert done.status_code == 200
    assert done.headers["etag"] != first
    stale = await change(first)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


async def test_p14_a_missing_or_stale_version_tells_nothing_of_what_is_out_of_scope(
    year: Walked, callers: Callers
) -> None:
    stranger = await callers("教体局·丑")
    given = {
        "programme_id": year.world.ids["C"], "post": "科长", "since": "2026-11-01",
        "person": year.world.people["文旅中心·一"].person_id,
    }  # fmt: skip
    for headers in ({}, {"If-Match": '"1"'}, {"If-Match": '"99"'}):
        answer = await stranger.ask("SetResponsibility", headers, given=given)
        assert answer.status_code == 404


async def test_a1_the_published_contract_is_valid_and_says_who_may_call_what(
    year: Walked,
) -> None:
    async with httpx.AsyncClient(base_url=year.world.stack.url) as anyone:
        document = (await anyone.get("/openapi.json")).json()
        table = (await anyone.get("/v1/permissions")).json()["permissions"]
    told = [
        one["operationId"] for path in document["paths"].values()
        for name, one in path.items() if name in {"get", "post", "put", "patch", "delete"}
    ]  # fmt: skip
    assert len(told) == len(set(told)) > 200
    assert len(table) >= 100
    pointed = set(re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(document)))
    assert all(name in document["components"][kind] for kind, name in pointed)
    assert not list(Draft202012Validator(dict(schema_v31)).iter_errors(document))


async def test_a9_a_work_list_has_what_its_own_post_is_to_do_and_nothing_else(
    year: Walked, callers: Callers
) -> None:
    own = {"资助中心·一": "A", "水利局·子": "G", "交通局·子": "D", "卫健局·子": "C"}
    seen: dict[str, set[str]] = {}
    for who in own:
        answer = (await (await callers(who)).ask("ListTasks")).json()
        assert not answer["missing"]
        seen[who] = {task["programme_id"] for task in answer["tasks"]}
        for task in answer["tasks"]:
            read = await (await callers(who)).ask("GetProgramme", programme_id=task["programme_id"])
            assert read.status_code == 200, task["title"]
    assert seen["资助中心·一"] == {year.world.ids["A"]}
    assert year.world.ids["G"] in seen["水利局·子"]
    assert not seen["水利局·子"] & (seen["交通局·子"] | seen["资助中心·一"])
    for administrator in ("系统管理员·一", "审计管理员·一"):
        assert not (await (await callers(administrator)).ask("ListTasks")).json()["tasks"]
