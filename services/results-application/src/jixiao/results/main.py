"""Wiring of the results-application service."""

from pathlib import Path

from jixiao.api.results.v1 import (
    allocations_pb,
    linkages_pb,
    notices_pb,
    rectifications_pb,
    responsibilities_pb,
)
from jixiao.servicekit.process import Service, run

from .adapters.catalogue import CATALOGUE
from .application.turning import turn_rectifications
from .entrypoints.allocations_rpc import AllocationCalls
from .entrypoints.linkages_rpc import LinkageCalls
from .entrypoints.notices_rpc import NoticeCalls
from .entrypoints.rectifications_rpc import RectificationCalls
from .entrypoints.responsibilities_rpc import ResponsibilityCalls
from .entrypoints.subscriptions import PROJECTIONS, REACTIONS

_CALLS = (RectificationCalls, NoticeCalls, LinkageCalls, AllocationCalls, ResponsibilityCalls)
_CONTRACTS = (rectifications_pb, notices_pb, linkages_pb, allocations_pb, responsibilities_pb)

SERVICE = Service(
    package="results",
    catalogue=CATALOGUE,
    servicers=lambda transactions: [calls(transactions) for calls in _CALLS],
    contracts=[service for contract in _CONTRACTS for service in contract.desc().services],
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    projections=PROJECTIONS,
    days=[turn_rectifications],
)


def main() -> None:
    """Serve, or `migrate`."""
    run(SERVICE)
