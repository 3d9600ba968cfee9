"""A town's roll-up on its way up, and bound at the close."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from jixiao.evaluation.domain.errors import WrongState
from jixiao.evaluation.domain.regional import RollUp, RollUpLevel, RollUpState
from jixiao.evaluation.domain.rollup import DueProject, at_close
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.values import Money

from .builders import CAMPAIGN, coordinates

TOWN = (
    DueProject("C-107-1", Decimal("97.49"), Money.yuan("526056.30")),
    DueProject("C-107-2", None, Money.yuan("380937.32")),
)


def a_roll_up() -> RollUp:
    where = coordinates("370303107", "ZD104")
    return RollUp(uuid4(), uuid4(), where, 2025, CAMPAIGN, RollUpLevel.TOWN)


def test_t23_a_town_rolls_up_and_names_who_is_missing() -> None:
    town = a_roll_up()

    (event,) = town.submit(TOWN, (), "绩效自评报告", "财所甲", date(2026, 3, 10))

    assert (str(event.score), str(event.coverage_pct)) == ("97.49", "50.00")
    with pytest.raises(OwnFiling):
        town.accept("财所甲")
    town.accept("卫健丑")
    town.roll_on()
    assert town.state is RollUpState.ROLLED_UP
    with pytest.raises(WrongState):
        town.submit(TOWN, (), "", "财所甲", date(2026, 3, 11))


def test_t24_the_close_binds_at_56_54_even_where_nothing_was_rolled_up() -> None:
    (event,) = a_roll_up().bind(TOWN, TOWN, date(2026, 4, 2))

    assert (str(event.score), str(event.binding_score)) == ("97.49", "56.54")
    assert (event.binding_grade, event.missing) == ("poor", ("C-107-2",))
    (silent,) = a_roll_up().bind(TOWN[1:], TOWN[1:], date(2026, 4, 2))
    assert (silent.score, str(silent.binding_score), silent.nothing_filed) == (None, "0.00", True)


def test_t24_filed_after_the_close_counts_nothing_until_it_is_rechecked() -> None:
    filed, late = TOWN[0], replace(TOWN[1], score=Decimal("95.00"))

    (silent,) = a_roll_up().bind(
        (filed, late), (filed, at_close(late, None, in_time=False)), date(2026, 4, 2)
    )
    (checked,) = a_roll_up().bind(
        (filed, late), (filed, at_close(late, Decimal("80.00"), in_time=False)), date(2026, 9, 2)
    )

    assert (str(silent.score), str(silent.binding_score)) == ("96.44", "56.54")
    assert (silent.missing, checked.missing) == (("C-107-2",), ())
    # (97.49 × 526056.30 + 80.00 × 380937.32) ÷ 906993.62
    assert str(checked.binding_score) == "90.14"
