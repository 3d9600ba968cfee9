"""gRPC in, targets: filed, reviewed, decomposed, released; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.targets.v1 import targets_pb
from jixiao.api.targets.v1.targets_pb_grpc import TargetsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import copies, listing, messages, programmes, targets
from ..application import reviewing, submitting
from ..application.decomposing import decompose_target
from ..application.releasing import ReleaseTargets, release_targets
from ..domain.adjustment import changes_between
from ..domain.decomposition import IndicatorParts
from ..domain.reviewing import Opinion


class TargetCalls(Servicer, TargetsService):
    """Answers `Targets`."""

    async def submit_target(
        self, request: targets_pb.SubmitTargetRequest, context: Context
    ) -> targets_pb.Target:
        """File a target."""
        command = wire.read(request, submitting.SubmitTarget)
        return await self.once(request, partial(submitting.submit_target, command), messages.target)

    async def withdraw_target(
        self, request: targets_pb.WithdrawTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Take a filing back."""
        handle = partial(submitting.withdraw_target, UUID(request.target_id))
        return await self.once(request, handle, messages.target)

    async def review_target_first(
        self, request: targets_pb.ReviewTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Review first."""
        return await self._review(request)

    async def review_target_town(
        self, request: targets_pb.ReviewTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Review as the town's finance."""
        return await self._review(request)

    async def review_target_line(
        self, request: targets_pb.ReviewTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Review as the district department of a transfer."""
        return await self._review(request)

    async def review_target_finance(
        self, request: targets_pb.ReviewTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Review as district finance."""
        return await self._review(request)

    async def _review(self, request: targets_pb.ReviewTargetRequest) -> targets_pb.Target:
        opinion = wire.read(request, Opinion)
        handle = partial(reviewing.review_target, UUID(request.target_id), opinion)
        return await self.once(request, handle, messages.target)

    async def take_back_review(
        self, request: targets_pb.TakeBackReviewRequest, context: Context
    ) -> targets_pb.Target:
        """Take a review back."""
        handle = partial(reviewing.take_back_review, UUID(request.target_id))
        return await self.once(request, handle, messages.target)

    async def return_target(
        self, request: targets_pb.ReturnTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Return a passed target."""
        handle = partial(reviewing.return_target, UUID(request.target_id), request.opinion)
        return await self.once(request, handle, messages.target)

    async def decompose_target(
        self, request: targets_pb.DecomposeTargetRequest, context: Context
    ) -> targets_pb.DecomposeTargetResponse:
        """Decompose an overall target."""
        parts = tuple(wire.read(part, IndicatorParts) for part in request.parts)
        handle = partial(decompose_target, UUID(request.target_id), parts)
        return await self.once(request, handle, messages.decomposed)

    async def release_targets(
        self, request: targets_pb.ReleaseTargetsRequest, context: Context
    ) -> targets_pb.ReleaseTargetsResponse:
        """Release targets."""
        command = wire.read(request, ReleaseTargets)
        return await self.once(request, partial(release_targets, command), messages.released)

    async def get_target(
        self, request: targets_pb.GetTargetRequest, context: Context
    ) -> targets_pb.Target:
        """Read one version of a target."""

        async def look(work: Work) -> targets_pb.Target:
            found = await targets.records.see(work, UUID(request.target_id))
            return messages.target(found, targets.records.version_of(work, found.target_id))

        return await self.read(request, look)

    async def list_targets(
        self, request: targets_pb.ListTargetsRequest, context: Context
    ) -> targets_pb.ListTargetsResponse:
        """List target versions."""

        async def look(work: Work) -> targets_pb.ListTargetsResponse:
            found, token = await listing.page(
                work, targets.records, targets.listed, request.page_size, request.page_token,
                programme_id=listing.id_or_all(request.programme_id), year=request.year,
                state=request.state, line=request.line, territory=request.territory,
            )  # fmt: skip
            version = targets.records.version_of
            return targets_pb.ListTargetsResponse(
                targets=[messages.target(one, version(work, one.target_id)) for one in found],
                next_page_token=token,
            )

        return await self.read(request, look)

    async def compare_targets(
        self, request: targets_pb.CompareTargetsRequest, context: Context
    ) -> targets_pb.CompareTargetsResponse:
        """Compare two versions."""

        async def look(work: Work) -> targets_pb.CompareTargetsResponse:
            after = (await targets.records.see(work, UUID(request.target_id))).form
            before = (await targets.records.see(work, UUID(request.with_target_id))).form
            compared = {
                "changes": changes_between(before.indicators, after.indicators),
                "old_amount": before.amount, "new_amount": after.amount,
            }  # fmt: skip
            return wire.write(compared, targets_pb.CompareTargetsResponse)

        return await self.read(request, look)

    async def last_year(
        self, request: targets_pb.LastYearRequest, context: Context
    ) -> targets_pb.LastYearResponse:
        """Show what stands beside the pen."""

        async def look(work: Work) -> targets_pb.LastYearResponse:
            programme = await programmes.records.see(work, UUID(request.programme_id))
            known = await copies.last_result(work, programme.programme_id, request.year)
            orders = await copies.orders_of(work, programme.programme_id)
            return wire.write(
                known or {}, targets_pb.LastYearResponse,
                rectifications=[wire.write(one, targets_pb.KnownOrder) for one in orders],
            )  # fmt: skip

        return await self.read(request, look)
