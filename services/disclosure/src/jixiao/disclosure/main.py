"""Wiring of the disclosure service; the public site has its own in `site/main.py`."""

from pathlib import Path

from jixiao.api.disclosure.v1 import packages_pb, publications_pb
from jixiao.servicekit.process import Service, run

from .adapters.messages import CATALOGUE
from .application.turning import mark_overdue
from .entrypoints.package_rpc import PackageCalls
from .entrypoints.rpc import PublicationCalls
from .entrypoints.subscriptions import PROJECTIONS, REACTIONS

SERVICE = Service(
    package="disclosure",
    catalogue=CATALOGUE,
    servicers=lambda transactions: [PublicationCalls(transactions), PackageCalls(transactions)],
    contracts=[*publications_pb.desc().services, *packages_pb.desc().services],
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    projections=PROJECTIONS,
    days=[mark_overdue],
    outside=frozenset({"publication"}),
)


def main() -> None:
    """Serve, or `migrate`."""
    run(SERVICE)
