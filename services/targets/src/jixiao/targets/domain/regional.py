"""Regional targets beside the overall one: the values set from above (F-04's grey column)."""

from dataclasses import replace

from jixiao.servicekit.errors import Finding

from .decomposition import IndicatorParts, Share, at_least_as_strict
from .indicator import Aggregation, Indicator, Kind


def values_for(
    indicators: tuple[Indicator, ...], parts: tuple[IndicatorParts, ...], town: str
) -> tuple[Indicator, ...]:
    """Return the overall indicators with the values decomposed for `town`.

    Indicators that are not decomposed, or that the town is exempt from, are left out.

    Articles: T-15(2).
    """
    shares = {part.code: _of(part, town) for part in parts}
    return tuple(
        _with(row, share) for row in indicators if (share := shares.get(row.code)) is not None
    )


def aggregated(
    filed: tuple[Indicator, ...], set_from_above: tuple[Indicator, ...]
) -> tuple[Indicator, ...]:
    """Return indicators that all say how they add up: as filed, else as above, else not at all.

    An overall target says it of each; a regional one need not repeat it.

    Articles: T-15(2). Rules: R-20.
    """
    above = {row.code: row.aggregation for row in set_from_above}
    return tuple(
        replace(row, aggregation=row.aggregation or above.get(row.code) or Aggregation.NONE)
        for row in filed
    )


def findings(
    filed: tuple[Indicator, ...], set_from_above: tuple[Indicator, ...]
) -> tuple[Finding, ...]:
    """Return where a filed regional target is weaker than, or lacks, what was set.

    Articles: T-15(2). Rules: R-20.
    """
    rows = {row.code: (number, row) for number, row in enumerate(filed)}
    found = []
    for wanted in set_from_above:
        if wanted.code not in rows:
            message = f"缺少上级目标分解的指标“{wanted.name}”（T-15(2)）。"
            found.append(Finding("/form/indicators", "part_missing", message))
            continue
        number, row = rows[wanted.code]
        if not _carries(wanted, row):
            message = f"“{row.name}”弱于上级目标分解值或运算符、单位不一致（T-15(2)）。"
            pointer = f"/form/indicators/{number}/target_value"
            found.append(Finding(pointer, "child_weaker", message))
    return tuple(found)


def _of(part: IndicatorParts, town: str) -> Share | None:
    for share in part.shares:
        if share.code == town and not share.exempt_reason:
            return share
    return None


def _with(row: Indicator, share: Share) -> Indicator:
    if row.kind is Kind.QUALITATIVE:
        return replace(row, text_target=share.text or row.text_target)
    return replace(row, target_value=share.value, target_low=share.low, target_high=share.high)


def _carries(wanted: Indicator, row: Indicator) -> bool:
    if wanted.kind is Kind.QUALITATIVE:
        return bool(row.text_target.strip())
    if (row.operator, row.unit) != (wanted.operator, wanted.unit):
        return False
    filed = Share(wanted.code, row.target_value, low=row.target_low, high=row.target_high)
    return at_least_as_strict(wanted, filed)
