"""A performance target: filed, reviewed level by level, released with its budget."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self
from uuid import UUID

from jixiao.measures.score import Grade
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates, Money

from . import decomposition, filing, regional, reviewing
from .decomposition import Figures, IndicatorParts
from .errors import (
    AlreadyReleased,
    BudgetDiffers,
    FormFaulty,
    NoApprovedBudget,
    NotTheProgramme,
    OnlyFinanceReleases,
    ReleaseOutOfOrder,
    TargetUnderReview,
    WrongState,
)
from .events import (
    Event,
    TargetBlocked,
    TargetDecomposed,
    TargetPassed,
    TargetReleased,
    TargetReturned,
    TargetReviewed,
    TargetSubmitted,
    TargetSuperseded,
    TargetWithdrawn,
)
from .filing import TargetForm
from .indicator import Indicator
from .kinds import BELOW, FiledFor, TargetLevel
from .reviewing import Opinion, Review, Reviewer, ReviewResult


class TargetState(StrEnum):
    """States of one version of a target (§8)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    TOWNSHIP_DEPARTMENT_REVIEWED = "township_department_reviewed"
    TOWNSHIP_FINANCE_REVIEWED = "township_finance_reviewed"
    DEPARTMENT_REVIEWED = "department_reviewed"
    FINANCE_REVIEWED = "finance_reviewed"
    RETURNED = "returned"
    BLOCKED = "blocked"
    PASSED = "passed"
    RELEASED = "released"
    SUPERSEDED = "superseded"
    VOID = "void"


STATE_NAMES = {
    TargetState.DRAFT: "草稿",
    TargetState.SUBMITTED: "已报送",
    TargetState.TOWNSHIP_DEPARTMENT_REVIEWED: "镇办主管部门已审",
    TargetState.TOWNSHIP_FINANCE_REVIEWED: "镇办财政已审",
    TargetState.DEPARTMENT_REVIEWED: "主管部门已审",
    TargetState.FINANCE_REVIEWED: "财政已审",
    TargetState.RETURNED: "退回",
    TargetState.BLOCKED: "不予通过",
    TargetState.PASSED: "通过",
    TargetState.RELEASED: "已批复下达",
    TargetState.SUPERSEDED: "被替代",
    TargetState.VOID: "作废",
}
AFTER_REVIEW = {
    Reviewer.TOWNSHIP_DEPARTMENT: TargetState.TOWNSHIP_DEPARTMENT_REVIEWED,
    Reviewer.TOWNSHIP_FINANCE: TargetState.TOWNSHIP_FINANCE_REVIEWED,
    Reviewer.DEPARTMENT: TargetState.DEPARTMENT_REVIEWED,
    Reviewer.DISTRICT_FINANCE: TargetState.FINANCE_REVIEWED,
}
UNDER_REVIEW = (
    TargetState.SUBMITTED,
    TargetState.TOWNSHIP_DEPARTMENT_REVIEWED,
    TargetState.TOWNSHIP_FINANCE_REVIEWED,
    TargetState.DEPARTMENT_REVIEWED,
)
_REWORKABLE = (
    TargetState.DRAFT,
    TargetState.RETURNED,
    TargetState.BLOCKED,
    TargetState.VOID,
)


@dataclass(frozen=True, slots=True)
class Release:
    """One act of release: who to whom, under which number, on which day, how much.

    `releaser` is the office that releases (`giver` its name or code).

    Articles: D-14, T-17. Rules: R-21.
    """

    releaser: Reviewer
    giver: str
    receiver: str
    document_number: str
    day: date
    amount: Money


