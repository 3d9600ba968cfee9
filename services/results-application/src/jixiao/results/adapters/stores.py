"""The aggregates and copies of this service in the database."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Integer, Table, Uuid, bindparam, or_, select
from sqlalchemy.sql import ClauseElement

from jixiao.servicekit.errors import NotFound, Unavailable
from jixiao.servicekit.records import Aggregate, Records
from jixiao.servicekit.transaction import Work

from ..domain.allocation import AllocationPlan
from ..domain.known import KnownFinding, KnownProgramme
from ..domain.named import AllocationSheet, NamedInNotice
from ..domain.notice import Interview, Notice
from ..domain.proposal import LinkageProposal
from ..domain.rectification import RectificationOrder
from ..domain.responsibility import ResponsibilityRegister
from . import tables

A = TypeVar("A", bound=Aggregate)
MOST, USUAL = 200, 50

rectifications = Records(tables.rectifications, RectificationOrder, "order_id")
notices = Records(tables.notices, Notice, "notice_id")
notice_entries = Records(
    tables.notice_entries, NamedInNotice, "entry_id", "notice_id", audited=False
)
interviews = Records(tables.interviews, Interview, "interview_id")
linkages = Records(tables.linkages, LinkageProposal, "proposal_id")
allocations = Records(tables.allocations, AllocationPlan, "plan_id")
sheets = Records(tables.allocation_sheets, AllocationSheet, "sheet_id", "plan_id", audited=False)
registers = Records(tables.registers, ResponsibilityRegister, "register_id")
programmes = Records(tables.known_programmes, KnownProgramme, "programme_id", audited=False)
findings = Records(tables.known_findings, KnownFinding, "finding_id", audited=False)


def _page(table: Table) -> ClauseElement:
    """All rows in scope after one id, of a year (0: all) and a programme (None: all)."""
    year = bindparam("of_year", type_=Integer)
    programme = bindparam("of_programme", type_=Uuid)
    after = bindparam("after", type_=Uuid)
    return (
        select(table)
        .where(or_(year == 0, table.c.year == year))
        .where(or_(programme.is_(None), table.c.programme_id == programme))
        .where(or_(after.is_(None), table.c.id > after))
        .order_by(table.c.id)
        .limit(bindparam("most", type_=Integer))
    )


def _own(table: Table) -> ClauseElement:
    """The row of a programme and year, locked."""
    where = (table.c.programme_id == bindparam("programme_id"), table.c.year == bindparam("year"))
    return select(table).where(*where).with_for_update()


_PAGES = {
    records.table.name: _page(records.table)
    for records in (rectifications, notice_entries, linkages, allocations, sheets, registers)
}
_OWN = {records.table.name: _own(records.table) for records in (linkages, allocations)}
_register = select(tables.registers).where(
    tables.registers.c.programme_id == bindparam("programme_id")
).with_for_update()  # fmt: skip
_sheet = select(tables.allocation_sheets).where(
    tables.allocation_sheets.c.plan_id == bindparam("plan_id"),
    tables.allocation_sheets.c.territory == bindparam("town"),
)
_open = (
    select(tables.rectifications)
    .where(
        tables.rectifications.c.state.in_(
            ("ordered", "received", "in_progress", "rejected", "overdue")
        )
    )
    .order_by(tables.rectifications.c.id)
    .with_for_update()
)
_to_send = (
    select(tables.linkages)
    .where(
        tables.linkages.c.year == bindparam("year"),
        or_(*(tables.linkages.c.state == s for s in ("decided", "government_decided", "sent"))),
    )
    .order_by(tables.linkages.c.id)
    .with_for_update()
)
_known = select(tables.known_programmes).order_by(tables.known_programmes.c.id)


async def page(work: Work, records: Records[A], request: Any) -> tuple[list[A], str]:
    """One page of a List call, and the token of the next (empty on the last)."""
    size = min(request.page_size or USUAL, MOST)
    found = await records.find(
        work,
        _PAGES[records.table.name],
        of_year=request.year,
        of_programme=UUID(request.programme_id) if request.programme_id else None,
        after=UUID(request.page_token) if request.page_token else None,
        most=size + 1,
    )
    more = len(found) > size
    return found[:size], str(getattr(found[size - 1], records.key)) if more else ""


async def own(work: Work, records: Records[A], programme_id: UUID, year: int) -> A | None:
    """The one aggregate of a programme and year, locked; None where there is none yet."""
    found = await records.find(work, _OWN[records.table.name], programme_id=programme_id, year=year)
    return found[0] if found else None


async def register_of(work: Work, programme_id: UUID) -> ResponsibilityRegister | None:
    """The register of a programme, locked."""
    found = await registers.find(work, _register, programme_id=programme_id)
    return found[0] if found else None


async def sheet_of(work: Work, plan_id: UUID, town: str) -> AllocationSheet:
    """A town's sheet. Raises NotFound where there is none in scope."""
    found = await sheets.find(work, _sheet, plan_id=plan_id, town=town)
    if not found:
        raise NotFound
    return found[0]


async def open_rectifications(work: Work) -> list[RectificationOrder]:
    """Orders on which the clock may act, locked."""
    return await rectifications.find(work, _open)


async def to_send(work: Work, year: int) -> list[LinkageProposal]:
    """Decisions of a budget year that the budget system may have, locked."""
    return await linkages.find(work, _to_send, year=year)


async def known(work: Work) -> list[KnownProgramme]:
    """All programmes in scope."""
    return await programmes.find(work, _known)


async def awaited(work: Work, programme_id: str) -> KnownProgramme:
    """A programme that an event names, locked; Unavailable until it is known here."""
    try:
        return await programmes.get(work, UUID(programme_id))
    except NotFound as absent:
        raise Unavailable from absent
