"""A commission: invited, declared free of conflict, contracted, delivered, rated (D-6(8), T-26, R-43)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.commission_events import (
    CommissionContracted,
    CommissionEnded,
    CommissionInvited,
    CommissionRated,
    CommissionTerminated,
)
from jixiao.evaluation.domain.errors import (
    ConflictOfInterest,
    EvaluatedPartyCommissions,
    FormFaulty,
    NotAssigned,
    ReasonMissing,
    WrongState,
)
from jixiao.evaluation.domain.third_party import CONFLICT_YEARS, ThirdParty, years_before
from jixiao.measures.days import days_after
from jixiao.measures.score import grade
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates, Money

ACCESS_AFTER_ACCEPTANCE = 30
MARK_WEIGHTS = {"plan": 15, "evidence": 30, "logic": 25, "report": 20, "time_integrity": 10}


class CommissionState(StrEnum):
    """Domain.md §8."""

    INVITED = "invited"
    DECLARED = "declared"
    CONTRACTED = "contracted"
    WORKING = "working"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RATED = "rated"
    TERMINATED = "terminated"


class Subject(StrEnum):
    """What it is commissioned for."""

    EXANTE = "exante"
    KEY_EVALUATION = "key_evaluation"


@dataclass(frozen=True, slots=True)
class PriorWork:
    """Work for an object: targets, self_evaluation, accounts, bidding, design, exante …"""

    object_id: UUID
    kind: str
    done_on: date
    text: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the institution (`person` empty) or one of its persons declares."""

    person: str
    prior_works: tuple[PriorWork, ...] = ()
    kinship: str = ""
    investment: str = ""
    signed_on: date | None = None


C = CommissionState
ASSESSED = frozenset(C) - {C.INVITED, C.DECLARED, C.TERMINATED}
"""In these a third party has begun to assess."""
ENGAGED = frozenset({C.CONTRACTED, C.WORKING, C.DELIVERED, C.ACCEPTED, C.RATED})


