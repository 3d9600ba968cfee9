"""Answers: what equal names do not already say."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from jixiao.api.measures.v1.indicators_pb import Coordinates, Explanation
from jixiao.api.monitoring.v1 import (
    execution_pb,
    findings_pb,
    holds_pb,
    key_monitoring_pb,
    reports_pb,
)
from jixiao.servicekit import wire

from ..domain.execution import ExecutionLedger, QueuedRow
from ..domain.finding import Finding
from ..domain.hold import PaymentAnswer, PaymentHold
from ..domain.key_monitoring import KeyMonitored, KeyMonitoringList, KeyMonitoringReport
from ..domain.known import KnownProgramme
from ..domain.lights import execution_pct
from ..domain.report import MonitoringReport
from ..domain.risk import RiskScore
from ..domain.rollup import is_filed, roll_up
from ..domain.round import Expected, MonitoringRound

LIGHTS = {"none": "不亮灯", "green": "绿灯", "yellow": "黄灯", "red": "红灯"}
RISKS = {
    "major_special_fund": "重大专项资金",
    "key_transfer": "重点转移支付",
    "execution_light_yellow": "上轮执行黄灯",
    "execution_light_red": "上轮执行红灯",
    "last_grade_fair": "上年评价为中",
    "last_grade_poor": "上年评价为差",
    "overdue_rectification": "整改逾期",
    "target_returned_twice": "目标退回两次及以上",
    "target_adjusted_twice": "目标调整两次及以上",
    "carry_over_older_than_1_year": "结转超过一年",
    "large_difference_last_year": "上年复核差异较大",
    "first_year": "首年实施",
    "top_10_pct": "金额居部门前10%",
}


def queued_row(row: QueuedRow, version: int) -> execution_pb.QueuedRow:
    """A queued row."""
    return wire.write(
        row, execution_pb.QueuedRow, etag=wire.etag(version),
        row=wire.write(row.row, execution_pb.ExecutionRow, programme_code=row.code),
    )  # fmt: skip


def execution(
    ledger: ExecutionLedger | None,
    programme: KnownProgramme,
    year: int,
    day: date,
    version: int = 0,
    *,
    whole: bool = True,
) -> execution_pb.Execution:
    """Executed money of a programme from 1 January to a day; `whole`: with every figure."""
    budget = programme.budget_of(year)
    message = execution_pb.Execution(
        programme_id=str(programme.programme_id),
        programme_code=programme.code,
        programme_name=programme.name,
        coordinates=wire.write(programme.coordinates, Coordinates),
        year=year,
        day=day.isoformat(),
        executed="0.00",
        current_budget=str(budget),
    )
    if ledger is None:
        return message
    executed = ledger.executed_at(day)
    message.execution_id = str(ledger.execution_id)
    message.executed = str(executed)
    message.by_first_budget_year = {
        str(y): str(ledger.executed_of(y, day)) for y in ledger.budget_years()
    }
    pct = execution_pct(executed, budget)
    message.exec_pct = "" if pct is None else str(pct)
    message.locked_until = ledger.locked_until.isoformat() if ledger.locked_until else ""
    message.etag = wire.etag(version)
    if ledger.pending is not None:
        message.pending = wire.write(ledger.pending, execution_pb.PendingCorrection)
    if whole:
        message.figures = [wire.write(f, execution_pb.ExecutionFigure) for f in ledger.figures]
    return message


def report(value: MonitoringReport, version: int) -> reports_pb.MonitoringReport:
    """A report with its lights and why they are so."""
    return wire.write(
        value, reports_pb.MonitoringReport, etag=wire.etag(version), explanation=_why(value)
    )


def _why(value: MonitoringReport) -> Explanation | None:
    judged, progress = value.assessment, value.progress
    if judged is None or progress is None or judged.exec_pct is None:
        return None
    text = (
        f"截至{value.cut_off}，预算执行率{judged.exec_pct}%（{progress.executed}÷"
        f"{progress.current_budget}元），时间进度{judged.time_pct}%，偏差{judged.deviation}个百分点，"
        f"执行{LIGHTS[judged.execution_light]}；项目{LIGHTS[judged.programme_light]}。"
        "偏差不低于−10为绿灯，低于−25为红灯，其间为黄灯。"
    )
    figures = {
        "executed": str(progress.executed), "current_budget": str(progress.current_budget),
        "exec_pct": str(judged.exec_pct), "time_pct": str(judged.time_pct),
        "deviation": str(judged.deviation),
    }  # fmt: skip
    return Explanation(text=text, rule="R-23", article="D-16", figures=figures)


def due(value: MonitoringReport) -> reports_pb.ReportDue:
    """A report as due or missing."""
    return wire.write(value, reports_pb.ReportDue)


def summary(
    round_id: UUID,
    reports: Iterable[MonitoringReport],
    *,
    taken: Iterable[UUID] = (),
    waiting: Iterable[MonitoringReport] = (),
) -> reports_pb.MonitoringRollUp:
    """Sums over the reports of a scope. Articles: T-8(2), T-20, T-21."""
    seen = {r.programme_id: r for r in reports}
    expected = tuple(Expected(r.programme_id, r.name, r.coordinates) for r in seen.values())
    sums = roll_up(seen.values(), expected)
    return wire.write(
        sums, reports_pb.MonitoringRollUp, round_id=str(round_id),
        red=[due(seen[key]) for key in sums.red],
        missing=[due(seen[one.programme_id]) for one in sums.missing],
        taken_report_ids=[str(key) for key in taken],
        waiting=[due(one) for one in waiting],
    )  # fmt: skip


def monitoring_round(
    value: MonitoringRound, version: int, reports: Iterable[MonitoringReport] | None = None
) -> reports_pb.MonitoringRound:
    """A round with what the caller sees of its reports, by territory and line."""
    message = wire.write(value, reports_pb.MonitoringRound, etag=wire.etag(version))
    if reports is None:
        return message
    seen = list(reports)
    message.summary = summary(value.round_id, seen)
    places: dict[tuple[str, str], list[MonitoringReport]] = defaultdict(list)
    for one in seen:
        places[(one.coordinates.territory, one.coordinates.line)].append(one)
    message.gaps = [_gap(*place, of) for place, of in sorted(places.items())]
    return message


def _gap(territory: str, line: str, reports: list[MonitoringReport]) -> reports_pb.RoundGap:
    return reports_pb.RoundGap(
        territory=territory,
        line=line,
        due=len(reports),
        filed=sum(is_filed(one) for one in reports),
        late=sum(is_filed(one) and one.days_late > 0 for one in reports),
        missing=[due(one) for one in reports if not is_filed(one)],
    )


def points(total: int, by_risk: dict[str, int]) -> Explanation:
    """Why a programme has so many risk points."""
    parts = "＋".join(f"{RISKS[risk]}{many}" for risk, many in by_risk.items()) or "无风险点"
    suggested = "达到40分，建议重点监控" if total >= 40 else "未达到40分"
    figures = {risk: str(many) for risk, many in by_risk.items()}
    return Explanation(
        text=f"{parts}＝{total}分，{suggested}。", rule="R-26", article="D-17", figures=figures
    )


def risk_score(score: RiskScore, programme: KnownProgramme) -> key_monitoring_pb.RiskScore:
    """The points of a programme."""
    return wire.write(
        score, key_monitoring_pb.RiskScore, programme_id=str(programme.programme_id),
        name=programme.name, explanation=points(score.total, score.points),
    )  # fmt: skip


def key_entry(value: KeyMonitored, version: int) -> key_monitoring_pb.KeyEntry:
    """A programme on the list, with its ground."""
    return wire.write(
        value, key_monitoring_pb.KeyEntry, etag=wire.etag(version),
        explanation=points(value.points, value.by_risk),
    )  # fmt: skip


def key_list(
    listed: KeyMonitoringList, added: Iterable[KeyMonitored], version: int
) -> key_monitoring_pb.KeyMonitoringList:
    """The list after a choice."""
    return wire.write(
        listed, key_monitoring_pb.KeyMonitoringList, etag=wire.etag(version),
        added=[key_entry(one, 1) for one in added],
    )  # fmt: skip


def key_report(value: KeyMonitoringReport, version: int) -> key_monitoring_pb.KeyMonitoringReport:
    """A key-monitoring report."""
    return wire.write(value, key_monitoring_pb.KeyMonitoringReport, etag=wire.etag(version))


def finding(value: Finding, version: int) -> findings_pb.MonitoringFinding:
    """A finding as it stands."""
    return wire.write(value, findings_pb.MonitoringFinding, etag=wire.etag(version))


def payment_hold(value: PaymentHold, version: int) -> holds_pb.PaymentHold:
    """A hold, with what the treasury is told while it is in force."""
    return wire.write(value, holds_pb.PaymentHold, etag=wire.etag(version))


def payment_answer(value: PaymentAnswer, hold_id: UUID | None) -> holds_pb.PaymentAnswer:
    """The answer to the treasury."""
    held = "" if hold_id is None or value.state is None else str(hold_id)
    return wire.write(value, holds_pb.PaymentAnswer, hold_id=held)
