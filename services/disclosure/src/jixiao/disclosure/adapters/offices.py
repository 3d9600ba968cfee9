"""Names of organisations, and the calendar of working days, as the gateway told them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from jixiao.measures.days import WorkingDays
from jixiao.servicekit.transaction import Work

from ..domain.kinds import FINANCE
from ..domain.known import Names
from .tables import calendars, offices

_COLUMNS = ("code", "name", "kind", "territory")
_first = insert(offices).values({c: bindparam(c) for c in _COLUMNS})
_keep = _first.on_conflict_do_update(
    index_elements=["code"], set_={c: _first.excluded[c] for c in _COLUMNS[1:]}
).inline()
_all = select(offices.c.code, offices.c.name)
_set = insert(calendars).values(
    {"id": 1, "holidays": bindparam("holidays"), "working_weekends": bindparam("weekends")}
)
_set = _set.on_conflict_do_update(
    index_elements=["id"],
    set_={
        "holidays": _set.excluded.holidays,
        "working_weekends": _set.excluded.working_weekends,
    },
)
_calendar = select(calendars.c.holidays, calendars.c.working_weekends)


async def keep(work: Work, code: str, name: str, kind: str, territory: str) -> None:
    """Remember an organisation; the district's finance also by the name of its role."""
    await work.connection.run(_keep, code=code, name=name, kind=kind, territory=territory)
    if kind == FINANCE and len(territory) == 6:
        await work.connection.run(_keep, code=FINANCE, name=name, kind=kind, territory=territory)


async def names(work: Work) -> Names:
    """Names by code."""
    rows = await work.connection.rows(_all)
    return Names({FINANCE: "区财政局"} | {row["code"]: row["name"] for row in rows})


async def set_calendar(work: Work, holidays: Sequence[str], weekends: Sequence[str]) -> None:
    """Remember the table of working days, whole. Rules: R-39."""
    await work.connection.run(_set.inline(), holidays=list(holidays), weekends=list(weekends))


async def calendar(work: Work) -> WorkingDays:
    """The table of working days; plain weeks until one is set. Rules: R-39."""
    row = await work.connection.first(_calendar)
    if row is None:
        return WorkingDays()
    return WorkingDays(
        frozenset(map(date.fromisoformat, row["holidays"])),
        frozenset(map(date.fromisoformat, row["working_weekends"])),
    )
