"""The gateway's own part of the contract, answered in process (A-1)."""

from collections.abc import Sequence
from typing import Any

from jixiao.api.gateway.v1 import directory_pb, plans_pb, sessions_pb
from jixiao.servicekit.transaction import Transactions

from ..login import Callers
from .access_log import AccessLog
from .directory_rpc import Directory
from .plan_rpc import Plans
from .session_rpc import Sessions

CONTRACTS = tuple(
    service for file in (sessions_pb, directory_pb, plans_pb) for service in file.desc().services
)
"""Descriptors of the gateway's own gRPC services."""


def servicers(transactions: Transactions, callers: Callers, log: AccessLog) -> Sequence[Any]:
    """The classes that answer `CONTRACTS`, in the same order."""
    return (
        Sessions(transactions, callers),
        Directory(transactions, callers, log),
        Plans(transactions),
    )
