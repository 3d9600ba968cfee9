"""Third parties, fit or unfit for a commission (D-6(8), T-26, R-43)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.commission_events import (
    ThirdPartyRegistered,
    ThirdPartySuspended,
)
from jixiao.evaluation.domain.errors import (
    ReasonMissing,
    ThirdPartyUnfit,
    WrongState,
)
from jixiao.measures.score import Grade
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates

CONFLICT_YEARS = 3


class ThirdPartyState(StrEnum):
    """Domain.md §8."""

    REGISTERED = "registered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@dataclass(slots=True)
class ThirdParty:
    """An institution that may be commissioned; `year` is that of its registration.

    `poor_on` holds the days of its poor marks.
    """

    third_party_id: UUID
    coordinates: Coordinates
    year: int
    name: str
    credit_code: str
    suspended_until: date | None = None
    reason: str = ""
    poor_on: tuple[date, ...] = ()
    state: ThirdPartyState = ThirdPartyState.REGISTERED
    version: int = 0

    def registered(self) -> list[ThirdPartyRegistered]:
        """Say that it is known. Articles: D-6(8)."""
        return [ThirdPartyRegistered(self.third_party_id, self.name)]

    def suspend(self, reason: str, until: date) -> list[ThirdPartySuspended]:
        """Give it no commission until that day. Raises ReasonMissing.

        Rules: R-43. Articles: D-6(8).
        """
        if self.state is ThirdPartyState.REMOVED:
            raise WrongState(state=self.state, act="暂停第三方机构")
        if not reason.strip():
            raise ReasonMissing(Finding("/reason", "required", "请填写暂停的理由。"))
        self.state, self.reason, self.suspended_until = ThirdPartyState.SUSPENDED, reason, until
        return [ThirdPartySuspended(self.third_party_id, reason, until)]

    def remove(self, reason: str) -> list[ThirdPartySuspended]:
        """Strike it off, as for a false report. Rules: R-43. Articles: D-6(8)."""
        if not reason.strip():
            raise ReasonMissing(Finding("/reason", "required", "请填写除名的理由。"))
        self.state, self.reason, self.suspended_until = ThirdPartyState.REMOVED, reason, None
        return [ThirdPartySuspended(self.third_party_id, reason, None)]

    def take_mark(self, mark_grade: Grade, today: date) -> list[ThirdPartySuspended]:
        """A poor mark suspends it for a year, the second in three years removes it.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        if mark_grade is not Grade.POOR:
            return []
        before = [each for each in self.poor_on if each > years_before(today, CONFLICT_YEARS)]
        self.poor_on += (today,)
        if before:
            return self.remove("三年内两次质量评价为差")
        return self.suspend("质量评价为差", years_before(today, -1))

    def require_fit(self, today: date) -> None:
        """Raise ThirdPartyUnfit while it is suspended or removed.

        Rules: R-43. Articles: D-6(8).
        """
        over = self.suspended_until is not None and today > self.suspended_until
        if self.state is ThirdPartyState.SUSPENDED and over:
            self.state, self.suspended_until = ThirdPartyState.ACTIVE, None
        if self.state in {ThirdPartyState.SUSPENDED, ThirdPartyState.REMOVED}:
            raise ThirdPartyUnfit(state=self.state)
        self.state = ThirdPartyState.ACTIVE


def years_before(day: date, years: int) -> date:
    """Return the same day `years` earlier (later if negative); 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
