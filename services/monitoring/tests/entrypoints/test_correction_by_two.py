"""What one person alone cannot do to recorded execution, whatever year's money it is (D-16)."""

from datetime import date
from typing import Any

import pytest
from grpc import aio

from jixiao.api.monitoring.v1.execution_pb import (
    CorrectExecutionRequest,
    ExecutionRow,
    GetExecutionRequest,
    ImportExecutionRequest,
    ListQueuedExecutionRequest,
)
from jixiao.api.monitoring.v1.execution_pb_grpc import ExecutionsClient
from jixiao.api.monitoring.v1.reports_pb import (
    CloseMonitoringRoundRequest,
    OpenMonitoringRoundRequest,
)
from jixiao.api.monitoring.v1.reports_pb_grpc import MonitoringRoundsClient
from jixiao.servicekit.testing import refusal, request_id

CENTRE = {"territory": "370303", "line": "ZD103", "unit": "U001"}
MARCH, APRIL = "2025-03-31", "2025-04-30"


class Ledger:
    """A programme's ledger as the treasury and a person of finance act on it."""

    def __init__(self, monitoring: Any, code: str) -> None:
        monitoring.on(date(2026, 1, 6))
        self.code = code
        self.client = ExecutionsClient(monitoring.up.channel)
        self.treasury = monitoring.up.caller("treasury", territory="370303")
        self.finance = monitoring.up.caller("district_finance", territory="370303", person="丁")

    async def send(self, who: Any, *rows: tuple[str, str, int]) -> Any:
        """A batch of (day, executed, year of first budgeting)."""
        sent = [
            ExecutionRow(
                programme_code=self.code, day=day, executed=executed, first_budget_year=first
            )
            for day, executed, first in rows
        ]
        batch = ImportExecutionRequest(rows=sent, request_id=request_id())
        return await who(self.client.import_execution, batch)

    async def refused(self, who: Any, *rows: tuple[str, str, int]) -> Any:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.send(who, *rows)
        return refusal(caught.value)

    async def held(self, programme: Any) -> Any:
        ask = GetExecutionRequest(programme_id=str(programme), year=2025)
        return await self.finance(self.client.get_execution, ask)

    def correction(self, programme: Any, day: str, executed: str, first: int, etag: str) -> Any:
        return CorrectExecutionRequest(
            programme_id=str(programme), day=day, executed=executed, first_budget_year=first,
            reason="错记", document_number="号", etag=etag, request_id=request_id(),
        )  # fmt: skip


def pointers(found: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in found.findings]


async def test_d16_no_one_adds_another_years_money_to_a_recorded_day_alone(monitoring: Any) -> None:
    programme = await monitoring.programme("ZD103-U001-2025-0020", "100.00", **CENTRE)
    at = Ledger(monitoring, "ZD103-U001-2025-0020")
    await at.send(at.treasury, (MARCH, "50.00", 0))
    wrong = [("/rows/0/first_budget_year", "first_budget_year_wrong")]
    for year in (2, 2014, 2024, 2026, 2099):
        for who in (at.finance, at.treasury):
            assert pointers(await at.refused(who, (MARCH, "50.00", year))) == wrong
    # The day's own year and 0 are the same money.
    for year in (0, 2025):
        assert (await at.refused(at.finance, (MARCH, "80.00", year))).reason == "correction_needed"
        assert (await at.send(at.finance, (MARCH, "50.00", year))).unchanged == 1
    twice = await at.refused(at.treasury, (APRIL, "60.00", 0), (APRIL, "60.00", 2025))
    assert pointers(twice) == [("/rows/1", "repeated")]

    await monitoring.carry_in(programme, "30.00", 2024, "130.00")
    for day in ("2025-02-28", MARCH):
        by_hand = await at.refused(at.finance, (day, "20.00", 2024))
        assert by_hand.reason == "correction_needed"
    assert (await at.held(programme)).executed == "50.00"
    # Control: the treasury says it, and a person adds what changes nothing recorded.
    assert (await at.send(at.treasury, (MARCH, "20.00", 2024))).applied == 1
    assert (await at.send(at.finance, (APRIL, "60.00", 0), (APRIL, "25.00", 2024))).applied == 2
    held = await at.held(programme)
    assert (held.executed, held.by_first_budget_year) == (
        "85.00", {"2024": "25.00", "2025": "60.00"},
    )  # fmt: skip


