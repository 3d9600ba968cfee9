"""Acts 97 to 99, 102, 103 and 105: the key evaluation of D, from its plan to its final grade.

Sets in `w.ids`: `D.evaluation`, `D.commission` (R所's). Needs: `D`, the roads by key.
"""

from typing import Any

from ..figures import Node, money
from ..officials import refused
from ..walk import World
from .applying import YEAR

LEADER = "财政局·己"
MEMBERS = ("专家·一", "专家·二", "专家·三")
"""Of the working group; the other two judges are R所's."""
ASSESSORS = ("专家·四", "专家·五")
JUDGES = MEMBERS + ASSESSORS
EVALUATOR = "R评估咨询所"
UNTIL = "2026-08-31"
PLAN = (
    "评价2025年度农村公路提档升级补助资金的决策、过程、产出和效益；实地核查三个项目，8月底前完成。"
)
OBJECTION = "征地滞后属客观原因，建议按已交地里程计算完成率。"
REPLY = "不采纳：未按规定调整目标。"
MEASURES = [
    "倒排工期，完成剩余里程建设并补齐验收。",
    "按进度及时拨付镇级资金。",
    "资金分配与前期工作成熟度挂钩。",
]


async def open_evaluation(w: World) -> str:
    """Act 97: group, leader, plan; nobody of the evaluated party in it."""
    plan = {
        "leader": w[LEADER].person_id, "members": [w[who].person_id for who in MEMBERS],
        "text": PLAN, "organisation": "区财政局绩效评价工作组",
    }  # fmt: skip
    opened = await w["财政局·丁"].do(
        "OpenKeyEvaluation",
        programme_id=w.ids["D"], year=YEAR, kind="finance_evaluation", plan=plan, until=UNTIL,
    )  # fmt: skip
    w.ids["D.evaluation"] = opened.evaluation_id
    w.check("D重点评价状态", opened.state, "planned")
    return f"财政评价已立项，负责人{LEADER}"


async def _commission(w: World, name: str, credit_code: str, persons: tuple[str, ...]) -> Node:
    """Register an institution and invite it, the first person as lead evaluator."""
    finance = w["财政局·丁"]
    institution = await finance.do("RegisterThirdParty", name=name, credit_code=credit_code)
    commission = await finance.do(
        "CreateCommission",
        third_party_id=institution.third_party_id, programme_id=w.ids["D"], year=YEAR,
        subject="key_evaluation", subject_id=w.ids["D.evaluation"],
        persons=[w[who].person_id for who in persons],
        lead_evaluator=w[persons[0]].person_id, ends_on=UNTIL,
    )  # fmt: skip
    w.check(f"{name}委托状态", commission.state, "invited")
    return commission


async def commission_q(w: World) -> str:
    """Act 98, first day."""
    commission = await _commission(w, "Q评估咨询所", "91370303MA3Q000002", ("Q所·一",))
    w.ids["Q.commission"], w.kept["Q.commission"] = commission.commission_id, commission.etag
    return "已邀请Q所"


async def q_declares(w: World) -> str:
    """Act 98, second day: it drew the same roads' designs within three years."""
    q = w["Q所·一"]
    works = [
        {"object_id": w.ids[road.key], "kind": "design", "done_on": "2024-06-28",
         "text": f"{road.name}施工图设计"}
        for road in w.figures.roads
    ]  # fmt: skip
    async with refused(403, "conflict", "D-6(8)") as caught:
        await q.do(
            "DeclareConflict",
            etag=w.kept["Q.commission"], commission_id=w.ids["Q.commission"],
            declarations=[{"person": "", "prior_works": works}, {"person": q.person_id}],
        )  # fmt: skip
    ended = await w["财政局·丁"].do("GetCommission", commission_id=w.ids["Q.commission"])
    w.check("Q所委托状态", ended.state, "terminated")
    return caught[0].sentence


