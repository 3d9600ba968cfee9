"""Acts 59, 60, 62 to 64, 70 and 79: both rounds of dual monitoring (D-16, D-17, T-19 to T-21).

Sets in `w.ids`: `round.2025-07-31`, `round.2025-09-30`, and of every programme that spends
`<key>.report.<cut-off>`: `A.report.2025-07-31`, `C-105-1.report.2025-09-30`, …
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..figures import Node, money, yuan
from ..officials import Person
from ..walk import World
from .applying import YEAR

MIDYEAR, THIRD_QUARTER = "2025-07-31", "2025-09-30"
ROUNDS = {MIDYEAR: "2025年上半年绩效运行监控", THIRD_QUARTER: "2025年三季度绩效运行监控"}
NEED_CAUSE = ("yellow", "red")
LIGHTS = {"G": "green", "Y": "yellow", "R": "red", "-": "none"}
"""As the figures write the lights of July in one word."""
OPINION = "数据与执行情况相符，同意。"
LAGGING = "实施进度晚于计划，按剩余工作量倒排工期，年底前完成。"
"""Where the figures of another year light a lamp and give no cause."""
NAMES = {
    "months_elapsed": "已过月数", "current_budget": "当前预算", "executed": "执行数",
    "time_pct": "时间进度", "exec_pct": "执行率", "d": "偏差", "execution_light": "执行灯",
    "indicator_lights": "指标灯", "programme_light": "项目灯", "run_rate_forecast": "按进度推算",
    "forecast_gap_pct": "预计偏离", "ask_why": "须说明原因", "expected_carry_over": "预计结转",
}  # fmt: skip


def reporters(w: World) -> dict[str, tuple[Person, Person]]:
    """By programme: who files its report, and who accepts it first."""
    people = {
        "A": (w["资助中心·一"], w["教体局·丑"]),
        "G": (w["水利中心·一"], w["水利局·丑"]),
    }
    people |= {p.key: (w["医院·一", p.key], w["卫健办·丑", p.town]) for p in w.figures.projects}
    people |= {r.key: (w["公路站·一", r.key], w["交通办·丑", r.town]) for r in w.figures.roads}
    return people


def due_in(w: World, town: str) -> int:
    """How many reports a town's finance waits for."""
    return sum(row.town == town for row in (*w.figures.projects, *w.figures.roads))


async def open_round(w: World, cut_off: str) -> Node:
    """Open a round and remember it and the report of every programme that spends."""
    finance = w["财政局·丁"]
    opened = await finance.do(
        "OpenMonitoringRound", year=YEAR, name=ROUNDS[cut_off], cut_off=cut_off
    )
    w.ids[f"round.{cut_off}"] = opened.round_id
    w.check(f"{cut_off}轮次状态", opened.state, "open")
    totals = w.figures.control_totals
    due = dict(zip(totals["columns"], totals["all"], strict=True))["count"]
    w.check(f"{cut_off}应报数", opened.summary.due, due)
    keys = {w.ids[key]: key for key in reporters(w)}
    reports = await finance.everything("ListMonitoringReports", "reports", round_id=opened.round_id)
    for report in reports:
        if report.programme_id in keys:
            w.ids[f"{keys[report.programme_id]}.report.{cut_off}"] = report.report_id
    return opened


async def seen_by(w: World, person: Person, cut_off: str) -> Node:
    """The sums of a round as one level sees them."""
    seen: Node = (await person.do("GetMonitoringRound", round_id=w.ids[f"round.{cut_off}"])).summary
    return seen


async def submit(
    w: World, key: str, cut_off: str, readings: list[dict[str, str]], forecast: Any,
    correction: Mapping[str, Any] | None = None,
) -> Node:  # fmt: skip
    """File a report; its lights are there at once."""
    filed = await reporters(w)[key][0].do(
        "SubmitMonitoringReport",
        report_id=w.ids[f"{key}.report.{cut_off}"], readings=readings,
        filed_forecast=yuan(forecast), **_unless_empty(correction),
    )  # fmt: skip
    w.check(f"{key}监控报告状态", filed.state, "submitted")
    return filed


