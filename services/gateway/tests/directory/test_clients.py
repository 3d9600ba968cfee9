"""Client systems: what proves them, its rotation, and its end (P4.5)."""

import base64
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import grpc
import jwt
import pytest
from certificates import Authority
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from grpc import aio

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import clients_pb, directory_pb
from jixiao.gateway.directory.proofs import AUDIENCE
from jixiao.servicekit.testing import refusal, request_id

MAKERS: dict[str, Callable[[], Any]] = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
}


def pem(key: Any) -> str:
    """The public part of a key."""
    public = key.public_key()
    text: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


async def created(gateway: Any, **more: Any) -> Any:
    """Register a treasury."""
    request = clients_pb.CreateClientRequest(
        name="国库集中支付系统", role=Role.TREASURY, territory="370303", owner="国库处 李工",
        request_id=request_id(), **more,
    )  # fmt: skip
    return await gateway.admin(0)(gateway.clients.create_client, request)


async def changed(gateway: Any, rpc: str, client_id: str, **more: Any) -> Any:
    """A change of a client as it stands now."""
    listed = await gateway.admin(0)(
        gateway.clients.list_clients, clients_pb.ListClientsRequest(page_size=200)
    )
    etag = next(c.etag for c in listed.clients if c.client_id == client_id)
    kind = getattr(clients_pb, "".join(part.title() for part in rpc.split("_")) + "Request")
    request = kind(client_id=client_id, etag=etag, request_id=request_id(), **more)
    return await gateway.admin(0)(getattr(gateway.clients, rpc), request)


async def token_of(gateway: Any, client_id: str, **proof: str) -> str:
    """Ask for a token."""
    request = clients_pb.IssueClientTokenRequest(client_id=client_id, **proof)
    answer = await gateway.anyone(gateway.clients.issue_client_token, request)
    assert answer.expires_in == 600
    token: str = answer.access_token
    return token


async def acts(gateway: Any, token: str) -> bool:
    """Whether a token is a caller's."""
    return await gateway.callers.caller_of(None, token) is not None


async def refused(call: Awaitable[Any]) -> tuple[str, str]:
    """Status and reason."""
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return caught.value.code().name, refusal(caught.value).reason


async def found(call: Awaitable[Any]) -> list[tuple[str, str]]:
    """Pointer and code of the findings of what must be mended."""
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    return [(f.pointer, f.code) for f in refusal(caught.value).findings]


FAILED = ("UNAUTHENTICATED", "login_failed")


def assertion(key: Any, client_id: str, algorithm: str = "ES256", **changes: Any) -> str:
    """A good assertion of a client, but for some claims."""
    now = int(time.time())
    claims = {
        "iss": client_id, "sub": client_id, "aud": AUDIENCE, "jti": str(uuid4()),
        "iat": now, "exp": now + 120,
    } | changes  # fmt: skip
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, key, algorithm)


async def test_p4_5_a_client_acts_by_a_short_token_and_its_secret_is_told_once(
    gateway: Any,
) -> None:
    request = clients_pb.CreateClientRequest(
        name="国库集中支付系统", role=Role.TREASURY, territory="370303", owner="国库处 李工",
        request_id=request_id(),
    )  # fmt: skip
    made = await gateway.admin(0)(gateway.clients.create_client, request)
    again = await gateway.admin(0)(gateway.clients.create_client, request)
    assert (again.client_id, again.client_secret) == (made.client_id, "")
    assert await refused(token_of(gateway, made.client_id, client_secret="wrong")) == FAILED
    assert await refused(token_of(gateway, made.client_id)) == FAILED
    assert await refused(token_of(gateway, str(uuid4()), client_secret="x")) == FAILED
    token = await token_of(gateway, made.client_id, client_secret=made.client_secret)
    caller = await gateway.callers.caller_of(None, token)
    assert caller is not None
    assert (caller.principal.role, caller.principal.territory) == ("treasury", "370303")
    assert not await acts(gateway, "no token")


