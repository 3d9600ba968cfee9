"""Failed sign-ins: pause, alarm, and nothing told to who guesses (P4.3, A29, A30)."""

from collections import Counter
from typing import Any

import httpx
import pytest
from browsers import Browser, told
from house import CHANGED
from starlette.responses import Response

from jixiao.api.gateway.v1 import directory_pb
from jixiao.gateway.connections import http_server
from jixiao.gateway.directory import passwords
from jixiao.servicekit.database import Connection
from jixiao.servicekit.testing import request_id

WRONG = "Wrong-password-9"
IDENTITY = ("accounts", "factors", "sessions", "grants", "access_log")
_ALARMS = "SELECT count(*) FROM jx.access_log WHERE outcome = 'alarm' AND address = $1"


async def fail(browser: Browser, name: str, times: int = 1) -> list[int]:
    return [(await browser.login(name, WRONG)).status_code for _ in range(times)]


async def test_p43_five_failures_pause_the_account_from_that_address_alone(house: Any) -> None:
    _, phone = await house.person("paused")
    hunter, owner = house.browser("10.5.0.1"), house.browser("10.5.0.2")
    assert await fail(hunter, "paused", 5) == [401] * 5
    await house.a_minute_later(phone)
    assert (await hunter.login("paused", CHANGED, phone.code())).status_code == 401
    # The owner at another address comes in, and so does another account from the same address.
    await house.a_minute_later(phone)
    assert (await owner.login("paused", CHANGED, phone.code())).status_code == 200
    _, other = await house.person("not-paused")
    await house.a_minute_later(other)
    assert (await hunter.login("not-paused", CHANGED, other.code())).status_code == 200

    await house.a_quarter_later()
    await house.a_minute_later(phone)
    assert (await hunter.login("paused", CHANGED, phone.code())).status_code == 200


async def test_p43_four_failures_do_not_pause_nor_do_tries_during_a_pause_make_it_longer(
    house: Any,
) -> None:
    _, phone = await house.person("four")
    browser = house.browser("10.5.1.1")
    await fail(browser, "four", 4)
    await house.a_minute_later(phone)
    assert (await browser.login("four", CHANGED, phone.code())).status_code == 200
    await fail(browser, "four", 1)
    assert (
        await house.asked(
            "SELECT count(*) FROM jx.access_log WHERE login_name = 'four' AND reason = 'paused'"
        )
        == 0
    )
    await fail(browser, "four", 3)  # in the pause
    await house.a_quarter_later()
    await house.a_minute_later(phone)
    assert (await browser.login("four", CHANGED, phone.code())).status_code == 200


@pytest.mark.attack("A29")
async def test_a29_21_wrong_passwords_over_20_accounts_raise_the_alarm_and_are_429(
    house: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"hunted-{n}" for n in range(20)]
    await house.accounts(*names)
    _, phone = await house.person("hunted-owner")
    hunter = house.browser("10.5.2.1")
    statuses = [(await fail(hunter, name))[0] for name in names[:19]]
    assert statuses == [401] * 19
    assert await house.asked(_ALARMS, "10.5.2.1") == 0  # the control: nineteen are no alarm
    assert await fail(hunter, names[19]) == [401]
    assert await house.asked(_ALARMS, "10.5.2.1") == 1
    assert '"event": "alarm"' in capsys.readouterr().out.replace("'", '"')
    answer = await hunter.login(names[0], WRONG)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer.headers["retry-after"]) <= 901
    # The right password from there is turned away alike; the owner elsewhere is not.
    await house.a_minute_later(phone)
    assert (await hunter.login("hunted-owner", CHANGED, phone.code())).status_code == 429
    owner = house.browser("10.5.2.2")
    assert (await owner.login("hunted-owner", CHANGED, phone.code())).status_code == 200


async def test_p43_one_account_hunted_from_many_addresses_raises_the_alarm_once(
    house: Any,
) -> None:
    _, phone = await house.person("besieged")
    for number in range(21):
        assert await fail(house.browser(f"10.5.3.{number}"), "besieged") == [401]
    alarms = "SELECT count(*) FROM jx.access_log WHERE outcome = 'alarm' AND login_name = $1"
    assert await house.asked(alarms, "besieged") == 1
    await house.a_minute_later(phone)
    owner = house.browser("10.5.4.1")
    assert (await owner.login("besieged", CHANGED, phone.code())).status_code == 200


