"""The rectification order: ordered, received, reported, checked; overdue and escalated (R-28)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import WorkingDays, days_after, days_late
from jixiao.servicekit.errors import Finding, OwnFiling
from jixiao.servicekit.values import Coordinates, is_own

from .errors import ExtensionUsed, Incomplete, NotAddressee, NotIssuer, WrongState
from .events import (
    RectificationAccepted,
    RectificationEscalated,
    RectificationExtended,
    RectificationOrdered,
    RectificationOverdue,
    RectificationReceived,
    RectificationRejected,
    RectificationReported,
)

DEEMED_RECEIVED_WORKING_DAYS = 5
CHECK_DAYS = 15
SECOND_TERM_DAYS = 15
ESCALATED_AFTER_DAYS = 15
LONGEST_TERM_DAYS = 90
LONGEST_EXTENSION_DAYS = 30


class RectificationState(StrEnum):
    """States of a rectification order (§8)."""

    ORDERED = "ordered"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    REPORTED = "reported"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


class RectificationSource(StrEnum):
    """What the problems were found by."""

    MONITORING = "monitoring"
    EVALUATION = "evaluation"
    SPOT_CHECK = "spot_check"
    AUDIT = "audit"
    INTERVIEW = "interview"


class CheckResult(StrEnum):
    """The checker's conclusion; only `passed` ends the order."""

    PASSED = "passed"
    PARTLY = "partly"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: what, by which rule, who answers for it, what is asked (F-13)."""

    description: str
    requirement: str
    basis: str = ""
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class RectificationReport:
    """The written answer; every one is kept."""

    person: str
    reported_on: date
    measures: str
    completion: str
    evidence: tuple[str, ...] = ()
    unfinished_reason: str = ""
    sent_to_finance: bool = False
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class RectificationCheck:
    """The issuer's check of one report."""

    person: str
    checked_on: date
    result: CheckResult
    opinion: str


_OPEN = (
    RectificationState.RECEIVED,
    RectificationState.IN_PROGRESS,
    RectificationState.REJECTED,
    RectificationState.OVERDUE,
    RectificationState.ESCALATED,
)
_RUNNING = (
    RectificationState.RECEIVED,
    RectificationState.IN_PROGRESS,
    RectificationState.REJECTED,
)


