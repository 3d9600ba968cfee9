"""The operations on identities of the OpenID provider (proto/gateway/v1/identities.proto)."""

from functools import partial
from uuid import UUID

from jixiao.api.gateway.v1 import identities_pb
from jixiao.api.gateway.v1.identities_pb_grpc import IdentitiesService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, validated
from jixiao.servicekit.transaction import Transactions, Work

from ..login import Callers
from . import identities
from .answering import DoorServicer
from .identities import LinkedIdentity


class Identities(DoorServicer, IdentitiesService):
    """Which identity opens which account."""

    def __init__(self, transactions: Transactions, callers: Callers) -> None:
        super().__init__(transactions)
        self._callers = callers

    async def link_identity(
        self, request: identities_pb.LinkIdentityRequest, context: Context
    ) -> identities_pb.LinkedIdentity:
        """Link; nothing opens yet."""
        link = partial(identities.link, UUID(request.person_id), request.issuer, request.subject)
        answer = await self.command_at_the_door(request, link, _linked)
        return identities_pb.LinkedIdentity.from_binary(answer)

    async def confirm_identity(
        self, request: identities_pb.ConfirmIdentityRequest, context: Context
    ) -> identities_pb.LinkedIdentity:
        """Put into force, by another."""
        confirm = partial(identities.confirm, UUID(request.identity_id))
        answer = await self.command_at_the_door(request, confirm, _linked)
        return identities_pb.LinkedIdentity.from_binary(answer)

    async def unlink_identity(
        self, request: identities_pb.UnlinkIdentityRequest, context: Context
    ) -> identities_pb.UnlinkIdentityResponse:
        """Take away; the person's sessions end."""
        answer = await self.command_at_the_door(
            request,
            partial(identities.unlink, UUID(request.identity_id)),
            lambda _: identities_pb.UnlinkIdentityResponse(),
        )
        self._callers.forget()
        return identities_pb.UnlinkIdentityResponse.from_binary(answer)

    async def list_identities(
        self, request: identities_pb.ListIdentitiesRequest, context: Context
    ) -> identities_pb.ListIdentitiesResponse:
        """Of one person."""
        validated(request)

        async def look(work: Work) -> list[LinkedIdentity]:
            return await identities.of_person(work.connection, UUID(request.person_id))

        found = await self.look(request, look)
        return identities_pb.ListIdentitiesResponse(identities=[_linked(one) for one in found])


def _linked(identity: LinkedIdentity) -> identities_pb.LinkedIdentity:
    return wire.write(
        identity, identities_pb.LinkedIdentity, confirmed=identity.confirmed_by is not None
    )