async def test_d16_a_correction_is_of_money_that_the_year_has(monitoring: Any) -> None:
    programme = await monitoring.programme("ZD103-U001-2025-0021", "100.00", **CENTRE)
    at = Ledger(monitoring, "ZD103-U001-2025-0021")
    await at.send(at.treasury, (MARCH, "50.00", 0))
    for day, year, pointer in (
        (MARCH, 2, "/first_budget_year"),
        (MARCH, 2024, "/first_budget_year"),
        ("2026-01-07", 0, "/day"),
    ):
        with pytest.raises(aio.AioRpcError) as wrong:
            await at.finance(
                at.client.correct_execution, at.correction(programme, day, "51.00", year, "1")
            )
        assert [one.pointer for one in refusal(wrong.value).findings] == [pointer]
    await monitoring.carry_in(programme, "30.00", 2024, "130.00")
    waits = await at.finance(
        at.client.correct_execution, at.correction(programme, MARCH, "1.00", 2024, "1")
    )
    assert (waits.executed, waits.pending.figure.first_budget_year) == ("50.00", 2024)
    # A day of its own is a change of what stands until then: it waits, too.
    zero = at.correction(programme, APRIL, "0.00", 2025, waits.etag)
    assert (await at.finance(at.client.correct_execution, zero)).executed == "50.00"


async def test_r32_a_queued_row_waits_for_its_carried_in_money_too(monitoring: Any) -> None:
    code = "ZD103-U001-2025-0022"
    at = Ledger(monitoring, code)
    assert pointers(await at.refused(at.finance, (MARCH, "5.00", 2)))
    await at.send(at.treasury, (MARCH, "50.00", 0), (MARCH, "7.00", 2024))
    # A person alone does not override the treasury's row by way of the queue.
    await at.send(at.finance, (MARCH, "80.00", 0))
    programme = await monitoring.programme(code, "100.00", **CENTRE)
    assert (await at.held(programme)).executed == "50.00"
    await monitoring.carry_in(programme, "30.00", 2024, "130.00")
    assert (await at.held(programme)).executed == "57.00"
    ask = ListQueuedExecutionRequest(year=2025, state="queued")
    left = (await at.finance(at.client.list_queued_execution, ask)).rows
    assert [(q.row.programme_code, q.row.executed) for q in left] == [(code, "80.00")]


async def test_r52_a_closed_round_locks_every_years_money_and_that_there_was_none(
    monitoring: Any,
) -> None:
    codes = ("ZD103-U001-2025-0023", "ZD103-U001-2025-0024")
    paid, unpaid = [await monitoring.programme(code, "100.00", **CENTRE) for code in codes]
    at, empty = (Ledger(monitoring, code) for code in codes)
    await monitoring.carry_in(paid, "30.00", 2024, "130.00")
    await at.send(at.treasury, (MARCH, "50.00", 0))
    rounds = MonitoringRoundsClient(monitoring.up.channel)
    opened = await at.finance(
        rounds.open_monitoring_round,
        OpenMonitoringRoundRequest(
            year=2025, name="一季度", cut_off=MARCH, request_id=request_id()
        ),
    )
    await at.finance(
        rounds.close_monitoring_round,
        CloseMonitoringRoundRequest(
            round_id=opened.round_id, reason="到期", etag=opened.etag, request_id=request_id()
        ),
    )
    for ledger, first in ((at, 0), (at, 2024), (empty, 0)):
        for who in (ledger.treasury, ledger.finance):
            locked = await ledger.refused(who, (MARCH, "40.00", first))
            assert locked.reason == "figures_locked"
    # The way that is left is the correction by two; after the cut-off everything goes on.
    nothing = await empty.held(unpaid)
    waits = await empty.finance(
        empty.client.correct_execution,
        empty.correction(unpaid, MARCH, "40.00", 0, nothing.etag),
    )
    assert (waits.executed, waits.pending.figure.executed) == ("0.00", "40.00")
    assert (await empty.send(empty.treasury, (APRIL, "45.00", 0))).applied == 1
    assert (await at.send(at.treasury, (MARCH, "50.00", 2025))).unchanged == 1
