"""gRPC in, rectification: a message becomes a command, the answer is rendered; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.results.v1 import rectifications_pb as pb
from jixiao.api.results.v1.rectifications_pb_grpc import RectificationsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, stores
from ..application import rectifying


class RectificationCalls(Servicer, RectificationsService):
    """Answers `Rectifications`."""

    async def order_rectification(
        self, request: pb.OrderRectificationRequest, context: Context
    ) -> pb.Rectification:
        """Order a rectification."""
        command = wire.read(request, rectifying.OrderRectification)
        handle = partial(rectifying.order_rectification, command)
        return await self.once(request, handle, messages.rectification)

    async def receive_rectification(
        self, request: pb.ReceiveRectificationRequest, context: Context
    ) -> pb.Rectification:
        """Sign for an order."""
        handle = partial(rectifying.receive_rectification, UUID(request.order_id))
        return await self.once(request, handle, messages.rectification)

    async def report_rectification(
        self, request: pb.ReportRectificationRequest, context: Context
    ) -> pb.Rectification:
        """Report on an order."""
        command = wire.read(request, rectifying.ReportRectification)
        handle = partial(rectifying.report_rectification, command)
        return await self.once(request, handle, messages.rectification)

    async def check_rectification(
        self, request: pb.CheckRectificationRequest, context: Context
    ) -> pb.Rectification:
        """Check a report."""
        command = wire.read(request, rectifying.CheckRectification)
        handle = partial(rectifying.check_rectification, command)
        return await self.once(request, handle, messages.rectification)

    async def extend_rectification(
        self, request: pb.ExtendRectificationRequest, context: Context
    ) -> pb.Rectification:
        """Extend the term."""
        command = wire.read(request, rectifying.ExtendRectification)
        handle = partial(rectifying.extend_rectification, command)
        return await self.once(request, handle, messages.rectification)

    async def get_rectification(
        self, request: pb.GetRectificationRequest, context: Context
    ) -> pb.Rectification:
        """Read an order."""

        async def look(work: Work) -> pb.Rectification:
            found = await stores.rectifications.see(work, UUID(request.order_id))
            version = stores.rectifications.version_of(work, found.order_id)
            return messages.rectification(found, version)

        return await self.read(request, look)

    async def list_rectifications(
        self, request: pb.ListRectificationsRequest, context: Context
    ) -> pb.ListRectificationsResponse:
        """List orders in scope."""

        async def look(work: Work) -> pb.ListRectificationsResponse:
            found, token = await stores.page(work, stores.rectifications, request)
            version = stores.rectifications.version_of
            rows = [messages.rectification(one, version(work, one.order_id)) for one in found]
            return pb.ListRectificationsResponse(rectifications=rows, next_page_token=token)

        return await self.read(request, look)
