"""Risk points: what to watch, and whom a spot check looks at first (R-26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Money

SUGGESTED_FROM = 40


class Risk(StrEnum):
    """Each ground for points."""

    KEY_FUND = "key_fund"
    LIGHT_RED = "execution_light_red"
    LIGHT_YELLOW = "execution_light_yellow"
    GRADE_POOR = "last_grade_poor"
    GRADE_FAIR = "last_grade_fair"
    RECTIFICATION_OVERDUE = "rectification_overdue"
    RETURNED_TWICE = "target_returned_twice"
    ADJUSTED_TWICE = "target_adjusted_twice"
    OLD_CARRY_OVER = "carry_over_older_than_1_year"
    LARGE_DIFFERENCE = "large_difference_last_year"
    FIRST_YEAR = "first_year"
    LARGEST_TENTH = "top_10_pct"


POINTS: Mapping[Risk, int] = {
    Risk.KEY_FUND: 30,
    Risk.LIGHT_RED: 30,
    Risk.LIGHT_YELLOW: 15,
    Risk.GRADE_POOR: 25,
    Risk.GRADE_FAIR: 10,
    Risk.RECTIFICATION_OVERDUE: 15,
    Risk.RETURNED_TWICE: 5,
    Risk.ADJUSTED_TWICE: 5,
    Risk.OLD_CARRY_OVER: 10,
    Risk.LARGE_DIFFERENCE: 15,
    Risk.FIRST_YEAR: 5,
    Risk.LARGEST_TENTH: 10,
}


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of a programme when the points are counted.

    `key_fund`: major special fund, or transfer on finance's key list. `execution_light`:
    of the last closed monitoring round (green, yellow, red, none).
    """

    key_fund: bool = False
    execution_light: str = "none"
    last_grade: Grade | None = None
    rectification_overdue: bool = False
    target_returns: int = 0
    target_adjustments: int = 0
    old_carry_over: bool = False
    large_difference_last_year: bool = False
    first_year: bool = False
    largest_tenth: bool = False


@dataclass(frozen=True, slots=True)
class RiskPoints:
    """The grounds that hold, and their sum."""

    risks: tuple[Risk, ...]
    total: int

    @property
    def suggested(self) -> bool:
        """Whether it is suggested for key monitoring."""
        return self.total >= SUGGESTED_FROM


def risk_points(facts: RiskFacts) -> RiskPoints:
    """Count the points of one programme.

    Rules: R-26. Articles: D-18, D-21.
    """
    holds = {
        Risk.KEY_FUND: facts.key_fund,
        Risk.LIGHT_RED: facts.execution_light == "red",
        Risk.LIGHT_YELLOW: facts.execution_light == "yellow",
        Risk.GRADE_POOR: facts.last_grade is Grade.POOR,
        Risk.GRADE_FAIR: facts.last_grade is Grade.FAIR,
        Risk.RECTIFICATION_OVERDUE: facts.rectification_overdue,
        Risk.RETURNED_TWICE: facts.target_returns >= 2,
        Risk.ADJUSTED_TWICE: facts.target_adjustments >= 2,
        Risk.OLD_CARRY_OVER: facts.old_carry_over,
        Risk.LARGE_DIFFERENCE: facts.large_difference_last_year,
        Risk.FIRST_YEAR: facts.first_year,
        Risk.LARGEST_TENTH: facts.largest_tenth,
    }
    risks = tuple(risk for risk, held in holds.items() if held)
    return RiskPoints(risks, sum(POINTS[risk] for risk in risks))


def largest_tenth(amounts: Mapping[str, Money]) -> frozenset[str]:
    """Return the codes of a department's first ⌈n/10⌉ programmes of the year by amount.

    Equal amounts go by code.

    Rules: R-26.
    """
    ranked = sorted(amounts, key=lambda code: (-amounts[code].fen, code))
    return frozenset(ranked[: -(-len(ranked) // 10)])
