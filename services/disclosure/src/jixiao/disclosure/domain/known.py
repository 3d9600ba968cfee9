"""What this service keeps of other services' records, fed by their events (architecture.md A-4)."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from jixiao.servicekit.values import Coordinates, Money


@dataclass(frozen=True, slots=True)
class TargetRow:
    """An indicator as released: its target in words and its weight."""

    code: str
    name: str
    level1: str
    level2: str
    target_text: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class KnownTarget:
    """The released target of a year."""

    number: int
    annual_text: str
    overall_text: str
    amount: Money
    document_number: str
    released_on: date
    indicators: tuple[TargetRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A scored indicator."""

    code: str
    name: str
    level1: str
    level2: str
    target_text: str
    actual_text: str
    weight: str
    score: str
    deviation_reason: str


@dataclass(frozen=True, slots=True)
class KnownSelf:
    """The self-evaluation last submitted."""

    total: Decimal
    grade: str
    full_year_budget: Money
    executed: Money
    execution_score: str
    rate_pct: str
    completion_text: str
    submitted_on: date
    days_late: int
    indicators: tuple[ScoredRow, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownRecheck:
    """The spot check's result."""

    self_score: Decimal
    recheck_score: Decimal
    grade: str
    difference: Decimal
    large_difference: bool
    reasons: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The final key evaluation."""

    source: str
    total: Decimal
    grade: str
    evaluator: str
    day: date
    objections_answer: str
    problems: tuple[str, ...] = ()
    indicators: tuple[ScoredRow, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownRollUp:
    """The roll-up of a transfer's town or line."""

    level: str
    displayed_score: str
    displayed_grade: str
    coverage_pct: str
    binding_score: str = ""
    binding_grade: str = ""


@dataclass(frozen=True, slots=True)
class KnownPart:
    """A town's share of an allocation, with all that it needs to recompute it."""

    territory: str
    name: str
    amount: Money
    score: str
    composite: str
    values: dict[str, str] = field(default_factory=dict)
    shares: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownAllocation:
    """An approved factor allocation (T-32)."""

    pool: Money
    performance_mode: str
    day: date
    weights: dict[str, str] = field(default_factory=dict)
    parts: tuple[KnownPart, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownMeasure:
    """A rectification: what was wrong and what was done."""

    source: str
    day: date
    state: str
    measures: str = ""


@dataclass(frozen=True, slots=True)
class YearFacts:
    """What is known of one budget year."""

    requested: Money | None = None
    initial_budget: Money | None = None
    current_budget: Money | None = None
    executed: Money | None = None
    executed_on: date | None = None
    received_on: date | None = None
    """Day on which the department received the approved final accounts."""
    target: KnownTarget | None = None
    self_evaluation: KnownSelf | None = None
    recheck: KnownRecheck | None = None
    key: KnownKey | None = None
    roll_up: KnownRollUp | None = None
    allocation: KnownAllocation | None = None
    not_filed: bool = False


@dataclass(slots=True)
class KnownProgramme:
    """A programme that is not classified; of the others the id alone is kept, elsewhere (R-41)."""

    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str
    name: str
    parent_id: UUID | None = None
    object_type: str = ""
    special_fund: bool = False
    is_major: bool = False
    transfer: bool = False
    transfer_class: str = ""
    allocation_method: str = ""
    target_level: str = ""
    origin: str = ""
    responsible_post: str = ""
    years: dict[str, YearFacts] = field(default_factory=dict)
    measures: dict[str, KnownMeasure] = field(default_factory=dict)
    """By order."""
    state: str = "draft"
    version: int = 0

    def of(self, year: int) -> YearFacts:
        """What is known of a budget year."""
        return self.years.get(str(year), YearFacts())

    def learn(self, year: int, **facts: Any) -> None:
        """Remember facts of a budget year."""
        self.years[str(year)] = replace(self.of(year), **facts)

    def measures_of(self, year: int) -> list[str]:
        """What was done about problems of a budget year: found while it ran, or the year after."""
        done = []
        for measure in self.measures.values():
            found = measure.day.year if measure.source == "monitoring" else measure.day.year - 1
            if found == year and measure.measures:
                done.append(measure.measures)
        return done


@dataclass(frozen=True, slots=True)
class Names:
    """Names of departments, units and towns by their codes."""

    by_code: dict[str, str]

    def of(self, code: str) -> str:
        """The name, or the code where the directory has none."""
        return self.by_code.get(code, code)

    def carrier(self, at: Coordinates) -> str:
        """Who carries a programme out: its unit, or the department itself."""
        return self.by_code.get(at.unit) or self.of(at.line)
