"""Vectors of evaluation: execution, indicators, programmes, roll-up, spot check, judges."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from demo.vector_cells import names, number, shown, yuan
from jixiao.evaluation.domain.execution import Funds, execution_score
from jixiao.evaluation.domain.indicator import Actual, Indicator, Kind, OverCause, Tier
from jixiao.evaluation.domain.judging import judge
from jixiao.evaluation.domain.rollup import DueProject, roll_up
from jixiao.evaluation.domain.scoring import ItemScore, score_indicator, score_programme
from jixiao.evaluation.domain.spot_check import compare
from jixiao.measures.ratio import Direction, Operator
from jixiao.measures.score import grade
from jixiao.servicekit.values import Money


def _funds(stated: dict[str, Any]) -> Funds:
    return Funds(
        full_year_budget=Money.yuan(stated["full_year_budget"]),
        executed=yuan(stated["executed"]),
        late_reduction=yuan(stated.get("late_reduction")) or Money(),
        late_reduction_approved=stated.get("late_reduction_approved", False),
    )


def _row(code: str, stated: dict[str, Any]) -> tuple[Indicator, Actual]:
    operator, direction = stated.get("operator"), stated.get("direction")
    indicator = Indicator(
        code=code,
        name=code,
        level1="cost" if stated.get("is_cost") else "",
        level2=stated.get("level2") or "",
        kind=Kind(stated["kind"]),
        weight=Decimal(stated["weight"]),
        operator=Operator(operator) if operator else None,
        target_value=number(stated.get("target")),
        target_low=number(stated.get("target_low")),
        target_high=number(stated.get("target_high")),
        direction=Direction(direction) if direction else None,
    )
    tier, cause = stated.get("tier"), stated.get("over_cause")
    actual = Actual(
        actual_value=number(stated.get("actual")),
        tier=Tier(tier) if tier else None,
        percent=number(stated.get("percent")),
        over_cause=OverCause(cause) if cause else None,
    )
    return indicator, actual


def _item(item: ItemScore) -> dict[str, Any]:
    return {
        "score": str(item.score),
        "reached": item.reached,
        "flags": names(item.flags),
        "reason_required": item.reason_required,
    }


def _execution(stated: dict[str, Any]) -> dict[str, Any]:
    scored = execution_score(_funds(stated))
    return {
        "score": shown(scored.score),
        "rate_pct": shown(scored.rate_pct),
        "applicable": scored.applicable,
        "flags": names(scored.flags),
        "reason_required": scored.reason_required,
        "submittable": scored.submittable,
    }


def _indicator(stated: dict[str, Any]) -> dict[str, Any]:
    return _item(score_indicator(*_row("indicator", stated)))


def _programme(stated: dict[str, Any]) -> dict[str, Any]:
    rows = [_row(str(place), row) for place, row in enumerate(stated["indicators"])]
    scored = score_programme(
        tuple(indicator for indicator, _ in rows),
        {indicator.code: actual for indicator, actual in rows},
        _funds(stated),
    )
    return {
        "execution": shown(scored.execution.score),
        "indicator_scores": names(item.score for item in scored.items),
        "total": str(scored.total),
        "grade": str(scored.grade),
        "flags": names(scored.flags),
    }


def _grade(stated: dict[str, Any]) -> dict[str, Any]:
    return {"grade": str(grade(Decimal(stated["total"])))}


def _roll_up(stated: dict[str, Any]) -> dict[str, Any]:
    rolled = roll_up(
        [
            DueProject(str(place), number(row["score"]), Money.yuan(row["budget"]))
            for place, row in enumerate(stated["projects"])
        ]
    )
    return {
        "score": shown(rolled.score),
        "grade": shown(rolled.grade),
        "coverage_pct": shown(rolled.coverage_pct),
        "binding_score": shown(rolled.binding_score),
        "binding_grade": shown(rolled.binding_grade),
    }


def _spot_check(stated: dict[str, Any]) -> dict[str, Any]:
    found = compare(number(stated["self_score"]), Decimal(stated["recheck_score"]))
    return {
        "diff": shown(found.diff),
        "large_difference": found.large_difference,
        "notice": found.notice,
        "reasons": names(found.reasons),
        "governing_grade": str(found.governing_grade),
    }


def _judges(stated: dict[str, Any]) -> dict[str, Any]:
    judged = judge(Decimal(stated["weight"]), [number(mark) for mark in stated["scores"]])
    return {
        "score": str(judged.score),
        "counted": judged.counted,
        "needs_discussion": judged.needs_discussion,
    }


SCORES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "execution": _execution,
    "indicator": _indicator,
    "programme": _programme,
    "grade": _grade,
    "roll_up": _roll_up,
    "spot_check": _spot_check,
    "judges": _judges,
}