def _unless_empty(filled: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"correction": filled} if filled else {}


async def accept(w: World, key: str, cut_off: str) -> Node:
    """Accept at the first level, with the cause, measure and date that a lamp needs."""
    person, report_id = reporters(w)[key][1], w.ids[f"{key}.report.{cut_off}"]
    report = await person.do("GetMonitoringReport", report_id=report_id)
    needed = _still_needed(w, key, cut_off, report)
    accepted = await person.do(
        "AcceptMonitoringReport",
        report_id=report_id, opinion=OPINION, **_unless_empty(needed),
    )  # fmt: skip
    w.check(f"{key}监控报告状态", accepted.state, "accepted")
    return accepted


def correction(row: Mapping[str, Any]) -> dict[str, Any]:
    """Causes with words, a measure and its date, as the figures have them."""
    return {
        "causes": list(row["cause"]), "reason": row["reason"],
        "measure": row["measure"], "due_on": row["due"],
    }  # fmt: skip


def _still_needed(w: World, key: str, cut_off: str, report: Node) -> dict[str, Any]:
    filed = report.get("correction") or {}
    needed: dict[str, Any] = {}
    if report.assessment.programme_light in NEED_CAUSE and not filed.get("causes"):
        needed |= correction(_cause_of(w, key, cut_off))
    if report.forecast and report.forecast.ask_why and not filed.get("why_forecast"):
        needed["why_forecast"] = needed.get("reason", LAGGING)
    return needed


def _cause_of(w: World, key: str, cut_off: str) -> Mapping[str, Any]:
    yellow, causes = w.figures.C.yellow_in_july, w.figures.D.causes
    rows = {**causes, yellow.project: yellow, "A": w.figures.A.monitoring[cut_off]}
    row: Mapping[str, Any] = rows.get(key, {})
    ordinary = {"cause": ["other"], "reason": LAGGING, "measure": LAGGING, "due": f"{YEAR}-12-31"}
    return row if "cause" in row else ordinary


def check_lights(
    w: World, key: str, cut_off: str, report: Node, expected: Mapping[str, Any]
) -> None:
    """Compare everything that the figures say of a report (R-23 to R-25)."""
    got = {**report.progress, **report.assessment} | {"d": report.assessment.deviation}
    if report.forecast:
        beside = report.forecast
        got |= {
            "forecast_gap_pct": beside.gap_pct, "ask_why": beside.ask_why,
            "expected_carry_over": beside.expected_carry_over,
        }  # fmt: skip
    for name in NAMES.keys() & expected.keys():
        w.check(f"{key} {cut_off} {NAMES[name]}", got.get(name), expected[name])
    w.show(key, f"截至{cut_off}执行灯", f"{got['exec_pct']}% {got['execution_light']}")


def reading(code: str, actual: Any) -> dict[str, str]:
    """One indicator: a figure, or a tier in words."""
    tiers = ("achieved", "partly", "not_achieved")
    return {"code": code, "tier" if actual in tiers else "actual": str(actual)}


async def open_midyear(w: World) -> str:
    """Act 59: 21 reports are due; each level sees its own."""
    opened = await open_round(w, MIDYEAR)
    w.check("上半年监控报送截止日", opened.due_on, "2025-08-31")
    levels = {"教体局·丑": 1, "卫健局·丑": len(w.figures.projects)}
    for name, due in levels.items():
        w.check(f"{name}可见未报数", len((await seen_by(w, w[name], MIDYEAR)).missing), due)
    for town in w.offices.towns():
        seen = await seen_by(w, w["财政所·甲", town], MIDYEAR)
        w.check(f"{town}可见未报数", len(seen.missing), due_in(w, town))
    return f"应报{opened.summary.due}份，{opened.due_on}前报送"


async def report_a(w: World) -> str:
    """Act 60: red by execution; the forecast is far from the run-rate, so it says why."""
    return await _report_of_a(w, MIDYEAR)


