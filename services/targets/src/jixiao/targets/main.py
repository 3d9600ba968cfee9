"""Wiring of the targets service."""

from pathlib import Path

from jixiao.api.targets.v1 import programmes_pb, targets_pb
from jixiao.servicekit.process import Service, run

from .adapters.messages import CATALOGUE
from .entrypoints.rpc import ProgrammeCalls, TargetCalls
from .entrypoints.subscriptions import REACTIONS

SERVICE = Service(
    package="targets",
    catalogue=CATALOGUE,
    servicers=lambda transactions: [ProgrammeCalls(transactions), TargetCalls(transactions)],
    contracts=[*programmes_pb.desc().services, *targets_pb.desc().services],
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
)


def main() -> None:
    """Serve, or `migrate`."""
    run(SERVICE)
