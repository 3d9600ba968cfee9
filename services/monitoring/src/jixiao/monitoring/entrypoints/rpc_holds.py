"""gRPC in: payment holds and the treasury's question."""

from functools import partial
from uuid import UUID

from jixiao.api.monitoring.v1 import holds_pb
from jixiao.api.monitoring.v1.holds_pb_grpc import PaymentHoldsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import holds, rendering
from ..adapters.paging import asked_id, page
from ..application.holding import (
    DecideHold,
    OnHold,
    ProposeHold,
    ask_to_pay,
    confirm_change,
    decide_hold,
    propose_change,
    propose_hold,
)
from ..domain.hold import Change


class HoldCalls(Servicer, PaymentHoldsService):
    """Answers `PaymentHolds`."""

    async def propose_hold(
        self, request: holds_pb.ProposeHoldRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Propose a hold."""
        command = wire.read(request, ProposeHold)
        return await self.once(request, partial(propose_hold, command), rendering.payment_hold)

    async def decide_hold(
        self, request: holds_pb.DecideHoldRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Decide a hold."""
        command = wire.read(request, DecideHold)
        return await self.once(request, partial(decide_hold, command), rendering.payment_hold)

    async def propose_stop(
        self, request: holds_pb.ProposeStopRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Propose the stop."""
        command = wire.read(request, OnHold)
        return await self.once(
            request, partial(propose_change, Change.STOP, command), rendering.payment_hold
        )

    async def confirm_stop(
        self, request: holds_pb.ConfirmStopRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Confirm the stop."""
        command = wire.read(request, OnHold)
        return await self.once(
            request, partial(confirm_change, Change.STOP, command), rendering.payment_hold
        )

    async def propose_lift(
        self, request: holds_pb.ProposeLiftRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Propose the lift."""
        command = wire.read(request, OnHold)
        return await self.once(
            request, partial(propose_change, Change.LIFT, command), rendering.payment_hold
        )

    async def confirm_lift(
        self, request: holds_pb.ConfirmLiftRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Confirm the lift."""
        command = wire.read(request, OnHold)
        return await self.once(
            request, partial(confirm_change, Change.LIFT, command), rendering.payment_hold
        )

    async def get_hold(
        self, request: holds_pb.GetHoldRequest, context: Context
    ) -> holds_pb.PaymentHold:
        """Read a hold."""

        async def look(work: Work) -> holds_pb.PaymentHold:
            found = await holds.holds.see(work, UUID(request.hold_id))
            return rendering.payment_hold(found, holds.holds.version_of(work, found.hold_id))

        return await self.read(request, look)

    async def list_holds(
        self, request: holds_pb.ListHoldsRequest, context: Context
    ) -> holds_pb.ListHoldsResponse:
        """Holds in scope."""

        async def look(work: Work) -> holds_pb.ListHoldsResponse:
            shown, more = await page(
                work, holds.holds, holds.hold_page, request, rendering.payment_hold,
                year=request.year, programme_id=asked_id(request.programme_id),
            )  # fmt: skip
            return holds_pb.ListHoldsResponse(holds=shown, next_page_token=more)

        return await self.read(request, look)

    async def may_pay(
        self, request: holds_pb.MayPayRequest, context: Context
    ) -> holds_pb.PaymentAnswer:
        """May this be paid?"""

        async def look(work: Work) -> holds_pb.PaymentAnswer:
            return rendering.payment_answer(*await ask_to_pay(request.programme_code, work))

        return await self.read(request, look)
