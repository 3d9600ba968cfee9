"""A report is filed, accepted, returned, withdrawn; a filer is warned (D-16, D-17, T-20)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit import drafts, tasks
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import executions, known, rounds, watching
from ..domain.errors import Incomplete, NoTarget
from ..domain.events import MonitoringReportAccepted, WarningLetterSent
from ..domain.known import KnownIndicator, KnownTarget
from ..domain.lights import Light, Likelihood, Progress, Reading, Tier
from ..domain.report import Correction, Level, MonitoringReport
from ..domain.round import months_elapsed
from .rounding import ask_to_file, ask_to_roll_up

Done = tuple[tuple[MonitoringReport, int], list[object]]


@dataclass(frozen=True, slots=True)
class FiledReading:
    """One indicator as the filer says."""

    code: str
    actual: Decimal | None = None
    tier: Tier | None = None
    likelihood: Likelihood | None = None
    forecast: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SubmitReport:
    """Actual values at the cut-off and the forecast of the year."""

    report_id: UUID
    readings: tuple[FiledReading, ...] = ()
    filed_forecast: Money | None = None
    correction: Correction = Correction()  # noqa: RUF009 - frozen


async def submit_report(command: SubmitReport, work: Work) -> Done:
    """File a report against the target in force, the current budget and the treasury's figures.

    Articles: D-16, D-17, T-8(2), T-20. Rules: R-23, R-24, R-25.
    """
    report = await rounds.reports.take(work, command.report_id)
    programme = await known.programmes.see(work, report.programme_id)
    target = await known.target_in_force(work, report.programme_id, report.year)
    if target is None:
        raise NoTarget(year=report.year)
    ledger = await executions.ledger(work, report.programme_id, report.year)
    progress = Progress(
        months_elapsed=months_elapsed(report.cut_off),
        current_budget=programme.budget_of(report.year),
        executed=Money() if ledger is None else ledger.executed_at(report.cut_off),
        start_month=programme.start_month(report.year),
    )
    watched = await watching.watched_years(work, report.programme_id)
    report.key_monitored = report.year in watched
    events: list[object] = [
        *report.submit(
            progress, _readings(target, command.readings), command.filed_forecast,
            command.correction, person=work.person, day=work.today,
            round_open=await rounds.is_open(work, report.round_id),
        )
    ]  # fmt: skip
    done = await _kept(work, report)
    await tasks.open_task(
        work, role=str(report.path[0]), at=report.coordinates, kind="monitoring_report.accept",
        title=f"审核监控报告：{report.name}（截至{report.cut_off}）", record=report.report_id,
        programme_id=report.programme_id, due_on=report.due_on,
    )  # fmt: skip
    return done, events


def _readings(target: KnownTarget, filed: tuple[FiledReading, ...]) -> tuple[Reading, ...]:
    """The indicators in force with what was filed of each. Raises Incomplete. Rules: R-24."""
    codes = {indicator.code for indicator in target.indicators}
    said = {reading.code: reading for reading in filed}
    unknown = [
        Finding(f"/readings/{i}/code", "unknown_indicator", f"绩效目标中没有指标{reading.code}。")
        for i, reading in enumerate(filed)
        if reading.code not in codes
    ]
    if unknown:
        raise Incomplete(*unknown)
    return tuple(
        _reading(indicator, said.get(indicator.code, FiledReading(indicator.code)))
        for indicator in target.indicators
    )


def _reading(indicator: KnownIndicator, said: FiledReading) -> Reading:
    return Reading(
        code=indicator.code,
        operator=indicator.operator,
        target=indicator.target_value,
        target_low=indicator.target_low,
        target_high=indicator.target_high,
        direction=indicator.direction,
        actual=said.actual,
        tier=said.tier,
        cumulative=indicator.cumulative,
        likelihood=said.likelihood,
        forecast=said.forecast,
    )


@dataclass(frozen=True, slots=True)
class AcceptReport:
    """Acceptance, with what yellow and red lights need where the filer left it out."""

    report_id: UUID
    correction: Correction | None = None
    opinion: str = ""


async def accept_report(command: AcceptReport, work: Work) -> Done:
    """Accept at the first level; red warns the filer, and of a watched programme asks finance.

    Articles: D-17, T-20, T-21.
    """
    report = await rounds.reports.take(work, command.report_id)
    told = report.accept(
        Level(work.principal.role), person=work.person, day=work.today,
        correction=command.correction, opinion=command.opinion,
    )  # fmt: skip
    done = await _kept(work, report)
    await ask_to_roll_up(work, report)
    for event in told:
        if isinstance(event, WarningLetterSent):
            await _warned(work, report)
        if isinstance(event, MonitoringReportAccepted) and event.finding_required:
            await tasks.open_task(
                work, role="district_finance", at=report.coordinates, kind="finding.open",
                title=f"重点监控项目亮红灯，请记录问题：{report.name}", record=report.report_id,
                programme_id=report.programme_id,
            )  # fmt: skip
    return done, [*told]


@dataclass(frozen=True, slots=True)
class WithWords:
    """An act on a report with words: an opinion, or a letter's text."""

    report_id: UUID
    opinion: str = ""
    text: str = ""


async def return_report(command: WithWords, work: Work) -> Done:
    """Send a report back to its filer. Articles: D-17, T-20."""
    report = await rounds.reports.take(work, command.report_id)
    level = Level(work.principal.role)
    events = report.send_back(level, command.opinion, person=work.person, day=work.today)
    done = await _kept(work, report)
    await drafts.reopen(work, "monitoring_report", report.report_id)
    await ask_to_file(work, report, "修改并重新报送")
    return done, [*events]


async def withdraw_report(command: WithWords, work: Work) -> Done:
    """The filer takes the report back (§8)."""
    report = await rounds.reports.take(work, command.report_id)
    events = report.withdraw(person=work.person, day=work.today)
    done = await _kept(work, report)
    await drafts.reopen(work, "monitoring_report", report.report_id)
    await ask_to_file(work, report)
    return done, [*events]


async def send_warning(command: WithWords, work: Work) -> Done:
    """Warn the filer in writing. Articles: D-17."""
    report = await rounds.reports.take(work, command.report_id)
    events = report.warn(work.principal.role, command.text, person=work.person, day=work.today)
    await rounds.reports.save(work, report)
    await _warned(work, report)
    return (report, rounds.reports.version_of(work, report.report_id)), [*events]


async def _warned(work: Work, report: MonitoringReport) -> None:
    assert report.assessment is not None  # noqa: S101 - only a judged report is warned of
    red = report.assessment.programme_light is Light.RED
    await tasks.open_task(
        work, role="unit", at=report.coordinates, kind="monitoring_report.warning",
        title=f"{'红灯' if red else '黄灯'}预警函：{report.name}", record=report.report_id,
        programme_id=report.programme_id, due_on=report.correction.due_on,
    )  # fmt: skip


async def _kept(work: Work, report: MonitoringReport) -> tuple[MonitoringReport, int]:
    await rounds.reports.save(work, report)
    await tasks.close_tasks(work, record=report.report_id)
    return report, rounds.reports.version_of(work, report.report_id)
