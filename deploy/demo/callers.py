"""For the tests: people of the walked year at the HTTP door, answered raw: status, headers, bytes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from .contract import filled, operation
from .officials import Person, asks_for_step_up


@dataclass(frozen=True, slots=True)
class Caller:
    """One signed-in person under one post."""

    person: Person

    async def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A request with the session's cookie, token and origin."""
        client = self.person.client
        assert client is not None  # noqa: S101 - signed in
        own = {"X-CSRF-Token": self.person.csrf, "Origin": self.person.url}
        if content is not None:
            own["Content-Type"] = "application/json"
        sent = own | dict(headers or {})
        answer = await client.request(method, path, content=content, headers=sent)
        if asks_for_step_up(answer):
            await self.person.step_up()
            sent["X-CSRF-Token"] = self.person.csrf
            answer = await client.request(method, path, content=content, headers=sent)
        return answer

    async def ask(
        self,
        rpc: str,
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = None,
        given: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> httpx.Response:
        """An operation of the contract by name, without any header but the request's id."""
        one = operation(rpc)
        path, left = filled(one, {**(given or {}), **fields})
        if one.http == "GET":
            query = str(httpx.QueryParams(left))
            return await self.send("GET", f"{path}?{query}" if query else path, headers=headers)
        own = {"Idempotency-Key": key or str(uuid4())} if "request_id" in one.fields else {}
        content = json.dumps(left, ensure_ascii=False).encode()
        return await self.send(one.http, path, content, own | dict(headers or {}))


def told(answer: httpx.Response, named: str) -> tuple[int, str]:
    """Status and body, less the trace, the instance and the id that was asked for."""
    body = re.sub(r'"(trace|instance)": ?"[^"]*",? ?', "", answer.text)
    return answer.status_code, body.replace(named, "")
