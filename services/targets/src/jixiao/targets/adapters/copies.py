"""Copies of executions, results and rectification orders, by programme and year."""

from uuid import UUID, uuid5

from sqlalchemy import bindparam, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..domain.known import KnownExecution, KnownOrder, KnownResult
from ..domain.library import Programme
from .tables import executions, orders, results

execution_records = Records(executions, KnownExecution, "execution_id", audited=False)
result_records = Records(results, KnownResult, "result_id", audited=False)
order_records = Records(orders, KnownOrder, "order_id", audited=False)

_execution = (
    select(executions)
    .where(executions.c.programme_id == bindparam("of"), executions.c.year == bindparam("year"))
    .with_for_update()
)
_executions = select(executions).where(executions.c.year == bindparam("year"))
_result = (
    select(results)
    .where(results.c.programme_id == bindparam("of"), results.c.year == bindparam("year"))
    .with_for_update()
)
_last_result = (
    select(results)
    .where(results.c.programme_id == bindparam("of"), results.c.year < bindparam("before"))
    .order_by(results.c.year.desc())
    .limit(1)
)
_order = select(orders).where(orders.c.id == bindparam("of")).with_for_update()
_orders = select(orders).where(orders.c.programme_id == bindparam("of")).order_by(orders.c.id)


def _own_id(programme: Programme, kind: str, year: int) -> UUID:
    """The copy's id, the same whenever it is built anew."""
    return uuid5(programme.programme_id, f"{kind} {year}")


async def execution(work: Work, programme: Programme, year: int) -> tuple[KnownExecution, bool]:
    """The execution of a programme and year, locked, and whether it is on record already."""
    found = await execution_records.find(work, _execution, of=programme.programme_id, year=year)
    if found:
        return found[0], True
    return KnownExecution(
        _own_id(programme, "execution", year), programme.programme_id, programme.coordinates, year
    ), False


async def executed_in(work: Work, year: int) -> dict[UUID, Money]:
    """What each programme spent in a year."""
    found = await execution_records.find(work, _executions, year=year)
    return {one.programme_id: one.executed for one in found}


async def result(work: Work, programme: Programme, year: int) -> tuple[KnownResult, bool]:
    """The result of a programme and year, locked, and whether it is on record already."""
    found = await result_records.find(work, _result, of=programme.programme_id, year=year)
    if found:
        return found[0], True
    return KnownResult(
        _own_id(programme, "result", year), programme.programme_id, programme.coordinates, year
    ), False


async def last_result(work: Work, programme_id: UUID, before: int) -> KnownResult | None:
    """The newest result of a year before `before`."""
    found = await result_records.find(work, _last_result, of=programme_id, before=before)
    return found[0] if found else None


async def order(work: Work, order_id: UUID) -> KnownOrder | None:
    """A rectification order, locked."""
    found = await order_records.find(work, _order, of=order_id)
    return found[0] if found else None


async def orders_of(work: Work, programme_id: UUID) -> list[KnownOrder]:
    """Rectification orders of a programme, the open ones first."""
    found = await order_records.find(work, _orders, of=programme_id)
    return sorted(found, key=lambda one: not one.open)
