"""gRPC in, ex-ante assessments; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.targets.v1 import exante_pb
from jixiao.api.targets.v1.exante_pb_grpc import ExanteAssessmentsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import applications, listing, messages
from ..application import assessing
from ..domain.assessment import Assessment


class ExanteCalls(Servicer, ExanteAssessmentsService):
    """Answers `ExanteAssessments`."""

    async def submit_exante(
        self, request: exante_pb.SubmitExanteRequest, context: Context
    ) -> exante_pb.ExanteApplication:
        """File an application."""
        command = wire.read(request, assessing.SubmitExante)
        return await self.once(
            request, partial(assessing.submit_exante, command), messages.application
        )

    async def assess_exante_independently(
        self, request: exante_pb.AssessExanteIndependentlyRequest, context: Context
    ) -> exante_pb.ExanteApplication:
        """Take an independent assessment."""
        table = wire.read(request.assessment or exante_pb.Assessment(), Assessment)
        handle = partial(assessing.assess_independently, UUID(request.application_id), table)
        return await self.once(request, handle, messages.application)

    async def withdraw_exante(
        self, request: exante_pb.WithdrawExanteRequest, context: Context
    ) -> exante_pb.ExanteApplication:
        """Take an application back."""
        handle = partial(assessing.withdraw_exante, UUID(request.application_id))
        return await self.once(request, handle, messages.application)

    async def return_exante(
        self, request: exante_pb.ReturnExanteRequest, context: Context
    ) -> exante_pb.ExanteApplication:
        """Return an application."""
        handle = partial(assessing.return_exante, UUID(request.application_id), request.opinion)
        return await self.once(request, handle, messages.application)

    async def decide_exante(
        self, request: exante_pb.DecideExanteRequest, context: Context
    ) -> exante_pb.ExanteApplication:
        """Decide."""
        command = wire.read(request, assessing.Decision)
        return await self.once(
            request, partial(assessing.decide_exante, command), messages.application
        )

    async def get_exante(
        self, request: exante_pb.GetExanteRequest, context: Context
    ) -> exante_pb.ExanteApplication:
        """Read an application."""

        async def look(work: Work) -> exante_pb.ExanteApplication:
            found = await applications.records.see(work, UUID(request.application_id))
            version = applications.records.version_of(work, found.application_id)
            return messages.application(found, version)

        return await self.read(request, look)

    async def list_exante(
        self, request: exante_pb.ListExanteRequest, context: Context
    ) -> exante_pb.ListExanteResponse:
        """List applications."""

        async def look(work: Work) -> exante_pb.ListExanteResponse:
            found, token = await listing.page(
                work, applications.records, applications.listed, request.page_size,
                request.page_token, programme_id=listing.id_or_all(request.programme_id),
                year=request.year, state=request.state,
            )  # fmt: skip
            version = applications.records.version_of
            return exante_pb.ListExanteResponse(
                applications=[
                    messages.application(one, version(work, one.application_id)) for one in found
                ],
                next_page_token=token,
            )

        return await self.read(request, look)
