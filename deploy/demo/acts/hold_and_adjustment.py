"""Acts 61, 65 to 69, 71 to 78 and 81: finding, order, hold and adjustment (D-15, D-18, D-25).

Sets in `w.ids`: `A.finding`, `A.rectification`, `A.hold`, `A.adjustment`, `A.key_report`,
`D.key_report`, `<road>.finding` and `<road>.rectification` of the red road (`D-102.…`);
`A.target` becomes version 3, the one before it stays as `A.target.v2`.
"""

from collections.abc import Mapping
from typing import Any

from ..figures import Node, money, yuan
from ..forms import review
from ..officials import refused
from ..walk import World
from .applying import PDF, YEAR, state_of
from .budgeting import release
from .filing import form_of_a

ORDER_A, ORDER_D = "张财绩〔2025〕17号", "张财绩〔2025〕16号"
HOLD, LIFT = "张财绩〔2025〕18号", "张财绩〔2025〕20号"
RELEASE_TO_UNIT = "张教体〔2025〕41号"
MEND_A = "追回多结算资金、按学籍核准补助人数、逐校对账，15日内报告。"
DELAYED = "开工滞后，施工图变更未报批。"
MEND_D = "补办施工图变更审批，倒排工期，15日内报告。"


async def ask_to_pay(w: World, asked_on: str) -> str:
    """The treasury asks; the whole answer is compared."""
    row = next(one for one in w.figures.A.may_pay if one.asked_on == asked_on)
    answer = await w.treasury.do("MayPay", programme_code=w.kept["A.code"], amount=yuan(row.amount))
    _check_answer(w, answer, row)
    if not answer.state:
        return f"{row.amount}元：{answer.verdict}"
    return f"{row.amount}元：{answer.verdict}（{answer.state}，{answer.document_number}）"


def _check_answer(w: World, answer: Node, row: Node) -> None:
    w.check("国库询问结果", answer.verdict, row.answer)
    for name, field in (("state", "state"), ("decision", "document_number"), ("article",) * 2):
        w.check(f"国库询问 {field}", answer[field], row.get(name, ""))


async def pay_before(w: World) -> str:
    """Act 61: a red light alone holds nothing."""
    return await ask_to_pay(w, "2025-08-06")


async def find(w: World, key: str, severity: str, text: str, amount: str = "0.00") -> Node:
    """Open a finding and remember it."""
    found = await w["财政局·丁"].do(
        "OpenFinding",
        programme_id=w.ids[key], year=YEAR, severity=severity, text=text, amount=amount,
    )  # fmt: skip
    w.ids[f"{key}.finding"] = found.finding_id
    w.check(f"{key}问题状态", found.state, "open")
    return found


async def order(w: World, key: str, document: str, problem: Mapping[str, str]) -> Node:
    """Order a finding to be mended, by the rule's own term; the finding hears of it."""
    await w.settle()
    ordered = await w["财政局·丁"].do(
        "OrderRectification",
        programme_id=w.ids[key], year=YEAR, document_number=document, source="monitoring",
        finding_id=w.ids[f"{key}.finding"], problems=[problem],
    )  # fmt: skip
    w.ids[f"{key}.rectification"] = ordered.order_id
    w.check(f"{key}整改通知状态", ordered.state, "ordered")
    w.check(f"{key}整改期限（日）", ordered.term_days, 15)
    await w.settle()
    finding = await w["财政局·丁"].do("GetFinding", finding_id=w.ids[f"{key}.finding"])
    w.check(f"{key}问题状态", finding.state, "ordered")
    return ordered


async def find_serious(w: World) -> str:
    """Act 65: 280 pupils too many; the overpaid money is to come back."""
    finding = w.figures.A.finding
    overpaid = finding.pupils * money(finding.yuan_a_day) * finding.days
    w.check("A多结算金额", overpaid, finding.overpaid)
    found = await find(w, "A", finding.severity, finding.text, yuan(overpaid))
    w.check("A问题金额", found.amount, finding.overpaid)
    await order(
        w, "A", ORDER_A,
        {"description": finding.text, "requirement": MEND_A, "basis": "D-18、D-25",
         "responsible": w.figures.A.programme.responsible},
    )  # fmt: skip
    return f"严重问题，涉及{found.amount}元；{ORDER_A}"


