"""The stub of a state secret and what was never published: nowhere (D-27, T-35, P3.4)."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlparse

import httpx
import pytest

from demo.acts.public_site import address_of
from demo.callers import Caller
from demo.contract import operation
from demo.figures import Node
from demo.rehearsal import Walked
from jixiao.gateway.routes import contract_services, operations_of

Callers = Callable[[str], Awaitable[Caller]]
OTHERS = ("monitoring", "evaluation", "results", "disclosure", "gateway", "site")
LISTS = sorted(
    one.method.rpartition("/")[2]
    for service in contract_services() for one in operations_of(service)
    if one.http == "GET" and not one.variables and one.access.action == "record.read"
)  # fmt: skip


def _tables(admin: Any) -> list[str]:
    found = admin.execute(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)"
        " FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        " AND table_type = 'BASE TABLE'"
    )
    return [str(one[0]) for one in found]


@pytest.mark.parametrize("service", OTHERS)
def test_d27_p34_other_databases_hold_a_stubs_id_alone(year: Walked, service: str) -> None:
    stack: Any = year.world.stack
    named, code = year.world.ids["E"], year.world.kept["E.code"]
    line = year.world.figures.E.programme.line
    with stack.postgres.admin(stack.database(service)) as admin:
        for table in _tables(admin):
            rows = admin.execute(f"SELECT t::text FROM {table} t").fetchall()  # noqa: S608
            for (text,) in rows:
                assert code not in text, table
                assert not (named in text and line in text), table
    if service == "site":
        return
    # control: where it is at home it is found
    with stack.postgres.admin(stack.database("targets")) as admin:
        (kept,) = admin.execute("SELECT count(*) FROM jx.programmes t WHERE t::text ~ %s", [code])
        assert kept[0] == 1


def test_d27_p34_the_event_of_a_stub_carries_its_id_and_nothing_more(year: Walked) -> None:
    stack: Any = year.world.stack
    named = year.world.ids["E"].encode()
    with stack.postgres.admin(stack.database("targets")) as admin:
        sent = admin.execute(
            "SELECT subject, payload, headers::text FROM jx.outbox WHERE aggregate_id = %s",
            [year.world.ids["E"]],
        ).fetchall()
    assert [one[0] for one in sent] == ["jixiao.targets.programme.created"]
    for _, payload, headers in sent:
        assert payload.count(named) == 1
        assert len(payload) < len(named) + 8  # the id, its tag, and that it is classified
        assert year.world.kept["E.code"] not in headers


@pytest.mark.parametrize(
    "who", ["财政局·甲", "审计局·甲", "应急局·丑", "教体局·子", "人大·甲", "财政所·甲@370303101"]
)
async def test_d27_p34_no_list_of_anyone_without_clearance_has_the_stub(
    year: Walked, callers: Callers, who: str
) -> None:
    caller, w = await callers(who), year.world
    asked = 0
    for rpc in LISTS:
        given: dict[str, Any] = {"page_size": 200} if "page_size" in operation(rpc).fields else {}
        answer = await caller.ask(rpc, **given)
        asked += answer.status_code == 200
        assert w.ids["E"] not in answer.text, rpc
        assert w.kept["E.code"] not in answer.text, rpc
    assert asked > 1
    assert w.ids["E"] not in (await caller.ask("ListTasks")).text


async def test_d27_p34_control_the_cleared_person_of_its_line_sees_the_stub(
    year: Walked, callers: Callers
) -> None:
    listed = await (await callers("应急局·子")).ask("ListProgrammes", page_size=200)
    assert year.world.ids["E"] in listed.text


async def test_d27_t35_every_address_of_the_site_is_free_of_the_stub(year: Walked) -> None:
    w = year.world
    secrets = (w.ids["E"], w.kept["E.code"], w.figures.E.programme.line)
    async with httpx.AsyncClient(base_url=w.stack.site_url, timeout=30) as public:
        mapped = (await public.get("/sitemap.xml")).text
        paths = {urlparse(one).path or "/" for one in re.findall(r"<loc>(.*?)</loc>", mapped)}
        files = {"/data/programmes.json", "/data/programmes.csv", "/data/allocations.csv",
                 "/index.json", "/sitemap.xml", "/corrections", "/2025.json", "/2025.csv"}  # fmt: skip
        for path in sorted(paths | files):
            answer = await public.get(path)
            assert answer.status_code == 200, path
            assert not [one for one in secrets if one in answer.text], path
        assert len(paths) > 10
        search = (await public.get("/search.json", params={"q": w.kept["E.code"]})).json()
        assert search["count"] == 0


async def test_d27_t35_the_public_page_says_what_was_published_and_no_page_more(
    year: Walked, callers: Callers
) -> None:
    finance = (await callers("财政局·丁")).person
    published = await finance.everything("ListPublications", "publications")
    async with httpx.AsyncClient(base_url=year.world.stack.site_url, timeout=30) as public:
        mapped = (await public.get("/sitemap.xml")).text
        paths = {urlparse(one).path for one in re.findall(r"<loc>(.*?)</loc>", mapped)}
        pages = {path for path in paths if path.count("/") == 4 or path.startswith("/reports/")}
        assert pages == {address_of(one) for one in published}
        for one in published:
            shown = (await public.get(f"{address_of(one)}.json")).json()["content"]
            assert shown == json.loads(_latest(one).snapshot), one.title


def _latest(publication: Node) -> Node:
    version: Node = publication.versions[-1]
    return version
