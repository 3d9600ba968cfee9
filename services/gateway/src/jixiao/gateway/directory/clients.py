"""Client systems: the treasury and the budget system, and what they may prove themselves by (P4.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import EtagMissing, Faulty, Finding, NotFound, Stale
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import passwords, tables
from .errors import ClientDisabled, TooManyKeys
from .grants import NOWHERE
from .proofs import Key

OVERLAP = timedelta(days=1)
"""For which a former secret holds."""
MOST_KEYS = 2
NO_SECRET = b""

_t, _k = tables.clients, tables.client_keys
_add, _add_key = tables.adding(_t), tables.adding(_k)
_lock = select(_t).where(_t.c.id == bindparam("id")).with_for_update()
_page = select(_t).where(_t.c.id > bindparam("after")).order_by(_t.c.id).limit(bindparam("size"))
_keys = (
    select(_k)
    .where(_k.c.client_id == bindparam("client_id"), _k.c.retired_at.is_(None))
    .order_by(_k.c.id)
)
_retire = update(_k).where(_k.c.id == bindparam("of")).values(retired_at=bindparam("at"))
_tokens = tables.client_tokens
_end_tokens = (
    update(_tokens)
    .where(_tokens.c.client_id == bindparam("client"), _tokens.c.ends_at > bindparam("at"))
    .values(ends_at=bindparam("at"))
)
_CHANGED = (
    "owner", "addresses", "per_second", "secret_hash", "former_secret_hash", "former_until",
    "disabled", "version",
)  # fmt: skip
_change = update(_t).where(_t.c.id == bindparam("of")).values({c: bindparam(c) for c in _CHANGED})


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key or certificate in force."""

    key_id: UUID
    kind: str
    thumbprint: str
    pem: str
    added_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Client:
    """A client system; `owner` answers for it."""

    client_id: UUID
    name: str
    owner: str
    role: str
    territory: str
    addresses: tuple[str, ...]
    per_second: int
    secret_hash: bytes
    former_secret_hash: bytes
    former_until: datetime | None
    disabled: bool
    version: int
    keys: tuple[HeldKey, ...] = ()

    @property
    def has_secret(self) -> bool:
        """Whether a secret holds."""
        return self.secret_hash != NO_SECRET

    @property
    def former_secret_until(self) -> datetime | None:
        """Until when the secret before holds or held; None where there was none."""
        return self.former_until

    def secrets(self, at: datetime) -> list[bytes]:
        """Digests of the secrets that hold."""
        former = self.former_until is not None and self.former_until > at
        kept = (self.secret_hash, self.former_secret_hash if former else NO_SECRET)
        return [digest for digest in kept if digest != NO_SECRET]

    def held(self, kind: str) -> list[HeldKey]:
        """Its keys of a kind."""
        return [key for key in self.keys if key.kind == kind]


@dataclass(frozen=True, slots=True)
class ClientForm:
    """A client system to register."""

    name: str
    owner: str
    role: str
    territory: str
    addresses: tuple[str, ...] = ()
    per_second: int = 0


async def create(
    form: ClientForm, secret: str, key: Key | None, work: Work
) -> tuple[Client, list[object]]:
    """Register a client by its key or, where there is none, by a secret.

    Only the secret's hash is kept. Raises Faulty for an address that is no network.
    """
    _check(form.addresses)
    kept = NO_SECRET if key else passwords.digest(secret)
    made = Client(
        uuid7(), form.name, form.owner, form.role, form.territory, form.addresses,
        form.per_second, kept, NO_SECRET, None, disabled=False, version=1,
    )  # fmt: skip
    values = _values(made)
    fixed = {"name": made.name, "role": made.role, "territory": made.territory}
    await work.connection.run(_add, id=made.client_id, **fixed, **values)
    if key:
        made = replace(made, keys=(await _keep(made.client_id, key, work),))
    _audit(work, made, None)
    return made, []


async def change(
    client_id: UUID, owner: str, addresses: Sequence[str], per_second: int, work: Work
) -> tuple[Client, list[object]]:
    """Another owner, other addresses, another rate. Raises Faulty, NotFound, EtagMissing, Stale."""
    _check(addresses)
    before = await _taken(client_id, work)
    after = replace(before, owner=owner, addresses=tuple(addresses), per_second=per_second)
    return await _save(after, before, work), []


async def rotate_secret(
    client_id: UUID, secret: str, work: Work, *, at_once: bool
) -> tuple[Client, list[object]]:
    """Another secret; the former one holds for a day, or ends now with all tokens."""
    before = await _taken(client_id, work)
    after = replace(
        before,
        secret_hash=passwords.digest(secret),
        former_secret_hash=NO_SECRET if at_once else before.secret_hash,
        former_until=None if at_once else work.at + OVERLAP,
    )
    if at_once:
        await work.connection.run(_end_tokens, client=client_id, at=work.at)
    return await _save(after, before, work), []


