"""Risk points: what to watch closely, and what to draw into a spot check (R-26, R-47)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Money

from .lights import Light

SUGGESTED_FROM = 40


class Risk(StrEnum):
    """A ground for risk points."""

    MAJOR_SPECIAL_FUND = "major_special_fund"
    KEY_TRANSFER = "key_transfer"
    EXECUTION_LIGHT_YELLOW = "execution_light_yellow"
    EXECUTION_LIGHT_RED = "execution_light_red"
    LAST_GRADE_FAIR = "last_grade_fair"
    LAST_GRADE_POOR = "last_grade_poor"
    OVERDUE_RECTIFICATION = "overdue_rectification"
    TARGET_RETURNED_TWICE = "target_returned_twice"
    TARGET_ADJUSTED_TWICE = "target_adjusted_twice"
    CARRY_OVER_OLDER_THAN_1_YEAR = "carry_over_older_than_1_year"
    LARGE_DIFFERENCE_LAST_YEAR = "large_difference_last_year"
    FIRST_YEAR = "first_year"
    TOP_10_PCT = "top_10_pct"


_POINTS = {
    Risk.MAJOR_SPECIAL_FUND: 30,
    Risk.KEY_TRANSFER: 30,
    Risk.EXECUTION_LIGHT_YELLOW: 15,
    Risk.EXECUTION_LIGHT_RED: 30,
    Risk.LAST_GRADE_FAIR: 10,
    Risk.LAST_GRADE_POOR: 25,
    Risk.OVERDUE_RECTIFICATION: 15,
    Risk.TARGET_RETURNED_TWICE: 5,
    Risk.TARGET_ADJUSTED_TWICE: 5,
    Risk.CARRY_OVER_OLDER_THAN_1_YEAR: 10,
    Risk.LARGE_DIFFERENCE_LAST_YEAR: 15,
    Risk.FIRST_YEAR: 5,
    Risk.TOP_10_PCT: 10,
}


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of a programme; `last_light` is of the last closed round."""

    code: str
    amount: Money
    major_special_fund: bool = False
    key_transfer: bool = False
    last_light: Light = Light.NONE
    last_grade: Grade | None = None
    overdue_rectification: bool = False
    target_returns: int = 0
    target_adjustments: int = 0
    old_carry_over: bool = False
    large_difference_last_year: bool = False
    first_year: bool = False
    among_largest: bool = False


@dataclass(frozen=True, slots=True)
class RiskScore:
    """The points of a programme, a row a ground; from 40 on it is suggested."""

    code: str
    amount: Money
    points: dict[str, int]

    @property
    def total(self) -> int:
        """The sum of the points."""
        return sum(self.points.values())

    @property
    def suggested(self) -> bool:
        """Whether leaving it out needs a reason."""
        return self.total >= SUGGESTED_FROM


def risk_points(facts: RiskFacts) -> RiskScore:
    """Add up the points of one programme.

    A programme that is both a major special fund and a key transfer gets the 30 once.

    Articles: D-17, D-18, T-21. Rules: R-26.
    """
    key_transfer = facts.key_transfer and not facts.major_special_fund
    holds = {
        Risk.MAJOR_SPECIAL_FUND: facts.major_special_fund,
        Risk.KEY_TRANSFER: key_transfer,
        Risk.EXECUTION_LIGHT_YELLOW: facts.last_light is Light.YELLOW,
        Risk.EXECUTION_LIGHT_RED: facts.last_light is Light.RED,
        Risk.LAST_GRADE_FAIR: facts.last_grade is Grade.FAIR,
        Risk.LAST_GRADE_POOR: facts.last_grade is Grade.POOR,
        Risk.OVERDUE_RECTIFICATION: facts.overdue_rectification,
        Risk.TARGET_RETURNED_TWICE: facts.target_returns >= 2,
        Risk.TARGET_ADJUSTED_TWICE: facts.target_adjustments >= 2,
        Risk.CARRY_OVER_OLDER_THAN_1_YEAR: facts.old_carry_over,
        Risk.LARGE_DIFFERENCE_LAST_YEAR: facts.large_difference_last_year,
        Risk.FIRST_YEAR: facts.first_year,
        Risk.TOP_10_PCT: facts.among_largest,
    }
    points = {str(risk): _POINTS[risk] for risk, holding in holds.items() if holding}
    return RiskScore(facts.code, facts.amount, points)


def by_risk(scores: Iterable[RiskScore]) -> tuple[RiskScore, ...]:
    """Order: points desc, amount desc, code asc. Rules: R-26."""
    return tuple(sorted(scores, key=lambda score: (-score.total, -score.amount.fen, score.code)))


def among_largest(amounts: Mapping[str, Money]) -> frozenset[str]:
    """The codes of the first ⌈n/10⌉ of a department's programmes of the year by amount.

    Rules: R-26.
    """
    first = -(-len(amounts) // 10)
    ordered = sorted(amounts, key=lambda code: (-amounts[code].fen, code))
    return frozenset(ordered[:first])