@pytest.mark.parametrize("verb", ["stepUp", "changePassword"])
async def test_p43_guessing_within_a_session_counts_as_a_failed_login(
    house: Any, verb: str
) -> None:
    browser, phone = await house.person(f"inside-{verb.lower()}")
    wrong = {
        "stepUp": {"code": "000000"},
        "changePassword": {"old_password": WRONG, "new_password": "Another-2026-Mima"},
    }[verb]
    for _ in range(5):
        assert (await browser.session(verb, **wrong)).status_code == 422
    await house.a_minute_later(phone)
    assert (await browser.session("stepUp", code=phone.code())).status_code == 422  # paused


@pytest.mark.attack("A30")
async def test_a30_no_text_and_no_work_tells_a_known_name_from_an_unknown(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: Counter[str] = Counter()

    def counted(kind: str, inner: Any) -> Any:
        async def call(self: Any, statement: Any, **values: Any) -> Any:
            told_by = str(statement)
            if any(f"jx.{table}" in told_by for table in IDENTITY):  # not what the clock does
                work[f"{kind} {told_by}"] += 1
            return await inner(self, statement, **values)

        return call

    for kind in ("rows", "first", "value", "run"):
        monkeypatch.setattr(Connection, kind, counted(kind, getattr(Connection, kind)))
    matching = passwords._matches

    def matches(password: str, kept: str) -> bool:
        work[f"argon2 {kept.split('$')[3]}"] += 1
        return matching(password, kept)

    monkeypatch.setattr(passwords, "_matches", matches)

    async def seen(browser: Browser, name: str, password: str, code: str = "") -> Any:
        work.clear()
        answer = await browser.login(name, password, code)
        headers = {k: v for k, v in answer.headers.items() if k != "content-length"}
        return answer.status_code, told(answer), headers, dict(work)

    _, phone = await house.person("known")
    await house.person("disabled-one")
    gone = await house.asked("SELECT id FROM jx.accounts WHERE login_name = 'disabled-one'")
    await house.admin(0)(
        house.directory.disable_accounts,
        directory_pb.DisableAccountsRequest(person_ids=[str(gone)], request_id=request_id()),
    )
    paused = house.browser("10.5.5.2")
    await fail(paused, "known", 5)
    browser = house.browser("10.5.5.1")
    unknown = await seen(browser, "nobody-of-that-name", WRONG)
    assert await seen(browser, "known", WRONG, "000000") == unknown
    assert await seen(browser, "known", CHANGED, "000000") == unknown
    assert await seen(browser, "disabled-one", CHANGED) == unknown
    await house.a_minute_later(phone)
    assert await seen(paused, "known", CHANGED, phone.code()) == unknown
    # The controls: who comes in is seen, and so would be a name for which argon2 is left out.
    await house.a_minute_later(phone)
    assert await seen(browser, "known", CHANGED, phone.code()) != unknown

    async def hasty(password: str, kept: str | None) -> bool:
        return kept is not None and matches(password, kept)

    monkeypatch.setattr(passwords, "matches", hasty)
    assert await seen(browser, "nobody-of-that-name", WRONG) != unknown


@pytest.mark.parametrize(
    ("proxies", "address"),
    [("", "10.9.0.1"), ("10.9.0.1", "203.0.113.7"), ("10.8.0.0/16", "10.9.0.1")],
)
async def test_p47_an_address_is_believed_from_our_own_proxies_alone(
    proxies: str, address: str
) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])
        await Response()(scope, receive, send)

    config = http_server(app, "127.0.0.1", 0, proxies=proxies).config
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=("10.9.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://jx.test") as http:
        forwarded = {
            "X-Forwarded-For": "198.51.100.1, 203.0.113.7"
        }  # the first is the client's word
        await http.get("/", headers=forwarded)
    assert seen == [address]
