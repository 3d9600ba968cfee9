"""The gateway as a process: its settings, its doors, its keys rotated while it answers (P4.4 to P4.6)."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from certificates import Authority
from cryptography.fernet import Fernet
from grpc import aio, ssl_channel_credentials
from openid_provider import CLIENT, SECRET, honest
from test_oidc import at_provider, linked

from jixiao.api.gateway.v1 import clients_pb
from jixiao.api.gateway.v1.clients_pb_grpc import ClientsClient
from jixiao.gateway.serving import GatewaySettings
from jixiao.gateway.tokens import create_keys
from jixiao.servicekit.testing import refusal
from local import databases
from local.embedded import Nats, free_port, wait_for_port


@dataclass(slots=True)
class Process:
    """A running gateway: where it listens, its key files, and the provider that it asks."""

    url: str
    door: int
    authority: Authority
    keys: tuple[Path, Path]
    issuer: str


@pytest.fixture
async def process(gateway: Any, nats: Nats, tmp_path: Path) -> AsyncIterator[Process]:
    http, door = free_port(), free_port()
    url = f"http://127.0.0.1:{http}"
    authority = Authority("绩效测试签发机构")
    pair = authority.pair("localhost")
    keys = tmp_path / "private.json", tmp_path / "public.json"
    create_keys(*keys)
    files = {
        "DOOR_CERT": pair.certificate, "DOOR_KEY": pair.key,
        "DOOR_CLIENT_CA": authority.certificate, "OIDC_SECRET": SECRET.encode(),
        "FACTOR_KEYS": Fernet.generate_key(),
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    login = databases.logins(gateway.up.postgres, "gateway", gateway.up.database)
    with honest(f"{url}/v1/oidc/callback") as issuer:
        settings = {
            "DATABASE_URL": login.api, "JOBS_DATABASE_URL": login.job, "NATS_URL": nats.url,
            "LISTEN": f"127.0.0.1:{door}", "HTTP": f"127.0.0.1:{http}",
            "PRINCIPAL_KEYS": str(keys[0]), "SEAL_KEY": str(tmp_path / "seal.json"),
            "STREAM_BYTES": str(64 * 2**20), "STREAM_REPLICAS": "1", "OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": CLIENT,
            "OIDC_REDIRECT": f"{url}/v1/oidc/callback", "SECOND_FACTOR": "on",
            **{name: str(tmp_path / name) for name in files},
        }  # fmt: skip
        environment = os.environ | {f"JIXIAO_{name}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "jixiao.gateway"]
        with subprocess.Popen(command, env=environment) as started:  # noqa: S603, ASYNC220
            try:
                await asyncio.to_thread(wait_for_port, http)
                yield Process(url, door, authority, keys, issuer)
            finally:
                started.terminate()
                assert started.wait(30) == 0


async def test_p44_p46_the_process_signs_in_and_its_keys_rotate_while_it_answers(
    gateway: Any, process: Process
) -> None:
    person = await linked(gateway, process.issuer, "u-process")
    held, fresh = ("/v1/session", "/v1/org-units"), ("/v1/persons", "/v1/rules")
    async with httpx.AsyncClient(base_url=process.url) as browser:
        begun = await browser.get("/v1/oidc/begin")
        back = await at_provider(str(begun.headers["location"]), "u-process")
        assert (await browser.get(back)).status_code == 303
        session = (await browser.get("/v1/session")).json()
        assert (session["person_id"], session["must_enrol_factor"]) == (person, False)

        rotated = [process.keys[0].read_text()]
        over = asyncio.Event()
        statuses: list[int] = []

        async def official() -> None:
            while not over.is_set():
                statuses.extend([(await browser.get(path)).status_code for path in held])

        asking = asyncio.create_task(official())
        for path in fresh:  # each a method without a token yet: the new key signs
            command = [sys.executable, "-m", "jixiao.gateway", "keys", *map(str, process.keys)]
            await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
            rotated.append(process.keys[0].read_text())
            statuses.append((await browser.get(path)).status_code)
        over.set()
        await asking
    assert len(set(rotated)) == 3
    assert len(statuses) > len(fresh) + len(held)
    assert set(statuses) == {200}


async def test_p45_the_process_asks_for_certificates_at_its_grpc_door(process: Process) -> None:
    own = process.authority.pair("treasury")
    request = clients_pb.IssueClientTokenRequest(
        client_id="0190a000-0000-7000-8000-000000000001", client_secret="none"
    )
    for proof, status, reason in (
        ((None, None), "UNAVAILABLE", None),
        ((own.key, own.certificate), "UNAUTHENTICATED", "login_failed"),  # as far as the answer
    ):
        credentials = ssl_channel_credentials(process.authority.certificate, *proof)
        async with aio.secure_channel(f"localhost:{process.door}", credentials) as channel:
            with pytest.raises(aio.AioRpcError) as caught:
                await ClientsClient(channel).issue_client_token(request, timeout=5)
        assert caught.value.code().name == status
        assert reason is None or refusal(caught.value).reason == reason


HALVES: dict[str, dict[str, Any]] = {
    "a certificate without its key": {"door_cert": "cert.pem"},
    "an authority without a certificate": {"door_client_ca": "ca.pem"},
    "a provider without a secret": {"oidc_issuer": "https://sso.cn", "oidc_client_id": "jixiao"},
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_p44_p45_half_a_setting_stops_the_start(half: dict[str, Any]) -> None:
    needed: dict[str, Any] = {"database_url": "a", "jobs_database_url": "b", "nats_url": "c"}
    assert GatewaySettings(**needed).openid is None  # control
    with pytest.raises(ValueError, match="JIXIAO_"):
        _ = GatewaySettings(**needed, **half).openid
