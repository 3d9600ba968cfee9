"""The library and its one gate."""

from contextlib import suppress
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jixiao.measures.score import Grade
from jixiao.servicekit.errors import Answered, SecondPerson
from jixiao.servicekit.values import Money
from jixiao.targets.domain.assessment import Conclusion, ExanteApplication
from jixiao.targets.domain.budget import BudgetKind, BudgetRow
from jixiao.targets.domain.description import ProgrammeState
from jixiao.targets.domain.errors import (
    AboveParent,
    AmountAboveDecision,
    AssessmentLapsed,
    AssessmentPoor,
    BudgetRowWrong,
    ClassifiedContent,
    OverallTargetMissing,
    TargetNotPassed,
    TransferNotReady,
    WrongState,
)
from jixiao.targets.domain.events import ProgrammeMoved
from jixiao.targets.domain.gate import is_new
from jixiao.targets.domain.kinds import AllocationMethod, TargetLevel, programme_code
from jixiao.targets.domain.library import Programme
from jixiao.targets.domain.target import Target

from .builders import (
    AUTUMN,
    application,
    assessment,
    flat,
    form,
    marks,
    passed,
    programme,
    stub,
    year,
)
from .builders import target as filed

DAY = date(2024, 10, 31)
A = year()["A"]
FIVE = Money.yuan("5880000.00")


def supported(owner: Programme, requested: str = "5880000.00") -> ExanteApplication:
    asked = application(owner, flat("4.50"), requested)
    asked.decide("甲", DAY, Conclusion.SUPPORT, "同意", None)
    return asked


def initial(budget_year: int, amount: str) -> BudgetRow:
    return BudgetRow(budget_year, BudgetKind.INITIAL, Money.yuan(amount), DAY)


def test_d9_t11_a_poor_assessment_closes_the_library_and_the_budget() -> None:
    owner = programme()
    asked = application(owner, flat("4.50"))
    asked.order_independent_review(uuid4())
    asked.assess_independently("P", assessment(year()["B"]["independent_assessment"]["questions"]))
    asked.decide("甲", DAY, Conclusion.NOT_SUPPORT, "不设", None)
    ready = passed(owner, form(A["indicators_v2"]))
    with pytest.raises(AssessmentPoor) as refused:
        owner.admit(DAY, asked, ready)
    assert refused.value.article == "D-9"
    assert (
        refused.value.message
        == "事前绩效评估结果为差，不得列入中期财政规划和年度预算，不得纳入项目库。"
    )
    assert isinstance(owner.may_enter(2025, FIVE, asked, None), AssessmentPoor)
    with pytest.raises(AssessmentPoor):
        owner.enter_budget(DAY, 2025, FIVE, asked, ready)
    assert owner.state.value == ProgrammeState.DRAFT.value


def test_d12_a_programme_without_a_passed_target_is_not_admitted() -> None:
    owner = programme()
    asked = supported(owner)
    owner.note_decision(asked)
    waiting = filed(owner, form(A["indicators_v2"]))
    with pytest.raises(TargetNotPassed) as refused:
        owner.admit(DAY, asked, waiting)
    assert refused.value.article == "D-12(1)"
    assert refused.value.message.startswith("绩效目标未审核通过")
    assert owner.state.value == ProgrammeState.ASSESSED.value
    owner.admit(DAY, asked, passed(owner, form(A["indicators_v2"])))
    assert owner.state.value == ProgrammeState.IN_LIBRARY.value


def test_t11_t15_a_new_transfer_needs_its_recorded_approval_and_a_passed_target() -> None:
    root = programme(
        special_fund=False,
        transfer=True,
        allocation_method=AllocationMethod.FACTOR,
        target_level=TargetLevel.OVERALL,
    )
    asked = supported(root)
    with pytest.raises(TransferNotReady) as refused:
        root.admit(DAY, asked, None)
    assert refused.value.article == "T-11, T-15"
    root.propose_approval("乙", "张政字〔2024〕86号", date(2024, 10, 9), "file")
    with pytest.raises(SecondPerson):
        root.confirm_approval("乙")
    with pytest.raises(TransferNotReady):  # proposed is not recorded
        root.admit(DAY, asked, None)
    root.confirm_approval("丙")
    with pytest.raises(OverallTargetMissing):
        root.admit(DAY, asked, None)
    root.admit(DAY, asked, passed(root, form(year()["C"]["indicators_overall"])))
    assert root.state.value == ProgrammeState.IN_LIBRARY.value


def test_r17_newness_comes_from_the_recorded_budget_of_the_year_before() -> None:
    old = programme(special_fund=False, is_major=True)
    assert is_new(old, 2025, FIVE)
    old.record_budget(initial(2024, "8500000.00"))
    assert not is_new(old, 2025, Money.yuan("8800000.00"))
    assert is_new(old, 2025, Money.yuan("11050000.01"))
    old.admit(DAY, None, passed(old, form(A["indicators_v2"])))
    assert old.state.value == ProgrammeState.IN_LIBRARY.value


