"""The year's figures: every amount, mark, target and expected result that the acts use.

`Figures` reads a `figures.json` of the shape of `demo/year/figures.json`; `Node` gives its
objects attribute access, and tables with `columns` and `rows` become lists of nodes.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
YEAR = HERE / "year"


class Node(Mapping[str, Any]):
    """A JSON object: `node.key` or `node["key"]`; inner objects are nodes too."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree = dict(tree)

    def __getitem__(self, key: str) -> Any:
        return _node(self.tree[key])

    def __getattr__(self, key: str) -> Any:
        try:
            return _node(self.tree[key])
        except KeyError:
            raise AttributeError(key) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.tree)

    def __len__(self) -> int:
        return len(self.tree)

    def __repr__(self) -> str:
        return json.dumps(self.tree, ensure_ascii=False)


def _node(value: Any) -> Any:
    if isinstance(value, dict):
        return Node(value)
    return [_node(one) for one in value] if isinstance(value, list) else value


def rows_of(table: Node) -> list[Node]:
    """The rows of a table with `columns`, as nodes."""
    return [Node(dict(zip(table["columns"], row, strict=True))) for row in table.tree["rows"]]


class Figures(Node):
    """`figures.A.exante.requested`; whoever writes an act takes every figure from here."""

    def __init__(self, folder: Path = YEAR) -> None:
        super().__init__(json.loads((folder / "figures.json").read_text(encoding="utf-8")))
        self.folder = folder

    @property
    def towns(self) -> list[Node]:
        """Rows of `C.towns`: those that are in this year."""
        return rows_of(self.C.towns)

    @property
    def projects(self) -> list[Node]:
        """Rows of `C.projects` (公共卫生), each with `key`, `town`, `unit` …"""
        return rows_of(self.C.projects)

    @property
    def roads(self) -> list[Node]:
        """Rows of `D.projects`, each with `key`, `town`, `unit` …"""
        roads: list[Node] = self.D.projects
        return roads

    def town(self, code: str) -> Node | None:
        """The town with this division code, or None where this year does not have it."""
        return next((row for row in self.towns if row.code == code), None)

    def project(self, key: str) -> Node | None:
        """The project of C or D with this key, or None where this year does not have it."""
        return next((row for row in self.projects + self.roads if row.key == key), None)

    def projects_of(self, town: str) -> list[Node]:
        """The projects of C in a town."""
        return [row for row in self.projects if row.town == town]

    def due(self, what: str) -> Node:
        """A row of the calendar: `from`, `rule`, `due`, `done`, by the start of its `what`."""
        table = self.calendar.tree
        for row in table["due"]:
            if row[0].startswith(what):
                return Node(dict(zip(table["columns"], row, strict=True)))
        raise KeyError(what)


def working_days(folder: Path = YEAR) -> tuple[list[str], list[str]]:
    """The table of working days: weekdays off and weekend days worked, each as single days."""
    path = folder / "working_days.json"
    table = json.loads((path if path.exists() else YEAR / path.name).read_text(encoding="utf-8"))
    holidays = [day for first, last in table["holidays"] for day in _days(first, last)]
    return holidays, table["working_weekends"]


def _days(first: str, last: str) -> list[str]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = (start + timedelta(n) for n in range((end - start).days + 1))
    return [day.isoformat() for day in days if day.weekday() < 5]


def money(value: Any) -> Decimal:
    """An amount, score or rate of the figures as an exact decimal."""
    return Decimal(str(value))


def yuan(value: Any) -> str:
    """An amount as the contract takes it: two decimals."""
    return f"{money(value):.2f}"
