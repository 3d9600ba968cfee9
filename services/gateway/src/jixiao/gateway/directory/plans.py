"""Work plans with their dates, and the table of working days (D-5(1), D-6(1), D-30, R-39)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select, update

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import Busy, EtagMissing, Faulty, Finding, Stale
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from . import tables
from .events import PlanItem, PlanSet, WorkingDaysSet

_w, _p = tables.working_days, tables.work_plans
_add_days, _add_plan = tables.adding(_w), tables.adding(_p)
_days = select(_w).where(_w.c.territory == bindparam("territory"))
_lock_days = _days.with_for_update()
_change_days = (
    update(_w)
    .where(_w.c.id == bindparam("of"))
    .values(
        holidays=bindparam("holidays"), working_weekends=bindparam("working_weekends"),
        version=_w.c.version + 1,
    )
)  # fmt: skip
_lock_plan = (
    select(_p)
    .where(_p.c.office == bindparam("office"), _p.c.year == bindparam("year"))
    .with_for_update()
)
_change_plan = (
    update(_p)
    .where(_p.c.id == bindparam("of"))
    .values(items=bindparam("items"), set_on=bindparam("set_on"), version=_p.c.version + 1)
)
_plans = (
    select(_p)
    .where(_p.c.year == bindparam("year"), _p.c.office > bindparam("after"))
    .order_by(_p.c.office)
    .limit(bindparam("size"))
)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Days off on weekdays and weekend days worked, in order of date."""

    calendar_id: UUID
    holidays: tuple[date, ...]
    working_weekends: tuple[date, ...]
    version: int


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """An organisation's dates of a year, in order."""

    plan_id: UUID
    office: str
    year: int
    items: tuple[PlanItem, ...]
    set_on: date
    version: int


def office_of(principal: Principal) -> str:
    """The organisation whose plan a grant may set: its unit, line or territory."""
    by_kind = {"s_unit": principal.unit, "s_line": principal.line}
    return by_kind.get(principal.kind, principal.territory)


async def set_working_days(
    holidays: Sequence[date], working_weekends: Sequence[date], work: Work
) -> tuple[WorkingDays, list[WorkingDaysSet]]:
    """Set the district's table whole.

    The State Council's holidays include weekends. Raises Faulty for a worked "weekend" that is a
    weekday or a holiday as well: a slip. Raises EtagMissing and Stale. Rules: R-39.
    """
    if found := _misplaced(holidays, working_weekends):
        raise Faulty(*found)
    row = await work.connection.first(_lock_days, territory=work.principal.territory)
    _current(work, row)
    kept = WorkingDays(
        row["id"] if row else uuid7(), tuple(sorted(set(holidays))),
        tuple(sorted(set(working_weekends))), row["version"] + 1 if row else 1,
    )  # fmt: skip
    days = {"holidays": list(kept.holidays), "working_weekends": list(kept.working_weekends)}
    if row:
        await work.connection.run(_change_days, of=kept.calendar_id, **days)
    else:
        await _once(
            work, _add_days, id=kept.calendar_id, territory=work.principal.territory, version=1,
            **days,
        )  # fmt: skip
    _audit(work, "working_days", kept.calendar_id, kept, read_days(row) if row else None)
    return kept, [WorkingDaysSet(kept.calendar_id, kept.holidays, kept.working_weekends)]


async def set_work_plan(
    year: int, items: Sequence[PlanItem], work: Work
) -> tuple[WorkPlan, list[PlanSet]]:
    """Set the own organisation's plan of a year, whole, in force from today.

    Raises EtagMissing and Stale. Articles: D-5(1), D-6(1), D-30, T-36.
    """
    office = office_of(work.principal)
    row = await work.connection.first(_lock_plan, office=office, year=year)
    _current(work, row)
    kept = WorkPlan(
        row["id"] if row else uuid7(), office, year,
        tuple(sorted(items, key=lambda item: (item.due_on, item.name))), work.today,
        row["version"] + 1 if row else 1,
    )  # fmt: skip
    body = converter.unstructure(kept.items)
    if row:
        await work.connection.run(_change_plan, of=kept.plan_id, items=body, set_on=kept.set_on)
    else:
        await _once(
            work, _add_plan, id=kept.plan_id, office=office, year=year, items=body,
            set_on=kept.set_on, version=1,
        )  # fmt: skip
    _audit(work, "plan", kept.plan_id, kept, read_plan(row) if row else None)
    return kept, [PlanSet(kept.plan_id, kept.office, kept.year, kept.items)]


async def working_days(connection: Connection, territory: str) -> WorkingDays | None:
    """The table of a district, if it is set."""
    row = await connection.first(_days, territory=territory)
    return read_days(row) if row else None


async def page(connection: Connection, year: int, after: str, size: int) -> list[WorkPlan]:
    """Plans of a year after an organisation's code."""
    rows = await connection.rows(_plans, year=year, after=after, size=size)
    return [read_plan(row) for row in rows]


def read_days(row: Row) -> WorkingDays:
    """The table from its row."""
    return WorkingDays(
        row["id"], tuple(row["holidays"]), tuple(row["working_weekends"]), row["version"]
    )


def read_plan(row: Row) -> WorkPlan:
    """A plan from its row."""
    items = converter.structure(row["items"], tuple[PlanItem, ...])
    return WorkPlan(row["id"], row["office"], row["year"], items, row["set_on"], row["version"])


def _misplaced(holidays: Sequence[date], working_weekends: Sequence[date]) -> list[Finding]:
    found = []
    for number, day in enumerate(working_weekends):
        pointer = f"/working_weekends/{number}"
        if day.weekday() < 5:
            found.append(
                Finding(pointer, "weekday", "该日本为工作日，无需列为调休上班日，请核对。")
            )
        elif day in holidays:
            found.append(Finding(pointer, "both", "该日同时列为假日和调休上班日，请核对。"))
    return found


def _current(work: Work, row: Row | None) -> None:
    """A first version needs no etag; every later one names the version that it replaces."""
    if row is None:
        return
    if not work.etag:
        raise EtagMissing
    if work.etag != str(row["version"]):
        raise Stale(current=row["version"])


async def _once(work: Work, statement: Any, **values: object) -> None:
    try:
        await work.connection.run(statement, **values)
    except asyncpg.UniqueViolationError as twin:
        raise Busy from twin


def _audit(
    work: Work, aggregate: str, aggregate_id: UUID, after: Any, before: object | None
) -> None:
    work.changed(
        aggregate=aggregate, aggregate_id=aggregate_id, version=after.version, programme_id=None,
        at=Coordinates(
            work.principal.territory, work.principal.line or "-", work.principal.unit
        ),
        classified=False, before=converter.unstructure(before) if before else None,
        after=converter.unstructure(after),
    )  # fmt: skip
