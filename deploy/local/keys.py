"""Key files of the local runner: the principal token's pair, and one pair for each service (P4.7)."""

import json
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .databases import SERVICES, SITE


def pair() -> tuple[str, str]:
    """A fresh Ed25519 pair as PEM: private, public."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def write_keys(
    folder: Path, kid: str = "local", services: Iterable[str] = (*SERVICES, SITE)
) -> None:
    """Write `private.json` (gateway), `public.json` (services) and `<service>.pem`, if missing."""
    if (folder / "private.json").exists() and "services" in json.loads(
        (folder / "private.json").read_text(encoding="ascii")
    ):
        return
    folder.mkdir(parents=True, exist_ok=True)
    known = {}
    for service in services:
        private, known[service] = pair()
        _secret(folder / f"{service}.pem", private)
    private, public = pair()
    readable = {"public": {kid: public}, "services": known}
    (folder / "public.json").write_text(json.dumps(readable), encoding="ascii")
    _secret(
        folder / "private.json", json.dumps({**readable, "private": {"kid": kid, "pem": private}})
    )


def _secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")
