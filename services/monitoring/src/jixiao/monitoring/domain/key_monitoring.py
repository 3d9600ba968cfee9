"""Key monitoring: the list of the year, and the report up and back (D-18, T-21)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates

from .errors import Incomplete, ReasonMissing, WrongState
from .events import KeyMonitoringFedBack, KeyMonitoringListed, KeyMonitoringReportedUp


class ListGround(StrEnum):
    """Why a programme is on the list."""

    SUGGESTED = "suggested"
    GOVERNMENT = "government"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A programme that reached the points (R-26)."""

    programme_id: UUID
    points: int


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A programme on the list, with its ground: points, or a document of the government."""

    programme_id: UUID
    ground: ListGround
    points: int = 0
    document_number: str = ""
    reason: str = ""

    def id_on(self, list_id: UUID) -> UUID:
        """The entry's id on a list: a programme stands on it once."""
        return uuid5(list_id, str(self.programme_id))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A suggested programme that is not watched, and why."""

    programme_id: UUID
    reason: str


class ListState(StrEnum):
    """The list of a year is open for additions all year."""

    LISTED = "listed"


@dataclass(slots=True)
class KeyMonitoringList:
    """The key list of one finance for one budget year (D-17, D-18, T-21)."""

    list_id: UUID
    coordinates: Coordinates
    year: int
    entries: tuple[KeyEntry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    chosen_by: str = ""
    chosen_on: date | None = None
    state: ListState = ListState.LISTED
    version: int = 0

    def choose(
        self,
        suggestions: tuple[Suggestion, ...],
        entries: tuple[KeyEntry, ...],
        left_out: tuple[LeftOut, ...] = (),
        *,
        person: str,
        day: date,
    ) -> list[KeyMonitoringListed]:
        """Add programmes to the list; leaving a suggested one out needs a reason.

        Raises ReasonMissing with every suggestion passed over, Incomplete where a programme
        named by the government lacks the document.

        Articles: D-17, D-18, T-21. Rules: R-26.
        """
        suggested = {s.programme_id for s in suggestions}
        listed = {entry.programme_id for entry in (*self.entries, *entries)}
        excused = {out.programme_id for out in (*self.left_out, *left_out) if out.reason.strip()}
        words = "该项目风险分{points}，达到建议重点监控标准，不纳入须说明理由。"
        gaps = [
            Finding(f"/suggestions/{i}", "reason_missing", words.format(points=s.points))
            for i, s in enumerate(suggestions)
            if s.programme_id not in listed | excused
        ]
        if gaps:
            raise ReasonMissing(*gaps)
        unfounded = [
            Finding(f"/entries/{i}", "ground", "请填写区委、区政府确定的文号或纳入理由。")
            for i, entry in enumerate(entries)
            if not (entry.document_number.strip() or entry.reason.strip())
            and not (entry.ground is ListGround.SUGGESTED and entry.programme_id in suggested)
        ]
        if unfounded:
            raise Incomplete(*unfounded)
        known = {entry.programme_id for entry in self.entries}
        added = tuple(entry for entry in entries if entry.programme_id not in known)
        self.entries += added
        self.left_out += left_out
        self.chosen_by, self.chosen_on = person, day
        return [
            KeyMonitoringListed(
                self.list_id,
                e.id_on(self.list_id),
                e.programme_id,
                self.year,
                e.ground,
                e.points,
                e.reason or e.document_number,
            )
            for e in added
        ]

    def watches(self, programme_id: UUID) -> bool:
        """Whether a programme is key-monitored this year."""
        return any(entry.programme_id == programme_id for entry in self.entries)


class WatchedState(StrEnum):
    """Nothing ends it: the year does."""

    WATCHED = "watched"


@dataclass(slots=True)
class Watched:
    """A programme watched in a year: on the list itself, or below one that is (T-21)."""

    watched_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    state: WatchedState = WatchedState.WATCHED
    version: int = 0


@dataclass(slots=True)
class KeyMonitored:
    """An entry of the list, kept where its programme stands, so that its levels see it."""

    entry_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str
    name: str
    ground: ListGround
    points: int
    by_risk: dict[str, int]
    document_number: str
    reason: str
    chosen_on: date
    state: ListState = ListState.LISTED
    version: int = 0


class KeyReportState(StrEnum):
    """States of a key-monitoring report (§8)."""

    DRAFTED = "drafted"
    REPORTED_UP = "reported_up"
    FED_BACK = "fed_back"


@dataclass(slots=True)
class KeyMonitoringReport:
    """What a finance found in key monitoring: up the levels, then back to the department."""

    report_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    author: str
    drafted_on: date
    text: str
    result: str
    reported_on: date | None = None
    fed_back_on: date | None = None
    state: KeyReportState = KeyReportState.DRAFTED
    version: int = 0

    def report_up(self, *, day: date) -> list[KeyMonitoringReportedUp]:
        """Send the report to district finance and the department of the line.

        Articles: D-18, T-21.
        """
        self._require(KeyReportState.DRAFTED)
        if not self.text.strip() or not self.result.strip():
            message = "请填写监控情况和结论后再上报。"
            raise Incomplete(Finding("/text", "missing", message))
        self.reported_on, self.state = day, KeyReportState.REPORTED_UP
        return [KeyMonitoringReportedUp(self.report_id, self.programme_id)]

    def feed_back(self, *, day: date) -> list[KeyMonitoringFedBack]:
        """Give the result back to the department of the level; in D-18 the notice.

        Articles: D-18, T-21.
        """
        self._require(KeyReportState.REPORTED_UP)
        self.fed_back_on, self.state = day, KeyReportState.FED_BACK
        return [KeyMonitoringFedBack(self.report_id, self.programme_id, self.result)]

    def _require(self, *states: KeyReportState) -> None:
        if self.state not in states:
            raise WrongState(self.state)