def test_d9_whatever_raises_the_amount_passes_the_same_gate() -> None:
    owner = programme()
    asked = supported(owner)
    ready = passed(owner, form(A["indicators_v2"]))
    with pytest.raises(WrongState):
        owner.enter_budget(DAY, 2025, FIVE, asked, ready)
    owner.admit(DAY, asked, ready)
    with pytest.raises(WrongState):  # approved before it was entered
        owner.record_budget(initial(2025, "5880000.00"), asked)
    with pytest.raises(AmountAboveDecision):
        owner.enter_budget(DAY, 2025, Money.yuan("5880000.01"), asked, ready)
    owner.enter_budget(DAY, 2025, FIVE, asked, ready)
    owner.record_budget(initial(2025, "5880000.00"))
    with pytest.raises(AmountAboveDecision):
        owner.record_budget(BudgetRow(2025, BudgetKind.ADJUSTMENT, Money(1), DAY), asked)
    more = BudgetRow(2025, BudgetKind.ADJUSTMENT, Money.yuan("1764000.01"), DAY)
    with pytest.raises(AssessmentLapsed):
        owner.record_budget(more, asked)
    cut = BudgetRow(2025, BudgetKind.ADJUSTMENT, Money.yuan("-280000.00"), date(2025, 9, 22))
    owner.record_budget(cut)
    assert owner.current_budget(2025) == Money.yuan(A["budget_2025"]["full_year"])


def test_r32_carried_in_money_names_its_first_budget_year() -> None:
    owner = programme()
    owner.record_budget(initial(2024, "1.00"))
    with pytest.raises(BudgetRowWrong):
        owner.record_budget(BudgetRow(2025, BudgetKind.CARRY_IN, Money(1), DAY))
    owner.record_budget(BudgetRow(2025, BudgetKind.CARRY_IN, Money(1), DAY, first_budget_year=2024))


def test_states_from_budgeted_on_are_kept_per_budget_year() -> None:
    owner = programme(term_start=date(2025, 1, 1), term_end=date(2026, 12, 31))
    asked, ready = supported(owner), passed(owner, form(A["indicators_v2"]))
    owner.admit(DAY, asked, ready)
    owner.enter_budget(DAY, 2025, FIVE, asked, ready)
    owner.record_budget(initial(2025, "5880000.00"))
    owner.reach_unit(2025)
    ready.year = 2026
    owner.enter_budget(DAY, 2026, FIVE, None, ready)  # no longer new: last year's is on record
    assert owner.state_in(2025) is ProgrammeState.EXECUTING
    assert owner.state_in(2026) is ProgrammeState.BUDGETED
    owner.record_budget(initial(2026, "5880000.00"))
    ready.year = 2027
    with pytest.raises(WrongState):  # outside its term
        owner.enter_budget(DAY, 2027, FIVE, None, ready)


def test_t15_parts_enter_with_their_root_within_its_money() -> None:
    root = programme(
        special_fund=False,
        transfer=True,
        target_level=TargetLevel.OVERALL,
        allocation_method=AllocationMethod.FACTOR,
    )
    part = programme(
        special_fund=False,
        transfer=True,
        target_level=TargetLevel.REGIONAL,
        allocation_method=AllocationMethod.FACTOR,
        parent_id=root.programme_id,
    )
    one = Money.yuan("1.00")
    with pytest.raises(WrongState):
        part.place(root, DAY, 2025, one, siblings=Money(), target=None)
    root.record_budget(initial(2024, "5880000.00"))
    ready = passed(root, form(year()["C"]["indicators_overall"]))
    root.admit(DAY, None, ready)
    root.enter_budget(DAY, 2025, FIVE, None, ready)
    with pytest.raises(AboveParent):
        part.place(root, DAY, 2025, one, siblings=FIVE, target=None)
    part.place(root, DAY, 2025, one, siblings=Money(), target=None)
    assert part.state_in(2025) is ProgrammeState.BUDGETED
    assert part.releasable_amount(2025) is None
    root.record_budget(initial(2025, "5880000.00"))
    assert part.releasable_amount(2025, root_approved=True) == one


def test_d27_t35_a_state_secret_is_a_stub_that_takes_no_content() -> None:
    secret = stub()
    told = secret.create()
    assert programme_code("ZD120", "U000", 2025, 1, classified=True) == secret.code
    assert secret.code not in str(told)
    with pytest.raises(ClassifiedContent) as refused:
        filed(secret, form(A["indicators_v2"]))
    assert refused.value.message == "涉密内容严禁录入本系统"
    with pytest.raises(ClassifiedContent):
        secret.record_budget(initial(2024, "1.00"))


def test_d22_t25_t27_a_programme_whose_term_is_over_expires_and_begins_again_as_new() -> None:
    owner = programme(term_end=date(2025, 12, 31))
    owner.state = ProgrammeState.EXECUTING
    with pytest.raises(WrongState):  # its last day still belongs to the term
        owner.expire(date(2025, 12, 31))
    (told,) = owner.expire(date(2026, 1, 1))
    assert told == ProgrammeMoved(owner.programme_id, 0, ProgrammeState.EXPIRED)
    with pytest.raises(WrongState):
        owner.expire(date(2026, 1, 2))
    owner.renew(2027)
    assert (owner.state.value, owner.year, owner.admitted_on) == ("draft", 2027, None)
    assert is_new(owner, 2027, FIVE)


