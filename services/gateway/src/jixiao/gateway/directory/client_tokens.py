"""Short tokens of client systems: issued for a proof, bound to the connection's certificate (P4.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Connection
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..calling import Source
from . import clients, passwords, proofs, tables
from .clients import Client
from .errors import ClientElsewhere, LoginFailed, SessionEnded

LIFE = timedelta(minutes=10)

_t, _k, _a = tables.clients, tables.client_tokens, tables.client_assertions
_add = tables.adding(_k)
_by_token = (
    select(
        _k.c.id, _k.c.ends_at, _k.c.certificate, _t.c.id.label("client_id"), _t.c.role,
        _t.c.territory, _t.c.addresses, _t.c.per_second,
    )
    .join(_t, _t.c.id == _k.c.client_id)
    .where(_k.c.token_hash == bindparam("token_hash"), _t.c.disabled.is_(False))
)  # fmt: skip
_first_use = upsert(_a).values({c.name: bindparam(c.name) for c in _a.c}).on_conflict_do_nothing()
_sweep = delete(_k).where(_k.c.ends_at < bindparam("before"))
_forget = delete(_a).where(_a.c.ends_at < bindparam("at"))


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client shows for a token."""

    secret: str = ""
    assertion: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A client by its token."""

    principal: Principal
    ends_at: datetime
    addresses: tuple[str, ...] = ()
    certificate: str = ""
    """Thumbprint of the connection's certificate to which the token is bound."""
    per_second: int = 0

    def permit_from(self, source: Source) -> None:
        """Raise SessionEnded for a bound token over another connection, ClientElsewhere for a
        call from an address that is not on the client's list.
        """
        if self.certificate and self.certificate != source.certificate:
            raise SessionEnded
        if not within(source.address, self.addresses):
            raise ClientElsewhere


def within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of the networks; no network at all means anywhere."""
    if not networks:
        return True
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return any(known in ip_network(network) for network in networks)


async def issue(
    client_id: UUID, proof: Proof, source: Source, audience: str, work: Work
) -> tuple[str, list[object]]:
    """A token of ten minutes for a proof, bound to the connection's certificate if it has one.

    Raises LoginFailed, the same for every cause.
    """
    client = await clients.by_id(work.connection, client_id)
    if (
        client is None
        or client.disabled
        or not within(source.address, client.addresses)
        or not await _proven(client, proof, source, audience, work)
    ):
        raise LoginFailed
    token = passwords.secret()
    await work.connection.run(
        _add, id=uuid7(), token_hash=passwords.digest(token), client_id=client_id,
        ends_at=work.at + LIFE, certificate=source.certificate,
    )  # fmt: skip
    return token, []


async def _proven(client: Client, proof: Proof, source: Source, audience: str, work: Work) -> bool:
    """By exactly one proof: secret, assertion, or the connection's certificate."""
    if proof.secret and proof.assertion:
        return False
    if proof.secret:
        digest = passwords.digest(proof.secret)
        return any(compare_digest(digest, kept) for kept in client.secrets(work.at))
    if not proof.assertion:
        held = client.held("certificate")
        known = [k.thumbprint for k in held if k.ends_at and k.ends_at > work.at]
        return source.certificate in known
    pems = [key.pem for key in client.held("key")]
    said = proofs.asserted(proof.assertion, str(client.client_id), pems, audience, work.at)
    if said is None:
        return False
    await work.connection.run(_forget, at=work.at)
    return await work.connection.run(
        _first_use, client_id=client.client_id, jti_hash=sha256(said.jti.encode()).digest(),
        ends_at=said.ends_at,
    ) == 1  # fmt: skip


async def sweep(connection: Connection, before: datetime) -> int:
    """Remove the tokens that ended before an instant; how many there were."""
    return await connection.run(_sweep, before=before)


async def of_token(connection: Connection, token: str) -> Admitted | None:
    """The client of a bearer token, whether or not it has ended."""
    row = await connection.first(_by_token, token_hash=passwords.digest(token))
    if row is None:
        return None
    principal = Principal(
        person=str(row["client_id"]), role=row["role"], grant=str(row["client_id"]),
        territory=row["territory"], session=str(row["id"]),
    )  # fmt: skip
    return Admitted(
        principal, row["ends_at"], tuple(row["addresses"]), row["certificate"], row["per_second"]
    )
