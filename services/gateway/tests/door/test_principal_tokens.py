"""The principal token: rotated under load, and everything that is no token (P4.6; A24 to A28)."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from grpc import aio
from sample_system import SAMPLE_ID, System, person

from jixiao.gateway.door import GrpcDoor, open_door
from jixiao.gateway.problems import Problem
from jixiao.gateway.tokens import OVERLAP, Minter, create_keys
from jixiao.servicekit.access import LEEWAY, TOKEN_TYPE, TokenReader
from jixiao.servicekit.rpc import TOKEN

GET, LIST = "/jixiao.sample.v1.Samples/GetSample", "/jixiao.sample.v1.Samples/ListSamples"
URL = f"/v1/samples/{SAMPLE_ID}"
WHO = person("unit", "li").principal
Ask = Callable[..., Awaitable[str]]


@pytest.fixture
async def service(system: System, sample_pb: Any) -> AsyncIterator[Ask]:
    """Asks the service itself, past the gateway; the name of the status that comes back."""
    address = system.wiring.peers._addresses["sample"]
    async with aio.insecure_channel(address) as channel:

        async def ask(token: str | None, method: str = GET) -> str:
            message = sample_pb.GetSampleRequest(sample_id=SAMPLE_ID)
            listed = sample_pb.ListSamplesRequest(page_size=1)
            payload = (message if method == GET else listed).to_binary()
            metadata = () if token is None else ((TOKEN, token),)
            try:
                await channel.unary_unary(method)(payload, metadata=metadata, timeout=5)
            except aio.AioRpcError as error:
                return error.code().name
            return "OK"

        yield ask


def signed(key_files: tuple[Path, Path], **changes: Any) -> str:
    """A token as the gateway signs it for GetSample, but for some claims."""
    private = json.loads(key_files[0].read_text())["private"]
    now = int(time.time())
    claims = {
        "iss": "jixiao-gateway", "aud": ["sample"], "sub": "p", "role": "unit",
        "territory": "370303", "line": "agri", "unit": "u1", "action": GET,
        "iat": now - 1, "exp": now + 59,
    } | changes  # fmt: skip
    header = {"kid": private["kid"], "typ": TOKEN_TYPE}
    return jwt.encode(claims, private["pem"], "EdDSA", header)


def forged(key_files: tuple[Path, Path], algorithm: str) -> str:
    """The claims of a good token under another algorithm, HMAC-ed with the public key's PEM."""
    header, claims, _ = signed(key_files).split(".")
    named = json.loads(base64.urlsafe_b64decode(header + "==")) | {"alg": algorithm}
    body = base64.urlsafe_b64encode(json.dumps(named).encode()).rstrip(b"=").decode() + f".{claims}"
    pem = json.loads(key_files[1].read_text())["public"][named["kid"]]
    mac = hmac.new(pem.encode(), body.encode(), hashlib.sha256).digest()
    signature = "" if algorithm == "none" else base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    return f"{body}.{signature}"


@pytest.mark.attack("A24")
async def test_a24_a_token_is_good_for_its_minute_and_five_seconds(
    service: Ask, key_files: tuple[Path, Path]
) -> None:
    now = int(time.time())
    assert await service(signed(key_files, iat=now - 66, exp=now - LEEWAY - 1)) == "UNAUTHENTICATED"
    assert await service(signed(key_files, iat=now - 63, exp=now - LEEWAY + 2)) == "OK"  # control


async def test_p46_a_token_that_would_live_for_more_than_its_minute_is_none(
    service: Ask, key_files: tuple[Path, Path]
) -> None:
    now = int(time.time())
    assert await service(signed(key_files, iat=now, exp=now + 61)) == "UNAUTHENTICATED"
    assert await service(signed(key_files, iat=now, exp=now + 60)) == "OK"  # control


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
@pytest.mark.attack("A25")
async def test_a25_no_algorithm_but_ours(
    service: Ask, key_files: tuple[Path, Path], algorithm: str
) -> None:
    assert await service(forged(key_files, algorithm)) == "UNAUTHENTICATED"
    assert await service(signed(key_files)) == "OK"  # control


@pytest.mark.attack("A26")
async def test_a26_a_token_for_one_method_opens_no_other(
    service: Ask, key_files: tuple[Path, Path]
) -> None:
    assert await service(signed(key_files), LIST) == "PERMISSION_DENIED"
    assert await service(signed(key_files, action=LIST), LIST) == "OK"  # control