async def commission_r(w: World) -> str:
    """Act 99, first day: free of conflict, contracted; the group declares too."""
    commission = await _commission(w, EVALUATOR, "91370303MA3R000003", ASSESSORS)
    w.ids["D.commission"] = commission.commission_id
    people = [{"person": w[who].person_id} for who in ASSESSORS]
    declared = await w[ASSESSORS[0]].do(
        "DeclareConflict",
        etag=commission.etag, commission_id=commission.commission_id,
        declarations=[{"person": ""}, *people],
    )  # fmt: skip
    w.check("R所委托状态", declared.state, "contracted")
    await w.settle()
    for who in ASSESSORS:
        await w[who].act_as("third_party")
    for who in MEMBERS:
        await w[who].act_as("working_group")
        await w[who].do("DeclareInterest", evaluation_id=w.ids["D.evaluation"], interest="")
    return "R所无利益冲突，已签约"


async def approve_scheme(w: World) -> str:
    """Act 99, second day: the framework with five judges, approved by a second person."""
    named = {"evaluation_id": w.ids["D.evaluation"]}
    scheme = {"judges": [w[who].person_id for who in JUDGES], "method": "专家评分与数据核算相结合"}
    await w["财政局·丁"].do("ProposeScheme", **named, scheme=scheme)
    approved = await w["财政局·丙"].do("ApproveScheme", **named)
    w.check("D重点评价状态", approved.state, "scheme_approved")
    weights = {one.code: one.weight for one in approved.scheme.indicators}
    for code, weight in _weights(w).items():
        w.check(f"评价框架{code}分值", weights[code], weight)
    w.check("评价框架指标数", len(weights), len(_weights(w)))
    levels: dict[str, Any] = {}
    for one in approved.scheme.indicators:
        levels[one.level1] = levels.get(one.level1, 0) + money(one.weight)
    return "框架" + "/".join(f"{points:.0f}" for points in levels.values())


def _weights(w: World) -> dict[str, str]:
    """Every indicator of the framework with its weight."""
    key = w.figures.D.key_evaluation
    weights = {one.code: one.weight for one in [*key.computed, key.cost_saving]}
    judged = key.judged
    return weights | {code: judged[code].weight for code in judged if "_round_" not in code}


def _marks(w: World, judge: int, rounds: dict[str, str]) -> list[dict[str, str]]:
    """One judge's marks; a comment below 60 % of the weight (R-14)."""
    key = w.figures.D.key_evaluation
    marks = []
    for code, name in rounds.items():
        row = key.judged[name]
        mark = {"code": code, "score": row.marks[judge]}
        if money(row.marks[judge]) * 100 < money(row.weight) * 60:
            mark["comment"] = key.comment_below_60_pct
        marks.append(mark)
    return marks


async def _score(w: World, rounds: dict[str, str]) -> Node:
    """All judges, one after the other; `rounds` says which row is an indicator's."""
    for number, who in enumerate(JUDGES):
        await w[who].do(
            "ScoreKeyEvaluation",
            evaluation_id=w.ids["D.evaluation"], marks=_marks(w, number, rounds),
        )  # fmt: skip
    return await w["财政局·丁"].do("GetKeyEvaluation", evaluation_id=w.ids["D.evaluation"])


async def score_once(w: World) -> str:
    """Act 102, first round: one indicator's marks lie apart."""
    judged = w.figures.D.key_evaluation.judged
    first = {
        code: f"{code}_round_1" if f"{code}_round_1" in judged else code
        for code in judged
        if "_round_" not in code
    }
    scored = await _score(w, first)
    apart = [code for code, name in first.items() if judged[name].expected.needs_discussion]
    w.check("D重点评价状态", scored.state, "scoring")
    w.check("需讨论的指标", list(scored.to_discuss), apart)
    w.kept["D.to_discuss"] = apart
    return f"{len(JUDGES)}名专家评分，需讨论：{'、'.join(apart)}"


async def score_again(w: World) -> str:
    """Act 102, second round: revised once, both rounds kept."""
    again = {code: code for code in w.kept["D.to_discuss"]}
    scored = await _score(w, again)
    for code in again:
        kept = [one for one in scored.marks if one.code == code]
        w.check(f"{code}两轮评分均保留", len(kept), 2 * len(JUDGES))
    return f"修改{len(again)}项"


