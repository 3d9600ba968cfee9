"""Notices and interviews go on record. Articles: D-21, D-26, T-24, T-31."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import stores
from ..domain.governing import Source
from ..domain.known import KnownProgramme
from ..domain.named import NamedInNotice
from ..domain.notice import Commitment, Interview, Interviewee, Notice, NoticeEntry, NoticeReason
from ..domain.rectification import RectificationOrder, RectificationSource
from .offices import office_of
from .rectifying import open_next

NO_LINE = "-"
"""Line of an office that has none: finance."""


@dataclass(frozen=True, slots=True)
class IssueNotice:
    """A notice as finance fills it in."""

    year: int
    document_number: str
    text: str
    requirement: str
    entries: tuple[NoticeEntry, ...]
    recipients: tuple[str, ...]
    publish: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """What the interviewee promised and by when."""

    text: str
    due_on: date


@dataclass(frozen=True, slots=True)
class RecordInterview:
    """An interview as held."""

    programme_id: UUID
    year: int
    interviewed_on: date
    place: str
    interviewers: tuple[str, ...]
    interviewee: str
    interviewee_post: str
    interviewee_kind: Interviewee
    reason: str
    points: str
    commitments: tuple[Promise, ...]
    signed: bool
    refusal: str
    document_number: str


async def issue_notice(command: IssueNotice, work: Work) -> tuple[tuple[Notice, int], list[object]]:
    """Issue a notice; figures left empty come from the results on record.

    Raises NotFound for a programme out of scope, Incomplete.

    Articles: D-21, D-26, T-24, T-31. Rules: R-13, R-48.
    """
    named = [await stores.programmes.see(work, entry.programme_id) for entry in command.entries]
    entries = tuple(
        _with_figures(entry, programme, command.year)
        for entry, programme in zip(command.entries, named, strict=True)
    )
    notice = Notice(
        notice_id=uuid7(),
        coordinates=Coordinates(work.principal.territory, NO_LINE, ""),
        year=command.year,
        document_number=command.document_number,
        text=command.text,
        requirement=command.requirement,
        entries=entries,
        recipients=command.recipients,
        publish=command.publish,
        issued_by=work.person,
        issued_on=work.today,
    )
    events: list[object] = [*notice.issue()]
    await stores.notices.add(work, notice)
    without = replace(notice, entries=())
    for entry, programme in zip(entries, named, strict=True):
        at = programme.coordinates
        row = NamedInNotice(
            uuid7(), programme.programme_id, at, command.year, notice.notice_id, entry, without
        )
        await stores.notice_entries.add(work, row)
    return (notice, 1), events


async def record_interview(
    command: RecordInterview, work: Work
) -> tuple[tuple[Interview, int], list[object]]:
    """Put an interview on record; each commitment is a rectification received that day.

    Raises NotFound for a programme out of scope, Incomplete.

    Articles: D-26, T-31. Rules: R-48.
    """
    programme = await stores.programmes.see(work, command.programme_id)
    interview = Interview(
        interview_id=uuid7(),
        programme_id=programme.programme_id,
        coordinates=programme.coordinates,
        year=command.year,
        interviewed_on=command.interviewed_on,
        place=command.place,
        interviewers=command.interviewers,
        interviewee=command.interviewee,
        interviewee_post=command.interviewee_post,
        interviewee_kind=command.interviewee_kind,
        of_department_overall=programme.object_type == "department_overall",
        reason=command.reason,
        points=command.points,
        commitments=tuple(Commitment(uuid7(), p.text, p.due_on) for p in command.commitments),
        signed=command.signed,
        refusal=command.refusal,
    )
    events: list[object] = [*interview.record()]
    await stores.interviews.add(work, interview)
    for commitment in interview.commitments:
        events += await _order(interview, commitment, command.document_number, programme, work)
    return (interview, 1), events


async def _order(
    interview: Interview, commitment: Commitment, number: str, programme: KnownProgramme, work: Work
) -> list[object]:
    day = interview.interviewed_on
    _, addressee = programme.carrier
    order = RectificationOrder(
        order_id=commitment.order_id,
        programme_id=interview.programme_id,
        coordinates=interview.coordinates,
        year=interview.year,
        document_number=number,
        source=RectificationSource.INTERVIEW,
        problems=(interview.problems()[commitment.order_id],),
        issuer=work.person,
        issuing_office=office_of(work.principal),
        addressee=addressee,
        ordered_on=day,
        term_days=(commitment.due_on - day).days,
        is_transfer=programme.transfer or programme.parent_id is not None,
    )
    # promised face to face, so signed for on the day of the interview
    events: list[object] = [
        *order.order(),
        *order.receive(person=interview.interviewee, unit=addressee, day=day),
    ]
    await stores.rectifications.add(work, order)
    await open_next(work, order)
    return events


def _with_figures(entry: NoticeEntry, programme: KnownProgramme, year: int) -> NoticeEntry:
    """The entry with its name and the scores on record where it gives none."""
    governing = programme.governing(year)
    recheck = programme.score_of(year, Source.RECHECK)
    own = programme.score_of(year, Source.SELF_EVALUATION)
    poor = governing.score if governing and entry.reason is NoticeReason.POOR else None
    return replace(
        entry,
        name=programme.name or entry.name,
        self_score=entry.self_score if entry.self_score is not None else own,
        recheck_score=entry.recheck_score if entry.recheck_score is not None else recheck,
        score=entry.score if entry.score is not None else poor,
    )
