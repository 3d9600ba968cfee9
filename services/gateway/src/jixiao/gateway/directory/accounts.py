"""People and their accounts: one account a person; elsewhere a person is an id (P4.3, P6.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam, func, or_, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import Faulty, Finding, Forbidden, NotFound
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import passwords, sessions, tables
from .grants import NOWHERE

_p, _a = tables.persons, tables.accounts
_add_person, _add_account = tables.adding(_p), tables.adding(_a)
_both = select(_a, _p.c.name).join(_p, _p.c.id == _a.c.id)
_by_login = _both.where(_a.c.login_name == bindparam("login_name"))
_by_id = _both.where(_a.c.id == bindparam("id"))
_lock = select(_a).where(_a.c.id == bindparam("id")).with_for_update()
_taken = select(_a.c.login_name).where(_a.c.login_name == bindparam("login_name"))
_name = select(_p.c.name).where(_p.c.id == bindparam("id"))
_page = (
    select(_p)
    .where(
        or_(bindparam("part") == "", func.strpos(_p.c.name, bindparam("part")) > 0),
        _p.c.id > bindparam("after"),
    )
    .order_by(_p.c.id)
    .limit(bindparam("size"))
)
_set_password = (
    update(_a)
    .where(_a.c.id == bindparam("of"))
    .values(
        password_hash=bindparam("password_hash"), former=bindparam("former"),
        must_change=bindparam("must_change"),
        password_set_at=bindparam("at"), version=_a.c.version + 1,
    )
)  # fmt: skip
_ask_for_change = (
    update(_a).where(_a.c.id == bindparam("of")).values(must_change=True, version=_a.c.version + 1)
)
_disable = (
    update(_a).where(_a.c.id == bindparam("of")).values(disabled=True, version=_a.c.version + 1)
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the login needs it."""

    person_id: UUID
    name: str
    login_name: str
    password_hash: str
    former: tuple[str, ...]
    must_change: bool
    disabled: bool
    password_set_at: datetime


@dataclass(frozen=True, slots=True)
class AccountForm:
    """A person to be entered; the initial password is hashed already."""

    name: str
    login_name: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person, as shown."""

    person_id: UUID
    name: str
    login_name: str = ""


async def by_login(connection: Connection, login_name: str) -> Account | None:
    """The account of a login name."""
    row = await connection.first(_by_login, login_name=login_name)
    return _read(row) if row else None


async def by_person(connection: Connection, person_id: UUID) -> Account | None:
    """The account of a person."""
    row = await connection.first(_by_id, id=person_id)
    return _read(row) if row else None


async def name_of(connection: Connection, person_id: UUID) -> str:
    """A person's name; empty when unknown."""
    return str(await connection.value(_name, id=person_id) or "")


async def page(connection: Connection, part: str, after: UUID, size: int) -> list[Person]:
    """People whose name has a part, by id; without login names."""
    rows = await connection.rows(_page, part=part, after=after, size=size)
    return [Person(row["id"], row["name"]) for row in rows]


async def create(
    forms: Sequence[AccountForm], work: Work
) -> tuple[tuple[Person, ...], list[object]]:
    """Enter people with their accounts, all or none; each must change the initial password.

    Raises Faulty for login names that are taken. Articles: D-4.
    """
    found = []
    names = [form.login_name for form in forms]
    for number, login_name in enumerate(names):
        used = await work.connection.value(_taken, login_name=login_name) is not None
        if used or login_name in names[:number]:
            found.append(
                Finding(f"/accounts/{number}/login_name", "taken", "该登录名已被使用，请另取。")
            )
    if found:
        raise Faulty(*found)
    made: list[Person] = []
    for form in forms:
        person = Person(uuid7(), form.name, form.login_name)
        try:
            await _enter(person, form.password_hash, work)
        except asyncpg.UniqueViolationError as used:
            raise Faulty(
                Finding(f"/accounts/{len(made)}/login_name", "taken", "该登录名已被使用，请另取。")
            ) from used
        made.append(person)
    return tuple(made), []


