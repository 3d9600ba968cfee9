"""A complete published form as a target that a department would file: read, never completed.

What a cell does not say stays empty, so that the system's own filing checks name it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jixiao.measures.cells import read_amount, read_points
from jixiao.measures.values import Kind, read_value

WHOLE_YUAN = {"元": 1, "万元": 10_000}
LEVEL1 = {"成本": "COST", "产出": "OUTPUT", "完成": "OUTPUT", "满意": "SATISFACTION",
          "效益": "BENEFIT", "效果": "BENEFIT"}  # fmt: skip
"""By a word of the printed level, the first that fits."""
LEVEL2 = {
    "经济成本": "ECONOMIC_COST", "社会成本": "SOCIAL_COST", "生态环境成本": "ECOLOGICAL_COST",
    "数量": "QUANTITY", "质量": "QUALITY", "时效": "TIMELINESS", "进度": "TIMELINESS",
    "成本": "COST_ITEM", "可持续": "SUSTAINABLE", "经济效益": "ECONOMIC", "社会效益": "SOCIAL",
    "生态效益": "ECOLOGICAL", "满意": "SERVICE_OBJECT",
}  # fmt: skip


def complete(case: Mapping[str, Any]) -> bool:
    """The whole form was visible, with its indicators."""
    sums = case.get("sums") or {}
    return bool(case["indicators"]) and not case.get("truncated") and bool(sums.get("complete"))


def target_form(case: Mapping[str, Any]) -> dict[str, Any]:
    """The form as `SubmitTarget` takes it."""
    year = case.get("year")
    return {
        "annual_text": str(case.get("annual_target_text") or ""),
        "amount": _amount(case.get("funds") or {}),
        "indicators": [
            _indicator(number, row, year) for number, row in enumerate(case["indicators"], 1)
        ],
    }


def _amount(funds: Mapping[str, Any]) -> str:
    """The year's money of the first row, in yuan; empty where it cannot be read."""
    rows, unit = funds.get("rows") or [{}], funds.get("unit") or "万元"
    cell = rows[0].get("budget_adjusted") or rows[0].get("budget_initial")
    if unit not in WHOLE_YUAN or (amount := read_amount(cell, unit)) is None:
        return ""
    yuan = amount * WHOLE_YUAN[unit]
    return f"{yuan:.2f}" if yuan == yuan.quantize(Decimal("0.01")) else ""


def _indicator(number: int, row: Mapping[str, Any], year: int | None) -> dict[str, Any]:
    weight = read_points(row.get("weight_raw"))
    form: dict[str, Any] = {
        "code": str(number),
        "name": str(row.get("name") or ""),
        "weight": "" if weight is None else f"{weight:f}",
        **_level("level1", LEVEL1, row.get("level1")),
        **_level("level2", LEVEL2, row.get("level2")),
    }
    return form | _target(row.get("target_raw"), year)


def _level(name: str, words: Mapping[str, str], printed: str | None) -> dict[str, str]:
    text = "".join((printed or "").split())
    found = next((level for word, level in words.items() if word in text), None)
    return {name: f"{name.upper()}_{found}"} if found else {}


def _target(raw: str | None, year: int | None) -> dict[str, Any]:
    """A figure with operator and unit, or words; no operator is printed, none is given."""
    read = read_value(raw, year)
    if read.kind is not Kind.NUMBER or read.number is None:
        return {"kind": "KIND_QUALITATIVE", "text_target": raw or ""}
    form = {"kind": "KIND_QUANTITATIVE", "target_value": f"{read.number:f}", "unit": read.unit[:20]}
    return form | ({"operator": f"OPERATOR_{read.operator.name}"} if read.operator else {})
