"""Filing, review and release of targets, with the demo year's forms and marks."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.ratio import Operator
from jixiao.measures.score import Grade, grade, round2
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.values import Money
from jixiao.targets.domain.errors import (
    AlreadyReleased,
    BudgetDiffers,
    FormFaulty,
    MarksWrong,
    NoApprovedBudget,
    OnlyFinanceReleases,
    ReleaseOutOfOrder,
    ReviewOutOfOrder,
    TargetUnderReview,
    TransferReviewOutOfOrder,
    WrongState,
)
from jixiao.targets.domain.filing import check
from jixiao.targets.domain.indicator import Level1, Level2
from jixiao.targets.domain.kinds import AllocationMethod, ObjectType, TargetLevel
from jixiao.targets.domain.library import Programme
from jixiao.targets.domain.reviewing import (
    QUESTION_MARKS,
    REVIEW_DIMENSIONS,
    DimensionGrade,
    Opinion,
    QuestionMark,
    Reviewer,
    chain_for,
    overall_grade,
    result_of,
    total_of,
)
from jixiao.targets.domain.target import TargetState

from .builders import (
    AUTUMN,
    FINANCE,
    FIRST,
    act,
    form,
    indicator,
    marks,
    passed,
    programme,
    vectors,
    year,
)
from .builders import target as filed

A = year()["A"]
DEFAULT = marks(year()["default_review"]["questions"])
FIVE = Money.yuan("5880000.00")


def transfer(method: AllocationMethod, level: TargetLevel, *, below: bool = True) -> Programme:
    parent = programme().programme_id if below else None
    return programme(
        special_fund=False,
        transfer=True,
        allocation_method=method,
        target_level=level,
        parent_id=parent,
        territory="370303102",
    )


def codes(found: Any) -> list[str]:
    return [finding.code for finding in found]


@pytest.mark.parametrize("vector", vectors("grading.json", "target_review"), ids=lambda v: v["id"])
def test_r18_marks_come_to_a_grade_and_a_result(vector: Any) -> None:
    given_marks = marks(vector["input"]["questions"]).marks
    total = total_of(given_marks)
    found = {"total": str(round2(total)), "grade": grade(total), "result": result_of(grade(total))}
    assert found == vector["expected"]


@pytest.mark.parametrize("case", [*A["reviews"].values(), year()["default_review"]])
def test_d13_t16_the_demo_years_reviews_come_to_their_results(case: Any) -> None:
    made = filed(programme(), form(A["indicators_v2"]))
    made.review(FIRST, "丑", AUTUMN, marks(case["questions"]))
    review = made.reviews[0]
    found = {"total": str(review.total), "grade": review.grade, "result": review.result}
    assert found == case["expected"]


def test_d12_r3_version_1_is_filed_with_two_warnings_and_version_2_with_none() -> None:
    first = filed(programme(), form(A["indicators_v1"], reason=A["reason_for_weights_v1"]))
    assert codes(first.warnings) == ["weights_off_profile", "input_among_outputs"]
    assert first.warnings[1].pointer == "/form/indicators/3/name"
    assert filed(programme(), form(A["indicators_v2"])).warnings == ()
    with pytest.raises(FormFaulty) as refused:
        filed(programme(), form(A["indicators_v1"]))
    assert codes(refused.value.findings) == ["weights_off_profile"]


def test_r3_every_fault_of_a_form_is_told_at_once_with_its_pointer() -> None:
    rows = [indicator(row) for row in A["indicators_v2"]]
    rows[0] = replace(rows[0], weight=Decimal("-20"), explanation="", unit="%")
    rows[1] = replace(rows[1], target_value=None, name=rows[2].name)
    rows[3] = replace(rows[3], level1=Level1.OUTPUT, level2=Level2.COST_ITEM)
    rows[4] = replace(rows[4], operator=Operator.EQ, unit="天")
    faulty = replace(form(A["indicators_v2"]), indicators=tuple(rows), annual_text=" ")
    found = check(faulty, 2025, programme().filed_for()).errors
    assert {(f.pointer, f.code) for f in found} >= {
        ("/form/annual_text", "text_missing"),
        ("/form/indicators/0/weight", "weight_invalid"),
        ("/form/indicators/0/explanation", "explanation_missing"),
        ("/form/indicators/1/target_value", "target_value_missing"),
        ("/form/indicators/1/name", "name_repeated"),
        ("/form/indicators/2/name", "name_repeated"),
        ("/form/indicators/3/level2", "cost_under_output"),
        ("/form/indicators/4/operator", "timeliness_form"),
        ("/form/indicators", "weights_sum"),
    }


@pytest.mark.parametrize(
    ("one", "other"), [("ＡＢ２率", "ab2率"), ("覆盖率 ", "覆盖率"), ("①级", "1级")]
)
def test_p53_names_that_a_reader_takes_for_one_are_one(one: str, other: str) -> None:
    rows = [indicator(row) for row in A["indicators_v2"]]
    rows[0], rows[1] = replace(rows[0], name=one), replace(rows[1], name=other)
    faulty = replace(form(A["indicators_v2"]), indicators=tuple(rows))
    assert codes(check(faulty, 2025, programme().filed_for()).errors) == ["name_repeated"] * 2


def test_d13_a_returned_target_is_reworked_as_the_next_version() -> None:
    owner = programme()
    first = filed(owner, form(A["indicators_v1"], reason="沿用"))
    with pytest.raises(TargetUnderReview):
        filed(owner, form(A["indicators_v2"]), previous=first)
    first.review(FIRST, "丑", AUTUMN, marks(A["reviews"]["v1_department"]["questions"]))
    assert first.state.value == TargetState.RETURNED.value
    second = filed(owner, form(A["indicators_v2"]), previous=first)
    assert (second.number, second.returns, second.state) == (2, 1, TargetState.SUBMITTED)
    second.review(FIRST, "丑", AUTUMN, marks(A["reviews"]["v2_department"]["questions"]))
    assert second.state.value == TargetState.DEPARTMENT_REVIEWED.value
    second.review(FINANCE, "甲", AUTUMN, marks(A["reviews"]["v2_finance"]["questions"]))
    assert second.state.value == TargetState.PASSED.value
    with pytest.raises(WrongState):
        second.review(FINANCE, "乙", AUTUMN, DEFAULT)


def test_d13_r51_separation_is_by_person_along_the_whole_chain() -> None:
    made = filed(programme(), form(A["indicators_v2"]), person="一")
    with pytest.raises(OwnFiling):
        made.review(FIRST, "一", AUTUMN, DEFAULT)
    made.review(FIRST, "丑", AUTUMN, DEFAULT)
    with pytest.raises(OwnFiling):
        made.review(FINANCE, "丑", AUTUMN, DEFAULT)
    assert len(made.reviews) == 1


def test_a15_t15_t16_finance_cannot_review_a_town_project_before_town_and_department() -> None:
    owner = transfer(AllocationMethod.PROJECT, TargetLevel.PROJECT)
    made = filed(owner, form(A["indicators_v2"]))
    with pytest.raises(TransferReviewOutOfOrder) as refused:
        made.review(FINANCE, "甲", AUTUMN, DEFAULT)
    assert refused.value.article == "T-15(3), T-16"
    district = filed(programme(), form(A["indicators_v2"]))
    with pytest.raises(ReviewOutOfOrder):
        district.review(FINANCE, "甲", AUTUMN, DEFAULT)
    assert made.state.value == TargetState.SUBMITTED.value


def test_t15_every_kind_of_target_has_its_chain() -> None:
    factor, project = AllocationMethod.FACTOR, AllocationMethod.PROJECT
    town = (Reviewer.TOWNSHIP_DEPARTMENT, Reviewer.TOWNSHIP_FINANCE)
    wanted = [
        (programme(), (FIRST, FINANCE)),
        (programme(object_type=ObjectType.DEPARTMENT_OVERALL), (FINANCE,)),
        (transfer(project, TargetLevel.OVERALL, below=False), (FINANCE,)),
        (transfer(factor, TargetLevel.REGIONAL), (town[1], FIRST, FINANCE)),
        (transfer(factor, TargetLevel.PROJECT), town),
        (transfer(project, TargetLevel.PROJECT), (*town, FIRST, FINANCE)),
    ]
    for owner, chain in wanted:
        assert chain_for(owner.filed_for()) == chain


def test_d13_a_poor_target_is_blocked_and_a_pass_can_be_taken_back() -> None:
    made = filed(programme(), form(A["indicators_v2"]))
    made.review(FIRST, "丑", AUTUMN, DEFAULT)
    made.take_back("丑")
    assert made.state.value == TargetState.SUBMITTED.value
    made.review(FIRST, "丑", AUTUMN, marks(dict.fromkeys(QUESTION_MARKS, "5.00")))
    assert made.state.value == TargetState.BLOCKED.value


def test_r18_marks_outside_their_range_are_refused_and_nothing_is_kept() -> None:
    made = filed(programme(), form(A["indicators_v2"]))
    wrong = Opinion("", (QuestionMark("C1", Decimal("10.01")),))
    with pytest.raises(MarksWrong) as refused:
        made.review(FIRST, "丑", AUTUMN, wrong)
    assert codes(refused.value.findings) == ["mark_missing"] * 7 + [
        "mark_out_of_range",
        "opinion_missing",
    ]
    assert made.reviews == ()


@given(st.lists(st.sampled_from(Grade), min_size=4, max_size=4))
def test_r18_a_qualitative_review_is_as_good_as_its_worst_dimension(grades: list[Grade]) -> None:
    order = [Grade.EXCELLENT, Grade.GOOD, Grade.FAIR, Grade.POOR]
    rows = tuple(DimensionGrade(d, g) for d, g in zip(REVIEW_DIMENSIONS, grades, strict=True))
    assert overall_grade(rows) is max(grades, key=order.index)


def test_d14_a_target_is_released_only_with_its_approved_equal_budget() -> None:
    made = passed(programme(), form(A["indicators_v2"]))
    whole = act(FINANCE, "5880000.00")
    with pytest.raises(NoApprovedBudget) as refused:
        made.release(whole, None)
    assert refused.value.article == "D-14"
    with pytest.raises(BudgetDiffers):
        made.release(whole, Money.yuan("5600000.00"))
    with pytest.raises(ReleaseOutOfOrder):
        made.release(act(FIRST, "5880000.00"), FIVE)
    assert made.state.value == TargetState.PASSED.value
    [first] = made.release(whole, FIVE)
    with pytest.raises(AlreadyReleased):
        made.release(whole, FIVE)
    [second] = made.release(act(FIRST, "5880000.00", "3号"), FIVE)
    assert (first.reaches_unit, second.reaches_unit) == (False, True)
    assert made.state.value == TargetState.RELEASED.value


def test_d14_a_passed_target_falls_back_where_the_approved_budget_differs() -> None:
    made = passed(programme(), form(A["indicators_v2"]))
    assert made.match_budget(FIVE) == []
    made.match_budget(Money.yuan("5600000.00"))
    assert made.state.value == TargetState.RETURNED.value


def test_r21_transfers_go_down_from_finance_to_finance_to_the_unit() -> None:
    factor, project = AllocationMethod.FACTOR, AllocationMethod.PROJECT
    town = Reviewer.TOWNSHIP_FINANCE
    road = passed(transfer(project, TargetLevel.PROJECT), form(A["indicators_v2"]))
    with pytest.raises(ReleaseOutOfOrder):
        road.release(act(town, "5880000.00"), FIVE)
    [down] = road.release(act(FINANCE, "5880000.00"), FIVE)
    assert not down.reaches_unit
    with pytest.raises(OnlyFinanceReleases):
        road.release(act(FIRST, "5880000.00"), FIVE)
    [there] = road.release(act(town, "5880000.00"), FIVE)
    assert there.reaches_unit
    clinic = passed(transfer(factor, TargetLevel.PROJECT), form(A["indicators_v2"]))
    [own] = clinic.release(act(town, "5880000.00"), FIVE)
    assert own.reaches_unit
    assert own.day == date(2025, 1, 16)
