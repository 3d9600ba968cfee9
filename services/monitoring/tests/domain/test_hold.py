"""Findings, the payment hold, queued rows, rounds and the key list."""

import json
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.ratio import Operator
from jixiao.monitoring.domain.errors import (
    FiguresLocked,
    HoldOpen,
    NoGround,
    OnlyFinance,
    ReasonMissing,
    RectificationNotAccepted,
    StopNotAllowed,
    WrongState,
)
from jixiao.monitoring.domain.execution import (
    ExecutionLedger,
    QueuedRow,
    QueueState,
    TreasuryRow,
    known_rows,
)
from jixiao.monitoring.domain.finding import (
    Finding,
    FindingState,
    RectificationStanding,
    Severity,
)
from jixiao.monitoring.domain.hold import (
    Change,
    Exemption,
    Ground,
    HoldState,
    PaymentHold,
    Verdict,
    may_pay,
)
from jixiao.monitoring.domain.key_monitoring import (
    KeyEntry,
    KeyMonitoringList,
    KeyMonitoringReport,
    LeftOut,
    ListGround,
    Suggestion,
)
from jixiao.monitoring.domain.lights import Light, Progress, Reading, assess, indicator_light, worst
from jixiao.monitoring.domain.round import Expected, MonitoringRound, RoundState, report_due
from jixiao.servicekit.errors import SecondPerson
from jixiao.servicekit.records import converter
from jixiao.servicekit.values import Coordinates, Money

AT = Coordinates("370303", "ZD103", "资助中心")
SERIOUS = Ground(uuid4(), Severity.SERIOUS)


def hold(ground: Ground = SERIOUS, **given: object) -> PaymentHold:
    made = PaymentHold(
        uuid4(),
        uuid4(),
        AT,
        2025,
        ground,
        "张财绩〔2025〕18号",
        date(2025, 8, 11),
        "财政局·乙",
        date(2025, 8, 11),
    )
    for name, value in given.items():
        setattr(made, name, value)
    return made


def answer(held: PaymentHold | None, day: date, paid: Money | None = None) -> Verdict:
    return may_pay(held, day, programme_known=True, paid_since=paid or Money()).verdict


def test_d18_r27_the_hold_of_august_from_proposal_to_resumption() -> None:
    held = hold()
    assert answer(None, date(2025, 8, 6)) is Verdict.ALLOW
    (proposed,) = held.propose(district_finance=True)
    assert "deny(suspended, 张财绩〔2025〕18号, D-18)" in proposed.answer
    with pytest.raises(SecondPerson):
        held.decide(person="财政局·乙", day=date(2025, 8, 11))
    assert answer(held, date(2025, 8, 11)) is Verdict.ALLOW
    held.decide(person="财政局·丙", day=date(2025, 8, 12))
    told = may_pay(held, date(2025, 8, 13), programme_known=True, paid_since=Money())
    assert (told.verdict, told.state, told.document_number, told.article) == (
        Verdict.DENY,
        HoldState.SUSPENDED,
        "张财绩〔2025〕18号",
        "D-18",
    )
    lift = (Change.LIFT, "张财绩〔2025〕20号")
    with pytest.raises(RectificationNotAccepted):
        held.propose_change(*lift, person="财政局·乙", day=date(2025, 8, 14))
    held.note_rectified(date(2025, 8, 26))
    held.propose_change(*lift, person="财政局·乙", day=date(2025, 8, 27))
    with pytest.raises(SecondPerson):
        held.confirm_change(person="财政局·乙", day=date(2025, 8, 28))
    held.confirm_change(person="财政局·丙", day=date(2025, 8, 28))
    assert held.state is HoldState.LIFTED
    assert answer(held, date(2025, 8, 29)) is Verdict.ALLOW


def test_d18_r27_a_hold_needs_its_ground_and_finance() -> None:
    major = Ground(uuid4(), Severity.MAJOR, RectificationStanding.RUNNING)
    with pytest.raises(NoGround):
        hold(major).propose(district_finance=True)
    failed = Ground(uuid4(), Severity.MAJOR, RectificationStanding.FAILED)
    assert hold(failed).propose(district_finance=True)
    with pytest.raises(OnlyFinance):
        hold().propose(district_finance=False)
    with pytest.raises(HoldOpen):
        hold().propose(district_finance=True, open_hold=True)
    with pytest.raises(StopNotAllowed):
        hold(stop_at_once=True).propose(district_finance=True)
    unknown = may_pay(None, date(2025, 8, 6), programme_known=False, paid_since=Money())
    assert unknown.verdict is Verdict.NOT_FOUND


