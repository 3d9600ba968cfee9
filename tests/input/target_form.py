"""A target's form as JSON, complete, and the programme that it is for."""

from typing import Any

DESCRIPTION = {
    "name": "义务教育学生营养改善计划专项资金", "object_type": "project", "special_fund": True,
    "is_major": True, "target_level": "project", "origin": "district",
    "budget_type": "general_public", "instrument": "ordinary",
}  # fmt: skip
_ROWS = [
    ("C1", "生均补助标准", "COST", "ECONOMIC_COST", "20.00", "LE", "1000", "元"),
    ("O1", "学生受资助人数", "OUTPUT", "QUANTITY", "20.00", "GE", "5880", "人"),
    ("O2", "营养改善计划覆盖率", "OUTPUT", "QUALITY", "20.00", "GE", "100", "%"),
    ("B1", "政策知晓率", "BENEFIT", "SOCIAL", "20.00", "GE", "95", "%"),
    ("S1", "学生满意度", "SATISFACTION", "SERVICE_OBJECT", "10.00", "GE", "95", "%"),
]  # fmt: skip


def target_form(**changes: Any) -> dict[str, Any]:
    """The whole form; weights fit the profile of the year: 20, 40, 20, 10."""
    rows = [
        {
            "code": code, "name": name, "level1": f"LEVEL1_{one}", "level2": f"LEVEL2_{two}",
            "weight": weight, "operator": f"OPERATOR_{operator}", "target_value": value,
            "unit": unit, "standard_type": "STANDARD_TYPE_PLAN", "standard_source": "实施方案",
            "explanation": "达标数÷总数×100%",
        }
        for code, name, one, two, weight, operator, value, unit in _ROWS
    ]  # fmt: skip
    return {
        "annual_text": "提供营养膳食补助。",
        "amount": "5880000.00",
        "indicators": rows,
    } | changes
