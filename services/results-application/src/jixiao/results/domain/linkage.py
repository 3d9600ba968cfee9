"""Linkage arithmetic: which rows of the table of §9 match, and what they do to the amount."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jixiao.measures.score import Grade
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

from .errors import CutBelowMinimum, RateAboveOne, ReasonMissing
from .governing import Source
from .linkage_rows import Action, Flag, LinkageCase, Row, matching_rows

__all__ = ["Action", "Flag", "Linkage", "LinkageCase", "Reason", "link", "merged_ceiling"]

_ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the explanation: the rule, its article, and the figures in a sentence."""

    rule: str
    article: str
    action: Action
    rate: Decimal
    minimum: Decimal
    sentence: str


@dataclass(frozen=True, slots=True)
class Linkage:
    """What a result does to next year's budget; rates 0..1, money in fen."""

    actions: tuple[Action, ...]
    no_proposal: bool
    base: Money
    rate: Decimal
    minimum: Decimal
    cut: Money
    proposed_max: Money
    take_back: Money
    consequences: tuple[str, ...]
    reasons: tuple[Reason, ...]


def link(case: LinkageCase) -> Linkage:
    """Compute the proposal of one programme: the largest single rate, the cut rounded up.

    A finance rate replaces the default of the matching cut rows, or of `tighten` where there
    is none; a rate with no row to replace changes nothing. Take-back stands beside the budget.

    Raises CutBelowMinimum, RateAboveOne, ReasonMissing (checked last).

    Articles: D-26, T-24, T-30, T-31. Rules: R-29, R-30, R-31, R-32, R-33.
    """
    rows = _with_finance_rate(case, matching_rows(case))
    base = case.current_budget
    if case.next_request is not None:
        base = min(base, case.next_request)
    rate = max((row.rate for row in rows), default=_ZERO)
    cut = Money(math.ceil(base.fen * Fraction(rate)))
    open_ended = all(row.action in (Action.PRIORITY, Action.TAKE_BACK) for row in rows)
    ceiling = base - cut
    if rows and open_ended and case.next_request is not None:
        ceiling = case.next_request
    return Linkage(
        actions=tuple(sorted({row.action for row in rows})),
        no_proposal=not rows,
        base=base,
        rate=rate,
        minimum=max((row.minimum for row in rows), default=_ZERO),
        cut=cut,
        proposed_max=ceiling,
        take_back=case.dormant_balance,
        consequences=tuple(sorted({c for row in rows for c in row.consequences})),
        reasons=tuple(_reason(case, row, base) for row in rows),
    )


def merged_ceiling(parts: tuple[Money, ...]) -> Money:
    """The most a programme may get that took over merged ones: the sum of the capped parts.

    Articles: D-26, T-30.
    """
    return Money(sum(part.fen for part in parts))


def _with_finance_rate(case: LinkageCase, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    rate = case.finance_rate
    if rate is None:
        return rows
    replaced = [row for row in rows if row.action is Action.CUT] or [
        row for row in rows if row.action is Action.TIGHTEN
    ]
    minimum = max((row.minimum for row in replaced), default=_ZERO)
    default = max((row.rate for row in replaced), default=rate)
    _check_rate(case, rate, minimum, default)
    # a whole percentage is printed with two places, a finer rate as finance wrote it
    exponent = rate.as_tuple().exponent
    shown = rate.quantize(_ZERO) if isinstance(exponent, int) and exponent > -2 else rate
    return tuple(row.at(shown) if row in replaced else row for row in rows)


def _check_rate(case: LinkageCase, rate: Decimal, minimum: Decimal, default: Decimal) -> None:
    facts = {
        "rate": rate,
        "minimum": minimum,
        "minimum_pct": f"{(minimum * 100).normalize():f}",
    }
    for refusal, failed in (
        (CutBelowMinimum, rate < minimum),
        (RateAboveOne, rate > 1),
        (ReasonMissing, rate != default and not case.rate_reason.strip()),
    ):
        if failed:
            sentence = refusal.sentence.format(**facts)
            pointer = "/rate_reason" if refusal is ReasonMissing else "/finance_rate"
            raise refusal(Finding(pointer, refusal.reason, sentence), **facts)


def _reason(case: LinkageCase, row: Row, base: Money) -> Reason:
    facts = {
        "grade": _GRADE_NAMES[case.grade] if case.grade else "",
        "source": _SOURCE_NAMES[case.grade_source],
        "base": base,
        "rate_pct": f"{row.rate * 100:.2f}",
        "balance": case.dormant_balance,
        "merge_into": case.merge_into,
        "score": "" if case.score is None else f"{case.score}分",
        "request": "未申报" if case.next_request is None else str(case.next_request),
    }
    sentence = row.sentence.format(**facts)
    return Reason(row.rule, row.article, row.action, row.rate, row.minimum, sentence)


_GRADE_NAMES = {Grade.EXCELLENT: "优", Grade.GOOD: "良", Grade.FAIR: "中", Grade.POOR: "差"}
_SOURCE_NAMES = {
    Source.FINANCE_EVALUATION: "财政评价",
    Source.DEPARTMENT_EVALUATION: "部门评价",
    Source.RECHECK: "抽查复核",
    Source.SELF_EVALUATION: "绩效自评",
}
