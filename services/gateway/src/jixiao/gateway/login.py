"""Who is calling, by session cookie or bearer token, without asking the database each time.

What was read is kept for at most 5 s (P4.1: an ended session or grant stops within 5 s) and
forgotten at once when a command of this process changes it. Grants and commissions go by business
days, sessions and tokens by the real clock.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from hmac import compare_digest

from jixiao.servicekit.access import Principal, system
from jixiao.servicekit.clock import SHANGHAI, Clock
from jixiao.servicekit.transaction import Transactions, Work
from jixiao.servicekit.values import Coordinates

from .calling import Source
from .directory import accounts, client_tokens, grants, passwords, sessions
from .directory.client_tokens import Admitted
from .directory.errors import CsrfMissing
from .directory.grants import Grant
from .directory.sessions import Session
from .directory.signing_in import DOOR

KEPT = 5.0
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person or an admitted client, under at most one grant."""

    person: str
    session: str
    grant_id: str
    """Empty while no grant is chosen or in force: `principal.role` is then "anyone"."""
    principal: Principal
    ends_at: float
    """Unix seconds; no principal token lives longer."""
    csrf: str
    """Empty for clients, who send no cookie."""
    client: Admitted | None = None

    @property
    def per_second(self) -> int:
        """Calls a second by contract; 0: the usual rate (P8.4)."""
        return self.client.per_second if self.client else 0

    def permit_from(self, source: Source) -> None:
        """A client calls from its own addresses, and over the connection that its token names."""
        if self.client:
            self.client.permit_from(source)


@dataclass(frozen=True, slots=True)
class Person:
    """What was read of a person's session."""

    session: Session
    grants: tuple[Grant, ...]
    loans: tuple[Grant, ...]
    """What the person and his lenders have lent and borrowed: his ties (P3.2)."""
    barred: bool
    """The account is shut."""
    must_change: bool
    """Until the initial password is changed no grant holds (P4.0)."""

    def caller(self, now: datetime, clock: Clock) -> Caller | None:
        """The caller at an instant; None when the session has ended."""
        if self.barred or not self.session.alive(now):
            return None
        session = str(self.session.session_id)
        ends_at = self.session.ends_at()
        grant = self._chosen(clock.day(now))
        if grant is None:
            person = str(self.session.person_id)
            nobody = Principal(person=person, role="anyone", session=session)
            return Caller(person, session, "", nobody, ends_at.timestamp(), self.session.csrf)
        if grant.to_on is not None:
            last = grant.to_on - timedelta(days=clock.offset() - 1)
            ends_at = min(ends_at, datetime.combine(last, time_of_day(), SHANGHAI))
        tied = grants.ties(grant.person_id, grant, self.loans, clock.day(now))
        stepped = self.session.stepped_up_at
        who = replace(
            grant.principal(session, tied), offices=self._offices(clock.day(now)),
            stepped_up_at=int(stepped.timestamp()) if stepped else 0,
        )  # fmt: skip
        return Caller(
            str(grant.person_id), session, str(grant.grant_id), who,
            ends_at.timestamp(), self.session.csrf,
        )  # fmt: skip

    @property
    def _held_back(self) -> bool:
        return self.must_change or self.session.pending

    def _offices(self, today: date) -> tuple[Coordinates, ...]:
        offices = (grant.office for grant in self.grants if grant.in_force(today))
        return tuple(sorted({office for office in offices if office}, key=str))

    def _chosen(self, today: date) -> Grant | None:
        for grant in self.grants:
            if grant.grant_id == self.session.grant_id and not self._held_back:
                return grant if grant.in_force(today) else None
        return None


class Callers:
    """Finds callers; keeps what it read for a few seconds."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._people: OrderedDict[bytes, tuple[float, Person]] = OrderedDict()
        self._clients: OrderedDict[bytes, tuple[float, Admitted]] = OrderedDict()

    def forget(self) -> None:
        """Read everything again at the next request: a command has changed who may what."""
        self._people.clear()
        self._clients.clear()

    async def caller_of(
        self,
        cookie: str | None,
        bearer: str | None,
        csrf: str | None = None,
        unsafe: bool = False,  # noqa: FBT001, FBT002 - the door's signature
        /,
    ) -> Caller | None:
        """The caller of a request; a bearer token goes before a cookie. None: nobody.

        Raises CsrfMissing for an unsafe request by cookie without its session's CSRF token (P4.2).
        """
        if bearer:
            return await self._client(bearer)
        caller = await self._person(cookie) if cookie else None
        if caller and unsafe and not compare_digest(caller.csrf.encode(), (csrf or "").encode()):
            raise CsrfMissing
        return caller

    async def _person(self, token: str) -> Caller | None:
        key = passwords.digest(token)
        kept = self._people.get(key)
        if kept is None or time.monotonic() - kept[0] > KEPT:
            self._people.pop(key, None)
            asked = time.monotonic()
            person = await self._read(token)
            if person is None:
                return None
            kept = (asked, person)
            self._people[key] = kept
            while len(self._people) > _MOST:
                self._people.popitem(last=False)
        return kept[1].caller(datetime.now(UTC), self._transactions.clock)

    async def _read(self, token: str) -> Person | None:
        async with self._transactions.database.snapshot(DOOR) as (connection, at):
            session = await sessions.of_token(connection, token)
            if session is None or not session.alive(at):
                return None
            account = await accounts.by_person(connection, session.person_id)
            held = await grants.of_person(connection, session.person_id)
            people = {session.person_id, *(grant.lent_by for grant in held if grant.lent_by)}
            loans = await grants.loans_of(connection, people, self._transactions.clock.day(at))
        if account is None:
            return None
        if at - session.seen_at > sessions.TOUCH:
            await self._touch(session)
        return Person(session, tuple(held), tuple(loans), account.disabled, account.must_change)

    async def _touch(self, session: Session) -> None:
        async def handle(work: Work) -> tuple[None, list[object]]:
            await sessions.touch(work.connection, session.session_id, work.at)
            return None, []

        await self._transactions.act(system("door"), "session.touch", handle)

    async def _client(self, token: str) -> Caller | None:
        key = passwords.digest(token)
        kept = self._clients.get(key)
        if kept is None or time.monotonic() - kept[0] > KEPT:
            self._clients.pop(key, None)
            asked = time.monotonic()
            async with self._transactions.database.snapshot(DOOR) as (connection, _):
                admitted = await client_tokens.of_token(connection, token)
            if admitted is None:
                return None
            kept = (asked, admitted)
            self._clients[key] = kept
            while len(self._clients) > _MOST:
                self._clients.popitem(last=False)
        client = kept[1]
        if datetime.now(UTC) >= client.ends_at:
            return None
        who = client.principal
        ends_at = client.ends_at.timestamp()
        return Caller(who.person, who.session, who.grant, who, ends_at, "", client)
