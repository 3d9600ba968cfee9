"""Adjustment of a released target."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.values import Money
from jixiao.targets.domain.adjustment import (
    AdjustmentGrounds,
    AdjustmentReason,
    AdjustmentState,
    TargetAdjustment,
)
from jixiao.targets.domain.errors import (
    AdjustmentFaulty,
    AdjustmentTooLate,
    AssessmentMissing,
    MissedTargetLowered,
    WrongState,
    YearEnded,
)
from jixiao.targets.domain.filing import TargetForm
from jixiao.targets.domain.library import Programme
from jixiao.targets.domain.target import Target, TargetState

from .builders import FINANCE, FIRST, act, form, marks, passed, programme, year

A = year()["A"]
CHANGE = AdjustmentGrounds(AdjustmentReason.BUDGET_CHANGE, "按学籍核准人数调减。")
SEPTEMBER = date(2025, 9, 10)


def released() -> tuple[Programme, Target]:
    owner = programme()
    made = passed(owner, form(A["indicators_v2"]))
    made.release(act(FINANCE, "5880000.00"), Money.yuan("5880000.00"))
    made.release(act(FIRST, "5880000.00"), Money.yuan("5880000.00"))
    return owner, made


def smaller(old: TargetForm, pupils: str = "5600", amount: str = "5600000.00") -> TargetForm:
    rows = tuple(
        replace(row, target_value=Decimal(pupils)) if row.code == "O1" else row
        for row in old.indicators
    )
    return replace(old, indicators=rows, amount=Money.yuan(amount))


def asked(
    grounds: AdjustmentGrounds = CHANGE, day: date = SEPTEMBER, **more: Any
) -> TargetAdjustment:
    owner, made = released()
    wanted = more.pop("wanted", smaller(made.form))
    adjustment, _ = TargetAdjustment.submit(
        uuid4(), owner, made, wanted, grounds, person="一", day=day, **more
    )
    return adjustment


def test_d15_t18_old_and_new_side_by_side_become_the_next_version() -> None:
    owner, made = released()
    case = A["adjustment"]
    wanted = smaller(made.form, case["new"]["O1"], case["new"]["amount"])
    adjustment, _ = TargetAdjustment.submit(
        uuid4(), owner, made, wanted, CHANGE, person="一", day=SEPTEMBER
    )
    [change] = adjustment.changes
    assert change.old is not None
    assert change.new is not None
    assert (change.code, str(change.old.target_value), str(change.new.target_value)) == (
        "O1",
        case["old"]["O1"],
        case["new"]["O1"],
    )
    assert str(adjustment.difference) == case["difference"]
    adjustment.review(FIRST, "丑", SEPTEMBER, marks(A["reviews"]["v3_department"]["questions"]))
    with pytest.raises(OwnFiling):
        adjustment.review(FINANCE, "丑", SEPTEMBER, marks(A["reviews"]["v3_finance"]["questions"]))
    with pytest.raises(WrongState):
        adjustment.next_version(uuid4(), made)
    adjustment.review(FINANCE, "甲", SEPTEMBER, marks(A["reviews"]["v3_finance"]["questions"]))
    assert adjustment.state.value == AdjustmentState.APPROVED.value
    third = adjustment.next_version(uuid4(), made)
    assert (third.number, third.state, third.releases) == (made.number + 1, TargetState.PASSED, ())
    third.release(act(FINANCE, "5600000.00"), Money.yuan("5600000.00"))
    made.supersede()
    assert (made.state, third.state) == (TargetState.SUPERSEDED, TargetState.RELEASED)
    with pytest.raises(WrongState):  # no longer in force
        TargetAdjustment.submit(uuid4(), owner, made, wanted, CHANGE, person="一", day=SEPTEMBER)


def test_d15_r22_after_31_october_only_an_emergency_or_finance_moves_a_target() -> None:
    papers = {"document_number": "1号", "finance_consents": "2号"}
    other = AdjustmentGrounds(AdjustmentReason.OTHER, "人数减少。", **papers)
    assert asked(other, date(2025, 10, 31)).state is AdjustmentState.SUBMITTED
    with pytest.raises(AdjustmentTooLate) as refused:
        asked(other, date(2025, 11, 5))
    assert refused.value.message == "10月31日后非突发事件或财政部门要求不得调整"
    assert refused.value.article == "D-15"
    asked(AdjustmentGrounds(AdjustmentReason.EMERGENCY, "汛情。"), date(2025, 11, 5))
    asked(replace(other, finance_ordered="3号"), date(2025, 11, 5))
    with pytest.raises(YearEnded):
        asked(replace(other, finance_ordered="3号"), date(2026, 1, 1))


def test_r22_a_missed_target_is_not_lowered_and_other_reasons_need_their_papers() -> None:
    with pytest.raises(MissedTargetLowered):
        asked(missed=frozenset({"O1"}))
    with pytest.raises(AdjustmentFaulty) as refused:
        asked(AdjustmentGrounds(AdjustmentReason.OTHER, ""), wanted=form(A["indicators_v2"]))
    assert [finding.code for finding in refused.value.findings] == [
        "nothing_changed",
        "explanation_missing",
        "document_missing",
        "consent_missing",
    ]


def test_d15_d9_an_adjustment_that_raises_the_amount_passes_the_gate() -> None:
    owner, made = released()
    more = smaller(made.form, "6000", "6000000.00")
    with pytest.raises(AssessmentMissing):
        TargetAdjustment.submit(uuid4(), owner, made, more, CHANGE, person="一", day=SEPTEMBER)
