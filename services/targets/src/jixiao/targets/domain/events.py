"""What happened in the targets service; ids and what readers keep, never opinions."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.values import Coordinates, Money


@dataclass(frozen=True, slots=True)
class Event:
    """Something a reader may keep."""


@dataclass(frozen=True, slots=True)
class ProgrammeCreated(Event):
    """A classified programme is told by its id alone: all else is empty then."""

    programme_id: UUID
    code: str
    name: str
    coordinates: Coordinates | None
    year: int
    parent_id: UUID | None
    classified: bool
    object_type: str = ""
    special_fund: bool = False
    is_major: bool = False
    transfer: bool = False
    transfer_class: str = ""
    allocation_method: str = ""
    target_level: str = ""
    origin: str = ""
    consolidated_agricultural: bool = False
    term_start: date | None = None
    term_end: date | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeMoved(Event):
    """A programme reached a state of §8; `year` 0 where it holds for all years."""

    programme_id: UUID
    year: int
    state: str


@dataclass(frozen=True, slots=True)
class ProgrammeAdmitted(Event):
    programme_id: UUID
    day: date


@dataclass(frozen=True, slots=True)
class BudgetEntered(Event):
    programme_id: UUID
    year: int
    amount: Money


@dataclass(frozen=True, slots=True)
class BudgetRecorded(Event):
    programme_id: UUID
    year: int
    kind: str
    amount: Money
    day: date
    initial_budget: Money
    approved_budget: Money
    current_budget: Money
    first_budget_year: int | None
    received_on: date | None
    standing_committee: bool
    document_number: str


@dataclass(frozen=True, slots=True)
class TransferApprovalRecorded(Event):
    programme_id: UUID
    document_number: str
    day: date


@dataclass(frozen=True, slots=True)
class ResponsibilitySet(Event):
    programme_id: UUID
    post: str
    person: str
    since: date
    lifelong: bool


@dataclass(frozen=True, slots=True)
class ExanteSubmitted(Event):
    application_id: UUID
    programme_id: UUID
    requested: Money
    total: Decimal
    grade: str
    suggested: str


@dataclass(frozen=True, slots=True)
class ExanteReturned(Event):
    application_id: UUID
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class IndependentReviewOrdered(Event):
    application_id: UUID
    programme_id: UUID
    commission_id: UUID


@dataclass(frozen=True, slots=True)
class ExanteAssessedIndependently(Event):
    application_id: UUID
    programme_id: UUID
    total: Decimal
    grade: str
    suggested: str


@dataclass(frozen=True, slots=True)
class ExanteDecided(Event):
    application_id: UUID
    programme_id: UUID
    conclusion: str
    amount: Money
    total: Decimal
    grade: str
    day: date


@dataclass(frozen=True, slots=True)
class ExanteLapsed(Event):
    application_id: UUID
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class IndicatorLibraryPublished(Event):
    library_id: UUID
    line: str
    number: int
    day: date


@dataclass(frozen=True, slots=True)
class TargetSubmitted(Event):
    target_id: UUID
    programme_id: UUID
    year: int
    number: int
    amount: Money


@dataclass(frozen=True, slots=True)
class TargetWithdrawn(Event):
    target_id: UUID
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class TargetReviewed(Event):
    target_id: UUID
    programme_id: UUID
    reviewer: str
    grade: str
    state: str


@dataclass(frozen=True, slots=True)
class TargetReturned(Event):
    """`returns` counts the returns of this year's target; two raise a risk point (R-26)."""

    target_id: UUID
    programme_id: UUID
    returns: int


@dataclass(frozen=True, slots=True)
class TargetBlocked(Event):
    target_id: UUID
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class TargetPassed(Event):
    target_id: UUID
    programme_id: UUID
    year: int
    number: int
    amount: Money


@dataclass(frozen=True, slots=True)
class TargetDecomposed(Event):
    target_id: UUID
    programme_id: UUID


@dataclass(frozen=True, slots=True)
class TargetReleased(Event):
    """One act of release; `reaches_unit` opens the reports of the spender (R-21)."""

    target_id: UUID
    programme_id: UUID
    year: int
    number: int
    giver: str
    receiver: str
    document_number: str
    day: date
    amount: Money
    reaches_unit: bool
    annual_text: str = ""
    overall_text: str = ""
    indicators: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetSuperseded(Event):
    target_id: UUID
    programme_id: UUID
    year: int


@dataclass(frozen=True, slots=True)
class AdjustmentSubmitted(Event):
    adjustment_id: UUID
    programme_id: UUID
    target_id: UUID
    year: int


@dataclass(frozen=True, slots=True)
class AdjustmentReviewed(Event):
    adjustment_id: UUID
    programme_id: UUID
    reviewer: str
    state: str


@dataclass(frozen=True, slots=True)
class AdjustmentApproved(Event):
    adjustment_id: UUID
    programme_id: UUID
    target_id: UUID
    difference: Money
    year: int
