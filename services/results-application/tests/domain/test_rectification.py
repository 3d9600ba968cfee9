"""Rectification orders, notices, interviews, the register of responsibility."""

import json
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.days import WorkingDays
from jixiao.results.domain.errors import (
    ExtensionUsed,
    Incomplete,
    NotAddressee,
    NotIssuer,
    NotNamed,
    WrongState,
)
from jixiao.results.domain.notice import (
    Commitment,
    Interview,
    Interviewee,
    Notice,
    NoticeEntry,
    NoticeReason,
)
from jixiao.results.domain.rectification import (
    CheckResult,
    Problem,
    RectificationOrder,
    RectificationReport,
    RectificationSource,
    RectificationState,
)
from jixiao.results.domain.responsibility import (
    Outcome,
    ResponsibilityRegister,
    ResponsibilityRole,
)
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.records import converter
from jixiao.servicekit.values import Coordinates

AT = Coordinates("370303", "ZD103", "资助中心")
WEEKDAYS = WorkingDays()


def order(
    day: date = date(2025, 8, 8), source: RectificationSource = RectificationSource.MONITORING
) -> RectificationOrder:
    ordered = RectificationOrder(
        uuid4(),
        uuid4(),
        AT,
        2025,
        "张财绩〔2025〕17号",
        source,
        (Problem("虚增280人", "追回、按学籍核准、逐校对账"),),
        issuer="财政局·丁",
        issuing_office="区财政局",
        addressee="资助中心",
        ordered_on=day,
        term_days=RectificationOrder.default_term(source),
        finding_id=uuid4(),
    )
    ordered.order()
    return ordered


def answer(day: date) -> RectificationReport:
    return RectificationReport("资助中心·一", day, "已追回140,000.00元", "按5600人逐校核准")


def test_d25_r28_the_order_of_august_is_received_reported_and_accepted() -> None:
    august = order()
    (received,) = august.receive(person="资助中心·一", unit="资助中心", day=date(2025, 8, 11))
    assert received.due_on == date(2025, 8, 26)
    (reported,) = august.report(answer(date(2025, 8, 22)), unit="资助中心")
    assert (reported.days_late, reported.check_due_on) == (0, date(2025, 9, 6))
    with pytest.raises(OwnFiling):
        august.check(
            CheckResult.PASSED, "", person="财政局·丁", office="区财政局", day=date(2025, 8, 26)
        )
    with pytest.raises(NotIssuer):
        august.check(CheckResult.PASSED, "", person="戊", office="教体局", day=date(2025, 8, 26))
    (accepted,) = august.check(
        CheckResult.PASSED, "通过", person="财政局·戊", office="区财政局", day=date(2025, 8, 26)
    )
    assert accepted.finding_id == august.finding_id
    assert august.state is RectificationState.ACCEPTED


def test_r28_after_a_spot_check_thirty_days_are_not_moved_for_a_sunday() -> None:
    spring = order(date(2026, 5, 21), RectificationSource.SPOT_CHECK)
    with pytest.raises(NotAddressee):
        spring.receive(person="一", unit="水利中心", day=date(2026, 5, 22))
    spring.receive(person="一", unit="资助中心", day=date(2026, 5, 22))
    assert spring.due_on == date(2026, 6, 21)
    assert spring.turn_day(date(2026, 6, 21), WEEKDAYS) == []
    for day, expected in (
        (date(2026, 6, 22), RectificationState.OVERDUE),
        (date(2026, 7, 6), RectificationState.OVERDUE),
        (date(2026, 7, 7), RectificationState.ESCALATED),
    ):
        spring.turn_day(day, WEEKDAYS)
        assert spring.state is expected
    (late,) = spring.report(answer(date(2026, 7, 8)), unit="资助中心")
    assert late.days_late == 17


def test_r28_not_signed_for_it_is_deemed_received_after_five_working_days() -> None:
    silent = order()  # a Friday
    assert silent.turn_day(date(2025, 8, 15), WEEKDAYS) == []
    silent.turn_day(date(2025, 8, 16), WEEKDAYS)
    assert (silent.received_on, silent.received_deemed) == (date(2025, 8, 15), True)
    with pytest.raises(WrongState):
        silent.receive(person="一", unit="资助中心", day=date(2025, 8, 18))


def test_d25_a_second_failed_check_escalates_and_one_extension_is_all() -> None:
    twice = order()
    twice.receive(person="一", unit="资助中心", day=date(2025, 8, 11))
    twice.extend(10, "对账量大", office="区财政局", day=date(2025, 8, 20))
    with pytest.raises(ExtensionUsed):
        twice.extend(5, "再延", office="区财政局", day=date(2025, 8, 21))
    for expected in (RectificationState.REJECTED, RectificationState.ESCALATED):
        twice.report(answer(date(2025, 9, 1)), unit="资助中心")
        twice.check(
            CheckResult.PARTLY, "未逐校", person="戊", office="区财政局", day=date(2025, 9, 2)
        )
        assert twice.state is expected
        assert twice.failed_or_overdue
    twice.report(answer(date(2025, 10, 1)), unit="资助中心")
    twice.check(CheckResult.PASSED, "", person="戊", office="区财政局", day=date(2025, 10, 2))
    assert twice.state is RectificationState.ACCEPTED