def red_road(w: World) -> Node | None:
    """The road that was red in July; None where this year has none."""
    roads = w.figures.roads
    return next((one for one in roads if one.lights_2025_07.execution_light == "red"), None)


async def find_major(w: World) -> str:
    """Act 66, first day: ordered, and signed for at the station."""
    road = red_road(w)
    if road is None:
        return "本年度无该项目，略"
    await find(w, road.key, "major", DELAYED)
    await order(w, road.key, ORDER_D, {"description": DELAYED, "requirement": MEND_D})
    received = await w["公路站·一", road.key].do(
        "ReceiveRectification", order_id=w.ids[f"{road.key}.rectification"]
    )
    w.check(f"{road.key}整改通知状态", received.state, "received")
    return f"{ORDER_D}，{received.due_on}前报告"


async def report_major(w: World) -> str:
    """Act 66, second day: in writing to finance too, since it is a transfer (T-33)."""
    road = red_road(w)
    if road is None:
        return "本年度无该项目，略"
    cause = w.figures.D.causes[road.key]
    evidence = await w["公路站·一", road.key].upload("整改报告.pdf", PDF)
    reported = await w["公路站·一", road.key].do(
        "ReportRectification",
        order_id=w.ids[f"{road.key}.rectification"], measures=cause.measure,
        completion="施工图变更已获批复，工期已倒排。", evidence=[evidence], sent_to_finance=True,
    )  # fmt: skip
    w.check(f"{road.key}整改通知状态", reported.state, "reported")
    return "已书面报告"


async def check_major(w: World) -> str:
    """Act 66, third day: accepted; no hold, for it is neither serious nor failed."""
    road = red_road(w)
    if road is None:
        return "本年度无该项目，略"
    await check_order(w, road.key)
    holds = (await w["财政局·乙"].do("ListHolds", programme_id=w.ids[road.key])).holds
    w.check(f"{road.key}暂缓拨款数", len(holds), 0)
    return "整改通过，未暂缓拨款"


async def check_order(w: World, key: str) -> Node:
    """Another person of finance checks the report; the finding closes."""
    checked = await w["财政局·戊"].do(
        "CheckRectification",
        order_id=w.ids[f"{key}.rectification"], result="passed", opinion="经核实，整改到位，通过。",
    )  # fmt: skip
    w.check(f"{key}整改通知状态", checked.state, "accepted")
    await w.settle()
    finding = await w["财政局·戊"].do("GetFinding", finding_id=w.ids[f"{key}.finding"])
    w.check(f"{key}问题状态", finding.state, "closed")
    return checked


async def receive_and_propose(w: World) -> str:
    """Act 67: signed for, the term runs; the proposal shows what the treasury would be told."""
    received = await w["资助中心·一"].do("ReceiveRectification", order_id=w.ids["A.rectification"])
    w.check("A整改通知状态", received.state, "received")
    due = w.figures.due("rectification report on the finding of August")
    w.check("A整改报告期限", received.due_on, due.due)
    hold = await w["财政局·乙"].do(
        "ProposeHold", finding_id=w.ids["A.finding"], document_number=HOLD
    )
    w.ids["A.hold"] = hold.hold_id
    w.check("A暂缓拨款状态", hold.state, "proposed")
    denied = next(one for one in w.figures.A.may_pay if one.answer == "deny")
    _check_answer(w, hold.would_answer, denied)
    return f"{due.due}前报告；拟暂缓拨款，届时答复{hold.would_answer.verdict}"


async def decide_own_hold(w: World) -> str:
    """Act 68: two persons."""
    async with refused(403) as caught:
        await w["财政局·乙"].do("DecideHold", hold_id=w.ids["A.hold"], agreed=True)
    return caught[0].sentence


async def decide_hold(w: World) -> str:
    """Act 69: the payments are suspended, the programme goes on."""
    decided = await w["财政局·丙"].do("DecideHold", hold_id=w.ids["A.hold"], agreed=True)
    w.check("A暂缓拨款状态", decided.state, "suspended")
    await w.settle()
    programme = await w["财政局·丙"].do("GetProgramme", programme_id=w.ids["A"])
    w.check("A项目2025年状态", programme.states[str(YEAR)], "executing")
    return f"暂缓拨付，{decided.document_number}"


