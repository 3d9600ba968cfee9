"""Holding a published self-evaluation form against the scoring rule, row by row.

A published form shows raw cells only. What they show is read by kind, scored
by R-4 to R-9, and held against the score that was printed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from jixiao.measures.cells import read_amount, read_points, read_rate
from jixiao.measures.ratio import Direction, Operator, attainment
from jixiao.measures.score import round2, round_half_up
from jixiao.measures.spelling import normalise
from jixiao.measures.values import Doubt, Kind, Reading, read_value


class Outcome(StrEnum):
    """How a published score stands to the score by the rule."""

    AGREE = "agree"
    DIFFERS = "differs"
    NOT_COMPUTABLE = "not_computable"


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """The raw cells of one indicator row; None is an empty cell."""

    name: str | None
    level1: str | None
    level2: str | None
    target: str | None
    actual: str | None
    weight: str | None
    score: str | None


@dataclass(frozen=True, slots=True)
class FundsRow:
    """The raw cells of one row of the funds table; None is an empty cell."""

    budget_initial: str | None
    budget_adjusted: str | None
    executed: str | None
    weight: str | None
    rate: str | None
    score: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """A row's score by the rule (a band for wording), the outcome and why.

    `low` and `high` are equal for a quantity and None where nothing can be
    computed. `doubts` are cells to look at before the outcome is believed.
    """

    outcome: Outcome
    low: Decimal | None = None
    high: Decimal | None = None
    note: str | None = None
    doubts: tuple[str, ...] = ()

    @property
    def score_by_rule(self) -> str | None:
        """Print the score without trailing zeros, a band as 6.4–8."""
        if self.low is None or self.high is None:
            return None
        if self.low == self.high:
            return _plain(self.low)
        return f"{_plain(self.low)}–{_plain(self.high)}"


@dataclass(frozen=True, slots=True)
class _Scored:
    """The exact score of a quantity or the band of a tier, before any rounding."""

    low: Fraction
    high: Fraction
    notes: tuple[str, ...] = ()
    open_above: bool = False


# Names in which less is better. A rate of handling, lowering or reporting such things is not one.
_LESS_IS_BETTER: Final = re.compile(
    r"(?:控制|调整|变动|结转|结余|受害|发病|发生|死亡|差错|出错|误差|事故|投诉|信访|失业|辍学"
    r"|流失|空置|负债|超支|不合格|返工|发案|案发|违规|违约|逾期|损失|感染|闲置|返贫|复发)率"
    r"|(?:事故|事件|投诉|信访|上访)(?:发生)?(?:数量|数|次数|起数|件数|量)|变质比例|能耗|排放量"
)
_MORE_ALL_THE_SAME: Final = re.compile(
    r"(?:降低|下降|减少|压减|处置|处理|办结|查处|查办|整改|回复|报告|及时|达标|规范|管理|有效)[^率数量]*[率数量]+$"
    r"|(?:血压|血糖|高血压|糖尿病)控制率|^(?:降低|减少|压减)"
)
_ROW_NUMBER: Final = re.compile(r"^指标\d+[:.、]?")
_TIERS: Final = (
    # Worst wording first: 未达成 contains 达成. 基本达成 is the first tier of the older forms.
    (
        re.compile(r"(?:未|没有|没)能?(?:达成|达到|实现)|效果较差|程度较低"),
        ("3", Fraction(0), Fraction(60, 100)),
    ),
    (re.compile(r"部分(?:达成|达到|实现)"), ("2", Fraction(60, 100), Fraction(80, 100))),
    (
        re.compile(
            r"(?:达成|达到|实现)了?(?:预期|年度|预定)?(?:绩效)?(?:指标|目标)|^(?:已|全部|基本)?达成$"
        ),
        ("1", Fraction(80, 100), Fraction(1)),
    ),
)
_FIRST, _LAST = _TIERS[2][1], _TIERS[0][1]
_OVER: Final = Fraction(30, 100)
_OVER_NOTE: Final = "over-achieved by more than 30 %: cause asked (R-7), nothing deducted"


def form_decimals(scores: Iterable[str | None]) -> int:
    """Return how many decimals a form prints its scores with: the most of any cell."""
    points = (read_points(score) for score in scores)
    return max((_places(score) for score in points if score is not None), default=0)


def check_indicator(row: IndicatorRow, *, decimals: int, form_year: int | None = None) -> Check:
    """Score one indicator row by the rule and hold the printed score against it.

    `decimals` is how many the form prints (`form_decimals`); `form_year`
    completes days without a year.

    Rules: R-6, R-7, R-8, R-9.
    """
    weight = read_points(row.weight)
    if weight is None:
        return _none("no weight published")
    target, actual = read_value(row.target, form_year), read_value(row.actual, form_year)
    for reading, name in ((target, "target"), (actual, "actual")):
        if reading.kind is Kind.EMPTY:
            return _none(f"no {name} value published")
    scored = _score(row, Fraction(weight), target, actual)
    if isinstance(scored, str):
        return _none(scored)
    return replace(_compare(scored, row.score, decimals), doubts=_doubts(target, actual))


def check_funds(row: FundsRow, *, decimals: int, form_unit: str = "万元") -> Check:
    """Score the execution of one funds row by the rule and compare.

    The adjusted budget counts, the initial one where it is missing, and the
    printed rate where the amounts are. `form_unit` is the unit of the table.

    Rules: R-4, R-5.
    """
    weight = read_points(row.weight)
    if weight is None:
        return _none("no weight on this row")
    budget = read_amount(row.budget_adjusted, form_unit)
    if budget is None:
        budget = read_amount(row.budget_initial, form_unit)
    executed = read_amount(row.executed, form_unit)
    note = None
    if budget is not None and executed is not None:
        if budget == 0 and executed == 0:
            return _none("no funds: 0 of 0, execution does not apply (R-5)")
        note = "money spent without a budget (R-5)" if budget <= 0 else None
        rate = Fraction(executed) / Fraction(budget) if budget > 0 else Fraction(0)
    elif (printed := read_rate(row.rate)) is not None:
        rate, note = Fraction(printed) / 100, "amounts missing: from the published rate"
    else:
        return _none("no amounts and no rate published")
    score = Fraction(weight) * max(Fraction(0), min(Fraction(1), rate))
    return _compare(_Scored(score, score, (note,) if note else ()), row.score, decimals)


def _score(row: IndicatorRow, weight: Fraction, target: Reading, actual: Reading) -> _Scored | str:
    """Return the score, or the reason why there is none."""
    kinds = (target.kind, actual.kind)
    if kinds == (Kind.NUMBER, Kind.NUMBER):
        return _quantity(row, weight, target, actual)
    if set(kinds) <= {Kind.DATE, Kind.PERIOD}:
        return _kept(weight, target, actual)
    if target.kind in (Kind.QUALITATIVE, Kind.BOOLEAN) and actual.kind in (
        Kind.QUALITATIVE,
        target.kind,
    ):
        return _wording(weight, target, actual)
    return f"target {target.kind}, actual {actual.kind}"


def _quantity(
    row: IndicatorRow, weight: Fraction, target: Reading, actual: Reading
) -> _Scored | str:
    """Score a number against a number of the same unit (R-6), in base units."""
    if actual.number is None:
        return "actual is a range, not a figure"
    if target.unit and actual.unit and target.base_unit != actual.base_unit:
        return f"units do not match: {target.unit}, {actual.unit}"
    # A missing unit takes the other side's, its factor included.
    theirs = target.factor if target.unit or not actual.unit else actual.factor
    ours = actual.factor if actual.unit else target.factor
    goal, low, high = (
        None if number is None else number * theirs
        for number in (target.number, target.low, target.high)
    )
    operator, how = _operator(row, target)
    result = attainment(
        operator,
        actual.number * ours,
        target=goal,
        low=low,
        high=high,
        direction=_direction(row),
    )
    notes = [how] if how else []
    if result.reached and _over(row, operator, goal, actual.number * ours):
        notes.append(_OVER_NOTE)
    score = weight * result.ratio
    return _Scored(score, score, tuple(notes))


def _operator(row: IndicatorRow, target: Reading) -> tuple[Operator, str | None]:
    """Return the operator meant, and how it was found where none is printed."""
    if target.operator is not None:
        return target.operator, None
    if _is_cost(row):
        return Operator.LE, "no operator: cost row read as ≤"
    if target.number == 0:
        return Operator.LE, "no operator: a target of zero, read as ≤"
    name = _ROW_NUMBER.sub("", normalise(row.name or ""))
    if _LESS_IS_BETTER.search(name) and not _MORE_ALL_THE_SAME.search(name):
        return Operator.LE, "no operator: lower is better by its name, read as ≤"
    return Operator.GE, "no operator: read as ≥"


def _direction(row: IndicatorRow) -> Direction | None:
    """Return the direction the form prints beside the target or the name, if it does."""
    printed = f"{row.target or ''}{row.name or ''}"
    if "正向" in printed:
        return Direction.POSITIVE
    return Direction.NEGATIVE if re.search("[反负]向", printed) else None


def _is_cost(row: IndicatorRow) -> bool:
    return "成本" in normalise(f"{row.level1 or ''}{row.level2 or ''}")


def _over(row: IndicatorRow, operator: Operator, goal: Decimal | None, actual: Decimal) -> bool:
    """Say whether a reached target was passed by more than 30 % (R-7)."""
    if goal is None or goal <= 0:
        return False
    if operator in (Operator.LE, Operator.LT):
        return _is_cost(row) and Fraction(goal - actual) / Fraction(goal) > _OVER
    return Fraction(actual - goal) / Fraction(goal) > _OVER


def _kept(weight: Fraction, target: Reading, actual: Reading) -> _Scored | str:
    """Give a kept date its full weight; a form prints no start to measure lateness by."""
    if normalise(target.raw or "") == normalise(actual.raw or ""):
        return _Scored(weight, weight, ("date kept: full weight",))
    if target.end is None or actual.end is None:
        return f"target {target.kind}, actual {actual.kind}: no year to compare by"
    if actual.end <= target.end:
        return _Scored(weight, weight, ("date kept: full weight",))
    return "date missed: no start date published to measure the delay by"


def _wording(weight: Fraction, target: Reading, actual: Reading) -> _Scored | str:
    """Find the tier that a wording names; the target repeated is the first (R-9)."""
    said, meant = (_bare(reading.raw) for reading in (actual, target))
    if said == meant:
        return _band(weight, *_FIRST)
    if target.kind is actual.kind is Kind.BOOLEAN:
        return _band(weight, *(_FIRST if target.yes == actual.yes else _LAST))
    for pattern, tier in _TIERS:
        if pattern.search(said):
            return _band(weight, *tier)
    return "the wording names no tier"


def _band(weight: Fraction, tier: str, low: Fraction, high: Fraction) -> _Scored:
    return _Scored(weight * low, weight * high, (f"qualitative, tier {tier}",), high < 1)


def _compare(scored: _Scored, printed: str | None, decimals: int) -> Check:
    """Hold the printed score against the rule's at the form's number of decimals."""
    low, high = round2(scored.low), round2(scored.high)
    score = read_points(printed)
    if score is None:
        notes = (*scored.notes, "no score published")
        return Check(Outcome.NOT_COMPUTABLE, low, high, "; ".join(notes))
    notes = scored.notes
    if scored.low == scored.high:
        agrees = score == round_half_up(scored.low, decimals)
        if agrees and score != low:
            notes = (*notes, f"published score is rounded to {decimals} decimals")
    else:
        exact = Fraction(score)
        agrees = scored.low <= exact and (
            exact < scored.high if scored.open_above else exact <= scored.high
        )
    outcome = Outcome.AGREE if agrees else Outcome.DIFFERS
    return Check(outcome, low, high, "; ".join(notes) or None)


def _doubts(target: Reading, actual: Reading) -> tuple[str, ...]:
    """List what a person should look at: misread operators, figures that report nothing."""
    found = [f"target: {doubt}" for doubt in target.doubts]
    found += [f"actual: {doubt}" for doubt in actual.doubts if doubt is not Doubt.RATE_ABOVE_100]
    if actual.kind is Kind.NUMBER and actual.operator not in (None, Operator.BETWEEN):
        found.append("actual: repeats the operator, ask for the figure")
    if _misread(target, actual):
        found.append("target: the first 2 may be a misread ≥")
    return tuple(found)


def _misread(target: Reading, actual: Reading) -> bool:
    """Say whether a 2 in front fits badly and the figure without it fits better."""
    if target.operator is not None or target.amount is None or not actual.amount:
        return False
    digits = str(target.number)
    rest = digits[1:]
    far = not Fraction(1, 2) <= Fraction(target.amount) / Fraction(actual.amount) <= 2
    return digits.startswith("2") and rest[:1] not in ("", ".", "0") and far


def _none(note: str) -> Check:
    return Check(Outcome.NOT_COMPUTABLE, note=note)


def _bare(raw: str | None) -> str:
    return re.sub(r"[^\w%]", "", normalise(raw or ""))


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
