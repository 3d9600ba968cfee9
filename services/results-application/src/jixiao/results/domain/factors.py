"""Factor allocation in exact fractions: from raw values and scores to each town's fen."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from jixiao.measures.score import round_half_up
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

from .clamping import Clamp, Limits, share_out
from .errors import (
    FactorWithoutData,
    Incomplete,
    PerformanceWeightBelowMinimum,
    WeightsNotOne,
)

MINIMUM_PERFORMANCE_WEIGHT = Decimal("0.10")


class PerformanceMode(StrEnum):
    """How the score becomes a share: times the need share, or by itself."""

    SCALED = "scaled"
    FLAT = "flat"


class ScoreBasis(StrEnum):
    """Why a town counts with its score (R-37)."""

    FILED = "filed"
    NOT_FILED = "not_filed"
    NONE_DUE = "none_due"


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor with its weight (≤ 4 dp); exactly one is `performance`."""

    code: str
    name: str
    weight: Decimal
    performance: bool = False
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Town:
    """A town's raw values by factor code, its binding score 0..100, its floor and cap.

    `score` None: nothing due was filed (`not_filed`), or nothing was due.
    """

    code: str
    name: str
    values: dict[str, Decimal]
    score: Decimal | None = None
    not_filed: bool = False
    minimum: Money | None = None
    maximum: Money | None = None


@dataclass(frozen=True, slots=True)
class FactorShare:
    """A town's part of one factor; `share` is the exact fraction, `share_pct` has 6 dp."""

    code: str
    name: str
    weight: Decimal
    raw: Decimal
    column_total: str
    share: str
    share_pct: Decimal


@dataclass(frozen=True, slots=True)
class TownSheet:
    """“为什么是这个数”: everything a town needs to recompute its amount to the fen."""

    code: str
    name: str
    factors: tuple[FactorShare, ...]
    score: str
    score_basis: ScoreBasis
    need_share: str
    performance_weight: Decimal
    performance_share: str
    performance_share_pct: Decimal
    composite: str
    composite_pct: Decimal
    clamp: Clamp
    floor: Money
    remainder: str
    extra_fen: int
    amount: Money

    @property
    def territory(self) -> str:
        """The town, as other services name it."""
        return self.code

    @property
    def values(self) -> dict[str, Decimal]:
        """Raw value by factor."""
        return {factor.code: factor.raw for factor in self.factors}

    @property
    def shares(self) -> dict[str, str]:
        """Exact share by factor, performance among them."""
        need = {factor.code: factor.share for factor in self.factors}
        return need | {"performance": self.performance_share}


@dataclass(frozen=True, slots=True)
class Allocation:
    """A sheet per town in the order of the division codes; Σ amounts = pool."""

    pool: Money
    performance_mode: PerformanceMode
    sheets: tuple[TownSheet, ...]
    no_town_filed: bool

    @property
    def amounts(self) -> dict[str, Money]:
        """Amount by division code."""
        return {sheet.code: sheet.amount for sheet in self.sheets}


def allocate(
    pool: Money,
    mode: PerformanceMode,
    factors: tuple[Factor, ...],
    towns: tuple[Town, ...],
) -> Allocation:
    """Divide the pool among the towns; every fen is explained, none is lost.

    Raises PerformanceWeightBelowMinimum, WeightsNotOne, FactorWithoutData, Infeasible,
    Incomplete where weights or values cannot be read as factors.

    Articles: T-32. Rules: R-34, R-35, R-36, R-37.
    """
    performance = _check_weights(factors)
    towns = tuple(sorted(towns, key=lambda town: town.code))
    _check_towns(pool, towns)
    columns = {f.code: _column(f, towns) for f in factors if not f.performance}
    need = _need(factors, columns, len(towns))
    scores = _scores(towns)
    shares = _performance(mode, Fraction(performance.weight), need, [s for s, _ in scores])
    composite = [
        sum((Fraction(f.weight) * columns[f.code][1][i] for f in factors if not f.performance),
            Fraction(performance.weight) * shares[i])
        for i in range(len(towns))
    ]  # fmt: skip
    fen = share_out(pool, composite, [Limits(t.minimum, t.maximum) for t in towns])
    sheets = tuple(
        TownSheet(
            code=town.code,
            name=town.name,
            factors=_factor_shares(town, factors, columns, i),
            score=str(scores[i][0]),
            score_basis=scores[i][1],
            need_share=str(need[i]),
            performance_weight=performance.weight,
            performance_share=str(shares[i]),
            performance_share_pct=_pct(shares[i]),
            composite=str(composite[i]),
            composite_pct=_pct(composite[i]),
            clamp=fen[i].clamp,
            floor=fen[i].floor,
            remainder=str(fen[i].remainder),
            extra_fen=fen[i].extra_fen,
            amount=fen[i].amount,
        )
        for i, town in enumerate(towns)
    )
    unfiled = all(basis is ScoreBasis.NOT_FILED for _, basis in scores)
    return Allocation(pool, mode, sheets, unfiled)


