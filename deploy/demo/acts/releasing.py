"""Acts 43 to 50 and 56: day A, the budget and its targets go down, to the fen."""

from typing import Any

from ..figures import Node, money, yuan
from ..forms import target
from ..officials import Person, refused
from ..walk import World
from .applying import YEAR, state_of
from .budgeting import ASKED, amount_of, regional_indicators, release
from .filing import FIRST, TOWN, judge, submit


async def record_approval(w: World) -> str:
    """Act 43: approved by the congress with the amounts entered: day A."""
    for key in ASKED:
        recorded = await w.budget_system.do(
            "RecordBudget",
            code=w.kept[f"{key}.code"], year=YEAR, kind="initial", amount=amount_of(w, key),
            day=w.figures.calendar.approved_2025_on,
        )  # fmt: skip
        w.check(f"{key}批准预算", budget_of(recorded).approved, amount_of(w, key))
    return "2025年预算经批准"


def budget_of(programme: Node, year: int = YEAR) -> Node:
    """What the rows of a year come to."""
    found: Node = next(one for one in programme.budgets if one.year == year)
    return found


async def carry_in(w: World) -> str:
    """Act 44: that money's age runs from 2024."""
    g = w.figures.G.budget_2025
    recorded = await w["财政局·乙"].do(
        "RecordBudget",
        programme_id=w.ids["G"], year=YEAR, kind="carry_in", amount=yuan(g.carry_in_from_2024),
        first_budget_year=YEAR - 1,
    )  # fmt: skip
    w.check("G全年预算", budget_of(recorded).current, g.full_year)
    return f"当前预算{budget_of(recorded).current}元"


async def release_departments(w: World) -> str:
    """Act 45: one act and number a department; duties to publish follow."""
    for number, key in enumerate("ADG", 1):
        done = await release(w, "财政局·乙", [key], f"张财预〔2025〕{number}号")
        w.check(f"{key}目标状态", done.targets[0].state, "released")
    await w.settle()
    for key, reader, what in (
        ("A", "教体局·寅", "publication of A's target"),
        ("G", "水利局·寅", "publication of G's target"),
    ):
        duty = await duty_of(w[reader], w.ids[key], "targets")
        w.check(f"{key}目标公开期限", duty.due_on, w.figures.due(what).due)
    return "A、D、G连同预算下达"


async def duty_of(person: Person, programme_id: str, kind: str, year: int = YEAR) -> Node:
    """The duty to publish of a programme."""
    listed = await person.everything(
        "ListDuties", "duties", programme_id=programme_id, year=year, kind=kind
    )
    if len(listed) != 1:
        raise LookupError(f"{len(listed)} duties of kind {kind}")
    return listed[0]


def is_town(row: Node) -> bool:
    """Towns have codes from 100; below are sub-district offices, no budget level (R-21)."""
    return int(row.code[-3:]) >= 100


async def release_sub_districts(w: World) -> str:
    """Act 46, first day: the root, and the parts of the sub-districts."""
    parts = [f"C@{row.code}" for row in w.figures.towns if not is_town(row)]
    await release(w, "财政局·乙", ["C", *parts], "张财预〔2025〕4号")
    w.check("C项目状态", await state_of(w, "C"), "executing")
    return f"C及{len(parts)}个街道分项下达"


async def release_towns(w: World) -> str:
    """Act 46, next day: finance to finance."""
    parts = [f"C@{row.code}" for row in w.figures.towns if is_town(row)]
    if parts:
        await release(w, "财政局·乙", parts, "张财预〔2025〕5号")
    await w.settle()
    for row in w.figures.towns:
        w.check(f"{row.name}分项状态", await state_of(w, f"C@{row.code}"), "executing")
    return f"{len(parts)}个镇分项下达"


def filed_amount(w: World, project: Node) -> str:
    """What a project first files: in one town in whole yuan, which does not add up."""
    refusal = w.figures.C.project_money_refused
    if project.town != refusal.town:
        return yuan(project.budget)
    keys = [one.key for one in w.figures.projects_of(project.town)]
    return yuan(refusal.filed[keys.index(project.key)])


async def file_project(w: World, project: Node, amount: str) -> None:
    """File a hospital's target under its town's."""
    text = f"2025年签约{project.O1}人以上，老年人健康体检{project.O2}人以上。"
    form = target(regional_indicators(w, project), amount, text)
    await submit(w, w["医院·一", project.key], project.key, form)


async def file_projects(w: World) -> str:
    """Act 47, first day: project targets under the regional ones."""

    async def file(project: Node) -> None:
        made = await w["医院·一", project.key].do(
            "CreateProgramme",
            year=YEAR, parent_id=w.ids[f"C@{project.town}"],
            description=project_description(w, project),
        )  # fmt: skip
        w.ids[project.key], w.kept[f"{project.key}.code"] = made.programme_id, made.code
        await file_project(w, project, filed_amount(w, project))

    await w.each(w.figures.projects, file)
    return f"{len(w.figures.projects)}个项目目标已报送"


