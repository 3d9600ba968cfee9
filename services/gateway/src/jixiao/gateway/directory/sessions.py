"""Sessions: 256 random bits with the browser, their hash with us, and two ends (P4.1).

Sessions go by the real clock, never by the business day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, or_, select, update

from jixiao.servicekit.access import STEP_UP
from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import StepUpRequired
from jixiao.servicekit.values import uuid7

from . import passwords, tables

IDLE, ABSOLUTE, MOST = timedelta(minutes=30), timedelta(hours=8), 3
STRICT_IDLE, STRICT_ABSOLUTE, STRICT_MOST = timedelta(minutes=15), timedelta(hours=2), 1
"""For administrators."""
TOUCH = timedelta(seconds=15)
"""The idle time is kept this coarsely, so that reading costs no write."""

_t = tables.sessions
_add = tables.adding(_t)
_by_hash = select(_t).where(_t.c.token_hash == bindparam("token_hash"))
_by_id = select(_t).where(_t.c.id == bindparam("id"))
_alive = (
    select(_t)
    .where(_t.c.person_id == bindparam("person_id"), _t.c.ended_at.is_(None))
    .order_by(_t.c.started_at.desc(), _t.c.id.desc())
    .with_for_update()
)
_end = (
    update(_t)
    .where(_t.c.id == bindparam("of"), _t.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"))
)
_end_all = (
    update(_t)
    .where(_t.c.person_id == bindparam("person"), _t.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"))
)
_end_others = (
    update(_t)
    .where(
        _t.c.person_id == bindparam("person"),
        _t.c.id != bindparam("but"),
        _t.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"))
)
# Whatever the limits of its person, no session is alive that began before `before`.
_sweep = delete(_t).where(
    or_(_t.c.ended_at < bindparam("before"), _t.c.started_at < bindparam("before"))
)
_touch = update(_t).where(_t.c.id == bindparam("of")).values(seen_at=bindparam("at"))


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser; `strict` for a person with an administrator's grant."""

    session_id: UUID
    csrf: str
    """To come back as a header with every unsafe request (P4.2)."""
    person_id: UUID
    grant_id: UUID | None
    strict: bool
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    pending: bool = False
    """No grant holds: first the password must be changed or a second factor enrolled (P4.3)."""
    stepped_up_at: datetime | None = None
    """When the person last proved himself anew in it (SU of P3.5)."""

    @property
    def latest_end(self) -> datetime:
        """When it ends whatever comes."""
        return self.started_at + (STRICT_ABSOLUTE if self.strict else ABSOLUTE)

    def ends_at(self) -> datetime:
        """When it ends if nothing more comes: idle or absolute, whichever is first."""
        end = min(self.seen_at + (STRICT_IDLE if self.strict else IDLE), self.latest_end)
        return end if self.ended_at is None else min(end, self.ended_at)

    def alive(self, now: datetime) -> bool:
        """Say whether it still holds; the end itself is outside."""
        return now < self.ends_at()


async def begin(
    connection: Connection, person_id: UUID, grant_id: UUID | None, *, strict: bool, at: datetime,
    started_at: datetime | None = None, pending: bool = False,
    stepped_up_at: datetime | None = None,
) -> tuple[str, Session]:  # fmt: skip
    """Start a session; its token, told once. Too many at once: the oldest end.

    `started_at` carries on the absolute time of a session that this one replaces.
    """
    token = passwords.secret()
    session = Session(
        uuid7(), passwords.secret(), person_id, grant_id, strict, started_at or at, at,
        pending=pending, stepped_up_at=stepped_up_at,
    )  # fmt: skip
    others = await connection.rows(_alive, person_id=person_id)
    for row in others[(STRICT_MOST if strict else MOST) - 1 :]:
        await connection.run(_end, of=row["id"], at=at)
    await connection.run(
        _add, id=session.session_id, token_hash=passwords.digest(token), csrf=session.csrf,
        person_id=person_id, grant_id=grant_id, strict=strict, started_at=session.started_at,
        seen_at=at, ended_at=None, pending=pending, stepped_up_at=stepped_up_at,
    )  # fmt: skip
    return token, session


async def of_token(connection: Connection, token: str) -> Session | None:
    """The session of a token, ended or not."""
    row = await connection.first(_by_hash, token_hash=passwords.digest(token))
    return _read(row) if row else None


async def of_id(connection: Connection, session_id: UUID) -> Session | None:
    """The session of an id, ended or not."""
    row = await connection.first(_by_id, id=session_id)
    return _read(row) if row else None


def permit_now(session: Session, at: datetime) -> None:
    """Raise StepUpRequired unless the session has just proved its person (SU)."""
    stepped = session.stepped_up_at
    if stepped is None or at - stepped > timedelta(seconds=STEP_UP):
        raise StepUpRequired


async def end(connection: Connection, session_id: UUID, at: datetime) -> bool:
    """End one session; False when it had ended before."""
    return await connection.run(_end, of=session_id, at=at) == 1


async def end_all(connection: Connection, person_id: UUID, at: datetime) -> None:
    """End all sessions of a person."""
    await connection.run(_end_all, person=person_id, at=at)


async def end_others(
    connection: Connection, person_id: UUID, session_id: UUID, at: datetime
) -> int:
    """End all sessions of a person but one; how many there were."""
    return await connection.run(_end_others, person=person_id, but=session_id, at=at)


async def sweep(connection: Connection, before: datetime) -> int:
    """Remove what ended before an instant; how many there were."""
    return await connection.run(_sweep, before=before)


async def touch(connection: Connection, session_id: UUID, at: datetime) -> None:
    """Remember that something came."""
    await connection.run(_touch, of=session_id, at=at)


def _read(row: Row) -> Session:
    return Session(
        row["id"], row["csrf"], row["person_id"], row["grant_id"], row["strict"], row["started_at"],
        row["seen_at"], row["ended_at"], row["pending"], row["stepped_up_at"],
    )  # fmt: skip
