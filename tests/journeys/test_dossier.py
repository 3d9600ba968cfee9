"""The life of programme A as the audit office reads it, beside the databases and the traces."""

import json
from collections.abc import Awaitable, Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from demo.callers import Caller
from demo.rehearsal import Walked
from jixiao.gateway.routes import contract_services, operations_of

Callers = Callable[[str], Awaitable[Caller]]
SERVICES = ("targets", "monitoring", "evaluation", "results", "disclosure")


async def _changes(
    year: Walked, callers: Callers, who: str = "审计局·甲", size: int = 200
) -> list[Any]:
    caller, changes, token = await callers(who), [], ""
    while True:
        asked: dict[str, Any] = {"page_token": token} if token else {}
        read = await caller.ask(
            "GetDossier", programme_id=year.world.ids["A"], page_size=size, **asked
        )
        assert read.status_code == 200
        assert not read.json()["missing"]
        changes += read.json()["changes"]
        if not (token := read.json()["next_page_token"]):
            return changes


def _rows(year: Walked, service: str) -> set[tuple[str, str, int]]:
    """The audit trail itself, by a superuser: aggregate, id, version."""
    stack: Any = year.world.stack
    with stack.postgres.admin(stack.database(service)) as admin:
        return {
            (str(one[0]), str(one[1]), one[2])
            for one in admin.execute(
                "SELECT aggregate, aggregate_id, version FROM jx.audit WHERE programme_id = %s",
                [year.world.ids["A"]],
            )
        }


async def test_d7_t9_the_audit_office_reads_every_change_of_a_in_every_service(
    year: Walked, callers: Callers
) -> None:
    changes = await _changes(year, callers)
    for service in SERVICES:
        shown = {
            (one["aggregate"], one["aggregate_id"], one["version"])
            for one in changes
            if one["service"] == service
        }
        assert shown
        assert shown == _rows(year, service), service
    assert len(changes) > 100
    assert [one["at"] for one in changes] == sorted(one["at"] for one in changes)
    assert await _changes(year, callers, size=17) == changes  # whatever the pages, the same whole


async def test_d7_t9_each_change_begins_where_the_last_one_ended(
    year: Walked, callers: Callers
) -> None:
    records: dict[tuple[str, str], list[Any]] = {}
    for one in await _changes(year, callers):
        records.setdefault((one["service"], one["aggregate_id"]), []).append(one)
    for record in records.values():
        record.sort(key=lambda one: one["version"])
        assert [one["version"] for one in record] == list(range(1, len(record) + 1))
        assert not record[0]["before"]
        for earlier, later in pairwise(record):
            assert json.loads(later["before"]) == json.loads(earlier["after"])


async def test_d7_t9_whoever_changed_it_held_a_role_that_may(
    year: Walked, callers: Callers
) -> None:
    roles = {
        one.method: one.roles for service in contract_services() for one in operations_of(service)
    }
    by_people = [one for one in await _changes(year, callers) if one["action"] in roles]
    for one in by_people:
        assert one["role"] in roles[one["action"]], one["action"]
        assert one["person"]
        assert one["request_id"]
    assert {one["role"] for one in by_people} >= {
        "department", "unit", "district_finance", "treasury", "budget_system",
    }  # fmt: skip


async def test_d7_a_units_dossier_is_its_own_and_a_strangers_is_absent(
    year: Walked, callers: Callers
) -> None:
    mine = await _changes(year, callers, "资助中心·一")
    assert {one["service"] for one in mine} >= {"targets", "monitoring", "evaluation"}
    stranger = await callers("水利中心·一")
    read = await stranger.ask("GetDossier", programme_id=year.world.ids["A"])
    assert read.status_code == 404


async def test_a12_one_trace_leads_from_the_persons_request_to_the_last_consumer(
    year: Walked, callers: Callers
) -> None:
    changes = await _changes(year, callers)
    stack: Any = year.world.stack
    spans = _spans(stack.folder / "traces.jsonl", {one["trace"] for one in changes})
    created = next(one for one in changes if one["action"].endswith("/CreateProgramme"))
    trace = spans[created["trace"]]
    (root,) = [span for span in trace if not span["parent"]]
    assert (root["service"], root["name"]) == ("gateway", "http programme.create")
    known = {span["span"] for span in trace}
    assert all(span["parent"] in known for span in trace if span is not root)
    consumers = {span["service"] for span in trace if span["name"].startswith("consume ")}
    assert consumers >= {"monitoring", "evaluation", "results", "disclosure"}
    called = next(span for span in trace if span["name"].startswith("rpc "))
    assert called["attributes"]["jixiao.articles"] == "D-2,D-9,T-2"
    assert called["attributes"]["jixiao.role"] == "department"


def _spans(path: Path, traces: Iterable[str]) -> dict[str, list[Any]]:
    wanted: dict[str, list[Any]] = {trace: [] for trace in traces}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            span = json.loads(line)
            if span["trace"] in wanted:
                wanted[span["trace"]].append(span)
    return wanted
