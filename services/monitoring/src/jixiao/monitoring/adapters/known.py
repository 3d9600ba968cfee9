"""What is known of programmes and targets, in the database."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.known import KnownProgramme, KnownTarget
from .tables import programmes as programme_table
from .tables import targets as target_table

programmes = Records(
    programme_table, KnownProgramme, "programme_id", "code", "parent_id", "budgeted", audited=False
)
targets = Records(target_table, KnownTarget, "target_id", "number", "reaches_unit", audited=False)

_by_id = select(programme_table).where(programme_table.c.id == bindparam("of")).with_for_update()
_by_codes = select(programme_table).where(
    programme_table.c.code == func.any(bindparam("codes", type_=ARRAY(Text)))
)
_all = select(programme_table).order_by(programme_table.c.code, programme_table.c.id)
_below = (
    select(programme_table)
    .where(programme_table.c.parent_id == bindparam("parent"))
    .with_for_update()
)
_in_force = (
    select(target_table)
    .where(
        target_table.c.programme_id == bindparam("of"),
        target_table.c.year == bindparam("of_year"),
        target_table.c.state == "released",
    )
    .order_by(target_table.c.reaches_unit.desc(), target_table.c.number.desc())
    .limit(1)
)
_target = select(target_table).where(target_table.c.id == bindparam("of")).with_for_update()
_reaching = select(target_table).where(
    target_table.c.year == bindparam("of_year"), target_table.c.reaches_unit
)


async def programme(work: Work, programme_id: UUID) -> KnownProgramme | None:
    """A known programme, locked; None where nothing was told of it."""
    found = await programmes.find(work, _by_id, of=programme_id)
    return found[0] if found else None


async def by_code(work: Work, codes: Iterable[str]) -> dict[str, KnownProgramme]:
    """Known programmes by their codes."""
    found = await programmes.find(work, _by_codes, codes=list(codes))
    return {one.code: one for one in found}


async def in_scope(work: Work) -> list[KnownProgramme]:
    """All programmes of the caller's scope, by code."""
    return await programmes.find(work, _all)


async def below(work: Work, parent_id: UUID) -> list[KnownProgramme]:
    """A transfer's parts and projects at every depth below one of its programmes."""
    found = await programmes.find(work, _below, parent=parent_id)
    for one in list(found):
        found += await below(work, one.programme_id)
    return found


async def target_in_force(work: Work, programme_id: UUID, year: int) -> KnownTarget | None:
    """The released version that holds: of those that reached the unit the newest."""
    found = await targets.find(work, _in_force, of=programme_id, of_year=year)
    return found[0] if found else None


async def target(work: Work, target_id: UUID) -> KnownTarget | None:
    """A version that was released, locked."""
    found = await targets.find(work, _target, of=target_id)
    return found[0] if found else None


async def reached_units(work: Work, year: int) -> frozenset[UUID]:
    """Programmes whose target of a year reached the unit that spends."""
    rows = await work.connection.rows(_reaching, of_year=year)
    return frozenset(row["programme_id"] for row in rows if work.principal.sees(row))
