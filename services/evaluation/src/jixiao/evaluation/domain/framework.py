"""The framework of a key evaluation: indicators, weights, and its checks (§4, R-15)."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jixiao.measures.score import round2
from jixiao.servicekit.errors import Finding

WHOLE = Decimal(100)
OUTPUT_AND_BENEFIT = Decimal(60)


class Basis(StrEnum):
    """Whether figures give the score or judges do."""

    COMPUTED = "computed"
    COST = "cost"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class SchemeIndicator:
    """A third-level indicator of the framework; `weight` 2 decimals, > 0."""

    code: str
    name: str
    level1: str
    level2: str
    weight: Decimal
    basis: Basis
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """The evaluation scheme: what is scored, how, and by whom."""

    indicators: tuple[SchemeIndicator, ...]
    judges: tuple[str, ...]
    method: str = ""

    def indicator(self, code: str) -> SchemeIndicator | None:
        """The indicator of that code, None if the scheme has none."""
        return next((each for each in self.indicators if each.code == code), None)

    def of(self, *bases: Basis) -> tuple[SchemeIndicator, ...]:
        """The indicators scored in these ways."""
        return tuple(each for each in self.indicators if each.basis in bases)


def scheme_findings(scheme: Scheme) -> list[Finding]:
    """Say what keeps a scheme from being approved.

    Weights are positive with 2 decimals and sum to 100, output and benefit to at
    least 60; three judges or more where something is judged.

    Rules: R-14, R-15. Articles: D-23, T-26.
    """
    found = [
        Finding(f"/indicators/{each.code}/weight", "weight", f"指标“{each.name}”的分值须大于零。")
        for each in scheme.indicators
        if each.weight <= 0 or each.weight != round2(each.weight)
    ]
    counted = Counter(each.code for each in scheme.indicators)
    found += [
        Finding(f"/indicators/{code}", "twice", f"指标“{code}”重复。")
        for code, times in counted.items()
        if times > 1
    ]
    total = sum((each.weight for each in scheme.indicators), Decimal(0))
    if total != WHOLE:
        found.append(Finding("/indicators", "not_100", f"分值合计{total}，应为100。"))
    results = [each.weight for each in scheme.indicators if each.level1 in {"output", "benefit"}]
    if sum(results, Decimal(0)) < OUTPUT_AND_BENEFIT:
        sentence = "产出和效益指标分值合计不得低于60。"
        found.append(Finding("/indicators", "output_benefit_below_60", sentence))
    if scheme.of(Basis.JUDGED) and len(set(scheme.judges)) < 3:
        found.append(Finding("/judges", "too_few_judges", "评分专家不得少于三人，宜为单数。"))
    return found


_ROWS = """
decision|项目立项|basis|立项依据充分性|4|judged
decision|项目立项|procedure|立项程序规范性|3|judged
decision|绩效目标|target_sound|绩效目标合理性|3|judged
decision|绩效目标|indicator_clear|绩效指标明确性|3|judged
decision|资金投入|budget_sound|预算编制科学性|4|judged
decision|资金投入|allocation_sound|资金分配合理性|3|judged
process|资金管理|funds_in_rate|资金到位率|3|computed
process|资金管理|exec_rate|预算执行率|4|computed
process|资金管理|compliance|资金使用合规性|5|judged
process|组织实施|rules_sound|管理制度健全性|4|judged
process|组织实施|rules_applied|制度执行有效性|4|judged
output|产出数量|completion_rate|实际完成率|10|computed
output|产出质量|quality_rate|质量达标率|8|computed
output|产出时效|timely|完成及时性|6|computed
output|产出成本|cost_saving|成本节约率|6|cost
benefit|项目效益|effect|实施效益|20|judged
benefit|项目效益|satisfaction|满意度|10|computed
"""


def default_indicators() -> tuple[SchemeIndicator, ...]:
    """Return the framework of 20/20/30/30 with its default weights.

    Rules: R-15. Articles: D-23, T-25.
    """
    rows = (line.split("|") for line in _ROWS.split())
    return tuple(
        SchemeIndicator(code, name, level1, level2, Decimal(f"{weight}.00"), Basis(basis))
        for level1, level2, code, name, weight, basis in rows
    )
