"""Judges, computed rates, and programme D's key evaluation to its 58.75."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.evaluation.domain.errors import (
    AnswerPending,
    ConsolidatedFunds,
    FormFaulty,
    MarksMissing,
    NotAssigned,
    NothingToDiscuss,
    ObjectionOpen,
    SchemeFrozen,
    TooFewJudges,
)
from jixiao.evaluation.domain.framework import Basis, Scheme, default_indicators, scheme_findings
from jixiao.evaluation.domain.judging import Mark, RateFigures, judge
from jixiao.evaluation.domain.key_evaluation import KeyEvaluation
from jixiao.evaluation.domain.plan import EvaluationKind, EvaluationState, Plan
from jixiao.evaluation.domain.report import DraftReport
from jixiao.measures.score import grade
from jixiao.servicekit.errors import OwnFiling, SecondPerson

from .builders import coordinates, stored
from .figures import number, vectors, working_days, year

D = year()["D"]["key_evaluation"]
JUDGES = ("专家一", "专家二", "专家三", "专家四", "专家五")
SCHEME = Scheme(default_indicators(), JUDGES, "现场核查、资料核查、问卷调查")


@pytest.mark.parametrize("vector", vectors("grading.json", "grade"), ids=lambda v: str(v["id"]))
def test_r11_the_grade_of_each_vector(vector: Any) -> None:
    assert grade(Decimal(vector["input"]["total"])) == vector["expected"]["grade"]


@pytest.mark.parametrize("vector", vectors("grading.json", "judges"), ids=lambda v: str(v["id"]))
def test_r14_the_judges_of_each_vector(vector: Any) -> None:
    weight, marks = Decimal(vector["input"]["weight"]), map(number, vector["input"]["scores"])
    expected = vector["expected"]
    if "error" in expected:
        with pytest.raises(TooFewJudges) as refused:
            judge(weight, list(marks))
        assert refused.value.reason == expected["error"]
        return

    judged = judge(weight, list(marks))

    assert expected == {
        "score": str(judged.score),
        "counted": judged.counted,
        "needs_discussion": judged.needs_discussion,
    }


@given(st.lists(st.decimals(Decimal(0), Decimal(20), places=2), min_size=3, max_size=9))
def test_r14_the_mean_lies_among_the_marks(marks: list[Decimal]) -> None:
    judged = judge(Decimal(20), marks)

    assert min(marks) <= judged.score <= max(marks)
    assert judged.counted == (len(marks) - 2 if len(marks) >= 5 else len(marks))


def test_r15_the_default_framework_is_20_20_30_30() -> None:
    weights: dict[str, Decimal] = {}
    for each in default_indicators():
        weights[each.level1] = weights.get(each.level1, Decimal(0)) + each.weight

    assert {key: int(value) for key, value in weights.items()} == {
        "decision": 20,
        "process": 20,
        "output": 30,
        "benefit": 30,
    }
    assert scheme_findings(SCHEME) == []
    assert scheme_findings(Scheme(default_indicators()[:-1], JUDGES))


def an_evaluation(**plan: bool) -> KeyEvaluation:
    return KeyEvaluation(
        evaluation_id=uuid4(),
        programme_id=uuid4(),
        coordinates=coordinates(line="ZD117"),
        year=2025,
        kind=EvaluationKind.FINANCE_EVALUATION,
        plan=Plan("财己", ("财庚",), "实地核查三个项目，问卷200份。", "区财政局", **plan),
        opened_by="财丁",
    )


def approved() -> KeyEvaluation:
    evaluation = an_evaluation()
    evaluation.opened()
    evaluation.propose_scheme(SCHEME, "财丁")
    evaluation.approve_scheme("财丙")
    return evaluation


def marks_of(place: int) -> list[Mark]:
    """The first-round marks of the judge at `place`; low ones carry the year's comment."""
    rows = {key: row for key, row in D["judged"].items() if key != "effect"}
    return [
        Mark(
            "",
            key.removesuffix("_round_1"),
            1,
            Decimal(row["marks"][place]),
            D["comment_below_60_pct"],
        )
        for key, row in rows.items()
    ]


def scored() -> KeyEvaluation:
    evaluation = approved()
    for place, person in enumerate(JUDGES):
        evaluation.mark(marks_of(place), person)
    return evaluation


def figures_of_d() -> list[RateFigures]:
    cost = D["cost_saving"]
    rates = [
        RateFigures(row["code"], Decimal(row["numerator"]), Decimal(row["denominator"]))
        for row in D["computed"]
    ]
    actual, planned = Decimal(cost["actual_cost"]), Decimal(cost["planned_cost_of_done"])
    return [*rates, RateFigures("cost_saving", actual, planned)]


REPORT = DraftReport("报告正文", tuple(D["main_problems"]), ("按期完成续建。",), "R所")


def revised() -> KeyEvaluation:
    evaluation = scored()
    for person, text in zip(JUDGES, D["judged"]["effect"]["marks"], strict=True):
        evaluation.mark([Mark("", "effect", 2, Decimal(text), "讨论后修改")], person)
    return evaluation


def consulted() -> KeyEvaluation:
    evaluation = revised()
    evaluation.draft_report(figures_of_d(), REPORT, "财己")
    evaluation.consult(date(2026, 6, 17), working_days())
    return evaluation


