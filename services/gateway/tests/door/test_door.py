"""The door as a whole: walls, cookies, problems, retries, and the gRPC side."""

import json
from pathlib import Path
from typing import Any

import grpc
import httpx
import jwt
import pytest
from grpc import aio
from openapi_spec_validator import validate
from sample_system import SAMPLE_ID, System, person, raw

from jixiao.api.access.v1 import refusal_pb
from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.gateway.limits import Limiter, Rate, Rates
from jixiao.gateway.tokens import Minter, create_keys
from jixiao.servicekit.access import TokenReader
from jixiao.servicekit.errors import (
    Answered,
    Busy,
    EtagMissing,
    Faulty,
    Finding,
    Forbidden,
    NotFound,
    Refused,
    Stale,
    Unavailable,
)

UNIT = {"Authorization": "Bearer unit"}
URL = f"/v1/samples/{SAMPLE_ID}"


async def test_a1_a_call_reaches_the_service_with_the_callers_own_principal(
    system: System,
) -> None:
    answer = await system.http.get(URL, headers=UNIT | {"x-jx-principal": "forged"})
    assert answer.status_code == 200
    assert answer.json()["sample_id"] == SAMPLE_ID
    assert answer.json()["mark"] == "MARK_UNSPECIFIED"
    assert answer.headers["etag"] == '"3"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    (who,) = system.backend.principals
    assert (who.person, who.role, who.unit) == ("li", "unit", "u1")
    assert who.action == "/jixiao.sample.v1.Samples/GetSample"


