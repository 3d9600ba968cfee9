"""Adjustment of a released target: old and new side by side, reviewed like a filing."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from jixiao.measures.ratio import Operator
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates, Money

from . import filing, reviewing
from .assessment import ExanteApplication
from .errors import (
    AdjustmentFaulty,
    AdjustmentTooLate,
    MissedTargetLowered,
    NotTheProgramme,
    WrongState,
    YearEnded,
)
from .events import AdjustmentApproved, AdjustmentReviewed, AdjustmentSubmitted, Event
from .filing import TargetForm
from .gate import exante_gate
from .indicator import Indicator
from .library import Programme
from .reviewing import Opinion, Review, Reviewer, ReviewResult
from .target import Target, TargetState


class AdjustmentReason(StrEnum):
    """Why a target moves (D-15, T-18)."""

    BUDGET_CHANGE = "budget_change"
    POLICY_CHANGE = "policy_change"
    EMERGENCY = "emergency"
    OTHER = "other"


class AdjustmentState(StrEnum):
    """States of an adjustment (§8)."""

    SUBMITTED = "submitted"
    TOWNSHIP_DEPARTMENT_REVIEWED = "township_department_reviewed"
    TOWNSHIP_FINANCE_REVIEWED = "township_finance_reviewed"
    DEPARTMENT_REVIEWED = "department_reviewed"
    FINANCE_REVIEWED = "finance_reviewed"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    AdjustmentState.SUBMITTED: "已报送",
    AdjustmentState.TOWNSHIP_DEPARTMENT_REVIEWED: "镇办主管部门已审",
    AdjustmentState.TOWNSHIP_FINANCE_REVIEWED: "镇办财政已审",
    AdjustmentState.DEPARTMENT_REVIEWED: "主管部门已审",
    AdjustmentState.FINANCE_REVIEWED: "财政已审",
    AdjustmentState.RETURNED: "退回",
    AdjustmentState.APPROVED: "已批准",
    AdjustmentState.REJECTED: "不予批准",
    AdjustmentState.WITHDRAWN: "已撤回",
}
_OPEN = (
    AdjustmentState.SUBMITTED,
    AdjustmentState.TOWNSHIP_DEPARTMENT_REVIEWED,
    AdjustmentState.TOWNSHIP_FINANCE_REVIEWED,
    AdjustmentState.DEPARTMENT_REVIEWED,
)
_AFTER = {
    Reviewer.TOWNSHIP_DEPARTMENT: AdjustmentState.TOWNSHIP_DEPARTMENT_REVIEWED,
    Reviewer.TOWNSHIP_FINANCE: AdjustmentState.TOWNSHIP_FINANCE_REVIEWED,
    Reviewer.DEPARTMENT: AdjustmentState.DEPARTMENT_REVIEWED,
    Reviewer.DISTRICT_FINANCE: AdjustmentState.FINANCE_REVIEWED,
}


@dataclass(frozen=True, slots=True)
class AdjustmentGrounds:
    """Why and on which paper; `finance_ordered` and `finance_consents` name finance's documents.

    Rules: R-22.
    """

    reason: AdjustmentReason
    explanation: str
    document_number: str = ""
    finance_ordered: str = ""
    finance_consents: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of F-16: what it was, what it becomes; absent where the row is new or gone."""

    code: str
    old: Indicator | None
    new: Indicator | None


