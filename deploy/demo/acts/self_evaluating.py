"""Acts 83 to 90: the round of 2025 is announced, the budget of 2026 released, units file.

Sets in `w.ids`: `campaign`; `<key>.self_evaluation` of A, G, every project of C and D.
Needs: programmes by key, their codes in `w.kept`, `<key>.target.2026` of acts 80.
"""

from collections.abc import Mapping
from typing import Any

from ..figures import Node, yuan
from ..officials import Person, refused
from ..walk import World
from .applying import YEAR
from .budgeting import release
from .releasing import budget_of

NEXT = YEAR + 1
LINES = {"C": "卫健局", "D": "交通局"}
TIERS = ((80, "achieved"), (60, "partly"), (0, "not_achieved"))
"""Lower bounds of the percentages (R-9)."""
BASED_ON_PATIENTS = "O3"
"""C's one indicator that is averaged by what it is of (R-20)."""


def filers(w: World) -> dict[str, Person]:
    """Who files, by key: every programme that spends money of 2025."""
    rows = [("医院·一", row) for row in w.figures.projects]
    rows += [("公路站·一", row) for row in w.figures.roads]
    filing = {"A": w["资助中心·一"], "G": w["水利中心·一"]}
    return filing | {row.key: w[office, row.key] for office, row in rows}


def lines(w: World) -> dict[str, list[Node]]:
    """The transfers that have projects in this year, with them."""
    rows = {"C": w.figures.projects, "D": w.figures.roads}
    return {key: found for key, found in rows.items() if found}


async def sign_by_departments(w: World) -> str:
    """Act 83, first day: the departments sign their lists of transfer projects."""
    for key in lines(w):
        signed = await w[f"{LINES[key]}·子"].do("AgreeList", year=YEAR)
        w.check(f"{key}自评清单状态", signed.state, "draft")
    return f"{len(lines(w))}个部门已签认"


async def sign_by_finance(w: World) -> str:
    """Act 83, second day: finance signs too."""
    listed = lines(w)
    for key, rows in listed.items():
        signed = await w["财政局·丁"].do("AgreeList", year=YEAR, line=w.offices.lines[key])
        w.check(f"{key}自评清单状态", signed.state, "agreed")
        w.check(
            f"{key}自评清单",
            sorted(one.programme_id for one in signed.programmes),
            sorted(w.ids[row.key] for row in rows),
        )
    return "、".join(f"{key}{len(rows)}个项目" for key, rows in listed.items())


async def announce(w: World) -> str:
    """Act 83, third day: announced and running, each form prefilled with money and target."""
    finance = w["财政局·丁"]
    campaign = await finance.do(
        "AnnounceCampaign",
        year=YEAR, unit_due_on=f"{NEXT}-02-28", town_due_on=f"{NEXT}-03-10",
        report_due_on=f"{NEXT}-03-31",
    )  # fmt: skip
    w.ids["campaign"] = campaign.campaign_id
    w.check("自评布置状态", campaign.state, "running")
    w.check("应开展自评项目数", campaign.due, w.figures.spot_check_sample.required)
    await w.settle()
    opened = await finance.everything("ListSelfEvaluations", "self_evaluations", year=YEAR)
    keys = {w.ids[key]: key for key in filers(w)}
    for one in opened:
        w.ids[f"{keys[one.programme_id]}.self_evaluation"] = one.self_evaluation_id
    w.check("自评表数", len(opened), len(keys))
    await _look_at_prefilled(w)
    return f"{campaign.due}个项目应开展自评"


async def _look_at_prefilled(w: World) -> None:
    """The money of 2025 as targets and treasury say."""
    for key in ("A", "G"):
        form = await read(w, filers(w)[key], key)
        expected = w.figures[key].self_evaluation
        w.check(f"{key}全年预算数", form.funds.full_year_budget, expected.full_year_budget)
        w.check(f"{key}全年执行数", form.funds.executed, expected.executed)


