"""Filing checks: what is an error and what is a warning in a filed target (R-3)."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from jixiao.measures.ratio import Operator
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

from .indicator import TREE, Indicator, Kind, Level1, Level2, StandardType
from .kinds import FiledFor, TargetLevel

FILED_TOTAL = Decimal(90)  # the 10 of execution enter at self-evaluation
PROFILES: dict[str, dict[Level1, Decimal]] = {
    "p2020": {
        Level1.OUTPUT: Decimal(50),
        Level1.BENEFIT: Decimal(30),
        Level1.SATISFACTION: Decimal(10),
    },
    "p2021": {
        Level1.OUTPUT: Decimal(50),
        Level1.BENEFIT: Decimal(30),
        Level1.SATISFACTION: Decimal(10),
    },
    "p2021_cost": {
        Level1.COST: Decimal(20),
        Level1.OUTPUT: Decimal(40),
        Level1.BENEFIT: Decimal(20),
        Level1.SATISFACTION: Decimal(10),
    },
}
LEVEL1_NAMES = {
    Level1.COST: "成本指标",
    Level1.OUTPUT: "产出指标",
    Level1.BENEFIT: "效益指标",
    Level1.SATISFACTION: "满意度指标",
}
# Money spent and meetings held are what goes in, not what comes out.
INPUT_WORDS = re.compile(
    r"资金.*(到位|投入|拨付|支付|支出|使用)|预算执行|支出(进度|金额)|会议(次数|场次|数)|召开"
)
QUANTITATIVE_SHARE = Decimal("0.6")


@dataclass(frozen=True, slots=True)
class TargetForm:
    """A filed target as a whole: text, money, indicators.

    `weights_reason` states why level-1 weights leave the profile; `satisfaction_waived`
    why there is no satisfaction indicator, whose 10 then go to benefit.

    Articles: D-12, T-13, T-14.
    """

    annual_text: str
    amount: Money
    indicators: tuple[Indicator, ...]
    overall_text: str = ""
    medium_term_amount: Money | None = None
    responsible: str = ""
    weights_reason: str = ""
    satisfaction_waived: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Errors refuse a filing; warnings go with it to the reviewer."""

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def profile_of(year: int, indicators: tuple[Indicator, ...]) -> str:
    """Choose the weight profile by budget year and by whether cost is a level 1 (R-3)."""
    if year <= 2021:
        return "p2020"
    has_cost = any(row.level1 is Level1.COST for row in indicators)
    return "p2021_cost" if has_cost else "p2021"


def check(form: TargetForm, year: int, filed_for: FiledFor) -> Checked:
    """Check a form: completeness, weights, and what makes indicators measurable.

    Articles: D-12, T-14. Rules: R-3.
    """
    errors, warnings = _head(form), []
    for number, row in enumerate(form.indicators):
        at = f"/form/indicators/{number}"
        errors += _fields(at, row) + _values(at, row) + _by_kind(at, row, year, filed_for)
        warnings += _row_warnings(at, row)
    errors += _names(form.indicators) + _coverage(form)
    weight_errors, weight_warnings = _weights(form, year)
    return Checked(
        tuple(errors + weight_errors),
        tuple(weight_warnings + warnings + _share(form.indicators)),
    )


def _head(form: TargetForm) -> list[Finding]:
    found = []
    if not form.annual_text.strip():
        found.append(Finding("/form/annual_text", "text_missing", "请填写年度目标。"))
    if form.amount.fen <= 0:
        found.append(Finding("/form/amount", "amount_missing", "年度资金总额须大于0。"))
    return found


def _fields(at: str, row: Indicator) -> list[Finding]:
    found = []
    if not 0 < len(row.name.strip()) <= 60:
        found.append(Finding(f"{at}/name", "name_length", "三级指标名称须填写，不超过60字。"))
    if row.level2 not in TREE[row.level1]:
        message = f"二级指标与“{LEVEL1_NAMES[row.level1]}”不对应，请重新选择。"
        found.append(Finding(f"{at}/level2", "level2_mismatch", message))
    if row.weight <= 0 or row.weight != row.weight.quantize(Decimal("0.01")):
        found.append(Finding(f"{at}/weight", "weight_invalid", "权重须大于0，最多两位小数。"))
    if row.standard_type is StandardType.EXPERIENCE and not row.standard_source.strip():
        message = "采用经验标准须说明无计划、行业、历史标准可用的理由。"
        found.append(Finding(f"{at}/standard_source", "reason_missing", message))
    return found


def _values(at: str, row: Indicator) -> list[Finding]:
    if row.kind is Kind.QUALITATIVE:
        if row.text_target.strip():
            return []
        return [Finding(f"{at}/text_target", "text_target_missing", "定性指标须填写目标描述。")]
    found = []
    if row.operator is None:
        found.append(Finding(f"{at}/operator", "operator_missing", "定量指标须选择运算符。"))
    elif row.operator is Operator.BETWEEN:
        if row.target_low is None or row.target_high is None or row.target_low > row.target_high:
            message = "区间指标须填写下限和上限，下限不大于上限。"
            found.append(Finding(f"{at}/target_low", "range_invalid", message))
    elif row.target_value is None:
        message = "定量指标须填写指标值（可衡量的数）。"
        found.append(Finding(f"{at}/target_value", "target_value_missing", message))
    if not row.unit:
        found.append(Finding(f"{at}/unit", "unit_missing", "定量指标须填写计量单位。"))
    if row.is_rate and not row.explanation.strip():
        message = "比率指标须填写指标解释或计算公式。"
        found.append(Finding(f"{at}/explanation", "explanation_missing", message))
    return found


