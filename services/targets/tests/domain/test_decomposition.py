"""Decomposition against the vectors, the demo year and its arithmetic."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.ratio import Operator
from jixiao.servicekit.values import Money
from jixiao.targets.domain.decomposition import (
    Figures,
    IndicatorParts,
    Share,
    add_up,
    money,
    require_equal_money,
)
from jixiao.targets.domain.errors import (
    DecompositionFails,
    FormFaulty,
    MoneyNotEqual,
    UnderAllocated,
)
from jixiao.targets.domain.filing import TargetForm
from jixiao.targets.domain.indicator import Aggregation, Indicator, Kind, Level1, Level2
from jixiao.targets.domain.kinds import AllocationMethod, TargetLevel
from jixiao.targets.domain.target import Target

from .builders import form, indicator, passed, programme, vectors, year
from .builders import target as filed

C = year()["C"]
ROWS = {row["code"]: row for row in C["indicators_overall"]}
TOWNS = [dict(zip(C["towns"]["columns"], row, strict=True)) for row in C["towns"]["rows"]]
NAMES = tuple(town["code"] for town in TOWNS)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def share(child: Any, row: int) -> Share:
    """One child of a vector, however it is written there."""
    if isinstance(child, str):
        return Share(str(row), Decimal(child))
    value = number(child.get("rate") or child.get("target"))
    return Share(
        child.get("code", str(row)),
        value,
        base=number(child.get("base")),
        text=child.get("text", ""),
        confirmed=child.get("confirmed", False),
        exempt_reason="不涉及" if child.get("exempt") else "",
    )


def shown(figures: Figures) -> dict[str, Any]:
    """Figures as the vectors write them."""
    listed = {"ok": figures.ok, "error": figures.error}
    for name in ("total", "slack", "average"):
        if (value := getattr(figures, name)) is not None:
            listed[name] = str(value)
    return listed


@pytest.mark.parametrize(
    "vector", vectors("decomposition.json", "decomposition"), ids=lambda v: v["id"]
)
def test_r19_r20_decomposition_vectors(vector: Any) -> None:
    given_, expected = vector["input"], dict(vector["expected"])
    if given_["aggregation"] == "money":
        children = map(Money.yuan, given_["children"])
        figures = money(
            Money.yuan(given_["parent"]), children, Money.yuan(given_.get("reserved", "0.00"))
        )
        found = {
            "ok": not figures.error,
            "total": str(figures.total),
            "error": figures.error,
            "difference": str(figures.difference),
        }
        assert found == expected
        return
    words = given_["aggregation"] == "confirm"
    parent = Indicator(
        "O1",
        "指标",
        Level1.OUTPUT,
        Level2.QUANTITY,
        Decimal(10),
        kind=Kind.QUALITATIVE if words else Kind.QUANTITATIVE,
        operator=None if words else Operator(given_["operator"]),
        target_value=number(given_.get("parent")),
        aggregation=Aggregation(given_["aggregation"]),
    )
    shares = tuple(share(child, row) for row, child in enumerate(given_["children"]))
    figures_ = add_up(parent, IndicatorParts("O1", shares))
    listed = expected.pop("weaker", expected.pop("missing", None))
    assert shown(figures_) == expected
    if listed is not None:
        assert list(figures_.listed) == listed


def parts(**changed: str) -> tuple[IndicatorParts, ...]:
    """The thirteen regional values; `changed` sets O1 of a town (its code after `t`)."""
    made = []
    for code, row in ROWS.items():
        shares = []
        for town in TOWNS:
            value = (
                number(town[code] if code in ("O1", "O2", "O3") else row["target"])
                if row["operator"]
                else None
            )
            base = number(town["O3_base"]) if code == "O3" else None
            text = "" if row["operator"] else "明显提升"
            shares.append(Share(town["code"], value, base=base, text=text, confirmed=bool(text)))
        if code == "O1":
            shares = [
                replace(s, value=Decimal(changed.get(f"t{s.code}", str(s.value)))) for s in shares
            ]
        reason = "只能在区级统计" if code == "B3" else ""
        made.append(IndicatorParts(code, () if code == "B3" else tuple(shares), reason))
    return tuple(made)


def overall() -> Target:
    root = programme(
        special_fund=False,
        transfer=True,
        allocation_method=AllocationMethod.FACTOR,
        target_level=TargetLevel.OVERALL,
    )
    return passed(root, form(C["indicators_overall"], "12000000.00"))


def test_t15_a_town_mistyped_is_under_allocated_and_nothing_is_stored() -> None:
    made, wrong = overall(), C["decomposition"]["O1_first_attempt"]
    with pytest.raises(UnderAllocated) as refused:
        made.decompose(parts(**{f"t{wrong['town_changed']}": str(wrong["value_filed"])}), NAMES)
    [finding] = refused.value.findings
    assert (refused.value.reason, finding.code) == ("under_allocated", "under_allocated")
    assert wrong["expected"]["total"] in finding.message
    assert wrong["expected"]["slack"] in finding.message
    assert made.parts == ()


def test_t15_the_overall_target_is_decomposed_to_thirteen_towns() -> None:
    made = overall()
    figures, _ = made.decompose(parts(), NAMES)
    for found in figures:
        expected = dict(C["decomposition"].get(found.code, {"ok": True, "error": None}))
        expected.pop("weaker", expected.pop("missing", None))
        assert shown(found) == expected
    pool = money(Money.yuan(C["pool_2025"]), (Money.yuan(town["amount_2025"]) for town in TOWNS))
    assert str(pool.difference) == C["decomposition"]["money"]["difference"]
    set_for = {row.code: row for row in made.values_for("370303001")}
    assert set_for["O1"].target_value == Decimal("23770")
    assert "B3" not in set_for


def test_t15_a_regional_target_is_not_weaker_than_what_was_set_from_above() -> None:
    made = overall()
    made.decompose(parts(), NAMES)
    town = programme(
        special_fund=False,
        transfer=True,
        allocation_method=AllocationMethod.FACTOR,
        target_level=TargetLevel.REGIONAL,
        parent_id=made.programme_id,
    )
    above = made.values_for("370303001")
    weights = {code: Decimal(w) for code, w in C["regional_and_project_weights"].items()}
    rows = tuple(replace(row, weight=weights[row.code]) for row in above)
    regional = TargetForm("区域年度目标。", Money.yuan("808438.12"), rows)
    assert filed(town, regional, set_from_above=above).warnings == ()
    low = replace(rows[1], target_value=Decimal("23769"))
    weaker = replace(regional, indicators=(rows[0], low, *rows[2:]))
    with pytest.raises(FormFaulty) as refused:
        filed(town, weaker, set_from_above=above)
    [finding] = refused.value.findings
    assert (finding.pointer, finding.code) == ("/form/indicators/1/target_value", "child_weaker")


def test_r20_a_town_left_out_of_each_or_a_strange_town_is_found() -> None:
    made = overall()
    given_ = parts()
    short = tuple(replace(p, shares=p.shares[1:]) if p.code == "S1" else p for p in given_)
    with pytest.raises(DecompositionFails) as refused:
        made.decompose(short, NAMES)
    assert [f.code for f in refused.value.findings] == ["child_weaker"]
    with pytest.raises(DecompositionFails):
        made.decompose(given_, NAMES[1:])


def test_t17_r19_project_money_is_the_part_to_the_fen() -> None:
    case = C["project_money_refused"]
    with pytest.raises(MoneyNotEqual) as refused:
        require_equal_money(Money.yuan(case["part"]), map(Money.yuan, case["filed"]))
    assert refused.value.reason == case["expected"]["error"]
    assert refused.value.facts["difference"] == case["expected"]["difference"]
    assert case["expected"]["total"] in refused.value.message


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20), st.integers(-3, 3))
def test_r19_only_the_exact_sum_is_accepted(fen: list[int], off: int) -> None:
    figures = money(Money(sum(fen)), [Money(part) for part in [*fen, off]])
    assert (figures.error is None) == (off == 0)
    assert figures.difference == Money(off)


@given(st.lists(st.decimals(0, 10**6, places=6), min_size=1, max_size=13), st.integers(-1, 1))
def test_r20_sums_are_compared_unrounded(values: list[Decimal], micro: int) -> None:
    wanted = sum(values, Decimal()) + Decimal(micro) / 10**6
    parent = replace(indicator(ROWS["O1"]), target_value=wanted)
    shares = tuple(Share(str(row), value) for row, value in enumerate(values))
    assert add_up(parent, IndicatorParts("O1", shares)).ok == (micro <= 0)
