"""How a service proves itself to another (P4.7).

A proof is signed with the service's own key, names the called service and method, and lives for
60 s; the public halves stand in the key file of all services, beside the gateway's keys.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .access import SERVICE_KID, TOKEN_LIFE, TOKEN_TYPE

REUSED = 30


@dataclass(slots=True)
class Identity:
    """A service's name and private key (PEM); a proof is used again for up to 30 s."""

    name: str
    path: Path
    _key: Any = None
    _proofs: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)

    def proof(self, audience: str, method: str) -> str:
        """A proof for one method of one service. Raises OSError where the key is missing."""
        now = int(time.time())
        if (held := self._proofs.get((audience, method))) and held[0] > now:
            return held[1]
        if self._key is None:
            self._key = load_pem_private_key(self.path.read_bytes(), None)
        kid = SERVICE_KID + self.name
        claims = {
            "iss": kid, "sub": f"system:{self.name}", "aud": [audience], "action": method,
            "iat": now, "exp": now + TOKEN_LIFE,
        }  # fmt: skip
        token = jwt.encode(claims, self._key, "EdDSA", {"typ": TOKEN_TYPE, "kid": kid})
        self._proofs[audience, method] = (now + REUSED, token)
        return token
