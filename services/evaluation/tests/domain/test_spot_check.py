"""The sample, the difference, and a spot check from draw to conclusion."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.evaluation.domain.errors import (
    AnswerPending,
    FormFaulty,
    NobodyFiled,
    NotAssigned,
)
from jixiao.evaluation.domain.risk import RiskFacts, largest_tenth, risk_points
from jixiao.evaluation.domain.sampling import Candidate, draw, sample_size
from jixiao.evaluation.domain.spot_check import DrawnBy, SpotCheck, compare
from jixiao.servicekit.errors import OwnFiling, SecondPerson
from jixiao.servicekit.values import Money

from .builders import CAMPAIGN, a_form, a_self_evaluation, found, stored
from .figures import number, vectors, working_days, year

YEAR = year()
SAMPLE = YEAR["spot_check_sample"]


@pytest.mark.parametrize(
    "vector", vectors("grading.json", "spot_check"), ids=lambda v: str(v["id"])
)
def test_r13_the_difference_of_each_vector(vector: Any) -> None:
    row = vector["input"]

    compared = compare(number(row["self_score"]), Decimal(row["recheck_score"]))

    assert vector["expected"] == {
        "diff": None if compared.diff is None else str(compared.diff),
        "large_difference": compared.large_difference,
        "notice": compared.notice,
        "reasons": list(compared.reasons),
        "governing_grade": compared.governing_grade,
    }


def candidates_of_the_year() -> list[Candidate]:
    """The 20 that filed, with the facts of the storyboard."""
    c_rows = [row for row in YEAR["C"]["projects"]["rows"] if row[14] is not None]
    health = {row[0]: Money.yuan(row[3]) for row in YEAR["C"]["projects"]["rows"]}
    roads = {row["key"]: row for row in YEAR["D"]["projects"]}
    amounts = {key: Money.yuan(row["budget"]) for key, row in roads.items()}
    top = largest_tenth(health) | largest_tenth(amounts) | {"A", "G"}
    facts = {
        "A": RiskFacts(key_fund=True, first_year=True, largest_tenth=True),
        "G": RiskFacts(old_carry_over=True, largest_tenth=True),
        **{
            key: RiskFacts(
                key_fund=True,
                execution_light=row["light_2025_09"]["execution_light"],
                largest_tenth=key in top,
            )
            for key, row in roads.items()
        },
        **{
            row[0]: RiskFacts(
                first_year=True,
                execution_light="yellow" if row[0] == "C-105-1" else "green",
                largest_tenth=row[0] in top,
            )
            for row in c_rows
        },
    }
    money = {"A": Money.yuan("5600000.00"), "G": Money.yuan("9120000.00"), **health, **amounts}
    return [Candidate(key, risk_points(each).total, money[key]) for key, each in facts.items()]


def test_r26_r47_the_years_sample_is_three_by_risk_and_two_by_hash() -> None:
    listed = candidates_of_the_year()
    points = {each.programme_code: each.points for each in listed}

    sample = draw(CAMPAIGN, SAMPLE["required"], listed)

    for code, expected in SAMPLE["points"].items():
        if isinstance(expected, dict):
            assert points[code] == expected["total"], code
    assert len(listed) == SAMPLE["filed"]
    assert sample.size == SAMPLE["size"]
    assert list(sample.by_risk) == SAMPLE["expected_by_risk"]
    assert len(sample.at_random) == SAMPLE["at_random"]


candidates = st.lists(
    st.builds(
        Candidate,
        st.text("ABCDEF", min_size=1, max_size=4),
        st.integers(0, 100),
        st.builds(Money, st.integers(0, 10**9)),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda each: each.programme_code,
)


@given(st.uuids(), candidates, st.integers(0, 40), st.randoms(use_true_random=False))
def test_r47_the_sample_is_the_same_for_anyone_whatever_the_order(
    campaign: UUID, listed: list[Candidate], silent: int, shuffling: Any
) -> None:
    required = len(listed) + silent
    shuffled = list(listed)
    shuffling.shuffle(shuffled)

    first, second = draw(campaign, required, listed), draw(campaign, required, shuffled)

    assert first == second
    drawn = first.by_risk + first.at_random
    assert len(set(drawn)) == len(drawn) == sample_size(required, len(listed))
    assert len(first.by_risk) - len(first.at_random) in {0, 1}


def test_r47_nothing_filed_leaves_nothing_to_draw() -> None:
    with pytest.raises(NobodyFiled):
        draw(CAMPAIGN, 3, [])


def a_spot_check() -> SpotCheck:
    own = a_self_evaluation()
    own.submit(a_form(), "一", date(2026, 2, 6))
    return SpotCheck(
        spot_check_id=uuid4(),
        programme_id=own.programme_id,
        coordinates=own.coordinates,
        year=2025,
        campaign_id=CAMPAIGN,
        self_evaluation_id=own.self_evaluation_id,
        programme_code=own.programme_code,
        programme_name=own.programme_name,
        drawn_by=DrawnBy.RISK,
        risk_points=45,
        indicators=own.indicators,
        funds=own.funds,
        self_actuals=own.actuals,
        self_score=own.score,
        involved=("一", "丑", "财丁"),
    )


def rescored() -> SpotCheck:
    check = a_spot_check()
    check.assign(("财戊", "财己"))
    check.rescore(found(), ("1400名学生为秋季学期新增，误按全年计入。",), "财戊")
    return check


def test_d21_the_recheck_of_a_differs_by_21_06_and_governs() -> None:
    check = rescored()
    days = working_days()

    check.feed_back("财戊", date(2026, 4, 24), days)
    assert check.answer_due_on == date(2026, 5, 12)
    assert str(check.governing_score) == "99.25"
    check.reply("1400名学生为秋季学期新增，误按全年计入。", "一", date(2026, 5, 8))
    (event,) = check.conclude("财甲", date(2026, 5, 13))

    assert (str(event.self_score), str(event.recheck_score)) == ("99.25", "78.19")
    assert (str(event.diff), event.large_difference, event.notice) == ("21.06", True, True)
    assert (event.governing_grade, check.conclusion) == ("fair", "large_difference")
    assert str(check.governing_score) == "78.19"
    assert stored(check) == check


def test_d21_what_is_confirmed_as_filed_differs_by_nothing() -> None:
    check = a_spot_check()
    check.assign(("财戊", "财己"))

    check.rescore(check.self_actuals, (), "财己")

    assert check.difference is not None
    assert (str(check.difference.diff), check.difference.notice) == ("0.00", False)
    assert check.difference.conclusion == "confirmed"


def test_r51_checkers_are_two_people_who_had_no_part_in_it() -> None:
    check = a_spot_check()

    with pytest.raises(SecondPerson):
        check.assign(("财戊", "财戊"))
    with pytest.raises(OwnFiling):
        check.assign(("财戊", "丑"))
    check.assign(("财戊", "财己"))
    with pytest.raises(NotAssigned):
        check.rescore(found(), (), "财甲")


def test_d21_an_indicator_left_out_of_the_recheck_is_refused() -> None:
    check = a_spot_check()
    check.assign(("财戊", "财己"))
    part = found()
    del part["O1"]

    with pytest.raises(FormFaulty) as refused:
        check.rescore(part, (), "财戊")

    assert [each.pointer for each in refused.value.findings] == ["/actuals/O1"]


def test_d21_the_conclusion_waits_for_an_answer_and_is_another_persons() -> None:
    check = rescored()
    check.feed_back("财己", date(2026, 4, 24), working_days())

    with pytest.raises(AnswerPending):
        check.conclude("财甲", date(2026, 5, 12))
    with pytest.raises(OwnFiling):
        check.conclude("财己", date(2026, 5, 13))
    assert len(check.conclude("财甲", date(2026, 5, 13))) == 1
