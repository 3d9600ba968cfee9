"""Marks of judges and scores from figures, in a key evaluation (R-14, §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jixiao.evaluation.domain.errors import TooFewJudges
from jixiao.measures.ratio import Operator, attainment
from jixiao.measures.score import round2

JUDGES_AT_LEAST = 3
TRIMMED_FROM = 5
SPREAD = Fraction(3, 10)
WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Mark:
    """One judge's mark on one indicator in one round (1 or 2)."""

    judge: str
    code: str
    round: int
    score: Decimal
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What several marks come to; `counted` is how many the mean was taken of."""

    score: Decimal
    counted: int
    needs_discussion: bool


@dataclass(frozen=True, slots=True)
class RateFigures:
    """A rate's numerator and denominator; for the cost: actual, and planned of what was done."""

    code: str
    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, slots=True)
class Computed:
    """A score from figures, with the rate it rests on in per cent, 2 dp."""

    code: str
    numerator: Decimal
    denominator: Decimal
    rate_pct: Decimal
    score: Decimal


def judge(weight: Decimal, marks: Sequence[Decimal | None]) -> Judged:
    """Take the mean of the marks, from five on without the highest and the lowest.

    None is a judge recused. Marks further apart than 30 % of the weight, before
    trimming, need discussion. Raises TooFewJudges below three.

    Rules: R-14. Articles: D-23, T-26.
    """
    given = sorted(mark for mark in marks if mark is not None)
    if len(given) < JUDGES_AT_LEAST:
        raise TooFewJudges
    kept = given[1:-1] if len(given) >= TRIMMED_FROM else given
    mean = sum((Fraction(mark) for mark in kept), Fraction(0)) / len(kept)
    apart = Fraction(given[-1] - given[0]) > SPREAD * Fraction(weight)
    return Judged(round2(mean), len(kept), apart)


def rate_score(weight: Decimal, figures: RateFigures) -> Computed:
    """Score a rate against 100 %; the rate enters with 2 decimals.

    Raises ValueError for a denominator that is not positive.

    Rules: R-6, R-15. Articles: D-23, T-26.
    """
    rate_pct = _percent(figures.numerator, figures.denominator)
    ratio = attainment(Operator.GE, rate_pct, target=WHOLE).ratio
    score = round2(Fraction(weight) * ratio)
    return Computed(figures.code, figures.numerator, figures.denominator, rate_pct, score)


def cost_score(weight: Decimal, figures: RateFigures) -> Computed:
    """Score the cost against the planned cost of what was done; `rate_pct` is the overrun.

    No overrun is the full weight, an overrun r leaves W × (1 − r), not below 0.
    Raises ValueError for a planned cost that is not positive.

    Rules: R-15. Articles: D-23, T-26.
    """
    overrun = _percent(figures.numerator - figures.denominator, figures.denominator)
    ratio = min(Fraction(1), max(Fraction(0), 1 - Fraction(overrun) / 100))
    score = round2(Fraction(weight) * ratio)
    return Computed(figures.code, figures.numerator, figures.denominator, overrun, score)


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    if whole <= 0:
        raise ValueError("a rate needs a positive denominator")
    return round2(100 * Fraction(part) / Fraction(whole))