@dataclass(slots=True)
class TargetAdjustment:
    """A change asked of a released target, with the same chain of reviews.

    Articles: D-15, T-18. Rules: R-22.
    """

    adjustment_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    target_id: UUID
    grounds: AdjustmentGrounds
    old_amount: Money
    new_form: TargetForm
    changes: tuple[Change, ...]
    transfer: bool
    scored_review: bool
    chain: tuple[Reviewer, ...]
    filer: str
    submitted_on: date
    warnings: tuple[Finding, ...] = ()
    reviews: tuple[Review, ...] = ()
    state: AdjustmentState = AdjustmentState.SUBMITTED
    version: int = 0

    @classmethod
    def submit(
        cls,
        adjustment_id: UUID,
        programme: Programme,
        target: Target,
        form: TargetForm,
        grounds: AdjustmentGrounds,
        *,
        person: str,
        day: date,
        application: ExanteApplication | None = None,
        missed: frozenset[str] = frozenset(),
    ) -> tuple[Self, list[Event]]:
        """Ask for a change of the target in force.

        `missed`: codes of indicators whose due figure already failed; they are not lowered.
        Raises YearEnded, AdjustmentTooLate, WrongState, AdjustmentFaulty,
        MissedTargetLowered, and what `exante_gate` raises where the amount rises.

        Articles: D-15, D-9, T-18. Rules: R-22.
        """
        if target.programme_id != programme.programme_id:
            raise NotTheProgramme
        _require_time(target.year, day, grounds)
        if target.state is not TargetState.RELEASED:
            raise WrongState(state="未下达或已被替代", act="申请调整目标")
        changes = changes_between(target.form.indicators, form.indicators)
        checked = filing.check(form, target.year, programme.filed_for())
        if errors := checked.errors + _faults(grounds, changes, target.form, form):
            raise AdjustmentFaulty(*errors)
        _require_not_lowered(changes, missed)
        if form.amount > target.form.amount:
            exante_gate(programme, application, year=target.year, amount=form.amount)
        adjustment = cls(
            adjustment_id,
            target.programme_id,
            target.coordinates,
            target.year,
            target.target_id,
            grounds,
            target.form.amount,
            form,
            changes,
            target.transfer,
            target.scored_review,
            target.chain,
            person,
            day,
            checked.warnings,
        )
        asked = AdjustmentSubmitted(
            adjustment_id, target.programme_id, target.target_id, target.year
        )
        return adjustment, [asked]

    @property
    def difference(self) -> Money:
        """New amount less old amount."""
        return self.new_form.amount - self.old_amount

    def withdraw(self, person: str) -> list[Event]:
        """Take it back before any review. Raises WrongState."""
        self._require("撤回", AdjustmentState.SUBMITTED)
        if person != self.filer:
            raise WrongState(state=STATE_NAMES[self.state], act="由非申请人撤回")
        self.state = AdjustmentState.WITHDRAWN
        return []

    def review(self, reviewer: Reviewer, person: str, day: date, opinion: Opinion) -> list[Event]:
        """Review at one level; the last level approves, a poor grade rejects.

        Raises WrongState, TransferReviewOutOfOrder, ReviewOutOfOrder, OwnFiling, MarksWrong.

        Articles: D-15, T-18. Rules: R-22, R-51.
        """
        self._require("审核", *_OPEN)
        reviewing.require_turn(self.chain, self.reviews, reviewer, transfer=self.transfer)
        reviewing.require_other_person(self.filer, self.reviews, person)
        review = reviewing.reviewed(reviewer, person, day, opinion, scored=self.scored_review)
        self.reviews = (*self.reviews, review)
        self.state = self._after(review)
        ids = (self.adjustment_id, self.programme_id)
        events: list[Event] = [AdjustmentReviewed(*ids, reviewer, self.state)]
        if self.state is AdjustmentState.APPROVED:
            events.append(AdjustmentApproved(*ids, self.target_id, self.difference, self.year))
        return events

    def next_version(self, target_id: UUID, target: Target) -> Target:
        """Make the approved target version, to be released with the budget adjustment.

        Raises WrongState unless approved, NotTheProgramme for another target.

        Articles: D-15. Rules: R-22.
        """
        self._require("生成新版目标", AdjustmentState.APPROVED)
        if target.target_id != self.target_id:
            raise NotTheProgramme
        return replace(
            target,
            target_id=target_id,
            number=target.number + 1,
            form=self.new_form,
            filer=self.filer,
            submitted_on=self.submitted_on,
            warnings=self.warnings,
            reviews=self.reviews,
            passed_on=self.reviews[-1].day,
            releases=(),
            parts=(),
            adjustment_id=self.adjustment_id,
            state=TargetState.PASSED,
            version=0,
        )

    def _after(self, review: Review) -> AdjustmentState:
        if review.result is ReviewResult.BLOCKED:
            return AdjustmentState.REJECTED
        if review.result is ReviewResult.RETURNED:
            return AdjustmentState.RETURNED
        last = len(self.reviews) == len(self.chain)
        return AdjustmentState.APPROVED if last else _AFTER[review.reviewer]

    def _require(self, act: str, *states: AdjustmentState) -> None:
        if self.state not in states:
            raise WrongState(state=STATE_NAMES[self.state], act=act)


def changes_between(old: tuple[Indicator, ...], new: tuple[Indicator, ...]) -> tuple[Change, ...]:
    """Return the rows that differ, old and new side by side (D-15; also between versions)."""
    before = {row.code: row for row in old}
    after = {row.code: row for row in new}
    return tuple(
        Change(code, before.get(code), after.get(code))
        for code in dict.fromkeys([*before, *after])
        if before.get(code) != after.get(code)
    )


def _require_time(year: int, day: date, grounds: AdjustmentGrounds) -> None:
    if day > date(year, 12, 31):
        raise YearEnded(year=year)
    excepted = grounds.reason is AdjustmentReason.EMERGENCY or grounds.finance_ordered
    if day > date(year, 10, 31) and not excepted:
        raise AdjustmentTooLate


def _faults(
    grounds: AdjustmentGrounds, changes: tuple[Change, ...], old: TargetForm, new: TargetForm
) -> tuple[Finding, ...]:
    found = []
    texts = (old.annual_text, old.overall_text) != (new.annual_text, new.overall_text)
    if not changes and old.amount == new.amount and not texts:
        found.append(Finding("/form", "nothing_changed", "新旧目标没有差异。"))
    if not grounds.explanation.strip():
        found.append(Finding("/grounds/explanation", "explanation_missing", "请说明调整理由。"))
    if grounds.reason is AdjustmentReason.OTHER:
        if not grounds.document_number:
            message = "其他原因须注明依据文件。"
            found.append(Finding("/grounds/document_number", "document_missing", message))
        if not grounds.finance_consents:
            message = "其他原因须经财政部门同意，请注明同意文件。"
            found.append(Finding("/grounds/finance_consents", "consent_missing", message))
    return tuple(found)


def _require_not_lowered(changes: tuple[Change, ...], missed: frozenset[str]) -> None:
    lowered = [
        change.old.name
        for change in changes
        if change.old is not None and change.code in missed and _lowers(change.old, change.new)
    ]
    if lowered:
        raise MissedTargetLowered(names="、".join(lowered))


def _lowers(old: Indicator, new: Indicator | None) -> bool:
    if new is None or new.operator is not old.operator:
        return True
    if old.target_value is None or new.target_value is None:
        return old != new
    return _easier(old.operator, old.target_value, new.target_value)


def _easier(operator: Operator | None, old: Decimal, new: Decimal) -> bool:
    if operator in (Operator.GE, Operator.GT):
        return new < old
    return new > old if operator in (Operator.LE, Operator.LT) else new != old
