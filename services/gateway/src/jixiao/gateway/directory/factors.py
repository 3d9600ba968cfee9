"""Second factors of people: one-time codes now, WebAuthn in the same table later (P4.3).

A factor holds once it is confirmed by a code of its own; its secret is sealed by a key that the
database does not have, and leaves the server once, at enrolment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import bindparam, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import tables
from .grants import NOWHERE

TO_CONFIRM = timedelta(minutes=15)
"""How long an enrolment waits for its first code."""
NOBODY = UUID(int=0)

_t = tables.factors
_add = tables.adding(_t)
_of_person = (
    select(_t)
    .where(_t.c.person_id == bindparam("person_id"), _t.c.ended_at.is_(None))
    .order_by(_t.c.id)
)
_lock = _of_person.with_for_update()
_use = (
    update(_t)
    .where(_t.c.id == bindparam("of"), _t.c.ended_at.is_(None), _t.c.used < bindparam("counter"))
    .values(used=bindparam("counter"))
)
_confirm = (
    update(_t)
    .where(_t.c.id == bindparam("of"))
    .values(confirmed_at=bindparam("at"), used=bindparam("counter"), version=_t.c.version + 1)
)
_end = (
    update(_t)
    .where(_t.c.id == bindparam("of"))
    .values(ended_at=bindparam("at"), version=_t.c.version + 1)
)


class Sealing:
    """Seals secrets under the first key of a file, a Fernet key a line; opens under any of them."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Raises ValueError for a file without a key."""
        return cls(path.read_text(encoding="ascii").split())

    @classmethod
    def fresh(cls) -> Self:
        """A key of this process alone: what it seals is lost with it."""
        return cls([Fernet.generate_key().decode()])

    def seal(self, secret: bytes) -> bytes:
        """The secret as it is stored."""
        return self._keys.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """The secret. Raises InvalidToken where its key has gone."""
        return self._keys.decrypt(sealed)


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a person; `used` is the step of the last code that was good."""

    factor_id: UUID
    person_id: UUID
    kind: str
    secret: bytes
    """Sealed."""
    used: int
    enrolled_at: datetime
    confirmed_at: datetime | None
    version: int


async def held(connection: Connection, person_id: UUID) -> Factor | None:
    """The factor that a person must show."""
    found = await of_person(connection, person_id)
    return next((one for one in found if one.confirmed_at is not None), None)


async def awaited(connection: Connection, person_id: UUID, at: datetime) -> Factor | None:
    """The enrolment that waits for its first code."""
    found = await of_person(connection, person_id)
    waiting = [one for one in found if one.confirmed_at is None]
    return next((one for one in waiting if at - one.enrolled_at <= TO_CONFIRM), None)


async def of_person(connection: Connection, person_id: UUID, *, lock: bool = False) -> list[Factor]:
    """All factors of a person that have not ended."""
    rows = await connection.rows(_lock if lock else _of_person, person_id=person_id)
    return [_read(row) for row in rows]


async def enrol(person_id: UUID, sealed: bytes, work: Work) -> None:
    """Keep a new factor to be confirmed; an earlier one that never was ends."""
    for factor in await of_person(work.connection, person_id, lock=True):
        if factor.confirmed_at is None:
            await _finish(factor, work)
    fresh = Factor(uuid7(), person_id, "totp", sealed, 0, work.at, None, 1)
    await work.connection.run(
        _add, id=fresh.factor_id, person_id=person_id, kind=fresh.kind, secret=sealed, used=0,
        enrolled_at=work.at, confirmed_at=None, ended_at=None, version=1,
    )  # fmt: skip
    _audit(work, fresh, 1, "enrolled")


async def confirm(fresh: Factor, counter: int, work: Work) -> bool:
    """Let a factor hold, in the place of the former one; False where it has gone in between."""
    present = await of_person(work.connection, fresh.person_id, lock=True)
    if fresh.factor_id not in {one.factor_id for one in present if one.confirmed_at is None}:
        return False
    for factor in present:
        if factor.factor_id != fresh.factor_id:
            await _finish(factor, work)
    await work.connection.run(_confirm, of=fresh.factor_id, at=work.at, counter=counter)
    _audit(work, fresh, fresh.version + 1, "confirmed")
    return True


async def use(connection: Connection, factor: Factor, counter: int) -> bool:
    """Take a code for good; False for one that somebody has taken in between."""
    return await connection.run(_use, of=factor.factor_id, counter=counter) == 1


async def reset(person_id: UUID, work: Work) -> None:
    """End all factors of a person, who enrols anew at the next login."""
    for factor in await of_person(work.connection, person_id, lock=True):
        await _finish(factor, work)


async def _finish(factor: Factor, work: Work) -> None:
    await work.connection.run(_end, of=factor.factor_id, at=work.at)
    _audit(work, factor, factor.version + 1, "ended")


def _read(row: Row) -> Factor:
    return Factor(
        row["id"], row["person_id"], row["kind"], bytes(row["secret"]), row["used"],
        row["enrolled_at"], row["confirmed_at"], row["version"],
    )  # fmt: skip


def _audit(work: Work, factor: Factor, version: int, state: str) -> None:
    """Whose factor, of which kind, and what became of it: never its secret."""
    work.changed(
        aggregate="factor", aggregate_id=factor.factor_id, version=version, programme_id=None,
        at=NOWHERE, classified=False, before=None,
        after={"person_id": str(factor.person_id), "kind": factor.kind, "state": state},
    )  # fmt: skip
