"""The linkage proposal: computed, proposed, consulted, decided by another, sent, applied."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import WorkingDays
from jixiao.servicekit.errors import Finding, SecondPerson
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import (
    ConsultationOpen,
    GovernmentDocumentMissing,
    Incomplete,
    NoProposal,
    ReasonMissing,
    WrongState,
)
from .linkage import Action, Linkage, LinkageCase, link
from .linkage_events import (
    LinkageApplied,
    LinkageCommented,
    LinkageConsulted,
    LinkageDecided,
    LinkageGovernmentDecided,
    LinkageProposed,
    LinkageRecomputed,
    LinkageSent,
    LinkageSubmittedToGovernment,
)

COMMENT_WORKING_DAYS = 10


class LinkageState(StrEnum):
    """States of a linkage proposal (§8)."""

    COMPUTED = "computed"
    PROPOSED = "proposed"
    CONSULTED = "consulted"
    DECIDED = "decided"
    SUBMITTED_TO_GOVERNMENT = "submitted_to_government"
    GOVERNMENT_DECIDED = "government_decided"
    SENT = "sent"
    APPLIED = "applied"


class Decision(StrEnum):
    """What finance does with the proposal."""

    ACCEPTED = "accepted"
    MODIFIED = "modified"
    REJECTED = "rejected"


class GovernmentOutcome(StrEnum):
    """What the district government does with a transfer (T-31)."""

    KEPT = "kept"
    ADJUSTED = "adjusted"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class LinkageProposal:
    """What the governing result does to the budget of `year` (the year after the deciding one)."""

    proposal_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    result_year: int
    case: LinkageCase
    linkage: Linkage
    proposer: str = ""
    proposed_on: date | None = None
    consultation_due_on: date | None = None
    commenter: str = ""
    comment: str = ""
    decision: Decision | None = None
    decision_reason: str = ""
    decided_by: str = ""
    decided_on: date | None = None
    ceiling: Money | None = None
    government_document: str = ""
    government_outcome: GovernmentOutcome | None = None
    sent_on: date | None = None
    state: LinkageState = LinkageState.COMPUTED
    version: int = 0

    @classmethod
    def compute(
        cls,
        proposal_id: UUID,
        programme_id: UUID,
        coordinates: Coordinates,
        *,
        year: int,
        result_year: int,
        case: LinkageCase,
    ) -> "LinkageProposal":
        """Compute the proposal of a district programme or the root of a transfer.

        Raises NoProposal where no result is due yet, and what `link` raises.

        Articles: D-26, T-30, T-31. Rules: R-29, R-30.
        """
        linkage = link(case)
        if linkage.no_proposal:
            raise NoProposal
        return cls(proposal_id, programme_id, coordinates, year, result_year, case, linkage)

    def propose(
        self,
        *,
        person: str,
        day: date,
        finance_rate: Decimal | None = None,
        rate_reason: str = "",
        poor_left_out_by: str = "",
    ) -> list[LinkageProposed]:
        """Put the proposal forward, with another rate where finance sets one.

        A faulty rate is answered before the state, so that nobody learns of a legal minimum
        only after taking something back. Raises CutBelowMinimum, RateAboveOne, ReasonMissing,
        WrongState.

        Articles: D-26, T-31. Rules: R-29, R-33.
        """
        case = self.case
        if finance_rate is not None:
            case = replace(case, finance_rate=finance_rate, rate_reason=rate_reason)
        if poor_left_out_by:
            case = replace(case, poor_left_out_by=poor_left_out_by)
        linkage = link(case)
        if linkage.no_proposal:
            raise NoProposal
        self._require(LinkageState.COMPUTED, LinkageState.PROPOSED)
        self.case, self.linkage = case, linkage
        self.proposer, self.proposed_on = person, day
        self.state = LinkageState.PROPOSED
        return [
            LinkageProposed(
                self.proposal_id,
                self.programme_id,
                self.year,
                tuple(linkage.actions),
                linkage.base,
                linkage.rate,
                linkage.cut,
                linkage.proposed_max,
                linkage.take_back,
            )
        ]

    def consult(self, *, day: date, calendar: WorkingDays) -> list[LinkageConsulted]:
        """Ask the department; it has ten working days.

        Articles: D-26, T-30.
        """
        self._require(LinkageState.PROPOSED)
        self.consultation_due_on = calendar.after(day, COMMENT_WORKING_DAYS)
        self.state = LinkageState.CONSULTED
        return [LinkageConsulted(self.proposal_id, self.programme_id, self.consultation_due_on)]

    def comment_on(self, text: str, *, person: str) -> list[LinkageCommented]:
        """Take the department's opinion.

        Articles: D-26.
        """
        self._require(LinkageState.CONSULTED)
        if not text.strip():
            raise Incomplete(Finding("/comment", "missing", "请填写部门意见。"))
        self.commenter, self.comment = person, text.strip()
        return [LinkageCommented(self.proposal_id, self.programme_id, self.comment)]

    def decide(
        self,
        decision: Decision,
        *,
        person: str,
        day: date,
        reason: str = "",
        finance_rate: Decimal | None = None,
        government_document: str = "",
    ) -> list[LinkageDecided]:
        """Accept, modify (with another rate and a reason) or reject (with a reason).

        A rejected proposal sets no ceiling; where the poor row matched it needs a decision
        document of the district government. Raises SecondPerson to the proposer, WrongState,
        ConsultationOpen, ReasonMissing, GovernmentDocumentMissing, CutBelowMinimum.

        Articles: D-26, T-31. Rules: R-29, R-33, R-51.
        """
        if is_own(person, self.proposer, self.commenter):
            raise SecondPerson
        self._require(LinkageState.CONSULTED)
        if not self.comment and self.consultation_due_on and day <= self.consultation_due_on:
            raise ConsultationOpen(due=self.consultation_due_on)
        if decision is not Decision.ACCEPTED and not reason.strip():
            raise ReasonMissing(Finding("/reason", "reason_missing", ReasonMissing.sentence))
        if decision is Decision.REJECTED and self.case.poor_row and not government_document:
            raise GovernmentDocumentMissing
        if decision is Decision.MODIFIED:
            self._modify(finance_rate, reason)
        self.decision, self.decision_reason = decision, reason.strip()
        self.decided_by, self.decided_on = person, day
        self.government_document = government_document
        self.ceiling = None if decision is Decision.REJECTED else self.linkage.proposed_max
        self.state = LinkageState.DECIDED
        return [self._decided()]

    def submit_to_government(self, document_number: str) -> list[LinkageSubmittedToGovernment]:
        """Report a serious case to the government; until it decides the amount is frozen at 0.

        Articles: T-31.
        """
        self._require(LinkageState.DECIDED)
        if Action.PROPOSE_GOVERNMENT not in self.linkage.actions:
            raise WrongState(self.state)
        self.state = LinkageState.SUBMITTED_TO_GOVERNMENT
        return [LinkageSubmittedToGovernment(self.proposal_id, self.programme_id, document_number)]

    def record_government_decision(
        self, outcome: GovernmentOutcome, ceiling: Money, document_number: str
    ) -> list[LinkageGovernmentDecided]:
        """Record what the district government decided, with its document; its ceiling binds.

        Articles: T-31.
        """
        self._require(LinkageState.SUBMITTED_TO_GOVERNMENT)
        if not document_number.strip():
            raise GovernmentDocumentMissing
        self.government_document, self.government_outcome = document_number, outcome
        self.ceiling = Money() if outcome is GovernmentOutcome.CANCELLED else ceiling
        self.state = LinkageState.GOVERNMENT_DECIDED
        return [
            LinkageGovernmentDecided(
                self.proposal_id, self.programme_id, document_number, outcome, self.ceiling
            )
        ]

    def send(self, *, day: date) -> list[LinkageSent]:
        """Hand the decision to the budget system, which fetched it.

        A case for the government may go out frozen at 0 before the government has decided.

        Articles: D-6(7), D-26.
        """
        self._require(LinkageState.DECIDED, LinkageState.GOVERNMENT_DECIDED)
        self.sent_on = day
        self.state = LinkageState.SENT
        return [LinkageSent(self.proposal_id, self.programme_id, day)]

    def apply(self, *, day: date) -> list[LinkageApplied]:
        """Note that the approved budget carries the decision.

        Articles: D-26.
        """
        self._require(LinkageState.SENT)
        self.state = LinkageState.APPLIED
        return [LinkageApplied(self.proposal_id, self.programme_id, day)]

    def recompute(
        self, case: LinkageCase, *, reason: str, score_corrected: bool = False
    ) -> list[LinkageRecomputed]:
        """Compute again: before consultation freely, later only by a corrected score.

        `score_corrected`: a corrected score or a late filing re-checked (R-42, R-31) sends the
        proposal back to computed until it is applied.

        Rules: R-31, R-42.
        """
        self._require(
            *(
                [state for state in LinkageState if state is not LinkageState.APPLIED]
                if score_corrected
                else [LinkageState.COMPUTED, LinkageState.PROPOSED]
            )
        )
        linkage = link(case)
        self.case, self.linkage = case, linkage
        self.proposer = self.commenter = self.comment = self.decided_by = self.decision_reason = ""
        self.proposed_on = self.consultation_due_on = self.decided_on = self.sent_on = None
        self.decision, self.ceiling, self.government_outcome = None, None, None
        self.government_document = ""
        self.state = LinkageState.COMPUTED
        return [LinkageRecomputed(self.proposal_id, self.programme_id, reason)]

    def _modify(self, finance_rate: Decimal | None, reason: str) -> None:
        if finance_rate is None:
            message = "修改挂钩建议须填写压减比例。"
            raise Incomplete(Finding("/finance_rate", "missing", message))
        case = replace(self.case, finance_rate=finance_rate, rate_reason=reason)
        self.linkage = link(case)
        self.case = case

    def _decided(self) -> LinkageDecided:
        rejected = self.decision is Decision.REJECTED
        linkage = self.linkage
        return LinkageDecided(
            self.proposal_id,
            self.programme_id,
            self.year,
            str(self.decision),
            () if rejected else tuple(linkage.actions),
            linkage.base,
            Decimal("0.00") if rejected else linkage.rate,
            Money() if rejected else linkage.cut,
            self.ceiling,
            Money() if rejected else linkage.take_back,
            () if rejected else linkage.consequences,
        )

    def _require(self, *states: LinkageState) -> None:
        if self.state not in states:
            raise WrongState(self.state)
