"""Client systems at the two doors: addresses, certificates, rates (P4.5, P8.4; RFC 8705)."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from certificates import Authority, Pair
from grpc import aio, ssl_channel_credentials

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import clients_pb, directory_pb
from jixiao.api.gateway.v1.clients_pb_grpc import ClientsClient
from jixiao.api.gateway.v1.directory_pb_grpc import DirectoryClient
from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.door import DoorKeys, GrpcDoor, open_door
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.routes import Routes, contract_services
from jixiao.gateway.tokens import Minter
from jixiao.servicekit.testing import refusal, request_id


@dataclass(slots=True)
class Doors:
    """A gateway's two doors: HTTP, gRPC without TLS, and gRPC that asks for certificates."""

    gateway: Any
    http: httpx.AsyncClient
    plain: int
    secure: int
    authority: Authority

    @asynccontextmanager
    async def channel(
        self, pair: Pair | None = None, *, tls: bool = True
    ) -> AsyncIterator[aio.Channel]:
        """A connection to the secure door, with or without a certificate, or to the plain one."""
        if not tls:
            async with aio.insecure_channel(f"127.0.0.1:{self.plain}") as channel:
                yield channel
            return
        proof = (pair.key, pair.certificate) if pair else (None, None)
        credentials = ssl_channel_credentials(self.authority.certificate, *proof)
        async with aio.secure_channel(f"localhost:{self.secure}", credentials) as channel:
            yield channel

    async def created(self, **more: Any) -> Any:
        """Register a treasury."""
        request = clients_pb.CreateClientRequest(
            name="国库", role=Role.TREASURY, territory="370303", owner="国库处",
            request_id=request_id(), **more,
        )  # fmt: skip
        return await self.gateway.admin(0)(self.gateway.clients.create_client, request)

    async def over_http(self, token: str) -> int:
        """The status of a read by bearer token."""
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.http.get("/v1/org-units", headers=headers)).status_code


async def issued(channel: aio.Channel, client_id: str, secret: str = "") -> str:
    """A token, asked for at the gRPC door."""
    request = clients_pb.IssueClientTokenRequest(client_id=client_id, client_secret=secret)
    answer = await ClientsClient(channel).issue_client_token(request, timeout=5)
    return str(answer.access_token)


async def reads(channel: aio.Channel, token: str) -> Any:
    """A read by bearer token, at the gRPC door."""
    metadata = (("authorization", f"Bearer {token}"),)
    return await DirectoryClient(channel).list_org_units(
        directory_pb.ListOrgUnitsRequest(), metadata=metadata, timeout=5
    )


async def refused(call: Awaitable[Any]) -> tuple[str, str]:
    """Status and reason."""
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return caught.value.code().name, refusal(caught.value).reason


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, DoorKeys]:
    folder: Path = tmp_path_factory.mktemp("door")
    authority = Authority("绩效测试签发机构")
    own = authority.pair("localhost")
    names = ("certificate", "key", "authority")
    for name, content in zip(names, (own.certificate, own.key, authority.certificate), strict=True):
        (folder / name).write_bytes(content)
    return authority, DoorKeys(*(folder / name for name in names))


@pytest.fixture(scope="module")
async def doors(
    gateway: Any, folder: Path, keys: tuple[Authority, DoorKeys]
) -> AsyncIterator[Doors]:
    routes = Routes(contract_services())
    peers = Peers({"gateway": f"127.0.0.1:{gateway.up.running.port}"})
    minter, limiter = Minter(folder / "private.json"), Limiter(Rates())
    caller_of = gateway.callers.caller_of
    door = GrpcDoor(routes, peers, minter, caller_of, limiter)
    plain, plain_port = await open_door("127.0.0.1:0", door)
    secure, secure_port = await open_door("127.0.0.1:0", door, keys[1])
    app = create(Wiring(routes, peers, minter, caller_of, limiter))
    transport = httpx.ASGITransport(app, client=("10.9.9.9", 5_000))
    async with httpx.AsyncClient(transport=transport, base_url="https://jx.test") as http:
        yield Doors(gateway, http, plain_port, secure_port, keys[0])
    await plain.stop(None)
    await secure.stop(None)
    await peers.close()


