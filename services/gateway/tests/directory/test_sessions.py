"""Sessions: how many, how long, and that what has ended stays ended everywhere (P4.1, P4.2)."""

import asyncio
import time
from typing import Any

import pytest
from browsers import Browser
from house import CHANGED
from people import PASSWORD

from jixiao.api.gateway.v1 import directory_pb
from jixiao.gateway.directory import housekeeping
from jixiao.gateway.login import KEPT, Callers
from jixiao.servicekit.access import system
from jixiao.servicekit.testing import request_id


async def alive(browser: Browser) -> bool:
    return (await browser.me()).status_code == 200


async def test_p41_a_person_has_three_sessions_and_the_oldest_ends(house: Any) -> None:
    first, phone = await house.person("three")
    others = []
    for number in range(3):
        await house.a_minute_later(phone)
        others.append(house.browser(f"10.4.0.{number}"))
        assert (await others[-1].login("three", CHANGED, phone.code())).status_code == 200
    assert [await alive(one) for one in (first, *others)] == [False, True, True, True]


async def test_p41_an_administrator_has_one_session_of_two_hours(house: Any) -> None:
    first, phone = await house.administrator(1)
    second = house.browser("10.4.1.1")
    await house.a_minute_later(phone)
    begun = await second.login(house.first[1].login_name, CHANGED, phone.code())
    assert begun.status_code == 200
    assert not await alive(first)
    await house.sql("UPDATE jx.sessions SET started_at = started_at - interval '119 min'")
    assert await alive(second)
    await house.sql("UPDATE jx.sessions SET started_at = started_at - interval '1 min'")
    assert not await alive(second)


async def test_p41_a_session_ends_after_30_idle_minutes_however_the_clock_of_business_is_set(
    house: Any,
) -> None:
    browser, _ = await house.person("idle")
    await house.sql("UPDATE jx.sessions SET seen_at = seen_at - interval '29 min'")
    assert await alive(browser)  # and it is used again
    await house.sql("UPDATE jx.sessions SET seen_at = seen_at - interval '29 min'")
    assert await alive(browser)
    await house.sql("UPDATE jx.sessions SET seen_at = seen_at - interval '31 min'")
    assert not await alive(browser)


async def test_p41_one_signs_out_everywhere_else(house: Any) -> None:
    here, phone = await house.person("elsewhere")
    stranger, _ = await house.person("not-elsewhere")
    await house.a_minute_later(phone)
    there = house.browser("10.4.2.1")
    await there.login("elsewhere", CHANGED, phone.code())
    ended = await here.session("endOthers")
    assert (ended.status_code, ended.json()["ended"]) == (200, 1)
    assert [await alive(one) for one in (here, there, stranger)] == [True, False, True]


async def _logout(house: Any, browser: Browser) -> None:
    assert (await browser.session("logout")).status_code == 200


async def _new_password(house: Any, browser: Browser) -> None:
    fields = {"old_password": CHANGED, "new_password": f"{CHANGED}-again"}
    assert (await browser.session("changePassword", **fields)).status_code == 200


async def _disabled(house: Any, browser: Browser) -> None:
    person = (await browser.me()).json()["person_id"]
    await house.admin(0)(
        house.directory.disable_accounts,
        directory_pb.DisableAccountsRequest(person_ids=[person], request_id=request_id()),
    )


async def _ended_by_security(house: Any, browser: Browser) -> None:
    person = (await browser.me()).json()["person_id"]
    await house.admin(2)(
        house.directory.end_sessions,
        directory_pb.EndSessionsRequest(person_id=person, request_id=request_id()),
    )


async def _revoked(house: Any, browser: Browser) -> None:
    held = (await browser.me()).json()["grant_id"]
    ending = directory_pb.GrantEnding(grant_id=held, to_on="2024-12-31")
    proposed = await house.admin(2)(
        house.directory.propose_grants,
        directory_pb.ProposeGrantsRequest(endings=[ending], request_id=request_id()),
    )
    await house.confirm(proposed)


