"""What the clock does by itself. Rules: R-39, R-52."""

from datetime import date

from sqlalchemy import bindparam, or_, select

from jixiao.servicekit.transaction import Work

from ..adapters import store, tables
from ..domain.commission import ENGAGED

_late = (
    select(tables.self_evaluations)
    .where(
        tables.self_evaluations.c.due_on < bindparam("day"),
        or_(
            tables.self_evaluations.c.state == "not_started",
            tables.self_evaluations.c.state == "returned",
        ),
    )
    .order_by(tables.self_evaluations.c.id)
    .with_for_update()
)
_over = (
    select(tables.commissions)
    .where(
        tables.commissions.c.ends_on < bindparam("day"),
        or_(*(tables.commissions.c.state == str(each) for each in sorted(ENGAGED))),
    )
    .order_by(tables.commissions.c.id)
    .with_for_update()
)


async def turn_self_evaluations(day: date, work: Work) -> list[object]:
    """Not filed by its due day, it is overdue from 00:00. Articles: D-20, T-23."""
    events: list[object] = []
    for each in await store.self_evaluations.find(work, _late, day=day):
        if told := each.turn_day(day):
            events += told
            await store.self_evaluations.save(work, each)
    return events


async def turn_commissions(day: date, work: Work) -> list[object]:
    """A commission past its end date gives no access. Articles: D-6(8), T-26."""
    events: list[object] = []
    for each in await store.commissions.find(work, _over, day=day):
        if told := each.turn_day(day):
            events += told
            await store.commissions.save(work, each)
    return events
