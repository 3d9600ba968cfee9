"""Rounds are opened, closed, chased and rolled up (D-16, T-19, T-20, T-21)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import executions, known, rounds, watching
from ..domain.known import EXECUTING, KnownProgramme
from ..domain.report import (
    DISTRICT_PATH,
    TOWN_PATH,
    Level,
    MonitoringReport,
    ReportState,
)
from ..domain.rollup import is_filed
from ..domain.round import Expected, MonitoringRound, report_due
from .importing import FINANCE, begun

_DISTRICT = "district_finance"
_UP = (ReportState.ACCEPTED, ReportState.ROLLED_UP)


@dataclass(frozen=True, slots=True)
class RoundSeen:
    """A round, and those of its reports that the caller sees."""

    round: MonitoringRound
    reports: tuple[MonitoringReport, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """The reports in scope after an act over many, which it took, and which wait below."""

    round_id: UUID
    reports: tuple[MonitoringReport, ...]
    taken: tuple[UUID, ...]
    waiting: tuple[MonitoringReport, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round of a budget year up to a cut-off."""

    year: int
    name: str
    cut_off: date
    due_on: date | None = None


async def open_round(command: OpenRound, work: Work) -> tuple[tuple[RoundSeen, int], list[object]]:
    """Open a round; a report is due of every programme that executes and spends.

    Articles: D-16, T-19. Rules: R-23.
    """
    due = command.due_on or report_due(command.cut_off)
    at = Coordinates(work.principal.territory, FINANCE, "")
    made = MonitoringRound(uuid7(), at, command.year, command.name, command.cut_off, due)
    programmes = await _executing(work, command.year)
    expected = tuple(Expected(p.programme_id, p.name, p.coordinates) for p in programmes)
    events: list[object] = [
        *made.open(
            expected, person=work.person, day=work.today,
            district_finance=work.principal.role == _DISTRICT,
        )
    ]  # fmt: skip
    await rounds.rounds.add(work, made)
    await rounds.put_on_calendar(work, made)
    watched = await watching.watched_in(work, command.year)
    reports = [
        await _due(work, made, programme, watched=programme.programme_id in watched)
        for programme in programmes
    ]
    return (RoundSeen(made, tuple(reports)), 1), events


async def _executing(work: Work, year: int) -> list[KnownProgramme]:
    programmes = await known.in_scope(work)
    reached = await known.reached_units(work, year)
    above = {programme.parent_id for programme in programmes}
    return [
        p
        for p in programmes
        if p.spends
        and p.state_of(year) == EXECUTING
        and p.programme_id in reached
        and p.programme_id not in above
    ]


async def _due(
    work: Work, of: MonitoringRound, programme: KnownProgramme, *, watched: bool
) -> MonitoringReport:
    at = programme.coordinates
    path = TOWN_PATH if at.territory != at.district else DISTRICT_PATH
    report = MonitoringReport(
        uuid7(), programme.programme_id, at, of.year, of.round_id, of.cut_off, of.due_on, path,
        key_monitored=watched, code=programme.code, name=programme.name,
    )  # fmt: skip
    await rounds.reports.add(work, report)
    await ask_to_file(work, report)
    return report


