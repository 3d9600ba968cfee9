"""Wiring of the monitoring service."""

from pathlib import Path

from jixiao.api.monitoring.v1 import (
    execution_pb,
    findings_pb,
    holds_pb,
    key_monitoring_pb,
    reports_pb,
)
from jixiao.servicekit.process import Service, run

from .adapters.messages import CATALOGUE
from .application.turning import mark_overdue
from .entrypoints.rpc_execution import ExecutionCalls
from .entrypoints.rpc_findings import FindingCalls
from .entrypoints.rpc_holds import HoldCalls
from .entrypoints.rpc_key_monitoring import KeyMonitoringCalls
from .entrypoints.rpc_reports import ReportCalls, RoundCalls
from .entrypoints.subscriptions import PROJECTIONS, REACTIONS

_CALLS = (ExecutionCalls, RoundCalls, ReportCalls, KeyMonitoringCalls, FindingCalls, HoldCalls)
_CONTRACTS = (execution_pb, reports_pb, key_monitoring_pb, findings_pb, holds_pb)

SERVICE = Service(
    package="monitoring",
    catalogue=CATALOGUE,
    servicers=lambda transactions: [calls(transactions) for calls in _CALLS],
    contracts=[service for contract in _CONTRACTS for service in contract.desc().services],
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    projections=PROJECTIONS,
    days=[mark_overdue],
)


def main() -> None:
    """Serve, or `migrate`."""
    run(SERVICE)
