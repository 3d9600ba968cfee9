"""Principal tokens: minted here, verified by every service (P4.6), and the keys for it.

The private file is the gateway's: {"public": {kid: PEM}, "private": {"kid": …, "pem": …}}; the
public file, for the services, lacks the last part. A rotation adds a key, signs with it at once
and keeps the former one readable, so that no token in flight is refused.
"""

import json
import secrets
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from jixiao.servicekit.access import TOKEN_TYPE, Principal

from .problems import Problem

LIFE = 60
REUSED = 30
KEPT_KEYS = 2
LARGEST = 4_096
_MOST = 5_000


@dataclass(slots=True)
class Minter:
    """Signs principal tokens; one is used again for up to 30 s by the same principal and method.

    Whatever changes in the principal, a tie or a step-up, has a token of its own at once.
    """

    path: Path
    """The gateway's key file."""
    _key: tuple[str, Any] | None = None
    _stamp: int = 0
    _minted: "OrderedDict[tuple[Principal, str, str], tuple[float, str]]" = field(
        default_factory=OrderedDict
    )

    def token(self, principal: Principal, method: str, audience: str, ends_at: float) -> str:
        """A token for this method of the service `audience`, never beyond `ends_at` (unix seconds).

        Raises Problem 401 when the session or grant has ended, ValueError when its keys fill
        more than 4 KiB.
        """
        now = time.time()
        held = (principal, method, audience)
        if (minted := self._minted.get(held)) and minted[0] > now:
            return minted[1]
        ends = min(int(now) + LIFE, int(ends_at))
        if ends <= now:
            raise Problem(401, "unauthenticated")
        token = self._sign(principal, method, audience, int(now), ends)
        self._minted[held] = (min(now + REUSED, ends), token)
        while len(self._minted) > _MOST:
            self._minted.popitem(last=False)
        return token

    def forget(self, session: str) -> None:
        """Drop what was minted for a session that has ended or changed its grant."""
        for held in [key for key in self._minted if key[0].session == session]:
            del self._minted[held]

    def _sign(self, who: Principal, method: str, audience: str, now: int, ends: int) -> str:
        kid, key = self._signing_key()
        claims = {
            "iss": "jixiao-gateway", "aud": [audience], "sub": who.person, "gid": who.grant,
            "role": who.role, "territory": who.territory, "line": who.line, "unit": who.unit,
            "cleared": who.cleared, "keys": list(who.keys), "sid": who.session, "action": method,
            "obo": who.obo, "tied": list(who.tied), "acts": list(who.actions),
            "sua": who.stepped_up_at,
            "iat": now, "exp": ends, "jti": secrets.token_urlsafe(12),
        }  # fmt: skip
        token = jwt.encode(claims, key, "EdDSA", {"typ": TOKEN_TYPE, "kid": kid})
        if len(token) > LARGEST:
            raise ValueError("the principal token is larger than 4 KiB")
        return token

    def _signing_key(self) -> tuple[str, Any]:
        """The current private key; a rotated file is read again."""
        stamp = self.path.stat().st_mtime_ns
        if self._key is None or stamp != self._stamp:
            private = json.loads(self.path.read_text(encoding="ascii"))["private"]
            self._key = private["kid"], load_pem_private_key(private["pem"].encode(), None)
            self._stamp = stamp
        return self._key


def create_keys(private: Path, public: Path) -> str:
    """Make a signing key, or rotate: the newest signs, the one before stays readable.

    Writes both files whole (readers see the old or the new) and returns the new kid.
    """
    kid = f"{time.strftime('%Y%m%d', time.gmtime())}-{secrets.token_hex(4)}"
    key = Ed25519PrivateKey.generate()
    known = json.loads(private.read_text(encoding="ascii"))["public"] if private.exists() else {}
    readable = dict(list(known.items())[1 - KEPT_KEYS :]) if known else {}
    readable[kid] = (
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    # The services learn the new key before the gateway signs with it.
    _replace(public, {"public": readable}, 0o644)
    _replace(private, {"public": readable, "private": {"kid": kid, "pem": pem}}, 0o600)
    return kid


def _replace(path: Path, document: object, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(mode)
    fresh.chmod(mode)
    fresh.write_text(json.dumps(document), encoding="ascii")
    fresh.replace(path)


def keys_command(arguments: list[str]) -> int:
    """`python -m jixiao.gateway keys <private file> <public file>`."""
    if len(arguments) != 2:
        sys.stderr.write("usage: keys <private file> <public file>\n")
        return 2
    sys.stdout.write(f"{create_keys(Path(arguments[0]), Path(arguments[1]))}\n")
    return 0
