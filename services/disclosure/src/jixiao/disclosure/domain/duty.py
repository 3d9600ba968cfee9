"""A duty to publish: whose it is, until when, how late (D-27, T-35)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import WorkingDays, days_after, days_late
from jixiao.servicekit.errors import SecondPerson
from jixiao.servicekit.values import Coordinates, is_own

from .errors import ContentMissing, NothingProposed, NotOwner, NotPublishable
from .events import DutyCreated, DutyMoved, Event
from .kinds import FINANCE, ExemptBasis, Kind

DAYS = 20


def due_after(kind: Kind, day: date, calendar: WorkingDays) -> date:
    """The last day for publishing what became due to be published on `day`.

    Key evaluations and notices: 20 working days after they are final. Everything else: 20 days
    after the budget, the targets or the final accounts were received.

    Rules: R-40.
    """
    if kind in (Kind.KEY, Kind.NOTICE):
        return calendar.after(day, DAYS)
    return days_after(day, DAYS)


class State(StrEnum):
    """States of domain.md §8; `overdue` is entered and left by the clock alone."""

    DUE = "due"
    PREPARED = "prepared"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    EXEMPT = "exempt"
    OVERDUE = "overdue"


OPEN = (State.DUE, State.PREPARED, State.OVERDUE)
_WORDS = {
    State.DUE: "待公开", State.PREPARED: "待保密审查", State.REVIEWED: "保密审查通过",
    State.PUBLISHED: "已公开", State.CORRECTED: "已更正", State.EXEMPT: "依法不公开",
    State.OVERDUE: "逾期未公开",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Office:
    """Who acts: a line code, or `finance`."""

    code: str
    person: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Content fixed for its secrecy review: the review clears it as it stands (R-41)."""

    snapshot: str
    document_number: str
    proposed_by: str
    proposed_on: date


@dataclass(slots=True)
class DisclosureDuty:
    """One page that an office must publish. Articles: D-27, T-35."""

    duty_id: UUID
    programme_id: UUID | None
    coordinates: Coordinates
    year: int
    kind: Kind
    owner: str
    title: str
    due_on: date
    source: UUID | None = None
    """What it is about where that is not a programme: the notice."""
    named: tuple[str, ...] = ()
    """Programmes named in a notice."""
    proposal: Proposal | None = None
    return_opinion: str = ""
    published_on: date | None = None
    publication_id: UUID | None = None
    reviewed_by: str = ""
    exempt_basis: ExemptBasis | None = None
    state: State = State.DUE
    version: int = 0

    def create(self) -> list[Event]:
        """Begin the duty. Articles: D-27, T-35."""
        return [DutyCreated(self.duty_id, self.programme_id, self.state)]

    def propose(self, snapshot: str, document_number: str, by: Office, day: date) -> list[Event]:
        """Fix the content for its secrecy review; a new proposal replaces the one before.

        Raises NotOwner, NotPublishable, ContentMissing.

        Articles: D-27, T-35.
        """
        self._owned(by)
        self._open()
        if not snapshot:
            raise ContentMissing(missing=self.title)
        self.proposal = Proposal(snapshot, document_number, by.person, day)
        self.return_opinion = ""
        if self.state is not State.OVERDUE:
            self.state = State.PREPARED
        return self._moved()

    def confirm(self, by: Office, day: date, publication_id: UUID) -> Proposal:
        """Clear the proposal and publish it, by a named reviewer who is not its author.

        Raises NotOwner, NotPublishable, NothingProposed, SecondPerson.

        Articles: D-27, T-35. Rules: R-41, R-51.
        """
        proposal = self._reviewable(by)
        self.reviewed_by = by.person
        self.proposal = None
        self.published_on = day
        self.publication_id = publication_id
        self.state = State.PUBLISHED
        return proposal

    def send_back(self, opinion: str, by: Office) -> list[Event]:
        """The reviewer does not clear the content: it goes back to its author.

        Raises NotOwner, NotPublishable, NothingProposed, SecondPerson.

        Rules: R-41, R-51.
        """
        self._reviewable(by)
        self.proposal = None
        self.return_opinion = opinion
        if self.state is State.PREPARED:
            self.state = State.DUE
        return self._moved()

    def exempt(self, basis: ExemptBasis, by: Office) -> list[Event]:
        """End the duty without publication, on a legal basis. Raises NotOwner, NotPublishable.

        Articles: D-27, T-35.
        """
        self._owned(by)
        self._open()
        self.exempt_basis = basis
        self.proposal = None
        self.state = State.EXEMPT
        return self._moved()

    def turn(self, day: date) -> list[Event]:
        """At 00:00 of `day`: overdue once the due date lies before it. Rules: R-39, R-40."""
        if self.state in (State.DUE, State.PREPARED) and self.due_on < day:
            self.state = State.OVERDUE
            return self._moved()
        return []

    def correct(self) -> None:
        """Its publication has a corrected version. Rules: R-42."""
        self.state = State.CORRECTED

    def lateness(self, today: date) -> int:
        """Days late: of what is published, on its day; of what is open, today. Rules: R-39, R-40."""
        if self.state is State.EXEMPT:
            return 0
        return days_late(self.due_on, self.published_on or today)

    def _moved(self) -> list[Event]:
        return [DutyMoved(self.duty_id, self.programme_id, self.state)]

    def _owned(self, by: Office) -> None:
        if by.code != self.owner:
            raise NotOwner(owner="区财政局" if self.owner == FINANCE else "该项目的主管部门")

    def _open(self) -> None:
        if self.state not in OPEN:
            raise NotPublishable(state=_WORDS[self.state])

    def _reviewable(self, by: Office) -> Proposal:
        self._owned(by)
        self._open()
        if self.proposal is None:
            raise NothingProposed
        if is_own(by.person, self.proposal.proposed_by):
            raise SecondPerson
        return self.proposal
