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


@dataclass(frozen=True, slots=True)
class ExecutionRowSettled:
    """A queued row was applied or withdrawn by the treasury."""

    queue_id: UUID
    code: str
    fate: str


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


@dataclass(frozen=True, slots=True)
class MonitoringReportReturned:
    """A level sent a report back to its filer."""

    report_id: UUID
    programme_id: UUID
    opinion: str


@dataclass(frozen=True, slots=True)
class MonitoringReportRolledUp:
    """A level took a report into its own and passed it up."""

    report_id: UUID
    programme_id: UUID
    level: str


@dataclass(frozen=True, slots=True)
class WarningLetterSent:
    """Red: the reviewer warns the filer in writing (D-17)."""

    report_id: UUID
    programme_id: UUID
    unit: str


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


@dataclass(frozen=True, slots=True)
class PaymentHoldRejected:
    """The hold was not agreed to."""

    hold_id: UUID
    programme_id: UUID


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
    programme_id: UUID
    year: int
    ground: str
    points: int


@dataclass(frozen=True, slots=True)
class KeyMonitoringReportedUp:
    """A key monitoring report went up to district finance and the department (T-21)."""

    report_id: UUID
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class KeyMonitoringFedBack:
    """The result went back to the department of the level (D-18, T-21)."""

    report_id: UUID
    programme_id: UUID
    result: str
