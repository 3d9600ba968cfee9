"""gRPC in: a message becomes a command, the answer is rendered; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.targets.v1 import programmes_pb, targets_pb
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesService
from jixiao.api.targets.v1.targets_pb_grpc import TargetsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, programmes, targets
from ..application.creating import CreateProgramme, create_programme
from ..application.submitting import SubmitTarget, submit_target


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
            return messages.programme(found, programmes.records.version_of(work, found.programme_id))

        return await self.read(request, look)


class TargetCalls(Servicer, TargetsService):
    """Answers `Targets`."""

    async def submit_target(
        self, request: targets_pb.SubmitTargetRequest, context: Context
    ) -> targets_pb.Target:
        """File a target."""
        command = wire.read(request, SubmitTarget)
        return await self.once(request, partial(submit_target, command), messages.target)

    async def get_target(self, request: targets_pb.GetTargetRequest, context: Context) -> targets_pb.Target:
        """Read one version of a target."""

        async def look(work: Work) -> targets_pb.Target:
            found = await targets.records.see(work, UUID(request.target_id))
            return messages.target(found, targets.records.version_of(work, found.target_id))

        return await self.read(request, look)
