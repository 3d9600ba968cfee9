"""Scores: rounding half up to two places and the four grades."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Grade(StrEnum):
    """The four grades of everything graded here, best first. Rules: R-11."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


_BOUNDS: tuple[tuple[date, tuple[tuple[Decimal, Grade], ...]], ...] = (
    # Newest first: from this day on, a total at or above the bound has the grade.
    (
        date.min,
        (
            (Decimal(90), Grade.EXCELLENT),
            (Decimal(80), Grade.GOOD),
            (Decimal(60), Grade.FAIR),
        ),
    ),
)


def round_half_up(value: Fraction | Decimal | int, places: int) -> Decimal:
    """Round exactly to 0..12 decimal places; half goes away from zero.

    Rules: R-2.
    """
    exact = Fraction(value)
    scaled = abs(exact) * 10**places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    if 2 * rest >= scaled.denominator:
        whole += 1
    # Built from digits, so no decimal context can round a long amount a second time.
    sign = 1 if exact < 0 and whole else 0
    return Decimal((sign, tuple(int(digit) for digit in str(whole)), -places))


def round2(value: Fraction | Decimal | int) -> Decimal:
    """Round to two places, half up, as scores and percentages are.

    Rules: R-2.
    """
    return round_half_up(value, 2)


def grade(total: Decimal, on: date | None = None) -> Grade:
    """Return the grade of a total of 0..100; lower bounds are inclusive.

    `on` chooses the bounds in force on that day, the newest without it.
    Raises ValueError for a total outside 0..100.

    Rules: R-11.
    """
    if not 0 <= total <= 100:
        raise ValueError(f"a total lies between 0 and 100, not {total}")
    bounds = next(table for since, table in _BOUNDS if on is None or since <= on)
    return next((name for bound, name in bounds if total >= bound), Grade.POOR)
