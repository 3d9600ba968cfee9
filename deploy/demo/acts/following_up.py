"""Acts 100, 101 and 107: notices, orders to mend, and the interview about D.

Sets in `w.ids`: `A.notice`, `A.order` (of the spot check), `D.notice`, `D.order`,
`D.interview`, `D.commitment.<n>` (orders that the interview made).
Needs: `A.spot_check`, `D.evaluation`, `C-107-2`.
"""

from typing import Any

from ..figures import Node
from ..officials import Person
from ..walk import World
from .applying import PDF, YEAR
from .rolling_up_results import missing_of

BASIS = "《张店区预算绩效管理办法》"


async def issue_notice(w: World) -> str:
    """Act 100: figures, rule and recipients; the spot check is noticed."""
    silent = list(missing_of(w, "C"))
    entries = [{"programme_id": w.ids["A"], "organisation": w.figures.A.programme.department,
                "reason": "large_difference"}]  # fmt: skip
    entries += [
        {"programme_id": w.ids[one.key], "organisation": one.unit, "reason": "not_filed"}
        for one in silent
    ]
    a = w.figures.A
    filed, found = a.self_evaluation.expected.total, a.spot_check.rescored.total
    words = [f"{a.programme.name}自评{filed}分、复核{found}分，差异较大"]
    words += [f"{one.unit}未按要求开展自评" for one in silent]
    notice = await w["财政局·丙"].do(
        "IssueNotice",
        year=YEAR, document_number="张财绩〔2026〕8号", text=f"{'；'.join(words)}。", entries=entries,
        requirement="如实开展绩效自评，按要求限期整改。",
        recipients=[a.programme.department, w.figures.C.programme.department],
    )  # fmt: skip
    w.ids["A.notice"] = notice.notice_id
    named = {one.programme_id: one for one in notice.entries}
    row = named[w.ids["A"]]
    w.check("通报A自评得分", row.self_score, filed)
    w.check("通报A复核得分", row.recheck_score, found)
    w.check("通报A差异", row.difference, a.spot_check.expected.diff)
    w.check("通报对象数", len(named), 1 + len(silent))
    await w.settle()
    check = await w["财政局·丙"].do("GetSpotCheck", spot_check_id=w.ids["A.spot_check"])
    w.check("A复核状态", check.state, "noticed")
    return str(notice.text)


async def order_a(w: World) -> str:
    """Act 101, first day: feedback in time, three things to mend."""
    asked = ("按学籍逐校重核受助人数基数", "改按月结算口径，逐笔核对", "重新开展满意度调查")
    ordered = await _order(
        w, "A", "张财绩〔2026〕9号", "spot_check", w.ids["A.spot_check"],
        [_problem(w.figures.A.programme.unit, text, text) for text in asked],
    )  # fmt: skip
    w.ids["A.order"] = ordered.order_id
    due = w.figures.due("feedback after the spot check")
    w.check("A整改通知按期", ordered.ordered_on <= due.due, True)  # noqa: FBT003 - expected
    return f"{ordered.document_number} {len(asked)}项"


def _problem(responsible: str, description: str, requirement: str) -> dict[str, str]:
    return {
        "description": description, "requirement": requirement, "basis": BASIS,
        "responsible": responsible,
    }  # fmt: skip


async def _order(
    w: World, key: str, document: str, source: str, basis_id: str, problems: list[dict[str, str]],
) -> Node:  # fmt: skip
    ordered = await w["财政局·丁"].do(
        "OrderRectification",
        programme_id=w.ids[key], year=YEAR, document_number=document, source=source,
        finding_id=basis_id, problems=problems,
    )  # fmt: skip
    w.check(f"{key}整改状态", ordered.state, "ordered")
    return ordered


async def receive_a(w: World) -> str:
    """Act 101, signed for: due on a Sunday, which is not moved (R-39)."""
    received = await w["资助中心·一"].do("ReceiveRectification", order_id=w.ids["A.order"])
    due = w.figures.due("rectification report after the spot check").due
    w.check("A整改期限", received.due_on, due)
    return f"整改期限{received.due_on}"


async def _report(w: World, person: Person, order: str, **words: Any) -> Node:
    evidence = await person.upload("整改佐证材料.pdf", PDF)
    reported = await person.do(
        "ReportRectification", order_id=w.ids[order], evidence=[evidence], **words
    )
    w.check(f"{order}整改状态", reported.state, "reported")
    w.check(f"{order}整改逾期天数", reported.reports[-1].days_late, 0)
    return reported