def test_t33_a_transfers_report_goes_in_writing_to_finance() -> None:
    town = order()
    town.is_transfer, town.issued_by_finance = True, False
    town.receive(person="一", unit="资助中心", day=date(2025, 8, 11))
    with pytest.raises(Incomplete) as refusal:
        town.report(answer(date(2025, 8, 22)), unit="资助中心")
    assert refusal.value.findings[0].code == "T-33"


@given(st.lists(st.integers(0, 40), max_size=12))
def test_r28_the_clock_never_acts_twice_on_the_same_day(steps: list[int]) -> None:
    clocked, day, seen = order(), date(2025, 8, 8), []
    for step in steps:
        day += timedelta(days=step)
        seen += clocked.turn_day(day, WEEKDAYS)
        assert clocked.turn_day(day, WEEKDAYS) == []
    assert len({type(event) for event in seen}) == len(seen)


def notice(*entries: NoticeEntry, number: str = "张财绩〔2026〕8号") -> Notice:
    return Notice(
        uuid4(),
        AT,
        2025,
        number,
        "自评与复核差异较大",
        "限期整改",
        entries,
        ("区教育和体育局",),
        publish=False,
        issued_by="财政局·丙",
        issued_on=date(2026, 5, 20),
    )


def test_d21_t24_the_notice_shows_both_scores_and_the_rule() -> None:
    entry = NoticeEntry(
        uuid4(),
        "义务教育学生营养改善计划专项资金",
        "区教育和体育局",
        NoticeReason.LARGE_DIFFERENCE,
        Decimal("99.25"),
        Decimal("78.19"),
    )
    assert entry.difference == Decimal("21.06")
    (issued,) = notice(entry).issue()
    assert issued.programme_ids == (entry.programme_id,)
    bare = NoticeEntry(uuid4(), "甲", "乙", NoticeReason.LARGE_DIFFERENCE, Decimal("99.25"))
    with pytest.raises(Incomplete) as refusal:
        notice(bare, number="").issue()
    assert len(refusal.value.findings) == 2


def test_r48_an_interview_needs_two_and_its_commitments_become_rectifications() -> None:
    commitment = Commitment(uuid4(), "2026年8月底前完工", date(2026, 8, 31))
    interview = Interview(
        uuid4(),
        uuid4(),
        AT,
        2025,
        date(2026, 7, 17),
        "区财政局",
        ("财政局·丙", "财政局·丁"),
        "交通局·子",
        "项目责任人",
        Interviewee.RESPONSIBLE_PERSON,
        of_department_overall=False,
        reason="重点评价为差",
        points="征地协调、倒排工期",
        commitments=(commitment,),
        signed=True,
    )
    (recorded,) = interview.record()
    assert recorded.order_ids == (commitment.order_id,)
    assert interview.problems()[commitment.order_id].requirement == commitment.text
    interview.interviewers = ("财政局·丙", "财政局·丙")
    interview.signed = False
    with pytest.raises(Incomplete) as refusal:
        interview.record()
    assert [f.pointer for f in refusal.value.findings] == ["/interviewers", "/signed"]


def test_d29_r44_responsibility_follows_the_person_for_life() -> None:
    register = ResponsibilityRegister(uuid4(), uuid4(), AT, 2025, is_major=True)
    role = ResponsibilityRole.PROGRAMME_RESPONSIBLE
    register.set("p1", "张某", "中心主任", role, day=date(2024, 8, 28))
    register.set("p2", "李某", "中心主任", role, day=date(2026, 1, 10))
    register.set("p2", "李某", "副局长", role, day=date(2027, 3, 1))
    outcome = Outcome(2025, date(2026, 5, 13), "抽查复核78.19分，中", Decimal("78.19"))
    assert register.record_outcome(outcome) == ("p1",)
    assert register.responsible_in(2026) == ("p1", "p2")
    assert [len(e.posts) for e in register.entries] == [1, 2]
    assert all(entry.lifelong for entry in register.entries)
    with pytest.raises(NotNamed):
        register.object("不属实", person="p3", day=date(2026, 6, 1))
    register.object("不属实", person="p1", day=date(2026, 6, 1))
    assert register.objections[0].person == "p1"


def test_p1_an_order_is_stored_and_read_back_whole() -> None:
    august = order()
    august.receive(person="一", unit="资助中心", day=date(2025, 8, 11))
    august.report(answer(date(2025, 8, 22)), unit="资助中心")
    document = json.loads(json.dumps(converter.unstructure(august)))
    assert converter.structure(document, RectificationOrder) == august
