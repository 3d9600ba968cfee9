"""Lights of R-23 and R-24 and the forecast of R-25, exact to the hundredth of a per cent."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from jixiao.measures.ratio import Direction, Operator, attainment
from jixiao.measures.score import round2
from jixiao.servicekit.values import Money

YELLOW_BELOW = Decimal("-10.00")
RED_BELOW = Decimal("-25.00")
MISSING_RED_DAYS = 10
FORECAST_GAP = Fraction(20, 100)


class Light(StrEnum):
    """A warning light; `none` where there is nothing to judge."""

    NONE = "none"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Tier(StrEnum):
    """How far a qualitative indicator got."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT_ACHIEVED = "not_achieved"


class Likelihood(StrEnum):
    """完成目标可能性: will the target be reached by the year's end?"""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"


_ORDER = list(Light)
_TIER = {Tier.ACHIEVED: Light.GREEN, Tier.PARTLY: Light.YELLOW, Tier.NOT_ACHIEVED: Light.RED}
_LIKELIHOOD = {Likelihood.POSSIBLE: Light.YELLOW, Likelihood.IMPOSSIBLE: Light.RED}
_MORE_IS_BETTER = (Operator.GE, Operator.GT)
_LESS_IS_BETTER = (Operator.LE, Operator.LT)


@dataclass(frozen=True, slots=True)
class Reading:
    """One indicator at the cut-off: its target, what was reached, how likely the rest is.

    `cumulative`: grows through the year. `due`: a figure is due already, `days_late` late.
    `forecast`: typed by the filer, for the year's end.
    """

    code: str
    operator: Operator | None = None
    target: Decimal | None = None
    target_low: Decimal | None = None
    target_high: Decimal | None = None
    direction: Direction | None = None
    actual: Decimal | None = None
    tier: Tier | None = None
    cumulative: bool = False
    due: bool = False
    days_late: int = 0
    likelihood: Likelihood | None = None
    forecast: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Money and time of a programme at a cut-off; months are full months of the year.

    `start_month` 1..12; `planned_pct` is the payment plan's progress (0..100) where filed.
    """

    months_elapsed: int
    current_budget: Money
    executed: Money
    start_month: int = 1
    planned_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the figures say: percentages with 2 dp, lights, run-rate forecast."""

    time_pct: Decimal
    exec_pct: Decimal | None
    deviation: Decimal | None
    execution_light: Light
    indicator_lights: tuple[Light, ...]
    programme_light: Light
    run_rate_forecast: Money | None


def worst(lights: Iterable[Light]) -> Light:
    """The worst of some lights; `none` where there is none."""
    return max(lights, key=_ORDER.index, default=Light.NONE)


def assess(progress: Progress, readings: Iterable[Reading] = ()) -> Assessment:
    """Judge a programme: its light is the worst of execution, indicators and likelihood.

    Articles: D-16, D-17, T-19, T-20. Rules: R-23, R-24, R-25.
    """
    time = time_pct(progress)
    exec_pct = execution_pct(progress.executed, progress.current_budget)
    execution = execution_light(progress)
    lights = tuple(indicator_light(reading, time) for reading in readings)
    return Assessment(
        time_pct=time,
        exec_pct=exec_pct,
        deviation=None if exec_pct is None else exec_pct - time,
        execution_light=execution,
        indicator_lights=lights,
        programme_light=worst((execution, *lights)),
        run_rate_forecast=run_rate(progress),
    )


def time_pct(progress: Progress) -> Decimal:
    """How much of the programme's year has passed, 0.00..100.00 %; a payment plan replaces it.

    Rules: R-23.
    """
    if progress.planned_pct is not None:
        return round2(progress.planned_pct)
    if progress.months_elapsed < progress.start_month:
        return round2(0)
    passed = progress.months_elapsed - progress.start_month + 1
    return round2(Fraction(100 * passed, 13 - progress.start_month))