@dataclass(slots=True)
class Target:
    """One version of one programme's target for one year.

    `number` counts the versions of the year; `chain` is who reviews, in order. A returned
    or blocked version stays as it was: what is reworked is the next version.

    Articles: D-11 to D-14, T-13 to T-17.
    """

    target_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    number: int
    target_level: TargetLevel
    transfer: bool
    scored_review: bool
    chain: tuple[Reviewer, ...]
    form: TargetForm
    filer: str
    submitted_on: date
    warnings: tuple[Finding, ...] = ()
    set_from_above: tuple[Indicator, ...] = ()
    parts: tuple[IndicatorParts, ...] = ()
    reviews: tuple[Review, ...] = ()
    returns: int = 0
    return_opinion: str = ""
    passed_on: date | None = None
    releases: tuple[Release, ...] = ()
    adjustment_id: UUID | None = None
    state: TargetState = TargetState.SUBMITTED
    version: int = 0

    @classmethod
    def submit(
        cls,
        target_id: UUID,
        filed_for: FiledFor,
        year: int,
        form: TargetForm,
        person: str,
        *,
        day: date,
        previous: Self | None = None,
        set_from_above: tuple[Indicator, ...] = (),
    ) -> tuple[Self, list[Event]]:
        """File the whole form as the next version for its chain of reviews.

        `previous`: the newest version of this programme and year; `set_from_above`: what the
        overall target's decomposition gives this town.
        Raises FormFaulty with all findings, TargetUnderReview, NotTheProgramme.

        Articles: D-12, D-13, T-14, T-15, T-16.
        """
        number, returns = _follows(previous, filed_for.programme_id, year)
        checked = filing.check(form, year, filed_for)
        below = regional.findings(form.indicators, set_from_above)
        if errors := checked.errors + below:
            raise FormFaulty(*errors)
        target = cls(
            target_id,
            filed_for.programme_id,
            filed_for.coordinates,
            year,
            number,
            filed_for.target_level,
            filed_for.transfer,
            filed_for.scored_review,
            reviewing.chain_for(filed_for),
            form,
            person,
            day,
            warnings=checked.warnings,
            set_from_above=set_from_above,
            returns=returns,
        )
        filed = TargetSubmitted(target_id, target.programme_id, year, number, form.amount)
        return target, [filed]

    def withdraw(self, person: str) -> list[Event]:
        """Take the filing back before any review. Raises WrongState. Articles: D-12."""
        self._require("撤回", TargetState.SUBMITTED)
        if person != self.filer:
            raise WrongState(state=STATE_NAMES[self.state], act="由非填报人撤回")
        self.state = TargetState.DRAFT
        return [TargetWithdrawn(self.target_id, self.programme_id)]

    def review(self, reviewer: Reviewer, person: str, day: date, opinion: Opinion) -> list[Event]:
        """Review at one level: on, back, or blocked; the last level passes it.

        Raises WrongState, TransferReviewOutOfOrder, ReviewOutOfOrder, OwnFiling, MarksWrong.

        Articles: D-13, T-6(3), T-7(2), T-15, T-16. Rules: R-18, R-51.
        """
        self._require("审核", *UNDER_REVIEW)
        reviewing.require_turn(self.chain, self.reviews, reviewer, transfer=self.transfer)
        reviewing.require_other_person(self.filer, self.reviews, person)
        review = reviewing.reviewed(reviewer, person, day, opinion, scored=self.scored_review)
        self.reviews = (*self.reviews, review)
        events = self._follow(review, day)
        grade = review.grade
        done = TargetReviewed(self.target_id, self.programme_id, reviewer, grade, self.state)
        return [done, *events]

    def take_back(self, person: str) -> list[Event]:
        """A reviewer takes the own pass back until the next level acted. Raises WrongState."""
        self._require("收回审核", *UNDER_REVIEW[1:])
        if self.reviews[-1].person != person:
            raise WrongState(state=STATE_NAMES[self.state], act="由他人收回审核")
        self.reviews = self.reviews[:-1]
        before = self.reviews[-1].reviewer if self.reviews else None
        self.state = AFTER_REVIEW[before] if before else TargetState.SUBMITTED
        return []

    def send_back(self, opinion: str) -> list[Event]:
        """Return a passed target whose amount no longer fits its budget. Raises WrongState.

        Articles: D-14, T-17.
        """
        self._require("退回", TargetState.PASSED)
        return self._return(opinion)

    def match_budget(self, approved: Money) -> list[Event]:
        """Fall back from passed to returned where the approved budget differs.

        Articles: D-14, T-17.
        """
        if self.state is not TargetState.PASSED or approved == self.form.amount:
            return []
        return self._return(f"批准预算{approved}元与目标金额{self.form.amount}元不一致，请修改。")

    def has_passed_for(self, programme_id: UUID, year: int) -> bool:
        """Say whether this is a passed (or released) target of that programme and year."""
        passed = self.state in (TargetState.PASSED, TargetState.RELEASED)
        return passed and self.programme_id == programme_id and self.year == year

    # Decomposition

    def decompose(
        self, parts: tuple[IndicatorParts, ...], below: tuple[str, ...]
    ) -> tuple[tuple[Figures, ...], list[Event]]:
        """Set the values of what lies below; nothing is stored where they fail.

        `below` are the codes of the towns, or of a town's projects. Raises WrongState unless it is
        a passed overall or regional target; DecompositionFails.

        Articles: T-15(2). Rules: R-20.
        """
        self._require("分解", TargetState.PASSED, TargetState.RELEASED)
        if self.target_level not in BELOW or not self.transfer:
            raise WrongState(state=STATE_NAMES[self.state], act="分解项目绩效目标")
        rows = regional.aggregated(self.form.indicators, self.set_from_above)
        figures = decomposition.decompose(rows, parts, below)
        self.parts = parts
        return figures, [TargetDecomposed(self.target_id, self.programme_id)]

    def values_for(self, code: str) -> tuple[Indicator, ...]:
        """Return the indicators as set for a town, the grey column of F-04, or a project (T-15(2))."""
        return regional.values_for(self.form.indicators, self.parts, code)

    # Release

    def release(self, act: Release, approved: Money | None) -> list[TargetReleased]:
        """Release with the budget, one act and number per level; then it is immutable.

        `approved`: the programme's approved budget of the year, None before approval.
        Raises NoApprovedBudget, WrongState, BudgetDiffers, OnlyFinanceReleases,
        ReleaseOutOfOrder, AlreadyReleased.

        Articles: D-14, T-17. Rules: R-21.
        """
        self._require("下达", TargetState.PASSED, TargetState.RELEASED)
        if approved is None:
            raise NoApprovedBudget(year=self.year)
        if not approved == act.amount == self.form.amount:
            raise BudgetDiffers(target=self.form.amount, approved=approved)
        self._require_releaser(act.releaser)
        self.releases = (*self.releases, act)
        self.state = TargetState.RELEASED
        return [
            TargetReleased(
                self.target_id,
                self.programme_id,
                self.year,
                self.number,
                act.giver,
                act.receiver,
                act.document_number,
                act.day,
                act.amount,
                self._last(act.releaser),
                self.form.annual_text,
                self.form.overall_text,
                self.form.indicators,
            )
        ]

    def supersede(self) -> list[Event]:
        """Give way to the released adjusted version. Articles: D-15. Rules: R-22."""
        self._require("替代", TargetState.RELEASED)
        self.state = TargetState.SUPERSEDED
        return [TargetSuperseded(self.target_id, self.programme_id, self.year)]

    # Inner workings

    def _follow(self, review: Review, day: date) -> list[Event]:
        if review.result is ReviewResult.BLOCKED:
            self.state = TargetState.BLOCKED
            self.return_opinion = review.opinion
            return [TargetBlocked(self.target_id, self.programme_id)]
        if review.result is ReviewResult.RETURNED:
            return self._return(review.opinion)
        self.state = AFTER_REVIEW[review.reviewer]
        if len(self.reviews) < len(self.chain):
            return []
        self.state, self.passed_on = TargetState.PASSED, day
        amount = self.form.amount
        return [TargetPassed(self.target_id, self.programme_id, self.year, self.number, amount)]

    def _return(self, opinion: str) -> list[Event]:
        self.state, self.return_opinion = TargetState.RETURNED, opinion
        self.returns += 1
        return [TargetReturned(self.target_id, self.programme_id, self.returns)]

    def _require_releaser(self, releaser: Reviewer) -> None:
        done = {act.releaser: act for act in self.releases}
        if releaser in done:
            raise AlreadyReleased(document_number=done[releaser].document_number)
        finance = (Reviewer.DISTRICT_FINANCE, Reviewer.TOWNSHIP_FINANCE)
        if self.transfer and releaser not in finance:
            raise OnlyFinanceReleases
        if releaser is not self.first_releaser:
            expected = None if self.first_releaser in done else self.first_releaser
            if expected or not self._last(releaser):
                raise ReleaseOutOfOrder

    @property
    def first_releaser(self) -> Reviewer:
        """Who releases first; a project under a regional target is the town's own release."""
        if self.transfer and self.chain[-1] is Reviewer.TOWNSHIP_FINANCE:
            return Reviewer.TOWNSHIP_FINANCE
        return Reviewer.DISTRICT_FINANCE

    def _last(self, releaser: Reviewer) -> bool:
        """Say whether this office's release is the one that reaches the spender."""
        if self.transfer:
            if self.target_level is not TargetLevel.PROJECT:
                return True
            return releaser is Reviewer.TOWNSHIP_FINANCE
        own = self.chain == (Reviewer.DISTRICT_FINANCE,) or not self.coordinates.unit
        return own or releaser is Reviewer.DEPARTMENT

    def _require(self, act: str, *states: TargetState) -> None:
        if self.state not in states:
            raise WrongState(state=STATE_NAMES[self.state], act=act)

    @property
    def governing_grade(self) -> Grade | None:
        """Grade of the latest review."""
        return self.reviews[-1].grade if self.reviews else None


def _follows(previous: Target | None, programme_id: UUID, year: int) -> tuple[int, int]:
    """Return number and returns so far of the next version. Raises TargetUnderReview."""
    if previous is None:
        return 1, 0
    if (previous.programme_id, previous.year) != (programme_id, year):
        raise NotTheProgramme
    if previous.state not in _REWORKABLE:
        raise TargetUnderReview(number=previous.number, state=STATE_NAMES[previous.state])
    return previous.number + 1, previous.returns