async def _enter(person: Person, password_hash: str, work: Work) -> None:
    await work.connection.run(_add_person, id=person.person_id, name=person.name)
    await work.connection.run(
        _add_account, id=person.person_id, login_name=person.login_name,
        password_hash=password_hash, former=[], must_change=True, disabled=False,
        password_set_at=work.at, version=1,
    )  # fmt: skip
    # Neither name nor hash: the trail outlives the person's data (P6.5).
    _audit(work, person.person_id, 1, {"must_change": True})


async def disable(person_ids: Sequence[UUID], work: Work) -> tuple[None, list[object]]:
    """Shut accounts and end their sessions. Raises NotFound, Forbidden for one's own."""
    for person_id in sorted(person_ids):
        if str(person_id) == work.person:
            raise Forbidden
        row = await work.connection.first(_lock, id=person_id)
        if row is None:
            raise NotFound
        await work.connection.run(_disable, of=person_id)
        await sessions.end_all(work.connection, person_id, work.at)
        _audit(work, person_id, row["version"] + 1, {"disabled": True})
    return None, []


async def reset_password(person_id: UUID, fresh: str, work: Work) -> tuple[None, list[object]]:
    """Put a hash in place of the forgotten password's; the next login must change it.

    The sessions end; the second factor stays, and is another administrator's to reset. Raises
    NotFound, Forbidden for one's own.
    """
    if str(person_id) == work.person:
        raise Forbidden
    row = await work.connection.first(_lock, id=person_id)
    if row is None or row["disabled"]:
        raise NotFound
    former = [row["password_hash"], *row["former"]][: passwords.FORMER - 1]
    await work.connection.run(
        _set_password, of=person_id, password_hash=fresh, former=former, at=work.at,
        must_change=True,
    )  # fmt: skip
    await sessions.end_all(work.connection, person_id, work.at)
    _audit(work, person_id, row["version"] + 1, {"password_reset": True, "must_change": True})
    return None, []


async def end_sessions(person_id: UUID, work: Work) -> tuple[None, list[object]]:
    """End a person's sessions; the account stays. Raises NotFound."""
    row = await work.connection.first(_lock, id=person_id)
    if row is None:
        raise NotFound
    await sessions.end_all(work.connection, person_id, work.at)
    _audit(work, person_id, row["version"], {"sessions_ended": True})
    return None, []


async def ask_for_change(account: Account, work: Work) -> Account:
    """Let nothing but a new password be possible any more: the present one is too old."""
    row = await work.connection.first(_lock, id=account.person_id)
    if row is None:
        raise NotFound
    await work.connection.run(_ask_for_change, of=account.person_id)
    _audit(work, account.person_id, row["version"] + 1, {"must_change": True})
    return replace(account, must_change=True)


async def set_password(person_id: UUID, old_hash: str, fresh: str, work: Work) -> None:
    """Put a new password hash in the place of the one that was verified.

    Raises Forbidden when the password has changed in between.
    """
    row = await work.connection.first(_lock, id=person_id)
    if row is None or row["password_hash"] != old_hash:
        raise Forbidden
    former = [old_hash, *row["former"]][: passwords.FORMER - 1]
    await work.connection.run(
        _set_password, of=person_id, password_hash=fresh, former=former, at=work.at,
        must_change=False,
    )  # fmt: skip
    _audit(work, person_id, row["version"] + 1, {"must_change": False})


def _read(row: Row) -> Account:
    return Account(
        row["id"], row["name"], row["login_name"], row["password_hash"], tuple(row["former"]),
        row["must_change"], row["disabled"], row["password_set_at"],
    )  # fmt: skip


def _audit(work: Work, person_id: UUID, version: int, after: dict[str, object]) -> None:
    work.changed(
        aggregate="account", aggregate_id=person_id, version=version, programme_id=None,
        at=NOWHERE, classified=False, before=None, after=after,
    )  # fmt: skip
