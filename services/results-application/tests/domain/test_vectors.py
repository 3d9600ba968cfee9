"""The rule vectors of linkage, governing result, ranking and factor allocation."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jixiao.measures.score import Grade
from jixiao.results.domain.factors import Factor, PerformanceMode, Town, allocate
from jixiao.results.domain.governing import Result, Source, governing_result
from jixiao.results.domain.linkage import Flag, LinkageCase, link
from jixiao.results.domain.ranking import Application, rank
from jixiao.servicekit.errors import Faulty
from jixiao.servicekit.values import Money

ROOT = Path(__file__).parents[4]
# the specification beside the checkout, else our own copy
PLACES = (ROOT.parent / "shared/vectors", ROOT / "tests/vectors")
FOLDER = Path(os.environ.get("JIXIAO_VECTORS") or next(p for p in PLACES if p.is_dir()))


def vectors(kind: str) -> list[Any]:
    """All vectors of a type, each a test of its own."""
    found: list[Any] = []
    for name in ("linkage.json", "factor_allocation.json"):
        found += json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return [pytest.param(v, id=v["id"]) for v in found if v["input"]["type"] == kind]


def money(text: str | None) -> Money | None:
    return None if text is None else Money.yuan(text)


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def linkage_case(given: dict[str, Any]) -> LinkageCase:
    return LinkageCase(
        current_budget=Money.yuan(given["current_budget"]),
        next_request=money(given.get("next_request")),
        is_transfer=given["is_transfer"],
        grade=None if given["grade"] is None else Grade(given["grade"]),
        grade_source=Source(given.get("grade_source", "finance_evaluation")),
        flags=tuple(Flag(flag) for flag in given.get("flags", ())),
        finance_rate=decimal(given.get("finance_rate")),
        rate_reason=given.get("rate_reason", ""),
        merge_into=given.get("merge_into", ""),
        dormant_balance=Money.yuan(given.get("dormant_balance", "0.00")),
    )


@pytest.mark.parametrize("vector", vectors("linkage"))
def test_r29_r33_linkage_as_the_vectors_say(vector: dict[str, Any]) -> None:
    case, expected = linkage_case(vector["input"]), vector["expected"]
    if "error" in expected:
        with pytest.raises(Faulty) as refusal:
            link(case)
        assert refusal.value.reason == expected["error"]
        return
    linkage = link(case)
    if expected.get("no_proposal"):
        assert linkage.no_proposal
        assert linkage.actions == ()
        return
    assert {
        "actions": list(linkage.actions),
        "base": str(linkage.base),
        "rate": str(linkage.rate),
        "cut": str(linkage.cut),
        "proposed_max": str(linkage.proposed_max),
        "take_back": str(linkage.take_back),
    } == expected
    assert {r.action for r in linkage.reasons} == set(linkage.actions)


@pytest.mark.parametrize("vector", vectors("governing_result"))
def test_r29_the_governing_result_as_the_vectors_say(vector: dict[str, Any]) -> None:
    results = [
        Result(r["year"], Source(r["source"]), Decimal(r["score"]))
        for r in vector["input"]["results"]
    ]
    result = governing_result(results)
    assert result is not None
    expected = vector["expected"]
    assert (result.year, result.source, str(result.score), result.grade) == (
        expected["year"],
        expected["source"],
        expected["score"],
        expected["grade"],
    )


@pytest.mark.parametrize("vector", vectors("project_ranking"))
def test_r38_the_ranking_as_the_vectors_say(vector: dict[str, Any]) -> None:
    ranked = rank(
        (
            Application(
                p["code"],
                Money.yuan(p["request"]),
                decimal(p["score"]),
                decimal(p.get("exante_score")),
                p.get("not_filed", False),
            )
            for p in vector["input"]["projects"]
        ),
        Money(),
    )
    assert [r.application.code for r in ranked] == vector["expected"]["order"]


@pytest.mark.parametrize("vector", vectors("factor_allocation"))
def test_t32_r34_r37_the_allocation_as_the_vectors_say(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    factors = tuple(
        Factor(
            f["code"],
            "",
            Decimal(f["weight"]),
            f.get("performance", False),
            f.get("inverse", False),
        )
        for f in given["factors"]
    )
    towns = tuple(
        Town(
            t["code"],
            "",
            {code: Decimal(value) for code, value in t["values"].items()},
            decimal(t["score"]),
            t.get("not_filed", False),
            money(t.get("min")),
            money(t.get("max")),
        )
        for t in given["towns"]
    )
    pool, mode = Money.yuan(given["pool"]), PerformanceMode(given["performance_mode"])
    if "error" in expected:
        with pytest.raises(Faulty) as refusal:
            allocate(pool, mode, factors, towns)
        assert refusal.value.reason == expected["error"]
        assert refusal.value.facts.get("factor") == expected.get("factor")
        return
    amounts = allocate(pool, mode, factors, towns).amounts
    assert {code: str(amount) for code, amount in amounts.items()} == expected["amounts"]
    assert str(Money(sum(a.fen for a in amounts.values()))) == expected["total"]
