"""The rule vectors of monitoring: lights, percentages, run-rate."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jixiao.measures.ratio import Operator
from jixiao.monitoring.domain.lights import Likelihood, Progress, Reading, Tier, assess
from jixiao.servicekit.values import Money

ROOT = Path(__file__).parents[4]
# the specification beside the checkout, else our own copy
PLACES = (ROOT.parent / "shared/vectors", ROOT / "tests/vectors")
FOLDER = Path(os.environ.get("JIXIAO_VECTORS") or next(p for p in PLACES if p.is_dir()))
VECTORS = json.loads((FOLDER / "monitoring_warnings.json").read_text(encoding="utf-8"))


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def reading(given: dict[str, Any]) -> Reading:
    return Reading(
        code="",
        operator=Operator(given["operator"]) if "operator" in given else None,
        target=decimal(given.get("target")),
        actual=decimal(given.get("actual")),
        tier=Tier(given["tier"]) if "tier" in given else None,
        cumulative=given.get("cumulative", False),
        due=given.get("due", False),
        days_late=given.get("days_late", 0),
        likelihood=Likelihood(given["likelihood"]) if "likelihood" in given else None,
    )


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VECTORS])
def test_r23_r24_the_lights_as_the_vectors_say(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    progress = Progress(
        given["months_elapsed"],
        Money.yuan(given["current_budget"]),
        Money.yuan(given["executed"]),
        given.get("start_month", 1),
        decimal(given.get("planned_progress_pct")),
    )
    result = assess(progress, [reading(i) for i in given.get("indicators", ())])
    answer: dict[str, Any] = {
        "time_pct": str(result.time_pct),
        "exec_pct": None if result.exec_pct is None else str(result.exec_pct),
        "d": None if result.deviation is None else str(result.deviation),
        "execution_light": str(result.execution_light),
        "programme_light": str(result.programme_light),
    }
    if result.indicator_lights:
        answer["indicator_lights"] = [str(light) for light in result.indicator_lights]
    if result.run_rate_forecast is not None:
        answer["run_rate_forecast"] = str(result.run_rate_forecast)
    assert answer == expected
