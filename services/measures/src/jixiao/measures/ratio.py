"""How far a quantity was attained: the ratio table of R-6, exact."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final


class Operator(StrEnum):
    """How the actual value is held against the target."""

    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"
    EQ = "eq"
    BETWEEN = "between"


class Direction(StrEnum):
    """Which way is better: more, less, exactly so, or inside the interval."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    EXACT = "exact"
    INTERVAL = "interval"


_DEFAULTS: Final = {
    Operator.GE: Direction.POSITIVE,
    Operator.GT: Direction.POSITIVE,
    Operator.LE: Direction.NEGATIVE,
    Operator.LT: Direction.NEGATIVE,
    Operator.EQ: Direction.EXACT,
    Operator.BETWEEN: Direction.INTERVAL,
}


def default_direction(operator: Operator) -> Direction:
    """Return the direction an operator has where the filer says nothing.

    Rules: R-6.
    """
    return _DEFAULTS[operator]


@dataclass(frozen=True, slots=True)
class Attainment:
    """Whether the target was reached, and the share of the weight it earns (0..1).

    A strict operator met exactly at its bound is not reached and yet earns 1.
    """

    reached: bool
    ratio: Fraction


def attainment(
    operator: Operator,
    actual: Decimal,
    *,
    target: Decimal | None = None,
    low: Decimal | None = None,
    high: Decimal | None = None,
    direction: Direction | None = None,
) -> Attainment:
    """Hold an actual value against its target (`between`: low and high).

    `direction` matters for `eq` alone: positive reads it as ge, negative as
    le. Raises ValueError where the bounds that the operator needs are missing.

    Rules: R-6.
    """
    if operator is Operator.BETWEEN:
        if low is None or high is None:
            raise ValueError("between needs low and high")
        return _within(Fraction(actual), Fraction(low), Fraction(high))
    if target is None:
        raise ValueError(f"{operator} needs a target")
    return _RULES[_read(operator, direction)](Fraction(actual), Fraction(target))


def _read(operator: Operator, direction: Direction | None) -> Operator:
    if operator is not Operator.EQ:
        return operator
    towards = {Direction.POSITIVE: Operator.GE, Direction.NEGATIVE: Operator.LE}
    return towards.get(direction or Direction.EXACT, Operator.EQ)


def _share(part: Fraction, whole: Fraction) -> Fraction:
    """Return part / whole where both are positive, else 0: ratios of zero mean nothing."""
    return min(part / whole, Fraction(1)) if part > 0 and whole > 0 else Fraction(0)


def _result(reached: bool, ratio: Fraction) -> Attainment:  # noqa: FBT001 - the pair itself
    return Attainment(reached, Fraction(1) if reached else ratio)


def _at_least(actual: Fraction, target: Fraction) -> Attainment:
    return _result(actual >= target, _share(actual, target))


def _more_than(actual: Fraction, target: Fraction) -> Attainment:
    return _result(actual > target, _share(actual, target))


def _at_most(actual: Fraction, target: Fraction) -> Attainment:
    return _result(actual <= target, _share(target, actual))


def _less_than(actual: Fraction, target: Fraction) -> Attainment:
    return _result(actual < target, _share(target, actual))


def _exactly(actual: Fraction, target: Fraction) -> Attainment:
    smaller, larger = sorted((actual, target))
    return _result(actual == target, _share(smaller, larger))


def _within(actual: Fraction, low: Fraction, high: Fraction) -> Attainment:
    if actual < low:
        return Attainment(reached=False, ratio=_share(actual, low))
    return _result(actual <= high, _share(high, actual))


_RULES: Final[dict[Operator, Callable[[Fraction, Fraction], Attainment]]] = {
    Operator.GE: _at_least,
    Operator.GT: _more_than,
    Operator.LE: _at_most,
    Operator.LT: _less_than,
    Operator.EQ: _exactly,
}
