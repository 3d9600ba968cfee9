"""Acts 113 to 121: the targets of 2027, and what the results of 2025 do to its budget.

Sets in `w.ids`: `A.target.2027` and so on, `A.linkage` and so on (proposals for 2027); in
`w.kept`: `A.ceiling` and so on, the decided ceilings.
"""

from typing import Any

from ..figures import Node, money, yuan
from ..officials import refused
from ..walk import World
from .filing import submit
from .next_year import FILERS, form_of

YEAR_2027 = 2027
RESULT_YEAR = 2025
COMMENT = "建议保留续建项目资金。"
TOO_LITTLE = ("cut_below_minimum", "压减不低于10%")
"""What the refusal of a rate below a tenth names."""


def linkage_of(w: World, key: str) -> Node:
    """What the figures hold on the linkage of a track."""
    linkage: Node = w.figures[key].linkage_2027
    return linkage


async def file_first_2027(w: World) -> str:
    """Act 113, first day: the units."""
    return await _file(w, ["A", "G"])


async def file_second_2027(w: World) -> str:
    """Act 113, second day: the departments, for the roots of their transfers."""
    return await _file(w, ["C", "D"])


async def _file(w: World, keys: list[str]) -> str:
    told = []
    for key in keys:
        person, linkage = w[FILERS[key]], linkage_of(w, key)
        beside = await person.do("LastYear", programme_id=w.ids[key], year=YEAR_2027)
        _check_last_year(w, key, beside)
        form = form_of(w, key, linkage.next_request, YEAR_2027)
        filed = await submit(w, person, key, form, YEAR_2027)
        w.check(f"{key} 2027年目标状态", filed.state, "submitted")
        w.check(f"{key} 2027年申请额", filed.form.amount, linkage.next_request)
        told.append(f"{key}：上次结果{beside.score}（{beside.grade}），未达标{len(beside.missed)}项，"
                    f"整改{len(beside.rectifications)}件，申请{filed.form.amount}元")  # fmt: skip
    return "；".join(told)


def _check_last_year(w: World, key: str, beside: Node) -> None:
    """Beside the pen stand the result that governs, what was missed, and the orders."""
    w.check(f"{key}笔旁上次结果年度", beside.year, RESULT_YEAR)
    w.check(f"{key}笔旁上次结果等级", beside.grade, linkage_of(w, key).grade)
    score, own = _result_of(w, key)
    w.check(f"{key}笔旁上次结果", beside.score, score)
    if own:
        w.check(f"{key}笔旁自评得分", beside.self_score, own)
    if key in ("A", "D"):
        w.check(f"{key}笔旁有整改", bool(beside.rectifications), expected=True)


def _result_of(w: World, key: str) -> tuple[str, str]:
    """The governing score of 2025 and, where another governs, the self score."""
    f = w.figures
    results: dict[str, Any] = {
        "A": lambda: (f.A.spot_check.rescored.total, f.A.self_evaluation.expected.total),
        "C": lambda: (f.C.line_roll_up.binding_score, ""),
        "D": lambda: (f.D.key_evaluation.total, ""),
        "G": lambda: (f.G.self_evaluation.expected.total, ""),
    }
    score, own = results[key]()
    return str(score), str(own)


async def propose_all(w: World) -> str:
    """Act 114, first day: computed from what is on record; rule, figures, article with each."""
    told = []
    for key in FILERS:
        proposal = await w["财政局·乙"].do(
            "ProposeLinkage", programme_id=w.ids[key], year=YEAR_2027
        )
        w.ids[f"{key}.linkage"] = proposal.proposal_id
        w.check(f"{key}挂钩建议状态", proposal.state, "proposed")
        w.check(f"{key}挂钩结果年度", proposal.result_year, RESULT_YEAR)
        check_case(w, key, proposal)
        check_linkage(w, key, proposal)
        told.append(f"{key} {'、'.join(proposal.actions)}")
    return "；".join(told)


def check_case(w: World, key: str, proposal: Node) -> None:
    """What the rules looked at, beside the figures."""
    linkage, case = linkage_of(w, key), proposal.case
    w.check(f"{key}挂钩决定年预算", case.current_budget, linkage.deciding_year_budget)
    w.check(f"{key}挂钩下年申请", case.next_request, linkage.next_request)
    w.check(f"{key}挂钩是否转移支付", case.is_transfer, linkage.is_transfer)
    w.check(f"{key}挂钩等级", case.grade, linkage.grade)
    w.check(f"{key}挂钩结果来源", case.grade_source, _source(w, key))
    w.check(f"{key}挂钩标记", sorted(case.flags), sorted(linkage.flags))
    w.check(f"{key}挂钩沉淀资金", money(case.dormant_balance or "0"), linkage.dormant_balance)
    w.check(f"{key}挂钩结果得分", case.score, _result_of(w, key)[0])


def _source(w: World, key: str) -> str:
    """The stated source; the two drawn at random differ from year to year (R-47), and a recheck
    that confirms a self score governs in its place."""
    stated = str(linkage_of(w, key).grade_source)
    drawn = f"{key}.spot_check" in w.ids
    return "recheck" if drawn and stated == "self_evaluation" else stated


