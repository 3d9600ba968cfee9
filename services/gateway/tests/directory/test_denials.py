"""A denial at the door or behind it is in the access log (D-7, T-9)."""

from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from jixiao.gateway.calling import Caller
from jixiao.gateway.denials import HttpDenials
from jixiao.gateway.directory.access_log import Entry
from jixiao.gateway.login import Caller as SignedIn
from jixiao.gateway.routes import Routes, contract_services
from jixiao.servicekit.access import Principal

AUDITOR = SignedIn("p", "s", "g", Principal(person="p", role="audit", grant="g"), 0.0, "c")


@pytest.mark.parametrize(
    ("status", "code", "noted"),
    [(403, "forbidden", 1), (403, "login_failed", 0), (404, "not_found", 0), (200, "", 0)],
)
async def test_d7_t9_a_403_is_noted_with_who_asked_for_what(
    status: int, code: str, noted: int
) -> None:
    notes: list[Entry] = []

    async def caller_of(cookie: str | None, *_: Any) -> Caller | None:
        return AUDITOR if cookie == "mine" else None

    app = HttpDenials(
        JSONResponse({"code": code, "trace": "t"}, status), Routes(contract_services()),
        caller_of, "jx", notes.append,
    )  # fmt: skip
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://here", cookies={"jx": "mine"}
    ) as client:
        await client.post("/v1/work-plans:set", json={})

    assert [(e.action, e.outcome, e.reason, e.person_id, e.grant_id) for e in notes] == [
        ("rules.maintain", "denied", "forbidden", "p", "g")
    ] * noted