@dataclass(slots=True)
class Commission:
    """One task of one third party.

    `subject_id`: the ex-ante application or evaluation it works on; `object_ids`: the
    programme and those below it.
    """

    commission_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    third_party_id: UUID
    subject: Subject
    subject_id: UUID
    object_ids: tuple[UUID, ...]
    persons: tuple[str, ...]
    lead_evaluator: str
    commissioned_by: str
    evaluated_unit: str
    fee: Money
    starts_on: date
    ends_on: date
    declarations: tuple[Declaration, ...] = ()
    grounds: tuple[str, ...] = ()
    known_works: tuple[PriorWork, ...] = ()
    ended_on: date | None = None
    contracted_on: date | None = None
    report_signed_by: str = ""
    delivered_on: date | None = None
    accepted_on: date | None = None
    mark: Decimal | None = None
    reason: str = ""
    state: CommissionState = C.INVITED
    version: int = 0

    def invite(self, third_party: ThirdParty, today: date) -> list[CommissionInvited]:
        """Ask a third party that is fit, for a term with an end.

        Raises ThirdPartyUnfit, EvaluatedPartyCommissions, FormFaulty.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        third_party.require_fit(today)
        if self.commissioned_by == self.evaluated_unit:
            raise EvaluatedPartyCommissions
        found = []
        if self.ends_on < max(self.starts_on, today):
            found.append(Finding("/ends_on", "ends_before_start", "委托终止日期须晚于起始日期。"))
        if self.lead_evaluator not in self.persons:
            found.append(Finding("/lead_evaluator", "required", "主评人须在参与人员名单内。"))
        if found:
            raise FormFaulty(*found)
        return [
            CommissionInvited(
                self.commission_id,
                self.third_party_id,
                self.programme_id,
                self.coordinates,
                self.year,
                self.subject,
                self.subject_id,
                self.ends_on,
            )
        ]

    def declare(
        self, declarations: Sequence[Declaration], today: date, known: Sequence[PriorWork] = ()
    ) -> list[CommissionTerminated | CommissionEnded]:
        """Take the declarations of the institution and of each person.

        `known` and `known_works` are works this system itself knows of, such as an ex-ante
        assessment of the same object. A conflict terminates the commission: the change stays,
        and `require_no_conflict` then refuses. Raises FormFaulty where one is missing.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        self._require({C.INVITED}, "申报利益冲突")
        given = {each.person for each in declarations}
        found = [
            Finding(f"/declarations/{who}", "required", f"缺少{who or '机构'}的利益冲突声明。")
            for who in ("", *self.persons)
            if who not in given
        ]
        if found:
            raise FormFaulty(*found)
        self.declarations = tuple(declarations)
        self.grounds = conflicts(
            self.object_ids, self.declarations, (*self.known_works, *known), today
        )
        if not self.grounds:
            self.state = C.DECLARED
            return []
        return self._terminate("；".join(self.grounds))

    def require_no_conflict(self) -> None:
        """Raise ConflictOfInterest where one was found; called once the end is stored.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        if self.grounds:
            raise ConflictOfInterest(grounds="；".join(self.grounds))

    def contract(self, today: date) -> list[CommissionContracted]:
        """Contract it once declared; from now it sees its commission.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        self._require({C.DECLARED}, "签订委托合同")
        self.contracted_on, self.state = today, C.CONTRACTED
        return [
            CommissionContracted(
                self.commission_id,
                self.third_party_id,
                self.programme_id,
                self.year,
                self.subject,
                self.subject_id,
                self.persons,
                self.object_ids,
                self.ends_on,
            )
        ]

    def start(self) -> None:
        """The work begins. Articles: D-6(8)."""
        self._require({C.CONTRACTED}, "开始工作")
        self.state = C.WORKING

    def deliver(self, signed_by: str, today: date, *, sealed: bool) -> None:
        """Hand over the report, signed by the lead evaluator and sealed.

        Raises NotAssigned for another signature, FormFaulty without the seal.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        self._require({C.CONTRACTED, C.WORKING}, "提交报告")
        if signed_by != self.lead_evaluator:
            raise NotAssigned(act="签署报告")
        if not sealed:
            raise FormFaulty(Finding("/sealed", "required", "报告须加盖机构公章。"))
        self.report_signed_by, self.delivered_on, self.state = signed_by, today, C.DELIVERED

    def accept(self, today: date) -> None:
        """Take the report. Articles: D-6(8), T-26."""
        self._require({C.DELIVERED}, "验收报告")
        self.accepted_on, self.state = today, C.ACCEPTED

    def reject(self, reason: str) -> None:
        """Refuse the report. Raises ReasonMissing. Articles: D-6(8), T-26."""
        self._require({C.DELIVERED}, "拒收报告")
        if not reason.strip():
            raise ReasonMissing(Finding("/reason", "required", "请填写拒收的理由。"))
        self.reason, self.state = reason, C.REJECTED

    def rate(self, marks: dict[str, Decimal], today: date) -> list[CommissionRated]:
        """Mark the work: plan 15, evidence 30, logic 25, report 20, time and integrity 10.

        Raises FormFaulty for a mark missing or outside its weight.

        Rules: R-43. Articles: D-6(8), T-26.
        """
        self._require({C.ACCEPTED, C.REJECTED}, "质量评价")
        found = [
            Finding(f"/marks/{part}", "mark_outside_weight", f"该项评分须在0至{weight}之间。")
            for part, weight in MARK_WEIGHTS.items()
            if part not in marks or not 0 <= marks[part] <= weight
        ]
        if found or set(marks) != set(MARK_WEIGHTS):
            raise FormFaulty(*found)
        mark = sum(marks.values(), Decimal("0.00"))
        self.mark, self.state = mark, C.RATED
        ids = (self.commission_id, self.third_party_id)
        return [CommissionRated(*ids, mark, grade(mark), today, self.programme_id)]

    def turn_day(self, today: date) -> list[CommissionEnded]:
        """End its access from 00:00 of the day after the end date. Articles: D-6(8), T-26."""
        if self.state not in ENGAGED or self.ended_on is not None or today <= self.ends_on:
            return []
        self.ended_on = today
        return [CommissionEnded(self.commission_id, self.persons, self.programme_id)]

    def terminate(self, reason: str) -> list[CommissionTerminated | CommissionEnded]:
        """End it before it is delivered. Raises ReasonMissing. Articles: D-6(8)."""
        self._require({C.INVITED, C.DECLARED, C.CONTRACTED, C.WORKING}, "终止委托")
        if not reason.strip():
            raise ReasonMissing(Finding("/reason", "required", "请填写终止的理由。"))
        return self._terminate(reason)

    def may_access(self, person: str, today: date) -> bool:
        """Whether this person sees the commission's records on that day.

        From declared and contracted to the end date, and at most 30 days past acceptance.

        Articles: D-6(8), T-26.
        """
        if person not in self.persons or self.state not in ENGAGED or today > self.ends_on:
            return False
        last = self.accepted_on
        return last is None or today <= days_after(last, ACCESS_AFTER_ACCEPTANCE)

    def _terminate(self, reason: str) -> list[CommissionTerminated | CommissionEnded]:
        ended = [CommissionEnded(self.commission_id, self.persons, self.programme_id)]
        seen = self.state in ENGAGED and self.ended_on is None
        self.reason, self.state = reason, C.TERMINATED
        ids = (self.commission_id, self.third_party_id, self.programme_id, self.year)
        return [CommissionTerminated(*ids, reason), *(ended if seen else [])]

    def _require(self, states: set[CommissionState], act: str) -> None:
        if self.state not in states:
            raise WrongState(state=self.state, act=act)


def conflicts(
    object_ids: Sequence[UUID],
    declarations: Sequence[Declaration],
    known: Sequence[PriorWork],
    today: date,
) -> tuple[str, ...]:
    """Name the grounds: work for the same object within 3 years, kinship, investment.

    Rules: R-43. Articles: D-6(8), T-26.
    """
    since = years_before(today, CONFLICT_YEARS)
    works = [*known, *(work for each in declarations for work in each.prior_works)]
    grounds = [
        f"三年内为同一对象承担过{work.text or work.kind}（{work.done_on}）"
        for work in works
        if work.object_id in object_ids and work.done_on >= since
    ]
    grounds += [f"亲属关系：{each.kinship}" for each in declarations if each.kinship.strip()]
    grounds += [f"投资关系：{each.investment}" for each in declarations if each.investment.strip()]
    return tuple(grounds)