async def read(w: World, person: Person, key: str) -> Node:
    """A programme's self-evaluation as it stands."""
    return await person.do("GetSelfEvaluation", self_evaluation_id=w.ids[f"{key}.self_evaluation"])


async def record_budget_2026(w: World) -> str:
    """Act 84, first day: the congress has approved the budget of 2026."""
    amounts = w.figures.control_totals.budget_2026
    for key in LINES | {"A": "", "G": ""}:
        recorded = await w.budget_system.do(
            "RecordBudget",
            code=w.kept[f"{key}.code"], year=NEXT, kind="initial", amount=yuan(amounts[key]),
            day=w.figures.calendar.approved_2026_on,
        )  # fmt: skip
        w.check(f"{key} {NEXT}年批准预算", budget_of(recorded, NEXT).approved, amounts[key])
    return f"{NEXT}年预算{amounts['all']}元经批准"


async def release_2026(w: World) -> str:
    """Act 84, second day: finance to the departments."""
    for number, key in enumerate("ACDG", 1):
        done = await release(w, "财政局·乙", [key], f"张财预〔{NEXT}〕{number}号", NEXT)
        w.check(f"{key} {NEXT}年目标状态", done.targets[0].state, "released")
    return "A、C、D、G下达至部门"


async def release_2026_to_units(w: World) -> str:
    """Act 84, third day: the departments to their units."""
    for who, key, document in (
        ("教体局·寅", "A", f"张教体〔{NEXT}〕2号"),
        ("水利局·寅", "G", f"张水〔{NEXT}〕1号"),
    ):
        done = await release(w, who, [key], document, NEXT)
        w.check(f"{key} {NEXT}年下达次数", len(done.targets[0].releases), 2)
    return "A至资助中心，G至水利中心"


def achieved(value: Any) -> dict[str, str]:
    """What was achieved as the figures have it: a value, or a tier with its percentage."""
    if isinstance(value, list):
        return {"tier": value[0], "percent": str(value[1])}
    return {"actual_value": str(value)}


def hospital_actuals(w: World, project: Node) -> dict[str, dict[str, str]]:
    """A hospital's figures, in the order of the weights; a percentage's tier by R-9."""
    rows = {row.code: row for row in w.figures.C.indicators_overall}
    given: dict[str, dict[str, str]] = {}
    for code, value in zip(w.figures.C.regional_and_project_weights, project.actuals, strict=True):
        qualitative = rows[code].get("kind") == "qualitative"
        given[code] = achieved([tier_of(value), value] if qualitative else value)
        if code == BASED_ON_PATIENTS:
            given[code]["base"] = str(project.O3_base)
    return given


def tier_of(percent: str) -> str:
    """The tier that a percentage lies in (R-9)."""
    whole = int(percent.partition(".")[0])
    return next(tier for low, tier in TIERS if whole >= low)


async def file_form(
    w: World, key: str, actuals: Mapping[str, dict[str, str]], reasons: Mapping[str, str], text: str
) -> Node:
    """Look at the preview, give the reasons that it asks for, and file."""
    person, self_evaluation_id = filers(w)[key], w.ids[f"{key}.self_evaluation"]
    preview = await person.do(
        "PreviewSelfEvaluation",
        self_evaluation_id=self_evaluation_id, actuals=dict(actuals), completion_text=text,
    )  # fmt: skip
    asked = preview.score.reasons_required
    w.kept[f"{key}.reasons_required"] = list(asked)
    form: dict[str, Any] = {"actuals": with_reasons(actuals, reasons, asked)}
    if "execution" in asked:
        form["execution_reason"] = reasons["execution"]
    return await person.do(
        "SubmitSelfEvaluation",
        self_evaluation_id=self_evaluation_id, completion_text=text, **form,
    )  # fmt: skip


def with_reasons(
    actuals: Mapping[str, dict[str, str]], reasons: Mapping[str, str], asked: list[str]
) -> dict[str, dict[str, str]]:
    """The figures with a reason where one is due (R-10)."""
    return {
        code: one | ({"reason": reasons[code]} if code in asked else {})
        for code, one in actuals.items()
    }


