"""Acts 17 to 30: targets filed, returned, filed again, and reviewed level by level."""

from typing import Any

from ..figures import Node, money, yuan
from ..forms import indicator, review, target
from ..officials import Person, refused
from ..walk import World
from .applying import YEAR

FIRST, TOWN, LINE, FINANCE = (
    "ReviewTargetFirst", "ReviewTargetTown", "ReviewTargetLine", "ReviewTargetFinance",
)  # fmt: skip


async def submit(
    w: World, person: Person, key: str, form: dict[str, Any], year: int = YEAR
) -> Node:
    """File a target and remember its version: `A.target`, of other years `A.target.2026`."""
    filed = await person.do("SubmitTarget", programme_id=w.ids[key], year=year, form=form)
    w.ids[target_key(key, year)] = filed.target_id
    return filed


def target_key(key: str, year: int = YEAR) -> str:
    """The name under which a target's id is remembered."""
    return f"{key}.target" if year == YEAR else f"{key}.target.{year}"


async def judge(
    w: World, person: Person, act: str, key: str, marks: Node | None = None,
    opinion: str = "", year: int = YEAR,
) -> Node:  # fmt: skip
    """Review a target; without marks by the default ones. Its figures are compared."""
    marks = marks or w.figures.default_review
    words = opinion or w.figures.default_review.opinion
    reviewed = await person.do(act, target_id=w.ids[target_key(key, year)], **review(marks, words))
    last = reviewed.reviews[-1]
    w.check(f"{key}目标审核得分", last.total, marks.expected.total)
    w.check(f"{key}目标审核等级", last.grade, marks.expected.grade)
    w.check(f"{key}目标审核结果", last.result, marks.expected.result)
    return reviewed


def form_of_g(w: World) -> dict[str, Any]:
    """G's target of 2025."""
    g = w.figures.G
    return target(map(indicator, g.indicators), g.budget_2025.initial, g.programme.annual_text)


def form_of_a(w: World, version: int) -> dict[str, Any]:
    """A's target of 2025 in its first or second version."""
    a = w.figures.A
    rows = a.indicators_v1 if version == 1 else a.indicators_v2
    return target(
        map(indicator, rows), a.budget_2025.initial, a.programme.annual_text,
        overall_text=a.programme.overall_text, responsible=a.programme.responsible,
        medium_term_amount=yuan(a.programme.amount_medium_term),
        weights_reason=a.reason_for_weights_v1 if version == 1 else "",
    )  # fmt: skip


def form_of_c(w: World) -> dict[str, Any]:
    """C's overall target; over the term, sums are three times the year's."""
    c = w.figures.C
    return target(map(_with_term, c.indicators_overall), c.pool_2025, c.annual_text,
                  overall_text=c.overall_text)  # fmt: skip


def _with_term(row: Node) -> dict[str, Any]:
    if row.get("kind") == "qualitative":
        return indicator(row)
    times = 3 if row.aggregation == "sum" else 1
    return indicator(row, term_value=str(money(row.target) * times))


def form_of_d(w: World, road: Node | None = None) -> dict[str, Any]:
    """D's overall target, or one road's."""
    d = w.figures.D
    targets = road.targets if road else d.overall_targets
    rows = [indicator(row, target=targets.get(row.code, row.target)) for row in d.indicators]
    if road is None:
        return target(rows, d.budget_2025, d.programme.annual_text)
    return target(rows, road.budget, f"2025年完成{road.name}{road.targets.O1}公里并通过验收。")


async def file_d(w: World) -> str:
    """Act 17: the root's target, then each road with its own."""
    root = await submit(w, w["交通局·子"], "D", form_of_d(w))
    w.check("D目标状态", root.state, "submitted")

    async def file_road(road: Node) -> None:
        station = w["公路站·一", road.key]
        made = await station.do(
            "CreateProgramme",
            year=YEAR, parent_id=w.ids["D"],
            description=road_description(w, road),
        )  # fmt: skip
        w.ids[road.key], w.kept[f"{road.key}.code"] = made.programme_id, made.code
        filed = await submit(w, station, road.key, form_of_d(w, road))
        w.check(f"{road.key}目标状态", filed.state, "submitted")

    await w.each(w.figures.roads, file_road)
    return f"整体目标及{len(w.figures.roads)}个项目目标已报送"


def road_description(w: World, road: Node) -> dict[str, Any]:
    """A project below the root: the kind of transfer is the root's."""
    d = w.figures.D.programme
    return {
        "name": road.name, "object_type": "project", "target_level": "project",
        "origin": d.origin, "budget_type": d.budget_type, "instrument": d.instrument,
        "transfer": True, "transfer_class": d.transfer_class,
        "allocation_method": d.allocation_method,
    }  # fmt: skip


async def file_g(w: World) -> str:
    """Act 18, first day."""
    filed = await submit(w, w["水利中心·一"], "G", form_of_g(w))
    return f"第{filed.number}版已报送"


async def review_g_first(w: World) -> str:
    """Act 18, second day."""
    return str((await judge(w, w["水利局·丑"], FIRST, "G")).state)


async def review_g_finance(w: World) -> str:
    """Act 18, third day."""
    passed = await judge(w, w["财政局·甲"], FINANCE, "G")
    w.check("G目标状态", passed.state, "passed")
    return f"{passed.reviews[-1].total}，已通过"


async def file_a(w: World) -> str:
    """Act 19: the old weights, and an input among the outputs: warnings, no error."""
    filed = await submit(w, w["资助中心·一"], "A", form_of_a(w, 1))
    w.ids["A.target.v1"] = filed.target_id
    warned = sorted(one.code for one in filed.warnings)
    w.check("A第1版提示", warned, ["input_among_outputs", "weights_off_profile"])
    return "；".join(one.message for one in filed.warnings)