@pytest.mark.attack("A27")
async def test_a27_a_service_answers_nobody_without_the_gateways_token(
    service: Ask, key_files: tuple[Path, Path], tmp_path: Path
) -> None:
    assert await service(None) == "UNAUTHENTICATED"
    create_keys(tmp_path / "private.json", tmp_path / "public.json")
    own_key = signed((tmp_path / "private.json", tmp_path / "public.json"))
    assert await service(own_key) == "UNAUTHENTICATED"
    assert await service(signed(key_files, aud=["targets"])) == "UNAUTHENTICATED"
    assert await service(signed(key_files, iss="another")) == "UNAUTHENTICATED"
    assert await service(signed(key_files)) == "OK"  # control


FOREIGN = {
    "x-jx-principal": "", "x-jx-address": "6.6.6.6", "x-jx-certificate": "AAAA",
    "x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "https", "forwarded": "for=6.6.6.6",
    "grpc-previous-rpc-attempts": "7", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
}  # fmt: skip


@pytest.mark.parametrize("door", ["http", "grpc"])
@pytest.mark.attack("A28")
async def test_a28_what_a_client_says_of_itself_reaches_no_service(
    system: System, sample_pb: Any, key_files: tuple[Path, Path], door: str
) -> None:
    """Sent: a well-signed principal of the finance bureau, another address, another trace."""
    sent = FOREIGN | {"x-jx-principal": signed(key_files, role="district_finance", sub="wang")}
    if door == "http":
        headers = sent | {"Authorization": "Bearer unit"}
        assert (await system.http.get(URL, headers=headers)).status_code == 200
    else:
        w = system.wiring
        grpc_door = GrpcDoor(w.routes, w.peers, w.minter, system.directory.caller_of, w.limiter)
        server, port = await open_door("127.0.0.1:0", grpc_door)
        payload = sample_pb.GetSampleRequest(sample_id=SAMPLE_ID).to_binary()
        metadata = (("authorization", "Bearer unit"), *sent.items())
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await channel.unary_unary(GET)(payload, metadata=metadata, timeout=5)
        await server.stop(None)
    (arrived,), (who,) = system.backend.metadata, system.backend.principals
    assert (who.role, who.person) == ("unit", "li")
    assert not {k for k, v in sent.items() if arrived.get(k) == v}
    assert not {k for k in arrived if k.startswith(("grpc-", "x-forwarded-"))}


async def test_a28_control_what_the_door_itself_adds_would_be_seen(
    system: System, sample_pb: Any, key_files: tuple[Path, Path]
) -> None:
    payload = sample_pb.GetSampleRequest(sample_id=SAMPLE_ID).to_binary()
    await system.wiring.peers.call(
        "sample", GET, payload, signed(key_files), repeatable=False, more=[("x-forwarded-for", "6")]
    )
    assert system.backend.metadata[0]["x-forwarded-for"] == "6"


