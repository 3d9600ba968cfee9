"""A transfer's report goes up the levels in their order (acts 63, 64, 66, 70, 76, 79)."""

from datetime import date
from typing import Any

import pytest
from grpc import aio

from jixiao.api.monitoring.v1.execution_pb import ExecutionRow, ImportExecutionRequest
from jixiao.api.monitoring.v1.execution_pb_grpc import ExecutionsClient
from jixiao.api.monitoring.v1.key_monitoring_pb import (
    ChooseKeyMonitoringRequest,
    DraftKeyMonitoringReportRequest,
    FeedBackKeyMonitoringRequest,
    KeyChoice,
    ReportUpKeyMonitoringRequest,
)
from jixiao.api.monitoring.v1.key_monitoring_pb_grpc import KeyMonitoringClient
from jixiao.api.monitoring.v1.reports_pb import (
    AcceptMonitoringReportRequest,
    CloseMonitoringRoundRequest,
    Correction,
    ListMonitoringReportsRequest,
    OpenMonitoringRoundRequest,
    ReturnMonitoringReportRequest,
    RollUpMonitoringRequest,
    SendWarningLetterRequest,
    SubmitMonitoringReportRequest,
)
from jixiao.api.monitoring.v1.reports_pb_grpc import MonitoringReportsClient, MonitoringRoundsClient
from jixiao.servicekit.testing import refusal, request_id

TOWN = "370303102"
STATION = {"territory": TOWN, "line": "ZD117", "unit": "U102"}
CODE = "ZD117-U102-2025-0001"
CAUSE = Correction(
    causes=["other"], reason="开工滞后。", measure="增加班组。", due_on="2025-09-30",
    why_forecast="下半年集中施工。",
)  # fmt: skip


async def _open(monitoring: Any, cut_off: str) -> Any:
    finance = monitoring.up.caller("district_finance", territory="370303", person="丁")
    return await finance(
        MonitoringRoundsClient(monitoring.up.channel).open_monitoring_round,
        OpenMonitoringRoundRequest(
            year=2025, name="监控", cut_off=cut_off, request_id=request_id()
        ),
    )


async def _file(monitoring: Any, round_id: str) -> Any:
    """The station files its report of a round."""
    station = monitoring.up.caller("unit", **STATION)
    client = MonitoringReportsClient(monitoring.up.channel)
    listed = await station(
        client.list_monitoring_reports, ListMonitoringReportsRequest(round_id=round_id)
    )
    (due,) = listed.reports
    return await station(
        client.submit_monitoring_report,
        SubmitMonitoringReportRequest(
            report_id=due.report_id, filed_forecast="5000000.00", etag=due.etag,
            request_id=request_id(),
        ),
    )  # fmt: skip


async def test_t20_t21_a_road_goes_up_from_the_station_to_district_finance(monitoring: Any) -> None:
    up = monitoring.up
    monitoring.on(date(2025, 7, 28))
    road = await monitoring.programme(CODE, "5000000.00", transfer=True, **STATION)
    rounds, reports = MonitoringRoundsClient(up.channel), MonitoringReportsClient(up.channel)
    finance = up.caller("district_finance", territory="370303", person="丁")
    treasury = up.caller("treasury", territory="370303")
    opened = await _open(monitoring, "2025-07-31")
    monitoring.on(date(2025, 8, 6))
    await treasury(
        ExecutionsClient(up.channel).import_execution,
        ImportExecutionRequest(
            rows=[ExecutionRow(programme_code=CODE, day="2025-07-31", executed="900000.00")],
            request_id=request_id(),
        ),
    )
    filed = await _file(monitoring, opened.round_id)
    assert filed.assessment.execution_light == "red"
    assert (filed.assessment.exec_pct, filed.next_level) == ("18.00", "township_department")

    callers = {
        "office": up.caller("township_department", territory=TOWN, line="ZD117"),
        "town": up.caller("township_finance", territory=TOWN),
        "line": up.caller("department", territory="370303", line="ZD117"),
        "finance": finance,
    }
    accept = AcceptMonitoringReportRequest(
        report_id=filed.report_id, correction=CAUSE, etag=filed.etag, request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as skipped:
        await callers["line"](reports.accept_monitoring_report, accept)
    assert refusal(skipped.value).reason == "wrong_level"
    returned = await callers["office"](
        reports.return_monitoring_report,
        ReturnMonitoringReportRequest(
            report_id=filed.report_id, opinion="请核对。", etag=filed.etag, request_id=request_id()
        ),
    )
    assert returned.state == "returned"
    filed = await _file(monitoring, opened.round_id)
    accept.etag = filed.etag
    accepted = await callers["office"](reports.accept_monitoring_report, accept)
    for who in ("office", "town"):  # to those below: warning_letter.send of P3.5
        accepted = await callers[who](
            reports.send_warning_letter,
            SendWarningLetterRequest(
                report_id=filed.report_id, text="进度严重滞后。", etag=accepted.etag,
                request_id=request_id(),
            ),
        )  # fmt: skip
    ask = {"round_id": opened.round_id}
    early = await finance(
        rounds.roll_up_monitoring, RollUpMonitoringRequest(**ask, request_id=request_id())
    )
    assert [w.report_id for w in early.waiting] == [filed.report_id]
    for who in ("town", "line", "finance"):
        rolled = await callers[who](
            rounds.roll_up_monitoring, RollUpMonitoringRequest(**ask, request_id=request_id())
        )
        assert list(rolled.taken_report_ids) == [filed.report_id]
    monitoring.on(date(2025, 8, 29))
    closed = await finance(
        rounds.close_monitoring_round,
        CloseMonitoringRoundRequest(**ask, etag=opened.etag, request_id=request_id()),
    )
    assert (closed.state, closed.summary.filed) == ("closed", 1)
    late = ImportExecutionRequest(
        rows=[ExecutionRow(programme_code=CODE, day="2025-07-31", executed="900001.00")],
        request_id=request_id(),
    )
    with pytest.raises(aio.AioRpcError) as locked:
        await treasury(ExecutionsClient(up.channel).import_execution, late)
    assert refusal(locked.value).reason == "figures_locked"
    await _watched(monitoring, str(road))


async def _watched(monitoring: Any, road: str) -> None:
    """A report of key monitoring is of a programme on the list, goes up and comes back."""
    finance = monitoring.up.caller("district_finance", territory="370303", person="丁")
    key = KeyMonitoringClient(monitoring.up.channel)
    draft = DraftKeyMonitoringReportRequest(
        programme_id=road, year=2025, text="开工滞后。", result="继续跟踪", request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as unwatched:
        await finance(key.draft_key_monitoring_report, draft)
    assert refusal(unwatched.value).reason == "not_watched"
    entry = KeyChoice(programme_id=road, ground="government", document_number="张政〔2025〕3号")
    await finance(
        key.choose_key_monitoring,
        ChooseKeyMonitoringRequest(year=2025, entries=[entry], request_id=request_id()),
    )
    report = await finance(key.draft_key_monitoring_report, draft)
    ask = {"report_id": report.report_id}
    up = await finance(
        key.report_up_key_monitoring,
        ReportUpKeyMonitoringRequest(**ask, etag=report.etag, request_id=request_id()),
    )
    back = await finance(
        key.feed_back_key_monitoring,
        FeedBackKeyMonitoringRequest(**ask, etag=up.etag, request_id=request_id()),
    )
    assert (back.state, back.result) == ("fed_back", "继续跟踪")
