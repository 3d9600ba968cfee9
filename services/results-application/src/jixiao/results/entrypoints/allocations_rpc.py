"""gRPC in, allocation: a message becomes a command, the answer is rendered; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.results.v1 import allocations_pb as pb
from jixiao.api.results.v1.allocations_pb_grpc import AllocationsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, stores
from ..application import allocating


class AllocationCalls(Servicer, AllocationsService):
    """Answers `Allocations`."""

    async def run_allocation(
        self, request: pb.RunAllocationRequest, context: Context
    ) -> pb.Allocation:
        """Run a scenario."""
        command = wire.read(request, allocating.RunAllocation)
        handle = partial(allocating.run_allocation, command)
        return await self.once(request, handle, messages.allocation)

    async def run_project_ranking(
        self, request: pb.RunProjectRankingRequest, context: Context
    ) -> pb.Allocation:
        """Rank applications."""
        command = wire.read(request, allocating.RunProjectRanking)
        handle = partial(allocating.run_ranking, command)
        return await self.once(request, handle, messages.allocation)

    async def choose_allocation(
        self, request: pb.ChooseAllocationRequest, context: Context
    ) -> pb.Allocation:
        """Choose a scenario."""
        handle = partial(allocating.choose_allocation, UUID(request.plan_id), request.scenario)
        return await self.once(request, handle, messages.allocation)

    async def approve_allocation(
        self, request: pb.ApproveAllocationRequest, context: Context
    ) -> pb.Allocation:
        """Approve a plan."""
        command = wire.read(request, allocating.ApproveAllocation)
        handle = partial(allocating.approve_allocation, command)
        return await self.once(request, handle, messages.allocation)

    async def get_allocation(
        self, request: pb.GetAllocationRequest, context: Context
    ) -> pb.Allocation:
        """Read a plan."""

        async def look(work: Work) -> pb.Allocation:
            found = await stores.allocations.see(work, UUID(request.plan_id))
            version = stores.allocations.version_of(work, found.plan_id)
            return messages.allocation(found, version)

        return await self.read(request, look)

    async def list_allocations(
        self, request: pb.ListAllocationsRequest, context: Context
    ) -> pb.ListAllocationsResponse:
        """List plans in scope."""

        async def look(work: Work) -> pb.ListAllocationsResponse:
            found, token = await stores.page(work, stores.allocations, request)
            version = stores.allocations.version_of
            rows = [
                messages.allocation(one, version(work, one.plan_id), whole=False) for one in found
            ]
            return pb.ListAllocationsResponse(allocations=rows, next_page_token=token)

        return await self.read(request, look)

    async def get_allocation_sheet(
        self, request: pb.GetAllocationSheetRequest, context: Context
    ) -> pb.AllocationSheet:
        """Read one town's sheet."""

        async def look(work: Work) -> pb.AllocationSheet:
            found = await stores.sheet_of(work, UUID(request.plan_id), request.territory)
            return messages.sheet(found)

        return await self.read(request, look)

    async def list_allocation_sheets(
        self, request: pb.ListAllocationSheetsRequest, context: Context
    ) -> pb.ListAllocationSheetsResponse:
        """List sheets in scope."""

        async def look(work: Work) -> pb.ListAllocationSheetsResponse:
            found, token = await stores.page(work, stores.sheets, request)
            rows = [messages.sheet(one) for one in found]
            return pb.ListAllocationSheetsResponse(sheets=rows, next_page_token=token)

        return await self.read(request, look)