async def ask_to_file(work: Work, report: MonitoringReport, word: str = "报送") -> None:
    """Put the report on its filer's list."""
    await tasks.open_task(
        work, role="unit", at=report.coordinates, kind="monitoring_report.submit",
        title=f"{word}监控报告：{report.name}（截至{report.cut_off}）", record=report.report_id,
        programme_id=report.programme_id, due_on=report.due_on,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CloseRound:
    """Closes or reopens a round."""

    round_id: UUID
    reason: str = ""


async def close_round(
    command: CloseRound, work: Work
) -> tuple[tuple[RoundSeen, int], list[object]]:
    """Close a round and lock the figures up to its cut-off; that there were none, too.

    Articles: D-16, T-20. Rules: R-52.
    """
    found = await rounds.rounds.take(work, command.round_id)
    reports = await rounds.of_round(work, found.round_id)
    filed = {report.programme_id for report in reports if is_filed(report)}
    events: list[object] = [
        *found.close(
            filed, person=work.person, day=work.today, reason=command.reason,
            district_finance=work.principal.role == _DISTRICT,
        )
    ]  # fmt: skip
    held = await executions.locked(work, found.year, [one.programme_id for one in reports])
    for report in reports:
        if ledger := held.get(report.programme_id):
            ledger.lock(found.cut_off)
            await executions.ledgers.save(work, ledger)
        else:
            ledger = begun(report, found.year)
            ledger.lock(found.cut_off)
            await executions.ledgers.add(work, ledger)
    return await _kept(work, found, reports), events


async def reopen_round(
    command: CloseRound, work: Work
) -> tuple[tuple[RoundSeen, int], list[object]]:
    """Open a closed round again, with a reason. Rules: R-52."""
    found = await rounds.rounds.take(work, command.round_id)
    events: list[object] = [
        *found.reopen(command.reason, district_finance=work.principal.role == _DISTRICT)
    ]
    return await _kept(work, found, await rounds.of_round(work, found.round_id)), events


async def _kept(
    work: Work, value: MonitoringRound, reports: list[MonitoringReport]
) -> tuple[RoundSeen, int]:
    await rounds.rounds.save(work, value)
    await rounds.put_on_calendar(work, value)
    return RoundSeen(value, tuple(reports)), rounds.rounds.version_of(work, value.round_id)


@dataclass(frozen=True, slots=True)
class OverReports:
    """An act over reports of a round: those named, or all in scope that it fits."""

    round_id: UUID
    report_ids: tuple[UUID, ...] = ()


async def roll_up(command: OverReports, work: Work) -> tuple[tuple[Taken, int], list[object]]:
    """Take what is ready into the own level and pass it up; what is not is named.

    Articles: T-20, T-21.
    """
    await rounds.on_calendar(work, command.round_id)
    level = Level(work.principal.role)
    reports = await rounds.of_round(work, command.round_id, lock=True)
    events: list[object] = []
    taken, waiting = [], []
    for report in _named(reports, command.report_ids):
        if report.state in _UP and report.next_level is level:
            events += report.roll_up(level, person=work.person, day=work.today)
            await rounds.reports.save(work, report)
            await tasks.close_tasks(work, record=report.report_id)
            await ask_to_roll_up(work, report)
            taken.append(report.report_id)
        elif is_filed(report) and not _is_beyond(report, level):
            waiting.append(report)
    done = Taken(command.round_id, tuple(reports), tuple(taken), tuple(waiting))
    return (done, 1), events


async def ask_to_roll_up(work: Work, report: MonitoringReport) -> None:
    """Put a report on the list of the level that rolls it up next; finance takes them whole."""
    level = report.next_level
    if level in (None, Level.DISTRICT_FINANCE):
        return
    await tasks.open_task(
        work, role=str(level), at=report.coordinates, kind="monitoring_report.roll_up",
        title=f"汇总监控报告：{report.name}（截至{report.cut_off}）", record=report.report_id,
        programme_id=report.programme_id, due_on=report.due_on,
    )  # fmt: skip


async def chase(command: OverReports, work: Work) -> tuple[tuple[Taken, int], list[object]]:
    """Remind those whose reports are missing in scope (催报). Articles: T-8(2), T-20."""
    await rounds.on_calendar(work, command.round_id)
    reports = await rounds.of_round(work, command.round_id, lock=True)
    events: list[object] = []
    taken = []
    for report in _named(reports, command.report_ids):
        if is_filed(report):
            continue
        events += report.chase(work.principal.role, person=work.person, day=work.today)
        await rounds.reports.save(work, report)
        await tasks.close_tasks(work, record=report.report_id)
        await ask_to_file(work, report, "催报：请尽快报送")
        taken.append(report.report_id)
    return (Taken(command.round_id, tuple(reports), tuple(taken)), 1), events


def _named(reports: list[MonitoringReport], ids: tuple[UUID, ...]) -> list[MonitoringReport]:
    return [report for report in reports if not ids or report.report_id in ids]


def _is_beyond(report: MonitoringReport, level: Level) -> bool:
    """Whether the report has passed this level already, or never comes to it."""
    if level not in report.path or report.next_level is None:
        return True
    return report.path.index(report.next_level) > report.path.index(level)