async def test_p45_neither_secret_nor_token_is_kept(gateway: Any) -> None:
    made = await created(gateway)
    token = await token_of(gateway, made.client_id, client_secret=made.client_secret)
    database = gateway.up.postgres
    kept = ""
    with database.admin(gateway.up.database) as admin:
        for (table,) in admin.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'jx'"
        ).fetchall():
            rows = admin.execute(f"SELECT t::text FROM jx.{table} t").fetchall()  # noqa: S608
            kept += "\n".join(str(row[0]) for row in rows)
    for secret in (made.client_secret, token):
        assert secret not in kept
        assert secret.encode().hex() not in kept
    assert made.client_id in kept  # the control: it reads what is there


async def test_p35_p45_system_administrators_alone_keep_clients(gateway: Any) -> None:
    request = clients_pb.ListClientsRequest()
    for other in (2, 4):
        assert await refused(gateway.admin(other)(gateway.clients.list_clients, request)) == (
            "PERMISSION_DENIED",
            "FORBIDDEN",
        )
    assert await gateway.admin(1)(gateway.clients.list_clients, request)  # control


@pytest.mark.parametrize("algorithm", MAKERS)
async def test_p45_a_client_proves_itself_by_a_signed_assertion(
    gateway: Any, algorithm: str
) -> None:
    key = MAKERS[algorithm]()
    made = await created(gateway, public_key=pem(key))
    assert made.client_secret == ""
    good = assertion(key, made.client_id, algorithm)
    assert await acts(gateway, await token_of(gateway, made.client_id, client_assertion=good))
    # Its id is good once.
    assert await refused(token_of(gateway, made.client_id, client_assertion=good)) == FAILED


WRONG: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "https://elsewhere"},
    "a list of audiences": {"aud": [AUDIENCE]},
    "no audience": {"aud": None},
    "another issuer": {"iss": str(uuid4())},
    "another subject": {"sub": str(uuid4())},
    "no id": {"jti": None},
    "no end": {"exp": None},
    "too long a life": {"exp": int(time.time()) + 3_600},
    "ended": {"exp": int(time.time()) - 60},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
async def test_p45_an_assertion_with_a_wrong_claim_is_none(
    gateway: Any, claims: dict[str, Any]
) -> None:
    key = MAKERS["ES256"]()
    client_id = (await created(gateway, public_key=pem(key))).client_id
    wrong = assertion(key, client_id, **claims)
    assert await refused(token_of(gateway, client_id, client_assertion=wrong)) == FAILED
    good = assertion(key, client_id)
    assert await token_of(gateway, client_id, client_assertion=good)  # control


async def test_p45_an_assertion_is_signed_with_the_clients_key_and_its_algorithm(
    gateway: Any,
) -> None:
    key, other = MAKERS["ES256"](), MAKERS["ES256"]()
    client_id = (await created(gateway, public_key=pem(key))).client_id
    theirs = (await created(gateway, public_key=pem(other))).client_id

    def relabelled(algorithm: str) -> str:
        header, body, signature = assertion(key, client_id).split(".")
        named = json.dumps({"alg": algorithm, "typ": "JWT"}).encode()
        header = base64.urlsafe_b64encode(named).rstrip(b"=").decode()
        return f"{header}.{body}.{'' if algorithm == 'none' else signature}"

    for wrong in (
        assertion(other, client_id),
        assertion(other, theirs),
        relabelled("none"),
        relabelled("HS256"),
        relabelled("EdDSA"),
        "no.jwt",
    ):
        assert await refused(token_of(gateway, client_id, client_assertion=wrong)) == FAILED
    good = assertion(key, client_id)
    both = {"client_assertion": good, "client_secret": "x"}
    assert await refused(token_of(gateway, client_id, **both)) == FAILED
    assert await token_of(gateway, client_id, client_assertion=good)  # control