class Library(RuleBasedStateMachine):
    """Acts in any order, whoever acts; in the library only ever by the gate."""

    def __init__(self) -> None:
        super().__init__()
        self.owner = programme(
            special_fund=False,
            transfer=True,
            allocation_method=AllocationMethod.FACTOR,
            target_level=TargetLevel.OVERALL,
        )
        self.asked: ExanteApplication | None = None
        self.target: Target | None = None
        self.rows = form(year()["C"]["indicators_overall"])

    def attempt(self, act: Any, *given: Any) -> None:
        with suppress(Answered):
            act(*given)

    @rule(score=st.sampled_from(["2.00", "3.50", "4.50"]))
    def apply(self, score: str) -> None:
        self.asked = application(self.owner, flat(score))

    @precondition(lambda self: self.asked is not None)
    @rule(score=st.sampled_from(["2.00", "4.50"]))
    def assess(self, score: str) -> None:
        assert self.asked is not None
        self.attempt(self.asked.order_independent_review, uuid4())
        self.attempt(self.asked.assess_independently, "P", flat(score))

    @precondition(lambda self: self.asked is not None)
    @rule(conclusion=st.sampled_from(Conclusion), fen=st.integers(1, 600_000_000))
    def decide(self, conclusion: Conclusion, fen: int) -> None:
        assert self.asked is not None
        self.attempt(self.asked.decide, "甲", DAY, conclusion, "意见", Money(fen))
        self.owner.note_decision(self.asked)

    @rule(proposer=st.sampled_from("乙丙"), confirmer=st.sampled_from("乙丙"))
    def approve(self, proposer: str, confirmer: str) -> None:
        self.attempt(self.owner.propose_approval, proposer, "86号", AUTUMN, "file")
        self.attempt(self.owner.confirm_approval, confirmer)

    @rule(good=st.booleans())
    def review(self, good: bool) -> None:  # noqa: FBT001 - drawn
        self.target = filed(self.owner, self.rows)
        score = {"C": "9", "F": "9", "R": "14", "S": "14"} if good else dict.fromkeys("CFRS", "5")
        codes = year()["default_review"]["questions"]
        opinion = marks({code: score[code[0]] for code in codes})
        self.attempt(self.target.review, self.target.chain[0], "甲", AUTUMN, opinion)

    @rule(
        skipped=st.sampled_from(["", "apply", "decide", "approve", "review"]),
        fen=st.sampled_from([588_000_000, 587_999_999]),
    )
    def nearly(self, skipped: str, fen: int) -> None:
        """The whole way with at most one step left out, so that admission is often near."""
        if skipped != "apply":
            self.apply("4.50")
        if skipped != "decide" and self.asked is not None:
            part = Conclusion.SUPPORT if fen == 588_000_000 else Conclusion.PARTLY_SUPPORT
            self.decide(part, fen)
        if skipped != "approve":
            self.approve("乙", "丙")
        self.review(good=skipped != "review")
        self.admit()

    @rule()
    def admit(self) -> None:
        self.attempt(self.owner.admit, DAY, self.asked, self.target)

    @rule(fen=st.integers(1, 600_000_000))
    def enter(self, fen: int) -> None:
        self.attempt(self.owner.enter_budget, DAY, 2025, Money(fen), self.asked, self.target)
        entered = self.owner.entered_amount(2025)
        if entered == Money(fen) and self.asked is not None and self.asked.amount is not None:
            assert entered <= self.asked.requested

    @rule(fen=st.integers(-100, 100))
    def raise_amount(self, fen: int) -> None:
        row = BudgetRow(2025, BudgetKind.ADJUSTMENT, Money(fen), DAY)
        self.attempt(self.owner.record_budget, row, self.asked)

    @rule(what=st.sampled_from(["reach_unit", "suspend", "resume", "complete"]))
    def move(self, what: str) -> None:
        self.attempt(getattr(self.owner, what), 2025)

    @invariant()
    def nothing_goes_around_the_gate(self) -> None:
        before = (ProgrammeState.DRAFT, ProgrammeState.ASSESSED)
        if self.owner.state in before or self.owner.admitted_on != DAY or self.checked:
            return
        self.checked = True  # what was true at the moment of admission
        assert self.asked is not None
        assert self.asked.governing is not None
        assert self.asked.governing.grade is not Grade.POOR
        assert self.asked.conclusion in (Conclusion.SUPPORT, Conclusion.PARTLY_SUPPORT)
        assert self.asked.amount is not None
        assert self.asked.amount >= self.rows.amount
        assert self.owner.approval is not None
        assert self.owner.approval.confirmer not in ("", self.owner.approval.proposer)
        assert self.target is not None
        assert self.target.has_passed_for(self.owner.programme_id, 2025)

    checked = False


TestD9T11NothingEntersTheLibraryAroundTheGate = Library.TestCase
TestD9T11NothingEntersTheLibraryAroundTheGate.settings = settings(
    max_examples=60, stateful_step_count=12, deadline=None
)
