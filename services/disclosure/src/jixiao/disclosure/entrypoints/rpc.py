"""gRPC in for publications: a message becomes a command, the answer is rendered."""

from functools import partial
from uuid import UUID

from jixiao.api.disclosure.v1 import publications_pb as pb
from jixiao.api.disclosure.v1.publications_pb_grpc import PublicationsService
from jixiao.servicekit import wire
from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import duties, messages, publications
from ..application import correcting, publishing

PAGE = 50


def skipped(page_token: str) -> int:
    """How many rows the pages before held. Raises Faulty for a token that is none."""
    token = page_token or "0"
    if not (token.isascii() and token.isdigit() and len(token) < 9):
        raise Faulty(Finding("/page_token", "page_token", "翻页标记无效，请从第一页重新查询。"))
    return int(token)


def following(found: int, size: int, skip: int) -> str:
    """The next page's token; empty after the last."""
    return str(skip + size) if found > size else ""


def _duty(seen: publishing.Seen, version: int) -> pb.Duty:
    return messages.duty(seen[0], version, seen[1])


class PublicationCalls(Servicer, PublicationsService):
    """Answers `Publications`."""

    async def list_duties(
        self, request: pb.ListDutiesRequest, context: Context
    ) -> pb.ListDutiesResponse:
        """Duties with their lateness."""
        size, skip = request.page_size or PAGE, skipped(request.page_token)

        async def look(work: Work) -> pb.ListDutiesResponse:
            found = await duties.listed(
                work, year=request.year,
                programme_id=UUID(request.programme_id) if request.programme_id else None,
                kind=request.kind, state=request.state, most=size + 1, skip=skip,
            )  # fmt: skip
            shown = [
                messages.duty(d, duties.records.version_of(work, d.duty_id), work.today)
                for d in found[:size]
            ]
            return pb.ListDutiesResponse(
                duties=shown, next_page_token=following(len(found), size, skip)
            )

        return await self.read(request, look)

    async def get_duty(self, request: pb.GetDutyRequest, context: Context) -> pb.Duty:
        """Read a duty."""

        async def look(work: Work) -> pb.Duty:
            found = await duties.records.see(work, UUID(request.duty_id))
            version = duties.records.version_of(work, found.duty_id)
            return messages.duty(found, version, work.today)

        return await self.read(request, look)

    async def propose_publication(
        self, request: pb.ProposePublicationRequest, context: Context
    ) -> pb.Duty:
        """Propose a publication."""
        command = wire.read(request, publishing.ProposePublication)
        return await self.once(request, partial(publishing.propose_publication, command), _duty)

    async def confirm_publication(
        self, request: pb.ConfirmPublicationRequest, context: Context
    ) -> pb.Publication:
        """Publish after the secrecy review."""
        command = wire.read(request, publishing.ConfirmPublication)
        handle = partial(publishing.confirm_publication, command)
        return await self.once(request, handle, messages.publication)

    async def return_publication(
        self, request: pb.ReturnPublicationRequest, context: Context
    ) -> pb.Duty:
        """Send back after the secrecy review."""
        command = wire.read(request, publishing.ReturnPublication)
        return await self.once(request, partial(publishing.return_publication, command), _duty)

    async def exempt_duty(self, request: pb.ExemptDutyRequest, context: Context) -> pb.Duty:
        """Exempt from a duty."""
        command = wire.read(request, publishing.ExemptDuty)
        return await self.once(request, partial(publishing.exempt_duty, command), _duty)

    async def propose_correction(
        self, request: pb.ProposeCorrectionRequest, context: Context
    ) -> pb.Publication:
        """Propose a correction."""
        command = wire.read(request, correcting.ProposeCorrection)
        handle = partial(correcting.propose_correction, command)
        return await self.once(request, handle, messages.publication)

    async def confirm_correction(
        self, request: pb.ConfirmCorrectionRequest, context: Context
    ) -> pb.Publication:
        """Publish a correction."""
        command = wire.read(request, correcting.ConfirmCorrection)
        handle = partial(correcting.confirm_correction, command)
        return await self.once(request, handle, messages.publication)

    async def withdraw_publication(
        self, request: pb.WithdrawPublicationRequest, context: Context
    ) -> pb.Publication:
        """Withdraw a publication."""
        command = wire.read(request, correcting.WithdrawPublication)
        handle = partial(correcting.withdraw_publication, command)
        return await self.once(request, handle, messages.publication)

    async def get_publication(
        self, request: pb.GetPublicationRequest, context: Context
    ) -> pb.Publication:
        """Read a publication."""

        async def look(work: Work) -> pb.Publication:
            found = await publications.records.see(work, UUID(request.publication_id))
            version = publications.records.version_of(work, found.publication_id)
            return messages.publication(found, version)

        return await self.read(request, look)

    async def list_publications(
        self, request: pb.ListPublicationsRequest, context: Context
    ) -> pb.ListPublicationsResponse:
        """Publications, newest first."""
        size, skip = request.page_size or PAGE, skipped(request.page_token)

        async def look(work: Work) -> pb.ListPublicationsResponse:
            found = await publications.listed(
                work, year=request.year,
                programme_id=UUID(request.programme_id) if request.programme_id else None,
                most=size + 1, skip=skip,
            )  # fmt: skip
            shown = [
                messages.publication(p, publications.records.version_of(work, p.publication_id))
                for p in found[:size]
            ]
            return pb.ListPublicationsResponse(
                publications=shown, next_page_token=following(len(found), size, skip)
            )

        return await self.read(request, look)