async def report_a(w: World) -> str:
    """Act 101, the report."""
    await _report(
        w, w["资助中心·一"], "A.order",
        measures="已按学籍逐校重核受助人数，改按实际供餐月结算，重新开展满意度调查。",
        completion="三项均已完成。",
    )  # fmt: skip
    return "已报告整改"


async def check_a(w: World) -> str:
    """Act 101, the check by the office that ordered it, by another person."""
    return await _check(w, "A.order")


async def _check(w: World, order: str) -> str:
    done = await w["财政局·乙"].do(
        "CheckRectification", order_id=w.ids[order], result="passed", opinion="经核实，整改到位。"
    )
    w.check(f"{order}整改状态", done.state, "accepted")
    return f"{done.document_number} 通过"


async def order_d(w: World) -> str:
    """Act 107, first day: the four problems of the key evaluation, 30 days."""
    problems = w.figures.D.key_evaluation.main_problems
    responsible = w.figures.D.programme.department
    ordered = await _order(
        w, "D", "张财绩〔2026〕14号", "evaluation", w.ids["D.evaluation"],
        [_problem(responsible, text, f"针对“{text}”逐项整改。") for text in problems],
    )  # fmt: skip
    w.ids["D.order"] = ordered.order_id
    w.check("D整改问题数", len(ordered.problems), len(problems))
    w.check("D整改期限天数", ordered.term_days, 30)
    received = await w["交通局·子"].do("ReceiveRectification", order_id=ordered.order_id)
    return f"{len(problems)}个问题，整改期限{received.due_on}"


async def notice_d(w: World) -> str:
    """Act 107, 通报批评: the score on record."""
    d = w.figures.D
    notice = await w["财政局·丙"].do(
        "IssueNotice",
        year=YEAR, document_number="张财绩〔2026〕15号",
        text=f"{d.programme.name}重点绩效评价{d.key_evaluation.total}分，等级为差，予以通报批评。",
        requirement="限期整改，压减下年度预算。",
        entries=[{"programme_id": w.ids["D"], "organisation": d.programme.department,
                  "reason": "poor"}],
        recipients=[d.programme.department, *(w.offices.towns()[r.town] for r in d.projects)],
    )  # fmt: skip
    w.ids["D.notice"] = notice.notice_id
    w.check("通报D得分", notice.entries[0].score, d.key_evaluation.total)
    return str(notice.text)


async def interview_d(w: World) -> str:
    """Act 107, 约谈: what was promised becomes orders, received at once."""
    promised = (
        ("8月底前落实剩余里程施工计划，倒排工期", "2026-08-31"),
        ("8月底前拨付到位镇级资金", "2026-08-31"),
    )
    interview = await w["财政局·丙"].do(
        "RecordInterview",
        programme_id=w.ids["D"], year=YEAR, interviewed_on=w.stack.today().isoformat(),
        place="区财政局", interviewers=[w[who].person_id for who in ("财政局·丙", "财政局·丁")],
        interviewee=w["交通局·寅"].person_id, interviewee_post="农村公路项目责任人",
        interviewee_kind="responsible_person", reason="2025年度重点绩效评价等级为差",
        points="核对问题清单，分析原因，明确整改责任和时限。", signed=True,
        commitments=[{"text": text, "due_on": day} for text, day in promised],
        document_number="张财绩谈〔2026〕1号",
    )  # fmt: skip
    w.ids["D.interview"] = interview.interview_id
    for number, one in enumerate(interview.commitments, 1):
        w.ids[f"D.commitment.{number}"] = one.order_id
        order = await w["财政局·丁"].do("GetRectification", order_id=one.order_id)
        w.check(f"D承诺{number}整改状态", order.state, "received")
        w.check(f"D承诺{number}期限", order.due_on, one.due_on)
    return f"{len(interview.commitments)}项承诺转为整改事项，双方已签字"


def _orders_of_d(w: World) -> list[str]:
    return ["D.order", *sorted(name for name in w.ids if name.startswith("D.commitment."))]


async def report_d(w: World) -> str:
    """Act 107, the reports, in writing also to finance (T-33)."""
    for order in _orders_of_d(w):
        await _report(
            w, w["交通局·子"], order, sent_to_finance=True,
            measures="已倒排工期、拨付资金，资金分配与前期工作成熟度挂钩。",
            completion="已按要求完成整改，剩余路段按批准的计划施工。",
        )  # fmt: skip
    return f"{len(_orders_of_d(w))}份整改报告"


async def check_d(w: World) -> str:
    """Act 107, the checks."""
    return "；".join([await _check(w, order) for order in _orders_of_d(w)])
