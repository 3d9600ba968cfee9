"""gRPC in, budgets and totals; no rule here."""

from functools import partial

from jixiao.api.targets.v1 import budgets_pb, programmes_pb
from jixiao.api.targets.v1.budgets_pb_grpc import BudgetsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages
from ..application import budgeting


class BudgetCalls(Servicer, BudgetsService):
    """Answers `Budgets`."""

    async def enter_budget(
        self, request: budgets_pb.EnterBudgetRequest, context: Context
    ) -> programmes_pb.Programme:
        """Enter a year's budget."""
        command = wire.read(request, budgeting.Entry)
        return await self.once(
            request, partial(budgeting.enter_budget, command), messages.programme
        )

    async def may_enter(
        self, request: budgets_pb.MayEnterRequest, context: Context
    ) -> budgets_pb.MayEnterResponse:
        """Say whether an amount may enter."""

        async def look(work: Work) -> budgets_pb.MayEnterResponse:
            refusal = await budgeting.may_enter(wire.read(request, budgeting.Entry), work)
            if refusal is None:
                return budgets_pb.MayEnterResponse(allowed=True)
            return wire.write(refusal, budgets_pb.MayEnterResponse, allowed=False)

        return await self.read(request, look)

    async def record_budget(
        self, request: budgets_pb.RecordBudgetRequest, context: Context
    ) -> programmes_pb.Programme:
        """Record a row of a budget."""
        command = wire.read(request, budgeting.Recording)
        return await self.once(
            request, partial(budgeting.record_budget, command), messages.programme
        )

    async def get_totals(
        self, request: budgets_pb.GetTotalsRequest, context: Context
    ) -> budgets_pb.Totals:
        """Count what was released."""

        async def look(work: Work) -> budgets_pb.Totals:
            return messages.totals(await budgeting.count_totals(request.year, work))

        return await self.read(request, look)
