"""Target versions in the database."""

from uuid import UUID

from sqlalchemy import bindparam, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.target import Target
from .tables import targets

records = Records(targets, Target, "target_id", "number")

_newest = (
    select(targets)
    .where(targets.c.programme_id == bindparam("programme_id"), targets.c.year == bindparam("year"))
    .order_by(targets.c.number.desc())
    .limit(1)
    .with_for_update()
)


async def newest(work: Work, programme_id: UUID, year: int) -> Target | None:
    """The newest version of a programme's target of a year, locked."""
    found = await records.find(work, _newest, programme_id=programme_id, year=year)
    return found[0] if found else None