async def review_d_first(w: World) -> str:
    """Act 20, first day: the township departments."""
    await w.each(w.figures.roads, lambda road: judge(w, w["交通办·丑", road.town], FIRST, road.key))
    return f"{len(w.figures.roads)}个项目初审"


async def review_d_town(w: World) -> str:
    """Act 20, second day: the towns' finance."""
    await w.each(w.figures.roads, lambda road: judge(w, w["财政所·甲", road.town], TOWN, road.key))
    return f"{len(w.figures.roads)}个项目镇办财政审核"


async def file_c(w: World) -> str:
    """Act 21: every indicator with its aggregation."""
    filed = await submit(w, w["卫健局·子"], "C", form_of_c(w))
    w.check("C整体目标层级", filed.target_level, "overall")
    return f"整体目标{len(filed.form.indicators)}项指标已报送"


async def finance_too_early(w: World) -> str:
    """Act 22: town's finance and department come first."""
    road = w.figures.roads[0]
    async with refused(409, "T-15(3)", "T-16") as caught:
        await w["财政局·甲"].do(
            FINANCE,
            target_id=w.ids[target_key(road.key)],
            **review(w.figures.default_review, w.figures.default_review.opinion),
        )
    return caught[0].sentence


async def return_a(w: World) -> str:
    """Act 23: fair, so it goes back with its content."""
    reviewed = await judge(
        w, w["教体局·丑"], FIRST, "A", w.figures.A.reviews.v1_department,
        "权重偏离2025年口径，沿用理由不成立；‘资金到位及时率’是投入不是产出；"
        "‘促进学校教育事业健康发展≥100%’不可衡量；受资助人数单位应为‘人’。请修改。",
    )  # fmt: skip
    return f"{reviewed.reviews[-1].total} {reviewed.reviews[-1].grade}，退回"


async def file_a_again(w: World) -> str:
    """Act 24: ten indicators, by the profile; the difference row by row."""
    unit = w["资助中心·一"]
    filed = await submit(w, unit, "A", form_of_a(w, 2))
    w.check("A第2版提示数", len(filed.warnings), 0)
    compared = await unit.do(
        "CompareTargets", target_id=filed.target_id, with_target_id=w.ids["A.target.v1"]
    )
    return f"第{filed.number}版已报送，与第1版相差{len(compared.changes)}行"


async def admit_a_too_early(w: World) -> str:
    """Act 25: a passed target is the precondition."""
    async with refused(409, "绩效目标未审核通过", "D-12") as caught:
        await w["财政局·乙"].do("AdmitProgramme", programme_id=w.ids["A"])
    return caught[0].sentence


async def review_own_filing(w: World) -> str:
    """Act 26: a second grant does not make a second person."""
    unit = w["资助中心·一"]
    day = w.stack.today().isoformat()
    line = w.figures.A.programme.line
    proposal = await w["安全管理员·一"].do(
        "ProposeGrants",
        grants=[{
            "person_id": unit.person_id, "role": "ROLE_DEPARTMENT", "line": line,
            "territory": w.offices.district, "from_on": day, "to_on": day, "basis": "临时代岗",
        }],
    )  # fmt: skip
    await w["安全管理员·二"].do(
        "ConfirmGrants", proposal_id=proposal.proposal_id, etag=proposal.etag
    )
    await unit.act_as("department")
    async with refused(403, "own_filing") as caught:
        await unit.do(
            FIRST,
            target_id=w.ids["A.target"],
            **review(w.figures.A.reviews.v2_department, "同意。"),
        )
    await unit.act_as("unit")
    return caught[0].sentence


async def review_d_line(w: World) -> str:
    """Act 27, first day: the department."""
    await w.each(w.figures.roads, lambda road: judge(w, w["交通局·丑"], LINE, road.key))
    return f"{len(w.figures.roads)}个项目区主管部门审核"


async def review_d_finance(w: World) -> str:
    """Act 27, second day: district finance, roads and root."""
    keys = [road.key for road in w.figures.roads] + ["D"]
    passed = await w.each(keys, lambda key: judge(w, w["财政局·甲"], FINANCE, key))
    for key, one in zip(keys, passed, strict=True):
        w.check(f"{key}目标状态", one.state, "passed")
    return f"{len(keys)}个目标通过"


async def review_a_department(w: World) -> str:
    """Act 28."""
    reviewed = await judge(
        w, w["教体局·丑"], FIRST, "A", w.figures.A.reviews.v2_department,
        "指标量化，权重合规，与资金匹配，同意报送。",
    )  # fmt: skip
    w.check("A目标状态", reviewed.state, "department_reviewed")
    return f"{reviewed.reviews[-1].total}，区主管部门审核通过"


async def review_c_finance(w: World) -> str:
    """Act 29."""
    passed = await judge(w, w["财政局·甲"], FINANCE, "C")
    w.check("C目标状态", passed.state, "passed")
    return f"{passed.reviews[-1].total}，已通过"


async def review_a_finance(w: World) -> str:
    """Act 30."""
    passed = await judge(
        w, w["财政局·甲"], FINANCE, "A", w.figures.A.reviews.v2_finance,
        "符合区委区政府民生部署，同意进入预算编审。",
    )  # fmt: skip
    w.check("A目标状态", passed.state, "passed")
    return f"{passed.reviews[-1].total} {passed.reviews[-1].grade}，已通过"
