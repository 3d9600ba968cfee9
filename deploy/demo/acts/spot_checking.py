"""Acts 94 to 96: the sample is drawn, scored again, answered and concluded.

Sets in `w.ids`: `<key>.spot_check` of the five drawn; in `w.kept`: `sample`, their keys.
Needs: `campaign`, `<key>.self_evaluation`, programmes' codes.
"""

from hashlib import sha256
from typing import Any

from ..figures import Node
from ..walk import World
from .applying import YEAR
from .self_evaluating import achieved, check_score, filers

ANSWER = "1400名学生为秋季学期新增，误按全年计入。"
CHECKERS = ("财政局·戊", "财政局·己")


async def draw(w: World) -> str:
    """Act 94: by risk and by hash; list and seed on record, redrawn by audit."""
    finance, expected = w["财政局·丁"], w.figures.spot_check_sample
    drawn = await finance.do("DrawSpotCheck", campaign_id=w.ids["campaign"])
    w.check("抽查基数", drawn.required, expected.required)
    w.check("已自评数", len(drawn.candidates), expected.filed)
    w.check("样本数", drawn.size, expected.size)
    keys = {w.kept[f"{key}.code"]: key for key in filers(w)}
    w.check("按风险抽取", [keys[code] for code in drawn.by_risk], expected.expected_by_risk)
    w.check("随机抽取数", len(drawn.at_random), expected.at_random)
    listed = {keys[one.programme_code]: one for one in drawn.candidates}
    for key, points in expected.points.items():
        if key in listed:
            w.check(f"{key}风险分", listed[key].points, points["total"])
    await _redraw(w, drawn)
    w.kept["sample"] = [keys[code] for code in (*drawn.by_risk, *drawn.at_random)]
    for key, spot_check_id in zip(w.kept["sample"], drawn.spot_check_ids, strict=True):
        w.ids[f"{key}.spot_check"] = spot_check_id
        assigned = await finance.do(
            "AssignSpotCheck",
            spot_check_id=spot_check_id, checkers=[w[who].person_id for who in CHECKERS],
        )  # fmt: skip
        w.check(f"{key}复核状态", assigned.state, "assigned")
    risky, rest = w.kept["sample"][: len(drawn.by_risk)], w.kept["sample"][len(drawn.by_risk) :]
    return f"按风险{'、'.join(risky)}；随机{'、'.join(rest)}"


async def _redraw(w: World, drawn: Node) -> None:
    """Audit draws the same names from seed and list alone (R-47)."""
    seen = await w["审计局·甲"].do("GetDraw", campaign_id=w.ids["campaign"])
    w.check("审计所见名单", seen.list_hash, drawn.list_hash)
    rest = [one.programme_code for one in seen.candidates if one.programme_code not in seen.by_risk]
    rest.sort(key=lambda code: sha256(f"{seen.seed}:{code}".encode()).hexdigest())
    w.check("审计重抽随机样本", rest[: len(seen.at_random)], list(seen.at_random))
    lines = "".join(f"{one.programme_code},{one.points},{one.amount}\n" for one in seen.candidates)
    w.check("审计重算名单摘要", sha256(lines.encode()).hexdigest(), seen.list_hash)


def _problems(w: World) -> list[str]:
    """What the meal lists, the accounts and the survey showed, in words."""
    filed, found = w.figures.A.self_evaluation.actuals, w.figures.A.spot_check.actuals_found
    return [
        f"学生受资助人数填报{filed.O1}人，经核对供餐名单，全年受助{found.O1}人。",
        f"供餐费用按月结算及时率填报{filed.O4}%，经核对账册为{found.O4}%。",
        f"政策知晓率填报{filed.B2}%，重新问卷调查为{found.B2}%。",
    ]


async def rescore(w: World) -> str:
    """Act 95: A by what was found; the others as filed."""
    a = w.figures.A.spot_check
    found = {code: achieved(one) for code, one in a.actuals_found.items()}
    checked = await w[CHECKERS[0]].do(
        "RescoreSpotCheck",
        spot_check_id=w.ids["A.spot_check"], actuals_found=found, problems=_problems(w),
    )  # fmt: skip
    w.check("A复核状态", checked.state, "rescored")
    check_score(w, "A", checked.recheck, a.rescored, "复核")
    for name in ("diff", "large_difference", "notice", "reasons", "governing_grade"):
        w.check(f"A复核差异{name}", checked.difference[name], a.expected[name])
    w.show("A", "复核", checked.recheck.total)
    w.show("A", "差异", checked.difference.diff)
    for key in _others(w):
        await _confirm(w, key)
    return f"A自评{checked.self_score.total}，复核{checked.recheck.total}，差异{checked.difference.diff}"


def _others(w: World) -> list[str]:
    return [key for key in w.kept["sample"] if key != "A"]


async def _confirm(w: World, key: str) -> None:
    """What was filed stands: no difference, no notice."""
    checker = w[CHECKERS[1]]
    seen = await checker.do("GetSpotCheck", spot_check_id=w.ids[f"{key}.spot_check"])
    checked = await checker.do(
        "RescoreSpotCheck",
        spot_check_id=w.ids[f"{key}.spot_check"],
        actuals_found={code: _sent(one) for code, one in seen.self_actuals.items()},
    )  # fmt: skip
    w.check(f"{key}复核差异", checked.difference.diff, "0.00")
    w.check(f"{key}列入通报", checked.difference.notice, False)  # noqa: FBT003 - expected
    w.show(key, "复核", checked.recheck.total)


def _sent(one: Node) -> dict[str, Any]:
    """A figure as it was filed."""
    return {name: value for name, value in one.items() if value}


async def feed_back(w: World) -> str:
    """Act 96, first day: 10 working days to answer, the long weekend of May not counted."""
    due = w.figures.due("answer to the spot check").due
    for key in w.kept["sample"]:
        sent = await w[CHECKERS[0]].do(
            "FeedBackSpotCheck", spot_check_id=w.ids[f"{key}.spot_check"]
        )
        w.check(f"{key}复核状态", sent.state, "feedback")
        w.check(f"{key}答复期限", sent.answer_due_on, due)
    return f"答复期限{due}"


async def answer(w: World) -> str:
    """Act 96, second day: the unit answers."""
    answered = await w["资助中心·一"].do(
        "AnswerSpotCheck", spot_check_id=w.ids["A.spot_check"], answer=ANSWER
    )
    w.check("A复核答复", answered.answer, ANSWER)
    return str(answered.answer)


async def conclude(w: World) -> str:
    """Act 96, third day: both scores stay, the recheck governs; who said nothing had his time."""
    for key in w.kept["sample"]:
        done = await w["财政局·甲"].do(
            "ConcludeSpotCheck", spot_check_id=w.ids[f"{key}.spot_check"]
        )
        w.check(f"{key}复核状态", done.state, "final")
        w.check(
            f"{key}复核结论", done.conclusion, "large_difference" if key == "A" else "confirmed"
        )
    governing = await w["财政局·甲"].do("GetLatestResult", programme_id=w.ids["A"], year=YEAR)
    w.check("A采用结果来源", governing.source, w.figures.A.linkage_2027.grade_source)
    w.check("A采用得分", governing.total, w.figures.A.spot_check.rescored.total)
    w.check("A采用等级", governing.grade, w.figures.A.linkage_2027.grade)
    return f"结论：差异较大，采用复核得分{governing.total}"
