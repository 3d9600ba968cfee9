"""The list that `make bench` writes: a row a figure, turned so that more is better."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

PATH = Path(__file__).resolve().parents[2] / "build" / "bench.json"
COMMAND = "make bench"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure beside its baseline of the same run."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    goal: str = ""
    holds: bool | None = None
    command: str = COMMAND
    note: str = ""


def rate(
    name: str, ours: float, bare: float, unit: str, goal: float | None = None, note: str = ""
) -> Figure:
    """A rate: ours ÷ baseline."""
    return _figure(name, ours, bare, unit, ours / bare, goal, note)


def duration(
    name: str, ours: float, bare: float, unit: str, goal: float | None = None, note: str = ""
) -> Figure:
    """A time or a size: baseline ÷ ours."""
    return _figure(name, ours, bare, unit, bare / ours, goal, note)


def _figure(
    name: str, ours: float, bare: float, unit: str, ratio: float, goal: float | None, note: str
) -> Figure:
    holds = None if goal is None else ratio >= goal
    said = "" if goal is None else f"ratio ≥ {goal}"
    return Figure(
        name, round(ours, 3), unit, round(bare, 3), round(ratio, 3), said, holds, note=note
    )


def write(figures: list[Figure]) -> None:
    """Write `build/bench.json` and print the table."""
    PATH.parent.mkdir(exist_ok=True)
    rows = [asdict(figure) for figure in figures]
    PATH.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    table = Table(title="make bench")
    for column in ("name", "value", "unit", "baseline", "ratio", "goal", "holds", "note"):
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if row[c.header] is None else str(row[c.header]) for c in table.columns))  # type: ignore[index]
    Console(width=160).print(table)
