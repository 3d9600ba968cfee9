"""Acts 91 to 93: taken level by level, rolled up by town and line, bound at the close.

Sets in `w.ids`: `C@<town>.roll_up`, `D@<town>.roll_up`, `C.roll_up`, `D.roll_up`.
Needs: `campaign`, `<key>.self_evaluation`, the parts `C@<town>`.
"""

from collections.abc import Iterable

from ..figures import Node
from ..officials import Person
from ..walk import World
from .applying import YEAR
from .self_evaluating import LINES, lines, missing, read

CLOSED_BECAUSE = "报送期限已满，多次催报后仍未报送的按未自评处理。"


def filed_projects(w: World) -> list[Node]:
    """The projects of C that filed in the end, and those of D."""
    late = w.figures.C.filing.late.project
    silent = [one.key for one in missing(w) if one.key != late]
    return [one for one in w.figures.projects if one.key not in silent] + w.figures.roads


def township_department(w: World, key: str, town: str, who: str = "丑") -> Person:
    """Who reviews for the line of C or D in a town."""
    return w[f"{'卫健办' if key.startswith('C') else '交通办'}·{who}", town]


async def accept_in_towns(w: World) -> str:
    """Act 91, first day: the township departments take what was filed."""

    async def accept(project: Node) -> None:
        taken = await township_department(w, project.key, project.town).do(
            "AcceptSelfEvaluation", self_evaluation_id=w.ids[f"{project.key}.self_evaluation"]
        )
        w.check(f"{project.key}自评状态", taken.state, "township_accepted")

    await w.each(filed_projects(w), accept)
    return f"{len(filed_projects(w))}个项目镇办受理"


async def roll_up_in_towns(w: World) -> str:
    """Act 91, second day: every town's part; by the project method its piece of the root."""
    await w.each(w.figures.towns, lambda town: _roll_up_town(w, "C", f"C@{town.code}", town.code))
    roads = sorted({road.town for road in w.figures.roads})
    await w.each(roads, lambda code: _roll_up_town(w, "D", "D", code))
    for town in w.figures.towns:
        await _check_town(w, town, ("displayed", "displayed_grade", "coverage_pct"))
    return f"C的{len(w.figures.towns)}个镇办、D的{len(roads)}个镇已汇总，镇办财政已受理"


async def _roll_up_town(w: World, key: str, programme: str, town: str) -> None:
    rolled = await township_department(w, key, town).do(
        "RollUpSelfEvaluations",
        programme_id=w.ids[programme], year=YEAR, text="本区域绩效自评汇总情况。",
    )  # fmt: skip
    w.ids[f"{key}@{town}.roll_up"] = rolled.roll_up_id
    silent = sorted(w.kept[f"{one.key}.code"] for one in missing_of(w, key, town))
    w.check(f"{key} {town}未自评项目", list(rolled.missing), silent)
    taken = await w["财政所·甲", town].do("ReceiveRollUp", roll_up_id=rolled.roll_up_id)
    w.check(f"{key} {town}汇总状态", taken.state, "accepted")


def missing_of(w: World, key: str, town: str = "") -> Iterable[Node]:
    """The projects of C that never filed, of a town or of all."""
    late = w.figures.C.filing.late.project
    return [
        one
        for one in (missing(w) if key == "C" else [])
        if one.key != late and town in ("", one.town)
    ]


NAMES = {
    "displayed": "displayed_score", "displayed_grade": "displayed_grade",
    "coverage_pct": "coverage_pct", "binding": "binding_score", "binding_grade": "binding_grade",
}  # fmt: skip
"""Columns of the figures' towns, and what they are in a roll-up."""


async def _check_town(w: World, town: Node, columns: Iterable[str]) -> None:
    rolled = await w["财政局·丁"].do("GetRollUp", roll_up_id=w.ids[f"C@{town.code}.roll_up"])
    for column in columns:
        w.check(f"{town.name}汇总{column}", rolled[NAMES[column]], town[column])


async def accept_in_departments(w: World) -> str:
    """Act 91, third day: the departments take their own programmes."""
    for key, who in (("A", "教体局·丑"), ("G", "水利局·丑")):
        taken = await w[who].do(
            "AcceptSelfEvaluation", self_evaluation_id=w.ids[f"{key}.self_evaluation"]
        )
        w.check(f"{key}自评状态", taken.state, "department_accepted")
    return "A、G部门受理"


