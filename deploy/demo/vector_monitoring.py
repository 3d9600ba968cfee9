"""Vectors of monitoring: lights of money and indicators, and the run-rate forecast."""

from collections.abc import Callable
from typing import Any

from demo.vector_cells import names, number, shown
from jixiao.measures.ratio import Direction, Operator
from jixiao.monitoring.domain.lights import Likelihood, Progress, Reading, Tier, assess
from jixiao.servicekit.values import Money


def _reading(code: str, stated: dict[str, Any]) -> Reading:
    operator, direction = stated.get("operator"), stated.get("direction")
    tier, likelihood = stated.get("tier"), stated.get("likelihood")
    return Reading(
        code=code,
        operator=Operator(operator) if operator else None,
        target=number(stated.get("target")),
        target_low=number(stated.get("target_low")),
        target_high=number(stated.get("target_high")),
        direction=Direction(direction) if direction else None,
        actual=number(stated.get("actual")),
        tier=Tier(tier) if tier else None,
        cumulative=stated.get("cumulative", False),
        due=stated.get("due", False),
        days_late=stated.get("days_late") or 0,
        likelihood=Likelihood(likelihood) if likelihood else None,
    )


def _monitoring(stated: dict[str, Any]) -> dict[str, Any]:
    progress = Progress(
        months_elapsed=stated["months_elapsed"],
        current_budget=Money.yuan(stated["current_budget"]),
        executed=Money.yuan(stated["executed"]),
        start_month=stated.get("start_month") or 1,
        planned_pct=number(stated.get("planned_progress_pct")),
    )
    rows = enumerate(stated.get("indicators", ()))
    found = assess(progress, [_reading(str(place), row) for place, row in rows])
    answer = {
        "time_pct": shown(found.time_pct),
        "exec_pct": shown(found.exec_pct),
        "d": shown(found.deviation),
        "execution_light": shown(found.execution_light),
        "indicator_lights": names(found.indicator_lights),
        "programme_light": shown(found.programme_light),
    }
    # Absent where the budget is 0; null where the programme has not begun.
    if progress.current_budget:
        answer["run_rate_forecast"] = shown(found.run_rate_forecast)
    return answer


MONITORING: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"monitoring": _monitoring}
