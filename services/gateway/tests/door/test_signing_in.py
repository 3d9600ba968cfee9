"""Door and directory together: a person signs in by browser on a real gateway (P4.0 to P4.2)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from jixiao.gateway.app import Wiring, create
from jixiao.gateway.calling import Peers
from jixiao.gateway.directory import installing, passwords
from jixiao.gateway.limits import Limiter, Rates
from jixiao.gateway.login import Callers
from jixiao.gateway.routes import Routes, contract_services
from jixiao.gateway.tokens import Minter


@asynccontextmanager
async def browsers(
    up: Any, folder: Path, rates: Rates, *addresses: str
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """At the door of one gateway, each from an address."""
    peers = Peers({"gateway": f"127.0.0.1:{up.running.port}"})
    wiring = Wiring(
        Routes(contract_services()), peers, Minter(folder / "private.json"),
        Callers(up.running.transactions).caller_of, Limiter(rates),
    )  # fmt: skip
    async with AsyncExitStack() as open_browsers:
        yield [
            await open_browsers.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(create(wiring), client=(address, 1)),
                    base_url="https://jx.test",
                )
            )
            for address in addresses
        ]
    await peers.close()


async def test_p84_the_sixth_sign_in_of_a_minute_is_told_when_to_come_back(
    running: Any, folder: Path
) -> None:
    passwords.spend(64)  # five hashes at their price take long enough to earn a sixth sign-in
    up = await running("gateway")
    first, second, *_ = await installing.install(up.running.transactions)
    async with browsers(up, folder, Rates(), "10.1.1.1", "10.1.1.2") as (http, other_place):
        right = {"login_name": first.login_name, "password": first.password}
        done = [(await http.post("/v1/session:login", json=right)).status_code for _ in range(5)]
        over = await http.post("/v1/session:login", json=right)
        elsewhere = await other_place.post("/v1/session:login", json=right)
        other = {"login_name": second.login_name, "password": second.password}
        another = await http.post("/v1/session:login", json=other)

    passwords.spend(passwords.MEMORY)
    assert done == [200] * 5
    assert (over.status_code, over.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(over.headers["retry-after"]) <= 12
    assert (elsewhere.status_code, another.status_code) == (200, 200)


async def test_p4_1_a_session_lives_in_a_cookie_and_acts_from_our_own_pages_alone(
    running: Any, folder: Path
) -> None:
    up = await running("gateway")
    first, *_ = await installing.install(up.running.transactions)
    async with browsers(up, folder, Rates.generous(), "10.1.1.1") as (http,):
        assert (await http.get("/v1/session")).status_code == 401
        names = {"login_name": first.login_name, "password": "wrong"}
        assert (await http.post("/v1/session:login", json=names)).status_code in {401, 403, 422}
        entered = await http.post("/v1/session:login", json=names | {"password": first.password})
        assert entered.status_code == 200, entered.text
        assert "session_token" not in entered.json()
        assert "__Host-jx" in http.cookies
        session = await http.get("/v1/session")
        assert session.json()["must_change_password"] is True
        key = {"Idempotency-Key": str(uuid4()), "Sec-Fetch-Site": "same-origin"}
        assert (await http.post("/v1/session:logout", json={}, headers=key)).status_code == 403
        csrf = {"X-CSRF-Token": entered.json()["csrf_token"]}
        left = await http.post("/v1/session:logout", json={}, headers=key | csrf)
        assert left.status_code == 200, left.text
