"""The package for the people's congress (D-28)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import days_after, days_late
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.values import Coordinates, is_own

from .errors import NoSuchRow, NotYourRow, PackageEmpty, PackageFrozen, PackageState, Unanswered
from .events import (
    Event,
    PackageAnswered,
    PackageApproved,
    PackageChecked,
    PackageClosed,
    PackageDrafted,
    PackageMoved,
    PackageQuestioned,
    PackageRead,
    PackageSubmitted,
    PackageSupplemented,
)
from .kinds import FINANCE

ANSWER_DAYS = 15


class PackageKind(StrEnum):
    """With what it goes to the congress."""

    DRAFT_BUDGET = "draft_budget"
    DRAFT_FINAL_ACCOUNTS = "draft_final_accounts"


class State(StrEnum):
    """States of domain.md §8."""

    DRAFTING = "drafting"
    FINANCE_CHECKED = "finance_checked"
    APPROVED_BY_GOVERNMENT = "approved_by_government"
    SUBMITTED = "submitted"
    READ = "read"
    QUESTIONED = "questioned"
    ANSWERED = "answered"
    CLOSED = "closed"


WORDS = {
    State.DRAFTING: "编制中", State.FINANCE_CHECKED: "财政已审核",
    State.APPROVED_BY_GOVERNMENT: "政府已批准", State.SUBMITTED: "已报送", State.READ: "已审阅",
    State.QUESTIONED: "已提问", State.ANSWERED: "已答复", State.CLOSED: "已办结",
}  # fmt: skip
WITH_CONGRESS = (State.SUBMITTED, State.READ, State.QUESTIONED, State.ANSWERED)


@dataclass(frozen=True, slots=True)
class PackageItem:
    """A row: a programme's target, figures and results, fixed when it was put in."""

    programme_id: UUID
    line: str
    name: str
    snapshot: str
    note: str
    submitted_by: str
    submitted_on: date
    classification: str = "internal"


