"""Small copies that everybody may read: working days, monitoring rounds, names of offices."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from jixiao.measures.days import WorkingDays
from jixiao.servicekit.transaction import Work

from ..domain.known import latest_cut_off
from .tables import calendars, org_units, rounds

_calendar = select(calendars)
_add = insert(calendars).values(
    id=1, holidays=bindparam("holidays"), working_weekends=bindparam("working_weekends")
)
_set_calendar = _add.on_conflict_do_update(
    index_elements=["id"],
    set_={
        "holidays": _add.excluded.holidays,
        "working_weekends": _add.excluded.working_weekends,
    },
)
_round = insert(rounds).values({c: bindparam(c) for c in ("id", "year", "cut_off", "closed")})
_set_round = _round.on_conflict_do_update(
    index_elements=["id"], set_={"closed": _round.excluded.closed}
)
_rounds = select(rounds).where(rounds.c.year == bindparam("year"))
_unit = insert(org_units).values(
    {c: bindparam(c) for c in ("id", "code", "name", "kind", "territory", "line")}
)
_set_unit = _unit.on_conflict_do_update(
    index_elements=["id"],
    set_={c: _unit.excluded[c] for c in ("code", "name", "kind", "territory", "line")},
)


async def working_days(work: Work) -> WorkingDays:
    """The State Council's table as last told; weekends alone before that (R-39)."""
    row = await work.connection.first(_calendar)
    if row is None:
        return WorkingDays(frozenset(), frozenset())
    return WorkingDays(_days(row["holidays"]), _days(row["working_weekends"]))


async def set_working_days(
    work: Work, holidays: Sequence[str], working_weekends: Sequence[str]
) -> None:
    """Keep the whole table; the one before falls away."""
    await work.connection.run(
        _set_calendar, holidays=list(holidays), working_weekends=list(working_weekends)
    )


async def keep_round(work: Work, round_id: UUID, year: int, cut_off: str, *, closed: bool) -> None:
    """Keep a monitoring round."""
    await work.connection.run(_set_round, id=round_id, year=year, cut_off=cut_off, closed=closed)


async def last_cut_off(work: Work, year: int) -> str:
    """Cut-off of the last closed monitoring round of a year; empty if there is none."""
    rows = await work.connection.rows(_rounds, year=year)
    return latest_cut_off({row["cut_off"]: row["closed"] for row in rows})


async def keep_unit(work: Work, unit_id: UUID, **fields: str) -> None:
    """Keep an office: code, name, kind, territory, line."""
    await work.connection.run(_set_unit, id=unit_id, **fields)


def _days(texts: Sequence[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)