async def pay_while_held(w: World) -> str:
    """Act 71: deny, with state, decision and article."""
    return await ask_to_pay(w, "2025-08-13")


async def lift_too_early(w: World) -> str:
    """Act 72: the rectification is not accepted."""
    async with refused(409, "D-18", "整改") as caught:
        await w["财政局·乙"].do("ProposeLift", hold_id=w.ids["A.hold"], document_number=LIFT)
    return caught[0].sentence


async def report_serious(w: World) -> str:
    """Act 73, first day: four days early."""
    unit = w["资助中心·一"]
    evidence = await unit.upload("整改报告及追回凭证.pdf", PDF)
    reported = await unit.do(
        "ReportRectification",
        order_id=w.ids["A.rectification"],
        measures="逐校核对2025年春季学期用餐人数，抵扣9月结算款，供餐台账上线。",
        completion="已追回140,000.00元（抵扣9月结算款），按5600人逐校核准，供餐台账上线。",
        evidence=[evidence],
    )
    w.check("A整改通知状态", reported.state, "reported")
    w.check("A整改报告迟报天数", reported.reports[-1].days_late, 0)
    due = w.figures.due("check of that report")
    w.check("A整改复核期限", reported.check_due_on, due.due)
    return f"已报告，{due.due}前复核"


async def check_serious(w: World) -> str:
    """Act 73, second day."""
    await check_order(w, "A")
    return "整改通过，问题关闭"


async def propose_lift(w: World) -> str:
    """Act 74, first day."""
    hold = await w["财政局·乙"].do("ProposeLift", hold_id=w.ids["A.hold"], document_number=LIFT)
    w.check("A暂缓拨款状态", hold.state, "suspended")
    return f"拟恢复拨付，{LIFT}"


async def confirm_lift(w: World) -> str:
    """Act 74, second day, by another."""
    hold = await w["财政局·丙"].do("ConfirmLift", hold_id=w.ids["A.hold"])
    w.check("A暂缓拨款状态", hold.state, "lifted")
    return f"恢复拨付，{hold.lift_number}"


async def pay_again(w: World) -> str:
    """Act 75."""
    return await ask_to_pay(w, "2025-08-29")


async def report_key_monitoring(w: World) -> str:
    """Act 76: of the two on the key list."""
    finance = w["财政局·丁"]
    results = {"A": "整改到位", "D": "开工滞后，继续跟踪"}
    for key, result in results.items():
        drafted = await finance.do(
            "DraftKeyMonitoringReport",
            programme_id=w.ids[key], year=YEAR, result=result,
            text=f"{w.figures[key].programme.name}2025年重点绩效监控：{result}。",
        )  # fmt: skip
        w.ids[f"{key}.key_report"] = drafted.report_id
        w.check(f"{key}重点监控报告状态", drafted.state, "drafted")
        up = await finance.do("ReportUpKeyMonitoring", report_id=drafted.report_id)
        w.check(f"{key}重点监控报告状态", up.state, "reported_up")
        back = await finance.do("FeedBackKeyMonitoring", report_id=drafted.report_id)
        w.check(f"{key}重点监控报告状态", back.state, "fed_back")
    return "；".join(f"{key}{result}" for key, result in results.items())


def adjusted_form(w: World, values: Mapping[str, str], amount: Any) -> dict[str, Any]:
    """A's target with other values of some indicators, and another amount."""
    form = form_of_a(w, 2)
    rows = [
        row | ({"target_value": values[row["code"]]} if row["code"] in values else {})
        for row in form["indicators"]
    ]
    text = form["annual_text"].replace(w.figures.A.adjustment.old.O1, values["O1"])
    return form | {"indicators": rows, "amount": yuan(amount), "annual_text": text}


def form_in_force(w: World) -> dict[str, Any]:
    """A's version 3."""
    new = w.figures.A.adjustment.new
    values = {code: value for code, value in new.items() if code != "amount"}
    return adjusted_form(w, values, new.amount)


