"""The operations on posts and deputies (proto/gateway/v1/posts.proto)."""

from functools import partial
from uuid import UUID

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb, posts_pb
from jixiao.api.gateway.v1.posts_pb_grpc import PostsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, current, validated
from jixiao.servicekit.transaction import Transactions, Work
from jixiao.servicekit.values import Coordinates

from ..login import Callers
from . import delegations, explaining, grants, posts
from .answering import PAGE, DoorServicer, grant_message, page_after, proposal_message
from .delegations import Loan
from .explaining import Found, Place
from .posts import HandOver, Holder, Post


class Posts(DoorServicer, PostsService):
    """Posts, their holders and deputies, and who may do what."""

    def __init__(self, transactions: Transactions, callers: Callers) -> None:
        super().__init__(transactions)
        self._callers = callers

    async def list_posts(
        self, request: posts_pb.ListPostsRequest, context: Context
    ) -> posts_pb.ListPostsResponse:
        """Posts with their holders, vacant ones too."""
        validated(request)
        size = request.page_size or PAGE

        async def look(work: Work) -> posts_pb.ListPostsResponse:
            found = await posts.page(
                work.connection, work.today, role=request.role.name.lower() if request.role else "",
                line=request.line, vacant=request.vacant, after=request.page_token, size=size,
            )  # fmt: skip
            return posts_pb.ListPostsResponse(
                posts=[_post(post, work) for post in found],
                next_page_token=found[-1].token if len(found) == size else "",
            )

        return await self.read(request, look)

    async def hand_over_post(
        self, request: posts_pb.HandOverPostRequest, context: Context
    ) -> directory_pb.GrantProposal:
        """One proposal that ends one grant and gives another."""
        validated(request)
        wanted = wire.read(request, HandOver)
        answer = await self.command(request, partial(posts.hand_over, wanted), proposal_message)
        return directory_pb.GrantProposal.from_binary(answer)

    async def lend_post(
        self, request: posts_pb.LendPostRequest, context: Context
    ) -> directory_pb.Grant:
        """To a deputy, from the next request on."""
        validated(request)
        handle = partial(delegations.lend, wire.read(request, Loan), explaining.allowed)
        answer = await self.command_at_the_door(
            request, handle, partial(grant_message, in_force=False)
        )
        self._callers.forget()
        return directory_pb.Grant.from_binary(answer)

    async def take_back_post(
        self, request: posts_pb.TakeBackPostRequest, context: Context
    ) -> directory_pb.Grant:
        """From a deputy, at once."""
        validated(request)
        handle = partial(delegations.take_back, UUID(request.grant_id))
        answer = await self.command_at_the_door(
            request, handle, partial(grant_message, in_force=False)
        )
        self._callers.forget()
        return directory_pb.Grant.from_binary(answer)

    async def list_delegations(
        self, request: posts_pb.ListDelegationsRequest, context: Context
    ) -> posts_pb.ListDelegationsResponse:
        """The caller's own, either way."""
        person = current().principal.person

        async def look(work: Work) -> posts_pb.ListDelegationsResponse:
            given, received = await grants.loans_ever(work.connection, person)
            return posts_pb.ListDelegationsResponse(
                given=[grant_message(g, in_force=g.in_force(work.today)) for g in given],
                received=[grant_message(g, in_force=g.in_force(work.today)) for g in received],
            )

        return await self.look(request, look)

    async def list_holders(
        self, request: posts_pb.ListHoldersRequest, context: Context
    ) -> posts_pb.ListHoldersResponse:
        """Who may do an action today."""
        validated(request)
        size = request.page_size or PAGE
        after = page_after(request.page_token)
        rule = explaining.of_action(request.action)
        programme = UUID(request.programme_id) if request.programme_id else None
        at = Coordinates(request.territory, request.line, request.unit)
        place = Place(at, programme, request.classified)

        async def look(work: Work) -> posts_pb.ListHoldersResponse:
            found = await explaining.holders(
                work.connection, rule, place, work.today, after=after, size=size
            )
            return posts_pb.ListHoldersResponse(
                rule=wire.write(rule, directory_pb.AllowedAction),
                roles=[Role[role.upper()] for role in sorted(rule.roles)],
                holders=[_found(one) for one in found],
                next_page_token=str(found[-1].grant.grant_id) if len(found) == size else "",
            )

        return await self.read(request, look)


def _post(post: Post, work: Work) -> posts_pb.Post:
    held = [_holder(one, work) for one in post.holders]
    return wire.write(post, posts_pb.Post, holders=held)


def _holder(one: Holder, work: Work) -> posts_pb.PostHolder:
    return wire.write(
        one.grant, posts_pb.PostHolder, person_name=one.name,
        in_force=one.grant.in_force(work.today),
    )  # fmt: skip


def _found(one: Found) -> posts_pb.Holder:
    return posts_pb.Holder(
        person_name=one.name, grant=grant_message(one.grant, in_force=True),
        scope=explaining.scope_of(one.grant),
    )  # fmt: skip
