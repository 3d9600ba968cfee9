"""Sign-in by the OpenID provider: the two addresses that a browser visits (P4.4).

`/v1/oidc/begin` sends it to the provider; `/v1/oidc/callback` takes it back, begins a session as the
login does, and sends it to the portal. Neither takes an address to go to from the request.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jixiao.servicekit.access import system
from jixiao.servicekit.errors import Answered
from jixiao.servicekit.transaction import Transactions, Work

from .directory import access_log, accounts, identities
from .directory.access_log import AccessLog, Entry
from .directory.accounts import Account
from .directory.errors import OidcOneFactor, OidcRefused, OidcUnlinked
from .directory.identities import Attempt
from .directory.oidc import Identity, Provider
from .directory.signing_in import SignedIn

BEGIN, CALLBACK = "/v1/oidc/begin", "/v1/oidc/callback"
PORTAL = "/"
_ACTION = "session.login"
BeginSession = Callable[[Work, Account], Awaitable[SignedIn]]


class OidcDoor:
    """Answers the two addresses."""

    def __init__(
        self,
        transactions: Transactions,
        provider: Provider,
        begin_session: BeginSession,
        log: AccessLog,
        *,
        two_factors: bool,
        secure: bool,
    ) -> None:
        self._transactions, self._provider = transactions, provider
        self._begin_session, self._log = begin_session, log
        self._two_factors, self._secure = two_factors, secure

    @property
    def cookie(self) -> str:
        """Name of the cookie that ties a sign-in under way to its browser."""
        return "__Host-jx-oidc" if self._secure else "jx-oidc"

    async def begin(self) -> Response:
        """Send the browser to the provider. Raises Unavailable."""
        attempt = Attempt.fresh()
        where = await self._provider.sign_in_address(attempt.state, attempt.nonce, attempt.verifier)

        async def handle(work: Work) -> tuple[None, list[object]]:
            return await identities.start(attempt, work)

        await self._transactions.act(system("door"), _ACTION, handle)
        response = RedirectResponse(where, 302)
        response.set_cookie(
            self.cookie, attempt.browser, max_age=int(identities.TO_SIGN_IN.total_seconds()),
            path="/", secure=self._secure, httponly=True, samesite="lax",
        )  # fmt: skip
        return response

    async def callback(
        self, request: Request, address: str, set_cookie: Callable[[Response, str], None]
    ) -> Response:
        """Begin the session of whoever has signed in and send the browser to the portal.

        Raises OidcRefused, OidcUnlinked, OidcOneFactor, Unavailable.
        """
        try:
            identity = await self._identity(request)
            signed_in = await self._session(identity, address)
        except Answered as refusal:
            self._log.note(Entry(_ACTION, "denied", refusal.reason, address=address))
            raise
        response = RedirectResponse(PORTAL, 303)
        set_cookie(response, signed_in.token)
        response.delete_cookie(
            self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax"
        )
        return response

    async def _identity(self, request: Request) -> Identity:
        """Who comes back: by a state that this browser began with, good once."""
        given = parse_qs(request.url.query, keep_blank_values=True)
        state, code = (_one(given.get(name)) for name in ("state", "code"))
        browser = request.cookies.get(self.cookie, "")
        if not (state and browser):
            raise OidcRefused

        async def handle(work: Work) -> tuple[tuple[str, str] | None, list[object]]:
            return await identities.take(state, browser, work)

        begun = await self._transactions.act(system("door"), _ACTION, handle)
        issuer = self._provider.settings.issuer
        if begun is None or not code or given.get("iss", [issuer]) != [issuer]:
            raise OidcRefused
        nonce, verifier = begun
        return await self._provider.identity(code, verifier, nonce)

    async def _session(self, identity: Identity, address: str) -> SignedIn:
        """A session of the account that the identity opens; its grants are the directory's."""
        if self._two_factors and not identity.two_factored:
            raise OidcOneFactor

        async def handle(work: Work) -> tuple[SignedIn, list[object]]:
            person_id = await identities.person_of(
                work.connection, identity.issuer, identity.subject
            )
            account = await accounts.by_person(work.connection, person_id) if person_id else None
            if account is None or account.disabled:
                raise OidcUnlinked
            signed_in = await self._begin_session(work, account)
            entry = Entry(
                _ACTION, "login", "oidc", person_id=str(account.person_id), address=address,
                grant_id=str(signed_in.grant_id or ""),
            )  # fmt: skip
            await access_log.write(entry, work)
            return signed_in, []

        return await self._transactions.act(system("door"), _ACTION, handle)


def _one(values: list[str] | None) -> str:
    """The value of a parameter that is there exactly once; empty for any other."""
    return values[0] if values is not None and len(values) == 1 else ""
