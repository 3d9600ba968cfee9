"""Every copy of the walked year is what its sources told: compared, spoilt, mended (P2.5, P2.6)."""

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from psycopg import sql

from demo.callers import Caller
from demo.contract import operation
from demo.officials import Person
from demo.rehearsal import Walked
from jixiao.servicekit.rebuilding import Projection
from local.databases import SERVICES

Callers = Callable[[str], Awaitable[Caller]]
ADMINISTRATOR = "系统管理员·一"
SOURCES_OF_GATEWAY = {"targets", "monitoring", "evaluation", "results", "disclosure"}
OWN_TIME = ("version", "created_at", "changed_at")


def projections(service: str) -> tuple[Projection, ...]:
    """What a service copies, as it says itself."""
    package = "gateway" if service == "gateway" else f"{service}.entrypoints"
    module = importlib.import_module(f"jixiao.{package}.subscriptions")
    return tuple(getattr(module, "PROJECTIONS", ()))


COPYING = [service for service in SERVICES if projections(service)]


def copies() -> Iterator[tuple[str, str]]:
    """Service and table of everything that is copied."""
    for service in COPYING:
        for projection in projections(service):
            yield from ((service, table) for table in projection.tables)


def held(year: Walked, service: str, table: str) -> list[str]:
    """The rows of a table, without how often and when they were written."""
    with year.stack.postgres.admin(year.stack.database(service)) as admin:
        query = sql.SQL("SELECT to_jsonb(t) - {}::text[] FROM jx.{} t").format(
            list(OWN_TIME), sql.Identifier(table)
        )
        return sorted(json.dumps(row, sort_keys=True) for (row,) in admin.execute(query))


def spoil(year: Walked, service: str, table: str) -> int:
    """Write into a copy behind the service's back; how many rows then differ."""
    with year.stack.postgres.admin(year.stack.database(service)) as admin:
        name = sql.Identifier(table)
        columns = admin.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'jx' AND table_name = %s ORDER BY ordinal_position DESC",
            (table,),
        ).fetchall()
        kinds = {str(column): str(kind) for column, kind in columns}
        documents = [c for c, kind in kinds.items() if kind == "jsonb"]
        gone = sql.SQL("DELETE FROM jx.{t} WHERE ctid = (SELECT max(ctid) FROM jx.{t})")
        done = admin.execute(gone.format(t=name)).rowcount
        if documents:
            column = sql.Identifier(documents[0])
            written = sql.SQL(
                "UPDATE jx.{t} SET {c} = '[\"spoilt\"]' WHERE ctid = (SELECT min(ctid) FROM jx.{t})"
            )
            done += admin.execute(written.format(t=name, c=column)).rowcount
        return done


async def reconciled(administrator: Person, service: str) -> dict[str, tuple[str, int, bool]]:
    """Order a reconciliation at the door; its verdict for each source and projection."""
    ordered = await administrator.do("StartReconciliation", service=service)
    async with asyncio.timeout(60):
        while True:
            listed = await administrator.do("ListReconciliations", service=service)
            (one,) = (
                r
                for r in listed.reconciliations
                if r.reconciliation_id == ordered.reconciliation_id
            )
            if one.state != "running":
                break
            await asyncio.sleep(0.1)  # upkeep looks once a second
    assert (one.state, one.error) == ("done", "")
    return {line.of: (line.verdict, line.count, line.repaired) for line in one.lines}


@pytest.fixture(scope="module")
async def administrator(year: Walked, callers: Callers) -> Person:
    await asyncio.to_thread(year.stack.settle)
    return (await callers(ADMINISTRATOR)).person


@pytest.mark.parametrize("service", SERVICES)
async def test_p26_after_a_year_every_copy_is_what_its_sources_told(
    administrator: Person, service: str
) -> None:
    verdicts = await reconciled(administrator, service)
    assert set(verdicts.values()) == {("equal", 0, False)}
    assert {one.name for one in projections(service)} <= set(verdicts)
    if service == "gateway":
        assert set(verdicts) == SOURCES_OF_GATEWAY
    rebuilds = (await administrator.do("ListRebuilds", service=service)).get("rebuilds", [])
    for projection in projections(service):  # it was made anew from events, not skipped
        (newest, *_) = (one for one in rebuilds if one.projection == projection.name)
        assert (newest.state, newest.differing, newest.get("swap", False)) == ("done", 0, False)
        assert newest.replayed > 0


@pytest.mark.parametrize("service", COPYING)
async def test_p26_a_copy_that_somebody_wrote_into_is_found_and_made_anew(
    year: Walked, administrator: Person, service: str
) -> None:
    tables = [table for one, table in copies() if one == service]
    before = {table: held(year, service, table) for table in tables}
    assert all(before.values())  # the year fills every copy
    spoilt = {table: spoil(year, service, table) for table in tables}

    verdicts = await reconciled(administrator, service)

    for one in projections(service):
        differing = sum(spoilt[table] for table in one.tables)
        assert verdicts[one.name] == ("different", differing, True)
    assert {table: held(year, service, table) for table in tables} == before
    again = await reconciled(administrator, service)
    assert {verdict for verdict, *_ in again.values()} == {"equal"}


async def test_p25_a_rebuild_is_ordered_at_the_door_by_name_and_with_a_reason(
    callers: Callers, administrator: Person
) -> None:
    caller = await callers(ADMINISTRATOR)
    refused = await caller.ask("StartRebuild", service="targets", projection="nothing", reason="试")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/projection")
    assert "directory" in refused.json()["errors"][0]["message"]
    path = operation("StartRebuild").path.replace("{service}", "budget")
    body = json.dumps({"projection": "orders", "reason": "试"}).encode()
    key = {"Idempotency-Key": "7a6de36c-5a6b-4c8e-9c8a-0d3b5c7f1e21"}
    elsewhere = await caller.send("POST", path, body, key)
    assert elsewhere.status_code in (404, 422)  # there is no such service

    ordered: Any = await administrator.do(
        "StartRebuild", service="targets", projection="orders", reason="演练"
    )
    async with asyncio.timeout(60):
        while ordered.state == "running":
            await asyncio.sleep(0.1)  # upkeep looks once a second
            listed = await administrator.do("ListRebuilds", service="targets")
            (ordered,) = (r for r in listed.rebuilds if r.rebuild_id == ordered.rebuild_id)
    assert (ordered.state, ordered.swap, ordered.get("differing", 0)) == ("done", True, 0)
