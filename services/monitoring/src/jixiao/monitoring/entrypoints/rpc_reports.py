"""gRPC in: rounds and reports."""

from functools import partial
from uuid import UUID

from jixiao.api.monitoring.v1 import reports_pb
from jixiao.api.monitoring.v1.reports_pb_grpc import (
    MonitoringReportsService,
    MonitoringRoundsService,
)
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import rendering, rounds
from ..adapters.paging import asked_id, page
from ..application.reporting import (
    AcceptReport,
    SubmitReport,
    WithWords,
    accept_report,
    return_report,
    send_warning,
    submit_report,
    withdraw_report,
)
from ..application.rounding import (
    CloseRound,
    OpenRound,
    OverReports,
    RoundSeen,
    Taken,
    chase,
    close_round,
    open_round,
    reopen_round,
    roll_up,
)


class RoundCalls(Servicer, MonitoringRoundsService):
    """Answers `MonitoringRounds`."""

    async def open_monitoring_round(
        self, request: reports_pb.OpenMonitoringRoundRequest, context: Context
    ) -> reports_pb.MonitoringRound:
        """Open a round."""
        command = wire.read(request, OpenRound)
        return await self.once(request, partial(open_round, command), _seen)

    async def close_monitoring_round(
        self, request: reports_pb.CloseMonitoringRoundRequest, context: Context
    ) -> reports_pb.MonitoringRound:
        """Close a round."""
        command = wire.read(request, CloseRound)
        return await self.once(request, partial(close_round, command), _seen)

    async def reopen_monitoring_round(
        self, request: reports_pb.ReopenMonitoringRoundRequest, context: Context
    ) -> reports_pb.MonitoringRound:
        """Open a closed round again."""
        command = wire.read(request, CloseRound)
        return await self.once(request, partial(reopen_round, command), _seen)

    async def get_monitoring_round(
        self, request: reports_pb.GetMonitoringRoundRequest, context: Context
    ) -> reports_pb.MonitoringRound:
        """A round as the caller sees it."""

        async def look(work: Work) -> reports_pb.MonitoringRound:
            found, version = await rounds.on_calendar(work, UUID(request.round_id))
            reports = await rounds.of_round(work, found.round_id)
            return rendering.monitoring_round(found, version, reports)

        return await self.read(request, look)

    async def list_monitoring_rounds(
        self, request: reports_pb.ListMonitoringRoundsRequest, context: Context
    ) -> reports_pb.ListMonitoringRoundsResponse:
        """Rounds of a year."""

        async def look(work: Work) -> reports_pb.ListMonitoringRoundsResponse:
            rows = await work.connection.rows(
                rounds.calendar_page, of_year=request.year or None, most=200, start=0
            )
            shown = [rendering.monitoring_round(*rounds.of_calendar(row)) for row in rows]
            return reports_pb.ListMonitoringRoundsResponse(rounds=shown)

        return await self.read(request, look)

    async def roll_up_monitoring(
        self, request: reports_pb.RollUpMonitoringRequest, context: Context
    ) -> reports_pb.MonitoringRollUp:
        """Roll up what is ready."""
        command = wire.read(request, OverReports)
        return await self.once(request, partial(roll_up, command), _taken)

    async def chase_monitoring(
        self, request: reports_pb.ChaseMonitoringRequest, context: Context
    ) -> reports_pb.MonitoringRollUp:
        """Remind of what is missing."""
        command = wire.read(request, OverReports)
        return await self.once(request, partial(chase, command), _taken)


def _seen(value: RoundSeen, version: int) -> reports_pb.MonitoringRound:
    return rendering.monitoring_round(value.round, version, value.reports)


def _taken(value: Taken, _version: int) -> reports_pb.MonitoringRollUp:
    return rendering.summary(
        value.round_id, value.reports, taken=value.taken, waiting=value.waiting
    )


class ReportCalls(Servicer, MonitoringReportsService):
    """Answers `MonitoringReports`."""

    async def submit_monitoring_report(
        self, request: reports_pb.SubmitMonitoringReportRequest, context: Context
    ) -> reports_pb.MonitoringReport:
        """File a report."""
        command = wire.read(request, SubmitReport)
        return await self.once(request, partial(submit_report, command), rendering.report)

    async def accept_monitoring_report(
        self, request: reports_pb.AcceptMonitoringReportRequest, context: Context
    ) -> reports_pb.MonitoringReport:
        """Accept a report."""
        command = wire.read(request, AcceptReport)
        return await self.once(request, partial(accept_report, command), rendering.report)

    async def return_monitoring_report(
        self, request: reports_pb.ReturnMonitoringReportRequest, context: Context
    ) -> reports_pb.MonitoringReport:
        """Send a report back."""
        command = wire.read(request, WithWords)
        return await self.once(request, partial(return_report, command), rendering.report)

    async def withdraw_monitoring_report(
        self, request: reports_pb.WithdrawMonitoringReportRequest, context: Context
    ) -> reports_pb.MonitoringReport:
        """Take a report back."""
        command = wire.read(request, WithWords)
        return await self.once(request, partial(withdraw_report, command), rendering.report)

    async def send_warning_letter(
        self, request: reports_pb.SendWarningLetterRequest, context: Context
    ) -> reports_pb.MonitoringReport:
        """Warn the filer."""
        command = wire.read(request, WithWords)
        return await self.once(request, partial(send_warning, command), rendering.report)

    async def get_monitoring_report(
        self, request: reports_pb.GetMonitoringReportRequest, context: Context
    ) -> reports_pb.MonitoringReport:
        """Read a report."""

        async def look(work: Work) -> reports_pb.MonitoringReport:
            found = await rounds.reports.see(work, UUID(request.report_id))
            return rendering.report(found, rounds.reports.version_of(work, found.report_id))

        return await self.read(request, look)

    async def list_monitoring_reports(
        self, request: reports_pb.ListMonitoringReportsRequest, context: Context
    ) -> reports_pb.ListMonitoringReportsResponse:
        """Reports in scope."""

        async def look(work: Work) -> reports_pb.ListMonitoringReportsResponse:
            shown, more = await page(
                work, rounds.reports, rounds.report_page, request, rendering.report,
                round_id=asked_id(request.round_id), programme_id=asked_id(request.programme_id),
                year=request.year, state=request.state,
            )  # fmt: skip
            return reports_pb.ListMonitoringReportsResponse(reports=shown, next_page_token=more)

        return await self.read(request, look)
