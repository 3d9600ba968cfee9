"""Filing, lateness, levels and persons of a self-evaluation; the campaign around it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from jixiao.evaluation.domain.campaign import Campaign, CampaignState, DueProgramme, Side
from jixiao.evaluation.domain.errors import (
    FormFaulty,
    ListNotAgreed,
    RoundNotOver,
    TargetNotReleased,
    TownshipFirst,
    WrongState,
    YearNotOver,
)
from jixiao.evaluation.domain.execution import Funds
from jixiao.evaluation.domain.indicator import OverCause
from jixiao.evaluation.domain.self_evaluation import SelfEvaluationState
from jixiao.servicekit.errors import OwnFiling, SecondPerson
from jixiao.servicekit.values import Money

from .builders import CAMPAIGN, a_form, a_self_evaluation, coordinates, stored

DAY = date(2026, 2, 6)


def test_d20_reasons_missing_at_two_indicators_are_refused_together() -> None:
    a = a_self_evaluation()

    with pytest.raises(FormFaulty) as refused:
        a.submit(a_form(reasons=False), "一", DAY)

    pointers = [each.pointer for each in refused.value.findings]
    assert pointers == ["/actuals/B1/reason", "/actuals/B2/reason"]
    assert a.state is SelfEvaluationState.NOT_STARTED


def test_d20_programme_a_files_99_25_and_is_frozen() -> None:
    a = a_self_evaluation()

    (event,) = a.submit(a_form(), "一", DAY)

    assert (str(event.score), event.grade, event.days_late) == ("99.25", "excellent", 0)
    a.prefill(funds=Funds(Money.yuan("1.00"), Money(0)))
    assert str(a.funds.full_year_budget) == "5600000.00"
    with pytest.raises(WrongState):
        a.submit(a_form(), "一", DAY)


def test_d20_nothing_is_filed_before_the_year_is_over_or_without_a_released_target() -> None:
    a = a_self_evaluation()

    with pytest.raises(YearNotOver):
        a.submit(a_form(), "一", date(2025, 12, 31))
    a.indicators = ()
    with pytest.raises(TargetNotReleased):
        a.submit(a_form(), "一", DAY)


def test_r5_a_missing_execution_figure_and_a_differing_one_are_refused() -> None:
    a = a_self_evaluation()
    a.prefill(funds=Funds(a.funds.full_year_budget, None))

    with pytest.raises(FormFaulty) as refused:
        a.submit(a_form(), "一", DAY)
    codes = {each.code for each in refused.value.findings}
    assert codes == {"executed_missing", "reason_missing"}

    own = replace(a_form(), executed=Money.yuan("5432000.00"))
    assert [str(each.score) for each in a.submit(own, "一", DAY)] == ["99.25"]
    known = a_self_evaluation()
    with pytest.raises(FormFaulty) as differs:
        known.submit(replace(own, executed=Money.yuan("5432000.01")), "一", DAY)
    assert [each.code for each in differs.value.findings] == ["figure_differs"]


def test_r3_weights_that_do_not_sum_to_90_are_found_before_anything_is_scored() -> None:
    a = a_self_evaluation()
    a.indicators = (replace(a.indicators[0], weight=Decimal("30.00")), *a.indicators[1:])

    score, found = a.preview(a_form())

    assert score is None
    assert [each.code for each in found] == ["weights_not_90"]


def test_r39_r52_the_clock_makes_it_overdue_and_filing_stays_open_marked_late() -> None:
    a = a_self_evaluation()

    assert a.turn_day(date(2026, 2, 28)) == []
    assert len(a.turn_day(date(2026, 3, 1))) == 1
    assert a.turn_day(date(2026, 3, 2)) == []
    (event,) = a.submit(a_form(), "一", date(2026, 3, 5))

    assert (event.days_late, a.state) == (5, SelfEvaluationState.SUBMITTED)


def test_t23_a_transfer_goes_township_then_department_then_finance() -> None:
    a = a_self_evaluation(is_transfer=True)
    a.submit(a_form(), "一", DAY)

    with pytest.raises(TownshipFirst):
        a.accept_by_department("局丑", DAY)
    a.accept_by_township("办丑", DAY)
    a.accept_by_department("局丑", DAY)
    a.receive("财丁", DAY)

    assert a.state is SelfEvaluationState.FINANCE_RECEIVED


def test_r51_nobody_accepts_or_returns_what_they_filed_or_accepted() -> None:
    a = a_self_evaluation()
    a.submit(a_form(), "一", DAY)

    for act in (lambda: a.accept_by_department("一", DAY), lambda: a.send_back("请改", "一")):
        with pytest.raises(OwnFiling):
            act()
    a.accept_by_department("丑", DAY)
    with pytest.raises(OwnFiling):
        a.receive("丑", DAY)


def test_d20_a_return_opens_it_again_with_its_content() -> None:
    a = a_self_evaluation()
    a.submit(a_form(), "一", DAY)

    (event,) = a.send_back("请补充佐证材料。", "丑")

    assert (event.opinion, a.filed, a.actuals["B2"].actual_value) == (
        "请补充佐证材料。",
        False,
        Decimal(98),
    )
    a.submit(a_form(), "一", DAY)


def test_r7_a_reviewer_sets_the_cause_and_both_scores_stay() -> None:
    a = a_self_evaluation()
    high = a_form()
    over = replace(
        high.actuals["O1"],
        actual_value=Decimal(8000),
        over_cause=OverCause.EXTRA_EFFORT,
        reason="学校自行扩大了供餐范围，下年按学籍核定。",
    )
    a.submit(replace(high, actuals={**high.actuals, "O1": over}), "一", DAY)

    (event,) = a.accept_by_department("丑", DAY, {"O1": OverCause.TARGET_TOO_LOW})

    assert a.filed_score is not None
    assert str(a.filed_score.total) == "99.25"
    # o = 2400/5600 = 0.428…; factor 1 − 0.128… = 0.871…; 15 × 0.871… = 13.07
    assert str(event.score) == "97.32"


def test_d20_a_filed_self_evaluation_survives_being_stored() -> None:
    a = a_self_evaluation()
    a.submit(a_form(), "一", DAY)

    assert stored(a) == a


def a_campaign() -> Campaign:
    campaign = Campaign(
        CAMPAIGN, coordinates(), 2025, date(2026, 2, 28), date(2026, 3, 10), date(2026, 3, 31)
    )
    for line, transfer in (("ZD103", False), ("ZD104", True), ("ZD117", True)):
        where = coordinates(line=line)
        campaign.list_programmes(line, (DueProgramme(uuid4(), line, line, where, transfer),))
    return campaign


def test_d20_2_the_list_is_agreed_by_department_and_finance_before_it_is_announced() -> None:
    campaign = a_campaign()

    campaign.agree_list("ZD104", Side.DEPARTMENT, "卫健子", DAY)
    with pytest.raises(SecondPerson):
        campaign.agree_list("ZD104", Side.FINANCE, "卫健子", DAY)
    campaign.agree_list("ZD104", Side.FINANCE, "财丁", DAY)
    campaign.agree_list("ZD117", Side.DEPARTMENT, "交通子", DAY)
    with pytest.raises(ListNotAgreed, match="LIST_NOT_AGREED") as refused:
        campaign.announce("财丁", DAY)
    assert "ZD117" in refused.value.message
    campaign.agree_list("ZD117", Side.FINANCE, "财丁", DAY)
    (event,) = campaign.announce("财丁", DAY)

    assert len(event.programme_ids) == 3
    assert campaign.state is CampaignState.ANNOUNCED


def test_d20_2_a_changed_list_must_be_signed_again() -> None:
    campaign = a_campaign()
    campaign.agree_list("ZD104", Side.DEPARTMENT, "卫健子", DAY)

    campaign.list_programmes("ZD104", campaign.programmes)

    assert campaign.signatures == ()
    assert campaign.required == 3


def test_t24_the_close_comes_after_the_last_due_date_and_names_who_did_not_file() -> None:
    campaign = a_campaign()
    for line in ("ZD104", "ZD117"):
        campaign.agree_list(line, Side.DEPARTMENT, f"{line}子", DAY)
        campaign.agree_list(line, Side.FINANCE, "财丁", DAY)
    campaign.announce("财丁", DAY)
    campaign.start()
    silent, *filed = (each.programme_id for each in campaign.programmes)

    with pytest.raises(RoundNotOver):
        campaign.close(frozenset(filed), "期限届满", "财丁", date(2026, 3, 31))
    (event,) = campaign.close(frozenset(filed), "期限届满", "财丁", date(2026, 4, 2))

    assert event.not_filed_programme_ids == (silent,)
    assert campaign.state is CampaignState.CLOSED
