"""How a client system proves itself: public keys, signed assertions, certificates (P4.5).

Of a key only the public part is ever here. The algorithm follows from the registered key, never from
what an assertion says of itself.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from cryptography.x509 import load_pem_x509_certificate

from jixiao.servicekit.errors import Faulty, Finding

AUDIENCE = "jixiao-gateway"
"""What an assertion must name as its audience, unless the installation says otherwise."""
LONGEST = timedelta(minutes=5)
LEEWAY = timedelta(seconds=5)
_LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """A public key or a certificate, as it is kept."""

    kind: str
    """key or certificate."""
    thumbprint: str
    pem: str = ""
    """Of a key; a certificate is known by its thumbprint alone."""
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a good assertion says: its id, and when it ends."""

    jti: str
    ends_at: datetime


def key_of(public_key: str, certificate: str, at: datetime) -> Key | None:
    """The key of a form that carries one or the other; None where it carries neither.

    Raises Faulty for both, for what is no PEM, too weak or of another kind, and for a certificate
    that has expired.
    """
    if public_key and certificate:
        raise Faulty(Finding("/certificate", "one_only", "公钥与证书只能填写一项。"))
    if certificate:
        return _certificate(certificate, at)
    return _public_key(public_key) if public_key else None


def _public_key(pem: str) -> Key:
    try:
        key = load_pem_public_key(pem.encode())
        algorithm_of(key)
    except (ValueError, TypeError) as wrong:
        words = "须为 PEM 格式的公钥：Ed25519、P-256 或不少于 2048 位的 RSA；不得填写私钥。"
        raise Faulty(Finding("/public_key", "key_format", words)) from wrong
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kept = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Key("key", _base64url(sha256(der).digest()), kept)


def _certificate(pem: str, at: datetime) -> Key:
    try:
        certificate = load_pem_x509_certificate(pem.encode())
    except ValueError as wrong:
        words = "须为 PEM 格式的 X.509 证书；不得填写私钥。"
        raise Faulty(Finding("/certificate", "certificate_format", words)) from wrong
    ends_at = certificate.not_valid_after_utc
    if ends_at <= at:
        raise Faulty(Finding("/certificate", "expired", "该证书已经过期，请换一份有效的证书。"))
    return Key("certificate", _base64url(certificate.fingerprint(SHA256())), ends_at=ends_at)


@lru_cache(maxsize=1_000)
def thumbprint(pem: bytes) -> str:
    """`x5t#S256` of a connection's certificate (RFC 8705)."""
    return _base64url(load_pem_x509_certificate(pem).fingerprint(SHA256()))


def algorithm_of(key: object) -> str:
    """The one algorithm that goes with a public key. Raises ValueError for other keys."""
    match key:
        case Ed25519PublicKey():
            return "EdDSA"
        case EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return "ES256"
        case RSAPublicKey() if key.key_size >= _LEAST_BITS:
            return "PS256"
        case _:
            raise ValueError("not a key for assertions")


def asserted(
    assertion: str, client_id: str, keys: Iterable[str], audience: str, at: datetime
) -> Assertion | None:
    """What an assertion says if one of the client's keys has signed it for this gateway (RFC 7523).

    None where issuer or subject is another, the audience is not exactly ours, it has ended, lives
    for more than five minutes, or has no id.
    """
    for pem in keys:
        key = load_pem_public_key(pem.encode())
        try:
            claims = jwt.decode(
                assertion,
                key,  # type: ignore[arg-type]  # algorithm_of has checked its kind
                algorithms=[algorithm_of(key)],
                audience=audience,
                issuer=client_id,
                subject=client_id,
                leeway=LEEWAY,
                options={"require": ["exp", "aud", "iss", "sub", "jti"], "strict_aud": True},
            )
            ends_at = datetime.fromtimestamp(float(claims["exp"]), UTC) + LEEWAY
        except (jwt.InvalidTokenError, ValueError, OverflowError):
            continue
        if ends_at - at > LONGEST + 2 * LEEWAY or not 0 < len(str(claims["jti"])) <= 255:
            continue
        return Assertion(str(claims["jti"]), ends_at)
    return None


def _base64url(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
