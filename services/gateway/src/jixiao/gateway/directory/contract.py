"""The gateway's own part of the contract, answered in process (A-1)."""

from collections.abc import Sequence
from typing import Any

from jixiao.api.gateway.v1 import clients_pb, directory_pb, plans_pb, posts_pb, sessions_pb
from jixiao.servicekit.transaction import Transactions

from ..login import Callers
from .access_log import AccessLog
from .client_rpc import Clients
from .directory_rpc import Directory
from .plan_rpc import Plans
from .posts_rpc import Posts
from .proofs import AUDIENCE
from .session_rpc import Sessions

CONTRACTS = tuple(
    service
    for file in (sessions_pb, clients_pb, directory_pb, plans_pb, posts_pb)
    for service in file.desc().services
)
"""Descriptors of the gateway's own gRPC services."""


def servicers(
    transactions: Transactions, callers: Callers, log: AccessLog, *, audience: str = AUDIENCE
) -> Sequence[Any]:
    """The classes that answer `CONTRACTS`, in the same order."""
    return (
        Sessions(transactions, callers),
        Clients(transactions, callers, log, audience),
        Directory(transactions, callers, log),
        Plans(transactions),
        Posts(transactions, callers),
    )
