"""Signing in, choosing a grant, changing the password (P4.1, P4.3).

Argon2 runs outside of any transaction. Neither a password nor a token is ever stored with an
answer: claims are made over requests without them, and tokens are put into the first answer alone.
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime
from secrets import token_bytes
from uuid import UUID

import structlog

from jixiao.servicekit.access import Principal, system
from jixiao.servicekit.errors import Faulty, Finding, Forbidden, NotFound
from jixiao.servicekit.transaction import Transactions, Work

from . import access_log, accounts, grants, passwords, sessions
from .access_log import Entry
from .accounts import Account
from .errors import LoginFailed, SessionEnded
from .grants import ADMINISTRATORS, Grant
from .sessions import Session

log = structlog.get_logger()
DOOR = Principal(person="door", role="anyone")
"""Reads what proves a caller; reaches no business record."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with its person, as the person sees it."""

    account: Account
    session: Session
    grants: tuple[Grant, ...]
    """In force today."""
    today: date
    token: str = ""
    """Only where the session has just begun."""

    @property
    def grant_id(self) -> UUID | None:
        """The grant acted under; None where it is not in force or the password is not changed."""
        in_force = {grant.grant_id for grant in self.grants}
        chosen = self.session.grant_id
        return chosen if chosen in in_force and not self.account.must_change else None


def at_the_door(principal: Principal) -> Principal:
    """The same person without a business scope: what proves somebody is reached by no other."""
    return replace(principal, role="anyone", territory="", line="", unit="", cleared=False, keys=())


