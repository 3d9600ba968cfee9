"""Performance indicators: their tree, their fields, and the library of common ones."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.measures.ratio import Direction, Operator, default_direction

from .errors import WrongState
from .events import IndicatorLibraryPublished


class Level1(StrEnum):
    """First level of the indicator tree (§2); `execution` is computed and never filed."""

    COST = "cost"
    OUTPUT = "output"
    BENEFIT = "benefit"
    SATISFACTION = "satisfaction"


class Level2(StrEnum):
    """Second level of the indicator tree (§2)."""

    ECONOMIC_COST = "economic_cost"
    SOCIAL_COST = "social_cost"
    ECOLOGICAL_COST = "ecological_cost"
    QUANTITY = "quantity"
    QUALITY = "quality"
    TIMELINESS = "timeliness"
    COST_ITEM = "cost_item"
    ECONOMIC = "economic"
    SOCIAL = "social"
    ECOLOGICAL = "ecological"
    SUSTAINABLE = "sustainable"
    SERVICE_OBJECT = "service_object"


TREE: dict[Level1, tuple[Level2, ...]] = {
    Level1.COST: (Level2.ECONOMIC_COST, Level2.SOCIAL_COST, Level2.ECOLOGICAL_COST),
    Level1.OUTPUT: (Level2.QUANTITY, Level2.QUALITY, Level2.TIMELINESS, Level2.COST_ITEM),
    Level1.BENEFIT: (Level2.ECONOMIC, Level2.SOCIAL, Level2.ECOLOGICAL, Level2.SUSTAINABLE),
    Level1.SATISFACTION: (Level2.SERVICE_OBJECT,),
}


class Kind(StrEnum):
    """Measured by a figure or by words."""

    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"


class StandardType(StrEnum):
    """Where the level of the target value comes from (F10)."""

    PLAN = "plan"
    INDUSTRY = "industry"
    HISTORICAL = "historical"
    EXPERIENCE = "experience"


class Aggregation(StrEnum):
    """How the parts of an indicator add up to the overall value (R-20)."""

    SUM = "sum"
    WEIGHTED_AVERAGE = "weighted_average"
    EACH = "each"
    CONFIRM = "confirm"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One third-level indicator; a value object, so a target keeps the copy it was filed with.

    `weight` has two decimals, target values at most six; a date is the decimal yyyymmdd.
    `code` names the row inside its target. `library_ref` is `<version>:<code>` of the
    library it was copied from.

    Articles: D-12, T-14. Rules: R-3, R-50.
    """

    code: str
    name: str
    level1: Level1
    level2: Level2
    weight: Decimal
    kind: Kind = Kind.QUANTITATIVE
    operator: Operator | None = None
    target_value: Decimal | None = None
    target_low: Decimal | None = None
    target_high: Decimal | None = None
    unit: str = ""
    text_target: str = ""
    direction: Direction | None = None
    explanation: str = ""
    standard_type: StandardType = StandardType.PLAN
    standard_source: str = ""
    last_year_value: Decimal | None = None
    evidence_source: str = ""
    is_core: bool = False
    is_common: bool = False
    exact_confirmed: bool = False
    aggregation: Aggregation | None = None
    term_value: Decimal | None = None
    library_ref: str = ""
    cumulative: bool = False

    @property
    def governing_direction(self) -> Direction | None:
        """The filed direction, else the operator's default; none for qualitative ones."""
        if self.operator is None:
            return None
        return self.direction or default_direction(self.operator)

    @property
    def is_rate(self) -> bool:
        """Say whether it is a rate and so needs its formula."""
        return self.unit in ("%", "‰")


class LibraryState(StrEnum):
    """A library version is written, then in force, then followed by the next."""

    DRAFT = "draft"
    IN_FORCE = "in_force"


@dataclass(slots=True)
class IndicatorLibrary:
    """One version of the common indicators of a department's line, or of all (`line` empty).

    Articles: D-5(6), D-6(3). Rules: R-50.
    """

    library_id: UUID
    line: str
    year: int
    number: int
    indicators: tuple[Indicator, ...] = ()
    in_force_from: date | None = None
    state: LibraryState = LibraryState.DRAFT
    version: int = 0

    def publish(
        self, indicators: tuple[Indicator, ...], day: date
    ) -> list[IndicatorLibraryPublished]:
        """Put this version in force; from then it is immutable.

        Raises WrongState where it already is in force: the next change is a new version.

        Rules: R-50.
        """
        if self.state is not LibraryState.DRAFT:
            raise WrongState(state="已生效", act="修改指标库版本（请另建新版本）")
        self.indicators, self.in_force_from = indicators, day
        self.state = LibraryState.IN_FORCE
        return [IndicatorLibraryPublished(self.library_id, self.line, self.number, day)]

    def copy(self, code: str) -> Indicator | None:
        """Return the row named `code`, marked with this version; None where it is absent."""
        for row in self.indicators:
            if row.code == code:
                return replace(row, library_ref=f"{self.number}:{code}", is_common=True)
        return None