def _check_weights(factors: tuple[Factor, ...]) -> Factor:
    performance = [f for f in factors if f.performance]
    weight = sum((f.weight for f in performance), Decimal(0))
    if len(performance) != 1 or weight < MINIMUM_PERFORMANCE_WEIGHT:
        facts = {"weight": weight}
        raise PerformanceWeightBelowMinimum(
            _finding(PerformanceWeightBelowMinimum, "/factors", facts), **facts
        )
    total = sum((f.weight for f in factors), Decimal(0))
    if total != 1:
        facts = {"total": total}
        raise WeightsNotOne(_finding(WeightsNotOne, "/factors", facts), **facts)
    findings = [
        Finding(f"/factors/{i}/weight", "weight", f"因素“{f.name}”的权重不得为负数，最多4位小数。")
        for i, f in enumerate(factors)
        if f.weight < 0 or f.weight != f.weight.quantize(Decimal("0.0001"))
    ]
    if len({f.code for f in factors}) != len(factors):
        findings.append(Finding("/factors", "doubled", "同一因素不能列两次。"))
    if findings:
        raise Incomplete(*findings)
    return performance[0]


def _check_towns(pool: Money, towns: tuple[Town, ...]) -> None:
    findings = []
    if pool.fen < 0:
        findings.append(Finding("/pool", "negative", "资金总额不能为负数。"))
    if not towns or len({town.code for town in towns}) != len(towns):
        findings.append(Finding("/towns", "towns", "须列出参与分配的镇办，同一镇办不能列两次。"))
    for i, town in enumerate(towns):
        if town.score is not None and not 0 <= town.score <= 100:
            message = f"{town.name or town.code}的绩效得分须在0至100之间。"
            findings.append(Finding(f"/towns/{i}/score", "score", message))
    if findings:
        raise Incomplete(*findings)


def _column(factor: Factor, towns: tuple[Town, ...]) -> tuple[Fraction, list[Fraction]]:
    raws = [town.values.get(factor.code) for town in towns]
    known = [raw for raw in raws if raw is not None and raw >= 0]
    gap = len(known) < len(raws) or (factor.inverse and 0 in known)
    values = [] if gap else [1 / Fraction(r) if factor.inverse else Fraction(r) for r in known]
    total = sum(values, Fraction(0))
    if total == 0:
        facts = {"factor": factor.code}
        raise FactorWithoutData(
            _finding(FactorWithoutData, "/towns", {"factor": factor.name or factor.code}), **facts
        )
    return total, [value / total for value in values]


def _need(
    factors: tuple[Factor, ...], columns: dict[str, tuple[Fraction, list[Fraction]]], towns: int
) -> list[Fraction]:
    weights = {f.code: Fraction(f.weight) for f in factors if not f.performance}
    whole = sum(weights.values(), Fraction(0))
    if whole == 0:
        return [Fraction(1, towns)] * towns
    return [
        sum((w * columns[code][1][i] for code, w in weights.items()), Fraction(0)) / whole
        for i in range(towns)
    ]


def _scores(towns: tuple[Town, ...]) -> list[tuple[Fraction, ScoreBasis]]:
    """Not filed counts 0; where nothing was due the mean of the others, 100 if none is above 0."""
    due = [Fraction(t.score or 0) for t in towns if t.score is not None or t.not_filed]
    neutral = sum(due, Fraction(0)) / len(due) if any(due) else Fraction(100)
    answer = []
    for town in towns:
        if town.score is not None:
            answer.append((Fraction(town.score), ScoreBasis.FILED))
        elif town.not_filed:
            answer.append((Fraction(0), ScoreBasis.NOT_FILED))
        else:
            answer.append((neutral, ScoreBasis.NONE_DUE))
    return answer


def _performance(
    mode: PerformanceMode, weight: Fraction, need: list[Fraction], scores: list[Fraction]
) -> list[Fraction]:
    # where performance is the only factor there is no need share to scale, so it is flat
    flat = mode is PerformanceMode.FLAT or weight == 1
    raw = scores if flat else [s * b for s, b in zip(scores, need, strict=True)]
    total = sum(raw, Fraction(0))
    return [p / total for p in raw] if total else need


def _factor_shares(
    town: Town,
    factors: tuple[Factor, ...],
    columns: dict[str, tuple[Fraction, list[Fraction]]],
    i: int,
) -> tuple[FactorShare, ...]:
    return tuple(
        FactorShare(
            code=f.code,
            name=f.name,
            weight=f.weight,
            raw=town.values[f.code],
            column_total=str(columns[f.code][0]),
            share=str(columns[f.code][1][i]),
            share_pct=_pct(columns[f.code][1][i]),
        )
        for f in factors
        if not f.performance
    )


def _pct(share: Fraction) -> Decimal:
    # for showing only; amounts come from the exact fraction
    return round_half_up(share * 100, 6)


def _finding(
    refusal: type[PerformanceWeightBelowMinimum | WeightsNotOne | FactorWithoutData],
    pointer: str,
    facts: dict[str, Decimal] | dict[str, str],
) -> Finding:
    return Finding(pointer, refusal.reason, refusal.sentence.format(**facts))