async def draft_report(w: World) -> str:
    """Act 103: figures and marks give total and grade; the party has 10 working days."""
    key, leader = w.figures.D.key_evaluation, w[LEADER]
    await leader.act_as("working_group")
    cost = key.cost_saving
    rates = [
        {"code": one.code, "numerator": one.numerator, "denominator": one.denominator}
        for one in key.computed
    ]
    rates.append(
        {"code": cost.code, "numerator": cost.actual_cost,
         "denominator": cost.planned_cost_of_done}
    )  # fmt: skip
    drafted = await leader.do(
        "DraftReport",
        evaluation_id=w.ids["D.evaluation"], figures=rates,
        report={
            "text": "三个项目中一个按期完工，决策、过程和产出均有欠缺。", "evaluator": EVALUATOR,
            "main_problems": list(key.main_problems), "measures": MEASURES,
        },
    )  # fmt: skip
    w.check("D重点评价状态", drafted.state, "consultation")
    due = w.figures.due("answer to the draft report on D").due
    w.check("D征求意见期限", drafted.answer_due_on, due)
    _check_report(w, drafted)
    return f"{drafted.total} {drafted.grade}，征求意见至{drafted.answer_due_on}"


def _check_report(w: World, drafted: Node) -> None:
    """Every rate, every score, total and grade (R-14, R-15)."""
    key = w.figures.D.key_evaluation
    rates = {one.code: one.rate_pct for one in drafted.computed}
    scores = {one.code: one.score for one in drafted.scores}
    for one in key.computed:
        w.check(f"D评价{one.code}", rates[one.code], one.rate_pct)
        w.check(f"D评价{one.code}得分", scores[one.code], one.score)
    w.check("D成本超支率", rates[key.cost_saving.code], key.cost_saving.overrun_pct)
    w.check("D成本得分", scores[key.cost_saving.code], key.cost_saving.score)
    for code in key.judged:
        if "_round_" not in code:
            w.check(f"D评价{code}得分", scores[code], key.judged[code].expected.score)
    w.check("D重点评价总分", drafted.total, key.total)
    w.check("D重点评价等级", drafted.grade, key.grade)


async def answer_report(w: World) -> str:
    """Act 105, first day: the department objects."""
    answered = await w["交通局·子"].do(
        "AnswerKeyEvaluation", evaluation_id=w.ids["D.evaluation"], objections=[OBJECTION]
    )
    w.check("D评价意见数", len(answered.objections), 1)
    return OBJECTION


async def check_quality(w: World) -> str:
    """Act 105, second day: each objection answered, then checked by one who wrote nothing."""
    named = {"evaluation_id": w.ids["D.evaluation"]}
    await w[LEADER].do("AnswerObjection", **named, number=1, accepted=False, reply=REPLY)
    await w[LEADER].act_as("district_finance")
    checked = await w["财政局·戊"].do(
        "CheckQuality", **named, passed=True, note="数据来源可靠，评分依据充分。"
    )
    w.check("D重点评价状态", checked.state, "quality_checked")
    w.check("D评价意见采纳", [one.accepted for one in checked.objections], ["no"])
    return REPLY


async def conclude(w: World) -> str:
    """Act 105, third day: final."""
    key = w.figures.D.key_evaluation
    done = await w["财政局·甲"].do("ConcludeKeyEvaluation", evaluation_id=w.ids["D.evaluation"])
    w.check("D重点评价状态", done.state, "final")
    w.check("D重点评价总分", done.total, key.total)
    w.check("D重点评价等级", done.grade, key.grade)
    governing = await w["财政局·甲"].do("GetLatestResult", programme_id=w.ids["D"], year=YEAR)
    w.check("D采用结果来源", governing.source, w.figures.D.linkage_2027.grade_source)
    w.check("D采用得分", governing.total, key.total)
    w.show("D", "重点评价", done.total)
    return f"{done.total} {done.grade}"