def project_description(w: World, project: Node) -> dict[str, Any]:
    """A hospital's project: the kind of transfer is its part's."""
    c = w.figures.C.programme
    return {
        "name": f"{project.unit}家庭医生签约服务", "object_type": "project",
        "target_level": "project", "origin": c.origin, "budget_type": c.budget_type,
        "instrument": c.instrument, "transfer": True, "transfer_class": c.transfer_class,
        "allocation_method": c.allocation_method,
    }  # fmt: skip


async def review_projects_first(w: World) -> str:
    """Act 47, second day: the township departments."""
    done = await w.each(
        w.figures.projects, lambda one: judge(w, w["卫健办·丑", one.town], FIRST, one.key)
    )
    return f"{len(done)}个项目初审"


async def review_projects_town(w: World) -> str:
    """Act 47, third day: the chain ends in the town."""
    done = await w.each(
        w.figures.projects, lambda one: judge(w, w["财政所·甲", one.town], TOWN, one.key)
    )
    for one in done:
        w.check("项目目标状态", one.state, "passed")
    await w.settle()
    for project in w.figures.projects:
        w.check(f"{project.key}项目状态", await state_of(w, project.key), "budgeted")
    return f"{len(done)}个项目目标通过"


async def release_unequal(w: World) -> str:
    """Act 48: filed in whole yuan under a part with fen: refused, and one goes back."""
    refusal = w.figures.C.project_money_refused
    projects = w.figures.projects_of(refusal.town)
    if not projects:
        return "本年度无该镇办，略"
    finance = f"财政所·乙@{refusal.town}"
    expected = refusal.expected
    async with refused(422, expected.error, expected.difference, expected.total) as caught:
        await release(w, finance, [one.key for one in projects], "张财函〔2025〕1号")
    for project in projects:
        if money(project.budget) != money(filed_amount(w, project)):
            returned = await w.people[finance].do(
                "ReturnTarget",
                target_id=w.ids[f"{project.key}.target"], opinion="金额须与分项核对到分。",
            )  # fmt: skip
            w.check(f"{project.key}目标状态", returned.state, "returned")
    return caught[0].sentence


async def file_to_the_fen(w: World) -> str:
    """Act 49, first day: version 2 with the fen, and its reviews."""
    filed = 0
    for project in w.figures.projects:
        if money(project.budget) == money(filed_amount(w, project)):
            continue
        await file_project(w, project, yuan(project.budget))
        await judge(w, w["卫健办·丑", project.town], FIRST, project.key)
        await judge(w, w["财政所·甲", project.town], TOWN, project.key)
        filed += 1
    return f"{filed}个项目重报并通过"


async def release_to_units(w: World) -> str:
    """Act 49, second day: every town to its units, to the fen."""

    async def one(town: Node) -> None:
        keys = [project.key for project in w.figures.projects_of(town.code)]
        if keys:
            await release(w, f"财政所·乙@{town.code}", keys, f"{town.name}财〔2025〕1号")

    await w.each(w.figures.towns, one)
    await w.settle()
    for project in w.figures.projects:
        w.check(f"{project.key}项目状态", await state_of(w, project.key), "executing")
    return f"{len(w.figures.projects)}个单位收到预算和目标"


async def release_a_and_g(w: World) -> str:
    """Act 50: the departments to their units."""
    for who, key, document in (
        ("教体局·寅", "A", "张教体〔2025〕3号"),
        ("水利局·寅", "G", "张水〔2025〕2号"),
    ):
        done = await release(w, who, [key], document)
        w.check(f"{key}下达次数", len(done.targets[0].releases), 2)
        w.check(f"{key}项目状态", await state_of(w, key), "executing")
    return "A至资助中心，G至水利中心"


async def release_roads_to_towns(w: World) -> str:
    """Act 56, first day: the root's money to the fen."""
    for number, road in enumerate(w.figures.roads, 6):
        await release(w, "财政局·乙", [road.key], f"张财预〔2025〕{number}号")
    total = sum((money(road.budget) for road in w.figures.roads), start=money("0"))
    w.check("D下达合计", total, amount_of(w, "D"))
    return f"{len(w.figures.roads)}个镇，合计{total}元"


async def release_roads_to_stations(w: World) -> str:
    """Act 56, second day: by the towns to their stations."""
    for road in w.figures.roads:
        town = w.offices.towns()[road.town]
        await release(w, f"财政所·乙@{road.town}", [road.key], f"{town}财〔2025〕2号")
    await w.settle()
    for road in w.figures.roads:
        w.check(f"{road.key}项目状态", await state_of(w, road.key), "executing")
    return f"{len(w.figures.roads)}个项目执行"
