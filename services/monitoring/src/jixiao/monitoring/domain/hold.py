"""The payment hold: proposed, suspended, stopped, lifted, each by two people (D-18, R-27)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding, SecondPerson
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import (
    HoldOpen,
    Incomplete,
    NoGround,
    OnlyFinance,
    RectificationNotAccepted,
    StopNotAllowed,
    WrongState,
)
from .events import (
    PaymentHoldProposed,
    PaymentHoldRejected,
    PaymentResumed,
    PaymentStopped,
    PaymentSuspended,
)
from .finding import Finding as Problem
from .finding import FindingState, RectificationStanding, Severity

ARTICLE = "D-18"
LIFTED_BY = "整改经检查通过（或问题经决定撤销）后，由区财政局两人提出并确认恢复拨款。"


class HoldState(StrEnum):
    """States of a payment hold (§8)."""

    PROPOSED = "proposed"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    LIFTED = "lifted"
    REJECTED = "rejected"


class Exemption(StrEnum):
    """Payments that are only held if confirmed a second time."""

    NONE = "none"
    WAGES = "wages"
    BASIC_LIVING = "basic_living"
    DEBT_SERVICE = "debt_service"
    DISASTER_RELIEF = "disaster_relief"


class Change(StrEnum):
    """What is proposed on a hold in force."""

    STOP = "stop"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a hold stands on: a finding, and how its rectification stands."""

    finding_id: UUID
    severity: Severity
    rectification: RectificationStanding = RectificationStanding.NONE
    serious_violation: bool = False

    @classmethod
    def of(cls, finding: Problem, *, serious_violation: bool = False) -> "Ground":
        """The ground that an open finding gives. Raises NoGround where it is closed."""
        if finding.state is FindingState.CLOSED:
            raise NoGround
        return cls(finding.finding_id, finding.severity, finding.rectification, serious_violation)

    @property
    def suffices(self) -> bool:
        """A serious finding, or a failed or overdue rectification. Rules: R-27."""
        return self.severity is Severity.SERIOUS or self.rectification in {
            RectificationStanding.FAILED,
            RectificationStanding.OVERDUE,
            RectificationStanding.ESCALATED,
        }


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A stop or lift that waits for its second person."""

    change: Change
    document_number: str
    proposer: str
    proposed_on: date


class Verdict(StrEnum):
    """The treasury's answer."""

    ALLOW = "allow"
    DENY = "deny"
    ALLOW_UP_TO = "allow_up_to"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """May it be paid? With a deny, or a limit, the state, the decision and the article."""

    verdict: Verdict
    state: HoldState | None = None
    document_number: str = ""
    article: str = ""
    limit: Money | None = None
    lifted_by: str = ""


_IN_FORCE = (HoldState.SUSPENDED, HoldState.STOPPED)
_OPEN = (HoldState.PROPOSED, *_IN_FORCE)


