"""A projection is rebuilt beside the old one, compared, swapped, and reconciled (P2.5, P2.6, P7.2)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Column, MetaData, Table, Text, Uuid, bindparam
from sqlalchemy.dialects.postgresql import insert

from jixiao.servicekit.events import Received
from jixiao.servicekit.healing import Healing
from jixiao.servicekit.identity import Identity
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.migrating import mirror
from jixiao.servicekit.rebuilding import Outcome, Projection, Rebuilding
from jixiao.servicekit.reconciling import Reconciling, Upkeep
from jixiao.servicekit.sources import Sources
from jixiao.servicekit.tasks import open_tasks
from jixiao.servicekit.transaction import Work

copies = Table(
    "copies", MetaData(), Column("id", Uuid, primary_key=True), Column("last", Text), schema="jx"
)
_first = insert(copies).values(id=bindparam("id"), last=bindparam("last"))
_keep = _first.on_conflict_do_update(
    index_elements=["id"], set_={"last": _first.excluded.last}
).inline()
MADE = """CREATE TABLE IF NOT EXISTS jx.copies(id uuid PRIMARY KEY, last text);
 ALTER TABLE jx.copies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
 ALTER TABLE jx.copies OWNER TO own_targets;
 CREATE POLICY own ON jx.copies TO own_targets USING (true) WITH CHECK (true);
 CREATE POLICY sys ON jx.copies TO s_system USING (true) WITH CHECK (true);
 GRANT SELECT, INSERT, UPDATE ON jx.copies TO s_system"""
TELL = """INSERT INTO jx.outbox(event_id, aggregate_id, epoch, seq, subject, payload, headers,
 created_at, sent_at) VALUES (gen_random_uuid(), %s, %s, %s, 'jixiao.targets.copied.happened', %s,
 '{"jx-day": "2025-01-09"}', %s, now())"""


@dataclass
class Reader:
    """A reader of the service itself, whose copies hold the last payload of each aggregate."""

    up: Any
    inbox: Inbox
    sources: Sources
    healing: Healing
    rebuilding: Rebuilding
    reconciling: Reconciling
    upkeep: Upkeep
    acts: list[UUID]
    careless: bool = False

    def sql(self, statement: str, *values: object) -> list[Any]:
        with psycopg.connect(self.up.admin, autocommit=True) as admin:
            done = admin.execute(statement.encode(), values)
            return done.fetchall() if done.description else []

    def tell(self, aggregate: UUID, *places: tuple[int, int], age: float = 3600) -> None:
        at = datetime.now(UTC) - timedelta(seconds=age)
        for epoch, seq in places:
            self.sql(TELL, aggregate, epoch, seq, f"{epoch}.{seq}".encode(), at)

    async def hear(self, aggregate: UUID) -> None:
        async for event in self.sources.of_one("targets", ["copied"], aggregate, (0, 0)):
            await self.inbox.apply(event)

    def copied(self) -> dict[UUID, str]:
        return dict(self.sql("SELECT id, last FROM jx.copies"))

    async def reconcile(self) -> dict[str, tuple[str, int, bool]]:
        lines = await self.reconciling.reconcile()
        return {line["of"]: (line["verdict"], line["count"], line["repaired"]) for line in lines}


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture
async def reader(up: Any, folder: Path) -> Any:
    held: list[Reader] = []

    async def react(event: Received, work: Work) -> Sequence[object]:
        last = event.payload.decode()
        await work.connection.run(_keep, id=event.aggregate_id, last=last)
        if held[0].careless:
            await work.connection.run(insert(open_tasks).values(id=uuid4()))
        if not work.rebuilding:
            held[0].acts.append(event.aggregate_id)
        return []

    with psycopg.connect(up.admin, autocommit=True) as admin:
        for table in ("applied", "parked", "outbox", "rebuilds", "reconciliations", "skips"):
            admin.execute(sql.SQL("DELETE FROM jx.{}").format(sql.Identifier(table)))
        admin.execute("DROP TABLE IF EXISTS jx.copies")
        admin.execute(MADE)
    mirror(["copies"], up.postgres.dsn("targets_migrator", up.database))
    transactions = up.running.transactions
    reactions = {"jixiao.targets.copied.happened": react}
    inbox = Inbox("reader", "TARGETS", reactions, transactions, (0.01,), "copies")
    address = f"127.0.0.1:{up.running.port}"
    sources = Sources(Identity("results", folder / "results.pem"), {"targets": address})
    healing = Healing([inbox], sources, transactions, after=0, every=0)
    projection = Projection("copies", ["TARGETS"], ["copies"])
    rebuilding = Rebuilding([projection], [inbox], sources, transactions)
    reconciling = Reconciling([inbox], sources, healing, rebuilding, transactions)
    upkeep = Upkeep(
        up.postgres.dsn("targets_job", up.database), rebuilding, reconciling, transactions
    )
    held.append(Reader(up, inbox, sources, healing, rebuilding, reconciling, upkeep, []))
    yield held[0]
    await sources.close()


async def test_p25_a_rebuild_gives_what_the_events_gave_and_does_nothing_beyond(
    reader: Reader,
) -> None:
    told = [uuid4() for _ in range(3)]
    for aggregate in told:
        reader.tell(aggregate, (1, 1), (1, 2))
        await reader.hear(aggregate)
    before, acted = reader.copied(), list(reader.acts)

    outcome = await reader.rebuilding.whole("copies", swap=True, reason="test")

    assert outcome == Outcome(0)
    assert reader.copied() == before == dict.fromkeys(told, "1.2")
    assert reader.acts == acted  # outside effects are silent
    ((replayed,),) = reader.sql("SELECT replayed FROM jx.rebuilds")
    assert replayed == 6  # the control: it was not silent because nothing was replayed


async def test_p25_control_a_reaction_that_acts_in_a_rebuild_stops_it(reader: Reader) -> None:
    aggregate = uuid4()
    reader.tell(aggregate, (1, 1))
    await reader.hear(aggregate)
    reader.careless = True

    outcome = await reader.rebuilding.whole("copies", swap=True, reason="test")

    assert outcome.error == "WritesElsewhere"
    assert reader.copied() == {aggregate: "1.1"}


async def test_p25_edited_missing_and_invented_rows_are_swapped_at_once(reader: Reader) -> None:
    kept, edited, missing, invented = (uuid4() for _ in range(4))
    for aggregate in (kept, edited, missing):
        reader.tell(aggregate, (1, 1))
        await reader.hear(aggregate)
    reader.sql("UPDATE jx.copies SET last = 'forged' WHERE id = %s", edited)
    reader.sql("DELETE FROM jx.copies WHERE id = %s", missing)
    reader.sql("INSERT INTO jx.copies VALUES (%s, 'invented')", invented)
    compared = await reader.rebuilding.whole("copies", swap=False, reason="test")
    assert reader.copied()[edited] == "forged"  # comparing changes nothing

    outcome = await reader.rebuilding.whole("copies", swap=True, reason="test")

    assert compared.differing == outcome.differing == 3
    assert sorted(outcome.rows) == sorted(f"copies {i}" for i in (edited, missing, invented))
    assert reader.copied() == dict.fromkeys((kept, edited, missing), "1.1")


async def test_p25_a_rebuild_goes_on_where_a_lost_process_left_it(reader: Reader) -> None:
    told = [uuid4() for _ in range(250)]  # more than a page
    for aggregate in told:
        reader.tell(aggregate, (1, 1))
        await reader.hear(aggregate)
    again = Rebuilding(
        list(reader.rebuilding.projections.values()), [reader.inbox], reader.sources,
        reader.up.running.transactions,
    )  # fmt: skip
    reader.sql(
        "INSERT INTO jx.rebuilds(id, projection, swap, reason, ordered_by)"
        " VALUES (gen_random_uuid(), 'copies', true, 'test', 'test')"
    )
    await reader.rebuilding.step()
    ((part,),) = reader.sql("SELECT replayed FROM jx.rebuilds")
    reader.tell(told[0], (1, 2))
    await reader.hear(told[0])  # and what is applied meanwhile is in it

    steps = []
    while (ended := await again.step()) is not None:
        steps.append(ended)

    assert 0 < part < 250
    assert steps[-1] == Outcome(0)
    assert reader.sql("SELECT replayed, state FROM jx.rebuilds") == [(251, "done")]


async def test_p26_all_equal_is_one_line_each(reader: Reader) -> None:
    aggregate = uuid4()
    reader.tell(aggregate, (1, 1))
    await reader.hear(aggregate)

    assert await reader.reconcile() == {
        "targets": ("equal", 0, False), "copies": ("equal", 0, False)
    }  # fmt: skip


async def test_p26_an_edited_row_is_different_and_repaired(reader: Reader) -> None:
    aggregate = uuid4()
    reader.tell(aggregate, (1, 1))
    await reader.hear(aggregate)
    reader.sql("UPDATE jx.copies SET last = 'forged'")

    assert (await reader.reconcile())["copies"] == ("different", 1, True)
    assert reader.copied() == {aggregate: "1.1"}
    assert (await reader.reconcile())["copies"] == ("equal", 0, False)


async def test_p26_a_missing_last_event_is_behind_after_five_minutes_and_repaired(
    reader: Reader,
) -> None:
    aggregate, fresh = uuid4(), uuid4()
    reader.tell(aggregate, (1, 1))
    await reader.hear(aggregate)
    reader.tell(aggregate, (1, 2), age=301)
    reader.tell(fresh, (1, 1), age=10)  # still on its way: not behind

    assert (await reader.reconcile())["targets"] == ("behind", 1, True)
    assert reader.copied() == {aggregate: "1.2"}


async def test_p26_a_source_set_back_is_ahead_and_only_reported(reader: Reader) -> None:
    aggregate = uuid4()
    reader.tell(aggregate, (1, 1), (1, 2))
    await reader.hear(aggregate)
    reader.sql("DELETE FROM jx.outbox WHERE aggregate_id = %s AND seq = 2", aggregate)

    assert (await reader.reconcile())["targets"] == ("ahead", 1, False)
    assert (await reader.reconcile())["targets"] == ("ahead", 1, False)


async def test_p26_a_reconciliation_is_run_once_kept_and_an_alarm_unless_equal(
    reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    aggregate = uuid4()
    reader.tell(aggregate, (1, 1))
    await reader.hear(aggregate)
    reader.sql("UPDATE jx.copies SET last = 'forged'")
    ordered = uuid4()
    reader.sql(
        "INSERT INTO jx.reconciliations(id, ordered_by, day, state)"
        " VALUES (%s, 'x', '2025-01-09', 'failed')",  # so that the running service leaves it alone
        ordered,
    )

    await reader.upkeep.reconcile(ordered)

    ((state, lines),) = reader.sql("SELECT state, lines FROM jx.reconciliations")
    assert state == "done"
    assert [line["verdict"] for line in lines] == ["equal", "different"]
    assert "not_reconciled" in capsys.readouterr().out


async def test_p72_a_source_set_back_behind_its_reader_has_the_projection_rebuilt(
    reader: Reader,
) -> None:
    aggregate, vanished = uuid4(), uuid4()
    reader.tell(aggregate, (1, 1), (1, 2), (1, 3))
    reader.tell(vanished, (1, 1))
    for one in (aggregate, vanished):
        await reader.hear(one)
    reader.sql("DELETE FROM jx.outbox WHERE seq = 3 OR aggregate_id = %s", vanished)
    reader.tell(aggregate, (2, 3))

    await reader.healing.check_heads(reader.inbox)
    ordered = reader.sql("SELECT reason, state FROM jx.rebuilds")
    while await reader.rebuilding.step() is not None:
        pass

    assert ordered == [("epoch", "running")]
    assert reader.copied() == {aggregate: "2.3"}  # what the source no longer tells is gone
    assert await asyncio.to_thread(reader.sql, "SELECT state FROM jx.rebuilds") == [("done",)]
