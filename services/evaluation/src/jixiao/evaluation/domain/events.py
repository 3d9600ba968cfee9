"""What happened in evaluation, as other rings and services keep it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Coordinates, Money


@dataclass(frozen=True, slots=True)
class ScoredIndicator:
    """One scored row as published later; texts are readable, points have 2 dp."""

    code: str
    name: str
    level1: str
    level2: str
    target_text: str
    actual_text: str
    weight: Decimal
    score: Decimal
    deviation_reason: str = ""


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
    not_filed_programme_ids: tuple[UUID, ...]
    closed_on: date


@dataclass(frozen=True, slots=True)
class CampaignReopened:
    """Finance took the close back, with a reason (R-52)."""

    campaign_id: UUID
    year: int
    reopened_on: date

    @property
    def record_id(self) -> UUID:
        """The campaign, as told."""
        return self.campaign_id

    @property
    def state(self) -> str:
        """What it is again."""
        return "running"


@dataclass(frozen=True, slots=True)
class SelfEvaluationOpened:
    """A self-evaluation fell due and stands prefilled."""

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    due_on: date
    state: str = "not_started"


@dataclass(frozen=True, slots=True)
class SelfEvaluationSubmitted:
    """Filed and frozen, with the score it comes to (D-20, T-23)."""

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    score: Decimal
    grade: Grade
    submitted_on: date
    days_late: int
    full_year_budget: Money
    executed: Money | None
    execution_score: Decimal | None
    rate_pct: Decimal | None
    completion_text: str
    indicators: tuple[ScoredIndicator, ...]

    @property
    def total(self) -> Decimal:
        """The score, as told."""
        return self.score


@dataclass(frozen=True, slots=True)
class SelfEvaluationAccepted:
    """A level took it (township department, department, finance)."""

    self_evaluation_id: UUID
    programme_id: UUID
    year: int
    state: str
    score: Decimal
    grade: Grade


@dataclass(frozen=True, slots=True)
class SelfEvaluationReceived(SelfEvaluationAccepted):
    """District finance took it."""


@dataclass(frozen=True, slots=True)
class SelfEvaluationChased:
    """A level above reminded the unit (T-23)."""

    record_id: UUID
    programme_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class SelfEvaluationReturned:
    """Back to the filer with an opinion."""

    self_evaluation_id: UUID
    programme_id: UUID
    year: int
    opinion: str
    state: str = "returned"


@dataclass(frozen=True, slots=True)
class SelfEvaluationOverdue:
    """The due date passed without a filing (R-39)."""

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    due_on: date
    state: str = "overdue"


@dataclass(frozen=True, slots=True)
class RollUpSubmitted:
    """A town's or line's score as of now (R-12)."""

    roll_up_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    level: str
    score: Decimal | None
    grade: Grade | None
    coverage_pct: Decimal | None
    missing_programme_ids: tuple[UUID, ...]

    @property
    def territory(self) -> str:
        """The town or the district."""
        return self.coordinates.territory

    @property
    def displayed_score(self) -> Decimal | None:
        """The score over the filed, as told."""
        return self.score

    @property
    def displayed_grade(self) -> Grade | None:
        """Its grade, as told."""
        return self.grade

    @property
    def anything_filed(self) -> bool:
        """Whether anything due was filed."""
        return self.score is not None


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
    missing_programme_ids: tuple[UUID, ...] = ()

    @property
    def territory(self) -> str:
        """The town or the district."""
        return self.coordinates.territory

    @property
    def displayed_score(self) -> Decimal | None:
        """The score over the filed, as told."""
        return self.score

    @property
    def displayed_grade(self) -> Grade | None:
        """Its grade, as told."""
        return self.grade

    @property
    def anything_filed(self) -> bool:
        """Whether anything due was filed by the close (R-37)."""
        return not self.nothing_filed


@dataclass(frozen=True, slots=True)
class SpotCheckSampled:
    """Drawn, by risk or at random (R-47)."""

    spot_check_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    drawn_by: str
    state: str = "sampled"

    @property
    def record_id(self) -> UUID:
        """The spot check, as told."""
        return self.spot_check_id


@dataclass(frozen=True, slots=True)
class SpotCheckFedBack:
    """The evaluated party has the recheck and may answer."""

    spot_check_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    recheck_score: Decimal
    answer_due_on: date
    state: str = "feedback"

    @property
    def record_id(self) -> UUID:
        """The spot check, as told."""
        return self.spot_check_id


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

    @property
    def grade(self) -> Grade:
        """The grade that governs, as told."""
        return self.governing_grade

    @property
    def difference(self) -> Decimal | None:
        """Self score less recheck, as told."""
        return self.diff


@dataclass(frozen=True, slots=True)
class MembersNamed:
    """The working group sees the programme until the day named (P3.1)."""

    evaluation_id: UUID
    programme_id: UUID
    person_ids: tuple[str, ...]
    until: date | None


@dataclass(frozen=True, slots=True)
class EvaluationOpened:
    """A key evaluation is planned (D-23, T-25)."""

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    kind: str
    state: str = "planned"

    @property
    def record_id(self) -> UUID:
        """The evaluation, as told."""
        return self.evaluation_id


@dataclass(frozen=True, slots=True)
class EvaluationConsulted:
    """The draft report went to the evaluated party (R-28)."""

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    answer_due_on: date
    state: str = "consultation"

    @property
    def record_id(self) -> UUID:
        """The evaluation, as told."""
        return self.evaluation_id


@dataclass(frozen=True, slots=True)
class EvaluationConcluded:
    """Final and immutable (D-22, D-23, T-25, T-26)."""

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    source: str
    total: Decimal
    grade: Grade
    problems: tuple[str, ...]
    measures: tuple[str, ...]
    evaluator: str
    day: date
    indicators: tuple[ScoredIndicator, ...] = ()
    objections_answer: str = ""
