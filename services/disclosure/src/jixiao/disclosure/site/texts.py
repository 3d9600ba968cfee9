"""Words of the public site for the identifiers of domain.md."""

from decimal import Decimal, InvalidOperation

KINDS = {
    "targets": "绩效目标", "self": "绩效自评", "key": "重点评价", "allocation": "分配安排",
    "overall_picture": "评价总体情况", "notice": "绩效通报",
}  # fmt: skip
GRADES = {"excellent": "▲ 优", "good": "● 良", "fair": "◆ 中", "poor": "▼ 差"}
GRADE_WORDS = {name: word.split()[1] for name, word in GRADES.items()}
LEVELS = {
    "cost": "成本指标", "output": "产出指标", "benefit": "效益指标", "satisfaction": "满意度指标",
    "economic_cost": "经济成本", "social_cost": "社会成本", "ecological_cost": "生态环境成本",
    "quantity": "数量指标", "quality": "质量指标", "timeliness": "时效指标", "cost_item": "成本指标",
    "economic": "经济效益", "social": "社会效益", "ecological": "生态效益",
    "sustainable": "可持续影响", "service_object": "服务对象满意度",
}  # fmt: skip
SOURCES = {"finance_evaluation": "财政评价", "department_evaluation": "部门评价"}
FACTORS = {"performance": "绩效因素"}


def grade(name: str | None) -> str:
    """The grade in words with its sign, so that it is told without colour."""
    return GRADES.get(name or "", "—")


def level(name: str) -> str:
    """A level of the indicator tree in words."""
    return LEVELS.get(name, name)


def money(amount: str | None) -> str:
    """Thousands and two decimals; “—” for what is missing."""
    return f"{Decimal(amount):,.2f}".replace("-", "−") if amount else "—"


def shown(value: object) -> str:
    """“—” for what is missing."""
    return "—" if value is None or value == "" else str(value)


def share(part: str | None, whole: str | None) -> Decimal | None:
    """`part` of `whole` in percent with two decimals, within 0..100; None where not computable."""
    try:
        ratio = Decimal(part or "") / Decimal(whole or "")
    except (InvalidOperation, ZeroDivisionError):
        return None
    return (min(max(ratio, Decimal(0)), Decimal(1)) * 100).quantize(Decimal("0.01"))
