"""Ex-ante assessment against the vectors and the demo year."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from jixiao.measures.score import grade, round2
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.values import Money
from jixiao.targets.domain.assessment import (
    ApplicationState,
    Conclusion,
    Dimension,
    ExanteApplication,
    suggest,
)
from jixiao.targets.domain.errors import (
    AssessmentIncomplete,
    PartAmountWrong,
    SupportOfPoor,
    WrongState,
)

from .builders import application, assessment, flat, programme, vectors, year

DAY = date(2024, 10, 11)


@pytest.mark.parametrize("vector", vectors("grading.json", "exante"), ids=lambda v: v["id"])
def test_r16_the_suggested_conclusion_follows_the_table(vector: Any) -> None:
    given = {Dimension(k): Decimal(v) for k, v in vector["input"]["dimensions"].items()}
    total = sum(given.values())
    found = {
        "total": str(round2(total)),
        "grade": grade(round2(total)),
        "suggested": suggest(given),
    }
    assert found == vector["expected"]


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (year()["A"]["exante"]["questions"], year()["A"]["exante"]["expected"]),
        (year()["C"]["exante"]["questions"], year()["C"]["exante"]["expected"]),
        *(
            (
                year()["B"][f"{who}_assessment"]["questions"],
                year()["B"][f"{who}_assessment"]["expected"],
            )
            for who in ("department", "independent")
        ),
    ],
)
def test_d8_t10_the_demo_years_assessments_come_to_their_totals(
    questions: Any, expected: Any
) -> None:
    table = assessment(questions)
    assert {k: str(v) for k, v in table.dimensions.items()} == expected["dimensions"]
    found = (str(table.total), table.grade, table.suggested)
    assert found == (expected["total"], expected["grade"], expected["suggested"])


def test_d10_t12_the_independent_assessment_governs_and_poor_is_never_supported() -> None:
    b = year()["B"]
    asked = application(
        programme(), assessment(b["department_assessment"]["questions"]), "4800000.00"
    )
    asked.order_independent_review(uuid4())
    with pytest.raises(WrongState):  # the third party has not answered
        asked.decide("甲", DAY, Conclusion.SUPPORT, "同意", None)
    asked.assess_independently("P", assessment(b["independent_assessment"]["questions"]))
    with pytest.raises(SupportOfPoor) as refused:
        asked.decide("甲", DAY, Conclusion.SUPPORT, "同意", None)
    assert refused.value.article == "D-10"
    assert "54.50" in refused.value.message
    assert asked.state.value == ApplicationState.INDEPENDENT_REVIEW.value
    asked.decide("甲", DAY, Conclusion.NOT_SUPPORT, "不同意", None)
    assert asked.state.value == ApplicationState.DECIDED.value


def test_r51_neither_filer_nor_assessor_decides_and_a_part_lies_below_the_request() -> None:
    asked = application(programme(), flat("4.50"))
    with pytest.raises(OwnFiling):
        asked.decide("子", DAY, Conclusion.SUPPORT, "同意", None)
    with pytest.raises(PartAmountWrong):
        asked.decide("甲", DAY, Conclusion.PARTLY_SUPPORT, "部分", asked.requested)
    asked.decide("甲", DAY, Conclusion.PARTLY_SUPPORT, "部分", Money.yuan("1.00"))
    assert asked.amount == Money.yuan("1.00")


def test_d9_an_investment_project_files_all_its_proofs() -> None:
    owner = programme()
    asked = ExanteApplication(
        uuid4(), owner.programme_id, owner.coordinates, 2025, is_investment=True
    )
    with pytest.raises(AssessmentIncomplete) as refused:
        asked.submit("子", DAY, Money.yuan("1.00"), flat("4.50"), "")
    assert [f.code for f in refused.value.findings] == ["report_missing"] + ["proof_missing"] * 7
    assert asked.state.value == ApplicationState.DRAFT.value


def test_d9_a_decision_lapses_when_outgrown_by_more_than_30_per_cent_or_unused_for_2_years() -> (
    None
):
    asked = application(programme(), flat("4.50"), "100.00")
    asked.decide("甲", DAY, Conclusion.SUPPORT, "同意", None)
    assert not asked.lapse(DAY, Money.yuan("130.00"), used=False)
    assert not asked.lapse(date(2026, 10, 11), Money.yuan("100.00"), used=False)
    assert asked.lapse(date(2026, 10, 12), Money.yuan("100.00"), used=False)
    assert asked.state.value == ApplicationState.LAPSED.value