def test_r27_wages_are_held_only_by_a_second_confirmation() -> None:
    held = hold(exemption=Exemption.WAGES)
    assert held.decide(person="丙", day=date(2025, 8, 12)) == []
    assert not held.decided_by
    with pytest.raises(SecondPerson):
        held.decide(person="丙", day=date(2025, 8, 12))
    held.decide(person="甲", day=date(2025, 8, 12))
    assert held.state is HoldState.SUSPENDED


def test_r27_a_cap_leaves_what_is_left_and_a_stop_comes_after_a_suspension() -> None:
    held = hold(cap=Money(1000))
    with pytest.raises(WrongState):
        held.propose_change(Change.STOP, "文号", person="乙", day=date(2025, 8, 12))
    held.decide(person="丙", day=date(2025, 8, 12))
    told = may_pay(held, date(2025, 8, 13), programme_known=True, paid_since=Money(400))
    assert (told.verdict, told.limit) == (Verdict.ALLOW_UP_TO, Money(600))
    held.propose_change(Change.STOP, "张财绩〔2025〕19号", person="乙", day=date(2025, 8, 13))
    held.confirm_change(person="丙", day=date(2025, 8, 14))
    assert (held.state, held.would_answer.document_number) == (
        HoldState.STOPPED,
        "张财绩〔2025〕19号",
    )


@given(st.lists(st.sampled_from(["decide", "lift", "stop", "confirm", "rectified"]), max_size=10))
def test_d18_no_order_of_acts_lifts_a_hold_before_its_rectification(acts: list[str]) -> None:
    held, rectified, day = hold(), False, date(2025, 8, 12)
    for step, act in enumerate(acts):
        try:
            if act == "decide":
                held.decide(person="丙", day=day)
            elif act == "rectified":
                held.note_rectified(day)
                rectified = True
            elif act == "confirm":
                held.confirm_change(person=f"丙{step}", day=day)
            else:
                held.propose_change(Change(act), "文号", person="乙", day=day)
        except (WrongState, RectificationNotAccepted, SecondPerson):
            continue
    assert rectified or held.state is not HoldState.LIFTED
    assert held.state is not HoldState.STOPPED or held.decided_by


def test_d18_a_serious_finding_is_district_finances_and_closes_with_its_rectification() -> None:
    found = Finding(
        uuid4(),
        uuid4(),
        AT,
        2025,
        Severity.SERIOUS,
        "虚增280人",
        Money.yuan("140000.00"),
        "财政局·丁",
        date(2025, 8, 8),
    )
    with pytest.raises(OnlyFinance):
        found.open(district_finance=False)
    found.open(district_finance=True)
    rectification = uuid4()
    found.note_order(rectification, "张财绩〔2025〕17号")
    with pytest.raises(RectificationNotAccepted):
        found.close(person="丁", day=date(2025, 8, 20))
    found.note_rectified(rectification, date(2025, 8, 26))
    assert found.state is FindingState.CLOSED


def test_d16_an_unknown_code_waits_and_is_withdrawn_with_its_fate() -> None:
    day = date(2025, 3, 31)
    rows = [
        TreasuryRow("A", day, 2025, Money.yuan("352800.00")),
        TreasuryRow("ZD103-U999-2025-0007", day, 2025, Money.yuan("18600.00")),
    ]
    known, unknown = known_rows(rows, {"A"})
    assert ([r.code for r in known], len(unknown)) == (["A"], 1)
    queued = QueuedRow(uuid4(), AT, 2025, unknown[0], "2025-04-08")
    assert queued.queue()[0].code == "ZD103-U999-2025-0007"
    queued.withdraw("某学校基本支出，非本系统项目", day=date(2025, 5, 8))
    assert (queued.state, queued.fate != "") == (QueueState.WITHDRAWN, True)
    with pytest.raises(WrongState):
        queued.apply(day=date(2025, 5, 9))


def test_d16_a_locked_figure_is_only_corrected_above_five_per_cent_by_two() -> None:
    ledger, day = ExecutionLedger(uuid4(), uuid4(), AT, 2025, "A"), date(2025, 7, 31)
    ledger.record(TreasuryRow("A", day, 2025, Money(1000)), batch="b")
    ledger.lock(day)
    with pytest.raises(FiguresLocked):
        ledger.record(TreasuryRow("A", day, 2025, Money(1001)), batch="c")
    small = TreasuryRow("A", day, 2025, Money(1050))
    assert ledger.correct(small, person="丁", reason="退款", document="d")[0].revision == 2
    large = TreasuryRow("A", day, 2025, Money(2000))
    assert ledger.correct(large, person="丁", reason="漏记", document="e") == []
    assert ledger.executed_at(day) == Money(1050)
    with pytest.raises(SecondPerson):
        ledger.confirm_correction(person="丁")
    ledger.confirm_correction(person="丙")
    assert ledger.executed_at(day) == Money(2000)


