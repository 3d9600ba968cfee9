"""For tests: principal tokens and a running service on real parts.

A token says that its person has just proved himself anew, unless the principal says when.
"""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from grpc import aio

from jixiao.api.access.v1 import refusal_pb

from .access import TOKEN_TYPE, Principal
from .rpc import DETAILS, TOKEN


@dataclass(frozen=True, slots=True)
class Minter:
    """Mints principal tokens as the gateway does; `path` is the gateway's key file."""

    path: Path

    def token(self, principal: Principal, method: str, *, audience: str, lives: int = 60) -> str:
        """A token for one method."""
        key = json.loads(self.path.read_text(encoding="ascii"))["private"]
        now = int(time.time())
        claims = {
            "iss": "jixiao-gateway", "aud": [audience], "sub": principal.person,
            "gid": principal.grant, "role": principal.role, "territory": principal.territory,
            "line": principal.line, "unit": principal.unit, "cleared": principal.cleared,
            "keys": list(principal.keys), "sid": principal.session, "action": method,
            "obo": principal.obo, "tied": list(principal.tied), "acts": list(principal.actions),
            "offs": [[o.territory, o.line, o.unit] for o in principal.offices],
            "sua": principal.stepped_up_at or now,
            "iat": now, "exp": now + lives, "jti": str(uuid4()),
        }  # fmt: skip
        return jwt.encode(
            claims, key["pem"], algorithm="EdDSA", headers={"kid": key["kid"], "typ": TOKEN_TYPE}
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one service's methods as one principal.

    `await caller(client.submit_target, request)`; a refusal raises `aio.AioRpcError`, whose
    details `refusal` reads.
    """

    minter: Minter
    principal: Principal
    audience: str

    async def __call__(self, method: Any, request: Any) -> Any:
        """Call a client's bound method with this principal's token."""
        stub = getattr(method.__self__, f"_{method.__name__}")
        name = stub._method.decode()  # noqa: SLF001 - grpc.aio keeps the name here alone
        token = self.minter.token(self.principal, name, audience=self.audience)
        return await method(request, metadata=((TOKEN, token),))

    def by(self, **changes: Any) -> "Caller":
        """The same, as another person, role or place."""
        return replace(self, principal=replace(self.principal, **changes))


def refusal(error: aio.AioRpcError) -> refusal_pb.Refusal:
    """The details of a refusal."""
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            return refusal_pb.Refusal.from_binary(value)
    return refusal_pb.Refusal(reason=error.details() or "")


def request_id() -> str:
    """A fresh request id."""
    return str(uuid4())
