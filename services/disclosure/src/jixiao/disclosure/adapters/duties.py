"""Duties to publish in the database."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, Integer, Text, Uuid, bindparam, func, or_, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.duty import DisclosureDuty, State
from ..domain.kinds import Kind
from .tables import duties

records = Records(duties, DisclosureDuty, "duty_id", "kind", "due_on")

_by_key = select(duties).where(
    duties.c.programme_id.is_not_distinct_from(bindparam("programme_id", type_=Uuid)),
    duties.c.year == bindparam("year"),
    duties.c.kind == bindparam("kind"),
)
_passed = (
    select(duties)
    .where(
        or_(duties.c.state == State.DUE.value, duties.c.state == State.PREPARED.value),
        duties.c.due_on < bindparam("day", type_=Date),
    )
    .with_for_update()
)
_alone = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("key", type_=Text))))
_listed = (
    select(duties)
    .where(
        or_(bindparam("of_year", type_=Integer) == 0, duties.c.year == bindparam("of_year")),
        or_(
            bindparam("of_programme", type_=Uuid).is_(None),
            duties.c.programme_id == bindparam("of_programme", type_=Uuid),
        ),
        or_(bindparam("of_kind", type_=Text) == "", duties.c.kind == bindparam("of_kind")),
        or_(bindparam("of_state", type_=Text) == "", duties.c.state == bindparam("of_state")),
    )
    .order_by(duties.c.due_on, duties.c.id)
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


async def by_key(
    work: Work, programme_id: UUID | None, year: int, kind: Kind, source: UUID | None = None
) -> DisclosureDuty | None:
    """The duty of a programme, year and kind; of a notice by its source."""
    found = await records.find(work, _by_key, programme_id=programme_id, year=year, kind=kind.value)
    return next((duty for duty in found if duty.source == source), None)


async def passed(work: Work, day: date) -> list[DisclosureDuty]:
    """Duties not published whose due date lies before `day`, locked."""
    return await records.find(work, _passed, day=day)


async def listed(
    work: Work, *, year: int, programme_id: UUID | None, kind: str, state: str, most: int, skip: int
) -> list[DisclosureDuty]:
    """Duties in the caller's scope, oldest due date first."""
    return await records.find(
        work, _listed, of_year=year, of_programme=programme_id, of_kind=kind, of_state=state,
        most=most, skip=skip,
    )  # fmt: skip


async def alone(work: Work, key: str) -> None:
    """Let nobody else make the same duty until this transaction ends."""
    await work.connection.value(_alone, key=key)
