"""Acts 31 to 42: library, budget, allocation to the towns, and their regional targets."""

from datetime import date
from typing import Any

from ..figures import Node, money, yuan
from ..forms import indicator, target
from ..officials import refused
from ..walk import World
from .applying import YEAR, state_of
from .filing import FINANCE, LINE, TOWN, judge, submit, target_key

ASKED = {
    "A": "budget_2025.initial",
    "C": "pool_2025",
    "D": "budget_2025",
    "G": "budget_2025.initial",
}
"""Where the figures keep the amount of 2025, by track."""


def amount_of(w: World, key: str) -> str:
    """The amount entered into the budget of 2025."""
    value: Any = w.figures[key]
    for name in ASKED[key].split("."):
        value = value[name]
    return yuan(value)


async def admit_all(w: World) -> str:
    """Act 31: of C and D the roots alone."""
    for key in ASKED:
        admitted = await w["财政局·乙"].do("AdmitProgramme", programme_id=w.ids[key])
        w.check(f"{key}项目状态", admitted.state, "in_library")
    return "A、C、D、G入库"


async def release_too_early(w: World) -> str:
    """Act 32: no budget of 2025 yet."""
    async with refused(409, "D-14") as caught:
        await release(w, "财政局·乙", ["A"], "张财预〔2024〕99号")
    return caught[0].sentence


async def release(w: World, who: str, keys: list[str], document: str, year: int = YEAR) -> Node:
    """Release the targets of several programmes in one act, by the versions as they stand."""
    person = w[who] if "@" not in who else w.people[who]
    seen = [await person.do("GetTarget", target_id=w.ids[target_key(key, year)]) for key in keys]
    return await person.do(
        "ReleaseTargets",
        document_number=document,
        targets=[{"target_id": one.target_id, "etag": one.etag} for one in seen],
    )


async def ask_whether(w: World) -> str:
    """Act 33, first day: the budget system asks for A and B."""
    asked = {"A": amount_of(w, "A"), "B": yuan(w.figures.B.requested)}
    answers = {
        key: await w.budget_system.do(
            "MayEnter", code=w.kept[f"{key}.code"], year=YEAR, amount=amount
        )
        for key, amount in asked.items()
    }
    w.check("A可列入预算", answers["A"].allowed, True)  # noqa: FBT003 - the expected value
    w.check("B可列入预算", answers["B"].allowed, False)  # noqa: FBT003 - the expected value
    w.check("B不可列入的依据", answers["B"].article, "D-9")
    return f"A可；B不可（{answers['B'].article}）"


async def client_enters_b(w: World) -> str:
    """Act 33, second day: the client's door is the same gate."""
    refusal = await w.budget_system.refused(
        "EnterBudget", "FAILED_PRECONDITION", "D-9",
        code=w.kept["B.code"], year=YEAR, amount=yuan(w.figures.B.requested),
    )  # fmt: skip
    return refusal.detail


async def enter_all(w: World) -> str:
    """Act 34: the gate again; D's roads go with their root."""
    for key in ASKED:
        entered = await w["财政局·乙"].do(
            "EnterBudget", programme_id=w.ids[key], year=YEAR, amount=amount_of(w, key)
        )
        w.check(f"{key}项目状态", entered.states[str(YEAR)], "budgeted")
        w.show(key, "2025年预算", amount_of(w, key))
    await w.settle()
    for road in w.figures.roads:
        w.check(f"{road.key}项目状态", await state_of(w, road.key), "budgeted")
    return "A、C、D、G列入2025年预算"


def factors(w: World, weights: Node) -> list[dict[str, Any]]:
    """The factors with their weights; performance is the one that is on record."""
    return [
        {"code": code, "name": name, "weight": weights[code], "performance": code == "performance"}
        for code, name in w.figures.C.factors.names.items()
    ]


def allocation_towns(w: World) -> list[dict[str, Any]]:
    """The towns with their values by factor."""
    codes = [code for code in w.figures.C.factors.names if code != "performance"]
    return [
        {"code": row.code, "name": row.name, "values": {code: row[code] for code in codes}}
        for row in w.figures.towns
    ]


async def run(w: World, year: int, pool: Any, weights: Node, **more: Any) -> Node:
    """Run one scenario, named by its performance weight."""
    return await w["财政局·乙"].do(
        "RunAllocation",
        programme_id=w.ids["C"], year=year, pool=yuan(pool), towns=allocation_towns(w),
        **{"scenario": scenario_of(weights)} | more,
        performance_mode=w.figures.C.factors.performance_mode, factors=factors(w, weights),
    )  # fmt: skip


def scenario_of(weights: Node) -> str:
    """`绩效权重0.15`."""
    return f"绩效权重{weights.performance}"


