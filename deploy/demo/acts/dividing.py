"""Acts 122 to 125: the money of 2027 divided by binding scores, and why it is this number.

Sets in `w.ids`: `C.plan.2027`, `D.plan.2027`.
"""

from fractions import Fraction
from typing import Any

from jixiao.measures.score import round2

from ..figures import Node, money, yuan
from ..officials import refused
from ..walk import World
from .budgeting import run, scenario_of
from .linking import YEAR_2027, linkage_of

HAD_ALL_FILED = "假设全部按期报送"
COLUMNS = {"0.15": "amount_2027", "0.10": "amount_2027_at_0.10"}
"""Where the figures keep the amounts, by the performance weight."""


async def run_2027(w: World) -> str:
    """Act 122: two weights side by side, and what if all had filed."""
    c, pool = w.figures.C, w.kept["C.ceiling"]
    for weights in (c.factors.weights_alternative, c.factors.weights_chosen):
        plan = await run(w, YEAR_2027, pool, weights)
        _check_sheets(w, plan, scenario_of(weights), COLUMNS[weights.performance])
    plan = await run(
        w, YEAR_2027, pool, c.factors.weights_chosen,
        scenario=HAD_ALL_FILED, had_all_filed=True,
    )  # fmt: skip
    _check_sheets(w, plan, HAD_ALL_FILED, "amount_2027_had_all_filed", binding=False)
    w.ids["C.plan.2027"] = plan.plan_id
    w.check("C 2027年分配总额", plan.pool, c.pool_2027)
    moved = c.towns.moved_by_not_filing
    return "；".join(
        f"{one.name}：{sheet.name}{sheet.amount}"
        for one in plan.scenarios
        for sheet in one.sheets
        if sheet.code == moved.town
    )


def _scenario(plan: Node, name: str) -> Node:
    found: Node = next(one for one in plan.scenarios if one.name == name)
    return found


def _check_sheets(
    w: World, plan: Node, name: str, column: str, *, binding: bool = True
) -> dict[str, Node]:
    sheets = {sheet.code: sheet for sheet in _scenario(plan, name).sheets}
    for row in w.figures.towns:
        sheet = sheets[row.code]
        w.check(f"{row.name} {name}", sheet.amount, row[column])
        if binding:
            w.check(f"{row.name}约束分", round2(Fraction(sheet.score)), row.binding)
    total = sum(money(sheet.amount) for sheet in sheets.values())
    w.check(f"C 2027年分配合计 {name}", total, w.figures.C.pool_2027)
    return sheets


async def approve_2027(w: World) -> str:
    """Act 123: another than who ran it; never the what-if."""
    c = w.figures.C
    name = scenario_of(c.factors.weights_chosen)
    plan_id = w.ids["C.plan.2027"]
    async with refused(403):
        await w["财政局·乙"].do("ApproveAllocation", plan_id=plan_id, scenario=name)
    plan = await w["财政局·丙"].do("ApproveAllocation", plan_id=plan_id, scenario=name)
    w.check("C 2027年分配方案状态", plan.state, "approved")
    sheets = _check_sheets(w, plan, name, "amount_2027")
    moved = c.towns.moved_by_not_filing
    if moved.town not in sheets:
        return f"合计{c.pool_2027}元"
    had = {one.code: one.amount for one in _scenario(plan, HAD_ALL_FILED).sheets}
    difference = money(sheets[moved.town].amount) - money(had[moved.town])
    w.check("未按期报送的影响", difference, moved.difference)
    gained = sum(money(one.amount) - money(had[code]) for code, one in sheets.items()
                 if code != moved.town)  # fmt: skip
    w.check("其他镇办合计增加", gained, -money(moved.difference))
    return f"{sheets[moved.town].name}{sheets[moved.town].amount}元，{difference}元归其他镇办"


async def read_sheets(w: World) -> str:
    """Act 124: the town recomputes its amount to the fen; another town's is as if absent."""
    moved = w.figures.C.towns.moved_by_not_filing
    row = w.figures.town(moved.town)
    others = [town for town in w.figures.towns if town.code != moved.town]
    if row is None or not others:
        return "本年度无该镇办，略"
    other = next((town for town in others if town.name == "傅家镇"), others[0])
    named = {"plan_id": w.ids["C.plan.2027"], "territory": row.code}
    answer = await w["财政所·甲", row.code].do("GetAllocationSheet", **named)
    recomputed = recompute(answer.sheet, answer.pool)
    w.check(f"{row.name}自行核算", yuan(recomputed), row.amount_2027)
    w.check(f"{row.name}分配单", answer.sheet.amount, row.amount_2027)
    async with refused(404) as caught:
        await w["财政所·甲", other.code].do("GetAllocationSheet", **named)
    return f"{row.name}自行核算{yuan(recomputed)}元；{other.name}：{caught[0].sentence}"


def recompute(sheet: Node, pool: Any) -> Any:
    """A town's amount in yuan from the raw values and its score, as printed on its sheet."""
    composite = Fraction(sheet.performance_weight) * Fraction(sheet.performance_share)
    for one in sheet.factors:
        share = Fraction(one.raw) / Fraction(one.column_total)
        if share != Fraction(one.share):
            raise AssertionError(f"{one.name}: {share} is not {one.share}")
        composite += Fraction(one.weight) * share
    fen = composite * Fraction(pool) * 100
    whole = fen.numerator // fen.denominator
    if fen - whole != Fraction(sheet.remainder):
        raise AssertionError(f"remainder: {fen - whole} is not {sheet.remainder}")
    return money(whole + sheet.extra_fen) / 100


async def rank_d(w: World) -> str:
    """Act 125: by the last governing result, new ones by their ex-ante score."""
    ranking = w.figures.D.ranking_2027
    applications = [one for row in ranking.applications if (one := _application(w, row))]
    plan = await w["财政局·乙"].do(
        "RunProjectRanking", programme_id=w.ids["D"], year=YEAR_2027, applications=applications
    )
    w.ids["D.plan.2027"] = plan.plan_id
    codes = {one["code"] for one in applications}
    order = [code for code in ranking.expected.order if code in codes]
    w.check("D 2027年排序", [one.code for one in plan.ranking], order)
    marks = {row.code: row.score or row.exante_score for row in ranking.applications}
    for one in plan.ranking:
        w.check(f"{one.code}排序得分", one[one.ranked_by], marks[one.code])
    w.check("D 2027年上限", plan.pool, linkage_of(w, "D").expected.proposed_max)
    asked = sum(money(one["request"]) for one in applications)
    w.check("D 2027年申请合计", plan.ranking[-1].requested_so_far, asked)
    w.check("D 2027年申请额", asked, linkage_of(w, "D").next_request)
    return f"{' > '.join(order)}；申请{asked}元，上限{plan.pool}元"


def _application(w: World, row: Node) -> dict[str, Any] | None:
    """A town's application; None where this year does not have the road that it follows."""
    form: dict[str, Any] = {"code": row.code, "request": yuan(row.request)}
    if row.score is None:
        return form | {"exante_score": row.exante_score}
    towns = w.offices.towns()
    road = next((one for one in w.figures.roads if towns[one.town] in row.code), None)
    return form | {"programme_id": w.ids[road.key]} if road else None
