"""Rounds, their calendar for everybody, and reports, in the database."""

from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from jixiao.servicekit.database import Row
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.records import Records, converter
from jixiao.servicekit.transaction import Work

from ..domain.report import MonitoringReport
from ..domain.round import MonitoringRound, RoundState
from .tables import listing, round_calendar
from .tables import reports as report_table
from .tables import rounds as round_table

rounds = Records(round_table, MonitoringRound, "round_id", "cut_off")
reports = Records(report_table, MonitoringReport, "report_id", "round_id", "code")

_COLUMNS = ("round_id", "year", "due_on", "state", "version", "body")
_place = insert(round_calendar).values({c: bindparam(c) for c in _COLUMNS})
_put = _place.on_conflict_do_update(
    index_elements=["round_id"],
    set_={c: _place.excluded[c] for c in ("due_on", "state", "version", "body")},
).returning(round_calendar.c.round_id)
_on_calendar = select(round_calendar).where(round_calendar.c.round_id == bindparam("of"))
_due = select(round_calendar.c.round_id).where(
    round_calendar.c.state == "open", round_calendar.c.due_on == bindparam("day")
)
_last_closed = (
    select(round_calendar.c.round_id)
    .where(round_calendar.c.year == bindparam("of_year"), round_calendar.c.state == "closed")
    .order_by(round_calendar.c.due_on.desc())
    .limit(1)
)
calendar_page = listing(
    round_calendar, ("year",), round_calendar.c.due_on, round_calendar.c.round_id
)
_of_round = (
    select(report_table)
    .where(report_table.c.round_id == bindparam("of"))
    .order_by(report_table.c.code, report_table.c.id)
)
_lock_round = _of_round.with_for_update()
report_page = listing(
    report_table, ("round_id", "programme_id", "year", "state"),
    report_table.c.year.desc(), report_table.c.code, report_table.c.round_id, report_table.c.id,
)  # fmt: skip


async def put_on_calendar(work: Work, value: MonitoringRound) -> None:
    """Let everybody know how a round stands; whose reports are due is left out."""
    body = converter.unstructure(value) | {"expected": []}
    await work.connection.value(
        _put, round_id=value.round_id, year=value.year, due_on=value.due_on,
        state=str(value.state), version=rounds.version_of(work, value.round_id), body=body,
    )  # fmt: skip


async def on_calendar(work: Work, round_id: UUID) -> tuple[MonitoringRound, int]:
    """A round as everybody may know it, with its version. Raises NotFound."""
    row = await work.connection.first(_on_calendar, of=round_id)
    if row is None:
        raise NotFound
    return of_calendar(row)


def of_calendar(row: Row) -> tuple[MonitoringRound, int]:
    """The round of a row of the calendar."""
    return converter.structure(row["body"], MonitoringRound), row["version"]


async def is_open(work: Work, round_id: UUID) -> bool:
    """Whether a round takes reports."""
    found, _ = await on_calendar(work, round_id)
    return found.state is RoundState.OPEN


async def due_on(work: Work, day: date) -> list[UUID]:
    """Open rounds whose due day is `day`."""
    return [row["round_id"] for row in await work.connection.rows(_due, day=day)]


async def last_closed(work: Work, year: int) -> UUID | None:
    """The last closed round of a year."""
    found: UUID | None = await work.connection.value(_last_closed, of_year=year)
    return found


async def of_round(work: Work, round_id: UUID, *, lock: bool = False) -> list[MonitoringReport]:
    """The reports of a round in the caller's scope, by code."""
    return await reports.find(work, _lock_round if lock else _of_round, of=round_id)
