"""A certificate authority for the tests: real X.509, made in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its certificate, as PEM."""

    key: bytes
    certificate: bytes


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(slots=True)
class Authority:
    """Signs certificates for clients, and for servers on this machine."""

    name: str
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def certificate(self) -> bytes:
        """Its own certificate."""
        return self._signed(self.name, self.key, authority=True, days=30)

    def pair(self, common: str, *, days: int = 30) -> Pair:
        """A fresh key with a certificate that ends in so many days."""
        key = generate_private_key(SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Pair(pem, self._signed(common, key, authority=False, days=days))

    def _signed(
        self, common: str, key: EllipticCurvePrivateKey, *, authority: bool, days: int
    ) -> bytes:
        now = datetime.now(UTC)
        local = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(common))
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=40))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(local, critical=False)
        )
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM)
