"""Self-evaluation scoring: each indicator, the programme's total, and why (R-2, R-6 to R-11)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from jixiao.evaluation.domain.errors import PercentOutsideTier
from jixiao.evaluation.domain.execution import (
    ExecutionScore,
    Explanation,
    Flag,
    Funds,
    execution_score,
)
from jixiao.evaluation.domain.indicator import (
    NO_ACTUAL,
    Actual,
    Indicator,
    Kind,
    OverCause,
    Tier,
)
from jixiao.measures.ratio import Attainment, Direction, attainment
from jixiao.measures.score import Grade, grade, round2
from jixiao.servicekit.errors import Finding

ZERO = Decimal("0.00")
OVER_FROM = Fraction(3, 10)
OVER_FLOOR = Fraction(8, 10)
TIERS = {
    Tier.ACHIEVED: (Decimal(80), Decimal(100)),
    Tier.PARTLY: (Decimal(60), Decimal(80)),
    Tier.NOT_ACHIEVED: (Decimal(0), Decimal(60)),
}


@dataclass(frozen=True, slots=True)
class ItemScore:
    """One indicator's points, 0.00 to its weight, with what they rest on."""

    code: str
    weight: Decimal
    score: Decimal
    reached: bool
    flags: tuple[Flag, ...]
    reason_required: bool
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class ProgrammeScore:
    """A programme's year: execution, items in order, total 0.00 to 100.00, grade."""

    execution: ExecutionScore
    items: tuple[ItemScore, ...]
    total: Decimal
    grade: Grade
    flags: tuple[Flag, ...]

    @property
    def reasons_required(self) -> tuple[str, ...]:
        """Codes where a reason is due, the execution last (R-10)."""
        items = tuple(item.code for item in self.items if item.reason_required)
        return items + (("execution",) if self.execution.reason_required else ())


def percent_finding(indicator: Indicator, actual: Actual) -> Finding | None:
    """Say what is wrong with a qualitative percentage; None if nothing is (R-9)."""
    tier, percent = actual.tier, actual.percent
    if indicator.kind is not Kind.QUALITATIVE or tier is None or percent is None:
        return None
    low, high = TIERS[tier]
    top = tier is Tier.ACHIEVED
    inside = low <= percent and (percent <= high if top else percent < high)
    if inside and percent == round2(percent):
        return None
    bound = "（含）" if top else "（不含）"
    return Finding(
        f"/actuals/{indicator.code}/percent",
        "percent_outside_tier",
        f"指标“{indicator.name}”的百分比{percent}与所选档次不符，"
        f"应在{low}（含）至{high}{bound}之间，最多两位小数。",
    )


def score_indicator(indicator: Indicator, actual: Actual) -> ItemScore:
    """Score one indicator by what was achieved of it.

    Raises PercentOutsideTier where a qualitative percentage is not in its tier.

    Rules: R-6, R-7, R-8, R-9, R-10. Articles: D-20.
    """
    if finding := percent_finding(indicator, actual):
        raise PercentOutsideTier(finding)
    if actual.missing(indicator):
        return _item(indicator, Fraction(0), (Flag.ACTUAL_MISSING,), "实际完成值未填报", "R-8")
    if indicator.kind is Kind.QUALITATIVE:
        return _qualitative(indicator, actual)
    found = _attained(indicator, actual)
    over = _over(indicator, actual) if found.reached else Fraction(0)
    flags = (Flag.OVER_ACHIEVED,) if over > OVER_FROM else ()
    ratio, figures, rule = found.ratio, _figures(indicator, actual), "R-6"
    if flags:
        rule = "R-7"
        figures += f"，超额{round2(over * 100)}%"
        if actual.over_cause is OverCause.TARGET_TOO_LOW:
            ratio = max(OVER_FLOOR, 1 - (over - OVER_FROM))
            figures += f"，目标偏低，按系数{round2(ratio)}折减"
    return _item(indicator, ratio, flags, figures, rule, reached=found.reached)


