"""The monitoring report of one programme: filed, accepted with causes, rolled up."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import days_late
from jixiao.servicekit.errors import Finding, OwnFiling
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import CauseMissing, Incomplete, NoWarning, RoundClosed, WrongLevel, WrongState
from .events import (
    MonitoringReportAccepted,
    MonitoringReportChased,
    MonitoringReportOverdue,
    MonitoringReportReturned,
    MonitoringReportRolledUp,
    MonitoringReportSubmitted,
    MonitoringReportWithdrawn,
    WarningLetterSent,
)
from .lights import Assessment, Forecast, Light, Progress, Reading, assess, forecast


class ReportState(StrEnum):
    """States of a monitoring report (§8)."""

    NOT_FILED = "not_filed"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ROLLED_UP = "rolled_up"


class Level(StrEnum):
    """The levels above the unit, each in its turn."""

    TOWNSHIP_DEPARTMENT = "township_department"
    TOWNSHIP_FINANCE = "township_finance"
    DEPARTMENT = "department"
    DISTRICT_FINANCE = "district_finance"


LEVEL_NAMES = {
    Level.TOWNSHIP_DEPARTMENT: "镇办业务主管部门",
    Level.TOWNSHIP_FINANCE: "镇办财政部门",
    Level.DEPARTMENT: "区业务主管部门",
    Level.DISTRICT_FINANCE: "区财政局",
}
DISTRICT_PATH = (Level.DEPARTMENT, Level.DISTRICT_FINANCE)
TOWN_PATH = tuple(Level)


class Cause(StrEnum):
    """Why a programme lags (F-06)."""

    FUNDING = "funding"
    RULES = "rules"
    STAFF = "staff"
    HARDWARE = "hardware"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a yellow or red light needs: causes with words, a measure and its date."""

    causes: tuple[Cause, ...] = ()
    reason: str = ""
    measure: str = ""
    due_on: date | None = None
    why_forecast: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what to the report, kept in order."""

    level: str
    act: str
    person: str
    day: date
    opinion: str = ""


_NO_CORRECTION = Correction()
_WARNING = (Light.YELLOW, Light.RED)


@dataclass(slots=True)
class MonitoringReport:
    """The figures of one programme at one cut-off, and their way up (D-16, D-17, T-20).

    `path` names the levels above the unit; `reached` the last one that took the report.
    """

    report_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    round_id: UUID
    cut_off: date
    due_on: date
    path: tuple[Level, ...]
    key_monitored: bool = False
    progress: Progress | None = None
    readings: tuple[Reading, ...] = ()
    filed_forecast: Money | None = None
    correction: Correction = _NO_CORRECTION
    assessment: Assessment | None = None
    submitted_by: str = ""
    submitted_on: date | None = None
    days_late: int = 0
    reached: Level | None = None
    acts: tuple[Act, ...] = ()
    code: str = ""
    name: str = ""
    overdue_on: date | None = None
    state: ReportState = ReportState.NOT_FILED
    version: int = 0

    def submit(
        self,
        progress: Progress,
        readings: tuple[Reading, ...],
        filed_forecast: Money | None,
        correction: Correction = _NO_CORRECTION,
        *,
        person: str,
        day: date,
        round_open: bool,
    ) -> list[MonitoringReportSubmitted]:
        """File the actual values and the forecast; the lights are computed at once.

        After the due day the report is taken and marked late. Raises RoundClosed, WrongState,
        Incomplete.

        Articles: D-16, D-17, T-8(2), T-20. Rules: R-23, R-24, R-25, R-52.
        """
        if not round_open:
            raise RoundClosed
        self._require(ReportState.NOT_FILED, ReportState.DRAFT, ReportState.RETURNED)
        if filed_forecast is None or filed_forecast.fen < 0:
            message = "请填写全年预计执行数，且不得为负数。"
            raise Incomplete(Finding("/filed_forecast", "missing", message))
        self.progress, self.readings, self.filed_forecast = progress, readings, filed_forecast
        self.correction = correction
        self.assessment = assess(progress, readings)
        self.submitted_by, self.submitted_on = person, day
        self.days_late = days_late(self.due_on, day)
        self.reached = None
        self._act("unit", "submit", person, day)
        self.state = ReportState.SUBMITTED
        return [
            MonitoringReportSubmitted(
                self.report_id,
                self.programme_id,
                self.round_id,
                self.year,
                self.assessment.execution_light,
                self.assessment.programme_light,
                self.days_late,
            )
        ]

    def withdraw(self, *, person: str, day: date) -> list[MonitoringReportWithdrawn]:
        """The filer takes the report back while the next level has not acted (§8)."""
        self._require(ReportState.SUBMITTED)
        self._act("unit", "withdraw", person, day)
        self.state = ReportState.DRAFT
        return [MonitoringReportWithdrawn(self.report_id, self.programme_id)]

    def chase(self, level: str, *, person: str, day: date) -> list[MonitoringReportChased]:
        """Remind the filer of what is missing (催报). Articles: T-8(2), T-20."""
        self._require(ReportState.NOT_FILED, ReportState.DRAFT, ReportState.RETURNED)
        self._act(level, "chase", person, day)
        return [MonitoringReportChased(self.report_id, self.programme_id)]

    def turn_overdue(self, day: date) -> list[MonitoringReportOverdue]:
        """The due day passed without a filing: marked, and nothing is forbidden. Rules: R-52."""
        self._require(ReportState.NOT_FILED, ReportState.DRAFT, ReportState.RETURNED)
        self.overdue_on = day
        return [MonitoringReportOverdue(self.report_id, self.programme_id)]

    def warn(self, level: str, text: str, *, person: str, day: date) -> list[WarningLetterSent]:
        """Warn the filer in writing on an accepted yellow or red report. Articles: D-17."""
        self._require(ReportState.ACCEPTED, ReportState.ROLLED_UP)
        if self._judged.programme_light not in _WARNING:
            raise NoWarning
        if not text.strip():
            raise Incomplete(Finding("/text", "missing", "请写明预警内容。"))
        self._act(level, "warn", person, day, text.strip())
        return [WarningLetterSent(self.report_id, self.programme_id, self.coordinates.unit)]

    def accept(
        self,
        level: Level,
        *,
        person: str,
        day: date,
        correction: Correction | None = None,
        opinion: str = "",
    ) -> list[MonitoringReportAccepted | WarningLetterSent]:
        """Accept a report at the first level, with what yellow and red lights need.

        The cause, measure and date may come from the filer or be set here. Red brings the
        reviewer's warning letter, and a finding where the programme is key-monitored. Raises
        WrongState, WrongLevel, OwnFiling, CauseMissing with everything that is missing.

        Articles: D-17, T-20, T-21.
        """
        self._require(ReportState.SUBMITTED)
        self._turn(level, person)
        merged = self.correction if correction is None else _merge(self.correction, correction)
        if findings := self._gaps(merged):
            raise CauseMissing(*findings)
        self.correction, self.reached = merged, level
        self._act(level, "accept", person, day, opinion)
        self.state = ReportState.ACCEPTED
        light, execution = self._judged.programme_light, self._judged.execution_light
        red = light is Light.RED
        events: list[MonitoringReportAccepted | WarningLetterSent] = [
            MonitoringReportAccepted(
                self.report_id,
                self.programme_id,
                self.round_id,
                self.year,
                self.cut_off,
                execution,
                light,
                self.readings,
                red and self.key_monitored,
            )
        ]
        if red:
            unit = self.coordinates.unit
            events.append(WarningLetterSent(self.report_id, self.programme_id, unit))
        return events

    def roll_up(self, level: Level, *, person: str, day: date) -> list[MonitoringReportRolledUp]:
        """Take an accepted report into the next level's own; no level is skipped.

        Raises WrongState, WrongLevel, OwnFiling.

        Articles: T-20, T-21.
        """
        self._require(ReportState.ACCEPTED, ReportState.ROLLED_UP)
        self._turn(level, person)
        self.reached = level
        self._act(level, "roll_up", person, day)
        self.state = ReportState.ROLLED_UP
        return [MonitoringReportRolledUp(self.report_id, self.programme_id, level)]

    def send_back(
        self, level: Level, opinion: str, *, person: str, day: date
    ) -> list[MonitoringReportReturned]:
        """Send the report back to its filer, from the level whose turn it is.

        Articles: D-17, T-20.
        """
        self._require(ReportState.SUBMITTED, ReportState.ACCEPTED, ReportState.ROLLED_UP)
        self._turn(level, person)
        if not opinion.strip():
            raise Incomplete(Finding("/opinion", "missing", "退回须写明意见。"))
        self._act(level, "return", person, day, opinion)
        self.reached = None
        self.state = ReportState.RETURNED
        return [MonitoringReportReturned(self.report_id, self.programme_id, opinion)]

    @property
    def next_level(self) -> Level | None:
        """The level whose turn it is; None once the last has taken the report."""
        after = 0 if self.reached is None else self.path.index(self.reached) + 1
        return self.path[after] if after < len(self.path) else None

    @property
    def forecast(self) -> Forecast | None:
        """The filed forecast beside the run-rate; None without a run-rate. Rules: R-25."""
        return None if self.progress is None else forecast(self.filed_forecast, self.progress)

    @property
    def _judged(self) -> Assessment:
        if self.assessment is None:
            raise WrongState(self.state)
        return self.assessment

    def _gaps(self, correction: Correction) -> list[Finding]:
        checks: list[tuple[object, str, str]] = []
        if self._judged.programme_light in _WARNING:
            checks += [
                (correction.causes, "/causes", "黄灯、红灯须勾选偏差原因。"),
                (correction.reason.strip(), "/reason", "黄灯、红灯须说明偏差原因。"),
                (correction.measure.strip(), "/measure", "黄灯、红灯须填写纠偏措施。"),
                (correction.due_on, "/due_on", "黄灯、红灯须填写纠偏完成日期。"),
            ]
        if self.forecast is not None and self.forecast.ask_why:
            words = "全年预计执行数与按进度推算相差超过预算的20%，请说明原因。"
            checks.append((correction.why_forecast.strip(), "/why_forecast", words))
        return [Finding(at, "cause_missing", words) for value, at, words in checks if not value]

    def _turn(self, level: Level, person: str) -> None:
        expected = self.next_level
        if expected is None:
            raise WrongState(self.state)
        if level is not expected:
            raise WrongLevel(expected=LEVEL_NAMES[expected])
        # acts before the last submission belong to an earlier chain
        start = max(i for i, act in enumerate(self.acts) if act.act == "submit")
        chain = (act for act in self.acts[start:] if act.act not in ("chase", "warn"))
        if is_own(person, *(act.person for act in chain)):
            raise OwnFiling

    def _act(self, level: str, act: str, person: str, day: date, opinion: str = "") -> None:
        self.acts += (Act(level, act, person, day, opinion),)

    def _require(self, *states: ReportState) -> None:
        if self.state not in states:
            raise WrongState(self.state)


def _merge(filed: Correction, set_here: Correction) -> Correction:
    """What the reviewer leaves empty stays as the filer wrote it."""
    return replace(
        filed,
        causes=set_here.causes or filed.causes,
        reason=set_here.reason or filed.reason,
        measure=set_here.measure or filed.measure,
        due_on=set_here.due_on or filed.due_on,
        why_forecast=set_here.why_forecast or filed.why_forecast,
    )
