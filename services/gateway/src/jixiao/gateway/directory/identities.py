"""Whose account an identity of the OpenID provider opens, and sign-ins under way (P4.4).

An identity is linked by one system administrator and confirmed by another (2P): linking hands over
the account. It is found by (issuer, subject) alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, delete, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import Faulty, Finding, NotFound, SecondPerson
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import accounts, passwords, sessions, tables
from .errors import IdentityConfirmed, OwnIdentity
from .grants import NOWHERE

TO_SIGN_IN = timedelta(minutes=10)

_t, _o = tables.identities, tables.oidc_attempts
_add, _add_attempt = tables.adding(_t), tables.adding(_o)
_lock = select(_t).where(_t.c.id == bindparam("id")).with_for_update()
_of_person = select(_t).where(_t.c.person_id == bindparam("person_id")).order_by(_t.c.id)
_by_subject = select(_t.c.person_id).where(
    _t.c.issuer == bindparam("issuer"),
    _t.c.subject == bindparam("subject"),
    _t.c.confirmed_by.is_not(None),
)
_confirm = update(_t).where(_t.c.id == bindparam("of")).values(confirmed_by=bindparam("by"))
_remove = delete(_t).where(_t.c.id == bindparam("of"))
_take = (
    delete(_o)
    .where(
        _o.c.state_hash == bindparam("state_hash"),
        _o.c.browser_hash == bindparam("browser_hash"),
        _o.c.ends_at > bindparam("at"),
    )
    .returning(_o.c.nonce, _o.c.verifier)
)
_forget = delete(_o).where(_o.c.ends_at < bindparam("at"))


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """An identity of the provider and the account that it opens once it is confirmed."""

    identity_id: UUID
    person_id: UUID
    issuer: str
    subject: str
    linked_by: UUID
    linked_at: datetime
    confirmed_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way; `state` comes back by the provider, `browser` by the browser's cookie."""

    state: str
    browser: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Attempt":
        """All four anew, 256 random bits each."""
        return cls(*(passwords.secret() for _ in range(4)))


async def link(
    person_id: UUID, issuer: str, subject: str, work: Work
) -> tuple[LinkedIdentity, list[object]]:
    """Link an identity with an account; it opens nothing before another confirms.

    Raises NotFound, OwnIdentity, and Faulty where it is linked already.
    """
    if str(person_id) == work.person:
        raise OwnIdentity
    if await accounts.by_person(work.connection, person_id) is None:
        raise NotFound
    made = LinkedIdentity(uuid7(), person_id, issuer, subject, UUID(work.person), work.at)
    try:
        await work.connection.run(
            _add, id=made.identity_id, person_id=person_id, issuer=issuer, subject=subject,
            linked_by=made.linked_by, linked_at=made.linked_at, confirmed_by=None,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as used:
        words = "该统一身份已经关联账号，请先解除原来的关联。"
        raise Faulty(Finding("/subject", "taken", words)) from used
    _audit(work, made, 1, {"state": "linked"})
    return made, []


async def confirm(identity_id: UUID, work: Work) -> tuple[LinkedIdentity, list[object]]:
    """Put a link into force, by another system administrator (2P).

    Raises NotFound, SecondPerson, OwnIdentity, IdentityConfirmed.
    """
    found = await _taken(identity_id, work)
    if str(found.linked_by) == work.person:
        raise SecondPerson
    if str(found.person_id) == work.person:
        raise OwnIdentity
    if found.confirmed_by is not None:
        raise IdentityConfirmed
    await work.connection.run(_confirm, of=identity_id, by=UUID(work.person))
    _audit(work, found, 2, {"state": "confirmed"})
    return replace(found, confirmed_by=UUID(work.person)), []


async def unlink(identity_id: UUID, work: Work) -> tuple[None, list[object]]:
    """Take a link away and end the person's sessions. Raises NotFound."""
    found = await _taken(identity_id, work)
    await work.connection.run(_remove, of=identity_id)
    await sessions.end_all(work.connection, found.person_id, work.at)
    _audit(work, found, 3 if found.confirmed_by else 2, {"state": "unlinked"})
    return None, []


async def of_person(connection: Connection, person_id: UUID) -> list[LinkedIdentity]:
    """The identities linked with an account."""
    return [_read(row) for row in await connection.rows(_of_person, person_id=person_id)]


async def person_of(connection: Connection, issuer: str, subject: str) -> UUID | None:
    """Whose account an identity opens; None where no confirmed link says so."""
    found: UUID | None = await connection.value(_by_subject, issuer=issuer, subject=subject)
    return found


async def start(attempt: Attempt, work: Work) -> tuple[None, list[object]]:
    """Remember a sign-in for ten minutes; of state and cookie the hashes alone."""
    await work.connection.run(_forget, at=work.at)
    await work.connection.run(
        _add_attempt, state_hash=passwords.digest(attempt.state),
        browser_hash=passwords.digest(attempt.browser), nonce=attempt.nonce,
        verifier=attempt.verifier, ends_at=work.at + TO_SIGN_IN,
    )  # fmt: skip
    return None, []


async def take(state: str, browser: str, work: Work) -> tuple[tuple[str, str] | None, list[object]]:
    """Nonce and verifier of a sign-in that this browser began, once; None for any other."""
    row = await work.connection.first(
        _take, state_hash=passwords.digest(state), browser_hash=passwords.digest(browser),
        at=work.at,
    )  # fmt: skip
    return (row["nonce"], row["verifier"]) if row else None, []


async def _taken(identity_id: UUID, work: Work) -> LinkedIdentity:
    row = await work.connection.first(_lock, id=identity_id)
    if row is None:
        raise NotFound
    return _read(row)


def _read(row: Row) -> LinkedIdentity:
    return LinkedIdentity(
        row["id"], row["person_id"], row["issuer"], row["subject"], row["linked_by"],
        row["linked_at"], row["confirmed_by"],
    )  # fmt: skip


def _audit(work: Work, of: LinkedIdentity, version: int, after: dict[str, object]) -> None:
    """The subject by its hash alone: it may be a personal number (P6.5)."""
    named = {"person_id": str(of.person_id), "issuer": of.issuer}
    hashed = {"subject_sha256": sha256(of.subject.encode()).hexdigest()}
    work.changed(
        aggregate="identity", aggregate_id=of.identity_id, version=version, programme_id=None,
        at=NOWHERE, classified=False, before=None, after=named | hashed | after,
    )  # fmt: skip
