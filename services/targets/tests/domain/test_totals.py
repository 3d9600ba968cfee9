"""Totals and what a programme may be: each yuan once, no kind without its parent."""

import pytest

from jixiao.servicekit.values import Money
from jixiao.targets.domain import describing, totals
from jixiao.targets.domain.budget import BudgetEntry, BudgetKind, BudgetRow
from jixiao.targets.domain.description import Description
from jixiao.targets.domain.errors import DescriptionFaulty
from jixiao.targets.domain.kinds import AllocationMethod, Origin, TargetLevel, TransferClass
from jixiao.targets.domain.library import Programme

from .builders import AUTUMN, programme

TRANSFER = {"special_fund": False, "transfer": True, "origin": Origin.CITY}


def row(kind: BudgetKind, amount: str, first: int | None = None) -> BudgetRow:
    return BudgetRow(2025, kind, Money.yuan(amount), AUTUMN, first_budget_year=first)


def below(level: TargetLevel, town: str, amount: str, parent: Programme) -> Programme:
    made = programme(target_level=level, territory=town, parent_id=parent.programme_id, **TRANSFER)
    made.entries = (BudgetEntry(2025, Money.yuan(amount), AUTUMN),)
    return made


def test_d6_7_each_yuan_is_counted_once_at_the_programme_that_spends_it() -> None:
    own = programme()
    own.budget_rows = (
        row(BudgetKind.INITIAL, "8800000.00"), row(BudgetKind.ADJUSTMENT, "-300000.00"),
        row(BudgetKind.CARRY_IN, "320000.00", 2024),
    )  # fmt: skip
    root = programme(target_level=TargetLevel.OVERALL, **TRANSFER)
    root.budget_rows = (row(BudgetKind.INITIAL, "1000.00"),)
    part = below(TargetLevel.REGIONAL, "370303101", "1000.00", root)
    projects = [
        below(TargetLevel.PROJECT, "370303101", amount, part) for amount in ("400.50", "599.50")
    ]
    executed = {
        own.programme_id: Money.yuan("8000000.00"),
        projects[0].programme_id: Money.yuan("400.50"),
    }

    counted = totals.count(2025, [own, root, part, *projects], executed)

    everything = counted.all
    assert (everything.count, str(everything.initial_budget)) == (3, "8801000.00")
    assert (str(everything.full_year_budget), str(everything.executed)) == (
        "8821000.00",
        "8000400.50",
    )
    assert [(one.key, one.count) for one in counted.by_town] == [("370303", 1), ("370303101", 2)]
    assert [(one.key, str(one.initial_budget)) for one in counted.by_origin] == [
        ("city", "1000.00"), ("not_a_transfer", "8800000.00")
    ]  # fmt: skip
    for group in (counted.by_town, counted.by_department, counted.by_origin):
        assert sum((one.full_year_budget for one in group), Money()) == everything.full_year_budget


def test_d2_t2_a_transfer_without_a_parent_is_a_departments_root_with_class_and_method() -> None:
    with pytest.raises(DescriptionFaulty) as refusal:
        describing.require_alone(Description("补助资金", transfer=True), by_department=False)
    assert [f.pointer for f in refusal.value.findings] == [
        "/parent_id", "/description/target_level", "/description/transfer_class",
        "/description/allocation_method",
    ]  # fmt: skip
    with pytest.raises(DescriptionFaulty):
        describing.require_alone(
            Description("资金", target_level=TargetLevel.OVERALL), by_department=True
        )
    root = Description(
        "补助资金", transfer=True, transfer_class=TransferClass.SPECIAL,
        allocation_method=AllocationMethod.FACTOR, target_level=TargetLevel.OVERALL,
    )  # fmt: skip
    describing.require_alone(root, by_department=True)
    assert describing.part_of(root, "房镇镇").target_level is TargetLevel.REGIONAL


def test_t15_a_project_below_a_transfer_is_of_its_parents_kind_whatever_is_filed() -> None:
    filed = Description("卫生院项目", origin=Origin.CENTRAL, target_level=TargetLevel.OVERALL)
    made = describing.under(
        filed,
        TransferClass.SPECIAL,
        AllocationMethod.PROJECT,
        Origin.CITY,
        consolidated_agricultural=True,
    )
    assert (made.name, made.transfer, made.origin, made.target_level) == (
        "卫生院项目", True, Origin.CITY, TargetLevel.PROJECT
    )  # fmt: skip