async def run_allocation(w: World) -> str:
    """Act 35: below 0.10 refused; two others side by side; in the first year 100 for all."""
    c = w.figures.C
    error = c.factors.refused_expected.error
    async with refused(422, error) as caught:
        await run(w, YEAR, c.pool_2025, c.factors.weights_refused)
    await run(w, YEAR, c.pool_2025, c.factors.weights_alternative)
    plan = await run(w, YEAR, c.pool_2025, c.factors.weights_chosen)
    w.ids["C.plan"] = plan.plan_id
    for scenario in plan.scenarios:
        for sheet in scenario.sheets:
            w.check(f"首年绩效分 {scenario.name} {sheet.code}", money(sheet.score), 100)
    return f"{caught[0].sentence}；{len(plan.scenarios)}个方案并存"


async def approve_allocation(w: World) -> str:
    """Act 36: not the proposer; exact to the fen; the parts are made with their money."""
    c = w.figures.C
    proposer = w["财政局·乙"]
    scenario = scenario_of(c.factors.weights_chosen)
    await proposer.do("ChooseAllocation", plan_id=w.ids["C.plan"], scenario=scenario)
    async with refused(403) as caught:
        await proposer.do("ApproveAllocation", plan_id=w.ids["C.plan"])
    plan = await w["财政局·丙"].do("ApproveAllocation", plan_id=w.ids["C.plan"])
    w.check("C分配方案状态", plan.state, "approved")
    chosen = next(one for one in plan.scenarios if one.name == scenario)
    amounts = {sheet.code: sheet.amount for sheet in chosen.sheets}
    for row in w.figures.towns:
        w.check(f"{row.name}2025年分配额", amounts[row.code], row.amount_2025)
    w.check("C分配额合计", sum(map(money, amounts.values())), c.pool_2025)
    await w.settle()
    await remember_parts(w)
    return f"{caught[0].sentence}；{len(amounts)}个镇办，合计{c.pool_2025}元"


async def remember_parts(w: World) -> None:
    """The parts that the approved plan made, by town: `C@370303101`."""
    below = await w["财政局·乙"].everything("ListProgrammes", "programmes", parent_id=w.ids["C"])
    for part in below:
        if part.description.target_level == "regional":
            w.ids[f"C@{part.coordinates.territory}"] = part.programme_id
            w.check(f"C {part.coordinates.territory}分项状态", part.state, "budgeted")
    made = [key for key in w.ids if key.startswith("C@") and "." not in key]
    w.check("C分项个数", len(made), len(w.figures.towns))


def parts(w: World, *, mistyped: bool = False) -> list[dict[str, Any]]:
    """Every indicator's parts, by its aggregation (R-20)."""
    return [_parts_of(w, row, mistyped=mistyped) for row in w.figures.C.indicators_overall]


def _parts_of(w: World, row: Node, *, mistyped: bool) -> dict[str, Any]:
    if row.aggregation == "none":
        return {"code": row.code, "reason": "只能在区级统计"}
    first = w.figures.C.decomposition.O1_first_attempt
    shares = []
    for town in w.figures.towns:
        share: dict[str, Any] = {"code": town.code}
        if row.aggregation == "confirm":
            share |= {"text": row.target, "confirmed": True}
        else:
            share["value"] = str(town.get(row.code, row.target))
        if row.aggregation == "weighted_average":
            share["base"] = str(town[f"{row.code}_base"])
        if mistyped and row.code == "O1" and town.code == first.town_changed:
            share["value"] = str(first.value_filed)
        shares.append(share)
    return {"code": row.code, "shares": shares}


async def decompose_wrongly(w: World) -> str:
    """Act 37: one town mistyped, so the sum falls short; nothing is stored."""
    expected = w.figures.C.decomposition.O1_first_attempt
    if w.figures.town(expected.town_changed) is None:
        return "本年度无该镇办，略"
    async with refused(
        422, expected.expected.error, expected.expected.total, expected.expected.slack
    ) as caught:
        await w["卫健局·子"].do(
            "DecomposeTarget", target_id=w.ids["C.target"], parts=parts(w, mistyped=True)
        )
    return "；".join(one["message"] for one in caught[0].errors)


async def decompose(w: World) -> str:
    """Act 38: sums, averages, each; every town or a reason."""
    done = await w["卫健局·子"].do("DecomposeTarget", target_id=w.ids["C.target"], parts=parts(w))
    expected = w.figures.C.decomposition
    for figures in done.figures:
        for name in ("total", "slack", "average"):
            if name in expected.get(figures.code, {}):
                w.check(f"分解 {figures.code} {name}", figures[name], expected[figures.code][name])
    return "、".join(f"{one.code}余量{one.slack}" for one in done.figures if one.slack)


