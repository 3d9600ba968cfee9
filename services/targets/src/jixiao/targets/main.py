"""Wiring of the targets service."""

from pathlib import Path

from jixiao.api.targets.v1 import (
    adjustments_pb,
    budgets_pb,
    exante_pb,
    libraries_pb,
    programmes_pb,
    targets_pb,
)
from jixiao.servicekit.process import Service, run

from .adapters.messages import CATALOGUE
from .application.turning import expire_ended, lapse_unused
from .entrypoints.adjustment_calls import AdjustmentCalls, LibraryCalls
from .entrypoints.budget_calls import BudgetCalls
from .entrypoints.exante_calls import ExanteCalls
from .entrypoints.programme_calls import ProgrammeCalls
from .entrypoints.subscriptions import PROJECTIONS, REACTIONS
from .entrypoints.target_calls import TargetCalls

_CALLS = (ProgrammeCalls, ExanteCalls, BudgetCalls, TargetCalls, AdjustmentCalls, LibraryCalls)
_CONTRACTS = (programmes_pb, exante_pb, budgets_pb, targets_pb, adjustments_pb, libraries_pb)

SERVICE = Service(
    package="targets",
    catalogue=CATALOGUE,
    servicers=lambda transactions: [calls(transactions) for calls in _CALLS],
    contracts=[service for contract in _CONTRACTS for service in contract.desc().services],
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    projections=PROJECTIONS,
    days=[lapse_unused, expire_ended],
)


def main() -> None:
    """Serve, or `migrate`."""
    run(SERVICE)
