"""Third parties: fit or not, in conflict or not, and how long they see anything."""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from jixiao.evaluation.domain.commission import (
    Commission,
    CommissionState,
    Declaration,
    PriorWork,
    Subject,
)
from jixiao.evaluation.domain.commission_events import CommissionTerminated
from jixiao.evaluation.domain.errors import (
    ConflictOfInterest,
    EvaluatedPartyCommissions,
    FormFaulty,
    NotAssigned,
    ThirdPartyUnfit,
)
from jixiao.evaluation.domain.third_party import ThirdParty, ThirdPartyState
from jixiao.measures.score import Grade
from jixiao.servicekit.values import Money

from .builders import coordinates, stored

ROOT, ROAD = uuid4(), uuid4()
TODAY = date(2026, 5, 14)
CLEAN = (Declaration(""), Declaration("张"))


def a_party() -> ThirdParty:
    return ThirdParty(uuid4(), coordinates(), 2026, "Q所", "91370303MA00000000")


def a_commission(objects: tuple[UUID, ...] = (ROOT, ROAD), by: str = "财政局") -> Commission:
    return Commission(
        commission_id=uuid4(),
        programme_id=ROOT,
        coordinates=coordinates(line="ZD117"),
        year=2025,
        third_party_id=uuid4(),
        subject=Subject.KEY_EVALUATION,
        subject_id=uuid4(),
        object_ids=objects,
        persons=("张",),
        lead_evaluator="张",
        commissioned_by=by,
        evaluated_unit="区交通运输局",
        fee=Money.yuan("60000.00"),
        starts_on=date(2026, 5, 13),
        ends_on=date(2026, 8, 31),
    )


def drawn(on: date) -> tuple[Declaration, ...]:
    return (Declaration("", (PriorWork(ROAD, "design", on, "施工图设计"),)), Declaration("张"))


def test_r43_who_drew_the_roads_within_three_years_is_refused_and_terminated() -> None:
    commission = a_commission()
    commission.invite(a_party(), TODAY)

    (event,) = commission.declare(drawn(date(2024, 6, 30)), TODAY)

    assert isinstance(event, CommissionTerminated)
    assert (commission.state, event.reason) == (CommissionState.TERMINATED, commission.reason)
    with pytest.raises(ConflictOfInterest) as refused:
        commission.require_no_conflict()
    assert refused.value.reason == "conflict"
    assert "施工图设计" in refused.value.message


def test_r43_work_longer_ago_or_for_another_object_is_no_conflict() -> None:
    for commission, day in (
        (a_commission(), date(2023, 5, 13)),
        (a_commission(objects=(ROOT,)), date(2024, 6, 30)),
    ):
        assert commission.declare(drawn(day), TODAY) == []
        commission.require_no_conflict()
        assert commission.state is CommissionState.DECLARED


def test_r43_kinship_and_what_the_system_itself_knows_are_conflicts() -> None:
    related = a_commission()
    related.declare((Declaration(""), Declaration("张", kinship="与项目负责人系夫妻")), TODAY)
    known = a_commission()
    known.declare(CLEAN, TODAY, [PriorWork(ROOT, "exante_assessment", date(2025, 1, 1))])

    assert {related.state, known.state} == {CommissionState.TERMINATED}


def test_d6_8_the_institution_and_each_person_declare() -> None:
    with pytest.raises(FormFaulty) as refused:
        a_commission().declare((Declaration("李"),), TODAY)

    assert [each.pointer for each in refused.value.findings] == [
        "/declarations/",
        "/declarations/张",
    ]


def test_d6_8_access_runs_from_the_contract_to_the_end_date() -> None:
    commission = a_commission()
    commission.declare(CLEAN, TODAY)

    assert not commission.may_access("张", TODAY)
    commission.contract(date(2026, 5, 15))
    assert commission.may_access("张", date(2026, 8, 31))
    assert not commission.may_access("张", date(2026, 9, 1))
    assert not commission.may_access("李", TODAY)
    commission.start()
    with pytest.raises(NotAssigned):
        commission.deliver("李", date(2026, 6, 10), sealed=True)
    commission.deliver("张", date(2026, 6, 10), sealed=True)
    commission.accept(date(2026, 6, 12))
    assert commission.may_access("张", date(2026, 7, 12))
    assert not commission.may_access("张", date(2026, 7, 13))
    assert stored(commission) == commission


def test_r43_the_evaluated_never_commissions_and_the_suspended_is_never_asked() -> None:
    party = a_party()

    with pytest.raises(EvaluatedPartyCommissions):
        a_commission(by="区交通运输局").invite(party, TODAY)
    party.suspend("出具虚假底稿，调查中。", date(2026, 12, 31))
    with pytest.raises(ThirdPartyUnfit):
        a_commission().invite(party, TODAY)
    party.require_fit(date(2027, 1, 1))
    assert party.state is ThirdPartyState.ACTIVE


def test_r43_two_poor_marks_in_three_years_remove() -> None:
    party, commission = a_party(), a_commission()
    commission.state = CommissionState.ACCEPTED
    low = {"plan": 9, "evidence": 15, "logic": 15, "report": 12, "time_integrity": 6}

    (event,) = commission.rate({key: Decimal(value) for key, value in low.items()}, TODAY)
    (first,) = party.take_mark(event.grade, TODAY)
    assert (event.grade, first.until) == (Grade.POOR, date(2027, 5, 14))
    (second,) = party.take_mark(Grade.POOR, date(2028, 1, 10))

    assert (second.until, party.state) == (None, ThirdPartyState.REMOVED)
