"""People of the demo at the district's door: each signs in lazily and acts over HTTP alone.

`await person.do("AdmitProgramme", programme_id=…)` calls an rpc of the contract by its HTTP rule,
with a fresh Idempotency-Key and, where the rpc takes an etag, the If-Match of the record as it
stands. `await person.call("POST", path, body)` is the same by hand. A refusal raises `Refusal`;
`async with refused(409, "D-9"):` expects one. Interrupted calls are repeated with the same key.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from .contract import filled, operation, plain, read_of
from .figures import Node

ATTEMPTS = 8
"""How often a call is repeated while a service is being restarted."""


class Refusal(Exception):
    """An answer that is no success: HTTP status, code, article, the Chinese sentence, findings."""

    def __init__(self, response: httpx.Response) -> None:
        problem: dict[str, Any] = {}
        with contextlib.suppress(ValueError):
            problem = response.json()
        self.status = response.status_code
        self.code = str(problem.get("code", ""))
        self.article = str(problem.get("article", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[dict[str, str]] = problem.get("errors", [])
        self.body = response.content
        super().__init__(self.words)

    @property
    def words(self) -> str:
        """Everything that it says, for a person."""
        found = "；".join(
            f"{e.get('pointer')} {e.get('code')} {e.get('message')}" for e in self.errors
        )
        return f"{self.status} {self.code} {self.article} {self.detail} {found}".strip()

    @property
    def sentence(self) -> str:
        """What a person reads, without pointers."""
        return f"{self.status} {self.detail}"


class NotRefused(AssertionError):
    """An act that must be refused went through, or was refused for another reason."""


@contextlib.asynccontextmanager
async def refused(status: int, *texts: str) -> AsyncIterator[list[Refusal]]:
    """Expect a refusal with this status that names every text. Raises NotRefused."""
    caught: list[Refusal] = []
    try:
        yield caught
    except Refusal as refusal:
        missing = [text for text in texts if text not in refusal.words]
        if refusal.status != status or missing:
            raise NotRefused(f"expected {status} {texts}, got {refusal.words}") from None
        caught.append(refusal)
        return
    raise NotRefused(f"expected {status} {' '.join(texts)}, but it was done")


@dataclass(slots=True)
class Person:
    """One person with one account. `post` is the grant acted under."""

    name: str
    login: str
    password: str
    url: str
    first_password: str = ""
    """As given by the administrator; changed at the first login."""
    person_id: str = ""
    role: str = ""
    """The role to choose where the person holds several grants."""
    csrf: str = ""
    client: httpx.AsyncClient | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def do(self, rpc: str, *, etag: str | None = None, **given: Any) -> Node:
        """Call an rpc of the contract by name; fields by their name in the contract."""
        one = operation(rpc)
        path, left = filled(one, given)
        if etag is None and "etag" in one.fields:
            etag = await self._etag(rpc, given)
        answer = await self.call(one.http, path, left, etag=etag, keyed="request_id" in one.fields)
        return Node(plain(answer, one.output.desc()))

    async def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        etag: str | None = None,
        keyed: bool = True,
    ) -> dict[str, Any]:
        """Call a path; the answer as JSON. Raises Refusal."""
        headers = {"Idempotency-Key": str(uuid4())} if keyed and method != "GET" else {}
        if etag:
            headers["If-Match"] = f'"{etag}"'
        response = await self._send(method, path, body, headers)
        for _ in range(3):  # signed out, then asked for a step-up, at worst once more each
            if response.status_code == 401:
                self.csrf = ""
            elif asks_for_step_up(response):
                await self.step_up()
            else:
                break
            response = await self._send(method, path, body, headers)
        if response.status_code >= 400:
            raise Refusal(response)
        answer: dict[str, Any] = response.json()
        return answer

    async def step_up(self) -> None:
        """Prove oneself anew, as the door asks for now and then (SU of P3.5)."""
        for attempt in itertools.count(1):
            try:
                await self._signed_in()
                async with self.lock:
                    session = await self._session("stepUp", password=self.password)
                    self.csrf = session["csrf_token"]
            except (httpx.TransportError, Unreachable):
                if attempt == ATTEMPTS:
                    raise
            except Refusal as refusal:
                if refusal.status != 401 or attempt == ATTEMPTS:
                    raise
                self.csrf = ""  # an earlier answer was lost, and the new session's token with it
            else:
                return
            await asyncio.sleep(min(2.0, 0.1 * 2**attempt))

    async def everything(self, rpc: str, items: str, **given: Any) -> list[Node]:
        """All pages of a list: `items` is the name of the repeated field."""
        found: list[Node] = []
        token = ""
        while True:
            page = await self.do(
                rpc, **given, page_size=200, **({"page_token": token} if token else {})
            )
            found += page[items]
            token = page.get("next_page_token", "")
            if not token:
                return found

    async def upload(self, name: str, content: bytes, media_type: str = "application/pdf") -> str:
        """Upload a file; its id."""
        await self._signed_in()
        assert self.client is not None  # noqa: S101 - signed in
        response = await self.client.post(
            "/v1/files",
            files={"file": (name, content, media_type)},
            headers={"X-CSRF-Token": self.csrf, "Origin": self.url},
        )
        if response.status_code >= 400:
            raise Refusal(response)
        return str(response.json()["file_id"])

    async def act_as(self, role: str) -> None:
        """Choose the grant of this role from the next call on."""
        self.role = role
        if self.csrf:
            await self._choose((await self.call("GET", "/v1/session"))["grants"])

    async def close(self) -> None:
        """Give the connection back."""
        if self.client is not None:
            await self.client.aclose()
            self.client, self.csrf = None, ""

    async def _etag(self, rpc: str, given: dict[str, Any]) -> str | None:
        """The version of the record as it stands; None where this person cannot read it."""
        one = operation(rpc)
        # The budget's commands name their programme in the body.
        budgets = one.owner == "targets" and "programme_id" in given
        read = read_of(one) or (operation("GetProgramme") if budgets else None)
        if read is None:
            return None
        path, _ = filled(read, {name: given[name] for name in read.variables})
        try:
            return str((await self.call("GET", path)).get("etag", "")) or None
        except Refusal:
            return None

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> httpx.Response:
        for attempt in itertools.count(1):
            try:
                await self._signed_in()
                response = await self._once(method, path, body, headers)
                if response.status_code != 503 or attempt == ATTEMPTS:
                    return response
            except (httpx.TransportError, Unreachable):
                if attempt == ATTEMPTS:
                    raise
            await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
        raise AssertionError

    async def _once(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> httpx.Response:
        assert self.client is not None  # noqa: S101 - signed in
        if method == "GET":
            query = "?" + urlencode(body, doseq=True) if body else ""
            return await self.client.get(path + query)
        sent = headers | {"X-CSRF-Token": self.csrf, "Origin": self.url}
        return await self.client.request(method, path, json=body or {}, headers=sent)

    async def _signed_in(self) -> None:
        async with self.lock:
            if self.csrf:
                return
            if self.client is None:
                self.client = httpx.AsyncClient(base_url=self.url, timeout=30)
            if self.first_password:
                session = await self._session(
                    "login", login_name=self.login, password=self.first_password
                )
                self.csrf = session["csrf_token"]
                if session["session"]["must_change_password"]:
                    session = await self._session(
                        "changePassword",
                        old_password=self.first_password,
                        new_password=self.password,
                    )
                self.first_password = ""
            else:
                session = await self._session(
                    "login", login_name=self.login, password=self.password
                )
            self.csrf = session["csrf_token"]
            self.person_id = session["session"]["person_id"]
            if not session["session"]["grant_id"] and session["session"]["grants"]:
                try:
                    await self._choose(session["session"]["grants"])
                except BaseException:
                    self.csrf = ""  # not signed in until a grant is chosen
                    raise

    async def _choose(self, grants: list[dict[str, Any]]) -> None:
        wanted = f"ROLE_{self.role.upper()}"
        chosen = [one for one in grants if one["role"] == wanted] if self.role else grants
        if not chosen:
            raise LookupError(f"{self.name} holds no grant as {self.role}")
        session = await self._session("chooseGrant", grant_id=chosen[-1]["grant_id"])
        self.csrf = session["csrf_token"]

    async def _session(self, verb: str, **fields: str) -> dict[str, Any]:
        assert self.client is not None  # noqa: S101 - made by whoever calls
        headers = {"Origin": self.url}
        if verb != "login":
            headers |= {"X-CSRF-Token": self.csrf, "Idempotency-Key": str(uuid4())}
        response = await self.client.post(f"/v1/session:{verb}", json=fields, headers=headers)
        if response.status_code == 503:
            raise Unreachable
        if response.status_code >= 400:
            raise Refusal(response)
        answer: dict[str, Any] = response.json()
        return answer


def asks_for_step_up(response: httpx.Response) -> bool:
    """Whether the answer is that the person must prove himself anew."""
    return response.status_code == 403 and response.json().get("code") == "step_up_required"


class Unreachable(Exception):
    """The door answers, but cannot sign anyone in just now."""
