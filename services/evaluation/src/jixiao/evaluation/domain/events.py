"""What happened in evaluation, as other rings and services keep it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Coordinates


@dataclass(frozen=True, slots=True)
class CampaignAnnounced:
    """The list is out; each programme on it is due (D-20, T-23)."""

    campaign_id: UUID
    year: int
    programme_ids: tuple[UUID, ...]
    unit_due_on: date
    town_due_on: date
    report_due_on: date


@dataclass(frozen=True, slots=True)
class CampaignClosed:
    """From here on the not filed count 0 in binding scores (R-12, R-37)."""

    campaign_id: UUID
    year: int
    not_filed: tuple[UUID, ...]
    closed_on: date


@dataclass(frozen=True, slots=True)
class CampaignReopened:
    """Finance took the close back, with a reason (R-52)."""

    campaign_id: UUID
    year: int
    reopened_on: date


@dataclass(frozen=True, slots=True)
class SelfEvaluationOpened:
    """A self-evaluation fell due and stands prefilled."""

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    due_on: date


@dataclass(frozen=True, slots=True)
class SelfEvaluationSubmitted:
    """Filed and frozen, with the score it comes to (D-20, T-23)."""

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    score: Decimal
    grade: Grade
    filed_on: date
    days_late: int


@dataclass(frozen=True, slots=True)
class SelfEvaluationAccepted:
    """A level took it (township department, department, finance)."""

    self_evaluation_id: UUID
    programme_id: UUID
    year: int
    level: str
    score: Decimal
    grade: Grade


@dataclass(frozen=True, slots=True)
class SelfEvaluationReturned:
    """Back to the filer with an opinion."""

    self_evaluation_id: UUID
    programme_id: UUID
    year: int
    opinion: str


@dataclass(frozen=True, slots=True)
class SelfEvaluationOverdue:
    """The due date passed without a filing (R-39)."""

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    due_on: date


@dataclass(frozen=True, slots=True)
class RollUpSubmitted:
    """A town's or line's score as of now (R-12)."""

    roll_up_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    level: str
    score: Decimal | None
    coverage_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class RollUpBound:
    """The score that binds allocation and linkage, after the close (R-12, R-37)."""

    roll_up_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    level: str
    score: Decimal | None
    grade: Grade | None
    coverage_pct: Decimal | None
    binding_score: Decimal | None
    binding_grade: Grade | None
    missing: tuple[str, ...]
    nothing_filed: bool


@dataclass(frozen=True, slots=True)
class SpotCheckSampled:
    """Drawn, by risk or at random (R-47)."""

    spot_check_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    drawn_by: str


@dataclass(frozen=True, slots=True)
class SpotCheckFedBack:
    """The evaluated party has the recheck and may answer."""

    spot_check_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    recheck_score: Decimal
    answer_due_on: date


@dataclass(frozen=True, slots=True)
class SpotCheckConcluded:
    """The recheck governs; both scores stay (R-13)."""

    spot_check_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    self_score: Decimal | None
    recheck_score: Decimal
    diff: Decimal | None
    large_difference: bool
    notice: bool
    reasons: tuple[str, ...]
    governing_grade: Grade
    problems: tuple[str, ...]
    concluded_on: date


@dataclass(frozen=True, slots=True)
class EvaluationOpened:
    """A key evaluation is planned (D-23, T-25)."""

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    kind: str


@dataclass(frozen=True, slots=True)
class EvaluationConsulted:
    """The draft report went to the evaluated party (R-28)."""

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    answer_due_on: date


@dataclass(frozen=True, slots=True)
class EvaluationConcluded:
    """Final and immutable (D-22, D-23, T-25, T-26)."""

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    kind: str
    total: Decimal
    grade: Grade
    main_problems: tuple[str, ...]
    measures: tuple[str, ...]
    evaluator: str
    concluded_on: date


@dataclass(frozen=True, slots=True)
class ThirdPartyRegistered:
    """Known to district finance (D-6(8))."""

    third_party_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ThirdPartySuspended:
    """No commission until the day named; `until` is None for a removal (R-43)."""

    third_party_id: UUID
    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class CommissionInvited:
    """A third party was asked (D-6(8), T-26)."""

    commission_id: UUID
    third_party_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    purpose: str
    record_id: UUID
    ends_on: date


@dataclass(frozen=True, slots=True)
class CommissionContracted:
    """From now until `ends_on` it sees its commission and nothing else (P3.2)."""

    commission_id: UUID
    third_party_id: UUID
    programme_id: UUID
    year: int
    purpose: str
    record_id: UUID
    persons: tuple[str, ...]
    object_ids: tuple[UUID, ...]
    ends_on: date


@dataclass(frozen=True, slots=True)
class CommissionTerminated:
    """Ended early, for example by a conflict (R-43)."""

    commission_id: UUID
    third_party_id: UUID
    programme_id: UUID
    year: int
    reason: str


@dataclass(frozen=True, slots=True)
class CommissionRated:
    """The quality mark of the work (R-43)."""

    commission_id: UUID
    third_party_id: UUID
    mark: Decimal
    grade: Grade
    rated_on: date
