"""The project library: a programme, its newness, and the one gate into library and budget."""

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from jixiao.servicekit.errors import Finding, Refused, SecondPerson
from jixiao.servicekit.values import Coordinates, Money, is_own

from . import budget, telling
from .assessment import Conclusion, ExanteApplication
from .budget import BudgetEntry, BudgetRow
from .description import (
    ENDED,
    STATE_NAMES,
    Description,
    Exemption,
    GovernmentApproval,
    ProgrammeState,
    Responsibility,
)
from .errors import (
    ApprovalFaulty,
    ApprovalMissing,
    ClassifiedContent,
    NotTheProgramme,
    OverallTargetMissing,
    TargetNotPassed,
    TransferNotReady,
    WrongState,
)
from .events import (
    BudgetEntered,
    Event,
    ProgrammeAdmitted,
    ProgrammeMoved,
    ResponsibilitySet,
    TransferApprovalRecorded,
)
from .gate import exante_gate, gate_raise, require_enterable
from .kinds import AllocationMethod, Classification, FiledFor, TargetLevel
from .target import Target


@dataclass(slots=True)
class Programme:
    """Anything budgeted with targets, from draft to expiry.

    `states` has the state of each budget year ("2025") from `budgeted` on; `state` is that
    of the newest such year. A part or project of a transfer names its `parent_id`.

    Articles: D-2, D-9, D-12, D-14, D-29, T-2, T-11, T-15.
    """

    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str
    description: Description | None
    classification: Classification = Classification.INTERNAL
    secrecy_basis: str = ""
    parent_id: UUID | None = None
    exemption: Exemption | None = None
    approval: GovernmentApproval | None = None
    responsibilities: tuple[Responsibility, ...] = ()
    entries: tuple[BudgetEntry, ...] = ()
    budget_rows: tuple[BudgetRow, ...] = ()
    renewed_for: int | None = None
    admitted_on: date | None = None
    successor_id: UUID | None = None
    states: dict[str, ProgrammeState] = field(default_factory=dict)
    state: ProgrammeState = ProgrammeState.DRAFT
    version: int = 0

    def create(self) -> list[Event]:
        """Say that it exists; a stub is told by its id alone.

        Raises ClassifiedContent where a state secret is described.

        Articles: D-2, D-27. Rules: R-41.
        """
        if self.classified and (
            self.description is not None or self.responsibilities or self.entries
        ):
            raise ClassifiedContent
        return [telling.created(self)]

    @property
    def classified(self) -> bool:
        """Say whether it is a stub, seen by cleared grants alone. Rules: R-41."""
        return self.classification.is_state_secret

    @property
    def described(self) -> Description:
        """Its description. Raises ClassifiedContent for a stub, which has none.

        Articles: D-27, T-35.
        """
        if self.classified or self.description is None:
            raise ClassifiedContent
        return self.description

    def filed_for(self) -> FiledFor:
        """Say what a target filed for it must know; no target can be filed without.

        Raises ClassifiedContent.

        Articles: D-12, T-14, D-27.
        """
        what = self.described
        factors = what.transfer and what.allocation_method is AllocationMethod.FACTOR
        below = self.parent_id is not None and what.target_level is TargetLevel.PROJECT
        return FiledFor(
            self.programme_id,
            self.coordinates,
            what.object_type,
            what.transfer,
            what.target_level,
            factors and below,
            what.transfer or what.special_fund or what.is_major,
            factors,
        )

    # Into the library and the budget

    def note_decision(self, application: ExanteApplication) -> list[Event]:
        """Become assessed when finance supports it: draft → assessed. Articles: D-9, D-10."""
        self._own(application.programme_id)
        supported = application.conclusion in (Conclusion.SUPPORT, Conclusion.PARTLY_SUPPORT)
        if self.state is not ProgrammeState.DRAFT or not supported:  # a poor grade never is
            return []
        self.state = ProgrammeState.ASSESSED
        return [ProgrammeMoved(self.programme_id, 0, self.state)]

    def propose_approval(self, person: str, document_number: str, day: date, file: str) -> None:
        """Propose to record the approval of a new transfer. Raises WrongState, ApprovalFaulty.

        Articles: T-11.
        """
        recorded = self.approval is not None and self.approval.confirmer
        if recorded or self.parent_id is not None or not self.described.transfer:
            raise WrongState(state=STATE_NAMES[self.state], act="登记转移支付批准文件")
        if not document_number or not file:
            message = "须填写批准文号、日期并上传文件（T-11）。"
            raise ApprovalFaulty(Finding("/document_number", "document_missing", message))
        self.approval = GovernmentApproval(document_number, day, file, person)

    def confirm_approval(self, person: str) -> list[Event]:
        """Confirm the proposed approval, by another person. Raises WrongState, SecondPerson.

        Articles: T-11. Rules: R-51.
        """
        proposed = self.approval
        if proposed is None or proposed.confirmer:
            raise WrongState(state=STATE_NAMES[self.state], act="确认批准文件")
        if is_own(person, proposed.proposer):
            raise SecondPerson
        self.approval = done = replace(proposed, confirmer=person)
        return [TransferApprovalRecorded(self.programme_id, done.document_number, done.day)]

    def admit(
        self, day: date, application: ExanteApplication | None, target: Target | None
    ) -> list[Event]:
        """Admit to the library: the gate, and a passed target of the year. No other path.

        Raises what `exante_gate` raises; TargetNotPassed, OverallTargetMissing,
        TransferNotReady; WrongState unless draft or assessed, or below a root.

        Articles: D-9, D-12, T-11, T-15.
        """
        if target is not None:
            self._own(target.programme_id)
        asked = application.requested if application is not None else Money()
        amount = target.form.amount if target is not None else asked
        self._gate_with_target(application, target, self.year, amount)
        before = (ProgrammeState.DRAFT, ProgrammeState.ASSESSED)
        if self.state not in before or self.parent_id is not None:
            raise WrongState(state=STATE_NAMES[self.state], act="入库")
        self.state, self.admitted_on = ProgrammeState.IN_LIBRARY, day
        return [ProgrammeAdmitted(self.programme_id, day)]

    def may_enter(
        self,
        year: int,
        amount: Money,
        application: ExanteApplication | None,
        target: Target | None,
    ) -> Refused | None:
        """Say whether `amount` may enter the plan or budget of `year`; the refusal if not.

        Articles: D-6(7), D-9.
        """
        try:
            self._gate_with_target(application, target, year, amount)
            require_enterable(self, year)
        except Refused as refusal:
            return refusal
        return None

    def enter_budget(
        self,
        day: date,
        year: int,
        amount: Money,
        application: ExanteApplication | None,
        target: Target | None,
    ) -> list[Event]:
        """Enter the annual budget: the same gate again, whoever asks.

        Raises what `admit` raises; WrongState where it is not in the library, the year is
        outside its term or already approved.

        Articles: D-9, D-12, D-14, T-12.
        """
        if (refusal := self.may_enter(year, amount, application, target)) is not None:
            raise refusal
        return self._enter(day, year, amount)

    def place(
        self,
        parent: "Programme",
        day: date,
        year: int,
        amount: Money,
        *,
        siblings: Money,
        target: Target | None,
    ) -> list[Event]:
        """Enter with the parent, within its money (`siblings`: what the others hold).

        A part when its amount is set, a project when its target has passed.
        Raises WrongState, TargetNotPassed, AboveParent.

        Articles: T-15, T-17. Rules: R-19.
        """
        parent._own(self.parent_id)  # noqa: SLF001 - the same class
        budgeted = (ProgrammeState.BUDGETED, ProgrammeState.EXECUTING)
        here = (ProgrammeState.DRAFT, ProgrammeState.BUDGETED)
        if parent.state_in(year) not in budgeted or self.state_in(year) not in here:
            raise WrongState(state=STATE_NAMES[self.state_in(year)], act="随上级项目列入预算")
        is_project = self.described.target_level is TargetLevel.PROJECT
        if is_project and not _passed(target, self.programme_id, year):
            raise TargetNotPassed
        budget.require_within(parent.entered_amount(year) or Money(), siblings + amount)
        return self._enter(day, year, amount)

    def record_budget(
        self, row: BudgetRow, application: ExanteApplication | None = None
    ) -> list[Event]:
        """Record what happened to a year's budget; whatever raises it passes the gate.

        A row of an earlier year is history and decides newness (R-17).
        Raises BudgetRowWrong, WrongState before entry, what `exante_gate` raises.

        Articles: D-9, D-14, T-17. Rules: R-17, R-32.
        """
        _ = self.described
        budget.check_row(self.budget_rows, row)
        gate_raise(self, row, application)
        self.budget_rows = (*self.budget_rows, row)
        return [budget.recorded(self.programme_id, row, self.budget_rows)]

    def entered_amount(self, year: int) -> Money | None:
        """Amount that holds for `year`: the approved one, before that the entered one."""
        approved = budget.approved_of(self.budget_rows, year)
        if approved is not None:
            return approved
        return next((entry.amount for entry in self.entries if entry.year == year), None)

    def current_budget(self, year: int) -> Money | None:
        """Initial ± adjustments + carried in; below a root, what it was placed with."""
        if self.parent_id is not None:
            return self.entered_amount(year)
        return budget.current_of(self.budget_rows, year)

    def releasable_amount(self, year: int, *, root_approved: bool = False) -> Money | None:
        """Approved amount a target of `year` may be released with; None before approval.

        Below a root: what it was placed with, once the root's budget is approved.

        Articles: D-14, T-17.
        """
        if self.parent_id is None:
            return budget.approved_of(self.budget_rows, year)
        return self.entered_amount(year) if root_approved else None

    def record_exemption(self, exemption: Exemption) -> None:
        """Record why it needs no assessment; finance's act, on a document. Rules: R-17."""
        if not exemption.document_number or self.state is not ProgrammeState.DRAFT:
            raise WrongState(state=STATE_NAMES[self.state], act="登记免于评估（须有依据文件）")
        self.exemption = exemption

    # The year and after

    def state_in(self, year: int) -> ProgrammeState:
        """State in a budget year; before it was budgeted, the state as a whole."""
        if str(year) in self.states:
            return self.states[str(year)]
        if not self.states or self.state in ENDED:
            return self.state
        return ProgrammeState.DRAFT if self.parent_id else ProgrammeState.IN_LIBRARY

    def reach_unit(self, year: int) -> list[Event]:
        """Start executing: the release reached the spender. Articles: D-14, T-17."""
        if self.state_in(year) is ProgrammeState.EXECUTING:
            return []  # an adjusted target is released again
        return self._move(year, ProgrammeState.EXECUTING, "下达", ProgrammeState.BUDGETED)

    def suspend(self, year: int) -> list[Event]:
        """Follow a payment hold that stopped. Articles: D-18."""
        return self._move(year, ProgrammeState.SUSPENDED, "暂停", ProgrammeState.EXECUTING)

    def resume(self, year: int) -> list[Event]:
        """Follow a hold that was lifted. Articles: D-18."""
        return self._move(year, ProgrammeState.EXECUTING, "恢复", ProgrammeState.SUSPENDED)

    def complete(self, year: int) -> list[Event]:
        """End of term or acceptance. Articles: D-22."""
        return self._move(year, ProgrammeState.COMPLETED, "完成", ProgrammeState.EXECUTING)

    def expire(self, day: date) -> list[Event]:
        """End with its term; an evaluation is due. Raises WrongState. Articles: D-22, T-25, T-27."""
        end = self.described.term_end
        running = (ProgrammeState.EXECUTING, ProgrammeState.COMPLETED)
        if end is None or day <= end or self.state not in running:
            raise WrongState(state=STATE_NAMES[self.state], act="到期")
        self.state = ProgrammeState.EXPIRED
        return [ProgrammeMoved(self.programme_id, 0, self.state)]

    def renew(self, year: int) -> list[Event]:
        """Begin again after expiry, as new (R-17). Raises WrongState unless expired."""
        if self.state is not ProgrammeState.EXPIRED:
            raise WrongState(state=STATE_NAMES[self.state], act="续设")
        self.state, self.states, self.admitted_on = ProgrammeState.DRAFT, {}, None
        self.renewed_for = self.year = year
        return [ProgrammeMoved(self.programme_id, 0, self.state)]

    def end(self, successor_id: UUID | None = None) -> list[Event]:
        """Cancel it, or merge it into a named successor. Raises WrongState once completed.

        Articles: D-26, T-30, T-31.
        """
        if self.state in (*ENDED, ProgrammeState.COMPLETED):
            raise WrongState(state=STATE_NAMES[self.state], act="取消或整合")
        self.successor_id = successor_id
        self.state = ProgrammeState.MERGED if successor_id else ProgrammeState.CANCELLED
        return [ProgrammeMoved(self.programme_id, 0, self.state)]

    def set_responsible(self, post: str, person: str, since: date) -> list[Event]:
        """Append who answers for it; for life where it is major. Articles: D-29. Rules: R-44."""
        lifelong = self.described.is_major
        self.responsibilities += (Responsibility(post, person, since, lifelong),)
        return [ResponsibilitySet(self.programme_id, post, person, since, lifelong)]

    # Inner workings

    def _gate_with_target(
        self,
        application: ExanteApplication | None,
        target: Target | None,
        year: int,
        amount: Money,
    ) -> None:
        ready = _passed(target, self.programme_id, year)
        try:
            exante_gate(self, application, year=year, amount=amount)
        except ApprovalMissing:
            if not ready:
                raise TransferNotReady from None
            raise
        if not ready:
            raise OverallTargetMissing if self.described.transfer else TargetNotPassed

    def _enter(self, day: date, year: int, amount: Money) -> list[Event]:
        others = tuple(entry for entry in self.entries if entry.year != year)
        self.entries = (*others, BudgetEntry(year, amount, day))
        self._keep(year, ProgrammeState.BUDGETED)
        return [BudgetEntered(self.programme_id, year, amount)]

    def _move(
        self, year: int, to: ProgrammeState, act: str, *before: ProgrammeState
    ) -> list[Event]:
        if self.state_in(year) not in before:
            raise WrongState(state=STATE_NAMES[self.state_in(year)], act=act)
        self._keep(year, to)
        return [ProgrammeMoved(self.programme_id, year, to)]

    def _keep(self, year: int, state: ProgrammeState) -> None:
        self.states = {**self.states, str(year): state}
        self.state = self.states[max(self.states)]

    def _own(self, programme_id: UUID | None) -> None:
        if programme_id != self.programme_id:
            raise NotTheProgramme


def _passed(target: Target | None, programme_id: UUID, year: int) -> bool:
    return target is not None and target.has_passed_for(programme_id, year)