async def submit_adjustment(w: World) -> str:
    """Act 77, first day: old and new side by side."""
    expected = w.figures.A.adjustment
    asked = await w["资助中心·一"].do(
        "SubmitAdjustment",
        target_id=w.ids["A.target"], form=form_in_force(w),
        grounds={"reason": expected.reason, "explanation": "按学籍核准人数调减。",
                 "document_number": expected.document},
    )  # fmt: skip
    w.ids["A.adjustment"] = asked.adjustment_id
    w.check("A目标调整状态", asked.state, "submitted")
    w.check("A目标调整差额", asked.difference, expected.difference)
    w.check("A原金额", asked.old_amount, expected.old.amount)
    for change in asked.changes:
        w.check(f"A {change.code} 原值", change.old.target_value, expected.old[change.code])
        w.check(f"A {change.code} 新值", change.new.target_value, expected.new[change.code])
    return f"调减{asked.difference}元，{len(asked.changes)}项指标变动"


async def _review_adjustment(w: World, who: str, marks: Node, state: str) -> Node:
    reviewed = await w[who].do(
        "ReviewAdjustment",
        adjustment_id=w.ids["A.adjustment"], **review(marks, w.figures.default_review.opinion),
    )  # fmt: skip
    w.check("A目标调整审核得分", reviewed.reviews[-1].total, marks.expected.total)
    w.check("A目标调整审核等级", reviewed.reviews[-1].grade, marks.expected.grade)
    w.check("A目标调整状态", reviewed.state, state)
    return reviewed


async def review_adjustment_first(w: World) -> str:
    """Act 77, second day."""
    marks = w.figures.A.reviews.v3_department
    reviewed = await _review_adjustment(w, "教体局·丑", marks, "department_reviewed")
    return f"{reviewed.reviews[-1].total}，区主管部门审核通过"


async def review_adjustment_finance(w: World) -> str:
    """Act 77, third day: approved; the next version of the target is there."""
    marks = w.figures.A.reviews.v3_finance
    reviewed = await _review_adjustment(w, "财政局·甲", marks, "approved")
    versions = await w["财政局·甲"].everything(
        "ListTargets", "targets", programme_id=w.ids["A"], year=YEAR
    )
    newest = max(versions, key=lambda one: one.number)
    w.ids["A.target.v2"], w.ids["A.target"] = w.ids["A.target"], newest.target_id
    w.check("A目标版本", newest.number, 3)
    w.check("A目标状态", newest.state, "passed")
    return f"{reviewed.reviews[-1].total}，批准，第{newest.number}版"


async def record_adjustment(w: World) -> str:
    """Act 78, first day: the budget follows."""
    expected = w.figures.A.adjustment
    recorded = await w["财政局·乙"].do(
        "RecordBudget",
        programme_id=w.ids["A"], year=YEAR, kind="adjustment",
        amount=yuan(w.figures.A.budget_2025.adjustment), document_number=expected.document,
    )  # fmt: skip
    budget = next(one for one in recorded.budgets if one.year == YEAR)
    w.check("A当前预算", budget.current, w.figures.A.budget_2025.full_year)
    return f"当前预算{budget.current}元"


async def release_adjusted(w: World) -> str:
    """Act 78, second day: to the department; version 2 is superseded."""
    document = w.figures.A.adjustment.document
    done = await release(w, "财政局·乙", ["A"], document)
    w.check("A第3版状态", done.targets[0].state, "released")
    before = await w["财政局·乙"].do("GetTarget", target_id=w.ids["A.target.v2"])
    w.check("A第2版状态", before.state, "superseded")
    return f"{document}，第{done.targets[0].number}版下达"


async def release_adjusted_to_unit(w: World) -> str:
    """Act 78, third day: on to the unit."""
    done = await release(w, "教体局·寅", ["A"], RELEASE_TO_UNIT)
    w.check("A第3版下达次数", len(done.targets[0].releases), 2)
    w.check("A项目状态", await state_of(w, "A"), "executing")
    return f"{RELEASE_TO_UNIT}，下达资助中心"


async def adjust_too_late(w: World) -> str:
    """Act 81: after 31 October only an emergency or finance's order moves a target."""
    async with refused(409, "D-15", "10月31日后非突发事件或财政部门要求不得调整") as caught:
        await w["资助中心·一"].do(
            "SubmitAdjustment",
            target_id=w.ids["A.target"],
            form=adjusted_form(w, {"O1": "5200"}, w.figures.A.adjustment.new.amount),
            grounds={"reason": "other", "explanation": "受资助人数少于预期。"},
        )
    return caught[0].sentence