async def _report_of_a(w: World, cut_off: str) -> str:
    row = w.figures.A.monitoring[cut_off]
    readings = [reading(code, value) for code, value in row.actuals.items() if value is not None]
    why = row.get("why_forecast")
    filed = await submit(
        w, "A", cut_off, readings, row.filed_forecast, {"why_forecast": why} if why else None
    )
    check_lights(w, "A", cut_off, filed, {**row, **row.expected})
    judged = filed.assessment
    return f"{judged.exec_pct}−{judged.time_pct}={judged.deviation}，{judged.programme_light}"


async def accept_a(w: World) -> str:
    """Act 62: red brings the unit a warning letter."""
    await accept(w, "A", MIDYEAR)
    await w.settle()
    tasks = (await w["资助中心·一"].do("ListTasks")).tasks
    letters = [one.title for one in tasks if one.kind == "monitoring_report.warning"]
    w.check("A预警函份数", len(letters), 1)
    return f"已审核；{'；'.join(letters)}"


def late_in_july(w: World) -> Node | None:
    """The project whose report of July is missing at first; it files no self-evaluation either."""
    return w.figures.project(w.figures.C.filing.not_filed.project)


async def report_c(w: World) -> str:
    """Act 63, first day: all but one."""
    late = late_in_july(w)
    filers = [project for project in w.figures.projects if late is None or project.key != late.key]
    await w.each(filers, lambda project: _report_of_c(w, project))
    return f"{len(filers)}/{len(w.figures.projects)}份已报"


async def _report_of_c(w: World, project: Node) -> None:
    filed = await submit(w, project.key, MIDYEAR, _july(w, project), project.executed_12)
    execution, *indicators = [LIGHTS[letter] for letter in project.lights_07]
    expected: dict[str, Any] = {"execution_light": execution, "indicator_lights": indicators}
    yellow = w.figures.C.yellow_in_july
    if project.key == yellow.project:
        expected |= yellow
    check_lights(w, project.key, MIDYEAR, filed, expected)


def _july(w: World, project: Node) -> list[dict[str, str]]:
    """C1 is the money by the signed; O3, O4, B1 stand at the target; S1 is not due yet."""
    target = {row.code: row.target for row in w.figures.C.indicators_overall}
    cost = money(project.executed_07) / money(project.signed_07)
    actuals = {
        "C1": cost.quantize(Decimal("0.01"), ROUND_HALF_UP),
        "O1": project.signed_07, "O2": project.checkups_07, "O3": project.O3,
        "O4": target["O4"], "B1": target["B1"], "B2": "achieved",
    }  # fmt: skip
    return [reading(code, actual) for code, actual in actuals.items()]


async def chase_c(w: World) -> str:
    """Act 63, 催报: the missing one is named at every level above."""
    late = late_in_july(w)
    if late is None:
        return "本年度无该项目，略"
    levels = [
        w["卫健办·丑", late.town], w["财政所·甲", late.town], w["卫健局·丑"], w["财政局·丁"],
    ]  # fmt: skip
    for person in levels:
        seen = await seen_by(w, person, MIDYEAR)
        missing = [one.programme_id for one in seen.missing]
        w.check(f"{person.name}可见未报项目", missing, [w.ids[late.key]])
    chased = await levels[0].do("ChaseMonitoring", round_id=w.ids[f"round.{MIDYEAR}"])
    report = w.ids[f"{late.key}.report.{MIDYEAR}"]
    w.check("催报的报告", chased.taken_report_ids, [report])
    return f"催报{late.unit}，四级均可见"


async def report_late_of_c(w: World) -> str:
    """Act 63, last day: then all."""
    late = late_in_july(w)
    if late is None:
        return "本年度无该项目，略"
    await _report_of_c(w, late)
    seen = await seen_by(w, w["卫健局·丑"], MIDYEAR)
    w.check("C已报数", seen.filed, len(w.figures.projects))
    return f"{seen.filed}/{seen.due}份已报"


