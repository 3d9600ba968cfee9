"""A denial at the door or behind it is in the access log (D-7, T-9)."""

from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from jixiao.api.gateway.v1 import directory_pb
from jixiao.gateway.calling import Caller
from jixiao.gateway.denials import HttpDenials
from jixiao.gateway.directory.access_log import AccessLog, Entry
from jixiao.gateway.login import Caller as SignedIn
from jixiao.gateway.routes import Routes, contract_services
from jixiao.servicekit.access import Principal
from jixiao.servicekit.values import uuid7

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


async def test_p61_who_read_of_a_programme_is_found_in_the_access_log(gateway: Any) -> None:
    programme, other = str(uuid7()), str(uuid7())
    log = AccessLog(gateway.up.running.transactions)
    for action, of in (("record.read", programme), ("record.read", other), ("audit.verify", "")):
        log.note(Entry(action, "read", "recorded", person_id="p", record=of, programme_id=of))
    await log.flush()

    async def listed(**wanted: Any) -> list[tuple[str, str, str]]:
        request = directory_pb.ListAccessLogRequest(**wanted)
        found = await gateway.admin(4)(gateway.directory.list_access_log, request)
        return [(one.outcome, one.action, one.record) for one in found.entries]

    assert await listed(programme_id=programme) == [("read", "record.read", programme)]
    assert len(await listed(outcome="read")) == 3
    assert await listed(outcome="denied", programme_id=programme) == []