def test_r14_marks_far_apart_are_revised_once_and_both_rounds_kept() -> None:
    evaluation = scored()

    assert evaluation.to_discuss == ("effect",)
    assert str(evaluation.judged("effect", 1).score) == "7.00"
    with pytest.raises(NothingToDiscuss):
        evaluation.mark([Mark("", "basis", 2, Decimal(4))], JUDGES[0])

    again = revised()
    assert not again.judged("effect").needs_discussion
    assert len([each for each in again.marks if each.code == "effect"]) == 10


def test_t25_t26_programme_d_comes_to_58_75_poor_part_by_part() -> None:
    evaluation = consulted()
    scores = {each.code: str(each.score) for each in evaluation.scores}
    computed = {each.code: each for each in evaluation.computed}

    for row in D["computed"]:
        assert scores[row["code"]] == row["score"]
        assert str(computed[row["code"]].rate_pct) == row["rate_pct"]
    assert scores["cost_saving"] == D["cost_saving"]["score"]
    assert str(computed["cost_saving"].rate_pct) == D["cost_saving"]["overrun_pct"]
    for code, row in D["judged"].items():
        if code != "effect_round_1":
            assert scores[code] == row["expected"]["score"]
    assert (str(evaluation.total), evaluation.grade) == (D["total"], D["grade"])
    assert evaluation.answer_due_on == date(2026, 7, 2)


def test_t26_each_objection_is_answered_before_quality_check_and_end() -> None:
    evaluation = consulted()
    day = date(2026, 7, 6)

    with pytest.raises(AnswerPending):
        evaluation.check_quality("", "财戊", date(2026, 6, 29), passed=True)
    evaluation.answer(["征地滞后属客观原因，建议按已交地里程计算完成率。"], "交通子", day)
    with pytest.raises(ObjectionOpen):
        evaluation.check_quality("", "财戊", day, passed=True)
    evaluation.answer_objection(1, "未按规定调整目标。", "财己", accepted=False)
    for person in ("财己", "专家一", "交通子"):
        with pytest.raises(OwnFiling):
            evaluation.check_quality("", person, day, passed=True)
    evaluation.check_quality("程序完整。", "财戊", day, passed=True)
    with pytest.raises(OwnFiling):
        evaluation.conclude("财戊", day)
    (event,) = evaluation.conclude("财甲", date(2026, 7, 8))

    assert (str(event.total), event.grade, event.evaluator) == ("58.75", "poor", "R所")
    assert evaluation.state is EvaluationState.FINAL
    assert stored(evaluation) == evaluation


def test_d23_a_failed_quality_check_sends_the_report_back_to_its_author() -> None:
    evaluation = consulted()
    evaluation.answer([], "交通子", date(2026, 6, 30))
    evaluation.check_quality("数据来源不清。", "财戊", date(2026, 7, 3), passed=False)

    assert evaluation.state is EvaluationState.SENT_BACK
    evaluation.draft_report(figures_of_d(), REPORT, "财己")
    assert str(evaluation.total) == "58.75"


def test_d23_the_scheme_needs_two_people_and_freezes_with_the_first_mark() -> None:
    evaluation = an_evaluation()
    evaluation.propose_scheme(SCHEME, "财丁")

    with pytest.raises(SecondPerson):
        evaluation.approve_scheme("财丁")
    evaluation.approve_scheme("财丙")
    evaluation.propose_scheme(SCHEME, "财丁")
    evaluation.approve_scheme("财丙")
    assert evaluation.scheme_version == 2
    evaluation.mark(marks_of(0), JUDGES[0])
    with pytest.raises(SchemeFrozen):
        evaluation.propose_scheme(SCHEME, "财丁")


def test_d23_only_named_judges_mark_and_all_of_them_within_the_weights() -> None:
    evaluation = approved()

    with pytest.raises(NotAssigned):
        evaluation.mark(marks_of(0), "财丁")
    wrong = [*marks_of(0)[1:], Mark("", "funds_in_rate", 1, Decimal(1))]
    wrong[0] = Mark("", wrong[0].code, 1, Decimal("3.01"))
    with pytest.raises(FormFaulty) as refused:
        evaluation.mark(wrong, JUDGES[0])
    codes = [each.code for each in refused.value.findings]
    assert codes == ["mark_missing", "mark_outside_weight", "not_judged"]
    evaluation.mark(marks_of(0), JUDGES[0])
    with pytest.raises(MarksMissing):
        evaluation.draft_report(figures_of_d(), REPORT, "财己")


def test_r51_nobody_of_the_evaluated_party_judges_it_or_sits_in_the_group() -> None:
    evaluation = an_evaluation()
    evaluation.involved = ("专家五", "财庚")

    with pytest.raises(FormFaulty) as group:
        evaluation.opened()
    with pytest.raises(FormFaulty) as judges:
        evaluation.propose_scheme(SCHEME, "财丁")

    assert [each.code for each in group.value.findings] == ["member_involved"]
    assert [each.code for each in judges.value.findings] == ["judge_involved"]


def test_r14_recusals_below_three_judges_end_the_scoring() -> None:
    evaluation = scored()
    for person in JUDGES[:3]:
        evaluation.recuse(person)

    with pytest.raises(TooFewJudges):
        evaluation.draft_report(figures_of_d(), REPORT, "财己")
    assert [each.basis for each in SCHEME.of(Basis.COST)] == [Basis.COST]


def test_t28_consolidated_agricultural_funds_are_not_evaluated_by_project() -> None:
    with pytest.raises(ConsolidatedFunds):
        an_evaluation(on_consolidated_funds=True).opened()
