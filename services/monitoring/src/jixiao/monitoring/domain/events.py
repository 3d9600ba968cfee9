"""What happened in monitoring: facts that other services and readers keep."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.values import Money

from .lights import Reading


@dataclass(frozen=True, slots=True)
class ExecutionRecorded:
    """Money executed from 1 January to a day, and of it by year of first budgeting (D-16)."""

    execution_id: UUID
    programme_id: UUID
    year: int
    day: date
    executed: Money
    by_first_budget_year: dict[str, Money]
    revision: int


@dataclass(frozen=True, slots=True)
class ExecutionRowQueued:
    """A row names no programme known here; it waits, is not lost and not counted."""

    queue_id: UUID
    code: str
    day: date
    executed: Money

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.queue_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "queued"


@dataclass(frozen=True, slots=True)
class ExecutionRowSettled:
    """A queued row was applied or withdrawn by the treasury."""

    queue_id: UUID
    code: str
    fate: str
    state: str

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.queue_id


@dataclass(frozen=True, slots=True)
class MonitoringRoundOpened:
    """A round is open; so many reports are due."""

    round_id: UUID
    year: int
    cut_off: date
    due_on: date
    expected: int


@dataclass(frozen=True, slots=True)
class MonitoringRoundClosed:
    """A round is closed, with those that did not file."""

    round_id: UUID
    year: int
    cut_off: date
    missing: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MonitoringReportSubmitted:
    """A unit filed its figures, its lights are known."""

    report_id: UUID
    programme_id: UUID
    round_id: UUID
    year: int
    execution_light: str
    programme_light: str
    days_late: int


@dataclass(frozen=True, slots=True)
class MonitoringReportAccepted:
    """The first level accepted a report."""

    report_id: UUID
    programme_id: UUID
    round_id: UUID
    year: int
    cut_off: date
    execution_light: str
    programme_light: str
    readings: tuple[Reading, ...]
    finding_required: bool

    @property
    def actuals(self) -> tuple[dict[str, object], ...]:
        """The figures and tiers reached, by code: what prefills the self-evaluation."""
        return tuple(
            {"code": r.code, "actual_value": r.actual, "tier": r.tier}
            for r in self.readings
            if r.actual is not None or r.tier is not None
        )


@dataclass(frozen=True, slots=True)
class MonitoringReportReturned:
    """A level sent a report back to its filer."""

    report_id: UUID
    programme_id: UUID
    opinion: str

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "returned"


@dataclass(frozen=True, slots=True)
class MonitoringReportWithdrawn:
    """The filer took a report back."""

    report_id: UUID
    programme_id: UUID

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "draft"


@dataclass(frozen=True, slots=True)
class MonitoringReportChased:
    """A level reminded the filer of a report that is missing."""

    report_id: UUID
    programme_id: UUID

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "chased"


@dataclass(frozen=True, slots=True)
class MonitoringReportOverdue:
    """The due day passed and nothing was filed (R-52)."""

    report_id: UUID
    programme_id: UUID

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "overdue"


@dataclass(frozen=True, slots=True)
class MonitoringReportRolledUp:
    """A level took a report into its own and passed it up."""

    report_id: UUID
    programme_id: UUID
    level: str

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "rolled_up"


@dataclass(frozen=True, slots=True)
class WarningLetterSent:
    """Red: the reviewer warns the filer in writing (D-17)."""

    report_id: UUID
    programme_id: UUID
    unit: str

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "warned"


@dataclass(frozen=True, slots=True)
class DeviationFound:
    """A problem or deviation was found (D-18, T-20)."""

    finding_id: UUID
    programme_id: UUID
    year: int
    severity: str
    text: str
    article: str


@dataclass(frozen=True, slots=True)
class FindingClosed:
    """A finding came to its end."""

    finding_id: UUID
    programme_id: UUID
    withdrawn_by: str


@dataclass(frozen=True, slots=True)
class PaymentHoldProposed:
    """Finance proposed to hold payments; `answer` is what the treasury would be told."""

    hold_id: UUID
    programme_id: UUID
    document_number: str
    answer: str

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.hold_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "proposed"


@dataclass(frozen=True, slots=True)
class PaymentHoldRejected:
    """The hold was not agreed to."""

    hold_id: UUID
    programme_id: UUID

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.hold_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "rejected"


@dataclass(frozen=True, slots=True)
class PaymentSuspended:
    """Payments are suspended from the committed decision on (D-18)."""

    hold_id: UUID
    programme_id: UUID
    document_number: str
    day: date
    year: int
    cap: Money | None


@dataclass(frozen=True, slots=True)
class PaymentStopped:
    """Payments are stopped; the programme is suspended (D-18)."""

    hold_id: UUID
    programme_id: UUID
    document_number: str
    day: date
    year: int


@dataclass(frozen=True, slots=True)
class PaymentResumed:
    """Payments may go on (D-18)."""

    hold_id: UUID
    programme_id: UUID
    document_number: str
    day: date
    year: int


@dataclass(frozen=True, slots=True)
class KeyMonitoringListed:
    """A programme is on the key list of the year (D-18, T-21)."""

    list_id: UUID
    entry_id: UUID
    programme_id: UUID
    year: int
    ground: str
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class KeyMonitoringReportedUp:
    """A key monitoring report went up to district finance and the department (T-21)."""

    report_id: UUID
    programme_id: UUID

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "reported_up"


@dataclass(frozen=True, slots=True)
class KeyMonitoringFedBack:
    """The result went back to the department of the level (D-18, T-21)."""

    report_id: UUID
    programme_id: UUID
    result: str

    @property
    def record_id(self) -> UUID:
        """The record, as readers note it."""
        return self.report_id

    @property
    def state(self) -> str:
        """The state reached."""
        return "fed_back"