def check_score(w: World, key: str, score: Node, expected: Node, what: str = "自评") -> None:
    """Execution, every indicator, total and grade beside the expected ones (R-4 to R-11)."""
    w.check(f"{key}{what}预算执行率得分", score.execution.score, expected.execution)
    w.check(f"{key}{what}预算执行率", score.execution.rate_pct, expected.rate_pct)
    items = {one.code: one for one in score["items"]}
    for code, points in expected.indicator_scores.items():
        w.check(f"{key}{what}{code}得分", items[code].score, points)
    w.check(f"{key}{what}总分", score.total, expected.total)
    w.check(f"{key}{what}等级", score.grade, expected.grade)
    w.check(f"{key}{what}标记", list(score.flags), expected.flags)
    explained = [one.code for one in items.values() if not one.explanation.rule]
    w.check(f"{key}{what}未说明计分依据的指标", explained, [])


def _form_of_a(w: World) -> dict[str, dict[str, str]]:
    return {code: achieved(one) for code, one in w.figures.A.self_evaluation.actuals.items()}


async def file_a_without_reasons(w: World) -> str:
    """Act 85: all that is missing is named at once, and the draft is kept."""
    a, person = w.figures.A, w["资助中心·一"]
    form = {"actuals": _form_of_a(w), "completion_text": a.completion_text}
    named = {"form": "self_evaluation", "key": w.ids["A.self_evaluation"]}
    await person.do("SaveDraft", **named, content=form, etag="")
    async with refused(422, "D-20") as caught:
        await person.do(
            "SubmitSelfEvaluation", self_evaluation_id=w.ids["A.self_evaluation"], **form
        )
    w.check(
        "A缺少原因之处",
        [one["pointer"] for one in caught[0].errors],
        [f"/actuals/{code}/reason" for code in a.self_evaluation.expected.reasons_required],
    )
    kept = await person.do("GetDraft", **named)
    w.check("A自评草稿保留", kept.content.tree == form, True)  # noqa: FBT003 - expected
    return caught[0].sentence


async def file_a(w: World) -> str:
    """Act 86: with its reasons; every point explained."""
    a = w.figures.A
    filed = await file_form(w, "A", _form_of_a(w), a.deviation_reasons, a.completion_text)
    _check_filed(w, "A", filed, a.self_evaluation.expected)
    w.check("A自评依据的目标版本", filed.target_version, 3)
    w.show("A", "自评", filed.filed_score.total)
    return f"{filed.filed_score.total} {filed.filed_score.grade}"


def _check_filed(w: World, key: str, filed: Node, expected: Node) -> None:
    w.check(f"{key}自评状态", filed.state, "submitted")
    w.check(f"{key}须说明原因之处", w.kept[f"{key}.reasons_required"], expected.reasons_required)
    check_score(w, key, filed.filed_score, expected)


async def file_g(w: World) -> str:
    """Act 87, first day: all reached."""
    g = w.figures.G
    actuals = {code: achieved(one) for code, one in g.self_evaluation.actuals.items()}
    filed = await file_form(w, "G", actuals, {}, g.completion_text)
    _check_filed(w, "G", filed, g.self_evaluation.expected)
    w.show("G", "自评", filed.filed_score.total)
    return f"{filed.filed_score.total} {filed.filed_score.grade}"


async def file_roads(w: World) -> str:
    """Act 87, second day."""
    d = w.figures.D

    async def file(road: Node) -> str:
        actuals = {code: achieved(one) for code, one in road.actuals.items()}
        filed = await file_form(w, road.key, actuals, d.deviation_reasons, d.completion_text)
        _check_filed(w, road.key, filed, road.expected)
        w.show(road.key, "自评", filed.filed_score.total)
        return f"{road.key} {filed.filed_score.total}"

    return "、".join(await w.each(w.figures.roads, file))


def in_time(w: World) -> list[Node]:
    """The hospitals that file by the due date."""
    late = w.figures.C.filing.late.project
    return [one for one in w.figures.projects if one.actuals and one.key != late]


