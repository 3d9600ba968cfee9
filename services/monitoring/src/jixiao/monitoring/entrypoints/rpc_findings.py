"""gRPC in: findings."""

from functools import partial
from uuid import UUID

from jixiao.api.monitoring.v1 import findings_pb
from jixiao.api.monitoring.v1.findings_pb_grpc import FindingsService
from jixiao.servicekit import wire
from jixiao.servicekit.rpc import Context, Servicer
from jixiao.servicekit.transaction import Work

from ..adapters import holds, rendering
from ..adapters.paging import asked_id, page
from ..application.finding import (
    OnFinding,
    OpenFinding,
    close_finding,
    confirm_withdrawal,
    explain_finding,
    open_finding,
    propose_withdrawal,
)


class FindingCalls(Servicer, FindingsService):
    """Answers `Findings`."""

    async def open_finding(
        self, request: findings_pb.OpenFindingRequest, context: Context
    ) -> findings_pb.MonitoringFinding:
        """Put a finding on record."""
        command = wire.read(request, OpenFinding)
        return await self.once(request, partial(open_finding, command), rendering.finding)

    async def explain_finding(
        self, request: findings_pb.ExplainFindingRequest, context: Context
    ) -> findings_pb.MonitoringFinding:
        """Explain a finding."""
        command = wire.read(request, OnFinding)
        return await self.once(request, partial(explain_finding, command), rendering.finding)

    async def close_finding(
        self, request: findings_pb.CloseFindingRequest, context: Context
    ) -> findings_pb.MonitoringFinding:
        """Close a finding."""
        command = wire.read(request, OnFinding)
        return await self.once(request, partial(close_finding, command), rendering.finding)

    async def propose_finding_withdrawal(
        self, request: findings_pb.ProposeFindingWithdrawalRequest, context: Context
    ) -> findings_pb.MonitoringFinding:
        """Propose to withdraw it."""
        command = wire.read(request, OnFinding)
        return await self.once(request, partial(propose_withdrawal, command), rendering.finding)

    async def confirm_finding_withdrawal(
        self, request: findings_pb.ConfirmFindingWithdrawalRequest, context: Context
    ) -> findings_pb.MonitoringFinding:
        """Withdraw it."""
        command = wire.read(request, OnFinding)
        return await self.once(request, partial(confirm_withdrawal, command), rendering.finding)

    async def get_finding(
        self, request: findings_pb.GetFindingRequest, context: Context
    ) -> findings_pb.MonitoringFinding:
        """Read a finding."""

        async def look(work: Work) -> findings_pb.MonitoringFinding:
            found = await holds.findings.see(work, UUID(request.finding_id))
            return rendering.finding(found, holds.findings.version_of(work, found.finding_id))

        return await self.read(request, look)

    async def list_findings(
        self, request: findings_pb.ListFindingsRequest, context: Context
    ) -> findings_pb.ListFindingsResponse:
        """Findings in scope."""

        async def look(work: Work) -> findings_pb.ListFindingsResponse:
            shown, more = await page(
                work, holds.findings, holds.finding_page, request, rendering.finding,
                year=request.year, programme_id=asked_id(request.programme_id),
            )  # fmt: skip
            return findings_pb.ListFindingsResponse(findings=shown, next_page_token=more)

        return await self.read(request, look)
