"""Whatever a stranger sends, the public site answers with a page of its own (P5.6, P8.1, P8.4)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from jixiao.disclosure.site.app import HEADERS, build
from jixiao.disclosure.site.guarding import Pace
from jixiao.disclosure.site.reading import Reading
from jixiao.servicekit.database import Database
from local import databases

LONG = "9" * 3_900  # within 4 KiB; as an address of 5,000 digits it is too long at all


class _Broken(Reading):
    async def corrections(self) -> Any:
        message = "relation jx.secret does not exist"
        raise RuntimeError(message)


@pytest.fixture(scope="module")
async def reading(postgres: Any, templates: Any) -> AsyncIterator[Reading]:
    """The site's own empty database."""
    databases.create(postgres, "site", "test_guarding", template=templates("site"))
    logins = databases.logins(postgres, "site", "test_guarding")
    database = await Database.open(logins.api, logins.job)
    yield _Broken(database)
    await database.close()
    databases.drop(postgres, "test_guarding")


@asynccontextmanager
async def serving(reading: Reading, pace: Pace) -> AsyncIterator[httpx.AsyncClient]:
    """The site over real HTTP."""
    config = uvicorn.Config(build(reading, pace), port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    task = asyncio.create_task(server._serve(sockets))
    port = sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
        yield http
    server.should_exit = True
    await task


def designed(answer: httpx.Response, status: int) -> None:
    """The answer is a page of the site: Chinese, with its headers."""
    assert answer.status_code == status, (answer.request.url, answer.text[:200])
    assert '<html lang="zh-CN">' in answer.text
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        assert answer.headers[name] == HEADERS[name]


@pytest.mark.parametrize(
    "path",
    ["/programmes/%00", "/reports/%00", "/programmes/%00/2025/targets", "/departments/%00/2025",
     "/programmes/aaaaaaaa/99999999999/targets", "/programmes/aaaaaaaa/2025/%00",
     "/programmes/aaaaaaaa/2025/targets/v9999999999", "/programmes/aaaaaaaa/2025/targets/v0",
     "/reports/aaaaaaaa/v99999999999.json", "/²²²²", "/٢٠٢٥", "/20250", "/programmes/AAAAAAAA"],
)  # fmt: skip
async def test_p56_what_no_address_can_be_is_simply_not_found(reading: Reading, path: str) -> None:
    async with serving(reading, Pace.generous()) as http:
        designed(await http.get(path), 404)


async def test_p56_a_control_character_in_a_search_is_a_space(reading: Reading) -> None:
    async with serving(reading, Pace.generous()) as http:
        for query in ("%00", "a%00b", "%01%1f%7f", "%ED%A0%80"):
            designed(await http.get(f"/search?q={query}"), 200)
            assert (await http.get(f"/search.json?q={query}")).json()["count"] == 0
        assert (await http.get("/search.json?q=a%00b")).json()["query"] == "a b"


async def test_p56_a_bug_is_a_page_without_its_text(reading: Reading) -> None:
    async with serving(reading, Pace.generous()) as http:
        for path in ("/corrections", "/corrections.json"):
            answer = await http.get(path)
            designed(answer, 500)
            assert "secret" not in answer.text
            assert "RuntimeError" not in answer.text


async def test_p56_the_framework_never_speaks_for_itself(reading: Reading) -> None:
    async with serving(reading, Pace.generous()) as http:
        for method, path in (("POST", "/"), ("TRACE", "/about"), ("DELETE", "/nothing/here")):
            answer = await http.request(method, path)
            designed(answer, 405)
            assert "GET" in answer.headers["allow"]
        designed(await http.get("/nothing/here"), 404)
        designed(await http.get("/about", headers={"Host": "["}), 200)


async def test_p81_an_address_over_4_kib_is_refused(reading: Reading) -> None:
    async with serving(reading, Pace.generous()) as http:
        for path in (f"/{LONG}", f"/departments/x/{LONG}"):
            designed(await http.get(path), 404)
        for path in ("/" + "9" * 5_000, "/search?q=" + "a" * 4_090):
            designed(await http.get(path), 414)
        designed(await http.get("/search?q=" + "a" * 4_000), 200)


async def test_p84_who_reads_too_fast_is_told_when_to_come_back(reading: Reading) -> None:
    async with serving(reading, Pace(per_second=0.01, burst=20)) as http:
        for _ in range(20):
            designed(await http.get("/about"), 200)
        refused = await http.get("/about")
        designed(refused, 429)
        assert 90 <= int(refused.headers["Retry-After"]) <= 100
    assert (Pace().per_second, Pace().burst) == (10, 20)
    async with serving(reading, Pace.generous()) as http:  # the demo reads on loopback
        for _ in range(40):
            designed(await http.get("/about"), 200)


def test_p84_an_address_spends_its_own_pace_only() -> None:
    pace = Pace(0.01, 1)
    assert pace.wait("10.0.0.1") == 0
    assert pace.wait("10.0.0.1") > 0
    assert pace.wait("10.0.0.2") == 0
