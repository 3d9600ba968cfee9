"""gRPC in: key monitoring."""

from functools import partial
from uuid import UUID

from jixiao.api.monitoring.v1 import key_monitoring_pb
from jixiao.api.monitoring.v1.key_monitoring_pb_grpc import KeyMonitoringService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import rendering, watching
from ..adapters.paging import asked_id, page
from ..application.watching import (
    ChooseKey,
    Chosen,
    DraftReport,
    OnKeyReport,
    choose_key,
    draft_report,
    feed_back,
    report_up,
    suggest,
)


class KeyMonitoringCalls(Servicer, KeyMonitoringService):
    """Answers `KeyMonitoring`."""

    async def suggest_key_monitoring(
        self, request: key_monitoring_pb.SuggestKeyMonitoringRequest, context: Context
    ) -> key_monitoring_pb.SuggestKeyMonitoringResponse:
        """Risk points, highest first."""

        async def look(work: Work) -> key_monitoring_pb.SuggestKeyMonitoringResponse:
            scored = await suggest(work, request.year)
            return key_monitoring_pb.SuggestKeyMonitoringResponse(
                scores=[rendering.risk_score(one.score, one.programme) for one in scored]
            )

        return await self.read(request, look)

    async def choose_key_monitoring(
        self, request: key_monitoring_pb.ChooseKeyMonitoringRequest, context: Context
    ) -> key_monitoring_pb.KeyMonitoringList:
        """Put programmes on the list."""
        command = wire.read(request, ChooseKey)
        return await self.once(request, partial(choose_key, command), _chosen)

    async def list_key_monitoring(
        self, request: key_monitoring_pb.ListKeyMonitoringRequest, context: Context
    ) -> key_monitoring_pb.ListKeyMonitoringResponse:
        """Entries in scope."""

        async def look(work: Work) -> key_monitoring_pb.ListKeyMonitoringResponse:
            shown, more = await page(
                work, watching.entries, watching.entry_page, request, rendering.key_entry,
                year=request.year, programme_id=asked_id(request.programme_id),
            )  # fmt: skip
            return key_monitoring_pb.ListKeyMonitoringResponse(entries=shown, next_page_token=more)

        return await self.read(request, look)

    async def draft_key_monitoring_report(
        self, request: key_monitoring_pb.DraftKeyMonitoringReportRequest, context: Context
    ) -> key_monitoring_pb.KeyMonitoringReport:
        """Draft a report."""
        command = wire.read(request, DraftReport)
        return await self.once(request, partial(draft_report, command), rendering.key_report)

    async def report_up_key_monitoring(
        self, request: key_monitoring_pb.ReportUpKeyMonitoringRequest, context: Context
    ) -> key_monitoring_pb.KeyMonitoringReport:
        """Send a report up."""
        command = wire.read(request, OnKeyReport)
        return await self.once(request, partial(report_up, command), rendering.key_report)

    async def feed_back_key_monitoring(
        self, request: key_monitoring_pb.FeedBackKeyMonitoringRequest, context: Context
    ) -> key_monitoring_pb.KeyMonitoringReport:
        """Give the result back."""
        command = wire.read(request, OnKeyReport)
        return await self.once(request, partial(feed_back, command), rendering.key_report)

    async def get_key_monitoring_report(
        self, request: key_monitoring_pb.GetKeyMonitoringReportRequest, context: Context
    ) -> key_monitoring_pb.KeyMonitoringReport:
        """Read a report."""

        async def look(work: Work) -> key_monitoring_pb.KeyMonitoringReport:
            found = await watching.reports.see(work, UUID(request.report_id))
            return rendering.key_report(found, watching.reports.version_of(work, found.report_id))

        return await self.read(request, look)

    async def list_key_monitoring_reports(
        self, request: key_monitoring_pb.ListKeyMonitoringReportsRequest, context: Context
    ) -> key_monitoring_pb.ListKeyMonitoringReportsResponse:
        """Reports in scope."""

        async def look(work: Work) -> key_monitoring_pb.ListKeyMonitoringReportsResponse:
            shown, more = await page(
                work, watching.reports, watching.report_page, request, rendering.key_report,
                year=request.year, programme_id=asked_id(request.programme_id),
            )  # fmt: skip
            return key_monitoring_pb.ListKeyMonitoringReportsResponse(
                reports=shown, next_page_token=more
            )

        return await self.read(request, look)


def _chosen(value: Chosen, version: int) -> key_monitoring_pb.KeyMonitoringList:
    return rendering.key_list(value.listed, value.added, version)
