"""Copies of what the gateway keeps: org units and the table of working days."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from jixiao.measures.days import WorkingDays
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work

from .tables import calendars, org_units

_ONLY = UUID(int=1)
_FIELDS = ("code", "name", "kind", "territory", "line")
_unit = insert(org_units).values({c: bindparam(c) for c in ("id", *_FIELDS)})
_keep_unit = _unit.on_conflict_do_update(
    index_elements=["id"], set_={c: _unit.excluded[c] for c in _FIELDS}
)
_by_code = select(org_units).where(org_units.c.code == bindparam("of"))
_office = select(org_units).where(
    org_units.c.kind == "township_department",
    org_units.c.territory == bindparam("at"),
    org_units.c.line == bindparam("of"),
)
_finance = select(org_units.c.code).where(
    org_units.c.kind == "finance", org_units.c.territory == bindparam("at")
)
_days = insert(calendars).values(id=bindparam("id"), body=bindparam("body"))
_keep_days = _days.on_conflict_do_update(index_elements=["id"], set_={"body": _days.excluded.body})
_calendar = select(calendars.c.body)


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """An organisation of the directory; `line` is empty for towns and finance."""

    id: UUID
    code: str
    name: str
    kind: str
    territory: str
    line: str


async def keep_unit(work: Work, unit: OrgUnit) -> None:
    """Enter an organisation, or what changed about it."""
    await work.connection.run(_keep_unit, id=unit.id, **{c: getattr(unit, c) for c in _FIELDS})


async def units_of(work: Work, code: str) -> list[OrgUnit]:
    """Organisations with that code."""
    rows = await work.connection.rows(_by_code, of=code)
    return [OrgUnit(row["id"], *(row[c] for c in _FIELDS)) for row in rows]


async def town_office(work: Work, territory: str, line: str) -> OrgUnit | None:
    """The township department of a town and line."""
    row = await work.connection.first(_office, at=territory, of=line)
    return None if row is None else OrgUnit(row["id"], *(row[c] for c in _FIELDS))


async def finance_code(work: Work) -> str:
    """Code of the district's finance office; its role's name where it is not entered."""
    found = await work.connection.value(_finance, at=work.principal.territory[:6])
    return str(found or "district_finance")


async def keep_working_days(work: Work, days: WorkingDays) -> None:
    """Put the table of working days in place of the one before."""
    await work.connection.run(_keep_days, id=_ONLY, body=converter.unstructure(days))


async def working_days(work: Work) -> WorkingDays:
    """The table in force; week days alone where none was set."""
    body = await work.connection.value(_calendar)
    return WorkingDays() if body is None else converter.structure(body, WorkingDays)
