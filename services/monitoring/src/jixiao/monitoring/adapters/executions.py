"""Ledgers of executed money and queued rows, in the database."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid as SqlUuid
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..domain.execution import ExecutionLedger, QueuedRow
from .tables import ledgers as ledger_table
from .tables import listing, queued_rows

ledgers = Records(ledger_table, ExecutionLedger, "execution_id", "code")
queued = Records(queued_rows, QueuedRow, "queue_id", "code")

_of_year = select(ledger_table).where(ledger_table.c.year == bindparam("of_year"))
_ledger = _of_year.where(ledger_table.c.programme_id == bindparam("of"))
_lock = _ledger.with_for_update()
_many = (
    _of_year.where(ledger_table.c.programme_id == func.any(bindparam("ids", type_=ARRAY(SqlUuid))))
    .order_by(ledger_table.c.code, ledger_table.c.id)
    .with_for_update()
)
_waiting = (
    select(queued_rows)
    .where(queued_rows.c.code == bindparam("of"), queued_rows.c.state == "queued")
    .order_by(queued_rows.c.id)
    .with_for_update()
)
queue_page = listing(queued_rows, ("year", "state"), queued_rows.c.code, queued_rows.c.id)


async def ledger(
    work: Work, programme_id: UUID, year: int, *, lock: bool = False
) -> ExecutionLedger | None:
    """The ledger of a programme and year, if anything was executed."""
    found = await ledgers.find(work, _lock if lock else _ledger, of=programme_id, of_year=year)
    return found[0] if found else None


async def of_year(work: Work, year: int) -> dict[UUID, ExecutionLedger]:
    """The ledgers of a year in scope, by programme."""
    return {one.programme_id: one for one in await ledgers.find(work, _of_year, of_year=year)}


async def locked(work: Work, year: int, ids: Iterable[UUID]) -> dict[UUID, ExecutionLedger]:
    """The ledgers of some programmes, locked in the order of their codes."""
    found = await ledgers.find(work, _many, of_year=year, ids=list(ids))
    return {one.programme_id: one for one in found}


async def waiting(work: Work, code: str) -> list[QueuedRow]:
    """Rows that wait for a code, locked, oldest first."""
    return await queued.find(work, _waiting, of=code)


async def paid_since(work: Work, programme_id: UUID, start: date, today: date) -> Money:
    """What was paid from the first day of a hold to today, over the turn of the year."""
    paid = Money()
    for year in range(start.year, today.year + 1):
        held = await ledger(work, programme_id, year)
        if held is None:
            continue
        before = Money() if year > start.year else held.executed_at(_day_before(start))
        last = today if year == today.year else date(year, 12, 31)
        paid += held.executed_at(last) - before
    return paid


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