@pytest.mark.parametrize("end", [_logout, _new_password, _disabled, _ended_by_security, _revoked])
async def test_p41_what_ends_a_session_or_grant_is_heard_in_another_process_within_5_s(
    house: Any, end: Any
) -> None:
    browser, _ = await house.person(end.__name__.strip("_").replace("_", "-"))
    cookie = browser.cookie
    another = Callers(house.up.running.transactions)  # a second gateway: a memory of its own
    before = await another.caller_of(cookie, None)
    assert before is not None
    assert before.grant_id
    await end(house, browser)
    ended = time.monotonic()
    while (found := await another.caller_of(cookie, None)) is not None and found.grant_id:
        assert time.monotonic() - ended < KEPT + 1
        await asyncio.sleep(0.05)
    assert KEPT == 5


async def test_p41_what_has_ended_is_swept_daily_and_what_lives_stays(house: Any) -> None:
    gone, _ = await house.person("swept")
    here, _ = await house.person("not-swept")
    await gone.session("logout")
    count = "SELECT count(*) FROM jx.sessions WHERE ended_at IS NOT NULL"

    async def sweep() -> int:
        transactions = house.up.running.transactions

        async def handle(work: Any) -> tuple[None, Any]:
            return None, await housekeeping.sweep(work.today, work)

        await transactions.act(system("schedule"), "day.turned", handle)
        return int(await house.asked(count))

    assert await sweep() > 0  # too fresh to go
    await house.sql(
        "UPDATE jx.sessions SET ended_at = ended_at - interval '2 days' WHERE ended_at IS NOT NULL"
    )
    assert await sweep() == 0
    assert await alive(here)


@pytest.mark.attack("A20")
async def test_a20_a_post_without_its_csrf_token_changes_nothing(house: Any) -> None:
    browser, phone = await house.person("csrf")
    other, _ = await house.person("csrf-other")
    right = browser.csrf
    for token in ("", "forged", other.csrf):
        browser.csrf = token
        answer = await browser.session("logout")
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert await alive(browser)
    browser.csrf = right
    stepped = await browser.session("stepUp", code=phone.code())
    assert stepped.json()["csrf_token"] != right  # bound to the session: a new one at each id
    assert (await browser.session("logout")).status_code == 200  # the control


@pytest.mark.attack("A21")
async def test_a21_another_sites_page_changes_nothing(house: Any) -> None:
    browser, _ = await house.person("forged-origin")
    for headers in (
        {"Origin": "https://evil.test"},
        {"Origin": "https://jx.test.evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.jx.test"},
        {},
    ):
        browser.headers = headers
        assert (await browser.session("logout")).status_code == 403, headers
    browser.headers = {"Origin": "https://jx.test"}
    assert (await browser.session("logout")).status_code == 200  # the control


@pytest.mark.attack("A22")
async def test_a22_a_session_id_fixed_before_login_is_worth_nothing(house: Any) -> None:
    victim, phone = await house.person("fixed")
    # An attacker's own session, put into the victim's browser before the login.
    attacker, _ = await house.person("fixing")
    planted = attacker.cookie
    await house.a_minute_later(phone)
    victim.http.cookies.set("__Host-jx", planted, domain="jx.test", path="/")
    assert (await victim.login("fixed", CHANGED, phone.code())).status_code == 200
    assert victim.cookie != planted
    found = await house.callers.caller_of(planted, None)
    assert found is not None  # still the attacker's, and nobody else's
    assert found.person == (await attacker.me()).json()["person_id"]
    # At each change of what it may do the id is another, and the old one is dead.
    before = victim.cookie
    await victim.session("stepUp", code=phone.code())
    assert victim.cookie != before
    assert await house.callers.caller_of(before, None) is None


@pytest.mark.attack("A23")
async def test_a23_a_cookie_after_logout_is_401(house: Any) -> None:
    browser, _ = await house.person("left")
    cookie = browser.cookie
    assert (await browser.session("logout")).status_code == 200
    assert browser.cookie == ""  # taken away in the browser too
    browser.http.cookies.set("__Host-jx", cookie)
    assert (await browser.me()).status_code == 401
    assert (await browser.post("/v1/work-plans:set")).status_code == 401


async def test_p41_nothing_of_a_session_stands_in_a_body_or_in_clear_in_the_database(
    house: Any,
) -> None:
    await house.entered("hidden")
    browser = house.browser()
    begun = await browser.login("hidden", PASSWORD)
    assert browser.cookie
    assert browser.cookie not in begun.text
    found = "SELECT count(*) FROM jx.sessions AS t WHERE position($1 IN t::text) > 0"
    assert await house.asked(found, browser.cookie) == 0
    assert await house.asked(found, browser.csrf) == 1  # the control: what is kept is found