async def test_p3_5_wall_1_answers_before_the_body_is_read(system: System) -> None:
    assert (await system.file(b"{", headers={"Authorization": ""})).status_code == 401
    assert (await system.file(b"{", headers={"Authorization": "Bearer x"})).status_code == 401
    refused = await system.file(b"{", headers={"Authorization": "Bearer finance"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await system.file(b"{")).status_code == 400


async def test_p4_2_a_cookie_alone_changes_nothing(system: System) -> None:
    system.http.cookies.set("__Host-jx", "unit")
    same = {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "csrf-unit", "Authorization": ""}
    tries = [
        ({}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "https://jx.test.evil.test"}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "", "Origin": "https://jx.test"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ]
    assert (await system.file(raw(), headers={"Authorization": ""})).status_code == 403
    for changes, status in tries[1:]:
        answer = await system.file(raw(), headers=same | changes)
        assert answer.status_code == status, changes
    assert (await system.http.get(URL)).status_code == 200


async def test_p4_1_a_session_token_becomes_the_cookie_and_leaves_the_body(system: System) -> None:
    answer = await system.http.post("/v1/sample-session", json={"name": "li"})
    assert answer.json() == {"name": "li"}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-jx=secret;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    forged = await system.http.post(
        "/v1/sample-session", json={"name": "li"}, headers={"Origin": "https://evil.test"}
    )
    assert forged.status_code == 403
    assert system.backend.principals[0].role == "anyone"


REFUSALS: list[tuple[BaseException, int, str]] = [
    (Faulty(Finding("/rows", "weights_sum", "权重之和须为 100")), 422, "INVALID"),
    (Forbidden(), 403, "FORBIDDEN"),
    (NotFound(), 404, "not_found"),
    (Refused(state="已提交"), 409, "WRONG_STATE"),
    (EtagMissing(), 428, "etag_missing"),
    (Stale(current=4), 412, "stale"),
    (Busy(), 409, "busy"),
    (RuntimeError("SELECT secret"), 500, "internal"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("refusal", "status", "code"), REFUSALS, ids=lambda v: str(v)[:12])
async def test_p5_6_a_refusal_becomes_a_problem_in_chinese(
    system: System, refusal: BaseException, status: int, code: str
) -> None:
    system.backend.refusals.append(refusal)
    answer = await system.file(raw())
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert not problem["title"].isascii()
    assert len(problem["trace"]) == 32
    assert problem["instance"] == f"{URL}:file"
    assert "SELECT" not in answer.text
    if isinstance(refusal, Answered):
        assert problem["detail"] == refusal.message
    if isinstance(refusal, Faulty):
        assert problem["errors"][0]["code"] == "weights_sum"


async def test_p3_3_out_of_scope_is_byte_for_byte_absent(system: System) -> None:
    answers = []
    for refusal in (NotFound(), NotFound(unit="another")):
        system.backend.refusals.append(refusal)
        answer = await system.http.get(URL, headers=UNIT)
        answers.append(answer.text.replace(answer.json()["trace"], ""))
    assert answers[0] == answers[1]


async def test_p8_2_only_what_is_safe_to_repeat_is_tried_again(system: System) -> None:
    system.backend.refusals += [Unavailable(), Unavailable()]
    assert (await system.file(raw())).status_code == 200
    first, *others = system.backend.seen
    assert [one.request_id for one in others] == [first.request_id] * 2
    system.backend.refusals.append(Unavailable())
    answer = await system.http.post("/v1/sample-session", json={"name": "li"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert len(system.backend.seen) == 4


async def test_p8_4_too_many_requests_are_429_with_a_wait(system: System) -> None:
    system.wiring.limiter = Limiter(Rates(client=Rate(0.1, 2)))
    answers = [await system.http.get(URL, headers=UNIT) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("GET", "/v1/samples/", 404), ("GET", f"{URL}:file", 405),
     ("DELETE", URL, 405), ("POST", f"{URL}:pass", 404), ("GET", "/docs", 404),
     ("GET", f"/v1/samples/{'x' * 5000}", 413), ("GET", "/v1/samples/%ff", 422),
     ("GET", "/v1/samples/a%2fb", 422)],
)  # fmt: skip
async def test_p5_7_a_path_that_leads_nowhere_is_a_problem_too(
    system: System, method: str, path: str, status: int
) -> None:
    answer = await system.http.request(method, path, headers=UNIT)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


async def test_a1_the_contract_is_published_as_openapi_and_as_a_permission_table(
    system: System,
) -> None:
    document = (await system.http.get("/openapi.json")).json()
    validate(document)
    filing = document["paths"]["/v1/samples/{sample_id}:file"]["post"]
    assert filing["x-jixiao-access"]["roles"] == ["ROLE_UNIT"]
    body = filing["requestBody"]["content"]["application/json"]["schema"]
    assert not {"etag", "request_id", "sample_id"} & set(body["properties"])
    assert body["required"] == ["opinion"]
    rows = (await system.http.get("/v1/permissions")).json()["permissions"]
    assert {r["action"] for r in rows} == {"sample.file", "sample.read", "session.enter"}


async def _asked(system: System, sample_pb: Any, request: Any, token: str) -> Any:
    w = system.wiring
    door = GrpcDoor(w.routes, w.peers, w.minter, system.directory.caller_of, w.limiter)
    server, port = await open_door("127.0.0.1:0", door)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            call: Any = channel.unary_unary(
                "/jixiao.sample.v1.Samples/FileSample",
                response_deserializer=sample_pb.Sample.from_binary,
            )
            metadata = (("authorization", f"Bearer {token}"), ("x-jx-principal", "forged"))
            return await call(request, metadata=metadata, timeout=5)
    finally:
        await server.stop(None)


async def test_p4_5_another_system_calls_over_grpc_through_the_same_walls(
    system: System, sample_pb: Any
) -> None:
    fields = json.loads(raw())
    fields["sample_id"] = SAMPLE_ID
    good = sample_pb.FileSampleRequest.from_json(json.dumps(fields)).to_binary()
    answer = await _asked(system, sample_pb, good, "unit")
    assert (answer.etag, system.backend.principals[0].role) == ("4", "unit")
    system.directory.known["third"] = person("third_party", "zhao")
    for token, code in (
        ("x", grpc.StatusCode.UNAUTHENTICATED),
        ("third", grpc.StatusCode.PERMISSION_DENIED),
    ):
        with pytest.raises(aio.AioRpcError) as refused:
            await _asked(system, sample_pb, good, token)
        assert refused.value.code() is code
    fields["display_name"] = "a\u202eb"
    hidden = sample_pb.FileSampleRequest.from_json(json.dumps(fields)).to_binary()
    for payload, code_word in ((hidden, "text_bidi"), (b"\xff\xff", "message_format")):
        with pytest.raises(aio.AioRpcError) as refused:
            await _asked(system, sample_pb, payload, "unit")
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        details = dict(refused.value.trailing_metadata())["jx-refusal-bin"]
        assert code_word in refusal_pb.Refusal.from_binary(details).to_json()
    system.backend.refusals.append(Stale(current=4))
    with pytest.raises(aio.AioRpcError) as refused:
        await _asked(system, sample_pb, good, "unit")
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.ABORTED, "stale")


def test_p4_6_a_token_is_used_again_and_never_outlives_the_session(
    key_files: tuple[Path, Path], tmp_path: Path
) -> None:
    who, minter = person("unit", "li").principal, Minter(key_files[0])
    ends = jwt.decode(minter.token(who, "/a/B", "a", 4e9), options={"verify_signature": False})
    assert ends["exp"] - ends["iat"] == 60
    assert minter.token(who, "/a/B", "a", 4e9) == minter.token(who, "/a/B", "a", 4e9)
    assert minter.token(who, "/a/C", "a", 4e9) != minter.token(who, "/a/B", "a", 4e9)
    short = jwt.decode(
        minter.token(who, "/a/D", "a", ends["iat"] + 9), options={"verify_signature": False}
    )
    assert short["exp"] == ends["iat"] + 9


def test_p4_6_after_a_rotation_old_and_new_tokens_are_read(tmp_path: Path) -> None:
    private, public = tmp_path / "private.json", tmp_path / "public.json"
    who, first = person("unit", "li").principal, create_keys(private, public)
    old = Minter(private).token(who, "/a/B", "a", 4e9)
    assert create_keys(private, public) != first
    reader = TokenReader(public, "a")
    assert (
        reader.read(old).person == reader.read(Minter(private).token(who, "/a/B", "a", 4e9)).person
    )
    assert "private" not in json.loads(public.read_text())
    assert private.stat().st_mode & 0o077 == 0


async def test_p5_7_control_a_peer_that_is_away_is_503_and_nothing_else(system: System) -> None:
    system.wiring.peers = type(system.wiring.peers)({"sample": "127.0.0.1:1"})
    answer: httpx.Response = await system.http.get(URL, headers=UNIT)
    assert answer.status_code == 503
    await system.wiring.peers.close()
