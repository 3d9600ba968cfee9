"""What happened in results-application: facts that other services and readers keep."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from jixiao.servicekit.values import Money

from .factors import PerformanceMode, TownSheet


@dataclass(frozen=True, slots=True)
class RectificationOrdered:
    """An order to mend problems went out (D-18, D-25, T-33)."""

    order_id: UUID
    programme_id: UUID
    finding_id: UUID | None
    document_number: str
    source: str
    addressee: str
    day: date
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RectificationReceived:
    """The addressee signed, or five working days ran out; the term is counted from here."""

    order_id: UUID
    programme_id: UUID
    received_on: date
    deemed: bool
    due_on: date
    finding_id: UUID | None = None
    state: ClassVar[str] = "received"

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.received_on


@dataclass(frozen=True, slots=True)
class RectificationReported:
    """The addressee reported; check due within 15 days (R-28)."""

    order_id: UUID
    programme_id: UUID
    reported_on: date
    days_late: int
    check_due_on: date
    measures: str
    finding_id: UUID | None = None
    state: ClassVar[str] = "reported"

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.reported_on


@dataclass(frozen=True, slots=True)
class RectificationAccepted:
    """Checked and passed: a hold may be lifted, the finding closes."""

    order_id: UUID
    programme_id: UUID
    finding_id: UUID | None
    accepted_on: date
    measures: str
    state: ClassVar[str] = "accepted"

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.accepted_on


@dataclass(frozen=True, slots=True)
class RectificationRejected:
    """Checked and failed, with a last term of at most 15 days."""

    order_id: UUID
    programme_id: UUID
    finding_id: UUID | None
    rejected_on: date
    due_on: date
    state: ClassVar[str] = "rejected"

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.rejected_on


@dataclass(frozen=True, slots=True)
class RectificationOverdue:
    """The term ran out without a report: ground for a hold (R-27)."""

    order_id: UUID
    programme_id: UUID
    finding_id: UUID | None
    due_on: date
    state: ClassVar[str] = "overdue"

    @property
    def day(self) -> date:
        """The first day it was late."""
        return self.due_on + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RectificationEscalated:
    """Second failure, or more than 15 days overdue: interview, notice, payment hold."""

    order_id: UUID
    programme_id: UUID
    finding_id: UUID | None
    escalated_on: date
    state: ClassVar[str] = "escalated"

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.escalated_on


@dataclass(frozen=True, slots=True)
class RectificationExtended:
    """The issuer gave one extension."""

    order_id: UUID
    programme_id: UUID
    due_on: date
    reason: str
    day: date
    finding_id: UUID | None = None
    state: ClassVar[str] = "extended"


@dataclass(frozen=True, slots=True)
class AllocationScenarioRun:
    """A scenario was computed and stored beside the others (T-32)."""

    plan_id: UUID
    programme_id: UUID
    scenario: str
    state: ClassVar[str] = "scenario"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.plan_id


@dataclass(frozen=True, slots=True)
class AllocationChosen:
    """One scenario was put forward for approval."""

    plan_id: UUID
    programme_id: UUID
    scenario: str
    state: ClassVar[str] = "chosen"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.plan_id


@dataclass(frozen=True, slots=True)
class AllocationApproved:
    """The plan is approved; each town's part is made with its amount (T-32)."""

    plan_id: UUID
    programme_id: UUID
    year: int
    pool: Money
    weights: dict[str, Decimal]
    performance_mode: PerformanceMode
    parts: tuple[TownSheet, ...]
    approved_on: date

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.approved_on


@dataclass(frozen=True, slots=True)
class AllocationReleased:
    """The parts went out with their budgets."""

    plan_id: UUID
    programme_id: UUID
    state: ClassVar[str] = "released"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.plan_id


@dataclass(frozen=True, slots=True)
class NoticeIssued:
    """A notice went out, with whom it names (D-21, D-26, T-24, T-31)."""

    notice_id: UUID
    year: int
    document_number: str
    programme_ids: tuple[UUID, ...]
    recipients: tuple[str, ...]
    publish: bool
    issued_on: date

    @property
    def published(self) -> bool:
        """Whether it is to be made public."""
        return self.publish

    @property
    def day(self) -> date:
        """The day on which it happened."""
        return self.issued_on


@dataclass(frozen=True, slots=True)
class InterviewRecorded:
    """An interview is on record; its commitments become rectifications (R-48)."""

    interview_id: UUID
    programme_id: UUID
    interviewed_on: date
    order_ids: tuple[UUID, ...]
    state: ClassVar[str] = "recorded"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.interview_id


@dataclass(frozen=True, slots=True)
class ResponsibilitySet:
    """A person became responsible for a programme (D-29)."""

    register_id: UUID
    programme_id: UUID
    person: str
    lifelong: bool
    state: ClassVar[str] = "kept"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.register_id


@dataclass(frozen=True, slots=True)
class ResponsibilityObjected:
    """The person named objected to an entry."""

    register_id: UUID
    programme_id: UUID
    person: str
    state: ClassVar[str] = "kept"

    @property
    def record_id(self) -> UUID:
        """The record that moved."""
        return self.register_id
