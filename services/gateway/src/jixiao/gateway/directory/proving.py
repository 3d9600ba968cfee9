"""Proving who one is: second factors enrolled and reset, and stepping up (P4.1, P4.3, SU of P3.5).

A code is good once, whatever it was shown for. A wrong one counts as a failed login.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from jixiao.servicekit.access import Principal
from jixiao.servicekit.errors import Faulty, Finding, Forbidden, NotFound
from jixiao.servicekit.transaction import Transactions, Work

from . import access_log, accounts, factors, failures, passwords, sessions, totp
from .access_log import Entry
from .accounts import Account
from .errors import SecondFactorOff, SessionEnded
from .factors import Factor
from .signing_in import DOOR, SignedIn, SigningIn, own

_WRONG_CODE = Finding("/code", "wrong", "动态码不正确、已过期或已用过，请等待下一个动态码再试。")
_WRONG_PASSWORD = Finding("/password", "wrong", "密码不正确。")


@dataclass(frozen=True, slots=True)
class Proof:
    """What has been checked before the transaction: whose proof, and the code's step to take."""

    account: Account
    factor: Factor | None
    """None where the second factor is off and the password was the proof."""
    counter: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new factor's secret, told once."""

    secret: str
    uri: str


class Proving:
    """What the operations on factors and the step-up do."""

    def __init__(self, transactions: Transactions, signing_in: SigningIn) -> None:
        self._transactions, self._signing_in = transactions, signing_in
        self._rules = signing_in.rules

    async def proof(self, principal: Principal, code: str, password: str, address: str) -> Proof:
        """Check a code, or the password where the second factor is off. Raises Faulty, Forbidden."""
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            account = await accounts.by_person(connection, UUID(principal.person))
            if account is None:
                raise SessionEnded
            factor = await self._signing_in.factor_of(connection, account)
            paused = await failures.paused(connection, account.login_name, address, at)
        if self._rules.second_factor:
            if factor is None:
                raise Forbidden
            counter = self._signing_in.counter_of(factor, code, at)
            return await self._good(
                Proof(account, factor, counter or 0), counter, address, paused=paused
            )
        right = await passwords.matches(password, account.password_hash)
        return await self._good(Proof(account, None), 0 if right else None, address, paused=paused)

    async def step_up(
        self, proof: Proof, address: str, work: Work
    ) -> tuple[SignedIn, list[object]]:
        """Put a session that has just proved its person in the place of the caller's."""
        account, session = await own(work)
        if account.must_change or session.pending:
            raise Forbidden
        if proof.factor and not await factors.use(work.connection, proof.factor, proof.counter):
            raise Faulty(_WRONG_CODE)
        entry = Entry(
            "session.step_up", "step_up", person_id=work.person, role=work.principal.role,
            grant_id=work.principal.grant, address=address,
        )  # fmt: skip
        await access_log.write(entry, work)
        fresh = replace(session, stepped_up_at=work.at)
        return await self._signing_in.renew(work, account, fresh), []

    async def enrol(self, work: Work) -> tuple[Enrolment, list[object]]:
        """A new factor for the caller, to be confirmed by its first code.

        Where one is held, it stays until then, and the person must just have shown it. Raises
        SecondFactorOff, Forbidden, StepUpRequired.
        """
        if not self._rules.second_factor:
            raise SecondFactorOff
        account, session = await own(work)
        if account.must_change:
            raise Forbidden
        if await factors.held(work.connection, account.person_id) is not None:
            sessions.permit_now(session, work.at)
        secret = totp.fresh_secret()
        await factors.enrol(account.person_id, self._rules.sealing.seal(secret), work)
        enrolment = Enrolment(totp.shown_secret(secret), totp.uri_of(secret, account.login_name))
        return enrolment, []

    async def first_proof(self, principal: Principal, code: str, address: str) -> Proof:
        """Check the first code of the caller's new factor. Raises Faulty."""
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            account = await accounts.by_person(connection, UUID(principal.person))
            if account is None:
                raise SessionEnded
            fresh = await factors.awaited(connection, account.person_id, at)
            paused = await failures.paused(connection, account.login_name, address, at)
        if fresh is None:
            raise NotFound
        counter = self._signing_in.counter_of(fresh, code, at)
        return await self._good(
            Proof(account, fresh, counter or 0), counter, address, paused=paused
        )

    async def confirm(self, proof: Proof, work: Work) -> tuple[SignedIn, list[object]]:
        """Let the new factor hold; sessions elsewhere end, and this one begins anew."""
        account, session = await own(work)
        fresh = proof.factor
        if fresh is None or not await factors.confirm(fresh, proof.counter, work):
            raise NotFound
        await sessions.end_others(work.connection, account.person_id, session.session_id, work.at)
        proven = replace(session, pending=False)
        return await self._signing_in.renew(work, account, proven), []

    async def reset(self, person_id: UUID, work: Work) -> tuple[None, list[object]]:
        """End a person's factors and sessions; the next login enrols anew.

        Raises NotFound, Forbidden for one's own: a security administrator who has lost the factor
        is helped by the other.
        """
        if str(person_id) == work.person:
            raise Forbidden
        if await accounts.by_person(work.connection, person_id) is None:
            raise NotFound
        await factors.reset(person_id, work)
        await sessions.end_all(work.connection, person_id, work.at)
        return None, []

    async def _good(
        self, proof: Proof, counter: int | None, address: str, *, paused: bool
    ) -> Proof:
        if counter is None or paused:
            name = proof.account.login_name
            reason = "paused" if paused else "proof"
            await self._signing_in.failed(name, proof.account, address, reason)
            raise Faulty(_WRONG_CODE if proof.factor else _WRONG_PASSWORD)
        return proof