async def test_p45_a_client_calls_from_its_own_addresses_alone(doors: Doors) -> None:
    made = await doors.created(addresses=["127.0.0.0/8", "10.9.9.9/32"])
    elsewhere = await doors.created(addresses=["10.1.2.0/24"])
    async with doors.channel(tls=False) as channel:
        assert await refused(issued(channel, elsewhere.client_id, elsewhere.client_secret)) == (
            "UNAUTHENTICATED",
            "login_failed",
        )
        token = await issued(channel, made.client_id, made.client_secret)
        await reads(channel, token)  # control
        assert await doors.over_http(token) == 200
        request = clients_pb.ChangeClientRequest(
            client_id=made.client_id, owner="国库处", addresses=["10.1.2.0/24"], etag=made.etag,
            request_id=request_id(),
        )  # fmt: skip
        await doors.gateway.admin(0)(doors.gateway.clients.change_client, request)
        doors.gateway.callers.forget()
        assert await refused(reads(channel, token)) == ("PERMISSION_DENIED", "client_address")
        assert await doors.over_http(token) == 403


async def test_p45_a_certificate_gives_a_token_that_its_connection_alone_may_use(
    doors: Doors,
) -> None:
    own, other = (doors.authority.pair(name) for name in ("treasury", "budget"))
    made = await doors.created(certificate=own.certificate.decode())
    theirs = await doors.created(certificate=other.certificate.decode())
    assert made.client_secret == ""
    async with doors.channel(own) as channel, doors.channel(other) as stolen:
        token = await issued(channel, made.client_id)
        await reads(channel, token)
        # Neither another's certificate, nor a connection without one, nor HTTP.
        assert await refused(reads(stolen, token)) == ("UNAUTHENTICATED", "session_ended")
        async with doors.channel(tls=False) as bare:
            assert (await refused(reads(bare, token)))[0] == "UNAUTHENTICATED"
            assert await refused(issued(bare, made.client_id)) == (
                "UNAUTHENTICATED",
                "login_failed",
            )
        assert await doors.over_http(token) == 401
        # A certificate is its own client's proof alone.
        assert (await refused(issued(stolen, made.client_id)))[1] == "login_failed"
        await reads(stolen, await issued(stolen, theirs.client_id))  # control


async def test_p45_a_token_for_a_secret_is_bound_to_the_certificate_that_was_shown(
    doors: Doors,
) -> None:
    one, other = (doors.authority.pair(name) for name in ("one", "other"))
    made = await doors.created()
    async with doors.channel(one) as channel, doors.channel(other) as elsewhere:
        token = await issued(channel, made.client_id, made.client_secret)
        await reads(channel, token)
        assert (await refused(reads(elsewhere, token)))[0] == "UNAUTHENTICATED"
    async with doors.channel(tls=False) as plain:  # control: without a certificate nothing binds
        token = await issued(plain, made.client_id, made.client_secret)
        await reads(plain, token)
    assert await doors.over_http(token) == 200


async def test_p45_the_secure_door_opens_for_certificates_of_its_authority_alone(
    doors: Doors,
) -> None:
    stranger = Authority("另一签发机构").pair("treasury")
    old = doors.authority.pair("treasury", days=-1)
    made = await doors.created()
    for pair in (None, stranger, old):
        async with doors.channel(pair) as channel:
            asked = issued(channel, made.client_id, made.client_secret)
            assert (await refused(asked))[0] == "UNAVAILABLE"
    async with doors.channel(doors.authority.pair("treasury")) as channel:
        assert await issued(channel, made.client_id, made.client_secret)  # control


async def test_p45_a_retired_certificate_gives_no_token(doors: Doors) -> None:
    own = doors.authority.pair("treasury")
    made = await doors.created(certificate=own.certificate.decode())
    listed = await doors.gateway.admin(0)(
        doors.gateway.clients.list_clients, clients_pb.ListClientsRequest(page_size=200)
    )
    (key,) = next(c.keys for c in listed.clients if c.client_id == made.client_id)
    async with doors.channel(own) as channel:
        token = await issued(channel, made.client_id)
        request = clients_pb.RetireClientKeyRequest(
            client_id=made.client_id, key_id=key.key_id, etag=made.etag, request_id=request_id()
        )
        await doors.gateway.admin(0)(doors.gateway.clients.retire_client_key, request)
        doors.gateway.callers.forget()
        assert (await refused(reads(channel, token)))[0] == "UNAUTHENTICATED"
        assert (await refused(issued(channel, made.client_id)))[1] == "login_failed"


async def test_p84_a_client_has_the_rate_of_its_contract(doors: Doors) -> None:
    slow, usual = await doors.created(per_second=1), await doors.created()
    async with doors.channel(tls=False) as channel:
        tokens = [
            await issued(channel, made.client_id, made.client_secret) for made in (slow, usual)
        ]
        for _ in range(2):  # its burst
            await reads(channel, tokens[0])
        assert await refused(reads(channel, tokens[0])) == (
            "RESOURCE_EXHAUSTED",
            "too_many_requests",
        )
        for _ in range(5):  # control: another's is not touched
            await reads(channel, tokens[1])
