"""Money, division codes and ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.servicekit.values import DivisionCode, Money, uuid7

FEN = st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1)


@given(FEN)
def test_a7_money_is_read_as_it_is_written(fen: int) -> None:
    assert Money.yuan(str(Money(fen))) == Money(fen)


@given(FEN, FEN)
def test_a7_sums_are_exact(one: int, other: int) -> None:
    assert Money(one) + Money(other) - Money(other) == Money(one)


@pytest.mark.parametrize(
    "text", ["1", "1.0", "1,000.00", "-0.00", "01.00", "１.00", "1.000", "", "1e3"]
)
def test_a7_any_other_spelling_of_money_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="yuan"):
        Money.yuan(text)


def test_a_district_covers_its_towns_and_a_town_not_its_neighbour() -> None:
    assert DivisionCode("370303").covers(DivisionCode("370303101"))
    assert not DivisionCode("370303101").covers(DivisionCode("370303102"))
    assert not DivisionCode("370303101").covers(DivisionCode("370303"))


def test_a7_ids_are_version_7_and_ordered_by_time() -> None:
    made = [uuid7() for _ in range(50)]
    assert {i.version for i in made} == {7}
    assert len(set(made)) == 50
    assert made[0].int >> 80 <= made[-1].int >> 80
