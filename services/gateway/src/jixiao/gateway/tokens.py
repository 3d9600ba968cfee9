"""Principal tokens: minted here, verified by every service (P4.6), and the keys for it.

The public file is for the services: {"public": {kid: PEM}, "until": {kid: unix seconds}}; the
gateway's private file has in addition the key that signs, from when, and the one that signs until
then: {"private": {"kid", "pem", "from"}, "former": {"kid", "pem"}}. A rotation adds a key and keeps
each former one readable for ten minutes, so that no token in flight is refused (P4.6). Where the
files reach their readers late, as in a cluster, the new key signs only after a while.
"""

import json
import secrets
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from math import inf
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
OVERLAP = 600
"""Seconds for which a key is readable after the last token was signed with it."""
LARGEST = 4_096
_MOST = 5_000
_TOO_WIDE = "该授权涉及的记录过多，无法办理；请安全管理员将其拆分为几项授权后再选用。"


@dataclass(slots=True)
class Minter:
    """Signs principal tokens; one is used again for up to 30 s by the same principal and method.

    Whatever changes in the principal, a tie or a step-up, has a token of its own at once.
    """

    path: Path
    """The gateway's key file."""
    _keys: list[tuple[float, str, Any]] = field(default_factory=list)
    """From when, kid and private key; the newest first."""
    _stamp: int = 0
    _minted: "OrderedDict[tuple[Principal, str, str], tuple[float, str]]" = field(
        default_factory=OrderedDict
    )

    def token(self, principal: Principal, method: str, audience: str, ends_at: float) -> str:
        """A token for this method of the service `audience`, never beyond `ends_at` (unix seconds).

        Raises Problem 401 when the session or grant has ended, 409 when the grant names so many
        records that the token would be larger than 4 KiB.
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
            "offs": [[o.territory, o.line, o.unit] for o in who.offices],
            "sua": who.stepped_up_at,
            "iat": now, "exp": ends, "jti": secrets.token_urlsafe(12),
        }  # fmt: skip
        token = jwt.encode(claims, key, "EdDSA", {"typ": TOKEN_TYPE, "kid": kid})
        if len(token) > LARGEST:
            raise Problem(409, "grant_too_wide", _TOO_WIDE)
        return token

    def _signing_key(self) -> tuple[str, Any]:
        """The key that signs now; a rotated file is read again."""
        stamp = self.path.stat().st_mtime_ns
        if stamp != self._stamp:
            document = json.loads(self.path.read_text(encoding="ascii"))
            kept = (document[part] for part in ("private", "former") if document.get(part))
            self._keys = [
                (one.get("from", 0), one["kid"], load_pem_private_key(one["pem"].encode(), None))
                for one in kept
            ]
            self._stamp = stamp
        now = time.time()
        return next((kid, key) for since, kid, key in self._keys if since <= now)


def create_keys(private: Path, public: Path, *, later: int = 0) -> str:
    """Make a signing key, or rotate; the new key signs `later` seconds from now.

    Former keys stay readable for ten minutes after that. Other members of the two files stay as
    they are. Writes both files whole (readers see the old or the new) and returns the new kid.

    Promises: P4.6.
    """
    now = int(time.time())
    kid = f"{time.strftime('%Y%m%d', time.gmtime(now))}-{secrets.token_hex(4)}"
    key = Ed25519PrivateKey.generate()
    held, shown = _document(private), _document(public)
    was, newest = held.get("until", {}), held.get("private")
    readable = {k: pem for k, pem in held.get("public", {}).items() if was.get(k, inf) > now}
    signing = held.get("former") if newest and newest.get("from", 0) > now else newest
    until = {k: was.get(k, now + later + OVERLAP) for k in readable}
    if signing:
        until[signing["kid"]] = now + later + OVERLAP
    readable[kid] = (
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    fresh = {"kid": kid, "pem": pem, "from": now + later if signing else 0}
    parts = {"public": readable, "until": until}
    # The services learn the new key before the gateway signs with it.
    _replace(public, shown | parts, 0o644)
    _replace(private, held | parts | {"private": fresh, "former": signing}, 0o600)
    return kid


def _document(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="ascii")) if path.exists() else {}
    return read


def _replace(path: Path, document: object, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(mode)
    fresh.chmod(mode)
    fresh.write_text(json.dumps(document), encoding="ascii")
    fresh.replace(path)


def keys_command(arguments: list[str]) -> int:
    """`python -m jixiao.gateway keys <private file> <public file> [seconds until it signs]`."""
    match arguments:
        case [private, public]:
            later = 0
        case [private, public, seconds] if seconds.isdecimal():
            later = int(seconds)
        case _:
            sys.stderr.write("usage: keys <private file> <public file> [seconds until it signs]\n")
            return 2
    sys.stdout.write(f"{create_keys(Path(private), Path(public), later=later)}\n")
    return 0
