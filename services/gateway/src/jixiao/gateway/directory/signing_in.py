"""Signing in, choosing a grant, changing the password, signing out (P4.1, P4.3).

Name, password and code come at once and are refused alike, so that no answer tells which was
wrong. Argon2 runs outside of any transaction. Neither a password nor a token is ever stored with an
answer: claims are made over requests without them, and tokens are put into the first answer alone.
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime
from secrets import token_bytes
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken

from jixiao.servicekit.access import Principal, system
from jixiao.servicekit.database import Connection
from jixiao.servicekit.errors import Faulty, Finding, Forbidden, NotFound
from jixiao.servicekit.transaction import Transactions, Work

from . import access_log, accounts, factors, failures, grants, passwords, sessions, totp
from .access_log import Entry
from .accounts import Account
from .errors import LoginFailed, SessionEnded
from .factors import Factor
from .grants import ADMINISTRATORS, Grant
from .sessions import Session
from .sign_in_rules import SignInRules

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
        """The grant acted under; None where it is not in force or the session is pending."""
        in_force = {grant.grant_id for grant in self.grants}
        chosen = self.session.grant_id
        held_back = self.account.must_change or self.session.pending
        return chosen if chosen in in_force and not held_back else None


def at_the_door(principal: Principal) -> Principal:
    """The same person without a business scope: what proves somebody is reached by no other."""
    return replace(principal, role="anyone", territory="", line="", unit="", cleared=False, keys=())


class SigningIn:
    """What the sessions' operations do."""

    def __init__(self, transactions: Transactions, rules: SignInRules) -> None:
        self._transactions, self.rules = transactions, rules
        self._initial: OrderedDict[str, bytes] = OrderedDict()
        """Initial passwords just verified, by session: keyed digests, for the change at once."""
        self._key = token_bytes(32)

    async def login(self, login_name: str, password: str, code: str, address: str) -> SignedIn:
        """Begin a session. Raises LoginFailed, the same for every cause and after the same time.

        Raises TooManyRequests for an address that has raised the alarm.
        """
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            await failures.admit(connection, address, at)
            account = await accounts.by_login(connection, login_name)
            factor = await self.factor_of(connection, account)
            paused = await failures.paused(connection, login_name, address, at)
        right = await passwords.matches(password, account.password_hash if account else None)
        counter = self.counter_of(factor, code, at)
        if account is None or not right or paused or account.disabled or counter is None:
            await self.failed(login_name, account, address, "paused" if paused else "refused")
            raise LoginFailed

        async def handle(work: Work) -> tuple[SignedIn, list[object]]:
            now = await accounts.by_person(work.connection, account.person_id)
            if now is None or now.disabled or now.password_hash != account.password_hash:
                raise LoginFailed
            if factor and not await factors.use(work.connection, factor, counter):
                raise LoginFailed
            if self.rules.must_change(now, work.at) and not now.must_change:
                now = await accounts.ask_for_change(now, work)
            pending = self.rules.second_factor and factor is None
            signed_in = await self.begin(work, now, pending=pending)
            entry = Entry(
                "session.login", "login", person_id=str(now.person_id), address=address,
                grant_id=str(signed_in.grant_id or ""),
            )  # fmt: skip
            await access_log.write(entry, work)
            return signed_in, []

        try:
            signed_in = await self._transactions.act(system("door"), "session.login", handle)
        except LoginFailed:
            await self.failed(login_name, account, address, "refused")
            raise
        if account.must_change:
            self._initial[str(signed_in.session.session_id)] = self._digest(password)
            while len(self._initial) > 1_000:
                self._initial.popitem(last=False)
        return signed_in

    async def factor_of(self, connection: Connection, account: Account | None) -> Factor | None:
        """The factor that a person must show; None where there is none, or the switch is off."""
        if not self.rules.second_factor:
            return None
        return await factors.held(connection, account.person_id if account else factors.NOBODY)

    def counter_of(self, factor: Factor | None, code: str, at: datetime) -> int | None:
        """The step of a good code, 0 where none is asked for; None for a wrong or used one."""
        if factor is None:
            return 0
        try:
            secret = self.rules.sealing.open(factor.secret)
        except InvalidToken:
            log.error("factor_key_missing", factor_id=str(factor.factor_id))
            return None
        return totp.counter_of(secret, code, at.timestamp(), factor.used)

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._key, password.encode(), "sha256")

    async def _verified(self, account: Account, session: str, old: str) -> bool:
        """Whether the old password is right; argon2 once is enough for an initial one."""
        kept = self._initial.pop(session, b"")
        if account.must_change and hmac.compare_digest(kept, self._digest(old)):
            return True
        return await passwords.matches(old, account.password_hash)

    async def failed(
        self, login_name: str, account: Account | None, address: str, reason: str
    ) -> None:
        """Keep the failure; a name that is none of ours may be a password typed in the wrong box."""
        entry = Entry(
            "session.login", "login_failed", reason,
            person_id=str(account.person_id) if account else "",
            login_name=login_name if account else "", address=address,
        )  # fmt: skip

        async def handle(work: Work) -> tuple[None, list[object]]:
            await failures.note(entry, work)
            return None, []

        await self._transactions.act(system("door"), "session.login", handle)
        log.info("login_failed", reason=reason)

    async def session_of(self, work: Work) -> SignedIn:
        """The caller's own session. Raises SessionEnded."""
        account, session = await own(work)
        return SignedIn(account, session, await _in_force(work, session.person_id), work.today)

    async def choose(self, grant_id: UUID, work: Work) -> tuple[SignedIn, list[object]]:
        """Act under another own grant from now on, by a session with a token of its own.

        Raises NotFound for a grant that is not the caller's or not in force, Forbidden before the
        initial password is changed and a second factor enrolled.
        """
        account, session = await own(work)
        if account.must_change or session.pending:
            raise Forbidden
        if grant_id not in {g.grant_id for g in await _in_force(work, session.person_id)}:
            raise NotFound
        changed = replace(session, grant_id=grant_id)
        return await self.renew(work, account, changed), []

    async def logout(self, work: Work, address: str) -> tuple[None, list[object]]:
        """End the caller's session."""
        await sessions.end(work.connection, UUID(work.principal.session), work.at)
        entry = Entry("session.logout", "logout", person_id=work.person, address=address)
        await access_log.write(entry, work)
        return None, []

    async def end_others(self, work: Work) -> tuple[int, list[object]]:
        """End the caller's sessions elsewhere; how many there were."""
        account, session = await own(work)
        ended = await sessions.end_others(
            work.connection, account.person_id, session.session_id, work.at
        )
        return ended, []

    async def checked(self, principal: Principal, old: str, new: str, address: str) -> Account:
        """The caller's account, after the old password and the rules for the new one (P4.3).

        Raises Faulty with all findings; a wrong old password counts as a failed login.
        """
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            account = await accounts.by_person(connection, UUID(principal.person))
            if account is None:
                raise SessionEnded
            paused = await failures.paused(connection, account.login_name, address, at)
        if not await self._verified(account, principal.session, old) or paused:
            reason = "paused" if paused else "old_password"
            await self.failed(account.login_name, account, address, reason)
            raise Faulty(Finding("/old_password", "wrong", "原密码不正确。"))
        found = passwords.findings(
            new, account.login_name, "/new_password", classes=self.rules.classes
        )
        if not found and await _used(account, old, new):
            found.append(Finding("/new_password", "used", "不能使用最近五次用过的密码，请另设。"))
        if found:
            raise Faulty(*found)
        return account

    async def change_password(
        self, account: Account, fresh: str, work: Work
    ) -> tuple[SignedIn, list[object]]:
        """Keep the new hash, end every session of the person and begin one."""
        _, session = await own(work)
        await accounts.set_password(account.person_id, account.password_hash, fresh, work)
        await sessions.end_all(work.connection, account.person_id, work.at)
        changed = replace(account, password_hash=fresh, must_change=False, password_set_at=work.at)
        return await self.begin(work, changed, session), []

    async def renew(self, work: Work, account: Account, session: Session) -> SignedIn:
        """Put a session with a token of its own in the place of one. Raises SessionEnded."""
        if not await sessions.end(work.connection, session.session_id, work.at):
            raise SessionEnded
        return await self.begin(work, account, session)

    async def begin(
        self, work: Work, account: Account, former: Session | None = None, *, pending: bool = False
    ) -> SignedIn:
        """Begin a session; where there is but one own post, under that one.

        It carries on what a `former` one has: grant, absolute time, step-up, whether a second
        factor is still missing.
        """
        held = await _in_force(work, account.person_id)
        grant_id = former.grant_id if former else None
        posts = [grant for grant in held if not grant.keys and grant.lent_by is None] or held
        if grant_id is None and len(posts) == 1:
            grant_id = posts[0].grant_id
        token, session = await sessions.begin(
            work.connection, account.person_id, grant_id, at=work.at,
            started_at=former.started_at if former else None,
            stepped_up_at=former.stepped_up_at if former else None,
            pending=former.pending if former else pending,
            strict=any(grant.role in ADMINISTRATORS for grant in held),
        )  # fmt: skip
        return SignedIn(account, session, held, work.today, token)


async def _used(account: Account, old: str, new: str) -> bool:
    """Say whether the new password is the present one, just verified, or a former one."""
    if new == old:
        return True
    for kept in account.former:
        if await passwords.matches(new, kept):
            return True
    return False


async def own(work: Work) -> tuple[Account, Session]:
    """The caller's own account and session. Raises SessionEnded."""
    session = await sessions.of_id(work.connection, UUID(work.principal.session))
    if session is None or not session.alive(work.at):
        raise SessionEnded
    account = await accounts.by_person(work.connection, session.person_id)
    if account is None:
        raise SessionEnded
    return account, session


async def _in_force(work: Work, person_id: UUID) -> tuple[Grant, ...]:
    held = await grants.of_person(work.connection, person_id)
    return tuple(grant for grant in held if grant.in_force(work.today))
