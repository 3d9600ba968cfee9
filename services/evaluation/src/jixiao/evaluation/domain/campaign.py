"""The yearly round of self-evaluations: the list agreed, announced, closed (D-20, T-23)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.errors import (
    ListEmpty,
    ListNotAgreed,
    NotOnList,
    ReasonMissing,
    RoundNotOver,
    WrongState,
)
from jixiao.evaluation.domain.events import CampaignAnnounced, CampaignClosed, CampaignReopened
from jixiao.servicekit.errors import Finding, SecondPerson
from jixiao.servicekit.values import Coordinates, is_own


class CampaignState(StrEnum):
    """Domain.md §8."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    RUNNING = "running"
    CLOSED = "closed"


class ListState(StrEnum):
    """Whether both sides have signed a line's list."""

    DRAFT = "draft"
    AGREED = "agreed"


class Side(StrEnum):
    """Who agrees to the list of transfer projects (D-20(2))."""

    DEPARTMENT = "department"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True)
class DueProgramme:
    """A programme that must evaluate itself in this round."""

    programme_id: UUID
    programme_code: str
    programme_name: str
    coordinates: Coordinates
    is_transfer: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One side's signature under one line's part of the list."""

    line: str
    side: Side
    person: str
    on: date


def rulebook_days(year: int) -> tuple[date, date, date]:
    """Return when unit, town and report are due: 28 February, 10 and 31 March of the next year.

    Articles: D-20, T-23.
    """
    return date(year + 1, 2, 28), date(year + 1, 3, 10), date(year + 1, 3, 31)


@dataclass(slots=True)
class LineList:
    """A line's transfer projects that evaluate themselves: department and finance both sign."""

    list_id: UUID
    coordinates: Coordinates
    year: int
    programmes: tuple[DueProgramme, ...] = ()
    signatures: tuple[Signature, ...] = ()
    state: ListState = ListState.DRAFT
    version: int = 0

    def agree(
        self, programmes: tuple[DueProgramme, ...], side: Side, person: str, today: date
    ) -> None:
        """Sign for one side; another list than the one signed drops the signatures first.

        Raises NotOnList where the line has none, SecondPerson for the other side's signer.

        Rules: R-51. Articles: D-20(2).
        """
        line = self.coordinates.line
        if not programmes:
            raise NotOnList(line=line)
        ordered = tuple(sorted(programmes, key=lambda each: each.programme_code))
        if ordered != self.programmes:
            self.programmes, self.signatures = ordered, ()
        if is_own(person, *(each.person for each in self.signatures if each.side is not side)):
            raise SecondPerson
        if all(each.side is not side for each in self.signatures):
            self.signatures += (Signature(line, side, person, today),)
        both = {each.side for each in self.signatures} == set(Side)
        self.state = ListState.AGREED if both else ListState.DRAFT


@dataclass(slots=True)
class Campaign:
    """One year's round. Due dates: unit, town and report (district), domain.md §10."""

    campaign_id: UUID
    coordinates: Coordinates
    year: int
    unit_due_on: date
    town_due_on: date
    report_due_on: date
    programmes: tuple[DueProgramme, ...] = ()
    signatures: tuple[Signature, ...] = ()
    announced_by: str = ""
    announced_on: date | None = None
    closed_by: str = ""
    closed_on: date | None = None
    reason: str = ""
    not_filed: tuple[UUID, ...] = ()
    state: CampaignState = CampaignState.DRAFT
    version: int = 0

    def list_programmes(self, line: str, programmes: tuple[DueProgramme, ...]) -> None:
        """Set the part of the list that belongs to `line`; its signatures fall away.

        Articles: D-20(2).
        """
        self._require(CampaignState.DRAFT, "编制自评清单")
        others = [each for each in self.programmes if each.coordinates.line != line]
        whole = [*others, *(each for each in programmes if each.coordinates.line == line)]
        self.programmes = tuple(sorted(whole, key=lambda each: each.programme_code))
        self.signatures = tuple(each for each in self.signatures if each.line != line)

    def agree_list(self, line: str, side: Side, person: str, today: date) -> None:
        """Sign a line's transfer projects; department and finance by two people.

        Raises NotOnList where the line has none, SecondPerson for the other side's signer.

        Rules: R-51. Articles: D-20(2).
        """
        self._require(CampaignState.DRAFT, "签认自评清单")
        if line not in self._transfer_lines:
            raise NotOnList(line=line)
        signed = [each for each in self.signatures if each.line == line]
        if is_own(person, *(each.person for each in signed if each.side is not side)):
            raise SecondPerson
        if all(each.side is not side for each in signed):
            self.signatures += (Signature(line, side, person, today),)

    def announce(self, person: str, today: date) -> list[CampaignAnnounced]:
        """District finance announces the round; every programme on the list is due.

        Raises ListEmpty, ListNotAgreed while a line lacks a signature.

        Articles: D-20(2), T-23.
        """
        self._require(CampaignState.DRAFT, "布置自评")
        if not self.programmes:
            raise ListEmpty
        signed = {(each.line, each.side) for each in self.signatures}
        lines = [
            each for each in self._transfer_lines if any((each, s) not in signed for s in Side)
        ]
        if lines:
            raise ListNotAgreed(lines="、".join(lines))
        self.announced_by, self.announced_on = person, today
        self.state = CampaignState.ANNOUNCED
        ids = tuple(each.programme_id for each in self.programmes)
        dates = (self.unit_due_on, self.town_due_on, self.report_due_on)
        return [CampaignAnnounced(self.campaign_id, self.year, ids, *dates)]

    def start(self) -> None:
        """The self-evaluations stand open for filing. Articles: D-20, T-23."""
        self._require(CampaignState.ANNOUNCED, "开始自评")
        self.state = CampaignState.RUNNING

    def close(
        self, filed: frozenset[UUID], reason: str, person: str, today: date
    ) -> list[CampaignClosed]:
        """District finance closes the round: due and not filed counts 0 from here on.

        `filed` are the programmes that filed, whatever else they hold. Raises
        RoundNotOver up to the last due date, ReasonMissing.

        Rules: R-12, R-37, R-52. Articles: D-20, T-24.
        """
        self._require(CampaignState.RUNNING, "关闭自评")
        if today <= self.report_due_on:
            raise RoundNotOver(due=self.report_due_on)
        self._explain(reason)
        self.not_filed = tuple(
            each.programme_id for each in self.programmes if each.programme_id not in filed
        )
        self.closed_by, self.closed_on, self.state = person, today, CampaignState.CLOSED
        return [CampaignClosed(self.campaign_id, self.year, self.not_filed, today)]

    def reopen(self, reason: str, today: date) -> list[CampaignReopened]:
        """District finance takes the close back. Rules: R-52. Articles: D-20."""
        self._require(CampaignState.CLOSED, "重新开放自评")
        self._explain(reason)
        self.not_filed, self.closed_on, self.state = (), None, CampaignState.RUNNING
        return [CampaignReopened(self.campaign_id, self.year, today)]

    @property
    def required(self) -> int:
        """How many programmes are due; the base of the sample (R-47)."""
        return len(self.programmes)

    @property
    def _transfer_lines(self) -> list[str]:
        return sorted({each.coordinates.line for each in self.programmes if each.is_transfer})

    def _explain(self, reason: str) -> None:
        if not reason.strip():
            raise ReasonMissing(Finding("/reason", "required", "请填写关闭或重新开放的理由。"))
        self.reason = reason

    def _require(self, state: CampaignState, act: str) -> None:
        if self.state is not state:
            raise WrongState(state=self.state, act=act)
