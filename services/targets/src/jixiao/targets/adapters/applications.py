"""Ex-ante applications in the database."""

from uuid import UUID

from sqlalchemy import bindparam, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.assessment import ApplicationState, ExanteApplication
from .listing import by_id, by_text, by_year, page_of
from .tables import applications

records = Records(applications, ExanteApplication, "application_id")

_newest = (
    select(applications)
    .where(applications.c.programme_id == bindparam("programme_id"))
    .order_by(applications.c.id.desc())
    .limit(1)
)
_newest_locked = _newest.with_for_update()
_decided = (
    select(applications)
    .where(applications.c.state == ApplicationState.DECIDED.value)
    .with_for_update()
)
listed = page_of(
    applications,
    by_id(applications.c.programme_id, "programme_id"),
    by_year(applications),
    by_text(applications.c.state, "state"),
)


async def newest(work: Work, programme_id: UUID) -> ExanteApplication | None:
    """The newest application of a programme, locked."""
    found = await records.find(work, _newest_locked, programme_id=programme_id)
    return found[0] if found else None


async def seen(work: Work, programme_id: UUID) -> ExanteApplication | None:
    """The newest application of a programme, looked at without a lock."""
    found = await records.find(work, _newest, programme_id=programme_id)
    return found[0] if found else None


async def decided(work: Work) -> list[ExanteApplication]:
    """All decided applications, locked."""
    return await records.find(work, _decided)
