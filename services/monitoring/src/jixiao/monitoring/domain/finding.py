"""A finding: open, explained, ordered to be mended, closed (D-18, T-20, T-33)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding as Gap
from jixiao.servicekit.errors import OwnFiling, SecondPerson
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import Incomplete, OnlyFinance, RectificationNotAccepted, WrongState
from .events import DeviationFound, FindingClosed


class Severity(StrEnum):
    """How grave a finding is; serious ones carry a payment hold."""

    MINOR = "minor"
    MAJOR = "major"
    SERIOUS = "serious"


class RectificationStanding(StrEnum):
    """How the rectification stands that a hold leans on."""

    NONE = "none"
    RUNNING = "running"
    FAILED = "failed"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"


class FindingState(StrEnum):
    """States of a finding (§8)."""

    OPEN = "open"
    EXPLAINED = "explained"
    ORDERED = "ordered"
    CLOSED = "closed"


@dataclass(slots=True)
class Finding:
    """A problem or deviation found in the course of the year."""

    finding_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    severity: Severity
    text: str
    amount: Money
    opened_by: str
    opened_on: date
    is_transfer: bool = False
    explanation: str = ""
    explained_by: str = ""
    rectification_id: UUID | None = None
    order_number: str = ""
    rectification: RectificationStanding = RectificationStanding.NONE
    rectification_accepted_on: date | None = None
    withdrawal_number: str = ""
    withdrawal_proposer: str = ""
    closed_on: date | None = None
    state: FindingState = FindingState.OPEN
    version: int = 0

    def open(self, *, district_finance: bool) -> list[DeviationFound]:
        """Put the finding on record; serious ones are district finance's.

        Raises OnlyFinance, Incomplete.

        Articles: D-17, D-18, T-20, T-21.
        """
        if self.severity is Severity.SERIOUS and not district_finance:
            raise OnlyFinance
        if not self.text.strip():
            raise Incomplete(Gap("/text", "missing", "请写明发现的问题。"))
        article = "T-20" if self.is_transfer else "D-18"
        return [
            DeviationFound(
                self.finding_id, self.programme_id, self.year, self.severity, self.text, article
            )
        ]

    def explain(self, text: str, *, person: str) -> None:
        """Take the unit's explanation; it forbids nothing that follows.

        Articles: D-18.
        """
        self._require(FindingState.OPEN, FindingState.ORDERED)
        if not text.strip():
            raise Incomplete(Gap("/explanation", "missing", "请填写情况说明。"))
        self.explanation, self.explained_by = text.strip(), person
        if self.state is FindingState.OPEN:
            self.state = FindingState.EXPLAINED

    def note_order(self, rectification_id: UUID, document_number: str) -> None:
        """Note that a rectification was ordered for it; a further order takes the first's place.

        Articles: D-18, D-25, T-33.
        """
        self._require(FindingState.OPEN, FindingState.EXPLAINED, FindingState.ORDERED)
        self.rectification_id, self.order_number = rectification_id, document_number
        self.rectification = RectificationStanding.RUNNING
        self.state = FindingState.ORDERED

    def note_standing(self, rectification_id: UUID, standing: RectificationStanding) -> None:
        """Note how its rectification goes; an order that was replaced says nothing more."""
        if rectification_id == self.rectification_id:
            self.rectification = standing

    def note_rectified(self, rectification_id: UUID, day: date) -> list[FindingClosed]:
        """Close it, since its rectification passed the check.

        Articles: D-25, T-33.
        """
        self._require(FindingState.ORDERED)
        if rectification_id != self.rectification_id:
            raise RectificationNotAccepted
        self.rectification_accepted_on = day
        self.rectification = RectificationStanding.ACCEPTED
        return self._close(day)

    def close(self, *, person: str, day: date) -> list[FindingClosed]:
        """Close it on an explanation that satisfies; minor and major ones only.

        Raises RectificationNotAccepted for serious ones, OwnFiling to whoever explained it.

        Articles: D-17, T-20.
        """
        if self.severity is Severity.SERIOUS:
            raise RectificationNotAccepted
        if is_own(person, self.explained_by):
            raise OwnFiling
        self._require(FindingState.EXPLAINED)
        return self._close(day)

    def propose_withdrawal(self, document_number: str, *, person: str) -> None:
        """Propose to withdraw the finding by a decision document. Rules: R-27."""
        self._require(FindingState.OPEN, FindingState.EXPLAINED, FindingState.ORDERED)
        if not document_number.strip():
            raise Incomplete(Gap("/document_number", "missing", "请填写撤销决定文号。"))
        self.withdrawal_number, self.withdrawal_proposer = document_number.strip(), person

    def confirm_withdrawal(self, *, person: str, day: date) -> list[FindingClosed]:
        """Withdraw it; its payment hold may then be lifted. Raises SecondPerson. Rules: R-27."""
        self._require(FindingState.OPEN, FindingState.EXPLAINED, FindingState.ORDERED)
        if not self.withdrawal_number:
            raise WrongState(self.state)
        if is_own(person, self.withdrawal_proposer):
            raise SecondPerson
        return self._close(day)

    def _close(self, day: date) -> list[FindingClosed]:
        self.state, self.closed_on = FindingState.CLOSED, day
        withdrawn = "" if self.rectification_accepted_on else self.withdrawal_number
        return [FindingClosed(self.finding_id, self.programme_id, withdrawn)]

    def _require(self, *states: FindingState) -> None:
        if self.state not in states:
            raise WrongState(self.state)
