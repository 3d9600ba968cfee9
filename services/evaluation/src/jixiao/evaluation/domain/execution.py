"""The execution score: ten points for spending what was budgeted (R-4, R-5)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from jixiao.measures.score import round2
from jixiao.servicekit.values import Money

WEIGHT = Decimal("10.00")
REASON_BELOW = Fraction(9, 10)
NOTHING = Money(0)


class Flag(StrEnum):
    """What a score carries beside its points."""

    OVER_BUDGET = "over_budget"
    NO_FUNDS = "no_funds"
    SPENDING_WITHOUT_BUDGET = "spending_without_budget"
    NEGATIVE_EXECUTION = "negative_execution"
    LATE_REDUCTION = "late_reduction"
    EXECUTED_MISSING = "executed_missing"
    OVER_ACHIEVED = "over_achieved"
    ACTUAL_MISSING = "actual_missing"
    NO_OUTPUT = "no_output"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a point is what it is: the figures, the rule, the article."""

    figures: str
    rule: str
    article: str


@dataclass(frozen=True, slots=True)
class Funds:
    """The money of a programme's year, in yuan.

    `full_year_budget` as it stands at year end; `late_reduction` is what was cut after
    31 October, added back unless the standing committee approved it.
    """

    full_year_budget: Money
    executed: Money | None
    late_reduction: Money = NOTHING
    late_reduction_approved: bool = False
    initial_budget: Money = NOTHING

    @property
    def added_back(self) -> bool:
        """A late reduction nobody approved does not lower the budget (R-4)."""
        return bool(self.late_reduction) and not self.late_reduction_approved

    @property
    def denominator(self) -> Money:
        """B, wherever B is used (R-4)."""
        if self.added_back:
            return self.full_year_budget + self.late_reduction
        return self.full_year_budget


@dataclass(frozen=True, slots=True)
class ExecutionScore:
    """Score 0.00 to 10.00, None where it does not apply; rate in per cent, 2 dp."""

    score: Decimal | None
    rate_pct: Decimal | None
    applicable: bool
    flags: tuple[Flag, ...]
    reason_required: bool
    submittable: bool
    explanation: Explanation


def execution_score(funds: Funds) -> ExecutionScore:
    """Score the year's spending against the full-year budget, unrounded rate.

    Rules: R-4, R-5. Articles: D-20.
    """
    budget, executed = funds.denominator.fen, funds.executed
    if executed is None:
        return _scored(funds, Fraction(0), None, Flag.EXECUTED_MISSING)
    spent = executed.fen
    rate = Fraction(spent, budget) if budget > 0 else None
    if spent < 0:
        return _scored(funds, Fraction(0), rate, Flag.NEGATIVE_EXECUTION)
    if rate is None:
        flag = Flag.SPENDING_WITHOUT_BUDGET if spent else Flag.NO_FUNDS
        return _scored(funds, Fraction(0), None, flag)
    return _scored(funds, min(Fraction(1), rate), rate, Flag.OVER_BUDGET if rate > 1 else None)


def _scored(
    funds: Funds, share: Fraction, rate: Fraction | None, flag: Flag | None
) -> ExecutionScore:
    applicable = flag is not Flag.NO_FUNDS
    late = (Flag.LATE_REDUCTION,) if funds.added_back else ()
    flags = ((flag,) if flag else ()) + late
    score = round2(Fraction(WEIGHT) * share) if applicable else None
    low = rate is not None and rate < REASON_BELOW
    return ExecutionScore(
        score=score,
        rate_pct=None if rate is None else round2(rate * 100),
        applicable=applicable,
        flags=flags,
        reason_required=applicable and (low or bool(flags)),
        submittable=flag is not Flag.EXECUTED_MISSING,
        explanation=_explain(funds, score, rate),
    )


def _explain(funds: Funds, score: Decimal | None, rate: Fraction | None) -> Explanation:
    spent = "未取得" if funds.executed is None else f"{funds.executed}元"
    figures = f"全年预算数{funds.denominator}元，全年执行数{spent}"
    if funds.added_back:
        figures += f"（10月31日后调减的{funds.late_reduction}元未经批准，已加回）"
    if rate is not None:
        figures += f"，执行率{round2(rate * 100)}%"
    points = "不计分，总分按其余指标折算" if score is None else f"得{score}分"
    return Explanation(f"{figures}，{points}", "R-4" if rate is not None else "R-5", "D-20")
