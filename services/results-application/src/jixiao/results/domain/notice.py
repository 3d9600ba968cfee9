"""Notices (通报) and interviews (约谈): who is named, by which rule, and what follows (R-48)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Coordinates

from .errors import Incomplete
from .events import InterviewRecorded, NoticeIssued
from .rectification import Problem


class NoticeReason(StrEnum):
    """Why somebody is on the list."""

    NOT_FILED = "not_filed"
    LARGE_DIFFERENCE = "large_difference"
    RECHECK_POOR = "recheck_poor"
    POOR = "poor"
    INEFFICIENT = "inefficient"
    VOID = "void"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class NoticeEntry:
    """One object of a notice: figures side by side, and the rule that names it."""

    programme_id: UUID
    name: str
    organisation: str
    reason: NoticeReason
    self_score: Decimal | None = None
    recheck_score: Decimal | None = None
    score: Decimal | None = None

    @property
    def difference(self) -> Decimal | None:
        """Self score minus re-checked score; None where one is missing."""
        if self.self_score is None or self.recheck_score is None:
            return None
        return self.self_score - self.recheck_score

    @property
    def gap(self) -> str:
        """What the reason needs and the entry lacks, in Chinese; empty where nothing."""
        if self.reason is NoticeReason.LARGE_DIFFERENCE and self.difference is None:
            return "差异较大须同时列出自评得分和复核得分"
        if self.reason is NoticeReason.RECHECK_POOR and self.recheck_score is None:
            return "复核为差须列出复核得分"
        if self.reason is NoticeReason.POOR and self.score is None:
            return "评价为差须列出评价得分"
        return ""


class NoticeState(StrEnum):
    """A notice is final at once; it has no draft on record."""

    ISSUED = "issued"


@dataclass(slots=True)
class Notice:
    """A notice with its list and recipients; published only if decided so (D-21, D-26, T-24)."""

    notice_id: UUID
    coordinates: Coordinates
    year: int
    document_number: str
    text: str
    requirement: str
    entries: tuple[NoticeEntry, ...]
    recipients: tuple[str, ...]
    publish: bool
    issued_by: str
    issued_on: date
    state: NoticeState = NoticeState.ISSUED
    version: int = 0

    def issue(self) -> list[NoticeIssued]:
        """Check the notice as filled in and send it out.

        Raises Incomplete with everything that is missing.

        Articles: D-21, D-26, T-24, T-31. Rules: R-13, R-48.
        """
        checks = [
            (self.document_number, "/document_number", "请填写通报文号。"),
            (self.text, "/text", "请填写通报正文。"),
            (self.entries, "/entries", "通报至少列明一个对象。"),
            (self.recipients, "/recipients", "请填写发送单位。"),
        ]
        findings = [Finding(at, "missing", words) for value, at, words in checks if not value]
        findings += [
            Finding(f"/entries/{i}", "figures", f"{entry.name}：{entry.gap}。")
            for i, entry in enumerate(self.entries)
            if entry.gap
        ]
        if findings:
            raise Incomplete(*findings)
        programmes = tuple(entry.programme_id for entry in self.entries)
        return [
            NoticeIssued(
                self.notice_id,
                self.year,
                self.document_number,
                programmes,
                self.recipients,
                self.publish,
                self.issued_on,
            )
        ]


class Interviewee(StrEnum):
    """Whom R-48 wants: the head where the department overall is poor, else the responsible."""

    DEPARTMENT_HEAD = "department_head"
    RESPONSIBLE_PERSON = "responsible_person"


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the interviewee promised and by when; it becomes a rectification."""

    order_id: UUID
    text: str
    due_on: date


class InterviewState(StrEnum):
    """An interview goes on record as held."""

    RECORDED = "recorded"


@dataclass(slots=True)
class Interview:
    """An interview on record, signed by both sides or the refusal noted (R-48)."""

    interview_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    interviewed_on: date
    place: str
    interviewers: tuple[str, ...]
    interviewee: str
    interviewee_post: str
    interviewee_kind: Interviewee
    of_department_overall: bool
    reason: str
    points: str
    commitments: tuple[Commitment, ...] = ()
    signed: bool = False
    refusal: str = ""
    state: InterviewState = InterviewState.RECORDED
    version: int = 0

    def record(self) -> list[InterviewRecorded]:
        """Check the record and put it on file; commitments become rectifications.

        Raises Incomplete with everything that is missing.

        Articles: D-26, T-31. Rules: R-48.
        """
        wanted = (
            Interviewee.DEPARTMENT_HEAD
            if self.of_department_overall
            else Interviewee.RESPONSIBLE_PERSON
        )
        late = any(c.due_on <= self.interviewed_on or not c.text for c in self.commitments)
        interviewers = set(self.interviewers)
        checks = [
            (len(interviewers) >= 2, "/interviewers", "约谈人不得少于2人。"),
            (
                self.interviewee not in interviewers,
                "/interviewee",
                "约谈人与被约谈人不能为同一人。",
            ),
            (bool(self.reason.strip()), "/reason", "请填写约谈事由。"),
            (bool(self.points.strip()), "/points", "请填写谈话要点。"),
            (self.signed or bool(self.refusal.strip()), "/signed", "须双方签字；拒签的，请注明。"),
            (not late, "/commitments", "承诺须写明内容，期限须晚于约谈日。"),
            (
                self.interviewee_kind is wanted,
                "/interviewee_kind",
                "部门整体绩效为差约谈主要负责人，其他约谈项目责任人。",
            ),
        ]
        findings = [Finding(at, "interview", words) for holds, at, words in checks if not holds]
        if findings:
            raise Incomplete(*findings)
        return [
            InterviewRecorded(
                self.interview_id,
                self.programme_id,
                self.interviewed_on,
                tuple(c.order_id for c in self.commitments),
            )
        ]

    def problems(self) -> dict[UUID, Problem]:
        """The commitments as problems to be ordered, by the id of their rectification."""
        return {
            c.order_id: Problem(
                description=self.reason,
                requirement=c.text,
                basis="约谈承诺",
                responsible=self.interviewee,
            )
            for c in self.commitments
        }
