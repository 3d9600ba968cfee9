"""The register of responsibility: it follows the person, not the post (D-29, R-44)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates

from .errors import Incomplete, NotNamed
from .events import ResponsibilityObjected, ResponsibilitySet


class ResponsibilityRole(StrEnum):
    """In which position a person answers for a programme."""

    DEPARTMENT_HEAD = "department_head"
    PROGRAMME_RESPONSIBLE = "programme_responsible"


@dataclass(frozen=True, slots=True)
class Post:
    """A post the person held, from a day on; later posts are appended."""

    title: str
    since: date


@dataclass(frozen=True, slots=True)
class ResponsibilityEntry:
    """A person's responsibility; `until` ends the term, never the entry."""

    person: str
    name: str
    role: ResponsibilityRole
    posts: tuple[Post, ...]
    since: date
    lifelong: bool
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result or consequence of a year, for those who were responsible then."""

    year: int
    recorded_on: date
    text: str
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """What the person named says against the register."""

    person: str
    objected_on: date
    text: str


class RegisterState(StrEnum):
    """A register is kept for good."""

    KEPT = "kept"


@dataclass(slots=True)
class ResponsibilityRegister:
    """Who answers for a programme, from its beginning; entries are never deleted (D-29)."""

    register_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    is_major: bool
    entries: tuple[ResponsibilityEntry, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    objections: tuple[Objection, ...] = ()
    state: RegisterState = RegisterState.KEPT
    version: int = 0

    def set(
        self, person: str, name: str, post: str, role: ResponsibilityRole, *, day: date
    ) -> list[ResponsibilitySet]:
        """Make a person responsible from a day on; the one before keeps the entry, ended.

        The same person with another post keeps the entry, the post is appended. For major
        programmes the responsibility is for life.

        Articles: D-29. Rules: R-44.
        """
        if not person or not post.strip():
            raise Incomplete(Finding("/post", "missing", "请填写责任人及其职务。"))
        current = self._current(role)
        if current is not None and current.person == person:
            moved = replace(current, posts=(*current.posts, Post(post, day)))
            self.entries = tuple(moved if e is current else e for e in self.entries)
        else:
            ended = tuple(
                replace(entry, until=day) if entry is current else entry for entry in self.entries
            )
            new = ResponsibilityEntry(person, name, role, (Post(post, day),), day, self.is_major)
            self.entries = (*ended, new)
        return [ResponsibilitySet(self.register_id, self.programme_id, person, self.is_major)]

    def record_outcome(self, outcome: Outcome) -> tuple[str, ...]:
        """Append a result; answer the persons it is held against.

        Those responsible at some time of its year, whatever post they hold today.

        Articles: D-29. Rules: R-44.
        """
        self.outcomes += (outcome,)
        return self.responsible_in(outcome.year)

    def responsible_in(self, year: int) -> tuple[str, ...]:
        """The persons responsible at some time of a budget year, in the order of the register."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        return tuple(
            entry.person
            for entry in self.entries
            if entry.since <= last and (entry.until is None or entry.until > first)
        )

    def object(self, text: str, *, person: str, day: date) -> list[ResponsibilityObjected]:
        """Take an objection of a person named here. Raises NotNamed to anybody else.

        Articles: D-29.
        """
        if all(entry.person != person for entry in self.entries):
            raise NotNamed
        if not text.strip():
            raise Incomplete(Finding("/text", "missing", "请写明异议内容。"))
        self.objections += (Objection(person, day, text.strip()),)
        return [ResponsibilityObjected(self.register_id, self.programme_id, person)]

    def _current(self, role: ResponsibilityRole) -> ResponsibilityEntry | None:
        return next((e for e in self.entries if e.role is role and e.until is None), None)
