"""Target versions in the database, and the values set for the towns."""

from uuid import UUID

from sqlalchemy import bindparam, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.setting import TownValues
from ..domain.target import Target, TargetState
from .listing import by_id, by_text, by_year, page_of
from .tables import targets, town_values

records = Records(targets, Target, "target_id", "number")
values = Records(town_values, TownValues, "values_id")

_versions = select(targets).where(
    targets.c.programme_id == bindparam("programme_id"), targets.c.year == bindparam("year")
)
_newest = _versions.order_by(targets.c.number.desc()).limit(1)
_newest_locked = _newest.with_for_update()
_in_force = _versions.where(targets.c.state == TargetState.RELEASED.value).with_for_update()
_set = (
    select(town_values)
    .where(
        town_values.c.programme_id == bindparam("programme_id"),
        town_values.c.year == bindparam("year"),
    )
    .limit(1)
)
_set_locked = _set.with_for_update()
listed = page_of(
    targets,
    by_id(targets.c.programme_id, "programme_id"),
    by_year(targets),
    by_text(targets.c.state, "state"),
    by_text(targets.c.line, "line"),
    by_text(targets.c.territory, "territory"),
)


async def newest(work: Work, programme_id: UUID, year: int) -> Target | None:
    """The newest version of a programme's target of a year, locked."""
    found = await records.find(work, _newest_locked, programme_id=programme_id, year=year)
    return found[0] if found else None


async def seen(work: Work, programme_id: UUID, year: int) -> Target | None:
    """The newest version of a programme's target of a year, looked at without a lock."""
    found = await records.find(work, _newest, programme_id=programme_id, year=year)
    return found[0] if found else None


async def in_force(work: Work, programme_id: UUID, year: int) -> list[Target]:
    """The released version of a programme and year, locked; at most one."""
    return await records.find(work, _in_force, programme_id=programme_id, year=year)


async def set_for(work: Work, programme_id: UUID, year: int) -> TownValues | None:
    """What the overall target's decomposition gives a part; None where nothing is set."""
    found = await values.find(work, _set, programme_id=programme_id, year=year)
    return found[0] if found else None


async def keep_values(work: Work, given: TownValues) -> None:
    """Set, or set anew, the values of a part."""
    found = await values.find(work, _set_locked, programme_id=given.programme_id, year=given.year)
    if not found:
        await values.add(work, given)
        return
    found[0].indicators = given.indicators
    await values.save(work, found[0])
