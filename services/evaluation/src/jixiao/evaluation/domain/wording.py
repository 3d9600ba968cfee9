"""Targets and actual values in the words of the forms."""

from collections.abc import Mapping
from decimal import Decimal

from jixiao.evaluation.domain.events import ScoredIndicator
from jixiao.evaluation.domain.indicator import NO_ACTUAL, Actual, Indicator, Kind, Tier
from jixiao.evaluation.domain.scoring import ProgrammeScore
from jixiao.measures.ratio import Operator

_SIGNS = {Operator.GE: "≥", Operator.GT: ">", Operator.LE: "≤", Operator.LT: "<", Operator.EQ: "="}
_TIERS = {
    Tier.ACHIEVED: "达成预期指标",
    Tier.PARTLY: "部分达成预期指标并具有一定效果",
    Tier.NOT_ACHIEVED: "未达成预期指标且效果较差",
}


def plain(value: Decimal | None) -> str:
    """Print a figure without trailing zeros or exponent."""
    text = "" if value is None else f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def target_text(indicator: Indicator) -> str:
    """Print the target as a form does: "≥5600人", "80至90%", a day, or its words."""
    if indicator.kind is Kind.QUALITATIVE:
        return indicator.text_target
    if indicator.planned_on is not None:
        return f"{indicator.planned_on}前"
    if indicator.operator is Operator.BETWEEN:
        return f"{plain(indicator.target_low)}至{plain(indicator.target_high)}{indicator.unit}"
    sign = _SIGNS[indicator.operator] if indicator.operator is not None else ""
    return f"{sign}{plain(indicator.target_value)}{indicator.unit}"


def actual_text(indicator: Indicator, actual: Actual) -> str:
    """Print what was achieved: a figure with its unit, a day, or the tier; 未填报 if missing."""
    if actual.missing(indicator):
        return "未填报"
    if indicator.kind is Kind.QUALITATIVE and actual.tier is not None:
        return f"{_TIERS[actual.tier]}（{plain(actual.percent)}%）"
    if actual.actual_on is not None:
        return actual.actual_on.isoformat()
    return f"{plain(actual.actual_value)}{indicator.unit}"


def scored_rows(
    indicators: tuple[Indicator, ...], actuals: Mapping[str, Actual], score: ProgrammeScore
) -> tuple[ScoredIndicator, ...]:
    """Return each indicator with its texts and points, in the order of the target.

    Articles: D-20, D-27.
    """
    points = {each.code: each.score for each in score.items}
    rows = []
    for each in indicators:
        actual = actuals.get(each.code, NO_ACTUAL)
        rows.append(
            ScoredIndicator(
                each.code,
                each.name,
                each.level1,
                each.level2,
                target_text(each),
                actual_text(each, actual),
                each.weight,
                points[each.code],
                actual.reason,
            )
        )
    return tuple(rows)