async def add_key(client_id: UUID, key: Key, work: Work) -> tuple[Client, list[object]]:
    """Another key or certificate. Raises TooManyKeys for a third of its kind."""
    before = await _taken(client_id, work)
    if len(before.held(key.kind)) >= MOST_KEYS:
        raise TooManyKeys
    held = await _keep(client_id, key, work)
    return await _save(replace(before, keys=(*before.keys, held)), before, work), []


async def retire_key(client_id: UUID, key_id: UUID, work: Work) -> tuple[Client, list[object]]:
    """End a key or certificate, and every token of the client. Raises NotFound."""
    before = await _taken(client_id, work)
    left = tuple(key for key in before.keys if key.key_id != key_id)
    if len(left) == len(before.keys):
        raise NotFound
    await work.connection.run(_retire, of=key_id, at=work.at)
    await work.connection.run(_end_tokens, client=client_id, at=work.at)
    return await _save(replace(before, keys=left), before, work), []


async def disable(client_id: UUID, work: Work) -> tuple[Client, list[object]]:
    """Shut a client and end its tokens."""
    before = await _taken(client_id, work)
    await work.connection.run(_end_tokens, client=client_id, at=work.at)
    return await _save(replace(before, disabled=True), before, work), []


async def by_id(connection: Connection, client_id: UUID) -> Client | None:
    """Load and lock a client with its keys."""
    row = await connection.first(_lock, id=client_id)
    return await _with_keys(connection, row) if row else None


async def page(connection: Connection, after: UUID, size: int) -> list[Client]:
    """Clients with their keys, by id."""
    rows = await connection.rows(_page, after=after, size=size)
    return [await _with_keys(connection, row) for row in rows]


async def _taken(client_id: UUID, work: Work) -> Client:
    """Load and lock for a change. Raises NotFound, EtagMissing, Stale, ClientDisabled."""
    found = await by_id(work.connection, client_id)
    if found is None:
        raise NotFound
    if not work.etag:
        raise EtagMissing
    if work.etag != str(found.version):
        raise Stale(current=found.version)
    if found.disabled:
        raise ClientDisabled
    return found


async def _keep(client_id: UUID, key: Key, work: Work) -> HeldKey:
    held = HeldKey(uuid7(), key.kind, key.thumbprint, key.pem, work.at, key.ends_at)
    try:
        await work.connection.run(
            _add_key, id=held.key_id, client_id=client_id, kind=held.kind, pem=held.pem,
            thumbprint=held.thumbprint, added_at=held.added_at, ends_at=held.ends_at,
            retired_at=None,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as used:
        words = "该公钥或证书已经登记，请换一份。"
        pointer = "/public_key" if key.kind == "key" else "/certificate"
        raise Faulty(Finding(pointer, "taken", words)) from used
    return held


async def _save(after: Client, before: Client, work: Work) -> Client:
    saved = replace(after, version=before.version + 1)
    await work.connection.run(_change, of=saved.client_id, **_values(saved))
    _audit(work, saved, before)
    return saved


async def _with_keys(connection: Connection, row: Row) -> Client:
    keys = await connection.rows(_keys, client_id=row["id"])
    held = tuple(
        HeldKey(k["id"], k["kind"], k["thumbprint"], k["pem"], k["added_at"], k["ends_at"])
        for k in keys
    )
    return Client(
        row["id"], row["name"], row["owner"], row["role"], row["territory"],
        tuple(row["addresses"]), row["per_second"], bytes(row["secret_hash"]),
        bytes(row["former_secret_hash"]), row["former_until"], row["disabled"], row["version"], held,
    )  # fmt: skip


def _values(client: Client) -> dict[str, Any]:
    return {c: getattr(client, c) for c in _CHANGED} | {"addresses": list(client.addresses)}


def _check(addresses: Sequence[str]) -> None:
    """Raises Faulty for each that is no network in CIDR notation."""
    found = []
    for number, address in enumerate(addresses):
        try:
            ip_network(address)
        except ValueError:
            words = "须为网段，例如 10.1.2.0/24；单个地址写作 10.1.2.3/32。"
            found.append(Finding(f"/addresses/{number}", "network_format", words))
    if found:
        raise Faulty(*found)


def _audit(work: Work, after: Client, before: Client | None) -> None:
    """No hash of a secret: what is kept of keys is public."""
    work.changed(
        aggregate="client", aggregate_id=after.client_id, version=after.version,
        programme_id=None, at=NOWHERE, classified=False,
        before=_shown(before) if before else None, after=_shown(after),
    )  # fmt: skip


def _shown(client: Client) -> dict[str, object]:
    return {
        "name": client.name, "owner": client.owner, "role": client.role,
        "territory": client.territory, "addresses": list(client.addresses),
        "per_second": client.per_second, "has_secret": client.has_secret,
        "keys": [key.thumbprint for key in client.keys], "disabled": client.disabled,
    }  # fmt: skip
