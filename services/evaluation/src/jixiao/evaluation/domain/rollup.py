"""How scores and figures of a level below make those of a town or a line (R-12, R-20, R-37)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from jixiao.evaluation.domain.indicator import Aggregation, Indicator
from jixiao.measures.ratio import Direction, attainment
from jixiao.measures.score import Grade, grade, round2
from jixiao.servicekit.values import Money


@dataclass(frozen=True, slots=True)
class DueProject:
    """A project due in the round: `score` None while not filed, `budget` its B of R-4."""

    programme_code: str
    score: Decimal | None
    budget: Money
    no_funds: bool = False
    programme_id: UUID | None = None

    @property
    def weight(self) -> int:
        """Fen it weighs with; one without funds weighs nothing."""
        return 0 if self.no_funds else self.budget.fen


@dataclass(frozen=True, slots=True)
class RolledScore:
    """Displayed over the filed, binding over all due; None where nothing is filed or due."""

    score: Decimal | None
    grade: Grade | None
    coverage_pct: Decimal | None
    binding_score: Decimal | None
    binding_grade: Grade | None
    missing: tuple[str, ...]


def roll_up(projects: Sequence[DueProject]) -> RolledScore:
    """Weigh the scores by budget; who did not file is named, and binds with 0.

    Rules: R-12, R-37. Articles: T-23, T-24.
    """
    filed = [project for project in projects if project.score is not None]
    displayed, binding = _mean(filed), _mean(projects)
    coverage = round2(Fraction(100 * len(filed), len(projects))) if projects else None
    return RolledScore(
        score=displayed,
        grade=None if displayed is None else grade(displayed),
        coverage_pct=coverage,
        binding_score=binding,
        binding_grade=None if binding is None else grade(binding),
        missing=tuple(sorted(each.programme_code for each in projects if each.score is None)),
    )


def at_close(project: DueProject, recheck: Decimal | None, *, in_time: bool) -> DueProject:
    """Return what binds of a project: its final recheck, else what was filed by the close.

    Filed after the close it counts 0 until it is re-checked.

    Rules: R-12, R-13, R-31, R-37. Articles: T-24.
    """
    if recheck is not None:
        return replace(project, score=recheck)
    return project if in_time else replace(project, score=None)


def _mean(projects: Sequence[DueProject]) -> Decimal | None:
    if not projects:
        return None
    weights = [project.weight for project in projects]
    if sum(weights) == 0:
        weights = [1] * len(projects)
    points = (
        Fraction(each.score or 0) * weight for each, weight in zip(projects, weights, strict=True)
    )
    return round2(sum(points, Fraction(0)) / sum(weights))


@dataclass(frozen=True, slots=True)
class ActualPart:
    """One project's figure; `target_value` its own target, `base` what its rate is of."""

    programme_code: str
    actual_value: Decimal
    target_value: Decimal | None = None
    base: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RolledActual:
    """A regional figure: a value, or the share that reached it and the worst one."""

    code: str
    actual_value: Decimal | None = None
    reached_share_pct: Decimal | None = None
    worst_code: str = ""
    worst_value: Decimal | None = None


def roll_up_actuals(indicator: Indicator, parts: Sequence[ActualPart]) -> RolledActual:
    """Bring filed figures together as the indicator's aggregation says.

    Sums stay exact, averages get 2 decimals. `confirm` and `none` have no figure
    from below; the level above files its own.

    Rules: R-20. Articles: T-15(2), T-23.
    """
    rule = _AGGREGATIONS.get(indicator.aggregation)
    return rule(indicator, parts) if rule and parts else RolledActual(indicator.code)


def _sum(indicator: Indicator, parts: Sequence[ActualPart]) -> RolledActual:
    return RolledActual(indicator.code, sum((part.actual_value for part in parts), Decimal(0)))


def _average(indicator: Indicator, parts: Sequence[ActualPart]) -> RolledActual:
    based = [part for part in parts if part.base]
    bases = sum(Fraction(part.base or 0) for part in based)
    if not bases:
        return RolledActual(indicator.code)
    whole = sum(Fraction(part.actual_value) * Fraction(part.base or 0) for part in based)
    return RolledActual(indicator.code, round2(whole / bases))


def _each(indicator: Indicator, parts: Sequence[ActualPart]) -> RolledActual:
    reached = [_reach(indicator, part) for part in parts]
    sign = -1 if indicator.wanted is Direction.NEGATIVE else 1
    _, part = min(
        zip(reached, parts, strict=True),
        key=lambda pair: (*pair[0], sign * pair[1].actual_value, pair[1].programme_code),
    )
    share = round2(Fraction(100 * sum(each[0] for each in reached), len(parts)))
    return RolledActual(indicator.code, None, share, part.programme_code, part.actual_value)


def _reach(indicator: Indicator, part: ActualPart) -> tuple[bool, Fraction]:
    if indicator.operator is None:
        return False, Fraction(0)
    target = indicator.target_value if part.target_value is None else part.target_value
    found = attainment(
        indicator.operator,
        part.actual_value,
        target=target,
        low=indicator.target_low,
        high=indicator.target_high,
        direction=indicator.direction,
    )
    return found.reached, found.ratio


_AGGREGATIONS: dict[Aggregation, Callable[[Indicator, Sequence[ActualPart]], RolledActual]] = {
    Aggregation.SUM: _sum,
    Aggregation.WEIGHTED_AVERAGE: _average,
    Aggregation.EACH: _each,
}