def _by_kind(at: str, row: Indicator, year: int, filed_for: FiledFor) -> list[Finding]:
    found = []
    if row.level2 is Level2.COST_ITEM and year > 2021:
        message = "成本已单列为一级指标，请将该行移至“成本指标”。"
        found.append(Finding(f"{at}/level2", "cost_under_output", message))
    on_time = row.is_rate or row.operator in (Operator.LE, Operator.LT)
    if row.level2 is Level2.TIMELINESS and row.kind is Kind.QUANTITATIVE and not on_time:
        message = "时效指标须为完成日期（≤）或及时率（%）。"
        found.append(Finding(f"{at}/operator", "timeliness_form", message))
    overall = filed_for.transfer and filed_for.target_level is TargetLevel.OVERALL
    if overall and filed_for.by_factors and row.aggregation is None:
        message = "整体绩效目标须逐项选择汇总方式（T-15(2)）。"
        found.append(Finding(f"{at}/aggregation", "aggregation_missing", message))
    return found


def _row_warnings(at: str, row: Indicator) -> list[Finding]:
    found = []
    if row.level1 is Level1.OUTPUT and INPUT_WORDS.search(row.name):
        message = f"“{row.name}”是投入不是产出，请改为产出指标。"
        found.append(Finding(f"{at}/name", "input_among_outputs", message))
    exact = row.operator is Operator.EQ and not row.exact_confirmed
    if row.level2 is Level2.QUANTITY and exact:
        message = f"数量指标“{row.name}”使用“=”，请改为“≥”或确认为定值。"
        found.append(Finding(f"{at}/operator", "exact_quantity", message))
    return found


def _folded(name: str) -> str:
    """What two names have in common that a reader takes for one: width, case, blanks (P5.3)."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _names(indicators: tuple[Indicator, ...]) -> list[Finding]:
    found = []
    for field in ("name", "code"):
        counted = Counter(_folded(getattr(row, field)) for row in indicators)
        for number, row in enumerate(indicators):
            value = getattr(row, field)
            if counted[_folded(value)] > 1:
                message = f"“{value}”重复，同一目标内不得重名。"
                pointer = f"/form/indicators/{number}/{field}"
                found.append(Finding(pointer, f"{field}_repeated", message))
    return found


def _coverage(form: TargetForm) -> list[Finding]:
    levels = {row.level2 for row in form.indicators}
    firsts = {row.level1 for row in form.indicators}
    needed = (
        (Level2.QUANTITY in levels, "quantity_missing", "至少设置1个数量指标。"),
        (
            bool(levels & {Level2.QUALITY, Level2.TIMELINESS}),
            "quality_or_timeliness_missing",
            "至少设置1个质量或时效指标。",
        ),
        (Level1.BENEFIT in firsts, "benefit_missing", "至少设置1个效益指标。"),
        (
            Level1.SATISFACTION in firsts or bool(form.satisfaction_waived),
            "satisfaction_missing",
            "至少设置1个满意度指标，不适用的须说明理由。",
        ),
    )
    return [Finding("/form/indicators", code, text) for there, code, text in needed if not there]


def _weights(form: TargetForm, year: int) -> tuple[list[Finding], list[Finding]]:
    sums = {level: Decimal() for level in Level1}
    for row in form.indicators:
        sums[row.level1] += row.weight
    errors = []
    if (total := sum(sums.values(), Decimal())) != FILED_TOTAL:
        message = f"权重合计{total}，申报时应为90（预算执行率10分在自评时计入）。"
        errors.append(Finding("/form/indicators", "weights_sum", message))
    wanted = _wanted(form, year)
    off = [level for level in Level1 if sums[level] != wanted[level]]
    if not off:
        return errors, []
    listed = "、".join(f"{LEVEL1_NAMES[at]}{sums[at]}（应为{wanted[at]}）" for at in off)
    found = Finding(
        "/form/weights_reason", "weights_off_profile", f"权重偏离{year}年口径：{listed}。"
    )
    return (errors, [found]) if form.weights_reason.strip() else ([*errors, found], [])


def _wanted(form: TargetForm, year: int) -> dict[Level1, Decimal]:
    profile = PROFILES[profile_of(year, form.indicators)]
    wanted = {level: profile.get(level, Decimal()) for level in Level1}
    if form.satisfaction_waived:
        wanted[Level1.BENEFIT] += wanted[Level1.SATISFACTION]
        wanted[Level1.SATISFACTION] = Decimal()
    return wanted


def _share(indicators: tuple[Indicator, ...]) -> list[Finding]:
    counted = sum(row.kind is Kind.QUANTITATIVE for row in indicators)
    if not indicators or Decimal(counted) / len(indicators) >= QUANTITATIVE_SHARE:
        return []
    message = "定量指标不足60%，请尽量量化。"
    return [Finding("/form/indicators", "few_quantitative", message)]
