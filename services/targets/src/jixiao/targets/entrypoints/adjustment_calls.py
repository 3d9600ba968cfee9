"""gRPC in, adjustments and indicator libraries; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.targets.v1 import adjustments_pb, libraries_pb
from jixiao.api.targets.v1.adjustments_pb_grpc import AdjustmentsService
from jixiao.api.targets.v1.libraries_pb_grpc import IndicatorLibrariesService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import adjustments, libraries, listing, messages
from ..application import adjusting
from ..application.publishing import PublishLibrary, publish_library
from ..domain.reviewing import Opinion


class AdjustmentCalls(Servicer, AdjustmentsService):
    """Answers `Adjustments`."""

    async def submit_adjustment(
        self, request: adjustments_pb.SubmitAdjustmentRequest, context: Context
    ) -> adjustments_pb.TargetAdjustment:
        """Ask for an adjustment."""
        command = wire.read(request, adjusting.SubmitAdjustment)
        return await self.once(
            request, partial(adjusting.submit_adjustment, command), messages.adjustment
        )

    async def review_adjustment(
        self, request: adjustments_pb.ReviewAdjustmentRequest, context: Context
    ) -> adjustments_pb.TargetAdjustment:
        """Review an adjustment."""
        opinion = wire.read(request, Opinion)
        handle = partial(adjusting.review_adjustment, UUID(request.adjustment_id), opinion)
        return await self.once(request, handle, messages.adjustment)

    async def withdraw_adjustment(
        self, request: adjustments_pb.WithdrawAdjustmentRequest, context: Context
    ) -> adjustments_pb.TargetAdjustment:
        """Take an adjustment back."""
        handle = partial(adjusting.withdraw_adjustment, UUID(request.adjustment_id))
        return await self.once(request, handle, messages.adjustment)

    async def get_adjustment(
        self, request: adjustments_pb.GetAdjustmentRequest, context: Context
    ) -> adjustments_pb.TargetAdjustment:
        """Read an adjustment."""

        async def look(work: Work) -> adjustments_pb.TargetAdjustment:
            found = await adjustments.records.see(work, UUID(request.adjustment_id))
            version = adjustments.records.version_of(work, found.adjustment_id)
            return messages.adjustment(found, version)

        return await self.read(request, look)

    async def list_adjustments(
        self, request: adjustments_pb.ListAdjustmentsRequest, context: Context
    ) -> adjustments_pb.ListAdjustmentsResponse:
        """List adjustments."""

        async def look(work: Work) -> adjustments_pb.ListAdjustmentsResponse:
            found, token = await listing.page(
                work, adjustments.records, adjustments.listed, request.page_size,
                request.page_token, programme_id=listing.id_or_all(request.programme_id),
                year=request.year, state=request.state,
            )  # fmt: skip
            version = adjustments.records.version_of
            return adjustments_pb.ListAdjustmentsResponse(
                adjustments=[
                    messages.adjustment(one, version(work, one.adjustment_id)) for one in found
                ],
                next_page_token=token,
            )

        return await self.read(request, look)


class LibraryCalls(Servicer, IndicatorLibrariesService):
    """Answers `IndicatorLibraries`."""

    async def publish_indicator_library(
        self, request: libraries_pb.PublishIndicatorLibraryRequest, context: Context
    ) -> libraries_pb.IndicatorLibrary:
        """Put common indicators in force."""
        command = wire.read(request, PublishLibrary)
        return await self.once(request, partial(publish_library, command), messages.library)

    async def publish_line_library(
        self, request: libraries_pb.PublishLineLibraryRequest, context: Context
    ) -> libraries_pb.IndicatorLibrary:
        """Put a line's indicators in force."""
        command = wire.read(request, PublishLibrary)
        return await self.once(request, partial(publish_library, command), messages.library)

    async def get_indicator_library(
        self, request: libraries_pb.GetIndicatorLibraryRequest, context: Context
    ) -> libraries_pb.IndicatorLibrary:
        """Read a version of a library."""

        async def look(work: Work) -> libraries_pb.IndicatorLibrary:
            return messages.library(await libraries.see(work, request.line, request.number))

        return await self.read(request, look)