async def report_d_and_g(w: World) -> str:
    """Act 64: July figures with causes, measures, dates; accepted the same day."""
    lights = []
    for road in w.figures.roads:
        cause = w.figures.D.causes.get(road.key)
        filed = await submit(
            w, road.key, MIDYEAR, [], road.execution_2025["12"],
            correction(cause) if cause else None,
        )  # fmt: skip
        check_lights(w, road.key, MIDYEAR, filed, road.lights_2025_07)
        await accept(w, road.key, MIDYEAR)
        lights.append(f"{road.key} {filed.assessment.execution_light}")
    g = w.figures.G
    filed = await submit(w, "G", MIDYEAR, [], g.execution_2025["12"])
    check_lights(w, "G", MIDYEAR, filed, g.lights_2025_07)
    await accept(w, "G", MIDYEAR)
    return "、".join((*lights, f"G {filed.assessment.execution_light}"))


async def accept_c(w: World) -> str:
    """Act 70, first day: the township departments."""
    accepted = await w.each(w.figures.projects, lambda row: accept(w, row.key, MIDYEAR))
    return f"{len(accepted)}份镇办主管部门已审核"


async def roll_up(w: World, person: Person, expected: int) -> None:
    """Take what is ready into a level's own."""
    done = await person.do("RollUpMonitoring", round_id=w.ids[f"round.{MIDYEAR}"])
    w.check(f"{person.name}汇总份数", len(done.taken_report_ids), expected)


async def roll_up_towns(w: World) -> str:
    """Act 70, second day: the towns' finance, of both transfers."""
    towns = list(w.offices.towns())
    await w.each(towns, lambda town: roll_up(w, w["财政所·甲", town], due_in(w, town)))
    return f"{len(towns)}个镇办财政已汇总"


async def roll_up_lines(w: World) -> str:
    """Act 70, third day: the departments of both transfers."""
    await roll_up(w, w["卫健局·丑"], len(w.figures.projects))
    await roll_up(w, w["交通局·丑"], len(w.figures.roads))
    return "区主管部门已汇总"


async def close_midyear(w: World) -> str:
    """Act 70, last day: district finance takes all, then closes; the figures are locked."""
    await roll_up(w, w["财政局·丁"], len(reporters(w)))
    yellow = w.figures.C.yellow_in_july.project
    for key in ("A", "G", yellow):
        if f"{key}.report.{MIDYEAR}" in w.ids:
            report_id = w.ids[f"{key}.report.{MIDYEAR}"]
            report = await reporters(w)[key][0].do("GetMonitoringReport", report_id=report_id)
            w.check(f"{key}监控报告状态", report.state, "rolled_up")
    return await _close(w, MIDYEAR)


async def _close(w: World, cut_off: str) -> str:
    closed = await w["财政局·丁"].do("CloseMonitoringRound", round_id=w.ids[f"round.{cut_off}"])
    w.check(f"{cut_off}轮次状态", closed.state, "closed")
    w.check(f"{cut_off}已报数", closed.summary.filed, closed.summary.due)
    return f"{closed.summary.filed}/{closed.summary.due}份，本轮关闭"


async def open_third_quarter(w: World) -> str:
    """Act 79, first day."""
    opened = await open_round(w, THIRD_QUARTER)
    return f"应报{opened.summary.due}份，{opened.due_on}前报送"


async def report_third_quarter(w: World) -> str:
    """Act 79, second day: A is green just at the bound; two roads are red."""
    told = await _report_of_a(w, THIRD_QUARTER)
    filings: list[tuple[str, Any, Mapping[str, Any]]] = [
        (road.key, road.execution_2025["12"], road.light_2025_09) for road in w.figures.roads
    ]
    filings += [(p.key, p.executed_12, {}) for p in w.figures.projects]
    filings.append(("G", w.figures.G.execution_2025["12"], {}))

    async def file(row: tuple[str, Any, Mapping[str, Any]]) -> None:
        key, forecast, expected = row
        filed = await submit(w, key, THIRD_QUARTER, [], forecast)
        check_lights(w, key, THIRD_QUARTER, filed, expected)

    await w.each(filings, file)
    await w.each(reporters(w), lambda key: accept(w, key, THIRD_QUARTER))
    return f"A {told}；共{len(filings) + 1}份已报并审核"


async def close_third_quarter(w: World) -> str:
    """Act 79, last day."""
    return await _close(w, THIRD_QUARTER)
