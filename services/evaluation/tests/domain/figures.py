"""Reads the demo year's figures and the rule vectors, wherever they lie."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from jixiao.evaluation.domain.execution import Funds
from jixiao.evaluation.domain.indicator import (
    Actual,
    Aggregation,
    Indicator,
    Kind,
    OverCause,
    Tier,
)
from jixiao.measures.days import WorkingDays
from jixiao.measures.ratio import Direction, Operator
from jixiao.servicekit.values import Money

ROOT = Path(__file__).resolve().parents[4]
YEAR = (ROOT.parent / "shared/year", ROOT / "deploy/demo/year")
VECTORS = (ROOT.parent / "shared/vectors", ROOT / "tests/vectors")


def _read(folders: tuple[Path, ...], name: str) -> Any:
    path = next(folder / name for folder in folders if (folder / name).exists())
    return json.loads(path.read_text(encoding="utf-8"))


def year() -> Any:
    """The demo year's inputs and results."""
    return _read(YEAR, "figures.json")


def vectors(name: str, *types: str) -> list[Any]:
    """The vectors of the given input types in one file."""
    return [each for each in _read(VECTORS, name) if each["input"]["type"] in types]


def number(text: str | None) -> Decimal | None:
    """A decimal string or nothing."""
    return None if text is None else Decimal(text)


def working_days() -> WorkingDays:
    """The State Council's table of spring and summer 2026, as far as the tests need it."""
    holidays = ["05-01", "05-02", "05-03", "05-04", "05-05", "06-19", "06-20", "06-21"]
    return WorkingDays(
        holidays=frozenset(date.fromisoformat(f"2026-{each}") for each in holidays),
        working_weekends=frozenset({date(2026, 5, 9)}),
    )


def indicator(row: dict[str, Any], code: str = "") -> Indicator:
    """An indicator from a vector or from the demo year."""
    qualitative = row.get("kind") == "qualitative"
    level2 = row.get("level2", "economic_cost" if row.get("is_cost") else "social")
    return Indicator(
        code=code or row["code"],
        name=row.get("name", code),
        level1=row.get("level1", ""),
        level2=level2,
        kind=Kind.QUALITATIVE if qualitative else Kind.QUANTITATIVE,
        weight=Decimal(row["weight"]),
        operator=None if qualitative else Operator(row["operator"]),
        target_value=None if qualitative else number(row.get("target")),
        target_low=number(row.get("target_low")),
        target_high=number(row.get("target_high")),
        direction=Direction(row["direction"]) if "direction" in row else None,
        aggregation=Aggregation(row.get("aggregation", "none")),
    )


def actual(row: dict[str, Any], reason: str = "") -> Actual:
    """What a vector says was achieved."""
    return Actual(
        actual_value=number(row.get("actual")),
        tier=Tier(row["tier"]) if row.get("tier") else None,
        percent=number(row.get("percent")),
        over_cause=OverCause(row["over_cause"]) if "over_cause" in row else None,
        reason=reason,
    )


def achieved(value: str | list[str], reason: str = "") -> Actual:
    """What the demo year says was achieved: a value, or tier and percentage."""
    if isinstance(value, list):
        return Actual(tier=Tier(value[0]), percent=Decimal(value[1]), reason=reason)
    return Actual(actual_value=Decimal(value), reason=reason)


def funds(row: dict[str, Any]) -> Funds:
    """The money of a vector."""
    executed = row["executed"]
    return Funds(
        full_year_budget=Money.yuan(row["full_year_budget"]),
        executed=None if executed is None else Money.yuan(executed),
        late_reduction=Money.yuan(row.get("late_reduction", "0.00")),
        late_reduction_approved=row.get("late_reduction_approved", False),
    )
