"""The OpenID provider, as the gateway sees it: where to send people, and who they are (P4.4).

Nothing is fetched but from the configured issuer's own origin: its description, its keys and its
token endpoint; no redirect is followed and no answer of more than 256 KiB read.
"""

import asyncio
import json
import ssl
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import jwt
import structlog

from jixiao.servicekit.errors import Unavailable

from .errors import OidcRefused

log = structlog.get_logger()
ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
LEEWAY = 5
PATIENCE = 5.0
REFETCH = 60.0
"""Seconds between two readings of the keys, whatever key is asked for."""
KEPT = 600.0
"""Seconds after which description and keys are read again although they would do."""
_LARGEST = 256 * 2**10
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """One provider and this installation as its client."""

    issuer: str
    client_id: str
    client_secret: str
    redirect: str
    """The one address to which the provider sends people back, as registered there."""
    two_factors: frozenset[str] = frozenset({"mfa"})
    """Values of `amr` or `acr` that say that two factors were shown."""
    authority: Path | None = None
    """PEM of the authority of the provider's certificate, where it is none of the usual ones."""

    def __post_init__(self) -> None:
        """Raises ValueError for an issuer without https, but on this machine."""
        for address in (self.issuer, self.redirect):
            parts = urlsplit(address)
            plain = parts.scheme == "http" and parts.hostname in _HERE
            if not (plain or parts.scheme == "https") or not parts.hostname or parts.fragment:
                raise ValueError(f"not an https address: {address!r}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has signed in at the provider."""

    issuer: str
    subject: str
    two_factored: bool


class Provider:
    """Speaks with the provider; keeps its description and keys for ten minutes."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        trusted = ssl.create_default_context(cafile=settings.authority)
        self._http = httpx2.AsyncClient(
            timeout=PATIENCE, follow_redirects=False, trust_env=False, verify=trusted
        )
        self._description: dict[str, str] = {}
        self._described_at = -KEPT
        self._keys: dict[str, jwt.PyJWK] = {}
        self._keys_at = -KEPT
        self._alone = asyncio.Lock()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def sign_in_address(self, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in. Raises Unavailable."""
        description = await self._described()
        asked = {
            "response_type": "code", "scope": "openid", "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect, "state": state, "nonce": nonce,
            "code_challenge": _base64url(sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }  # fmt: skip
        start = description["authorization_endpoint"]
        return f"{start}{'&' if urlsplit(start).query else '?'}{urlencode(asked)}"

    async def identity(self, code: str, verifier: str, nonce: str) -> Identity:
        """Who a code stands for. Raises OidcRefused, Unavailable."""
        description = await self._described()
        own = (quote(self.settings.client_id, ""), quote(self.settings.client_secret, ""))
        form = {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": self.settings.redirect,
        }  # fmt: skip
        status, answer = await self._fetch("POST", description["token_endpoint"], form, own)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise OidcRefused
        return await self.read(token, nonce)

    async def read(self, token: str, nonce: str) -> Identity:
        """Who an ID token names, after all of its checks. Raises OidcRefused, Unavailable.

        The algorithm is one of the list and the one of the provider's key; issuer, audience, end
        and nonce are ours. Of the claims nothing but issuer and subject counts, never a mail
        address, and no grant comes from them.

        Promises: P4.4.
        """
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self.settings.client_id,
                issuer=self.settings.issuer,
                leeway=LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as wrong:
            log.info("oidc_refused", error=type(wrong).__name__)
            raise OidcRefused from wrong
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        party = claims.get("azp", self.settings.client_id if len(audiences) == 1 else "")
        if party != self.settings.client_id or not 0 < len(claims["sub"]) <= 255:
            raise OidcRefused
        if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise OidcRefused
        methods = claims.get("amr")
        said = {str(one) for one in methods} if isinstance(methods, list) else set()
        said.add(str(claims.get("acr", "")))
        return Identity(
            claims["iss"], claims["sub"], two_factored=bool(said & self.settings.two_factors)
        )

    async def _described(self) -> dict[str, str]:
        """The provider's endpoints; each must lie at the issuer's own origin."""
        async with self._alone:
            if monotonic() - self._described_at < KEPT:
                return self._description
            issuer = self.settings.issuer
            where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            _, found = await self._fetch("GET", where)
            endpoints = {
                name: str(found.get(name, ""))
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            }
            foreign = [name for name, at in endpoints.items() if _origin(at) != _origin(issuer)]
            if found.get("issuer") != issuer or foreign:
                log.error("oidc_description", issuer=str(found.get("issuer")), foreign=foreign)
                raise Unavailable
            self._description, self._described_at = endpoints, monotonic()
            return endpoints

    async def _key(self, kid: str) -> jwt.PyJWK:
        """The provider's key of a kid. Raises `jwt.InvalidTokenError` for none.

        An unknown kid reads the keys again, at most once a minute.
        """
        description = await self._described()
        async with self._alone:
            age = monotonic() - self._keys_at
            if age > KEPT or (kid not in self._keys and age > REFETCH):
                self._keys_at = monotonic()
                status, found = await self._fetch("GET", description["jwks_uri"])
                self._keys = _usable(found) if status == 200 else {}
        if kid not in self._keys:
            raise jwt.InvalidTokenError("kid")
        return self._keys[kid]

    async def _fetch(
        self,
        method: str,
        address: str,
        form: dict[str, str] | None = None,
        own: tuple[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of an answer. Raises Unavailable without one."""
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._http.stream(method, address, data=form, auth=own) as response,
            ):
                text = b""
                async for part in response.aiter_bytes():
                    text += part
                    if len(text) > _LARGEST:
                        raise Unavailable
                found = json.loads(text)
        except (httpx2.HTTPError, TimeoutError, OSError, ValueError) as lost:
            log.warning("oidc_unavailable", error=type(lost).__name__)
            raise Unavailable from lost
        if not isinstance(found, dict):
            raise Unavailable
        return response.status_code, found


def _usable(document: dict[str, Any]) -> dict[str, jwt.PyJWK]:
    """Keys by kid that sign by an algorithm of the list; never a shared secret."""
    usable = {}
    keys = document.get("keys")
    for one in keys if isinstance(keys, list) else []:
        try:
            key = jwt.PyJWK(one)
        except (jwt.PyJWTError, TypeError, AttributeError):
            continue
        if key.algorithm_name in ALGORITHMS and one.get("use", "sig") == "sig":
            usable[str(one.get("kid", ""))] = key
    return usable


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or usual


def _base64url(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