def test_r52_a_round_with_gaps_closes_only_with_a_reason_and_by_finance() -> None:
    due = report_due(date(2025, 9, 30))
    assert due == date(2025, 10, 10)
    rounds = MonitoringRound(uuid4(), AT, 2025, "三季度", date(2025, 9, 30), due)
    with pytest.raises(OnlyFinance):
        rounds.open((), person="丑", day=date(2025, 9, 26), district_finance=False)
    expected = (Expected(uuid4(), "甲", AT),)
    rounds.open(expected, person="丁", day=date(2025, 9, 26), district_finance=True)
    close = {"person": "丁", "day": date(2025, 10, 15)}
    with pytest.raises(ReasonMissing):
        rounds.close(set(), **close, district_finance=True)  # type: ignore[arg-type]
    (closed,) = rounds.close(
        set(), person="丁", day=date(2025, 10, 15), district_finance=True, reason="催报未果"
    )
    assert closed.missing == (expected[0].programme_id,)
    rounds.reopen("补报", district_finance=True)
    assert rounds.state is RoundState.OPEN


def test_d18_t21_a_suggested_programme_is_left_out_only_with_a_reason() -> None:
    listing = KeyMonitoringList(uuid4(), AT, 2025)
    a, d, other = Suggestion(uuid4(), 45), uuid4(), Suggestion(uuid4(), 40)
    entries = (
        KeyEntry(a.programme_id, ListGround.SUGGESTED, 45),
        KeyEntry(d, ListGround.GOVERNMENT, document_number="张政办字〔2025〕3号"),
    )
    day = date(2025, 2, 10)
    with pytest.raises(ReasonMissing):
        listing.choose((a, other), entries, person="丁", day=day)
    excused = (LeftOut(other.programme_id, "审计正在进行"),)
    assert len(listing.choose((a, other), entries, excused, person="丁", day=day)) == 2
    assert listing.watches(d)
    report = KeyMonitoringReport(uuid4(), d, AT, 2025, "丁", day, "开工滞后", "继续跟踪")
    with pytest.raises(WrongState):
        report.feed_back(day=day)
    report.report_up(day=day)
    report.feed_back(day=day)


ORDER = [Light.NONE, Light.GREEN, Light.YELLOW, Light.RED]


@given(st.integers(1, 12), st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_r23_more_money_spent_within_the_budget_never_worsens_the_light(
    months: int, budget: int, spent: int, more: int
) -> None:
    spent, more = sorted((min(spent, budget), min(more, budget)))
    lights = [
        assess(Progress(months, Money(budget), Money(executed))).programme_light
        for executed in (spent, more)
    ]
    assert ORDER.index(lights[1]) <= ORDER.index(lights[0])


@given(st.integers(0, 100), st.integers(1, 1000), st.integers(0, 1200), st.integers(0, 1200))
def test_r24_more_done_never_worsens_a_growing_indicator(
    time: int, target: int, one: int, other: int
) -> None:
    low, high = (
        indicator_light(
            Reading("O1", Operator.GE, Decimal(target), actual=Decimal(actual), cumulative=True),
            Decimal(time),
        )
        for actual in sorted((one, other))
    )
    assert ORDER.index(high) <= ORDER.index(low)
    assert low in ORDER[1:]


@given(st.lists(st.sampled_from(Light)))
def test_r24_the_programme_light_is_the_worst_of_all(lights: list[Light]) -> None:
    assert all(ORDER.index(light) <= ORDER.index(worst(lights)) for light in lights)


def test_p1_every_aggregate_is_stored_and_read_back_whole() -> None:
    held = hold(cap=Money(1000))
    held.decide(person="丙", day=date(2025, 8, 12))
    held.propose_change(Change.STOP, "文号", person="乙", day=date(2025, 8, 13))
    ledger = ExecutionLedger(uuid4(), uuid4(), AT, 2025, "A")
    ledger.record(TreasuryRow("A", date(2025, 7, 31), 2025, Money(1000)), batch="b")
    queued = QueuedRow(uuid4(), AT, 2025, TreasuryRow("X", date(2025, 3, 31), 2025, Money(1)), "b")
    rounds = MonitoringRound(uuid4(), AT, 2025, "年中", date(2025, 7, 31), date(2025, 8, 31))
    rounds.open((Expected(uuid4(), "甲", AT),), person="丁", day=date(2025, 7, 28),
                district_finance=True)  # fmt: skip
    for stored in (held, ledger, queued, rounds):
        document = converter.unstructure(stored)
        assert converter.structure(json.loads(json.dumps(document)), type(stored)) == stored
        assert stored.state
