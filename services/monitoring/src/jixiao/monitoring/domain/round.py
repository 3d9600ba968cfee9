"""The monitoring round: who is due, until when, who is missing (D-16, T-19)."""

from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import days_after
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates, DivisionCode

from .errors import OnlyFinance, ReasonMissing, WrongState
from .events import MonitoringRoundClosed, MonitoringRoundOpened

PERIODIC_REPORT_DAYS = 10


class RoundState(StrEnum):
    """States of a monitoring round (§8)."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Expected:
    """A programme whose report is due in a round."""

    programme_id: UUID
    name: str
    coordinates: Coordinates


def months_elapsed(cut_off: date) -> int:
    """Full months of the year passed at a cut-off, 0..12; 31 July: 7, 30 July: 6. Rules: R-23."""
    last = monthrange(cut_off.year, cut_off.month)[1]
    return cut_off.month if cut_off.day == last else cut_off.month - 1


def report_due(cut_off: date) -> date:
    """The default due day: 31 August for the mid-year round, else ten days after the cut-off."""
    if (cut_off.month, cut_off.day) == (7, 31):
        return date(cut_off.year, 8, 31)
    return days_after(cut_off, PERIODIC_REPORT_DAYS)


@dataclass(slots=True)
class MonitoringRound:
    """One round of dual monitoring of a budget year; finance opens and closes it (R-52)."""

    round_id: UUID
    coordinates: Coordinates
    year: int
    name: str
    cut_off: date
    due_on: date
    expected: tuple[Expected, ...] = ()
    opened_by: str = ""
    opened_on: date | None = None
    closed_by: str = ""
    closed_on: date | None = None
    reasons: tuple[str, ...] = ()
    state: RoundState = RoundState.PLANNED
    version: int = 0

    def open(
        self, expected: tuple[Expected, ...], *, person: str, day: date, district_finance: bool
    ) -> list[MonitoringRoundOpened]:
        """Open the round for the programmes whose reports are due.

        Raises OnlyFinance, WrongState.

        Articles: D-16, T-19.
        """
        if not district_finance:
            raise OnlyFinance
        self._require(RoundState.PLANNED)
        self.expected = expected
        self.opened_by, self.opened_on = person, day
        self.state = RoundState.OPEN
        return [self._opened()]

    def missing(
        self, filed: Container[UUID], *, territory: str = "", line: str = "", unit: str = ""
    ) -> tuple[Expected, ...]:
        """Whose report is missing within a level's scope: town, line, unit or all.

        Articles: T-8(2), T-20.
        """
        return tuple(
            due
            for due in self.expected
            if due.programme_id not in filed
            and (not territory or _covers(territory, due.coordinates.territory))
            and line in ("", due.coordinates.line)
            and unit in ("", due.coordinates.unit)
        )

    def close(
        self,
        filed: Container[UUID],
        *,
        person: str,
        day: date,
        district_finance: bool,
        reason: str = "",
    ) -> list[MonitoringRoundClosed]:
        """Close the round; while a report is missing only with a reason.

        Raises OnlyFinance, WrongState, ReasonMissing.

        Articles: D-16, T-20. Rules: R-52.
        """
        if not district_finance:
            raise OnlyFinance
        self._require(RoundState.OPEN)
        gaps = self.missing(filed)
        if gaps:
            self._reason(reason, f"尚有{len(gaps)}份监控报告未报，关闭须写明理由。")
        self.closed_by, self.closed_on = person, day
        self.state = RoundState.CLOSED
        ids = tuple(due.programme_id for due in gaps)
        return [MonitoringRoundClosed(self.round_id, self.year, self.cut_off, ids)]

    def reopen(self, reason: str, *, district_finance: bool) -> list[MonitoringRoundOpened]:
        """Open a closed round again, with a reason.

        Rules: R-52.
        """
        if not district_finance:
            raise OnlyFinance
        self._require(RoundState.CLOSED)
        self._reason(reason, "重新开放须写明理由。")
        self.state = RoundState.OPEN
        return [self._opened()]

    def _reason(self, reason: str, message: str) -> None:
        if not reason.strip():
            raise ReasonMissing(Finding("/reason", "reason_missing", message))
        self.reasons += (reason.strip(),)

    def _opened(self) -> MonitoringRoundOpened:
        return MonitoringRoundOpened(
            self.round_id, self.year, self.cut_off, self.due_on, len(self.expected)
        )

    def _require(self, *states: RoundState) -> None:
        if self.state not in states:
            raise WrongState(self.state)


def _covers(territory: str, other: str) -> bool:
    return DivisionCode(territory).covers(DivisionCode(other))
