"""gRPC in, the register of responsibility; no rule here."""

from datetime import date
from functools import partial
from uuid import UUID

from jixiao.api.results.v1 import responsibilities_pb as pb
from jixiao.api.results.v1.responsibilities_pb_grpc import ResponsibilitiesService
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, stores
from ..application.registering import object_to


class ResponsibilityCalls(Servicer, ResponsibilitiesService):
    """Answers `Responsibilities`."""

    async def list_responsibilities(
        self, request: pb.ListResponsibilitiesRequest, context: Context
    ) -> pb.ListResponsibilitiesResponse:
        """List registers in scope."""
        on = date.fromisoformat(request.on) if request.on else None

        async def look(work: Work) -> pb.ListResponsibilitiesResponse:
            found, token = await stores.page(work, stores.registers, request)
            version = stores.registers.version_of
            rows = [
                messages.responsibility(one, version(work, one.register_id), on) for one in found
            ]
            return pb.ListResponsibilitiesResponse(responsibilities=rows, next_page_token=token)

        return await self.read(request, look)

    async def object_responsibility(
        self, request: pb.ObjectResponsibilityRequest, context: Context
    ) -> pb.Responsibility:
        """Object to a register."""
        handle = partial(object_to, UUID(request.register_id), request.text)
        return await self.once(request, handle, messages.responsibility)