@dataclass(frozen=True, slots=True)
class Supplement:
    """What came after submission, beside the rows and never in their place."""

    number: int
    text: str
    items: tuple[PackageItem, ...]
    added_by: str
    added_on: date


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the congress; `line` is the department that answers, or finance."""

    number: int
    programme_id: UUID | None
    line: str
    text: str
    asked_by: str
    asked_on: date
    due_on: date
    answer: str = ""
    answered_by: str = ""
    answered_on: date | None = None

    def lateness(self, today: date) -> int:
        """Days late. Rules: R-39."""
        return days_late(self.due_on, self.answered_on or today)


@dataclass(slots=True)
class CongressPackage:
    """One package of a year. Articles: D-28."""

    package_id: UUID
    coordinates: Coordinates
    year: int
    kind: PackageKind
    title: str
    session_on: date
    items: tuple[PackageItem, ...] = ()
    checked_by: str = ""
    checked_on: date | None = None
    check_opinion: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    approval_document: str = ""
    submitted_by: str = ""
    submitted_on: date | None = None
    document_number: str = ""
    days_before_session: int = 0
    read_by: str = ""
    read_on: date | None = None
    supplements: tuple[Supplement, ...] = ()
    questions: tuple[Question, ...] = ()
    closed_on: date | None = None
    state: State = State.DRAFTING
    version: int = 0

    def create(self, day: date) -> list[Event]:
        """Open it in drafting. Articles: D-28."""
        return [self._told(PackageDrafted, day)]

    def submit_items(self, items: tuple[PackageItem, ...], day: date) -> list[Event]:
        """Put rows in; a programme named again replaces its row. Raises PackageFrozen.

        Articles: D-28.
        """
        if self.state is not State.DRAFTING:
            raise PackageFrozen
        named = {item.programme_id for item in items}
        self.items = tuple(i for i in self.items if i.programme_id not in named) + items
        return [self._told(PackageDrafted, day)]

    def check(self, opinion: str, person: str, day: date) -> list[Event]:
        """Finance has checked the rows. Raises PackageState, PackageEmpty, OwnFiling.

        Articles: D-28. Rules: R-51.
        """
        self._in(State.DRAFTING)
        if not self.items:
            raise PackageEmpty
        if is_own(person, *(item.submitted_by for item in self.items)):
            raise OwnFiling
        self.checked_by, self.checked_on, self.check_opinion = person, day, opinion
        self.state = State.FINANCE_CHECKED
        return [self._told(PackageChecked, day)]

    def approve(self, document_number: str, person: str, day: date) -> list[Event]:
        """Record the government's approval. Raises PackageState, OwnFiling (by the checker).

        Articles: D-28. Rules: R-51.
        """
        self._in(State.FINANCE_CHECKED)
        if is_own(person, self.checked_by, *(item.submitted_by for item in self.items)):
            raise OwnFiling
        self.approved_by, self.approved_on = person, day
        self.approval_document = document_number
        self.state = State.APPROVED_BY_GOVERNMENT
        return [self._told(PackageApproved, day)]

    def submit(self, document_number: str, person: str, day: date) -> list[Event]:
        """Hand it to the congress. Raises PackageState. Articles: D-28."""
        self._in(State.APPROVED_BY_GOVERNMENT)
        self.submitted_by, self.submitted_on = person, day
        self.document_number = document_number
        self.days_before_session = (self.session_on - day).days
        self.state = State.SUBMITTED
        return [self._told(PackageSubmitted, day)]

    def supplement(
        self, text: str, items: tuple[PackageItem, ...], person: str, day: date
    ) -> list[Event]:
        """Add what came later; the rows stay. Raises PackageState. Articles: D-28."""
        self._in(*WITH_CONGRESS)
        number = len(self.supplements) + 1
        self.supplements += (Supplement(number, text, items, person, day),)
        return [self._told(PackageSupplemented, day)]

    def read(self, person: str, day: date) -> list[Event]:
        """The congress has read it; a second reading changes nothing. Raises PackageState.

        Articles: D-28.
        """
        self._in(*WITH_CONGRESS)
        if self.read_on is None:
            self.read_by, self.read_on = person, day
        if self.state is State.SUBMITTED:
            self.state = State.READ
        return [self._told(PackageRead, day)]

    def ask(self, programme_id: UUID | None, text: str, person: str, day: date) -> Question:
        """Ask on the row of a programme, or on the whole; the answer is due after 15 days.

        Raises PackageState, NoSuchRow.

        Articles: D-28.
        """
        self._in(*WITH_CONGRESS)
        line = FINANCE if programme_id is None else self._row(programme_id).line
        question = Question(
            len(self.questions) + 1, programme_id, line, text, person, day,
            days_after(day, ANSWER_DAYS),
        )  # fmt: skip
        self.questions += (question,)
        self.state = State.QUESTIONED
        return question

    def questioned(self, day: date) -> list[Event]:
        """What `ask` tells."""
        return [self._told(PackageQuestioned, day)]

    def answer(self, number: int, text: str, office: str, person: str, day: date) -> list[Event]:
        """Answer a question, once; `office` is the answering line, or finance.

        Raises PackageState, NoSuchRow, NotYourRow.

        Articles: D-28.
        """
        self._in(State.QUESTIONED)
        open_ones = {q.number: q for q in self.questions if q.answered_on is None}
        if number not in open_ones:
            raise NoSuchRow
        if office not in (FINANCE, open_ones[number].line):
            raise NotYourRow
        answered = replace(open_ones[number], answer=text, answered_by=person, answered_on=day)
        self.questions = tuple(answered if q.number == number else q for q in self.questions)
        if len(open_ones) == 1:
            self.state = State.ANSWERED
        return [self._told(PackageAnswered, day)]

    def close(self, day: date) -> list[Event]:
        """Close it, read and with every question answered. Raises Unanswered, PackageState.

        Articles: D-28.
        """
        if left := sum(q.answered_on is None for q in self.questions):
            raise Unanswered(count=left)
        self._in(State.READ, State.ANSWERED)
        self.closed_on = day
        self.state = State.CLOSED
        return [self._told(PackageClosed, day)]

    def _row(self, programme_id: UUID) -> PackageItem:
        rows = (*self.items, *(item for s in self.supplements for item in s.items))
        for item in rows:
            if item.programme_id == programme_id:
                return item
        raise NoSuchRow

    def _in(self, *states: State) -> None:
        if self.state not in states:
            raise PackageState(state=WORDS[self.state])

    def _told(self, kind: type[PackageMoved], day: date) -> PackageMoved:
        return kind(self.package_id, self.year, self.state, day)