def score_programme(
    indicators: tuple[Indicator, ...], actuals: Mapping[str, Actual], funds: Funds
) -> ProgrammeScore:
    """Score a programme's year; `actuals` by indicator code, an absent one is missing.

    Each item is rounded first, the total is their sum; only a programme without
    funds is re-scaled to 100. Raises PercentOutsideTier.

    Rules: R-2, R-4 to R-11. Articles: D-20, T-23.
    """
    execution = execution_score(funds)
    idle = _no_output(indicators, actuals)
    items = tuple(
        _without_output(scored) if idle and indicator.is_cost else scored
        for indicator in indicators
        for scored in (score_indicator(indicator, actuals.get(indicator.code, NO_ACTUAL)),)
    )
    total = _total(execution, items)
    flags = {flag for item in items for flag in item.flags} | set(execution.flags)
    return ProgrammeScore(execution, items, total, grade(total), tuple(sorted(flags)))


def _total(execution: ExecutionScore, items: tuple[ItemScore, ...]) -> Decimal:
    points = sum((item.score for item in items), ZERO)
    if execution.score is not None:
        return points + execution.score
    weights = sum((item.weight for item in items), ZERO)
    return round2(Fraction(points) * 100 / Fraction(weights)) if weights else ZERO


def _no_output(indicators: tuple[Indicator, ...], actuals: Mapping[str, Actual]) -> bool:
    quantities = [each for each in indicators if each.is_output_quantity]
    return bool(quantities) and all(
        actuals.get(each.code, NO_ACTUAL).nothing(each) for each in quantities
    )


def _without_output(item: ItemScore) -> ItemScore:
    """A cheap nothing is no economy: cost scores 0 where there is no output (R-6)."""
    kept = tuple(flag for flag in item.flags if flag is not Flag.OVER_ACHIEVED)
    return replace(
        item,
        score=ZERO,
        reached=False,
        flags=(*kept, Flag.NO_OUTPUT),
        reason_required=True,
        explanation=Explanation("数量指标均无产出，成本指标不得分，得0.00分", "R-6", "D-20"),
    )


def _qualitative(indicator: Indicator, actual: Actual) -> ItemScore:
    percent = actual.percent or Decimal(0)
    return _item(
        indicator,
        Fraction(percent) / 100,
        (),
        f"评定为{percent}%",
        "R-9",
        reached=actual.tier is Tier.ACHIEVED,
    )


def _attained(indicator: Indicator, actual: Actual) -> Attainment:
    if indicator.planned_on is not None and actual.actual_on is not None:
        late = (actual.actual_on - indicator.planned_on).days
        if late <= 0:
            return Attainment(reached=True, ratio=Fraction(1))
        starts_on = indicator.starts_on or indicator.planned_on
        planned = max(1, (indicator.planned_on - starts_on).days)
        return Attainment(reached=False, ratio=Fraction(planned, planned + late))
    if indicator.operator is None or actual.actual_value is None:
        raise ValueError(f"a quantitative indicator needs operator and value: {indicator.code}")
    return attainment(
        indicator.operator,
        actual.actual_value,
        target=indicator.target_value,
        low=indicator.target_low,
        high=indicator.target_high,
        direction=indicator.direction,
    )


def _over(indicator: Indicator, actual: Actual) -> Fraction:
    """How far a reached target was exceeded, as a part of it; 0 where R-7 does not ask."""
    target, value = indicator.target_value, actual.actual_value
    if target is None or value is None or target <= 0 or indicator.planned_on is not None:
        return Fraction(0)
    gain = (Fraction(value) - Fraction(target)) / Fraction(target)
    if indicator.wanted is Direction.POSITIVE:
        return gain
    if indicator.wanted is Direction.NEGATIVE and indicator.is_cost:
        return -gain
    return Fraction(0)


def _figures(indicator: Indicator, actual: Actual) -> str:
    if indicator.planned_on is not None:
        return f"计划{indicator.planned_on}完成，实际{actual.actual_on}完成"
    if indicator.target_value is None:
        target = f"{indicator.target_low}至{indicator.target_high}"
    else:
        target = f"{indicator.target_value}"
    return f"目标值{target}{indicator.unit}，实际完成值{actual.actual_value}{indicator.unit}"


def _item(
    indicator: Indicator,
    ratio: Fraction,
    flags: tuple[Flag, ...],
    figures: str,
    rule: str,
    *,
    reached: bool = False,
) -> ItemScore:
    score = round2(Fraction(indicator.weight) * ratio)
    return ItemScore(
        code=indicator.code,
        weight=indicator.weight,
        score=score,
        reached=reached,
        flags=flags,
        reason_required=not reached or score < indicator.weight or bool(flags),
        explanation=Explanation(f"{figures}，得{score}分（分值{indicator.weight}）", rule, "D-20"),
    )