async def roll_up_lines(w: World) -> str:
    """Act 92, first day: 绩效自评报告; what only the line can count it files itself."""
    own = {"C": {"B3": w.figures.C.line_actuals.B3_filed_by_department}}
    rolled = {key: await _roll_up_line(w, key, own.get(key, {})) for key in lines(w)}
    if "C" in rolled:
        _check_line(w, rolled["C"])
        _check_line_actuals(w, rolled["C"])
    return "；".join(
        f"{key} {one.displayed_score}，覆盖率{one.coverage_pct}%" for key, one in rolled.items()
    )


def _check_line_actuals(w: World, c: Node) -> None:
    """Sums, the average weighted by patients, the share that reached its target (R-20)."""
    expected, actuals = w.figures.C.line_actuals, {one.code: one for one in c.actuals}
    for code, name in (("O1", "O1_sum"), ("O2", "O2_sum"), ("O3", "O3_weighted"),
                       ("B3", "B3_filed_by_department")):  # fmt: skip
        w.check(f"C汇总{code}", actuals[code].actual_value, expected[name])
    w.check("C汇总S1达标比例", actuals["S1"].reached_share_pct, expected.S1_reached_share_pct)
    w.check("C汇总S1最低值", actuals["S1"].worst_value, expected.S1_worst)
    filed = sum(1 for one in c.projects if one.score)
    w.check("C已自评项目数", filed, expected.filed_projects)


async def _roll_up_line(w: World, key: str, own: dict[str, str]) -> Node:
    rolled = await w[f"{LINES[key]}·丑"].do(
        "RollUpSelfEvaluations",
        programme_id=w.ids[key], year=YEAR, own_actuals=own,
        text=w.figures[key].completion_text,
    )  # fmt: skip
    w.ids[f"{key}.roll_up"] = rolled.roll_up_id
    w.check(f"{key}汇总状态", rolled.state, "submitted")
    return rolled


def _check_line(w: World, rolled: Node) -> None:
    expected = w.figures.C.line_roll_up
    w.check("C汇总得分", rolled.displayed_score, expected.score)
    w.check("C汇总等级", rolled.displayed_grade, expected.grade)
    w.check("C汇总覆盖率", rolled.coverage_pct, expected.coverage_pct)
    silent = sorted(w.kept[f"{one.key}.code"] for one in missing_of(w, "C"))
    w.check("C未自评项目", list(rolled.missing), silent)


async def receive(w: World) -> str:
    """Act 92, second day: finance receives the reports, and with them every project."""
    finance = w["财政局·丁"]
    for key in lines(w):
        taken = await finance.do("ReceiveRollUp", roll_up_id=w.ids[f"{key}.roll_up"])
        w.check(f"{key}汇总状态", taken.state, "accepted")
    for key in ("A", "G"):
        await finance.do(
            "ReceiveSelfEvaluation", self_evaluation_id=w.ids[f"{key}.self_evaluation"]
        )
    keys = ["A", "G", *(one.key for one in filed_projects(w))]
    for key in keys:
        w.check(f"{key}自评状态", (await read(w, finance, key)).state, "finance_received")
    return f"{len(keys)}个项目财政接收"


async def close(w: World) -> str:
    """Act 93: who never filed counts 0 from here; town and line bind."""
    finance = w["财政局·丁"]
    seen = await finance.do("GetCampaign", year=YEAR)
    closed = await finance.do(
        "CloseCampaign", campaign_id=w.ids["campaign"], reason=CLOSED_BECAUSE, etag=seen.etag
    )
    w.check("自评布置状态", closed.state, "closed")
    silent = list(missing_of(w, "C"))
    w.check(
        "关闭时未自评项目",
        sorted(one.programme_id for one in closed.missing),
        sorted(w.ids[one.key] for one in silent),
    )
    for town in w.figures.towns:
        await _check_town(w, town, NAMES)
        w.show(f"C {town.name}", "自评", town.displayed)
        w.show(f"C {town.name}", "约束得分", town.binding)
    line = await w["财政局·丁"].do("GetRollUp", roll_up_id=w.ids["C.roll_up"])
    _check_line(w, line)
    expected = w.figures.C.line_roll_up
    w.check("C约束得分", line.binding_score, expected.binding_score)
    w.check("C约束等级", line.binding_grade, expected.binding_grade)
    w.show("C", "自评", line.displayed_score)
    w.show("C", "约束得分", line.binding_score)
    return f"C展示{line.displayed_score}，约束{line.binding_score} {line.binding_grade}"