def check_linkage(w: World, key: str, proposal: Node) -> None:
    """Actions and amounts beside the expected ones; each action with its rule and article."""
    expected = linkage_of(w, key).expected
    w.check(f"{key}挂钩措施", sorted(proposal.actions), sorted(expected.actions))
    w.check(f"{key}挂钩压减率", money(proposal.rate or "0"), expected.rate)
    for name, what in (
        ("base", "基数"), ("cut", "压减额"), ("proposed_max", "上限"), ("take_back", "收回"),
    ):  # fmt: skip
        w.check(f"{key}挂钩{what}", money(proposal[name] or "0"), expected[name])
    explained = {one.action for one in proposal.reasons if one.rule and one.article}
    w.check(f"{key}挂钩理由齐全", set(proposal.actions) <= explained, expected=True)


async def consult_all(w: World) -> str:
    """Act 114, second day: the departments have ten working days."""
    due = w.figures.due("comments on the linkage proposals")
    for key in FILERS:
        asked = await w["财政局·乙"].do("ConsultLinkage", proposal_id=w.ids[f"{key}.linkage"])
        w.check(f"{key}挂钩建议状态", asked.state, "consulted")
        w.check(f"{key}征求意见期限", asked.consultation_due_on, due.due)
    return f"征求意见至{due.due}"


async def comment_d(w: World) -> str:
    """Act 114, third day."""
    commented = await w["交通局·子"].do(
        "CommentLinkage", proposal_id=w.ids["D.linkage"], comment=COMMENT
    )
    w.check("D部门意见", commented.comment, COMMENT)
    return COMMENT


async def propose_too_little(w: World) -> str:
    """Act 115: below the minimum nothing is stored."""
    refusal = linkage_of(w, "D").refused
    async with refused(422, refusal.expected.error, *TOO_LITTLE) as caught:
        await w["财政局·乙"].do(
            "ProposeLinkage",
            programme_id=w.ids["D"], year=YEAR_2027,
            finance_rate=refusal.finance_rate, rate_reason=refusal.rate_reason,
        )  # fmt: skip
    return caught[0].sentence


async def decide_own(w: World) -> str:
    """Act 116: a proposal and its decision are two persons."""
    said = set()
    for key in FILERS:
        async with refused(403) as caught:
            await w["财政局·乙"].do(
                "DecideLinkage", proposal_id=w.ids[f"{key}.linkage"], decision="accepted"
            )
        said.add(caught[0].sentence)
    return "；".join(sorted(said))


async def decide_a(w: World) -> str:
    """Act 117."""
    return await _decide(w, "A")


async def decide_d(w: World) -> str:
    """Act 118."""
    return await _decide(w, "D")


async def decide_g(w: World) -> str:
    """Act 119."""
    return await _decide(w, "G")


async def decide_c(w: World) -> str:
    """Act 120."""
    return await _decide(w, "C")


async def _decide(w: World, key: str) -> str:
    expected = linkage_of(w, key).expected
    decided = await w["财政局·丙"].do(
        "DecideLinkage", proposal_id=w.ids[f"{key}.linkage"], decision="accepted"
    )
    w.check(f"{key}挂钩建议状态", decided.state, "decided")
    check_linkage(w, key, decided)
    w.check(f"{key} 2027年上限", decided.ceiling, expected.proposed_max)
    w.kept[f"{key}.ceiling"] = decided.ceiling
    w.show(key, "2027年挂钩", "、".join(decided.actions))
    w.show(key, "2027年上限", decided.ceiling)
    return f"{'、'.join(decided.actions)}：基数{decided.base}，上限{decided.ceiling}元"


async def fetch(w: World) -> str:
    """Act 121: what the budget system receives is what was decided, once and again."""
    answer = await w.budget_system.do("FetchLinkageDecisions", year=YEAR_2027)
    by_code = {one.programme_code: one for one in answer.decisions}
    w.check("推送决定数", len(answer.decisions), len(FILERS))
    for key in FILERS:
        sent, expected = by_code.get(w.kept[f"{key}.code"]), linkage_of(w, key).expected
        if sent is None:
            continue  # the number of decisions tells it
        w.check(f"{key}推送措施", sorted(sent.actions), sorted(expected.actions))
        w.check(f"{key}推送上限", sent.ceiling, expected.proposed_max)
        w.check(f"{key}推送收回", yuan(sent.take_back or "0"), expected.take_back)
        now = await w["财政局·丙"].do("GetLinkage", proposal_id=w.ids[f"{key}.linkage"])
        w.check(f"{key}挂钩建议状态", now.state, "sent")
    again = await w.budget_system.do("FetchLinkageDecisions", year=YEAR_2027)
    w.check("再次获取决定数", len(again.decisions), len(FILERS))
    return "、".join(f"{one.programme_code}上限{one.ceiling}元" for one in answer.decisions)
