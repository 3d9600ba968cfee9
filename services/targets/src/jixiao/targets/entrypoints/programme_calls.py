"""gRPC in, programmes: a message becomes a command, the answer is rendered; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.targets.v1 import programmes_pb
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import listing, messages, programmes
from ..application import admitting
from ..application.creating import CreateProgramme, create_programme


class ProgrammeCalls(Servicer, ProgrammesService):
    """Answers `Programmes`."""

    async def create_programme(
        self, request: programmes_pb.CreateProgrammeRequest, context: Context
    ) -> programmes_pb.Programme:
        """Make a programme."""
        command = wire.read(request, CreateProgramme)
        return await self.once(request, partial(create_programme, command), messages.programme)

    async def get_programme(
        self, request: programmes_pb.GetProgrammeRequest, context: Context
    ) -> programmes_pb.Programme:
        """Read a programme."""

        async def look(work: Work) -> programmes_pb.Programme:
            found = await programmes.records.see(work, UUID(request.programme_id))
            return messages.programme(
                found, programmes.records.version_of(work, found.programme_id)
            )

        return await self.read(request, look)

    async def list_programmes(
        self, request: programmes_pb.ListProgrammesRequest, context: Context
    ) -> programmes_pb.ListProgrammesResponse:
        """List programmes."""

        async def look(work: Work) -> programmes_pb.ListProgrammesResponse:
            found, token = await listing.page(
                work, programmes.records, programmes.listed, request.page_size, request.page_token,
                year=request.year, parent_id=listing.id_or_all(request.parent_id),
                state=request.state, line=request.line, code=request.code,
            )  # fmt: skip
            version = programmes.records.version_of
            return programmes_pb.ListProgrammesResponse(
                programmes=[
                    messages.programme(one, version(work, one.programme_id)) for one in found
                ],
                next_page_token=token,
            )

        return await self.read(request, look)

    async def propose_transfer_approval(
        self, request: programmes_pb.ProposeTransferApprovalRequest, context: Context
    ) -> programmes_pb.Programme:
        """Propose to record a transfer's approval."""
        command = wire.read(request, admitting.Approval)
        return await self.once(
            request, partial(admitting.propose_approval, command), messages.programme
        )

    async def confirm_transfer_approval(
        self, request: programmes_pb.ConfirmTransferApprovalRequest, context: Context
    ) -> programmes_pb.Programme:
        """Confirm a transfer's approval."""
        handle = partial(admitting.confirm_approval, UUID(request.programme_id))
        return await self.once(request, handle, messages.programme)

    async def admit_programme(
        self, request: programmes_pb.AdmitProgrammeRequest, context: Context
    ) -> programmes_pb.Programme:
        """Admit to the library."""
        handle = partial(admitting.admit, UUID(request.programme_id))
        return await self.once(request, handle, messages.programme)

    async def set_responsibility(
        self, request: programmes_pb.SetResponsibilityRequest, context: Context
    ) -> programmes_pb.Programme:
        """Name who answers for a programme."""
        command = wire.read(request, admitting.Responsible)
        return await self.once(
            request, partial(admitting.set_responsible, command), messages.programme
        )
