"""Rounding, grades, the ratio table and counting days."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.days import WorkingDays, days_after, days_late
from jixiao.measures.ratio import Direction, Operator, attainment
from jixiao.measures.score import Grade, grade, round2

figures = st.decimals(min_value=-(10**6), max_value=10**6, places=3)
single = st.sampled_from([operator for operator in Operator if operator is not Operator.BETWEEN])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 3), "0.33"),
        (Decimal("2.675"), "2.68"),
        (Decimal("-0.005"), "-0.01"),
        (7, "7.00"),
    ],
)
def test_r2_half_rounds_away_from_zero(value: Fraction | Decimal | int, expected: str) -> None:
    assert str(round2(value)) == expected


@given(st.fractions(min_value=-(10**30), max_value=10**30))
def test_r2_rounding_moves_by_at_most_half_a_hundredth(value: Fraction) -> None:
    assert abs(Fraction(round2(value)) - value) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("100", Grade.EXCELLENT), ("90.00", Grade.EXCELLENT), ("89.99", Grade.GOOD),
        ("80", Grade.GOOD), ("79.99", Grade.FAIR), ("60", Grade.FAIR), ("59.99", Grade.POOR),
        ("0", Grade.POOR),
    ],
)  # fmt: skip
def test_r11_lower_bounds_are_inclusive(total: str, expected: Grade) -> None:
    assert grade(Decimal(total)) is expected


def test_r11_a_total_outside_the_scale_has_no_grade() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        grade(Decimal("100.01"))


@given(single, figures, figures)
def test_r6_a_ratio_lies_between_nothing_and_all(
    operator: Operator, actual: Decimal, target: Decimal
) -> None:
    result = attainment(operator, actual, target=target)
    assert 0 <= result.ratio <= 1
    assert result.ratio == 1 or not result.reached


@given(figures, figures, figures)
def test_r6_more_never_lowers_what_should_be_many(
    one: Decimal, two: Decimal, goal: Decimal
) -> None:
    less, more = sorted((one, two))
    assert (
        attainment(Operator.GE, less, target=goal).ratio
        <= attainment(Operator.GE, more, target=goal).ratio
    )


@pytest.mark.parametrize(
    ("operator", "actual", "target", "reached", "ratio"),
    [
        (Operator.GT, "80", "80", False, Fraction(1)),
        (Operator.LT, "80", "80", False, Fraction(1)),
        (Operator.GT, "0", "0", False, Fraction(0)),
        (Operator.LE, "1", "0", False, Fraction(0)),
        (Operator.LE, "0", "0", True, Fraction(1)),
        (Operator.LE, "75", "60", False, Fraction(4, 5)),
        (Operator.GE, "-3", "-2", False, Fraction(0)),
        (Operator.EQ, "12", "10", False, Fraction(5, 6)),
        (Operator.EQ, "-5", "10", False, Fraction(0)),
    ],
)
def test_r6_strict_zero_and_negative_targets(
    operator: Operator, actual: str, target: str, *, reached: bool, ratio: Fraction
) -> None:
    result = attainment(operator, Decimal(actual), target=Decimal(target))
    assert (result.reached, result.ratio) == (reached, ratio)


@pytest.mark.parametrize(
    ("actual", "ratio"),
    [("40", Fraction(1)), ("50", Fraction(1)), ("64", Fraction(25, 32)), ("30", Fraction(3, 4))],
)
def test_r6_an_interval_is_missed_on_either_side(actual: str, ratio: Fraction) -> None:
    result = attainment(Operator.BETWEEN, Decimal(actual), low=Decimal(40), high=Decimal(50))
    assert result.ratio == ratio


def test_r6_a_stated_direction_turns_equal_into_at_least_or_at_most() -> None:
    more = attainment(Operator.EQ, Decimal(12), target=Decimal(10), direction=Direction.POSITIVE)
    less = attainment(Operator.EQ, Decimal(8), target=Decimal(10), direction=Direction.NEGATIVE)
    assert more.reached
    assert less.reached


def test_r6_bounds_must_be_there() -> None:
    with pytest.raises(ValueError, match="low and high"):
        attainment(Operator.BETWEEN, Decimal(1), target=Decimal(1))
    with pytest.raises(ValueError, match="a target"):
        attainment(Operator.GE, Decimal(1))


def test_r39_working_days_follow_the_table_not_the_week() -> None:
    table = WorkingDays(
        holidays=frozenset({date(2025, 10, 1), date(2025, 10, 2), date(2025, 10, 3)}),
        working_weekends=frozenset({date(2025, 9, 28)}),
    )
    assert table.is_working(date(2025, 9, 28))
    assert table.after(date(2025, 9, 27), 1) == date(2025, 9, 28)
    assert table.after(date(2025, 9, 30), 1) == date(2025, 10, 6)
    assert table.after(date(2025, 9, 30), 0) == date(2025, 9, 30)
    with pytest.raises(ValueError, match="forward"):
        table.after(date(2025, 9, 30), -1)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_r39_the_day_of_the_event_is_not_counted(day: date, n: int) -> None:
    table = WorkingDays()
    due = table.after(day, n)
    assert table.is_working(due)
    assert sum(table.is_working(day + timedelta(days=i + 1)) for i in range((due - day).days)) == n


def test_r39_late_begins_on_the_day_after_the_due_date() -> None:
    due = days_after(date(2026, 1, 31), 20)
    assert due == date(2026, 2, 20)
    assert days_late(due, due) == 0
    assert days_late(due, date(2026, 2, 21)) == 1
    assert days_late(due, date(2026, 1, 1)) == 0