def execution_pct(executed: Money, budget: Money) -> Decimal | None:
    """Executed over current budget in per cent, 2 dp; None where there is no budget.

    Rules: R-23.
    """
    return round2(Fraction(100 * executed.fen, budget.fen)) if budget.fen else None


def execution_light(progress: Progress) -> Light:
    """The execution light, from the rounded percentages; bounds belong to the better light.

    Articles: D-16. Rules: R-23.
    """
    exec_pct = execution_pct(progress.executed, progress.current_budget)
    if exec_pct is None:
        return Light.RED if progress.executed.fen > 0 else Light.NONE
    if exec_pct > 100:
        return Light.RED
    return _by_bounds(exec_pct - time_pct(progress))


def indicator_light(reading: Reading, time: Decimal) -> Light:
    """An indicator's light at `time` per cent of the year, its likelihood included.

    Articles: D-16. Rules: R-24.
    """
    likely = Light.NONE if reading.likelihood is None else _LIKELIHOOD.get(reading.likelihood)
    return worst((_figure_light(reading, time), likely or Light.NONE))


def _figure_light(reading: Reading, time: Decimal) -> Light:
    if reading.tier is not None:
        return _TIER[reading.tier]
    if reading.actual is None or reading.operator is None:
        if not reading.due:
            return Light.NONE
        return Light.RED if reading.days_late >= MISSING_RED_DAYS else Light.YELLOW
    reached = attainment(
        reading.operator,
        reading.actual,
        target=reading.target,
        low=reading.target_low,
        high=reading.target_high,
        direction=reading.direction,
    )
    if reading.target is not None and reading.target <= 0:
        return Light.GREEN if reached.reached else Light.RED
    if reading.cumulative and reading.target is not None:
        if reading.operator in _MORE_IS_BETTER:
            return _growing(reading.actual, reading.target, time)
        if reading.operator in _LESS_IS_BETTER:
            return _capped(reading.actual, reading.target, time)
    return _by_bounds(round2(100 * reached.ratio) - 100)


def _growing(actual: Decimal, target: Decimal, time: Decimal) -> Light:
    if actual >= target:
        return Light.GREEN
    return _by_bounds(round2(Fraction(100 * actual) / Fraction(target)) - time)


def _capped(actual: Decimal, target: Decimal, time: Decimal) -> Light:
    """A cap that fills up: beyond it red whatever the date, filling too fast yellow."""
    if actual > target:
        return Light.RED
    ahead = round2(Fraction(100 * actual) / Fraction(target)) - time
    return Light.YELLOW if ahead > 10 else Light.GREEN


def _by_bounds(deviation: Decimal) -> Light:
    if deviation >= YELLOW_BELOW:
        return Light.GREEN
    return Light.YELLOW if deviation >= RED_BELOW else Light.RED


def run_rate(progress: Progress) -> Money | None:
    """Executed money carried on to the year's end at the same pace, capped at the budget.

    None while the programme has not begun, and where it has no budget.

    Rules: R-25.
    """
    start = progress.start_month
    if progress.months_elapsed < start or not progress.current_budget.fen:
        return None
    passed = progress.months_elapsed - start + 1
    whole = round2(Fraction(progress.executed.fen * (13 - start), 100 * passed))
    return min(Money(int(whole * 100)), progress.current_budget)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The filer's forecast beside the run-rate; gap in per cent of the budget, 2 dp."""

    gap_pct: Decimal
    ask_why: bool
    expected_carry_over: Money


def forecast(filed: Money | None, progress: Progress) -> Forecast | None:
    """Hold the filed forecast against the run-rate; more than 20 % apart is asked why.

    Expected carry-over is budget minus run-rate, never negative. None without a run-rate.

    Articles: D-16. Rules: R-25.
    """
    pace = run_rate(progress)
    if pace is None:
        return None
    said = pace if filed is None else filed
    gap = Fraction(abs(said.fen - pace.fen), progress.current_budget.fen)
    carry_over = max(progress.current_budget - pace, Money())
    return Forecast(round2(100 * gap), gap > FORECAST_GAP, carry_over)
