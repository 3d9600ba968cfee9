"""What other services did, followed here: executions, holds, results, rectifications."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import copies, programmes
from ..domain.description import ProgrammeState
from ..domain.events import Event
from ..domain.known import KnownOrder


async def keep_execution(
    work: Work, programme_id: UUID, year: int, day: date, executed: Money
) -> None:
    """Keep the latest cumulative figure; an older one never covers a newer one."""
    programme = await programmes.records.see(work, programme_id)
    known, there = await copies.execution(work, programme, year)
    if known.day is not None and known.day > day:
        return
    known.executed, known.day = executed, day
    await (copies.execution_records.save if there else copies.execution_records.add)(work, known)


async def follow_hold(work: Work, programme_id: UUID, year: int, *, stopped: bool) -> list[Event]:
    """Suspend with a payment that was stopped, resume when it is lifted. Articles: D-18."""
    programme = await programmes.records.get(work, programme_id)
    before = ProgrammeState.EXECUTING if stopped else ProgrammeState.SUSPENDED
    if programme.state_in(year) is not before:
        return []  # a hold that only suspended payment leaves the programme executing
    events = programme.suspend(year) if stopped else programme.resume(year)
    await programmes.records.save(work, programme)
    return events


async def keep_result(
    work: Work, programme_id: UUID, year: int, source: str, score: str, grade: str, *,
    self_score: str = "", missed: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Keep what will stand beside next year's pen. Articles: D-26, T-34."""
    programme = await programmes.records.see(work, programme_id)
    known, there = await copies.result(work, programme, year)
    known.take(source, score, grade)
    if self_score:
        known.self_score = Decimal(self_score)
    if missed is not None:
        known.missed = tuple(missed)
    await (copies.result_records.save if there else copies.result_records.add)(work, known)


async def keep_order(
    work: Work, order_id: UUID, programme_id: UUID, document_number: str, problems: Sequence[str],
    day: date,
) -> None:  # fmt: skip
    """Keep a rectification order. Articles: D-25, T-33."""
    programme = await programmes.records.see(work, programme_id)
    if await copies.order(work, order_id) is None:
        order = KnownOrder(
            order_id,
            programme_id,
            programme.coordinates,
            day.year,
            document_number,
            tuple(problems),
        )
        await copies.order_records.add(work, order)


async def move_order(work: Work, order_id: UUID, state: str, due_on: date | None) -> None:
    """Follow a rectification order. Articles: D-25, T-33."""
    order = await copies.order(work, order_id)
    if order is None:
        return
    order.state, order.due_on = state, due_on or order.due_on
    await copies.order_records.save(work, order)
