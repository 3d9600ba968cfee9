"""Form F-07 as filed, and everything wrong with it at once (R-8, R-9, R-10)."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from jixiao.evaluation.domain.execution import Flag, Funds
from jixiao.evaluation.domain.indicator import NO_ACTUAL, Actual, Indicator
from jixiao.evaluation.domain.scoring import (
    ItemScore,
    ProgrammeScore,
    percent_finding,
    score_programme,
)
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

REASON_AT_LEAST = 10
WEIGHTS = Decimal(90)


@dataclass(frozen=True, slots=True)
class SelfEvaluationForm:
    """What the filer gives: actuals by indicator code, reasons, the completion text.

    Money comes from targets and treasury; `executed` fills it in only where the
    treasury knows nothing, and must equal it otherwise.
    """

    actuals: dict[str, Actual] = field(default_factory=dict)
    execution_reason: str = ""
    completion_text: str = ""
    full_year_budget: Money | None = None
    executed: Money | None = None

    def funds_over(self, known: Funds) -> Funds:
        """The year's money with the filer's figure where no other is known."""
        return known if known.executed is not None else replace(known, executed=self.executed)


def findings(
    indicators: tuple[Indicator, ...], funds: Funds, form: SelfEvaluationForm
) -> tuple[ProgrammeScore | None, list[Finding]]:
    """Return the form's score and all that keeps it from being filed.

    A percentage outside its tier or weights above 90 leave no score. Pointers: `/actuals/{code}/…`,
    `/indicators`, `/execution_reason`, `/executed`, `/full_year_budget`, `/completion_text`.

    Rules: R-3, R-5, R-7, R-9, R-10. Articles: D-20.
    """
    found = _wrong_figures(indicators, funds, form)
    tiers = [percent_finding(each, form.actuals.get(each.code, NO_ACTUAL)) for each in indicators]
    outside = [each for each in tiers if each is not None]
    if not form.completion_text.strip():
        found.append(Finding("/completion_text", "required", "请填写年度总体目标实际完成情况。"))
    weights = sum((each.weight for each in indicators), Decimal(0))
    if weights != WEIGHTS:
        sentence = f"指标分值合计{weights}，应为{WEIGHTS}（预算执行率另计10分）。"
        found.append(Finding("/indicators", "weights_not_90", sentence))
    if outside or weights > WEIGHTS:
        return None, found + outside
    score = score_programme(indicators, form.actuals, form.funds_over(funds))
    names = {each.code: each.name for each in indicators}
    for item in score.items:
        found += _item_findings(item, names[item.code], form.actuals.get(item.code, NO_ACTUAL))
    return score, found + _execution_findings(score, form)


def _wrong_figures(
    indicators: tuple[Indicator, ...], funds: Funds, form: SelfEvaluationForm
) -> list[Finding]:
    codes = {each.code for each in indicators}
    found = [
        Finding(f"/actuals/{code}", "unknown_indicator", f"已下达的绩效目标中没有指标“{code}”。")
        for code in sorted(set(form.actuals) - codes)
    ]
    if form.full_year_budget not in (None, funds.full_year_budget):
        sentence = f"全年预算数与预算记录{funds.full_year_budget}元不一致，请核对。"
        found.append(Finding("/full_year_budget", "figure_differs", sentence))
    if funds.executed is not None and form.executed not in (None, funds.executed):
        sentence = f"全年执行数与国库记录{funds.executed}元不一致，请核对。"
        found.append(Finding("/executed", "figure_differs", sentence))
    return found


def _item_findings(item: ItemScore, name: str, actual: Actual) -> list[Finding]:
    found = []
    if item.reason_required and len(actual.reason.strip()) < REASON_AT_LEAST:
        sentence = (
            f"指标“{name}”（得{item.score}分，分值{item.weight}）"
            f"请填写偏差原因分析及改进措施，不少于{REASON_AT_LEAST}字。"
        )
        found.append(Finding(f"/actuals/{item.code}/reason", "reason_missing", sentence))
    if Flag.OVER_ACHIEVED in item.flags and actual.over_cause is None:
        sentence = f"指标“{name}”超额30%以上，请选择超额完成的原因。"
        found.append(Finding(f"/actuals/{item.code}/over_cause", "over_cause_missing", sentence))
    return found


def _execution_findings(score: ProgrammeScore, form: SelfEvaluationForm) -> list[Finding]:
    found = []
    if not score.execution.submittable:
        sentence = "尚无全年执行数，请先取得国库支付数据或填报全年执行数。"
        found.append(Finding("/executed", "executed_missing", sentence))
    short = len(form.execution_reason.strip()) < REASON_AT_LEAST
    if score.execution.reason_required and short:
        sentence = f"预算执行须说明偏差原因及改进措施，不少于{REASON_AT_LEAST}字。"
        found.append(Finding("/execution_reason", "reason_missing", sentence))
    return found
