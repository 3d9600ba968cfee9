"""Browsers of people at the HTTP door of a whole gateway, and their authenticators."""

import base64
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from jixiao.gateway.directory import totp


@dataclass(slots=True)
class Authenticator:
    """A phone that shows codes; it never shows one twice."""

    secret: str
    shown: int = 0

    def code(self) -> str:
        """The next code: of this half minute, or of the next where this one's has been shown."""
        self.shown = max(self.shown + 1, int(time.time()) // totp.STEP)
        return totp.code_of(base64.b32decode(self.secret), self.shown)


@dataclass(slots=True)
class Browser:
    """One browser at one address, with the session's cookie and CSRF token once signed in."""

    http: httpx.AsyncClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin"})

    async def login(self, login_name: str, password: str, code: str = "") -> httpx.Response:
        """Name, password and code."""
        return await self.session("login", login_name=login_name, password=password, code=code)

    async def session(self, verb: str, **fields: Any) -> httpx.Response:
        """An operation on the own session; a new session's CSRF token is kept."""
        answer = await self.post(f"/v1/session:{verb}", **fields)
        self.csrf = answer.json().get("csrf_token") or self.csrf
        return answer

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Any unsafe operation, as our own pages send it."""
        own = {"X-CSRF-Token": self.csrf, "Idempotency-Key": str(uuid4())}
        return await self.http.post(path, json=fields, headers=own | self.headers)

    async def me(self) -> httpx.Response:
        """Who is signed in."""
        return await self.http.get("/v1/session")

    @property
    def cookie(self) -> str:
        """The session's cookie."""
        return self.http.cookies.get("__Host-jx") or ""


def told(answer: httpx.Response) -> dict[str, Any]:
    """What a refusal says, less what differs by nature."""
    return {k: v for k, v in answer.json().items() if k != "trace"}
