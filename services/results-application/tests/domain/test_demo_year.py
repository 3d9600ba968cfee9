"""Acts 35, 36, 65–67, 73, 100–125 of the demo year: the figures must come out."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from jixiao.measures.days import WorkingDays
from jixiao.measures.score import Grade
from jixiao.results.domain.allocation import AllocationPlan, AllocationState
from jixiao.results.domain.dormant import Balance, dormant_balance
from jixiao.results.domain.errors import (
    ConsultationOpen,
    CutBelowMinimum,
    GovernmentDocumentMissing,
    Incomplete,
    PerformanceWeightBelowMinimum,
    ReasonMissing,
    WrongState,
)
from jixiao.results.domain.events import AllocationApproved
from jixiao.results.domain.factors import Factor, PerformanceMode, Town
from jixiao.results.domain.governing import Source
from jixiao.results.domain.linkage import Flag, LinkageCase
from jixiao.results.domain.proposal import (
    Decision,
    GovernmentOutcome,
    LinkageProposal,
    LinkageState,
)
from jixiao.results.domain.ranking import Application
from jixiao.servicekit.errors import SecondPerson
from jixiao.servicekit.records import converter
from jixiao.servicekit.values import Coordinates, Money

ROOT = Path(__file__).parents[4]
PLACES = (ROOT / "deploy/demo/year", ROOT.parent / "shared/year")
FIGURES: dict[str, Any] = json.loads(
    next(p / "figures.json" for p in PLACES if (p / "figures.json").exists()).read_text("utf-8")
)
DISTRICT = Coordinates("370303", "ZD117", "")
# National Day 2026, from the State Council's table; enough for these days
CALENDAR = WorkingDays(
    holidays=frozenset(date(2026, 10, d) for d in range(1, 8)),
    working_weekends=frozenset({date(2026, 10, 10)}),
)
C = FIGURES["C"]


def proposal(track: str) -> LinkageProposal:
    given = FIGURES[track]["linkage_2027"]
    case = LinkageCase(
        current_budget=Money.yuan(given["deciding_year_budget"]),
        next_request=Money.yuan(given["next_request"]),
        is_transfer=given["is_transfer"],
        grade=Grade(given["grade"]),
        grade_source=Source(given["grade_source"]),
        flags=tuple(Flag(flag) for flag in given["flags"]),
        dormant_balance=Money.yuan(given["dormant_balance"]),
    )
    return LinkageProposal.compute(
        uuid4(), uuid4(), DISTRICT, year=2027, result_year=2025, case=case
    )


@pytest.mark.parametrize("track", ["A", "C", "D", "G"])
def test_d26_t31_the_proposal_runs_to_the_budget_with_its_figures(track: str) -> None:
    linkage = proposal(track)
    linkage.propose(person="财政局·乙", day=date(2026, 10, 12))
    (consulted,) = linkage.consult(day=date(2026, 10, 13), calendar=CALENDAR)
    assert consulted.due_on == date(2026, 10, 27)
    if track == "D":
        linkage.comment_on("建议保留续建项目资金。", person="交通局·子")
    with pytest.raises(SecondPerson):
        linkage.decide(Decision.ACCEPTED, person="财政局·乙", day=date(2026, 10, 28))
    (decided,) = linkage.decide(Decision.ACCEPTED, person="财政局·丙", day=date(2026, 10, 30))
    expected = FIGURES[track]["linkage_2027"]["expected"]
    assert list(decided.actions) == expected["actions"]
    assert str(decided.cut) == expected["cut"]
    assert str(decided.ceiling) == expected["proposed_max"]
    assert str(decided.take_back) == expected["take_back"]
    linkage.send(day=date(2026, 11, 2))
    assert linkage.state is LinkageState.SENT


@pytest.mark.attack("A16")
def test_a16_t31_a_rate_below_ten_per_cent_is_refused_even_while_consulted() -> None:
    linkage, refused = proposal("D"), FIGURES["D"]["linkage_2027"]["refused"]
    linkage.propose(person="财政局·乙", day=date(2026, 10, 12))
    linkage.consult(day=date(2026, 10, 13), calendar=CALENDAR)
    with pytest.raises(CutBelowMinimum) as refusal:
        linkage.propose(
            person="财政局·乙",
            day=date(2026, 10, 14),
            finance_rate=Decimal(refused["finance_rate"]),
            rate_reason=refused["rate_reason"],
        )
    assert refusal.value.reason == refused["expected"]["error"]
    assert "压减不低于10%" in refusal.value.findings[0].message
    assert linkage.state is LinkageState.CONSULTED


def consulted(case: LinkageCase) -> LinkageProposal:
    linkage = LinkageProposal.compute(
        uuid4(), uuid4(), DISTRICT, year=2027, result_year=2025, case=case
    )
    linkage.propose(person="乙", day=date(2026, 10, 12))
    linkage.consult(day=date(2026, 10, 13), calendar=CALENDAR)
    return linkage


def test_t31_a_serious_case_goes_to_the_government_and_is_frozen_till_it_decides() -> None:
    flags = (Flag.SERIOUS_VIOLATION, Flag.MAIN_TARGETS_MISSED)
    case = LinkageCase(Money(9000), is_transfer=True, grade=Grade.POOR, flags=flags)
    linkage = consulted(case)
    with pytest.raises(ConsultationOpen):
        linkage.decide(Decision.ACCEPTED, person="丙", day=date(2026, 10, 27))
    (decided,) = linkage.decide(Decision.ACCEPTED, person="丙", day=date(2026, 10, 28))
    assert decided.ceiling == Money()
    linkage.submit_to_government("张财〔2026〕40号")
    with pytest.raises(WrongState):
        linkage.send(day=date(2026, 11, 2))
    linkage.record_government_decision(
        GovernmentOutcome.ADJUSTED, Money(4000), "张政字〔2026〕70号"
    )
    assert linkage.ceiling == Money(4000)


def test_t31_a_poor_cut_is_only_left_out_by_a_document_of_the_government() -> None:
    linkage = consulted(LinkageCase(Money(9000), is_transfer=True, grade=Grade.POOR))
    person, day = "丙", date(2026, 10, 30)
    with pytest.raises(ReasonMissing):
        linkage.decide(Decision.REJECTED, person=person, day=day)
    with pytest.raises(GovernmentDocumentMissing):
        linkage.decide(Decision.REJECTED, person=person, day=day, reason="灾后重建")
    with pytest.raises(CutBelowMinimum):
        linkage.decide(
            Decision.MODIFIED, person=person, day=day, reason="从轻", finance_rate=Decimal("0.05")
        )
    (decided,) = linkage.decide(
        Decision.MODIFIED, person=person, day=day, reason="连续两年", finance_rate=Decimal("0.2")
    )
    assert (str(decided.rate), decided.ceiling) == ("0.20", Money(7200))


def test_r42_a_corrected_score_sends_a_decided_proposal_back() -> None:
    linkage = proposal("A")
    linkage.propose(person="乙", day=date(2026, 10, 12))
    linkage.consult(day=date(2026, 10, 13), calendar=CALENDAR)
    with pytest.raises(WrongState):
        linkage.recompute(linkage.case, reason="复测")
    linkage.decide(Decision.ACCEPTED, person="丙", day=date(2026, 10, 30))
    linkage.recompute(linkage.case, reason="更正得分", score_corrected=True)
    assert linkage.state is LinkageState.COMPUTED
    assert linkage.ceiling is None


def factors(weights: dict[str, str]) -> tuple[Factor, ...]:
    names = C["factors"]["names"]
    return tuple(
        Factor(code, names[code], Decimal(weight), performance=code == "performance")
        for code, weight in weights.items()
    )


def rows() -> list[dict[str, str]]:
    columns = C["towns"]["columns"]
    return [dict(zip(columns, row, strict=True)) for row in C["towns"]["rows"]]


def towns(score: str | None, *, all_filed: bool = False) -> tuple[Town, ...]:
    """The 13 towns; `all_filed`: the one that did not file counts with its displayed score."""
    needs = ("population", "elderly", "stations")

    def scored(row: dict[str, str]) -> Decimal | None:
        moved = C["towns"]["moved_by_not_filing"]["town"]
        if score is None:
            return None
        return Decimal(row["displayed" if all_filed and row["code"] == moved else score])

    return tuple(
        Town(row["code"], row["name"], {n: Decimal(row[n]) for n in needs}, scored(row))
        for row in rows()
    )


def plan(year: int, pool: str) -> AllocationPlan:
    return AllocationPlan(uuid4(), uuid4(), DISTRICT, year, Money.yuan(pool))


def run(of: AllocationPlan, name: str, weights: str, of_towns: tuple[Town, ...]) -> dict[str, str]:
    given = C["factors"][weights]
    of.run(
        name,
        PerformanceMode.SCALED,
        factors(given),
        of_towns,
        person="财政局·乙",
        day=date(2024, 11, 20),
    )
    return {c: str(a) for c, a in of.scenarios[-1].allocation.amounts.items()}


def column(name: str) -> dict[str, str]:
    return {row["code"]: row[name] for row in rows()}


@pytest.mark.attack("A17")
def test_a17_t32_the_plan_of_2025_for_thirteen_towns_and_its_second_person() -> None:
    of_2025 = plan(2025, C["pool_2025"])
    with pytest.raises(PerformanceWeightBelowMinimum):
        run(of_2025, "0.09", "weights_refused", towns(None))
    assert of_2025.scenarios == ()
    run(of_2025, "0.10", "weights_alternative", towns(None))
    assert run(of_2025, "0.15", "weights_chosen", towns(None)) == column("amount_2025")
    with pytest.raises(Incomplete):
        of_2025.choose("0.20", person="财政局·乙")
    of_2025.choose("0.15", person="财政局·乙")
    with pytest.raises(SecondPerson):
        of_2025.approve(person="财政局·乙", day=date(2024, 11, 27))
    (approved,) = of_2025.approve(person="财政局·丙", day=date(2024, 11, 27))
    assert isinstance(approved, AllocationApproved)
    assert sum(part.amount.fen for part in approved.parts) == approved.pool.fen
    assert of_2025.state is AllocationState.APPROVED


def test_t32_r37_one_unit_not_filed_moves_the_plan_of_2027() -> None:
    of_2027 = plan(2027, C["pool_2027"])
    binding, filed = towns("binding"), towns("binding", all_filed=True)
    assert run(of_2027, "0.15", "weights_chosen", binding) == column("amount_2027")
    assert run(of_2027, "0.10", "weights_alternative", binding) == column("amount_2027_at_0.10")
    all_filed = run(of_2027, "filed", "weights_chosen", filed)
    assert all_filed == column("amount_2027_had_all_filed")
    of_2027.choose("0.15", person="财政局·乙")
    sheet = of_2027.sheet("370303107")
    assert sheet is not None
    assert sheet.score == "2827/50"  # 56.54, exact
    moved = Money.yuan(all_filed["370303107"]) - sheet.amount
    assert str(-moved) == C["towns"]["moved_by_not_filing"]["difference"]


def test_t32_r38_the_projects_of_2027_in_their_order() -> None:
    ranking = FIGURES["D"]["ranking_2027"]
    ranked = plan(2027, "8100000.00").rank_projects(
        tuple(
            Application(
                a["code"],
                Money.yuan(a["request"]),
                None if a["score"] is None else Decimal(a["score"]),
                Decimal(a["exante_score"]) if "exante_score" in a else None,
            )
            for a in ranking["applications"]
        )
    )
    assert [r.application.code for r in ranked] == ranking["expected"]["order"]
    assert str(ranked[-1].requested_so_far) == "10800000.00"
    assert [r.within_ceiling for r in ranked] == [True, True, True, False]


def test_d26_r32_the_money_of_2024_is_dormant_on_new_years_day_2026() -> None:
    g = FIGURES["G"]
    carried = Balance(
        2024,
        Money.yuan(g["budget_2025"]["carry_in_from_2024"]),
        Money.yuan(g["executed_of_2024_money"]),
    )
    assert dormant_balance([carried], date(2025, 12, 31)) == Money()
    assert str(dormant_balance([carried], date(2026, 1, 1))) == g["dormant_on_2025_12_31"]


def test_p1_plans_and_proposals_are_stored_and_read_back_whole() -> None:
    of_2027, linkage = plan(2027, C["pool_2027"]), proposal("D")
    run(of_2027, "0.15", "weights_chosen", towns("binding"))
    linkage.propose(person="财政局·乙", day=date(2026, 10, 12))
    for stored in (of_2027, linkage):
        document = json.loads(json.dumps(converter.unstructure(stored)))
        assert converter.structure(document, type(stored)) == stored
