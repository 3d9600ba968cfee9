"""Acts 108 to 111: key evaluation, final accounts, the stub that stays unseen, A and totals.

Sets in `w.kept`: `D.public`, `overall.public` (public ids; `A.public` is act 51's).
Needs: A to G, E, `D.evaluation`.
"""

import json
from typing import Any

from ..figures import Node, yuan
from ..officials import Person, refused
from ..walk import World
from .applying import YEAR
from .publishing import publish
from .releasing import duty_of

OWNERS = {"A": "教体局·寅", "C": "卫健局·寅", "D": "交通局·寅", "G": "水利局·寅"}


async def publish_key(w: World) -> str:
    """Act 108: score, problems, measures, and who evaluated."""
    key, finance = w.figures.D.key_evaluation, w["财政局·丁"]
    duty = await duty_of(finance, w.ids["D"], "key")
    due = w.figures.due("publication of the key evaluation of D").due
    w.check("D重点评价公开期限", duty.due_on, due)
    done = await publish(w, finance, w["财政局·戊"], duty)
    w.kept["D.public"] = done.public_id
    content = _content(done)
    w.check("公开D重点评价得分", content["total"], key.total)
    w.check("公开D重点评价等级", content["grade"], key.grade)
    w.check("公开D主要问题", content["problems"], list(key.main_problems))
    return f"{content['total']}分，评价机构{content['evaluator']}"


def _content(publication: Node) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(publication.versions[-1].snapshot)
    return content


def accounts(w: World) -> dict[str, str]:
    """What was spent of 2025, by root."""
    f = w.figures
    spent = f.control_totals.by_department
    executed = f.control_totals.columns.index("executed")
    lines = {key: w.offices.lines[key] for key in OWNERS}
    return {key: yuan(spent[line][executed]) for key, line in lines.items() if line in spent}


async def record_accounts(w: World) -> str:
    """Act 109, first day: the standing committee has approved the final accounts."""
    day = w.figures.calendar.final_accounts_2025_on
    for key, amount in accounts(w).items():
        await w["财政局·乙"].do(
            "RecordBudget",
            programme_id=w.ids[key], year=YEAR, kind="final_accounts", amount=amount, day=day,
            document_number="张人发〔2026〕19号",
        )  # fmt: skip
    return f"{YEAR}年决算{day}经批准"


async def record_receipt(w: World) -> str:
    """Act 109, second day: received by the departments, who must publish within 20 days."""
    day = w.figures.calendar.final_accounts_2025_on
    released = w.figures.due("final accounts released to departments")
    for key, amount in accounts(w).items():
        await w["财政局·乙"].do(
            "RecordBudget",
            programme_id=w.ids[key], year=YEAR, kind="final_accounts", amount=amount, day=day,
            received_on=released.done, document_number="张财库〔2026〕12号",
        )  # fmt: skip
    await w.settle()
    due = w.figures.due("publication of A's self-evaluation").due
    for key in accounts(w):
        duty = await duty_of(w[OWNERS[key]], w.ids[key], "self")
        w.check(f"{key}自评结果公开期限", duty.due_on, due)
    return f"部门{released.done}收到，公开期限{due}"


async def try_the_stub(w: World) -> str:
    """Act 110: said to the cleared person; to the others there is no such programme."""
    named: dict[str, Any] = {"programme_id": w.ids["E"], "year": YEAR, "kind": "targets"}
    async with refused(409, "涉密，不得公开") as caught:
        await w["应急局·子"].do("ProposePublication", **named)
    for who in ("应急局·丑", "教体局·寅"):
        async with refused(404):
            await w[who].do("ProposePublication", **named)
    return caught[0].sentence


async def _overall_duty(person: Person) -> Node:
    listed = await person.everything("ListDuties", "duties", year=YEAR, kind="overall_picture")
    if len(listed) != 1:
        raise LookupError(f"{len(listed)} duties for the overall picture")
    return listed[0]


async def propose(w: World) -> str:
    """Act 111, first day: the department proposes A's result, finance the overall picture."""
    duties = {
        "教体局·寅": await duty_of(w["教体局·寅"], w.ids["A"], "self"),
        "财政局·丁": await _overall_duty(w["财政局·丁"]),
    }
    for who, duty in duties.items():
        done = await w[who].do("ProposePublication", duty_id=duty.duty_id, etag=duty.etag)
        w.check(f"{duty.title}公开状态", done.state, "prepared")
        w.ids[f"{duty.kind}.duty"] = duty.duty_id
    return "、".join(duty.title for duty in duties.values())


async def confirm(w: World) -> str:
    """Act 111, second day: both pass the secrecy review, in time."""
    a = w.figures.A
    own = await w["教体局·卯"].do("ConfirmPublication", duty_id=w.ids["self.duty"])
    content = _content(own)
    w.check("公开A自评得分", content["self_score"], a.self_evaluation.expected.total)
    w.check("公开A复核得分", content["recheck_score"], a.spot_check.rescored.total)
    w.check("公开A差异", content["difference"], a.spot_check.expected.diff)
    w.check("公开A问题数", bool(content["problems"]), True)  # noqa: FBT003 - expected
    w.check("公开A整改措施", bool(content["measures"]), True)  # noqa: FBT003 - expected
    w.kept["A.public"] = own.public_id
    duty = await duty_of(w["教体局·寅"], w.ids["A"], "self")
    w.check("A自评结果公开逾期天数", duty.days_late, 0)
    overall = await w["财政局·戊"].do("ConfirmPublication", duty_id=w.ids["overall_picture.duty"])
    w.kept["overall.public"] = overall.public_id
    _check_overall(w, _content(overall))
    return f"{content['self_score']}分，复核{content['recheck_score']}分，并列公开"


def _check_overall(w: World, content: dict[str, Any]) -> None:
    """Each yuan once, without what is classified."""
    w.check("总体情况注明", content["note"], w.figures.E.public_totals_say)
    check_totals(w, "全区", content["totals"], w.figures.control_totals.all)
    for one in content["departments"]:
        line = one["department"]["code"]
        expected = w.figures.control_totals.by_department.get(line)
        check_totals(w, line, one, expected)


PUBLIC_NAMES = {
    "count": "count", "initial_budget": "initial_budget", "full_year_budget": "budget",
    "executed": "executed",
}  # fmt: skip
"""Columns of the control totals, and what they are on the page."""


def check_totals(w: World, what: str, page: dict[str, Any], expected: list[Any] | None) -> None:
    """Totals of a page beside the control totals; a department without any must not appear."""
    columns = w.figures.control_totals.columns
    given = dict(zip(columns, expected or [None] * len(columns), strict=True))
    for column, name in PUBLIC_NAMES.items():
        w.check(f"公开{what}合计{column}", page[name], given[column])
