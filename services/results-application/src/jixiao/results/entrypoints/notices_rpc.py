"""gRPC in, notices and interviews: a message becomes a command; no rule here."""

from functools import partial
from uuid import UUID

from jixiao.api.results.v1 import notices_pb as pb
from jixiao.api.results.v1.notices_pb_grpc import NoticesService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import messages, stores
from ..application import noticing


class NoticeCalls(Servicer, NoticesService):
    """Answers `Notices`."""

    async def issue_notice(self, request: pb.IssueNoticeRequest, context: Context) -> pb.Notice:
        """Issue a notice."""
        command = wire.read(request, noticing.IssueNotice)
        handle = partial(noticing.issue_notice, command)
        return await self.once(request, handle, messages.notice)

    async def list_notices(
        self, request: pb.ListNoticesRequest, context: Context
    ) -> pb.ListNoticesResponse:
        """List notices with the entries in scope."""

        async def look(work: Work) -> pb.ListNoticesResponse:
            rows, token = await stores.page(work, stores.notice_entries, request)
            return pb.ListNoticesResponse(notices=messages.notices(rows), next_page_token=token)

        return await self.read(request, look)

    async def record_interview(
        self, request: pb.RecordInterviewRequest, context: Context
    ) -> pb.Interview:
        """Put an interview on record."""
        command = wire.read(request, noticing.RecordInterview)
        handle = partial(noticing.record_interview, command)
        return await self.once(request, handle, messages.interview)

    async def get_interview(
        self, request: pb.GetInterviewRequest, context: Context
    ) -> pb.Interview:
        """Read an interview."""

        async def look(work: Work) -> pb.Interview:
            found = await stores.interviews.see(work, UUID(request.interview_id))
            version = stores.interviews.version_of(work, found.interview_id)
            return messages.interview(found, version)

        return await self.read(request, look)
