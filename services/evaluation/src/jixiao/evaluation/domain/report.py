"""What a key evaluation's report holds: figures, scores, objections (§4, F10 outline)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jixiao.evaluation.domain.events import ScoredIndicator
from jixiao.evaluation.domain.framework import Basis, Scheme
from jixiao.evaluation.domain.judging import (
    Computed,
    Judged,
    RateFigures,
    cost_score,
    rate_score,
)
from jixiao.servicekit.errors import Finding


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What the report says beside its figures; `evaluator` is named in public."""

    text: str
    main_problems: tuple[str, ...]
    measures: tuple[str, ...]
    evaluator: str


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection of the evaluated party and what became of it."""

    number: int
    text: str
    accepted: bool | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """One indicator's score in the report."""

    code: str
    weight: Decimal
    score: Decimal
    explanation: str


def report_scores(
    scheme: Scheme, computed: Sequence[Computed], judged: Callable[[str], Judged]
) -> tuple[IndicatorScore, ...]:
    """Put figures and marks together, in the scheme's order; `judged` by indicator code.

    Rules: R-14, R-15. Articles: D-23, T-26.
    """
    by_code = {each.code: each for each in computed}
    scores = []
    for each in scheme.indicators:
        if each.basis is Basis.JUDGED:
            mean = judged(each.code)
            text = f"{mean.counted}名专家评分的平均分"
            scores.append(IndicatorScore(each.code, each.weight, mean.score, text))
            continue
        rate = by_code[each.code]
        word = "成本超支" if each.basis is Basis.COST else each.name
        text = f"{word}{rate.rate_pct}%（{rate.numerator}、{rate.denominator}）"
        scores.append(IndicatorScore(each.code, each.weight, rate.score, text))
    return tuple(scores)


def compute(scheme: Scheme, figures: Sequence[RateFigures]) -> tuple[Computed, ...]:
    """Score all rates and the cost; `report_findings` must be empty.

    Rules: R-15. Articles: D-23, T-26.
    """
    given = {each.code: each for each in figures}
    return tuple(
        (cost_score if each.basis is Basis.COST else rate_score)(each.weight, given[each.code])
        for each in scheme.of(Basis.COMPUTED, Basis.COST)
    )


def published_rows(scheme: Scheme, scores: Sequence[IndicatorScore]) -> tuple[ScoredIndicator, ...]:
    """Return the framework with its scores, as published later. Articles: D-23, D-27."""
    given = {each.code: each for each in scores}
    return tuple(
        ScoredIndicator(
            each.code,
            each.name,
            each.level1,
            each.level2,
            "100%" if each.basis is Basis.COMPUTED else "",
            given[each.code].explanation,
            each.weight,
            given[each.code].score,
        )
        for each in scheme.indicators
    )


def report_findings(
    scheme: Scheme, figures: Sequence[RateFigures], report: DraftReport
) -> list[Finding]:
    """Say what keeps a draft report from being made. Articles: D-23, T-26."""
    given = {each.code: each for each in figures}
    found = []
    for each in scheme.of(Basis.COMPUTED, Basis.COST):
        if each.code not in given:
            sentence = f"请填写“{each.name}”的计算数据。"
            found.append(Finding(f"/figures/{each.code}", "figures_missing", sentence))
        elif given[each.code].denominator <= 0:
            sentence = f"“{each.name}”的分母须大于零。"
            found.append(Finding(f"/figures/{each.code}/denominator", "not_positive", sentence))
    if not report.text.strip():
        found.append(Finding("/report/text", "required", "请填写评价报告正文。"))
    if not report.evaluator.strip():
        found.append(Finding("/report/evaluator", "required", "请填写承担评价的机构或工作组。"))
    return found
