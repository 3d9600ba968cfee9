"""Treasury batches go into the ledgers; rows of unknown codes wait (D-16, T-19)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money, uuid7

from ..adapters import executions, known
from ..domain.errors import CorrectionNeeded, FiguresLocked, Incomplete
from ..domain.events import ExecutionRecorded
from ..domain.execution import (
    ExecutionLedger,
    QueuedRow,
    TreasuryRow,
    known_rows,
    require_budgeted,
)
from ..domain.known import KnownProgramme
from ..domain.report import MonitoringReport

FINANCE = "finance"
"""Line of records that are the finance's own and belong to no department."""


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """One row as sent; `first_budget_year` 0 is the year of `day`."""

    programme_code: str
    day: date
    executed: Money
    first_budget_year: int = 0

    @property
    def as_row(self) -> TreasuryRow:
        """The row as the ledger takes it."""
        first = self.first_budget_year or self.day.year
        return TreasuryRow(self.programme_code, self.day, first, self.executed)


@dataclass(frozen=True, slots=True)
class ImportExecution:
    """A batch; its request id is its name."""

    rows: tuple[ExecutionRow, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a batch."""

    batch_id: str
    applied: int
    unchanged: int
    queued: tuple[QueuedRow, ...]
    taken_on: date


async def import_execution(
    command: ImportExecution, work: Work
) -> tuple[tuple[Batch, int], list[object]]:
    """Take a batch whole: known rows into their ledgers, unknown ones into the queue.

    A person of finance may add figures, but changes what is recorded for a day only by a
    correction. Raises Incomplete with every faulty row, FiguresLocked, CorrectionNeeded.

    Articles: D-16, T-19. Rules: R-32.
    """
    rows = tuple(row.as_row for row in command.rows)
    _check(rows, work.today)
    programmes = await known.by_code(work, sorted({row.code for row in rows}))
    require_budgeted((f"/rows/{i}", row, programmes.get(row.code)) for i, row in enumerate(rows))
    taken, unknown = known_rows(rows, programmes)
    by_hand = work.principal.role != "treasury"
    told = await apply_rows(work, taken, programmes, work.request_id, by_hand=by_hand)
    queued = []
    events: list[object] = [*told]
    for row in unknown:
        waiting = await _queue(work, row, by_hand=by_hand)
        if waiting is not None:
            queued.append(waiting)
            events += waiting.queue()
    batch = Batch(work.request_id, len(told), len(taken) - len(told), tuple(queued), work.today)
    return (batch, 1), events


async def apply_rows(
    work: Work,
    rows: Iterable[TreasuryRow],
    programmes: Mapping[str, KnownProgramme],
    batch: str,
    *,
    by_hand: bool = False,
) -> list[ExecutionRecorded]:
    """Record rows of known programmes, each ledger written once.

    Every row is held against the ledgers as they were before the batch, so that the rows of one
    day, a row for each year of first budgeting, come in together; then all are recorded.

    Articles: D-16.
    """
    by_year: dict[int, list[TreasuryRow]] = defaultdict(list)
    for row in rows:
        by_year[row.day.year].append(row)
    events: list[ExecutionRecorded] = []
    for year, of_year in sorted(by_year.items()):
        ids = {programmes[row.code].programme_id for row in of_year}
        ledgers = await executions.locked(work, year, ids)
        new: dict[UUID, ExecutionLedger] = {}
        changed: dict[UUID, ExecutionLedger] = {}
        for row in of_year:
            programme = programmes[row.code]
            ledger = ledgers.get(programme.programme_id)
            if ledger is None:
                ledger = ledgers[programme.programme_id] = begun(programme, year)
                new[ledger.execution_id] = ledger
            ledger.admit(row, by_hand=by_hand)
        for row in of_year:
            ledger = ledgers[programmes[row.code].programme_id]
            if recorded := ledger.record(row, batch=batch):
                events += recorded
                changed[ledger.execution_id] = ledger
        for ledger in new.values():
            await executions.ledgers.add(work, ledger)
        for key in changed.keys() - new.keys():
            await executions.ledgers.save(work, changed[key])
    return events


def begun(of: KnownProgramme | MonitoringReport, year: int) -> ExecutionLedger:
    """An empty ledger of a programme."""
    return ExecutionLedger(uuid7(), of.programme_id, of.coordinates, year, of.code)


def _check(rows: tuple[TreasuryRow, ...], today: date) -> None:
    seen: set[tuple[str, date, int]] = set()
    faults = []
    for i, row in enumerate(rows):
        key = (row.code, row.day, row.first_budget_year)
        if key in seen:
            words = f"第{i + 1}行与前面的行重复（代码{row.code}、日期{row.day}、同一资金年度）。"
            faults.append(Finding(f"/rows/{i}", "repeated", words))
        if row.day > today:
            words = f"第{i + 1}行的日期晚于当前，请核对。"
            faults.append(Finding(f"/rows/{i}/day", "future", words))
        seen.add(key)
    if faults:
        raise Incomplete(*faults)


async def _queue(work: Work, row: TreasuryRow, *, by_hand: bool) -> QueuedRow | None:
    """Keep a row of an unknown code, named to treasury and finance; the same again is known."""
    if any(held.row == row for held in await executions.waiting(work, row.code)):
        return None
    at = Coordinates(work.principal.territory, FINANCE, "")
    waiting = QueuedRow(uuid7(), at, row.day.year, row, work.request_id, by_hand=by_hand)
    await executions.queued.add(work, waiting)
    for role in ("treasury", "district_finance"):
        await tasks.open_task(
            work, role=role, at=at, kind="execution.queued", record=waiting.queue_id,
            title=f"执行数据代码未登记：{row.code}，截至{row.day}累计{row.executed}元",
        )  # fmt: skip
    return waiting


@dataclass(frozen=True, slots=True)
class WithdrawExecutionRow:
    """Takes a queued row back."""

    queue_id: UUID
    fate: str = ""


async def withdraw_row(
    command: WithdrawExecutionRow, work: Work
) -> tuple[tuple[QueuedRow, int], list[object]]:
    """Withdraw a queued row with its fate. Articles: D-16."""
    row = await executions.queued.take(work, command.queue_id)
    events: list[object] = [*row.withdraw(command.fate, day=work.today)]
    await executions.queued.save(work, row)
    await tasks.close_tasks(work, record=row.queue_id)
    return (row, executions.queued.version_of(work, row.queue_id)), events


async def settle_queue(work: Work, programme: KnownProgramme) -> list[object]:
    """A code, or money carried in, has become known: what waited goes into its ledger.

    What a batch could not say either waits on, to be corrected and withdrawn: money not known to
    have been carried in, a locked period, a person's row against what is recorded.

    Articles: D-16. Rules: R-32.
    """
    events: list[object] = []
    for row in await executions.waiting(work, programme.code):
        if not programme.has_money_of(row.row.first_budget_year, row.year):
            continue
        try:
            recorded = await apply_rows(
                work, [row.row], {programme.code: programme}, row.batch, by_hand=row.by_hand
            )
        except (CorrectionNeeded, FiguresLocked):
            continue
        events += row.apply(day=work.today)
        await executions.queued.save(work, row)
        await tasks.close_tasks(work, record=row.queue_id)
        events += recorded
    return events
