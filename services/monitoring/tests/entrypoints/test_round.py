"""The mid-year round over gRPC (acts 54, 59 to 64, 70): A is red, accepted with its causes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from jixiao.api.monitoring.v1.execution_pb import ExecutionRow, ImportExecutionRequest
from jixiao.api.monitoring.v1.execution_pb_grpc import ExecutionsClient
from jixiao.api.monitoring.v1.key_monitoring_pb import (
    ChooseKeyMonitoringRequest,
    KeyChoice,
    ListKeyMonitoringRequest,
    SuggestKeyMonitoringRequest,
)
from jixiao.api.monitoring.v1.key_monitoring_pb_grpc import KeyMonitoringClient
from jixiao.api.monitoring.v1.reports_pb import (
    AcceptMonitoringReportRequest,
    ChaseMonitoringRequest,
    CloseMonitoringRoundRequest,
    Correction,
    FiledReading,
    GetMonitoringReportRequest,
    GetMonitoringRoundRequest,
    ListMonitoringReportsRequest,
    OpenMonitoringRoundRequest,
    RollUpMonitoringRequest,
    SubmitMonitoringReportRequest,
)
from jixiao.api.monitoring.v1.reports_pb_grpc import MonitoringReportsClient, MonitoringRoundsClient
from jixiao.monitoring.application.turning import mark_overdue
from jixiao.servicekit.access import system
from jixiao.servicekit.testing import refusal, request_id

ROOT = Path(__file__).parents[4]
A: dict[str, Any] = json.loads((ROOT / "deploy/demo/year/figures.json").read_text("utf-8"))["A"]
CENTRE = {"territory": "370303", "line": "ZD103", "unit": "U001"}
HOSPITAL = {"territory": "370303107", "line": "ZD104", "unit": "U107"}
CODE = "ZD103-U001-2025-0001"


async def test_d16_d17_the_july_round_of_a(monitoring: Any) -> None:
    up, july = monitoring.up, A["monitoring"]["2025-07-31"]
    finance = up.caller("district_finance", territory="370303", person="丁")
    unit, department = (
        up.caller("unit", **CENTRE),
        up.caller("department", territory="370303", line="ZD103"),
    )
    rounds, reports = MonitoringRoundsClient(up.channel), MonitoringReportsClient(up.channel)
    key = KeyMonitoringClient(up.channel)
    monitoring.on(date(2025, 2, 10))
    mine = await monitoring.programme(
        CODE,
        "5880000.00",
        special_fund=True,
        is_major=True,
        indicators=A["indicators_v2"],
        **CENTRE,
    )
    town = await monitoring.programme(
        "ZD104-U107-2025-0001", "380937.32", transfer=True, **HOSPITAL
    )

    suggested = await finance(key.suggest_key_monitoring, SuggestKeyMonitoringRequest(year=2025))
    scores = {score.code: score for score in suggested.scores}
    assert (scores[CODE].total, scores[CODE].suggested) == (45, True)
    assert scores[CODE].points == {"major_special_fund": 30, "first_year": 5, "top_10_pct": 10}
    named = KeyChoice(
        programme_id=str(town), ground="government", document_number="张政〔2025〕3号"
    )
    choose = ChooseKeyMonitoringRequest(year=2025, entries=[named], request_id=request_id())
    with pytest.raises(aio.AioRpcError) as left_out:
        await finance(key.choose_key_monitoring, choose)
    assert refusal(left_out.value).reason == "reason_missing"
    choose.entries.append(KeyChoice(programme_id=str(mine), ground="suggested"))
    await finance(key.choose_key_monitoring, choose)
    told = await department(key.list_key_monitoring, ListKeyMonitoringRequest(year=2025))
    assert [entry.points for entry in told.entries] == [45]

    monitoring.on(date(2025, 7, 28))
    opened = await finance(
        rounds.open_monitoring_round,
        OpenMonitoringRoundRequest(
            year=2025, name="年中监控", cut_off="2025-07-31", request_id=request_id()
        ),
    )
    assert (opened.state, opened.due_on, opened.summary.due) == ("open", "2025-08-31", 2)
    monitoring.on(date(2025, 8, 5))
    await up.caller("treasury", territory="370303")(
        ExecutionsClient(up.channel).import_execution,
        ImportExecutionRequest(
            rows=[ExecutionRow(programme_code=CODE, day="2025-07-31", executed=july["executed"])],
            request_id=request_id(),
        ),
    )
    listed = await unit(
        reports.list_monitoring_reports, ListMonitoringReportsRequest(round_id=opened.round_id)
    )
    (due,) = listed.reports
    readings = [
        FiledReading(code=code, tier=value)
        if value == "achieved"
        else FiledReading(code=code, actual=value or "")
        for code, value in july["actuals"].items()
    ]
    filed = await unit(
        reports.submit_monitoring_report,
        SubmitMonitoringReportRequest(
            report_id=due.report_id, readings=readings, filed_forecast=july["filed_forecast"],
            etag=due.etag, request_id=request_id(),
        ),
    )  # fmt: skip
    judged, expected = filed.assessment, july["expected"]
    assert (judged.exec_pct, judged.time_pct, judged.deviation) == ("33.00", "58.33", "-25.33")
    assert (judged.execution_light, judged.programme_light) == ("red", "red")
    assert list(judged.indicator_lights) == expected["indicator_lights"]  # O4 is yellow
    assert judged.run_rate_forecast == "3326400.00"
    assert (filed.forecast.gap_pct, filed.forecast.ask_why) == ("42.07", True)
    assert filed.key_monitored

    stranger = up.caller("unit", **{**CENTRE, "unit": "U002"})
    with pytest.raises(aio.AioRpcError) as hidden:
        await stranger(
            reports.get_monitoring_report, GetMonitoringReportRequest(report_id=due.report_id)
        )
    assert hidden.value.code() is grpc.StatusCode.NOT_FOUND

    accept = AcceptMonitoringReportRequest(
        report_id=due.report_id, etag=filed.etag, request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as bare:
        await department(reports.accept_monitoring_report, accept)
    assert (refusal(bare.value).article, len(refusal(bare.value).findings)) == ("D-17", 5)
    accept.correction = Correction(
        causes=july["cause"], reason=july["reason"], measure=july["measure"],
        due_on=july["due"], why_forecast=july["why_forecast"],
    )  # fmt: skip
    accepted = await department(reports.accept_monitoring_report, accept)
    assert accepted.state == "accepted"

    await _who_is_missing(monitoring, opened, town)


async def _who_is_missing(monitoring: Any, opened: Any, town: Any) -> None:
    """Each level above sees its gap, reminds, and finance closes with a reason."""
    up, rounds = monitoring.up, MonitoringRoundsClient(monitoring.up.channel)
    ask = GetMonitoringRoundRequest(round_id=opened.round_id)
    callers = {
        "township": up.caller("township_finance", territory="370303107"),
        "other": up.caller("township_finance", territory="370303101"),
        "line": up.caller("department", territory="370303", line="ZD104"),
        "finance": up.caller("district_finance", territory="370303", person="丁"),
    }
    seen = {who: (await call(rounds.get_monitoring_round, ask)) for who, call in callers.items()}
    missing = {who: [m.programme_id for m in r.summary.missing] for who, r in seen.items()}
    assert missing == {
        "township": [str(town)],
        "other": [],
        "line": [str(town)],
        "finance": [str(town)],
    }
    assert (seen["finance"].summary.filed, seen["finance"].summary.due) == (1, 2)

    office = up.caller("township_department", territory="370303107", line="ZD104")
    chased = await office(
        rounds.chase_monitoring,
        ChaseMonitoringRequest(round_id=opened.round_id, request_id=request_id()),
    )
    assert len(chased.taken_report_ids) == 1
    rolled = await callers["finance"](
        rounds.roll_up_monitoring,
        RollUpMonitoringRequest(round_id=opened.round_id, request_id=request_id()),
    )
    assert (len(rolled.taken_report_ids), rolled.exec_pct) == (1, "33.00")
    assert dict(rolled.lights) == {"red": 1}

    late = await up.running.transactions.act(system("schedule"), "day.turned", _overdue)
    assert late == 1
    close = CloseMonitoringRoundRequest(
        round_id=opened.round_id, etag=opened.etag, request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as unreasoned:
        await callers["finance"](rounds.close_monitoring_round, close)
    assert refusal(unreasoned.value).reason == "reason_missing"
    close.reason = "已多次催报，按未报处理。"
    closed = await callers["finance"](rounds.close_monitoring_round, close)
    assert closed.state == "closed"


async def _overdue(work: Any) -> tuple[int, list[object]]:
    events = await mark_overdue(date(2025, 9, 1), work)
    return len(events), list(events)