@dataclass(slots=True)
class PaymentHold:
    """A hold on the payments of one programme, whole or above a cap (yuan), from a day on."""

    hold_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    ground: Ground
    document_number: str
    start_on: date
    proposer: str
    proposed_on: date
    cap: Money | None = None
    exemption: Exemption = Exemption.NONE
    stop_at_once: bool = False
    first_confirmer: str = ""
    decided_by: str = ""
    decided_on: date | None = None
    rectification_accepted_on: date | None = None
    finding_withdrawn_by: str = ""
    pending: ProposedChange | None = None
    stop_number: str = ""
    lift_number: str = ""
    lifted_on: date | None = None
    state: HoldState = HoldState.PROPOSED
    version: int = 0

    def propose(
        self, *, district_finance: bool, open_hold: bool = False
    ) -> list[PaymentHoldProposed]:
        """Check the proposal as filled in; it shows what the treasury would be told.

        `open_hold`: another hold of the programme is open. Raises OnlyFinance, HoldOpen,
        NoGround, StopNotAllowed, Incomplete.

        Articles: D-18. Rules: R-27.
        """
        if not district_finance:
            raise OnlyFinance
        if open_hold:
            raise HoldOpen
        if not self.ground.suffices:
            raise NoGround
        if self.stop_at_once and not self.ground.serious_violation:
            raise StopNotAllowed
        if not self.document_number.strip():
            message = "请填写暂缓拨款决定文号。"
            raise Incomplete(Finding("/document_number", "missing", message))
        answer = self.would_answer
        told = f"{answer.verdict}({answer.state}, {answer.document_number}, {answer.article})"
        return [PaymentHoldProposed(self.hold_id, self.programme_id, self.document_number, told)]

    def decide(
        self, *, person: str, day: date, agreed: bool = True
    ) -> list[PaymentSuspended | PaymentStopped | PaymentHoldRejected]:
        """Suspend (or stop at once a serious violation), or turn the proposal down.

        Wages, basic living, debt service and disaster relief are held only when a third
        person confirms a second time; the first confirmation leaves them proposed. Raises
        SecondPerson to the proposer, WrongState.

        Articles: D-18. Rules: R-27, R-51.
        """
        if is_own(person, self.proposer, self.first_confirmer):
            raise SecondPerson
        self._require(HoldState.PROPOSED)
        if not agreed:
            self._decided(person, day, HoldState.REJECTED)
            return [PaymentHoldRejected(self.hold_id, self.programme_id)]
        if self.exemption is not Exemption.NONE and not self.first_confirmer:
            self.first_confirmer = person
            return []
        # a hold binds from the committed decision on; payments made before stay
        self.start_on = max(self.start_on, day)
        if self.stop_at_once:
            self.stop_number = self.document_number
            self._decided(person, day, HoldState.STOPPED)
            return [self._stopped(day)]
        self._decided(person, day, HoldState.SUSPENDED)
        return [
            PaymentSuspended(
                self.hold_id,
                self.programme_id,
                self.document_number,
                self.start_on,
                self.year,
                self.cap,
            )
        ]

    def note_standing(self, standing: RectificationStanding) -> None:
        """Note how the rectification under it goes; it is no ground to pay again."""
        self.ground = replace(self.ground, rectification=standing)

    def note_rectified(self, day: date) -> None:
        """Note that the rectification passed its check: the hold may now be lifted.

        Articles: D-18, D-25.
        """
        self._require(*_OPEN)
        self.rectification_accepted_on = day
        self.note_standing(RectificationStanding.ACCEPTED)

    def note_withdrawn(self, document_number: str) -> None:
        """Note that the finding was withdrawn by a decision document. Rules: R-27."""
        self._require(*_OPEN)
        self.finding_withdrawn_by = document_number

    def propose_change(
        self, change: Change, document_number: str, *, person: str, day: date
    ) -> None:
        """Propose to stop, or to lift once the rectification is accepted.

        Raises WrongState, RectificationNotAccepted, Incomplete.

        Articles: D-18, D-25. Rules: R-27.
        """
        self._require(*(_IN_FORCE if change is Change.LIFT else (HoldState.SUSPENDED,)))
        self._may_lift(change)
        if not document_number.strip():
            message = "请填写决定文号。"
            raise Incomplete(Finding("/document_number", "missing", message))
        self.pending = ProposedChange(change, document_number.strip(), person, day)

    def confirm_change(self, *, person: str, day: date) -> list[PaymentStopped | PaymentResumed]:
        """Carry out the proposed stop or lift; guards are asked again.

        Raises SecondPerson to its proposer, WrongState, RectificationNotAccepted.

        Articles: D-18, D-25. Rules: R-27, R-51.
        """
        self._require(*_IN_FORCE)
        if self.pending is None:
            raise WrongState(self.state)
        if is_own(person, self.pending.proposer):
            raise SecondPerson
        change, number = self.pending.change, self.pending.document_number
        self._may_lift(change)
        self.pending = None
        if change is Change.STOP:
            self.stop_number, self.state = number, HoldState.STOPPED
            return [self._stopped(day)]
        self.lift_number, self.lifted_on, self.state = number, day, HoldState.LIFTED
        return [PaymentResumed(self.hold_id, self.programme_id, number, day, self.year)]

    @property
    def is_open(self) -> bool:
        """Whether it stands in the way of another hold on the programme."""
        return self.state in _OPEN

    @property
    def would_answer(self) -> PaymentAnswer:
        """What the treasury is told while the hold is in force, before any payment."""
        state = HoldState.STOPPED if self.stop_at_once else HoldState.SUSPENDED
        if self.state in _IN_FORCE:
            state = self.state
        number = self.stop_number or self.document_number
        verdict = Verdict.DENY if self.cap is None else Verdict.ALLOW_UP_TO
        return PaymentAnswer(verdict, state, number, ARTICLE, self.cap, LIFTED_BY)

    def answer(self, day: date, paid_since: Money) -> PaymentAnswer:
        """Answer the treasury on a day; `paid_since` is what was paid since the hold began.

        Articles: D-18. Rules: R-27.
        """
        if self.state not in _IN_FORCE or day < self.start_on:
            return PaymentAnswer(Verdict.ALLOW)
        told = self.would_answer
        if self.cap is None:
            return told
        left = max(self.cap - paid_since, Money())
        return replace(told, limit=left)

    def _may_lift(self, change: Change) -> None:
        if change is not Change.LIFT:
            return
        if self.rectification_accepted_on is None and not self.finding_withdrawn_by:
            raise RectificationNotAccepted

    def _stopped(self, day: date) -> PaymentStopped:
        return PaymentStopped(self.hold_id, self.programme_id, self.stop_number, day, self.year)

    def _decided(self, person: str, day: date, state: HoldState) -> None:
        self.decided_by, self.decided_on, self.state = person, day, state

    def _require(self, *states: HoldState) -> None:
        if self.state not in states:
            raise WrongState(self.state)


def may_pay(
    hold: PaymentHold | None, day: date, *, programme_known: bool, paid_since: Money
) -> PaymentAnswer:
    """Answer the treasury: allow, deny, allow up to what is left of the cap, or not found.

    An unknown programme is `not_found`: the treasury applies its own rule.

    Articles: D-18. Rules: R-27.
    """
    if not programme_known:
        return PaymentAnswer(Verdict.NOT_FOUND)
    return PaymentAnswer(Verdict.ALLOW) if hold is None else hold.answer(day, paid_since)
