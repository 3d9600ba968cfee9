"""From the overall target to the towns: exact money, and indicators by their aggregation."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jixiao.measures.ratio import Operator
from jixiao.measures.score import round2
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

from .errors import DecompositionFails, MoneyNotEqual, UnderAllocated
from .indicator import Aggregation, Indicator

NOTHING = Money()
_AT_LEAST = (Operator.GE, Operator.GT)
_AT_MOST = (Operator.LE, Operator.LT)


@dataclass(frozen=True, slots=True)
class Share:
    """One town's (or unit's) part of one indicator.

    `code` is the division code; `value` its target (a rate for weighted_average, with
    `base`); `low`, `high` for between; `text` and `confirmed` for confirm; `exempt_reason`
    lets a town go without.
    """

    code: str
    value: Decimal | None = None
    base: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    text: str = ""
    confirmed: bool = False
    exempt_reason: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorParts:
    """All parts of one indicator; `reason` is needed where it is not decomposed."""

    code: str
    shares: tuple[Share, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a decomposition comes to; figures shown with two decimals, compared unrounded.

    `slack` = `total` - parent; `listed` are the towns an error is about.
    """

    code: str = ""
    total: Decimal | None = None
    slack: Decimal | None = None
    average: Decimal | None = None
    listed: tuple[str, ...] = ()
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Say whether the parts carry the parent."""
        return self.error is None


@dataclass(frozen=True, slots=True)
class MoneyFigures:
    """Children and reserve against the parent; `difference` = `total` - parent."""

    total: Money
    difference: Money

    @property
    def error(self) -> str | None:
        """`money_not_equal` unless equal to the fen."""
        return "money_not_equal" if self.difference else None


def money(parent: Money, children: Iterable[Money], reserved: Money = NOTHING) -> MoneyFigures:
    """Add up children and reserve, to the fen.

    Articles: T-17. Rules: R-19.
    """
    total = sum(children, reserved)
    return MoneyFigures(total, total - parent)


def require_equal_money(
    parent: Money,
    children: Iterable[Money],
    reserved: Money = NOTHING,
) -> MoneyFigures:
    """Refuse a release whose parts are not the parent's money. Raises MoneyNotEqual.

    Articles: T-17. Rules: R-19.
    """
    figures = money(parent, children, reserved)
    if figures.error:
        message = f"下级合计{figures.total}元与上级{parent}元相差{figures.difference}元。"
        raise MoneyNotEqual(
            Finding("/amount", figures.error, message),
            total=figures.total,
            parent=parent,
            difference=figures.difference,
        )
    return figures


def add_up(indicator: Indicator, parts: IndicatorParts, towns: tuple[str, ...] = ()) -> Figures:
    """Compare the parts of one indicator with its overall value.

    `towns`: every town that must carry the indicator or be exempt with a reason
    (each, confirm); a town without it counts 0 for sum.

    Articles: T-15(2). Rules: R-20.
    """
    shares = tuple(share for share in parts.shares if not share.exempt_reason)
    match indicator.aggregation:
        case Aggregation.SUM:
            return _sum(indicator, shares)
        case Aggregation.WEIGHTED_AVERAGE:
            return _average(indicator, shares)
        case Aggregation.EACH:
            return _each(indicator, shares, _absent(parts, towns))
        case Aggregation.CONFIRM:
            missing = tuple(s.code for s in shares if not s.text.strip() or not s.confirmed)
            missing += _absent(parts, towns)
            error = "not_confirmed" if missing else None
            return Figures(indicator.code, listed=missing, error=error)
        case Aggregation.NONE:
            stray = tuple(share.code for share in parts.shares)
            wrong = bool(stray) or not parts.reason.strip()
            error = "not_decomposable" if wrong else None
            return Figures(indicator.code, listed=stray, error=error)
    return Figures(indicator.code, error="aggregation_missing")


def decompose(
    indicators: tuple[Indicator, ...], parts: tuple[IndicatorParts, ...], towns: tuple[str, ...]
) -> tuple[Figures, ...]:
    """Compare all parts with all indicators of an overall target.

    Raises DecompositionFails (UnderAllocated where that is all) with every finding.

    Articles: T-15(2). Rules: R-20.
    """
    given = {part.code: part for part in parts}
    figures = tuple(
        add_up(row, given.get(row.code, IndicatorParts(row.code)), towns) for row in indicators
    )
    at = {row.code: number for number, row in enumerate(indicators)}
    names = {row.code: row.name for row in indicators}
    findings = [_finding(at[f.code], names[f.code], f) for f in figures if f.error]
    findings += _strangers(parts, set(at), set(towns))
    if not findings:
        return figures
    refusal = DecompositionFails
    if all(finding.code == UnderAllocated.reason for finding in findings):
        refusal = UnderAllocated
    raise refusal(*findings)


def at_least_as_strict(parent: Indicator, share: Share) -> bool:
    """Say whether a part is at least as strict as the indicator it is part of.

    The parts keep the parent's operator, so gt is checked as ge and lt as le.

    Rules: R-20.
    """
    if parent.operator is Operator.BETWEEN:
        bounds = (parent.target_low, share.low, share.high, parent.target_high)
        known = [bound for bound in bounds if bound is not None]
        return len(known) == 4 and known == sorted(known)
    if share.value is None or parent.target_value is None:
        return False
    return _meets(parent, Fraction(share.value))


def _meets(parent: Indicator, value: Fraction) -> bool:
    if parent.operator is Operator.BETWEEN:
        if parent.target_low is None or parent.target_high is None:
            return False
        return Fraction(parent.target_low) <= value <= Fraction(parent.target_high)
    if parent.target_value is None:
        return False
    wanted = Fraction(parent.target_value)
    if parent.operator in _AT_LEAST:
        return value >= wanted
    return value <= wanted if parent.operator in _AT_MOST else value == wanted


def _sum(indicator: Indicator, shares: tuple[Share, ...]) -> Figures:
    total = sum((Fraction(share.value or 0) for share in shares), Fraction())
    slack = total - Fraction(indicator.target_value or 0)
    error = None
    if not _meets(indicator, total):
        if indicator.operator in _AT_LEAST:
            error = "under_allocated"
        else:
            error = "over_allocated" if indicator.operator in _AT_MOST else "not_equal"
    return Figures(indicator.code, total=round2(total), slack=round2(slack), error=error)


def _average(indicator: Indicator, shares: tuple[Share, ...]) -> Figures:
    bases = [Fraction(share.base) for share in shares if share.base is not None]
    without = tuple(s.code for s in shares if s.base is None or s.base < 0 or s.value is None)
    if without or not sum(bases):
        return Figures(indicator.code, listed=without, error="base_missing")
    weighted = sum((Fraction(s.value or 0) * Fraction(s.base or 0) for s in shares), Fraction())
    mean = weighted / sum(bases)
    error = None if _meets(indicator, mean) else "average_missed"
    return Figures(indicator.code, average=round2(mean), error=error)


def _each(indicator: Indicator, shares: tuple[Share, ...], absent: tuple[str, ...]) -> Figures:
    weaker = tuple(s.code for s in shares if not at_least_as_strict(indicator, s)) + absent
    return Figures(indicator.code, listed=weaker, error="child_weaker" if weaker else None)


def _absent(parts: IndicatorParts, towns: tuple[str, ...]) -> tuple[str, ...]:
    carried = {share.code for share in parts.shares}
    return tuple(town for town in towns if town not in carried)


def _strangers(
    parts: tuple[IndicatorParts, ...], codes: set[str], towns: set[str]
) -> list[Finding]:
    found = []
    for number, part in enumerate(parts):
        twice = len({share.code for share in part.shares}) != len(part.shares)
        unknown = any(share.code not in towns for share in part.shares)
        if part.code not in codes or unknown or twice:
            message = f"指标{part.code}不在本目标内，或下级重复、不在分解范围内。"
            found.append(Finding(f"/parts/{number}", "part_unknown", message))
    return found


_MESSAGES = {
    "under_allocated": "“{name}”下级合计{total}，比本目标少，差额{slack}。",
    "over_allocated": "“{name}”下级合计{total}，超过本目标{slack}。",
    "not_equal": "“{name}”下级合计{total}，与本目标相差{slack}。",
    "average_missed": "“{name}”加权平均{average}，未达到本目标。",
    "base_missing": "“{name}”缺少加权基数：{listed}。",
    "child_weaker": "“{name}”弱于本目标或未设置：{listed}。",
    "not_confirmed": "“{name}”未填写或未确认覆盖：{listed}。",
    "not_decomposable": "“{name}”不分解，须说明理由且不设下级值。",
    "aggregation_missing": "“{name}”未选择汇总方式。",
}


def _finding(number: int, name: str, figures: Figures) -> Finding:
    code = figures.error or ""
    message = _MESSAGES[code].format(
        name=name,
        total=figures.total,
        slack=figures.slack,
        average=figures.average,
        listed="、".join(figures.listed),
    )
    return Finding(f"/indicators/{number}", code, message)
