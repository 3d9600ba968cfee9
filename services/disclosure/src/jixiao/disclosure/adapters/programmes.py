"""Copies of programmes; of classified ones the id alone (R-41)."""

from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from jixiao.servicekit.errors import NotFound, Unavailable
from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.known import KnownProgramme
from .tables import programmes, secrets

records = Records(programmes, KnownProgramme, "programme_id", "parent_id", audited=False)

_children = select(programmes).where(programmes.c.parent_id == bindparam("parent_id"))
_of_year = text("SELECT * FROM jx.programmes WHERE jsonb_exists(body -> 'years', :of_year)")
_secret = select(secrets.c.id).where(secrets.c.id == bindparam("id"))
_keep_secret = insert(secrets).values(id=bindparam("id")).on_conflict_do_nothing().inline()


async def is_secret(work: Work, programme_id: UUID) -> bool:
    """Say whether it is a classified stub; row-level security answers cleared callers alone."""
    return await work.connection.value(_secret, id=programme_id) is not None


async def keep_secret(work: Work, programme_id: UUID) -> None:
    """Remember a classified programme: its id, nothing else. Rules: R-41."""
    await work.connection.run(_keep_secret, id=programme_id)


async def known(work: Work, programme_id: str) -> KnownProgramme | None:
    """The programme that an event is about, locked; None for a classified one or none at all.

    Raises Unavailable while its `created` has not come yet: the event is delivered again.
    """
    if not programme_id:
        return None
    try:
        return await records.get(work, UUID(programme_id))
    except NotFound:
        if await is_secret(work, UUID(programme_id)):
            return None
        raise Unavailable from None


async def below(work: Work, programme_id: UUID) -> list[KnownProgramme]:
    """Parts and projects of a transfer, by territory, parts before their projects."""
    found = await records.find(work, _children, parent_id=programme_id)
    for child in tuple(found):
        found += await records.find(work, _children, parent_id=child.programme_id)
    return sorted(
        found, key=lambda p: (p.coordinates.territory, p.target_level != "regional", p.code)
    )


async def of_year(work: Work, year: int) -> list[KnownProgramme]:
    """Every programme with facts of a year, in the caller's scope."""
    found = await records.find(work, _of_year, of_year=str(year))
    return sorted(found, key=lambda p: p.code)
