"""gRPC in, linkage: a message becomes a command, the answer is rendered; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.results.v1 import linkages_pb as pb
from jixiao.api.results.v1.linkages_pb_grpc import LinkagesService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, stores
from ..application import linking
from ..domain.known import KnownProgramme
from ..domain.proposal import LinkageProposal


class LinkageCalls(Servicer, LinkagesService):
    """Answers `Linkages`."""

    async def propose_linkage(
        self, request: pb.ProposeLinkageRequest, context: Context
    ) -> pb.Linkage:
        """Propose a linkage."""
        command = wire.read(request, linking.ProposeLinkage)
        handle = partial(linking.propose_linkage, command)
        return await self.once(request, handle, messages.linkage)

    async def consult_linkage(
        self, request: pb.ConsultLinkageRequest, context: Context
    ) -> pb.Linkage:
        """Ask the department."""
        handle = partial(linking.consult_linkage, UUID(request.proposal_id))
        return await self.once(request, handle, messages.linkage)

    async def comment_linkage(
        self, request: pb.CommentLinkageRequest, context: Context
    ) -> pb.Linkage:
        """Take the department's opinion."""
        command = wire.read(request, linking.CommentLinkage)
        handle = partial(linking.comment_linkage, command)
        return await self.once(request, handle, messages.linkage)

    async def decide_linkage(
        self, request: pb.DecideLinkageRequest, context: Context
    ) -> pb.Linkage:
        """Decide a proposal."""
        command = wire.read(request, linking.DecideLinkage)
        handle = partial(linking.decide_linkage, command)
        return await self.once(request, handle, messages.linkage)

    async def get_linkage(self, request: pb.GetLinkageRequest, context: Context) -> pb.Linkage:
        """Read a proposal."""

        async def look(work: Work) -> pb.Linkage:
            found = await stores.linkages.see(work, UUID(request.proposal_id))
            version = stores.linkages.version_of(work, found.proposal_id)
            return messages.linkage(found, version)

        return await self.read(request, look)

    async def list_linkage(
        self, request: pb.ListLinkageRequest, context: Context
    ) -> pb.ListLinkageResponse:
        """List proposals in scope."""

        async def look(work: Work) -> pb.ListLinkageResponse:
            found, token = await stores.page(work, stores.linkages, request)
            version = stores.linkages.version_of
            rows = [messages.linkage(one, version(work, one.proposal_id)) for one in found]
            return pb.ListLinkageResponse(linkages=rows, next_page_token=token)

        return await self.read(request, look)

    async def fetch_linkage_decisions(
        self, request: pb.FetchLinkageDecisionsRequest, context: Context
    ) -> pb.FetchLinkageDecisionsResponse:
        """Hand a year's decisions to the budget system."""

        def render(
            found: list[tuple[LinkageProposal, KnownProgramme]], _: int
        ) -> pb.FetchLinkageDecisionsResponse:
            decisions = [messages.decision(*one) for one in found]
            return pb.FetchLinkageDecisionsResponse(decisions=decisions)

        handle = partial(linking.fetch_decisions, request.year)
        return await self.once(request, handle, render)

    async def list_dormant_balances(
        self, request: pb.ListDormantBalancesRequest, context: Context
    ) -> pb.ListDormantBalancesResponse:
        """List what is dormant today."""
        programme_id = UUID(request.programme_id) if request.programme_id else None

        async def look(work: Work) -> pb.ListDormantBalancesResponse:
            rows = [
                pb.DormantBalance(
                    programme_id=str(programme.programme_id),
                    name=programme.name,
                    first_budget_year=balance.first_budget_year,
                    budgeted=str(balance.budgeted),
                    spent=str(balance.spent),
                    balance=str(balance.unspent),
                )
                for programme, balance in await linking.dormant_balances(
                    work, programme_id, work.today
                )
            ]
            return pb.ListDormantBalancesResponse(balances=rows)

        return await self.read(request, look)
