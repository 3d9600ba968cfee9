"""Due dates, lateness and the two persons of a publication, without a database."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.disclosure.domain.duty import OPEN, DisclosureDuty, Office, State, due_after
from jixiao.disclosure.domain.errors import NotOwner
from jixiao.disclosure.domain.kinds import Kind
from jixiao.measures.days import WorkingDays
from jixiao.servicekit.errors import Answered, SecondPerson
from jixiao.servicekit.values import Coordinates

DUE = date(2025, 2, 5)
PERSONS = ("寅", "卯", "辰")


def _duty() -> DisclosureDuty:
    return DisclosureDuty(
        duty_id=uuid4(), programme_id=uuid4(), coordinates=Coordinates("370303", "ZD118", "U118"),
        year=2025, kind=Kind.TARGETS, owner="ZD118", title="绩效目标", due_on=DUE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "day", "due"),
    [
        (Kind.TARGETS, date(2025, 1, 16), date(2025, 2, 5)),
        (Kind.SELF, date(2026, 8, 6), date(2026, 8, 26)),
        (Kind.KEY, date(2026, 7, 8), date(2026, 8, 5)),
    ],
)
def test_r40_a_duty_falls_due_after_20_days_and_a_result_after_20_working_days(
    kind: Kind, day: date, due: date
) -> None:
    assert due_after(kind, day, WorkingDays()) == due


def test_r39_r40_overdue_begins_the_day_after_and_ends_with_the_publication() -> None:
    duty = _duty()
    assert duty.turn(DUE) == []
    assert duty.state is State.DUE
    assert [e.state for e in duty.turn(DUE + timedelta(days=1)) if hasattr(e, "state")] == [
        "overdue"
    ]
    duty.propose("{}", "", Office("ZD118", "寅"), date(2025, 2, 11))
    duty.confirm(Office("ZD118", "卯"), date(2025, 2, 11), uuid4())
    assert (duty.state, duty.lateness(date(2026, 1, 1))) == (State.PUBLISHED, 6)


acts = st.lists(
    st.tuples(
        st.sampled_from(["propose", "confirm", "send_back", "turn", "foreign"]),
        st.sampled_from(PERSONS),
        st.integers(0, 40),
    ),
    max_size=12,
)


@given(acts)
def test_r41_r51_what_is_published_was_proposed_by_one_and_cleared_by_another(
    acts: list[tuple[str, str, int]],
) -> None:
    duty, proposed = _duty(), ("", "")
    for number, (act, person, days) in enumerate(acts):
        by, day = Office("ZD118", person), DUE + timedelta(days=days - 20)
        was = duty.state
        try:
            if act == "propose":
                duty.propose(f"content {number}", "", by, day)
                proposed = (f"content {number}", person)
            elif act == "confirm":
                cleared = duty.confirm(by, day, uuid4())
                assert was in OPEN
                assert (cleared.snapshot, cleared.proposed_by) == proposed
                assert duty.reviewed_by != cleared.proposed_by
            elif act == "send_back":
                duty.send_back("请修改", by)
            elif act == "turn":
                duty.turn(day)
            else:
                with pytest.raises(NotOwner):
                    duty.propose("x", "", Office("ZD103", person), day)
        except SecondPerson:
            assert proposed[1] == person
        except Answered:
            assert was not in OPEN or duty.proposal is None
        if duty.state is State.PUBLISHED:
            assert duty.publication_id is not None
