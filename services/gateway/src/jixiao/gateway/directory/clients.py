"""Client systems: the treasury and the budget system, by secret and short token (P4.5)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import bindparam, select

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Connection
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import passwords, tables
from .errors import LoginFailed
from .grants import NOWHERE

LIFE = timedelta(minutes=10)

_t, _k = tables.clients, tables.client_tokens
_add, _add_token = tables.adding(_t), tables.adding(_k)
_by_id = select(_t).where(_t.c.id == bindparam("id"))
_by_token = (
    select(_k.c.id, _k.c.ends_at, _t.c.id.label("client_id"), _t.c.role, _t.c.territory)
    .join(_t, _t.c.id == _k.c.client_id)
    .where(_k.c.token_hash == bindparam("token_hash"), _t.c.disabled.is_(False))
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A client by its token."""

    principal: Principal
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ClientForm:
    """A client system to register; `owner` answers for it."""

    name: str
    owner: str
    role: str
    territory: str


async def create(form: ClientForm, secret: str, work: Work) -> tuple[UUID, list[object]]:
    """Register a client; only the hash of its secret is kept."""
    client_id = uuid7()
    await work.connection.run(
        _add, id=client_id, secret_hash=passwords.digest(secret), disabled=False, version=1,
        **asdict(form),
    )  # fmt: skip
    work.changed(
        aggregate="client", aggregate_id=client_id, version=1, programme_id=None, at=NOWHERE,
        classified=False, before=None, after=asdict(form),
    )  # fmt: skip
    return client_id, []


async def issue(client_id: UUID, secret: str, work: Work) -> tuple[str, list[object]]:
    """A token of ten minutes for the secret. Raises LoginFailed."""
    row = await work.connection.first(_by_id, id=client_id)
    kept = bytes(row["secret_hash"]) if row and not row["disabled"] else b""
    if not compare_digest(passwords.digest(secret), kept):
        raise LoginFailed
    token = passwords.secret()
    await work.connection.run(
        _add_token, id=uuid7(), token_hash=passwords.digest(token), client_id=client_id,
        ends_at=work.at + LIFE,
    )  # fmt: skip
    return token, []


async def of_token(connection: Connection, token: str) -> Admitted | None:
    """The client of a bearer token, whether or not it has ended."""
    row = await connection.first(_by_token, token_hash=passwords.digest(token))
    if row is None:
        return None
    principal = Principal(
        person=str(row["client_id"]), role=row["role"], grant=str(row["client_id"]),
        territory=row["territory"], session=str(row["id"]),
    )  # fmt: skip
    return Admitted(principal, row["ends_at"])
