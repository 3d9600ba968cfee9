"""Vectors of the targets service: ex-ante assessment, target review, decomposition."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from demo.vector_cells import number, shown
from jixiao.measures.ratio import Operator
from jixiao.measures.score import grade, round2
from jixiao.servicekit.values import Money
from jixiao.targets.domain.assessment import Dimension, suggest
from jixiao.targets.domain.decomposition import Figures, IndicatorParts, Share, add_up, money
from jixiao.targets.domain.indicator import Aggregation, Indicator, Level1, Level2
from jixiao.targets.domain.reviewing import QuestionMark, result_of, total_of


def _exante(stated: dict[str, Any]) -> dict[str, Any]:
    points = {Dimension(name): Decimal(mark) for name, mark in stated["dimensions"].items()}
    total = round2(sum(points.values(), Decimal(0)))
    return {"total": str(total), "grade": str(grade(total)), "suggested": str(suggest(points))}


def _target_review(stated: dict[str, Any]) -> dict[str, Any]:
    marks = tuple(QuestionMark(code, Decimal(mark)) for code, mark in stated["questions"].items())
    total = round2(total_of(marks))
    given = grade(total)
    return {"total": str(total), "grade": str(given), "result": str(result_of(given))}


def _decomposition(stated: dict[str, Any]) -> dict[str, Any]:
    if stated["aggregation"] == "money":
        return _money(stated)
    operator = stated.get("operator")
    indicator = Indicator(
        code="indicator",
        name="indicator",
        level1=Level1.OUTPUT,
        level2=Level2.QUANTITY,
        weight=Decimal("10.00"),
        operator=Operator(operator) if operator else None,
        target_value=number(stated.get("parent")),
        target_low=number(stated.get("low")),
        target_high=number(stated.get("high")),
        aggregation=Aggregation(stated["aggregation"]),
    )
    shares = tuple(_share(place, child) for place, child in enumerate(stated.get("children", ())))
    parts = IndicatorParts("indicator", shares, reason=stated.get("reason") or "")
    return _shown(indicator, add_up(indicator, parts))


def _money(stated: dict[str, Any]) -> dict[str, Any]:
    figures = money(
        Money.yuan(stated["parent"]),
        [Money.yuan(child) for child in stated["children"]],
        Money.yuan(stated.get("reserved") or "0.00"),
    )
    return {
        "ok": figures.error is None,
        "total": str(figures.total),
        "difference": str(figures.difference),
        "error": figures.error,
    }


def _share(place: int, child: str | dict[str, Any] | None) -> Share:
    """Read a child: a bare value (sum), or an object with code, value, base, bounds or text."""
    if child is None or isinstance(child, str):
        return Share(code=str(place), value=number(child))
    value = next((child[key] for key in ("target", "rate", "value") if key in child), None)
    return Share(
        code=child.get("code", str(place)),
        value=number(value),
        base=number(child.get("base")),
        low=number(child.get("low", child.get("target_low"))),
        high=number(child.get("high", child.get("target_high"))),
        text=child.get("text") or "",
        confirmed=child.get("confirmed", False),
        exempt_reason="exempt" if child.get("exempt") else "",
    )


def _shown(indicator: Indicator, figures: Figures) -> dict[str, Any]:
    """Print the figures that this aggregation has, under the names of the vectors."""
    answer: dict[str, Any] = {"ok": figures.ok, "error": figures.error}
    if figures.total is not None:
        answer |= {"total": shown(figures.total), "slack": shown(figures.slack)}
    if figures.average is not None:
        answer["average"] = shown(figures.average)
    listed = {Aggregation.EACH: "weaker", Aggregation.CONFIRM: "missing"}
    if indicator.aggregation in listed:
        answer[listed[indicator.aggregation]] = list(figures.listed)
    return answer


TARGETS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "exante": _exante,
    "target_review": _target_review,
    "decomposition": _decomposition,
}