@dataclass(slots=True)
class RectificationOrder:
    """Problems ordered to be mended by one unit, until the issuer's check passes (D-25, T-33).

    `issuer` is the person, `issuing_office` the organisation; `addressee` the unit ordered.
    """

    order_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    document_number: str
    source: RectificationSource
    problems: tuple[Problem, ...]
    issuer: str
    issuing_office: str
    addressee: str
    ordered_on: date
    term_days: int
    finding_id: UUID | None = None
    is_transfer: bool = False
    issued_by_finance: bool = True
    received_on: date | None = None
    received_by: str = ""
    received_deemed: bool = False
    due_on: date | None = None
    extended_days: int = 0
    extension_reason: str = ""
    check_due_on: date | None = None
    reports: tuple[RectificationReport, ...] = ()
    checks: tuple[RectificationCheck, ...] = ()
    rejections: int = 0
    escalated_on: date | None = None
    state: RectificationState = RectificationState.ORDERED
    version: int = 0

    @staticmethod
    def default_term(source: RectificationSource) -> int:
        """Days from receipt to the report: 15 for monitoring findings, else 30. Rules: R-28."""
        return 15 if source is RectificationSource.MONITORING else 30

    def order(self) -> list[RectificationOrdered]:
        """Check the order as filled in and send it out.

        Raises Incomplete with everything that is missing.

        Articles: D-18, D-25, T-33. Rules: R-28.
        """
        findings = []
        if not self.document_number.strip():
            findings.append(Finding("/document_number", "missing", "请填写整改通知文号。"))
        if not self.problems:
            findings.append(Finding("/problems", "missing", "整改通知至少列明一个问题。"))
        for i, problem in enumerate(self.problems):
            if not problem.description.strip() or not problem.requirement.strip():
                message = f"第{i + 1}个问题须写明情况和整改要求。"
                findings.append(Finding(f"/problems/{i}", "missing", message))
        if not 1 <= self.term_days <= LONGEST_TERM_DAYS:
            findings.append(Finding("/term_days", "range", "整改期限须为签收后1至90日。"))
        if findings:
            raise Incomplete(*findings)
        return [
            RectificationOrdered(
                self.order_id,
                self.programme_id,
                self.finding_id,
                self.document_number,
                self.source,
                self.addressee,
                self.ordered_on,
                tuple(problem.description for problem in self.problems),
            )
        ]

    def receive(self, *, person: str, unit: str, day: date) -> list[RectificationReceived]:
        """Sign for the order; the term is counted from this day.

        Raises WrongState, NotAddressee.

        Articles: D-25. Rules: R-28, R-39.
        """
        self._addressed_to(unit)
        self._require(RectificationState.ORDERED)
        self.received_by = person
        return self._received(day, deemed=False)

    def start(self, *, unit: str) -> None:
        """Note that work has begun, also once more after a failed check.

        Articles: D-25.
        """
        self._addressed_to(unit)
        self._require(RectificationState.RECEIVED, RectificationState.REJECTED)
        self.state = RectificationState.IN_PROGRESS

    def report(self, report: RectificationReport, *, unit: str) -> list[RectificationReported]:
        """Take the written report; after the due date it stays open and is marked late.

        For transfers ordered by others than finance the report also goes, in writing, to the
        finance of its level (T-33). Raises WrongState, NotAddressee, Incomplete.

        Articles: D-25, T-33. Rules: R-28, R-52.
        """
        self._addressed_to(unit)
        self._require(*_OPEN)
        if findings := self._report_gaps(report):
            raise Incomplete(*findings)
        late = days_late(self.due_on or report.reported_on, report.reported_on)
        self.reports += (replace(report, days_late=late),)
        self.check_due_on = days_after(report.reported_on, CHECK_DAYS)
        self.state = RectificationState.REPORTED
        return [
            RectificationReported(
                self.order_id,
                self.programme_id,
                report.reported_on,
                late,
                self.check_due_on,
                report.measures,
                self.finding_id,
            )
        ]

    def check(
        self, result: CheckResult, opinion: str, *, person: str, office: str, day: date
    ) -> list[RectificationAccepted | RectificationRejected | RectificationEscalated]:
        """Check the last report: passed ends the order; a first failure gives ≤ 15 more days.

        A second failure escalates. Raises NotIssuer to another office, OwnFiling to whoever
        ordered, signed or reported, WrongState.

        Articles: D-25, T-33. Rules: R-28, R-51.
        """
        if office != self.issuing_office:
            raise NotIssuer
        if is_own(person, self.issuer, self.received_by, *(r.person for r in self.reports)):
            raise OwnFiling
        self._require(RectificationState.REPORTED)
        self.checks += (RectificationCheck(person, day, result, opinion),)
        if result is CheckResult.PASSED:
            self.state = RectificationState.ACCEPTED
            return [
                RectificationAccepted(
                    self.order_id,
                    self.programme_id,
                    self.finding_id,
                    day,
                    self.reports[-1].measures,
                )
            ]
        self.rejections += 1
        if self.rejections > 1:
            return [self._escalate(day)]
        self.due_on = days_after(day, SECOND_TERM_DAYS)
        self.state = RectificationState.REJECTED
        return [
            RectificationRejected(
                self.order_id, self.programme_id, self.finding_id, day, self.due_on
            )
        ]

    def extend(
        self, days: int, reason: str, *, office: str, day: date
    ) -> list[RectificationExtended]:
        """Give the one extension, of at most 30 days; an overdue order is in time again.

        Raises NotIssuer, WrongState, ExtensionUsed, Incomplete.

        Articles: D-25. Rules: R-28.
        """
        if office != self.issuing_office:
            raise NotIssuer
        self._require(*_RUNNING, RectificationState.OVERDUE)
        if self.extended_days:
            raise ExtensionUsed
        if not 1 <= days <= LONGEST_EXTENSION_DAYS or not reason.strip():
            message = "延长期限须为1至30日，并写明理由。"
            raise Incomplete(Finding("/days", "range", message))
        if self.due_on is None:
            raise WrongState(self.state)
        self.due_on = days_after(self.due_on, days)
        self.extended_days, self.extension_reason = days, reason
        if self.state is RectificationState.OVERDUE and day <= self.due_on:
            self.state = RectificationState.IN_PROGRESS
        return [
            RectificationExtended(
                self.order_id, self.programme_id, self.due_on, reason, day, self.finding_id
            )
        ]

    def turn_day(
        self, day: date, calendar: WorkingDays
    ) -> list[RectificationReceived | RectificationOverdue | RectificationEscalated]:
        """Let the clock act: deemed received after 5 working days, overdue, escalated.

        Articles: D-18, D-25. Rules: R-28, R-39.
        """
        events: list[RectificationReceived | RectificationOverdue | RectificationEscalated] = []
        deemed_on = calendar.after(self.ordered_on, DEEMED_RECEIVED_WORKING_DAYS)
        if self.state is RectificationState.ORDERED and day > deemed_on:
            events.extend(self._received(deemed_on, deemed=True))
        due = self.due_on
        if due is None:
            return events
        if self.state in _RUNNING and day > due:
            self.state = RectificationState.OVERDUE
            events.append(
                RectificationOverdue(self.order_id, self.programme_id, self.finding_id, due)
            )
        late = days_late(due, day)
        if self.state is RectificationState.OVERDUE and late > ESCALATED_AFTER_DAYS:
            events.append(self._escalate(day))
        return events

    @property
    def failed_or_overdue(self) -> bool:
        """Whether it is a ground for a payment hold (R-27)."""
        return self.state in {
            RectificationState.REJECTED,
            RectificationState.OVERDUE,
            RectificationState.ESCALATED,
        }

    def _report_gaps(self, report: RectificationReport) -> list[Finding]:
        in_writing = not self.is_transfer or self.issued_by_finance or report.sent_to_finance
        answered = report.completion.strip() or report.unfinished_reason.strip()
        checks = [
            (report.measures.strip(), "/measures", "missing", "请填写整改措施。"),
            (answered, "/completion", "missing", "请填写完成情况；未完成的，请填写原因。"),
            (in_writing, "/sent_to_finance", "T-33", "整改情况须同时以书面形式报送同级财政部门。"),
        ]
        return [Finding(at, code, words) for holds, at, code, words in checks if not holds]

    def _received(self, day: date, *, deemed: bool) -> list[RectificationReceived]:
        self.received_on, self.received_deemed = day, deemed
        self.due_on = days_after(day, self.term_days)
        self.state = RectificationState.RECEIVED
        return [
            RectificationReceived(
                self.order_id, self.programme_id, day, deemed, self.due_on, self.finding_id
            )
        ]

    def _escalate(self, day: date) -> RectificationEscalated:
        self.state, self.escalated_on = RectificationState.ESCALATED, day
        return RectificationEscalated(self.order_id, self.programme_id, self.finding_id, day)

    def _addressed_to(self, unit: str) -> None:
        if unit != self.addressee:
            raise NotAddressee

    def _require(self, *states: RectificationState) -> None:
        if self.state not in states:
            raise WrongState(self.state)
