"""Key files of the principal token for the local runner: one pair, in two files."""

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def write_keys(folder: Path, kid: str = "local") -> None:
    """Write `private.json` (gateway) and `public.json` (services), unless they are there."""
    if (folder / "private.json").exists():
        return
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "public.json").write_text(json.dumps({"public": {kid: public}}), encoding="ascii")
    secret = folder / "private.json"
    secret.touch(mode=0o600)
    secret.write_text(
        json.dumps({"public": {kid: public}, "private": {"kid": kid, "pem": private}}),
        encoding="ascii",
    )
