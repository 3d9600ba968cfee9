"""A smaller year: two towns of the factor-method transfer (中埠镇, 房镇镇) and one road (沣水镇).

Made from the demo year's figures: the two towns' rows stay, pool and overall targets shrink to
what the two hold together, and the amounts are what the allocation rule gives for two. Five
self-evaluations are filed, so the spot check takes all of them and no draw differs. The
figures' expected results stay those of thirteen towns, so a walk of this year is compared with
another walk of it, never with the figures.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from jixiao.results.domain.factors import Factor, PerformanceMode, Town, allocate
from jixiao.servicekit.values import Money

from .figures import YEAR

TOWNS = ("370303105", "370303107")
TWICE = "370303107"
"""The town with two projects."""


def write(folder: Path) -> Path:
    """Write `figures.json` of the smaller year into `folder`."""
    figures: dict[str, Any] = json.loads((YEAR / "figures.json").read_text(encoding="utf-8"))
    _shrink(figures["C"])
    _one_road(figures["D"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")
    return folder


def _shrink(c: dict[str, Any]) -> None:
    c["towns"]["rows"] = [row for row in c["towns"]["rows"] if row[0] in TOWNS]
    c["projects"]["rows"] = [row for row in c["projects"]["rows"] if row[1] in TOWNS]
    pool = sum(
        (Money.yuan(_cell(c["towns"], row, "amount_2025")) for row in c["towns"]["rows"]), Money()
    )
    c["pool_2025"] = str(pool)
    for indicator in c["indicators_overall"]:
        if indicator["code"] in ("O1", "O2"):
            total = sum(
                int(_cell(c["towns"], row, indicator["code"])) for row in c["towns"]["rows"]
            )
            indicator["target"] = str(total // 100 * 100)
        if indicator["code"] == "O3":
            indicator["target"] = "69"
    amounts = _amounts(c, pool)
    for row in c["towns"]["rows"]:
        row[c["towns"]["columns"].index("amount_2025")] = str(amounts[row[0]])
    _spread(c, amounts)


def _one_road(d: dict[str, Any]) -> None:
    """Only the first road stays, with the root's money; the overall targets are its own."""
    d["projects"] = d["projects"][:1]
    (road,) = d["projects"]
    road["budget"], d["executed_2025"] = d["budget_2025"], road["execution_2025"]["12"]
    d["overall_targets"] = dict(road["targets"])


def _amounts(c: dict[str, Any], pool: Money) -> dict[str, Money]:
    names = ("population", "elderly", "stations")
    weights = c["factors"]["weights_chosen"]
    factors = [Factor(name, name, Decimal(weights[name])) for name in names]
    factors.append(
        Factor("performance", "performance", Decimal(weights["performance"]), performance=True)
    )
    towns = [
        Town(row[0], row[1], {name: Decimal(_cell(c["towns"], row, name)) for name in names})
        for row in c["towns"]["rows"]
    ]
    return allocate(pool, PerformanceMode.SCALED, tuple(factors), tuple(towns)).amounts


def _spread(c: dict[str, Any], amounts: dict[str, Money]) -> None:
    """Each town's amount on its projects; the second one of the town with two takes the rest."""
    budget = c["projects"]["columns"].index("budget")
    one, two = (row for row in c["projects"]["rows"] if row[1] == TWICE)
    first, whole = Money.yuan(one[budget]), amounts[TWICE]
    rest = whole - first
    for row in c["projects"]["rows"]:
        row[budget] = str(amounts[row[1]])
    one[budget], two[budget] = str(first), str(rest)
    rounded = Money(rest.fen // 100 * 100 - (100 if rest.fen % 100 == 0 else 0))
    c["project_money_refused"] |= {"part": str(whole), "filed": [str(first), str(rounded)]}
    c["project_money_refused"]["expected"] |= {
        "total": str(first + rounded), "difference": str(rounded - rest),
    }  # fmt: skip


def _cell(table: dict[str, Any], row: list[Any], column: str) -> str:
    return str(row[table["columns"].index(column)])
