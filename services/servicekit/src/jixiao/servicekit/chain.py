"""The sealed chain over the audit trail: what is hashed, how, and who signs it (P6.2).

A leaf is the digest of one row: its columns in the order of `COLUMNS`, each in its text form or
null, as a JSON array without spaces. The leaves of a batch make a Merkle tree; the batch's hash
covers its header, which names root, count and the hash of the batch before; the service's key
signs that hash. Prefixes 0, 1, 2 keep leaves, inner nodes and headers apart (RFC 6962).
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

FORMAT = 1
"""Of the leaf: a column more needs a new number, and the old one stays readable."""
COLUMNS = (
    "id", "tx", "at", "day", "action", "aggregate", "aggregate_id", "version", "programme_id",
    "territory", "line", "unit", "classified", "person", "role", "grant_id", "session",
    "request_id", "trace", "before", "after", "on_behalf_of", "address", "client", "reason",
)  # fmt: skip
_INSTANT = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_TEXT = {"at": _INSTANT.format("a.at"), "day": "to_char(a.day, 'YYYY-MM-DD')"}
TEXTS = "ARRAY[" + ", ".join(_TEXT.get(c, f"a.{c}::text") for c in COLUMNS) + "]"
"""SQL of a row's columns in their text form, for the alias `a`."""
Digest = Callable[[bytes], bytes]


def digest_of(algorithm: str) -> Digest:
    """The hash function of a provider: sha256 or sm3. Raises ValueError for any other."""
    if algorithm == "sha256":
        return lambda data: hashlib.sha256(data).digest()
    if algorithm != "sm3":
        raise ValueError(f"not a hash algorithm of the seal: {algorithm}")
    if "sm3" in hashlib.algorithms_available:
        return lambda data: hashlib.new("sm3", data).digest()

    def sm3(data: bytes) -> bytes:  # where the system's OpenSSL has none
        made = hashes.Hash(hashes.SM3())
        made.update(data)
        return made.finalize()

    return sm3


def leaf(digest: Digest, texts: Sequence[str | None]) -> bytes:
    """The digest of one row."""
    line = ",".join(["null" if text is None else quoted(text) for text in texts])
    return digest(b"\0[" + line.encode() + b"]")


def root(digest: Digest, leaves: Sequence[bytes]) -> bytes:
    """The Merkle root: pairs from the left, an odd one goes up as it is."""
    level = list(leaves)
    while len(level) > 1:
        paired = [digest(b"\1" + a + b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


@dataclass(frozen=True, slots=True)
class Batch:
    """One link of the chain."""

    service: str
    n: int
    count: int
    root: bytes
    prev_hash: bytes
    horizon: int
    """Rows of every transaction before this one are in this batch or an earlier one."""
    algorithm: str
    at: datetime
    format: int = FORMAT
    key: str = ""
    signature: bytes = b""

    def hash(self) -> bytes:
        """The digest of the header, which the signature is of."""
        header = [
            self.service, self.n, self.count, self.root.hex(), self.prev_hash.hex(), self.horizon,
            self.algorithm, self.format, instant(self.at),
        ]  # fmt: skip
        return digest_of(self.algorithm)(b"\2" + json.dumps(header, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Head:
    """A batch as published elsewhere: an anchor (P6.3)."""

    service: str
    n: int
    hash: str
    """Hexadecimal, as are the signature's bytes."""
    entries: int
    """Entries in this and all earlier batches."""
    at: str
    key: str
    signature: str


@dataclass(slots=True)
class SealKeys:
    """The keys in JIXIAO_SEAL_KEY: {"public": {id: PEM}, "private": {"kid": …, "pem": …}}.

    All public keys ever used stay, or old batches could not be checked. The file is read again
    when it has changed; a machine that only verifies needs no private key in it.
    """

    path: Path
    _stamp: int = 0
    _public: dict[str, Ed25519PublicKey] = field(default_factory=dict)
    _private: tuple[str, Ed25519PrivateKey] | None = None

    def sign(self, batch: Batch) -> tuple[str, bytes]:
        """Id of the current key and the signature. Raises OSError, KeyError without a key."""
        self._read()
        if self._private is None:
            raise KeyError("no private key")
        return self._private[0], self._private[1].sign(batch.hash())

    def signed(self, key: str, signature: bytes, digest: bytes) -> bool:
        """Whether a known key made this signature."""
        self._read()
        public = self._public.get(key)
        if public is None:
            return False
        try:
            public.verify(signature, digest)
        except InvalidSignature:
            return False
        return True

    def _read(self) -> None:
        stamp = self.path.stat().st_mtime_ns
        if stamp == self._stamp:
            return
        kept = json.loads(self.path.read_text(encoding="ascii"))
        self._public = {k: _public(pem) for k, pem in kept["public"].items()}
        private = kept.get("private")
        self._private = (private["kid"], _private(private["pem"])) if private else None
        self._stamp = stamp


def create_key(path: Path) -> str:
    """Make the first key, or rotate: the new one signs, the old ones stay readable. Its id."""
    kept: dict[str, Any] = {"public": {}}
    if path.exists():
        kept = json.loads(path.read_text(encoding="ascii"))
    made = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    key, kid = Ed25519PrivateKey.generate(), f"{made}-{secrets.token_hex(4)}"
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    readable = {**kept["public"], kid: public.decode()}
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(0o600)
    fresh.write_text(
        json.dumps({"public": readable, "private": {"kid": kid, "pem": pem}}), encoding="ascii"
    )
    fresh.replace(path)
    return kid


def instant(at: datetime) -> str:
    """As it is hashed: UTC, microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _public(pem: str) -> Ed25519PublicKey:
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)  # noqa: S101 - we made it
    return key


def _private(pem: str) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)  # noqa: S101 - we made it
    return key
