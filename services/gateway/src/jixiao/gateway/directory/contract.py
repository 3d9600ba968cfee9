"""The gateway's own part of the contract, answered in process (A-1)."""

from collections.abc import Sequence
from typing import Any

from jixiao.api.gateway.v1 import (
    clients_pb,
    directory_pb,
    factors_pb,
    identities_pb,
    plans_pb,
    posts_pb,
    sessions_pb,
)
from jixiao.servicekit.transaction import Transactions

from ..login import Callers
from . import sign_in_rules
from .access_log import AccessLog
from .client_rpc import Clients
from .directory_rpc import Directory
from .factor_rpc import Factors
from .identity_rpc import Identities
from .plan_rpc import Plans
from .posts_rpc import Posts
from .proofs import AUDIENCE
from .session_rpc import Sessions
from .sign_in_rules import SignInRules
from .signing_in import SigningIn

CONTRACTS = tuple(
    service
    for file in (
        sessions_pb,
        factors_pb,
        clients_pb,
        identities_pb,
        directory_pb,
        plans_pb,
        posts_pb,
    )
    for service in file.desc().services
)
"""Descriptors of the gateway's own gRPC services."""


def servicers(
    transactions: Transactions, callers: Callers, log: AccessLog, *, audience: str = AUDIENCE,
    rules: SignInRules = sign_in_rules.OFF,
) -> Sequence[Any]:  # fmt: skip
    """The classes that answer `CONTRACTS`, in the same order."""
    signing_in = SigningIn(transactions, rules)
    return (
        Sessions(transactions, callers, signing_in),
        Factors(transactions, callers, signing_in),
        Clients(transactions, callers, log, audience),
        Identities(transactions, callers),
        Directory(transactions, callers, log),
        Plans(transactions),
        Posts(transactions, callers),
    )
