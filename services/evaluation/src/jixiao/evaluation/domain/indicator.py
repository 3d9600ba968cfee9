"""An indicator of the released target, what was achieved of it, and the words both use (§2)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from jixiao.measures.ratio import Direction, Operator, default_direction

COST_LEVEL2 = frozenset({"cost_item", "economic_cost", "social_cost", "ecological_cost"})
QUANTITY = "quantity"


class Kind(StrEnum):
    """定量 or 定性."""

    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"


class Tier(StrEnum):
    """The three tiers of a qualitative indicator (R-9)."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT_ACHIEVED = "not_achieved"


class OverCause(StrEnum):
    """Why a target was far exceeded (R-7); only the first deducts."""

    TARGET_TOO_LOW = "target_too_low"
    POLICY_CHANGE = "policy_change"
    EXTERNAL_FACTOR = "external_factor"
    EXTRA_EFFORT = "extra_effort"


class Aggregation(StrEnum):
    """How figures of a level below make the figure of the level above (R-20)."""

    SUM = "sum"
    WEIGHTED_AVERAGE = "weighted_average"
    EACH = "each"
    CONFIRM = "confirm"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A third-level indicator as released.

    `weight` has 2 decimals, > 0. Quantitative: `operator` with `target_value`, or
    `target_low` and `target_high`. A deadline has `planned_on` and `starts_on` instead.
    Qualitative: `text_target`.
    """

    code: str
    name: str
    level1: str
    level2: str
    kind: Kind
    weight: Decimal
    operator: Operator | None = None
    target_value: Decimal | None = None
    target_low: Decimal | None = None
    target_high: Decimal | None = None
    starts_on: date | None = None
    planned_on: date | None = None
    text_target: str = ""
    unit: str = ""
    direction: Direction | None = None
    aggregation: Aggregation = Aggregation.NONE

    @property
    def is_cost(self) -> bool:
        """Cost of the first level, or the cost row under output of profile `p2020`."""
        return self.level1 == "cost" or self.level2 in COST_LEVEL2

    @property
    def wanted(self) -> Direction | None:
        """The direction in force: as filed, else the operator's own. None if qualitative."""
        if self.operator is None:
            return None
        return self.direction or default_direction(self.operator)

    @property
    def is_output_quantity(self) -> bool:
        """A quantity that output is judged by; one where 0 is wanted is none (R-6)."""
        return self.level2 == QUANTITY and self.wanted is not Direction.NEGATIVE


@dataclass(frozen=True, slots=True)
class Actual:
    """What was achieved: a value, a day, or a tier with its percentage (0 to 100, 2 dp)."""

    actual_value: Decimal | None = None
    actual_on: date | None = None
    tier: Tier | None = None
    percent: Decimal | None = None
    over_cause: OverCause | None = None
    reason: str = ""
    evidence: str = ""
    base: Decimal | None = None

    def missing(self, indicator: Indicator) -> bool:
        """Say whether the figure this indicator needs is not there (R-8)."""
        if indicator.kind is Kind.QUALITATIVE:
            return self.tier is None or self.percent is None
        if indicator.planned_on is not None:
            return self.actual_on is None
        return self.actual_value is None

    def nothing(self, indicator: Indicator) -> bool:
        """Say whether no output stands here: 0 or missing (R-6)."""
        figure = self.percent if indicator.kind is Kind.QUALITATIVE else self.actual_value
        return self.missing(indicator) or figure == 0


NO_ACTUAL = Actual()
