"""What to watch closely: suggested by points, chosen, reported on (D-17, D-18, T-21)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from uuid import UUID

from jixiao.measures.score import Grade
from jixiao.servicekit import tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money, uuid7

from ..adapters import known, rounds, watching
from ..domain.errors import NotWatched
from ..domain.key_monitoring import (
    KeyEntry,
    KeyMonitored,
    KeyMonitoringList,
    KeyMonitoringReport,
    LeftOut,
    ListGround,
    Suggestion,
)
from ..domain.known import KnownProgramme
from ..domain.lights import Light
from ..domain.risk import RiskFacts, RiskScore, among_largest, by_risk, risk_points
from .importing import FINANCE


@dataclass(frozen=True, slots=True)
class Scored:
    """A programme with its points."""

    programme: KnownProgramme
    score: RiskScore


async def suggest(work: Work, year: int) -> list[Scored]:
    """The spending programmes of a year in scope, highest points first. Rules: R-26."""
    scope = await known.in_scope(work)
    programmes = {p.code: p for p in scope if p.spends and str(year) in p.budgets}
    old = {p.programme_id for p in scope if not p.is_first_year(year)}
    for _ in range(2):  # what stands under a running transfer is not new: root, part, project
        old |= {p.programme_id for p in scope if p.parent_id in old}
    lights = await _last_lights(work, year)
    watched = await watching.watched_in(work, year)
    by_line: dict[str, dict[str, Money]] = defaultdict(dict)
    for programme in programmes.values():
        by_line[programme.coordinates.line][programme.code] = programme.budget_of(year)
    largest = frozenset().union(*(among_largest(amounts) for amounts in by_line.values()))
    scores = [
        risk_points(
            replace(
                _facts(work, p, year, watched=p.programme_id in watched),
                last_light=lights.get(p.programme_id, Light.NONE),
                among_largest=p.code in largest,
                first_year=p.programme_id not in old,
            )
        )
        for p in programmes.values()
    ]
    return [Scored(programmes[score.code], score) for score in by_risk(scores)]


async def _last_lights(work: Work, year: int) -> dict[UUID, Light]:
    last = await rounds.last_closed(work, year)
    reports = [] if last is None else await rounds.of_round(work, last)
    return {r.programme_id: r.assessment.execution_light for r in reports if r.assessment}


def _facts(work: Work, programme: KnownProgramme, year: int, *, watched: bool) -> RiskFacts:
    last_grade = programme.grades.get(str(year - 1))
    return RiskFacts(
        code=programme.code,
        amount=programme.budget_of(year),
        major_special_fund=programme.special_fund and programme.is_major,
        key_transfer=programme.transfer and watched,
        last_grade=None if last_grade is None else Grade(last_grade),
        overdue_rectification=programme.overdue_rectification,
        target_returns=programme.target_returns,
        target_adjustments=programme.target_adjustments.get(str(year), 0),
        old_carry_over=programme.carries_old_money(year, work.today),
        large_difference_last_year=year - 1 in programme.large_differences,
    )


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A programme to be watched, with its ground."""

    programme_id: UUID
    ground: ListGround
    document_number: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChooseKey:
    """Additions to the list of a year, and suggested ones left out with their reasons."""

    year: int
    entries: tuple[KeyChoice, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The list after a choice, with what was added."""

    listed: KeyMonitoringList
    added: tuple[KeyMonitored, ...]


async def choose_key(command: ChooseKey, work: Work) -> tuple[tuple[Chosen, int], list[object]]:
    """Put programmes on the key list; their departments are told.

    Articles: D-17, D-18, T-21. Rules: R-26.
    """
    scored = {s.programme.programme_id: s for s in await suggest(work, command.year)}
    at = Coordinates(work.principal.territory, FINANCE, "")
    listed = await watching.list_of(work, at, command.year)
    fresh = listed is None
    if listed is None:
        listed = KeyMonitoringList(uuid7(), at, command.year)
    before = {entry.programme_id for entry in listed.entries}
    entries = tuple(
        KeyEntry(
            c.programme_id,
            c.ground,
            _points(scored.get(c.programme_id)),
            c.document_number,
            c.reason,
        )
        for c in command.entries
    )
    suggestions = tuple(
        Suggestion(key, s.score.total) for key, s in scored.items() if s.score.suggested
    )
    events: list[object] = [
        *listed.choose(suggestions, entries, command.left_out, person=work.person, day=work.today)
    ]
    await (watching.lists.add if fresh else watching.lists.save)(work, listed)
    added = [
        await _watch(work, listed, entry, scored.get(entry.programme_id))
        for entry in entries
        if entry.programme_id not in before
    ]
    chosen = Chosen(listed, tuple(added))
    return (chosen, watching.lists.version_of(work, listed.list_id)), events


def _points(scored: Scored | None) -> int:
    return 0 if scored is None else scored.score.total


async def _watch(
    work: Work, listed: KeyMonitoringList, entry: KeyEntry, scored: Scored | None
) -> KeyMonitored:
    """Keep the entry where its programme stands; what is below a transfer is watched with it."""
    programme = await known.programmes.get(work, entry.programme_id)
    kept = KeyMonitored(
        entry.id_on(listed.list_id), entry.programme_id, programme.coordinates, listed.year,
        programme.code, programme.name, entry.ground, entry.points,
        dict(scored.score.points) if scored else {}, entry.document_number, entry.reason, work.today,
    )  # fmt: skip
    await watching.entries.add(work, kept)
    for one in [programme, *await known.below(work, programme.programme_id)]:
        await watching.watch(work, one, [listed.year])
    at = programme.coordinates
    await tasks.open_task(
        work, role="department" if at.territory == at.district else "township_department", at=at,
        kind="monitoring.key", title=f"列入{listed.year}年度重点监控：{programme.name}",
        record=kept.entry_id, programme_id=programme.programme_id,
    )  # fmt: skip
    return kept


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What key monitoring found."""

    programme_id: UUID
    year: int
    text: str = ""
    result: str = ""


ReportDone = tuple[tuple[KeyMonitoringReport, int], list[object]]


async def draft_report(command: DraftReport, work: Work) -> ReportDone:
    """Draft what was found of a programme on the key list. Articles: D-18, T-21."""
    programme = await known.programmes.see(work, command.programme_id)
    if command.year not in await watching.watched_years(work, programme.programme_id):
        raise NotWatched(year=command.year)
    report = KeyMonitoringReport(
        uuid7(), programme.programme_id, programme.coordinates, command.year, work.person,
        work.today, command.text, command.result,
    )  # fmt: skip
    await watching.reports.add(work, report)
    return (report, 1), []


@dataclass(frozen=True, slots=True)
class OnKeyReport:
    """An act on a key-monitoring report."""

    report_id: UUID


async def report_up(command: OnKeyReport, work: Work) -> ReportDone:
    """Send it to district finance and the department. Articles: D-18, T-21."""
    report = await watching.reports.take(work, command.report_id)
    events = report.report_up(day=work.today)
    await watching.reports.save(work, report)
    await _tell(work, report, "district_finance", "重点监控报告待反馈")
    return (report, watching.reports.version_of(work, report.report_id)), [*events]


async def feed_back(command: OnKeyReport, work: Work) -> ReportDone:
    """Give the result back to the department. Articles: D-18, T-21."""
    report = await watching.reports.take(work, command.report_id)
    events = report.feed_back(day=work.today)
    await watching.reports.save(work, report)
    await tasks.close_tasks(work, record=report.report_id)
    await _tell(work, report, "department", f"重点监控结果反馈：{report.result}")
    return (report, watching.reports.version_of(work, report.report_id)), [*events]


async def _tell(work: Work, report: KeyMonitoringReport, role: str, title: str) -> None:
    await tasks.open_task(
        work, role=role, at=report.coordinates, kind="key_monitoring_report", title=title,
        record=report.report_id, programme_id=report.programme_id,
    )  # fmt: skip
