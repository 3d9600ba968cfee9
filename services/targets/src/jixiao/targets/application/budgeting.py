"""Into the budget, and what happens to it. Articles: D-9, D-14, D-26, T-17."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.errors import Refused
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import applications, copies, programmes, targets
from ..domain import budget, totals
from ..domain.budget import BudgetKind, BudgetRow
from ..domain.events import Event
from ..domain.library import Programme
from ..domain.totals import Totals
from .awaiting import follow
from .placing import place_projects

Done = tuple[tuple[Programme, int], list[Event]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount for a year's budget, for a programme named by id or code."""

    year: int
    amount: Money
    programme_id: UUID | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """A row of a year's budget, for a programme named by id or code."""

    year: int
    kind: BudgetKind
    amount: Money
    programme_id: UUID | None = None
    code: str = ""
    day: date | None = None
    document_number: str = ""
    first_budget_year: int = 0
    received_on: date | None = None
    standing_committee: bool = False


async def enter_budget(command: Entry, work: Work) -> Done:
    """Enter the annual budget through the same gate; passed projects below go with it.

    Articles: D-9, D-12, D-14, T-11.
    """
    programme = await programmes.named(work, command.programme_id, command.code)
    application = await applications.newest(work, programme.programme_id)
    target = await targets.newest(work, programme.programme_id, command.year)
    events = programme.enter_budget(work.today, command.year, command.amount, application, target)
    if programme.described.transfer:
        events += await place_projects(work, programme, command.year)
    return await _saved(work, programme, events)


async def may_enter(command: Entry, work: Work) -> Refused | None:
    """Say whether it may enter; the refusal if not. Articles: D-6(7), D-9."""
    programme_id = await programmes.id_of(work, command.programme_id, command.code)
    programme = await programmes.records.see(work, programme_id)
    application = await applications.seen(work, programme_id)
    target = await targets.seen(work, programme_id, command.year)
    return programme.may_enter(command.year, command.amount, application, target)


async def record_budget(command: Recording, work: Work) -> Done:
    """Record a row; a passed target that the approved budget no longer fits falls back.

    Articles: D-9, D-14, D-26, T-17. Rules: R-17, R-32.
    """
    programme = await programmes.named(work, command.programme_id, command.code)
    application = await applications.newest(work, programme.programme_id)
    row = BudgetRow(
        command.year, command.kind, command.amount, command.day or work.today,
        command.document_number, command.first_budget_year or None, command.received_on,
        command.standing_committee,
    )  # fmt: skip
    events = programme.record_budget(row, application)
    if row.kind in (BudgetKind.INITIAL, BudgetKind.ADJUSTMENT):
        events += await _match(work, programme, row.year)
    return await _saved(work, programme, events)


async def count_totals(year: int, work: Work) -> Totals:
    """Add up what was released for a year. Articles: D-6(7)."""
    executed = await copies.executed_in(work, year)
    return totals.count(year, await programmes.running(work, year), executed)


async def _match(work: Work, programme: Programme, year: int) -> list[Event]:
    target = await targets.newest(work, programme.programme_id, year)
    approved = budget.approved_of(programme.budget_rows, year)
    if target is None or approved is None:
        return []
    events = target.match_budget(approved)
    if events:
        await targets.records.save(work, target)
        await follow(work, target)
    return events


async def _saved(work: Work, programme: Programme, events: list[Event]) -> Done:
    await programmes.records.save(work, programme)
    return (programme, programmes.records.version_of(work, programme.programme_id)), events
