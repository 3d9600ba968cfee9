"""A person corrects a figure of the treasury; above 5 % two people do (D-16)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.errors import EtagMissing, Finding, NotFound, Stale
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import executions, known
from ..domain.errors import Incomplete
from ..domain.execution import ExecutionLedger, TreasuryRow, require_budgeted
from ..domain.known import KnownProgramme


@dataclass(frozen=True, slots=True)
class Corrected:
    """A ledger after a correction, with its programme."""

    ledger: ExecutionLedger
    programme: KnownProgramme


Done = tuple[tuple[Corrected, int], list[object]]


@dataclass(frozen=True, slots=True)
class CorrectExecution:
    """A figure as it should be, with reason and document."""

    programme_id: UUID
    day: date
    executed: Money
    first_budget_year: int = 0
    reason: str = ""
    document_number: str = ""


async def correct_execution(command: CorrectExecution, work: Work) -> Done:
    """Correct a figure as a revision; a large change waits for its second person.

    Raises Incomplete with every fault.

    Articles: D-16. Rules: R-32.
    """
    if command.day > work.today:
        raise Incomplete(Finding("/day", "future", "更正的日期晚于今天，请核对。"))
    programme, ledger = await _held(work, command.programme_id, command.day.year)
    first = command.first_budget_year or command.day.year
    row = TreasuryRow(ledger.code, command.day, first, command.executed)
    require_budgeted([("", row, programme)])
    events = ledger.correct(
        row,
        person=work.person,
        reason=command.reason,
        document=command.document_number,
    )
    done = await _kept(work, programme, ledger)
    if ledger.pending is not None:
        await tasks.open_task(
            work, role="district_finance", at=ledger.coordinates, kind="execution.correction",
            title=f"确认执行数更正：{programme.name}，截至{command.day}为{command.executed}元",
            record=ledger.execution_id, programme_id=programme.programme_id,
        )  # fmt: skip
    return done, [*events]


@dataclass(frozen=True, slots=True)
class ConfirmCorrection:
    """Names the ledger whose correction waits."""

    programme_id: UUID
    year: int


async def confirm_correction(command: ConfirmCorrection, work: Work) -> Done:
    """Confirm the correction that waits, never the own one. Articles: D-16."""
    programme, ledger = await _held(work, command.programme_id, command.year)
    events = ledger.confirm_correction(person=work.person)
    return await _kept(work, programme, ledger), [*events]


async def _held(
    work: Work, programme_id: UUID, year: int
) -> tuple[KnownProgramme, ExecutionLedger]:
    programme = await known.programmes.see(work, programme_id)
    ledger = await executions.ledger(work, programme_id, year, lock=True)
    if ledger is None:
        raise NotFound
    current = executions.ledgers.version_of(work, ledger.execution_id)
    if not work.etag:
        raise EtagMissing
    if work.etag != str(current):
        raise Stale(current=current)
    return programme, ledger


async def _kept(
    work: Work, programme: KnownProgramme, ledger: ExecutionLedger
) -> tuple[Corrected, int]:
    await executions.ledgers.save(work, ledger)
    await tasks.close_tasks(work, record=ledger.execution_id)
    version = executions.ledgers.version_of(work, ledger.execution_id)
    return Corrected(ledger, programme), version