async def file_hospital(w: World, project: Node) -> Node:
    """File a hospital's form and compare every score."""
    c = w.figures.C
    filed = await file_form(
        w, project.key, hospital_actuals(w, project), c.deviation_reasons, c.completion_text
    )
    score = filed.filed_score
    w.check(f"{project.key}自评预算执行率得分", score.execution.score, project.execution_score)
    points = {one.code: one.score for one in score["items"]}
    w.check(
        f"{project.key}自评各指标得分",
        [points[code] for code in c.regional_and_project_weights],
        project.scores,
    )
    w.check(f"{project.key}自评总分", score.total, project.total)
    w.check(f"{project.key}自评等级", score.grade, project.grade)
    w.show(project.key, "自评", score.total)
    return filed


async def file_hospitals_first(w: World) -> str:
    """Act 88, first day: one half."""
    rows = in_time(w)
    return await _file_hospitals(w, rows[: len(rows) // 2])


async def file_hospitals_then(w: World) -> str:
    """Act 88, second day: the others."""
    rows = in_time(w)
    return await _file_hospitals(w, rows[len(rows) // 2 :])


async def _file_hospitals(w: World, rows: list[Node]) -> str:
    async def file(project: Node) -> str:
        filed = await file_hospital(w, project)
        w.check(f"{project.key}自评逾期天数", filed.days_late, 0)
        return f"{project.key} {filed.filed_score.total}"

    return "、".join(await w.each(rows, file)) or "本年度无此项目，略"


def missing(w: World) -> list[Node]:
    """The hospitals that have not filed when the due date is over."""
    filed = [one.key for one in in_time(w)]
    return [one for one in w.figures.projects if one.key not in filed]


async def turn_overdue(w: World) -> str:
    """Act 89, first day: overdue at 00:00 and named at every level above."""
    expected: dict[str, list[str]] = {one.town: [] for one in missing(w)}
    for one in missing(w):
        expected[one.town].append(w.ids[one.key])
        form = await read(w, w["财政局·丁"], one.key)
        w.check(f"{one.key}自评状态", form.state, "overdue")
    everybody = sorted(id_ for ids in expected.values() for id_ in ids)
    for person in (w["财政局·丁"], w["卫健局·丑"]):
        w.check(f"{person.name}可见未报项目", await _missing_to(person), everybody)
    for town, ids in expected.items():
        for person in (w["卫健办·丑", town], w["财政所·甲", town]):
            w.check(f"{person.name}可见未报项目", await _missing_to(person), sorted(ids))
    return f"{len(everybody)}个项目逾期" if everybody else "本年度无此项目，略"


async def _missing_to(person: Person) -> list[str]:
    campaign = await person.do("GetCampaign", year=YEAR)
    return sorted(one.programme_id for one in campaign.missing)


async def chase(w: World) -> str:
    """Act 89, second day: the township departments remind their units."""
    for one in missing(w):
        chased = await w["卫健办·丑", one.town].do(
            "ChaseSelfEvaluation",
            self_evaluation_id=w.ids[f"{one.key}.self_evaluation"],
            text="绩效自评已逾期，请于三日内报送。",
        )  # fmt: skip
        w.check(f"{one.key}催报次数", len(chased.chases), 1)
    return f"催报{len(missing(w))}个项目"


async def file_late(w: World) -> str:
    """Act 90: accepted, and marked with how late it is."""
    late = w.figures.C.filing.late
    project = w.figures.project(late.project)
    if project is None:
        return "本年度无此项目，略"
    filed = await file_hospital(w, project)
    w.check(f"{project.key}自评逾期天数", filed.days_late, late.days_late)
    w.check(f"{project.key}自评期限", filed.due_on, late.due)
    reasons = w.kept[f"{project.key}.reasons_required"]
    return f"{filed.filed_score.total} {filed.filed_score.grade}，逾期{filed.days_late}天，{len(reasons)}处说明原因"
