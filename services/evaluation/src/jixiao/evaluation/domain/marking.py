"""Whether a judge's marks may be taken: complete, in range, commented (R-14)."""

from collections.abc import Sequence
from fractions import Fraction

from jixiao.evaluation.domain.framework import Basis, Scheme, SchemeIndicator
from jixiao.evaluation.domain.judging import Mark
from jixiao.measures.score import round2
from jixiao.servicekit.errors import Finding

COMMENT_BELOW = Fraction(6, 10)


def marks_findings(scheme: Scheme, marks: Sequence[Mark], turn: int) -> list[Finding]:
    """Say what is wrong with one judge's marks of a round; the first needs them all.

    Rules: R-14. Articles: D-23, T-26.
    """
    judged = {each.code: each for each in scheme.of(Basis.JUDGED)}
    given = {each.code for each in marks}
    found = [
        Finding(f"/marks/{code}", "mark_missing", f"请对指标“{judged[code].name}”评分。")
        for code in judged
        if turn == 1 and code not in given
    ]
    for each in marks:
        found += _mark_findings(judged.get(each.code), each)
    if len(given) < len(marks):
        found.append(Finding("/marks", "twice", "同一指标只能评分一次。"))
    return found


def _mark_findings(indicator: SchemeIndicator | None, mark: Mark) -> list[Finding]:
    if indicator is None:
        sentence = f"指标“{mark.code}”由数据计算或不在方案内，不评分。"
        return [Finding(f"/marks/{mark.code}", "not_judged", sentence)]
    weight = indicator.weight
    if not 0 <= mark.score <= weight or mark.score != round2(mark.score):
        sentence = f"指标“{indicator.name}”的评分须在0至{weight}之间，最多两位小数。"
        return [Finding(f"/marks/{mark.code}/score", "mark_outside_weight", sentence)]
    if mark.score < COMMENT_BELOW * Fraction(weight) and not mark.comment.strip():
        sentence = f"指标“{indicator.name}”的评分低于分值的60%，请填写评分意见。"
        return [Finding(f"/marks/{mark.code}/comment", "comment_missing", sentence)]
    return []