async def p_looks_again(w: World) -> str:
    """Act 39, first day: B after the commission's end is as if absent."""
    async with refused(404) as caught:
        await w["P所·一"].do("GetProgramme", programme_id=w.ids["B"])
    return caught[0].sentence


async def congress_looks_early(w: World) -> str:
    """Act 39, second day: a package in drafting is as if absent."""
    async with refused(404) as caught:
        await w["人大·甲"].do("GetPackage", package_id=w.ids["package.2025"])
    return caught[0].sentence


async def fill_package(w: World) -> str:
    """Act 40, first day: the departments put their major targets into the draft budget."""
    made = await w["财政局·甲"].do(
        "CreatePackage",
        year=YEAR, kind="draft_budget", title="2025年预算草案及重大项目绩效目标",
        session_on=w.figures.calendar.approved_2025_on,
    )  # fmt: skip
    w.ids["package.2025"] = made.package_id
    w.check("材料包状态", made.state, "drafting")
    for who, key in (("教体局·子", "A"), ("卫健局·子", "C"), ("交通局·子", "D")):
        filed = await w[who].do("GetTarget", target_id=w.ids[target_key(key)])
        item = {
            "programme_id": w.ids[key], "amount": filed.form.amount,
            "annual_text": filed.form.annual_text,
        }  # fmt: skip
        await w[who].do("SubmitPackageItems", package_id=made.package_id, items=[item])
    return "三个部门已报送"


async def submit_package(w: World) -> str:
    """Act 40, second day: no state secret by this route; checked, approved, submitted."""
    package = w.ids["package.2025"]
    async with refused(409) as caught:
        await w["财政局·丁"].do(
            "SubmitPackageItems", package_id=package, items=[{"programme_id": w.ids["E"]}]
        )
    checked = await w["财政局·甲"].do("CheckPackage", package_id=package, opinion="数据核对一致。")
    w.check("材料包状态", checked.state, "finance_checked")
    approved = await w["财政局·丙"].do(
        "ApprovePackage", package_id=package, document_number="张政办字〔2024〕112号"
    )
    w.check("材料包状态", approved.state, "approved_by_government")
    done = await w["财政局·丙"].do(
        "SubmitPackage", package_id=package, document_number="张财预〔2024〕45号"
    )
    w.check("材料包状态", done.state, "submitted")
    session = date.fromisoformat(w.figures.calendar.approved_2025_on)
    w.check("材料包提前天数", done.days_before_session, (session - w.stack.today()).days)
    return f"{caught[0].sentence}；已报送，提前{done.days_before_session}天"


def regional_indicators(w: World, values: Node) -> list[dict[str, Any]]:
    """The indicators of a town or project: own weights, values from its row."""
    weights = w.figures.C.regional_and_project_weights
    return [
        indicator(row, weight=weights[row.code], target=str(values.get(row.code, row.target)))
        for row in w.figures.C.indicators_overall
        if row.code in weights
    ]


async def file_regional(w: World) -> str:
    """Act 41, first day: the regional targets, beside the values set from above."""

    async def file(town: Node) -> None:
        form = target(
            regional_indicators(w, town), town.amount_2025,
            f"2025年{town.name}家庭医生签约{town.O1}人以上，老年人健康体检{town.O2}人以上。",
        )  # fmt: skip
        filed = await submit(w, w["卫健办·子", town.code], f"C@{town.code}", form)
        above = {row.code: row.target_value for row in filed.set_from_above}
        w.check(f"{town.name}分解值O1", above.get("O1"), town.O1)
        w.check(f"{town.name}分解值O2", above.get("O2"), town.O2)

    await w.each(w.figures.towns, file)
    return f"{len(w.figures.towns)}个区域目标已报送"


async def _review_parts(w: World, who: str, act: str) -> list[Node]:
    async def one(town: Node) -> Node:
        person = w[who, town.code] if act == TOWN else w[who]
        return await judge(w, person, act, f"C@{town.code}")

    return await w.each(w.figures.towns, one)


async def review_regional_town(w: World) -> str:
    """Act 41, second day."""
    done = await _review_parts(w, "财政所·甲", TOWN)
    for one in done:
        w.check("区域目标状态", one.state, "township_finance_reviewed")
    return f"{len(done)}个区域目标镇办财政审核"


async def review_regional_line(w: World) -> str:
    """Act 42, first day."""
    return f"{len(await _review_parts(w, '卫健局·丑', LINE))}个区域目标区主管部门审核"


async def review_regional_finance(w: World) -> str:
    """Act 42, second day."""
    done = await _review_parts(w, "财政局·甲", FINANCE)
    for one in done:
        w.check("区域目标状态", one.state, "passed")
    return f"{len(done)}个区域目标通过"
