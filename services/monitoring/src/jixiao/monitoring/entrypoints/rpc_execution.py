"""gRPC in: execution figures."""

from datetime import date
from functools import partial
from uuid import UUID

from jixiao.api.monitoring.v1 import execution_pb
from jixiao.api.monitoring.v1.execution_pb_grpc import ExecutionsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import executions, known, rendering
from ..adapters.paging import page, start_of
from ..application.correcting import (
    ConfirmCorrection,
    Corrected,
    CorrectExecution,
    confirm_correction,
    correct_execution,
)
from ..application.importing import (
    Batch,
    ImportExecution,
    WithdrawExecutionRow,
    import_execution,
    withdraw_row,
)


class ExecutionCalls(Servicer, ExecutionsService):
    """Answers `Executions`."""

    async def import_execution(
        self, request: execution_pb.ImportExecutionRequest, context: Context
    ) -> execution_pb.ExecutionBatch:
        """Take a batch."""
        command = wire.read(request, ImportExecution)
        return await self.once(request, partial(import_execution, command), _batch)

    async def withdraw_execution_row(
        self, request: execution_pb.WithdrawExecutionRowRequest, context: Context
    ) -> execution_pb.QueuedRow:
        """Withdraw a queued row."""
        command = wire.read(request, WithdrawExecutionRow)
        return await self.once(request, partial(withdraw_row, command), rendering.queued_row)

    async def correct_execution(
        self, request: execution_pb.CorrectExecutionRequest, context: Context
    ) -> execution_pb.Execution:
        """Correct a figure."""
        command = wire.read(request, CorrectExecution)
        return await self.once(request, partial(correct_execution, command), _corrected)

    async def confirm_execution_correction(
        self, request: execution_pb.ConfirmExecutionCorrectionRequest, context: Context
    ) -> execution_pb.Execution:
        """Confirm the correction that waits."""
        command = wire.read(request, ConfirmCorrection)
        return await self.once(request, partial(confirm_correction, command), _corrected)

    async def list_queued_execution(
        self, request: execution_pb.ListQueuedExecutionRequest, context: Context
    ) -> execution_pb.ListQueuedExecutionResponse:
        """Queued rows."""

        async def look(work: Work) -> execution_pb.ListQueuedExecutionResponse:
            shown, more = await page(
                work, executions.queued, executions.queue_page, request, rendering.queued_row,
                year=request.year, state=request.state,
            )  # fmt: skip
            return execution_pb.ListQueuedExecutionResponse(rows=shown, next_page_token=more)

        return await self.read(request, look)

    async def get_execution(
        self, request: execution_pb.GetExecutionRequest, context: Context
    ) -> execution_pb.Execution:
        """What a programme executed."""

        async def look(work: Work) -> execution_pb.Execution:
            programme = await known.programmes.see(work, UUID(request.programme_id))
            ledger = await executions.ledger(work, programme.programme_id, request.year)
            version = executions.ledgers.version_of(work, ledger.execution_id) if ledger else 0
            day = _until(request.day, request.year)
            return rendering.execution(ledger, programme, request.year, day, version)

        return await self.read(request, look)

    async def list_execution(
        self, request: execution_pb.ListExecutionRequest, context: Context
    ) -> execution_pb.ListExecutionResponse:
        """What the spending programmes in scope executed, by code."""

        async def look(work: Work) -> execution_pb.ListExecutionResponse:
            most, start = start_of(request)
            ledgers = await executions.of_year(work, request.year)
            day = _until(request.day, request.year)
            programmes = [
                one
                for one in await known.in_scope(work)
                if one.programme_id in ledgers or (one.spends and str(request.year) in one.budgets)
            ]
            shown = [
                rendering.execution(
                    ledgers.get(one.programme_id), one, request.year, day, whole=False
                )
                for one in programmes[start : start + most]
            ]
            more = str(start + most) if len(programmes) > start + most else ""
            return execution_pb.ListExecutionResponse(executions=shown, next_page_token=more)

        return await self.read(request, look)


def _corrected(value: Corrected, version: int) -> execution_pb.Execution:
    year = value.ledger.year
    return rendering.execution(value.ledger, value.programme, year, date(year, 12, 31), version)


def _until(day: str, year: int) -> date:
    return date.fromisoformat(day) if day else date(year, 12, 31)


def _batch(value: Batch, version: int) -> execution_pb.ExecutionBatch:
    queued = [rendering.queued_row(row, version) for row in value.queued]
    return wire.write(value, execution_pb.ExecutionBatch, queued=queued)
