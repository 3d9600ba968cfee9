"""How the gateway's own operations are answered: once, and with nothing secret in the claim."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from protobuf import Message

from jixiao.api.gateway.v1 import directory_pb
from jixiao.servicekit import wire
from jixiao.servicekit.access import Principal
from jixiao.servicekit.claims import Claim
from jixiao.servicekit.errors import Faulty, Finding, NotFound
from jixiao.servicekit.rpc import ADDRESS, Context, Servicer, current, reason_of, validated
from jixiao.servicekit.transaction import Handler, Work

from ..calling import Source
from .grants import Grant
from .proposals import Proposal
from .signing_in import at_the_door

R = TypeVar("R")
CERTIFICATE = "x-jx-certificate"
"""Metadata by which the gRPC door names the thumbprint of the connection's certificate."""
PAGE = 50


class DoorServicer(Servicer):
    """Commands and reads of the gateway itself."""

    async def command(
        self,
        request: Any,
        handle: "Handler[R]",
        render: Callable[[R], Message[Any]],
        *,
        principal: Principal | None = None,
        claimed: Any = None,
    ) -> bytes:
        """Run a command once; the claim is of `claimed`, a copy without secrets, where given."""
        validated(request)
        if not request.request_id:
            raise Faulty(Finding("/request_id", "required", "缺少请求编号（Idempotency-Key）"))
        call = current()
        actor = principal or call.principal
        claim = Claim.of(
            actor, call.method, request if claimed is None else claimed, request.request_id
        )
        etag = getattr(request, "etag", "")
        return await self.transactions.once(
            claim, actor, handle, render, etag=etag, address=call.address, reason=reason_of(request)
        )

    async def command_at_the_door(
        self,
        request: Any,
        handle: "Handler[R]",
        render: Callable[[R], Message[Any]],
        *,
        claimed: Any = None,
    ) -> bytes:
        """As `command`, without business scope: what proves somebody is reached by no other."""
        principal = at_the_door(current().principal)
        return await self.command(request, handle, render, principal=principal, claimed=claimed)

    async def look(self, request: Message[Any], look: Callable[[Work], Awaitable[R]]) -> R:
        """As `read`, without business scope."""
        validated(request)
        principal = at_the_door(current().principal)
        async with self.transactions.database.snapshot(principal) as (connection, at):
            return await look(Work(connection, principal, at, self.transactions.clock.day(at)))


def page_after(token: str) -> UUID:
    """The id in a page token; the lowest of all for the first page. Raises NotFound for anything else."""
    try:
        return UUID(token) if token else UUID(int=0)
    except ValueError as other:
        raise NotFound from other


def address_of(context: Context) -> str:
    """The caller's network address, as the door saw it."""
    return next(
        (str(value) for key, value in context.invocation_metadata() or () if key == ADDRESS), ""
    )


def source_of(context: Context) -> Source:
    """Where the caller calls from, as the door saw it."""
    metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
    return Source(metadata.get(ADDRESS, ""), metadata.get(CERTIFICATE, ""))


def grant_message(grant: Grant, *, in_force: bool) -> directory_pb.Grant:
    """A grant, as shown."""
    return wire.write(grant, directory_pb.Grant, in_force=in_force)


def proposal_message(proposal: Proposal) -> directory_pb.GrantProposal:
    """A proposal, as shown."""
    held = [grant_message(grant, in_force=False) for grant in proposal.grants]
    return wire.write(
        proposal, directory_pb.GrantProposal, grants=held, etag=wire.etag(proposal.version)
    )
