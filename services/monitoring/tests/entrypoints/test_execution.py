"""Treasury batches over gRPC (act 57): nothing is lost, nothing is counted twice."""

from datetime import date
from typing import Any

import grpc
import pytest
from grpc import aio

from jixiao.api.monitoring.v1.execution_pb import (
    ConfirmExecutionCorrectionRequest,
    CorrectExecutionRequest,
    ExecutionRow,
    GetExecutionRequest,
    ImportExecutionRequest,
    ListQueuedExecutionRequest,
    WithdrawExecutionRowRequest,
)
from jixiao.api.monitoring.v1.execution_pb_grpc import ExecutionsClient
from jixiao.servicekit.testing import refusal, request_id

CENTRE = {"territory": "370303", "line": "ZD103", "unit": "U001"}
CODE, UNKNOWN = "ZD103-U001-2025-0001", "ZD103-U999-2025-0007"


def row(code: str, executed: str, first: int = 0) -> ExecutionRow:
    return ExecutionRow(
        programme_code=code, day="2025-03-31", executed=executed, first_budget_year=first
    )


async def test_d16_a_batch_sent_twice_is_done_once_and_unknown_codes_wait(monitoring: Any) -> None:
    monitoring.on(date(2025, 4, 8))
    known = await monitoring.programme(CODE, "5880000.00", **CENTRE)
    await monitoring.carry_in(known, "320000.00", 2024, "6200000.00")
    treasury = monitoring.up.caller("treasury", territory="370303")
    finance = monitoring.up.caller("district_finance", territory="370303")
    client = ExecutionsClient(monitoring.up.channel)
    rows = [row(CODE, "352800.00"), row(CODE, "1000.00", 2024), row(UNKNOWN, "18600.00")]
    batch = ImportExecutionRequest(rows=rows, request_id=request_id())

    first = await treasury(client.import_execution, batch)
    again = await treasury(client.import_execution, batch)
    assert first.to_binary() == again.to_binary()
    assert (first.applied, [q.row.programme_code for q in first.queued]) == (2, [UNKNOWN])
    batch.rows[0].executed = "352800.01"
    with pytest.raises(aio.AioRpcError) as reused:
        await treasury(client.import_execution, batch)
    assert refusal(reused.value).reason == "request_id_reused"

    ask = GetExecutionRequest(programme_id=str(known), year=2025, day="2025-04-30")
    held = await finance(client.get_execution, ask)
    # carried-in money is told apart and counts by itself; the queued row does not count
    assert held.executed == "353800.00"
    assert held.by_first_budget_year == {"2024": "1000.00", "2025": "352800.00"}
    stranger = monitoring.up.caller("unit", **{**CENTRE, "unit": "U002"})
    with pytest.raises(aio.AioRpcError) as hidden:
        await stranger(client.get_execution, ask)
    assert hidden.value.code() is grpc.StatusCode.NOT_FOUND

    waiting = first.queued[0]
    withdrawn = await treasury(
        client.withdraw_execution_row,
        WithdrawExecutionRowRequest(
            queue_id=waiting.queue_id,
            fate="学校基本支出",
            etag=waiting.etag,
            request_id=request_id(),
        ),
    )
    assert withdrawn.state == "withdrawn"
    listed = await finance(client.list_queued_execution, ListQueuedExecutionRequest(year=2025))
    assert [(q.state, q.fate) for q in listed.rows] == [("withdrawn", "学校基本支出")]


async def test_d16_a_queued_row_counts_once_its_code_is_known(monitoring: Any) -> None:
    treasury = monitoring.up.caller("treasury", territory="370303")
    client = ExecutionsClient(monitoring.up.channel)
    code = "ZD103-U001-2025-0009"
    await treasury(
        client.import_execution,
        ImportExecutionRequest(rows=[row(code, "5.00")], request_id=request_id()),
    )
    late = await monitoring.programme(code, "10.00", **CENTRE)
    unit = monitoring.up.caller("unit", **CENTRE)
    held = await unit(client.get_execution, GetExecutionRequest(programme_id=str(late), year=2025))
    assert (held.executed, held.exec_pct) == ("5.00", "50.00")


async def test_d16_a_person_changes_a_figure_only_by_a_correction_of_two(monitoring: Any) -> None:
    code = "ZD103-U001-2025-0010"
    programme = str(await monitoring.programme(code, "100.00", **CENTRE))
    treasury = monitoring.up.caller("treasury", territory="370303")
    finance = monitoring.up.caller("district_finance", territory="370303", person="丁")
    client = ExecutionsClient(monitoring.up.channel)

    def batch(executed: str) -> ImportExecutionRequest:
        return ImportExecutionRequest(rows=[row(code, executed)], request_id=request_id())

    await treasury(client.import_execution, batch("50.00"))
    with pytest.raises(aio.AioRpcError) as by_hand:
        await finance(client.import_execution, batch("80.00"))
    assert refusal(by_hand.value).reason == "correction_needed"
    waits = await finance(
        client.correct_execution,
        CorrectExecutionRequest(
            programme_id=programme, day="2025-03-31", executed="80.00", reason="错记",
            document_number="号", etag="1", request_id=request_id(),
        ),
    )  # fmt: skip
    assert (waits.executed, waits.pending.figure.executed) == ("50.00", "80.00")
    confirm = ConfirmExecutionCorrectionRequest(
        programme_id=programme, year=2025, etag=waits.etag, request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as alone:
        await finance(client.confirm_execution_correction, confirm)
    assert refusal(alone.value).reason == "second_person"
    done = await finance.by(person="丙")(client.confirm_execution_correction, confirm)
    assert (done.executed, done.has_field("pending")) == ("80.00", False)
