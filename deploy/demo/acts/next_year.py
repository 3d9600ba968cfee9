"""Acts 80 and 82: the targets of 2026 enter the budget; the day turns (D-12, D-14, D-26).

Sets in `w.ids`: `A.target.2026`, `C.target.2026`, `D.target.2026`, `G.target.2026`.
"""

from typing import Any

from ..figures import yuan
from ..walk import World
from .filing import FINANCE, FIRST, form_of_c, form_of_d, form_of_g, judge, submit
from .hold_and_adjustment import form_in_force

YEAR_2026 = 2026
FILERS = {"A": "资助中心·一", "C": "卫健局·子", "D": "交通局·子", "G": "水利中心·一"}
FIRST_REVIEWERS = {"A": "教体局·丑", "G": "水利局·丑"}
"""Of the district's own programmes; a transfer's root goes to finance at once."""


def form_of(w: World, key: str, amount: Any, year: int) -> dict[str, Any]:
    """The target of 2025 in force, with the year and the amount changed."""
    of_2025 = {"A": form_in_force, "C": form_of_c, "D": form_of_d, "G": form_of_g}
    form = of_2025[key](w)
    text = form["annual_text"].replace("2025年", f"{year}年")
    return form | {"amount": yuan(amount), "annual_text": text}


async def file_2026(w: World) -> str:
    """Act 80, first day."""
    amounts = w.figures.control_totals.budget_2026
    for key, who in FILERS.items():
        filed = await submit(w, w[who], key, form_of(w, key, amounts[key], YEAR_2026), YEAR_2026)
        w.check(f"{key} 2026年目标状态", filed.state, "submitted")
    return f"{len(FILERS)}个2026年目标已报送"


async def review_2026(w: World) -> str:
    """Act 80, second day: the departments, then finance."""
    for key, who in FIRST_REVIEWERS.items():
        await judge(w, w[who], FIRST, key, year=YEAR_2026)
    for key in FILERS:
        passed = await judge(w, w["财政局·甲"], FINANCE, key, year=YEAR_2026)
        w.check(f"{key} 2026年目标状态", passed.state, "passed")
    return f"{len(FILERS)}个2026年目标通过"


async def enter_2026(w: World) -> str:
    """Act 80, third day: the gate again; states are kept by budget year."""
    amounts = w.figures.control_totals.budget_2026
    for key in FILERS:
        entered = await w["财政局·乙"].do(
            "EnterBudget",
            programme_id=w.ids[key], year=YEAR_2026, amount=yuan(amounts[key]),
        )  # fmt: skip
        w.check(f"{key} 2026年状态", entered.states[str(YEAR_2026)], "budgeted")
        w.show(key, "2026年预算", yuan(amounts[key]))
    return f"列入2026年预算，合计{amounts['all']}元"


async def turn_the_year(w: World) -> str:
    """Act 82: what is left of the money of 2024 has become dormant (R-32)."""
    expected = w.figures.G
    answer = await w["财政局·乙"].do("ListDormantBalances", programme_id=w.ids["G"])
    w.check("G沉淀资金笔数", len(answer.balances), 1)
    for balance in answer.balances:
        w.check("G结转资金", balance.budgeted, expected.budget_2025.carry_in_from_2024)
        w.check("G结转资金已支出", balance.spent, expected.executed_of_2024_money)
        w.check("G沉淀资金", balance.balance, expected.dormant_on_2025_12_31)
        w.check("G资金年度", balance.first_budget_year, 2024)
        w.show("G", "沉淀资金", balance.balance)
    return "、".join(f"{one.first_budget_year}年资金{one.balance}元" for one in answer.balances)
