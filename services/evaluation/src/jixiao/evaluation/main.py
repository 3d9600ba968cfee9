"""Wiring of the evaluation service."""

from pathlib import Path

from jixiao.api.evaluation.v1 import (
    campaigns_pb,
    commissions_pb,
    forms_pb,
    key_evaluations_pb,
    roll_ups_pb,
    self_evaluations_pb,
    spot_checks_pb,
)
from jixiao.servicekit.process import Service, run

from .adapters.catalogue import CATALOGUE
from .application.turning import turn_commissions, turn_self_evaluations
from .entrypoints.checks_rpc import KeyEvaluationCalls, SpotCheckCalls
from .entrypoints.commissions_rpc import CommissionCalls, FormCalls
from .entrypoints.rpc import CampaignCalls, RollUpCalls, SelfEvaluationCalls
from .entrypoints.subscriptions import PROJECTIONS, REACTIONS

CALLS = (
    CampaignCalls, SelfEvaluationCalls, RollUpCalls, SpotCheckCalls, KeyEvaluationCalls,
    CommissionCalls, FormCalls,
)  # fmt: skip
CONTRACTS = (
    campaigns_pb, self_evaluations_pb, roll_ups_pb, spot_checks_pb, key_evaluations_pb,
    commissions_pb, forms_pb,
)  # fmt: skip

SERVICE = Service(
    package="evaluation",
    catalogue=CATALOGUE,
    servicers=lambda transactions: [calls(transactions) for calls in CALLS],
    contracts=[service for file in CONTRACTS for service in file.desc().services],
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    projections=PROJECTIONS,
    days=[turn_self_evaluations, turn_commissions],
)


def main() -> None:
    """Serve, or `migrate`."""
    run(SERVICE)