async def test_p45_two_keys_hold_while_one_takes_the_others_place(gateway: Any) -> None:
    first, second, third = (MAKERS["ES256"]() for _ in range(3))
    client_id = (await created(gateway, public_key=pem(first))).client_id
    client = await changed(gateway, "add_client_key", client_id, public_key=pem(second))
    assert [key.kind.name for key in client.keys] == ["KEY", "KEY"]
    tokens = [
        await token_of(gateway, client_id, client_assertion=assertion(key, client_id))
        for key in (first, second)
    ]
    assert await refused(changed(gateway, "add_client_key", client_id, public_key=pem(third))) == (
        "FAILED_PRECONDITION",
        "too_many_keys",
    )
    await changed(gateway, "retire_client_key", client_id, key_id=client.keys[0].key_id)
    gateway.callers.forget()
    assert [await acts(gateway, token) for token in tokens] == [False, False]
    former, newer = (assertion(key, client_id) for key in (first, second))
    assert await refused(token_of(gateway, client_id, client_assertion=former)) == FAILED
    assert await token_of(gateway, client_id, client_assertion=newer)
    assert await changed(gateway, "add_client_key", client_id, public_key=pem(third))


async def test_p45_a_former_secret_holds_for_a_day_or_ends_at_once(gateway: Any) -> None:
    made = await created(gateway)
    client_id, first = made.client_id, made.client_secret
    second = (await changed(gateway, "rotate_client_secret", client_id)).client_secret
    tokens = [await token_of(gateway, client_id, client_secret=s) for s in (first, second)]
    third = (await changed(gateway, "rotate_client_secret", client_id, at_once=True)).client_secret
    gateway.callers.forget()
    assert [await acts(gateway, token) for token in tokens] == [False, False]
    for secret in (first, second):
        assert await refused(token_of(gateway, client_id, client_secret=secret)) == FAILED
    assert await token_of(gateway, client_id, client_secret=third)


async def test_p45_a_disabled_client_is_out_and_stays_out(gateway: Any) -> None:
    made = await created(gateway)
    token = await token_of(gateway, made.client_id, client_secret=made.client_secret)
    assert await acts(gateway, token)
    await changed(gateway, "disable_client", made.client_id)
    gateway.callers.forget()
    assert not await acts(gateway, token)
    again = token_of(gateway, made.client_id, client_secret=made.client_secret)
    assert await refused(again) == FAILED
    assert await refused(changed(gateway, "rotate_client_secret", made.client_id)) == (
        "FAILED_PRECONDITION",
        "client_disabled",
    )


async def test_p45_what_is_no_key_or_network_is_named(gateway: Any) -> None:
    def private(key: Any) -> str:
        text: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return text.decode()

    strong = MAKERS["ES256"]()
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - refused below
    other_curve = ec.generate_private_key(ec.SECP384R1())
    for text in ("no pem", private(strong), pem(weak), pem(other_curve)):
        assert await found(created(gateway, public_key=text)) == [("/public_key", "key_format")]
    old = Authority("过期").pair("treasury", days=-1).certificate.decode()
    assert await found(created(gateway, certificate=old)) == [("/certificate", "expired")]
    assert await found(created(gateway, certificate="no pem")) == [
        ("/certificate", "certificate_format")
    ]
    assert await found(
        created(gateway, addresses=["10.1.2.0/24", "10.1.2.3/24", "everywhere"])
    ) == [
        ("/addresses/1", "network_format"),
        ("/addresses/2", "network_format"),
    ]
    held = pem(strong)
    await created(gateway, public_key=held)
    assert await found(created(gateway, public_key=held)) == [("/public_key", "taken")]


async def test_p61_who_asked_for_a_token_and_did_not_get_it_is_in_the_access_log(
    gateway: Any,
) -> None:
    made = await created(gateway)
    await token_of(gateway, made.client_id, client_secret=made.client_secret)
    await refused(token_of(gateway, made.client_id, client_secret="wrong"))
    request = directory_pb.ListAccessLogRequest(person_id=made.client_id)
    listed = await gateway.admin(4)(gateway.directory.list_access_log, request)
    assert {entry.outcome for entry in listed.entries} == {"token", "login_failed"}