async def test_p46_keys_rotate_twice_while_requests_run_and_none_is_refused(
    system: System, key_files: tuple[Path, Path]
) -> None:
    answers: asyncio.Queue[int] = asyncio.Queue()
    answered: list[int] = []
    kids: set[str] = set()
    signing = Minter._sign
    over = asyncio.Event()

    def noted(*of: Any) -> str:
        token = signing(*of)
        kids.add(jwt.get_unverified_header(token)["kid"])
        return token

    async def official(number: int) -> None:
        """A new session at each request, so that each has a token of its own."""
        for turn in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
            name = f"{number}-{turn}"
            system.directory.known[name] = person("unit", name)
            answer = await system.http.get(URL, headers={"Authorization": f"Bearer {name}"})
            answers.put_nowait(answer.status_code)

    async def more() -> None:
        """Twenty answers later."""
        answered.extend([await answers.get() for _ in range(20)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Minter, "_sign", noted)
        officials = [asyncio.create_task(official(number)) for number in range(4)]
        await more()
        rotated = []
        for _ in range(2):
            rotated.append(create_keys(*key_files))
            await more()
        over.set()
        await asyncio.gather(*officials)
    answered.extend(answers.get_nowait() for _ in range(answers.qsize()))
    assert set(answered) == {200}
    assert kids >= set(rotated)
    assert len(kids) == 3


async def test_p46_control_a_key_taken_away_at_once_refuses_what_is_in_flight(
    system: System, service: Ask, key_files: tuple[Path, Path]
) -> None:
    held = signed(key_files)
    create_keys(*key_files)
    document = json.loads(key_files[1].read_text())
    whole = json.dumps(document)
    newest = list(document["public"])[-1]
    key_files[1].write_text(json.dumps({"public": {newest: document["public"][newest]}}))
    try:
        assert await service(signed(key_files)) == "OK"  # the new key is read
        assert await service(held) == "UNAUTHENTICATED"
    finally:
        key_files[1].write_text(whole)


class Counted(type(Path())):  # type: ignore[misc]
    """A file that counts how often it is read."""

    reads = 0

    def read_text(self, *of: Any, **more: Any) -> str:
        """Count and read."""
        Counted.reads += 1
        text: str = super().read_text(*of, **more)
        return text


def test_p46_an_unknown_kid_reads_the_keys_again_once_in_ten_seconds(
    key_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_keys(tmp_path / "private.json", tmp_path / "public.json")
    stranger = signed((tmp_path / "private.json", tmp_path / "public.json"))
    reader = TokenReader(Counted(key_files[1]), "sample")
    reader.read(signed(key_files))
    at = time.time()
    before = Counted.reads
    for seconds, expected in ((0, 0), (9, 0), (11, 1), (12, 1), (22, 2)):
        monkeypatch.setattr(time, "time", lambda now=at + seconds: now)
        with pytest.raises(jwt.InvalidTokenError):
            reader.read(stranger)
        assert Counted.reads - before == expected, seconds


def test_p46_a_former_key_is_read_for_ten_minutes_and_the_files_keep_what_else_they_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = tmp_path / "private.json", tmp_path / "public.json"
    first = create_keys(private, public)
    document = json.loads(public.read_text())
    services = {"targets": document["public"][first]}
    public.write_text(json.dumps(document | {"services": services}))
    second = create_keys(private, public)
    document = json.loads(public.read_text())
    assert list(document["public"]) == [first, second]
    assert document["services"] == services
    assert document["until"].keys() == {first}

    reader, at = TokenReader(public, "a"), time.time()
    assert reader._key(first) is not None
    monkeypatch.setattr(time, "time", lambda: at + OVERLAP + 1)
    with pytest.raises(jwt.InvalidTokenError):
        reader._key(first)
    assert reader._key(second) is not None
    third = create_keys(private, public)
    assert list(json.loads(public.read_text())["public"]) == [second, third]


def test_p46_a_key_that_travels_signs_only_when_it_has_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = tmp_path / "private.json", tmp_path / "public.json"
    minter, at = Minter(private), time.time()
    kids = [create_keys(private, public, later=120)]  # the first one has nothing to wait for

    def signs(method: str) -> int:
        return kids.index(jwt.get_unverified_header(minter.token(WHO, method, "a", 4e9))["kid"])

    assert signs("/a/B") == 0
    kids.append(create_keys(private, public, later=120))
    assert signs("/a/C") == 0
    kids.append(create_keys(private, public, later=120))  # again, before the second has signed
    assert signs("/a/D") == 0
    assert set(json.loads(public.read_text())["public"]) == set(kids)
    monkeypatch.setattr(time, "time", lambda: at + 125)
    assert signs("/a/E") == 2


async def test_p46_a_grant_with_more_records_than_a_token_holds_is_refused_in_words(
    system: System, key_files: tuple[Path, Path]
) -> None:
    many = tuple(f"0190a000-0000-7000-8000-{n:012d}" for n in range(80))
    with pytest.raises(Problem) as caught:
        Minter(key_files[0]).token(replace(WHO, keys=many), "/a/B", "a", 4e9)
    assert (caught.value.status, caught.value.code) == (409, "grant_too_wide")
    few = replace(WHO, keys=many[:40])
    assert len(Minter(key_files[0]).token(few, "/a/B", "a", 4e9)) <= 4_096  # control


def test_p46_no_token_outlives_the_grant_or_the_session(key_files: tuple[Path, Path]) -> None:
    minter, now = Minter(key_files[0]), time.time()
    token = minter.token(WHO, "/a/B", "a", now + 9)
    assert jwt.decode(token, options={"verify_signature": False})["exp"] <= now + 9
    with pytest.raises(Problem) as caught:
        minter.token(WHO, "/a/C", "a", now)
    assert caught.value.status == 401
