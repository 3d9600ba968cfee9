"""Copies of what other services own: figures and findings that stand beside ours."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.values import Coordinates, Money

NOTHING = Money()
# Which result of a year governs: the higher one covers the lower.
RANKS = ("", "self_evaluation", "roll_up", "recheck", "department_evaluation", "finance_evaluation")
DONE = "accepted"


@dataclass(slots=True)
class KnownExecution:
    """What a programme spent in a year, cumulative, by the treasury's latest figure."""

    execution_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    executed: Money = NOTHING
    day: date | None = None
    state: str = "recorded"
    version: int = 0


@dataclass(slots=True)
class KnownResult:
    """The governing result of a programme's year and the indicators it missed.

    Articles: D-26, T-34.
    """

    result_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    source: str = ""
    score: Decimal | None = None
    grade: str = ""
    self_score: Decimal | None = None
    missed: tuple[str, ...] = ()
    state: str = "known"
    version: int = 0

    def take(self, source: str, score: str, grade: str) -> None:
        """Take a result unless a higher one is known."""
        if score and RANKS.index(source) >= RANKS.index(self.source):
            self.source, self.score, self.grade = source, Decimal(score), grade


@dataclass(slots=True)
class KnownOrder:
    """A rectification order of a programme. Articles: D-25, T-33."""

    order_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    document_number: str
    problems: tuple[str, ...]
    due_on: date | None = None
    state: str = "ordered"
    version: int = 0

    @property
    def open(self) -> bool:
        """Say whether something is still to be done."""
        return self.state != DONE
