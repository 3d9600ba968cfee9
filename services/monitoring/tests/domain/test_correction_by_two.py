"""A correction above 5 % is two people's, however it is cut up (D-16)."""

from datetime import date
from uuid import uuid4

import pytest

from jixiao.monitoring.domain.errors import CorrectionNeeded
from jixiao.monitoring.domain.execution import ExecutionLedger, TreasuryRow
from jixiao.servicekit.errors import SecondPerson
from jixiao.servicekit.values import Coordinates, Money

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 31)


def ledger(executed: str = "100.00") -> ExecutionLedger:
    made = ExecutionLedger(uuid4(), uuid4(), Coordinates("370303", "ZD103", "U001"), 2025, "A")
    made.record(row(JUNE, executed), batch="6月")
    return made


def row(day: date, executed: str, first: int = 2025) -> TreasuryRow:
    return TreasuryRow("A", day, first, Money.yuan(executed))


def correct(of: ExecutionLedger, day: date, executed: str, person: str = "丁") -> bool:
    """Whether the correction is in force at once."""
    return bool(of.correct(row(day, executed), person=person, reason="错记", document="号"))


def test_d16_small_corrections_do_not_add_up_to_a_large_one() -> None:
    held = ledger()
    assert correct(held, JUNE, "105.00")
    assert not correct(held, JUNE, "110.25")
    assert not correct(held, date(2025, 7, 1), "110.25")
    assert not correct(held, date(2025, 7, 1), "0.00")
    assert held.executed_at(JULY) == Money.yuan("105.00")
    with pytest.raises(SecondPerson):
        held.confirm_correction(person="丁")
    # Control: what two people or the treasury have said is what the next is measured against.
    assert not correct(held, JUNE, "110.00")
    assert held.confirm_correction(person="丙")
    assert correct(held, JUNE, "115.50")
    held.record(row(JULY, "200.00"), batch="7月")
    assert correct(held, JULY, "210.00")


def test_d16_a_confirmed_correction_stands_above_what_came_while_it_waited() -> None:
    held = ledger()
    assert not correct(held, JUNE, "50.00")
    held.record(row(JUNE, "101.00"), batch="6月补")
    (told,) = held.confirm_correction(person="丙")
    assert (told.revision, held.executed_at(JUNE)) == (3, Money.yuan("50.00"))


def test_d16_a_persons_row_adds_a_day_and_changes_none_of_any_years_money() -> None:
    held = ledger()
    held.record(row(JULY, "120.00"), batch="7月")
    for changing in (
        row(JUNE, "99.00"), row(JULY, "1.00", 2024), row(JUNE, "1.00", 2024),
        row(date(2025, 5, 31), "1.00", 2024),
    ):  # fmt: skip
        with pytest.raises(CorrectionNeeded):
            held.admit(changing, by_hand=True)
        held.admit(changing, by_hand=False)
    for adding in (
        row(JUNE, "100.00"), row(date(2025, 5, 31), "90.00"), row(date(2025, 8, 31), "1.00", 2024)
    ):  # fmt: skip
        held.admit(adding, by_hand=True)
