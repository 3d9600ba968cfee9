"""The operations on second factors (proto/gateway/v1/factors.proto)."""

from functools import partial
from uuid import UUID

from jixiao.api.gateway.v1 import factors_pb, sessions_pb
from jixiao.api.gateway.v1.factors_pb_grpc import FactorsService
from jixiao.servicekit.rpc import Context, current, validated
from jixiao.servicekit.transaction import Transactions, Work

from ..login import Callers
from .answering import address_of
from .proving import Enrolment, Proving
from .renewing import RenewingServicer
from .signing_in import SigningIn


class Factors(RenewingServicer, FactorsService):
    """Second factors of people."""

    def __init__(self, transactions: Transactions, callers: Callers, signing_in: SigningIn) -> None:
        super().__init__(transactions, callers, signing_in)
        self._proving = Proving(transactions, signing_in)

    async def enrol_factor(
        self, request: factors_pb.EnrolFactorRequest, context: Context
    ) -> factors_pb.EnrolFactorResponse:
        """A new factor; its secret is in the first answer alone."""
        made = Enrolment("", "")

        async def handle(work: Work) -> tuple[None, list[object]]:
            nonlocal made
            made, events = await self._proving.enrol(work)
            return None, events

        await self.command_at_the_door(request, handle, lambda _: factors_pb.EnrolFactorResponse())
        return factors_pb.EnrolFactorResponse(secret=made.secret, uri=made.uri)

    async def confirm_factor(
        self, request: factors_pb.ConfirmFactorRequest, context: Context
    ) -> sessions_pb.LoginResponse:
        """The factor holds; the session's token is in the first answer alone."""
        validated(request)
        proof = await self._proving.first_proof(
            current().principal, request.code, address_of(context)
        )
        handle = partial(self._proving.confirm, proof)
        bare = factors_pb.ConfirmFactorRequest(request_id=request.request_id)
        return await self.renewed(request, bare, handle)

    async def reset_factor(
        self, request: factors_pb.ResetFactorRequest, context: Context
    ) -> factors_pb.ResetFactorResponse:
        """A person's factors and sessions end."""
        answer = await self.command_at_the_door(
            request, partial(self._proving.reset, UUID(request.person_id)),
            lambda _: factors_pb.ResetFactorResponse(),
        )  # fmt: skip
        self._callers.forget()
        return factors_pb.ResetFactorResponse.from_binary(answer)