class SigningIn:
    """What the sessions' operations do."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._initial: OrderedDict[str, bytes] = OrderedDict()
        """Initial passwords just verified, by session: keyed digests, for the change at once."""
        self._key = token_bytes(32)

    async def login(self, login_name: str, password: str, address: str) -> SignedIn:
        """Begin a session. Raises LoginFailed, the same for every cause and after the same time."""
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            account = await accounts.by_login(connection, login_name)
            paused = await access_log.paused(connection, login_name, address, at)
        right = await passwords.matches(password, account.password_hash if account else None)
        if account is None or not right or paused or account.disabled:
            reason = "paused" if paused else "refused"
            await self._failed(login_name, account, address, reason)
            raise LoginFailed

        async def handle(work: Work) -> tuple[SignedIn, list[object]]:
            now = await accounts.by_person(work.connection, account.person_id)
            if now is None or now.disabled or now.password_hash != account.password_hash:
                raise LoginFailed
            signed_in = await _begin(work, now, None, None)
            entry = Entry(
                "session.login", "login", person_id=str(now.person_id), address=address,
                grant_id=str(signed_in.grant_id or ""),
            )  # fmt: skip
            await access_log.write(entry, work)
            return signed_in, []

        signed_in = await self._transactions.act(system("door"), "session.login", handle)
        if account.must_change:
            self._initial[str(signed_in.session.session_id)] = self._digest(password)
            while len(self._initial) > 1_000:
                self._initial.popitem(last=False)
        return signed_in

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._key, password.encode(), "sha256")

    async def _verified(self, account: Account, session: str, old: str) -> bool:
        """Whether the old password is right; argon2 once is enough for an initial one."""
        kept = self._initial.pop(session, b"")
        if account.must_change and hmac.compare_digest(kept, self._digest(old)):
            return True
        return await passwords.matches(old, account.password_hash)

    async def _failed(
        self, login_name: str, account: Account | None, address: str, reason: str
    ) -> None:
        """Keep the failure; a name that is none of ours may be a password typed in the wrong box."""
        entry = Entry(
            "session.login", "login_failed", reason,
            person_id=str(account.person_id) if account else "",
            login_name=login_name if account else "", address=address,
        )  # fmt: skip

        async def handle(work: Work) -> tuple[None, list[object]]:
            await access_log.write(entry, work)
            return None, []

        await self._transactions.act(system("door"), "session.login", handle)
        log.info("login_failed", reason=reason)

    async def session_of(self, work: Work) -> SignedIn:
        """The caller's own session. Raises SessionEnded."""
        session = await _own(work)
        account = await accounts.by_person(work.connection, session.person_id)
        if account is None:
            raise SessionEnded
        return SignedIn(account, session, await _in_force(work, session.person_id), work.today)

    async def choose(self, grant_id: UUID, work: Work) -> tuple[SignedIn, list[object]]:
        """Act under another own grant from now on, by a session with a token of its own.

        Raises NotFound for a grant that is not the caller's or not in force, Forbidden before the
        initial password is changed.
        """
        session = await _own(work)
        account = await accounts.by_person(work.connection, session.person_id)
        if account is None or account.must_change:
            raise Forbidden
        if grant_id not in {g.grant_id for g in await _in_force(work, session.person_id)}:
            raise NotFound
        if not await sessions.end(work.connection, session.session_id, work.at):
            raise SessionEnded
        return await _begin(work, account, grant_id, session.started_at), []

    async def logout(self, work: Work, address: str) -> tuple[None, list[object]]:
        """End the caller's session."""
        await sessions.end(work.connection, UUID(work.principal.session), work.at)
        entry = Entry("session.logout", "logout", person_id=work.person, address=address)
        await access_log.write(entry, work)
        return None, []

    async def checked(self, principal: Principal, old: str, new: str, address: str) -> Account:
        """The caller's account, after the old password and the rules for the new one (P4.3).

        Raises Faulty with all findings; a wrong old password counts as a failed login.
        """
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            account = await accounts.by_person(connection, UUID(principal.person))
            if account is None:
                raise SessionEnded
            paused = await access_log.paused(connection, account.login_name, address, at)
        if not await self._verified(account, principal.session, old) or paused:
            await self._failed(account.login_name, account, address, "old_password")
            raise Faulty(Finding("/old_password", "wrong", "原密码不正确。"))
        found = passwords.findings(new, account.login_name, "/new_password")
        if not found and await _used(account, old, new):
            found.append(Finding("/new_password", "used", "不能使用最近五次用过的密码，请另设。"))
        if found:
            raise Faulty(*found)
        return account

    async def change_password(
        self, account: Account, fresh: str, work: Work
    ) -> tuple[SignedIn, list[object]]:
        """Keep the new hash, end every session of the person and begin one."""
        session = await _own(work)
        await accounts.set_password(account.person_id, account.password_hash, fresh, work)
        await sessions.end_all(work.connection, account.person_id, work.at)
        changed = replace(account, password_hash=fresh, must_change=False)
        return await _begin(work, changed, session.grant_id, session.started_at), []


async def _used(account: Account, old: str, new: str) -> bool:
    """Say whether the new password is the present one, just verified, or a former one."""
    if new == old:
        return True
    for kept in account.former:
        if await passwords.matches(new, kept):
            return True
    return False


async def _own(work: Work) -> Session:
    session = await sessions.of_id(work.connection, UUID(work.principal.session))
    if session is None or not session.alive(work.at):
        raise SessionEnded
    return session


async def _in_force(work: Work, person_id: UUID) -> tuple[Grant, ...]:
    held = await grants.of_person(work.connection, person_id)
    return tuple(grant for grant in held if grant.in_force(work.today))


async def _begin(
    work: Work, account: Account, grant_id: UUID | None, started_at: datetime | None
) -> SignedIn:
    """Begin a session under a grant; where there is but one own post, under that one."""
    held = await _in_force(work, account.person_id)
    posts = [grant for grant in held if not grant.keys and grant.lent_by is None] or held
    if grant_id is None and len(posts) == 1:
        grant_id = posts[0].grant_id
    token, session = await sessions.begin(
        work.connection, account.person_id, grant_id, at=work.at, started_at=started_at,
        strict=any(grant.role in ADMINISTRATORS for grant in held),
    )  # fmt: skip
    return SignedIn(account, session, held, work.today, token)
