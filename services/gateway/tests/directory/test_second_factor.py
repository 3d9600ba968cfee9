"""Second factors by one-time codes: enrolled, shown, reset; off by one switch (P4.3)."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from browsers import Authenticator, told
from cryptography.fernet import Fernet
from house import CHANGED
from people import PASSWORD
from pydantic import ValidationError

from jixiao.api.gateway.v1 import sessions_pb
from jixiao.gateway.directory import totp
from jixiao.gateway.directory.factors import Sealing
from jixiao.gateway.serving import GatewaySettings

SECRET = b"12345678901234567890"
"""Of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("now", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
     (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_p43_codes_are_those_of_rfc_6238(now: int, code: str) -> None:
    assert totp.code_of(SECRET, now // totp.STEP) == code


def test_p43_a_clock_may_be_half_a_minute_off_and_a_code_is_good_once() -> None:
    step = 40_000_000
    now = step * totp.STEP + 7.0
    for off, good in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        found = totp.counter_of(SECRET, totp.code_of(SECRET, step + off), now, 0)
        assert (found == step + off) is good
    assert totp.counter_of(SECRET, totp.code_of(SECRET, step), now, step) is None  # used
    assert totp.counter_of(SECRET, totp.code_of(SECRET, step - 1), now, step) is None  # older
    assert totp.counter_of(SECRET, totp.code_of(SECRET, step + 1), now, step) == step + 1
    assert totp.counter_of(SECRET, "", now, 0) is None


async def test_p43_no_grant_holds_before_a_factor_is_enrolled(house: Any) -> None:
    await house.entered("novice")
    browser = house.browser()
    first = (await browser.login("novice", PASSWORD)).json()["session"]
    assert (first["must_change_password"], first["must_enrol_factor"]) == (True, True)
    assert (await browser.session("enrolFactor")).status_code == 403  # the password comes first
    await browser.session("changePassword", old_password=PASSWORD, new_password=CHANGED)
    me = (await browser.me()).json()
    assert (me["must_change_password"], me["must_enrol_factor"]) == (False, True)
    assert (me["grant_id"], me["second_factor_off"]) == ("", False)
    for refused in (
        await browser.session("chooseGrant", grant_id=me["grants"][0]["grant_id"]),
        await browser.session("stepUp", code="123456"),
        await browser.post("/v1/work-plans:set"),
    ):
        assert refused.status_code == 403

    enrolled = (await browser.session("enrolFactor")).json()
    assert enrolled["uri"].startswith("otpauth://totp/")
    assert (await browser.session("confirmFactor", code="000000")).status_code == 422
    old = browser.cookie
    phone = Authenticator(enrolled["secret"])
    confirmed = await browser.session("confirmFactor", code=phone.code())
    assert confirmed.json()["session"]["grant_id"]  # the control: now it holds
    assert browser.cookie != old


async def test_p43_wrong_password_wrong_code_and_no_code_answer_alike(house: Any) -> None:
    _, phone = await house.person("alike")
    other = house.browser("10.1.0.2")
    answers = [
        told(await other.login("alike", "Wrong-password-9", phone.code())),
        told(await other.login("alike", CHANGED, "000000")),
        told(await other.login("alike", CHANGED)),
        told(await other.login("no-such-name", CHANGED, "000000")),
    ]
    assert answers[1:] == answers[:1] * 3
    # A wrong password has not used up the code; the control is that both together let in.
    await house.a_minute_later(phone)
    assert (await other.login("alike", CHANGED, phone.code())).status_code == 200


async def test_p43_a_code_lets_in_once_even_two_at_the_same_time(house: Any) -> None:
    _, phone = await house.person("twice")
    code = phone.code()
    browsers = [house.browser(f"10.2.0.{n}") for n in range(4)]
    answers = await asyncio.gather(*(b.login("twice", CHANGED, code) for b in browsers))
    assert sorted(a.status_code for a in answers) == [200, 401, 401, 401]
    assert (await house.browser("10.2.0.9").login("twice", CHANGED, code)).status_code == 401


async def test_p43_the_secret_leaves_once_and_lies_sealed(house: Any) -> None:
    person = await house.entered("sealed")
    browser = house.browser()
    await browser.login("sealed", PASSWORD)
    await browser.session("changePassword", old_password=PASSWORD, new_password=CHANGED)
    key = {"Idempotency-Key": "00000000-0000-4000-8000-000000000001"}
    browser.headers |= key
    first = (await browser.session("enrolFactor")).json()
    again = (await browser.session("enrolFactor")).json()
    assert first["secret"]
    assert (again["secret"], again["uri"]) == ("", "")
    secret = base64.b32decode(first["secret"])
    found = "SELECT count(*) FROM jx.{} AS t WHERE position($1 IN t::text) > 0"
    for shape in (first["secret"], secret.hex(), base64.b64encode(secret).decode()):
        for table in ("factors", "requests", "audit", "access_log"):
            assert not await house.asked(found.format(table), shape), table
    # The control: what is kept in clear is found in the same row.
    assert await house.asked(found.format("factors"), person) == 1


async def test_p43_another_factor_needs_the_one_at_hand(house: Any) -> None:
    browser, phone = await house.person("new-phone")
    assert (await browser.session("enrolFactor")).json()["code"] == "step_up_required"
    await browser.session("stepUp", code=phone.code())
    fresh = Authenticator((await browser.session("enrolFactor")).json()["secret"])

    # The old one holds until the new one has shown a code; then it is the new one alone.
    await house.a_minute_later(phone)
    elsewhere = house.browser("10.3.0.1")
    assert (await elsewhere.login("new-phone", CHANGED, phone.code())).status_code == 200
    assert (await browser.session("confirmFactor", code=fresh.code())).status_code == 200
    assert (await elsewhere.me()).status_code == 401  # sessions elsewhere have ended
    assert (await elsewhere.login("new-phone", CHANGED, phone.code())).status_code == 401
    assert (await elsewhere.login("new-phone", CHANGED, fresh.code())).status_code == 200


async def test_p43_security_resets_a_lost_factor_without_a_password_and_never_its_own(
    house: Any,
) -> None:
    browser, _ = await house.person("lost-phone")
    person = (await browser.me()).json()["person_id"]
    security, phone = await house.administrator(2)
    system, other_phone = await house.administrator(0)
    reset = f"/v1/persons/{person}:resetFactor"
    assert (await security.post(reset)).json()["code"] == "step_up_required"
    for one, shown in ((security, phone), (system, other_phone)):
        await one.session("stepUp", code=shown.code())
    assert (await system.post(reset)).json()["code"] == "forbidden"
    own = (await security.me()).json()["person_id"]
    assert (await security.post(f"/v1/persons/{own}:resetFactor")).status_code == 403

    assert (await security.post(reset)).status_code == 200
    assert (await browser.me()).status_code == 401
    begun = await browser.login("lost-phone", CHANGED)
    assert begun.json()["session"]["must_enrol_factor"] is True


async def test_p43_without_its_key_a_factor_lets_nobody_in(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, phone = await house.person("key-gone")
    monkeypatch.setattr(Sealing, "open", Sealing.fresh().open)
    assert (await house.browser().login("key-gone", CHANGED, phone.code())).status_code == 401
    monkeypatch.undo()
    await house.a_minute_later(phone)
    assert (await house.browser().login("key-gone", CHANGED, phone.code())).status_code == 200


def test_p43_keys_of_factors_are_rotated_by_adding_one() -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    sealed = Sealing([old]).seal(SECRET)
    assert Sealing([new, old]).open(sealed) == SECRET
    assert Sealing([new, old]).seal(SECRET) != sealed


def _settings(folder: Path, **more: Any) -> GatewaySettings:
    keys = folder / "factor-keys"
    keys.write_text(Fernet.generate_key().decode() + "\n", encoding="ascii")
    given = {"factor_keys": keys} | more
    return GatewaySettings(database_url="a", jobs_database_url="b", nats_url="c", **given)


def test_p43_the_switch_is_refused_but_on_plain_http_of_this_machine(tmp_path: Path) -> None:
    outside, inside = "0.0.0.0:8080", "127.0.0.1:8080"
    assert _settings(tmp_path, http=outside).sign_in_rules().second_factor
    assert not _settings(tmp_path, http=inside, second_factor="off").sign_in_rules().second_factor
    with pytest.raises(ValidationError, match="localhost alone"):
        _settings(tmp_path, http=outside, second_factor="off")
    with pytest.raises(ValueError, match="JIXIAO_FACTOR_KEYS"):
        _settings(tmp_path, http=outside, factor_keys=None).sign_in_rules()


async def test_p43_where_it_is_off_the_session_says_so(gateway: Any) -> None:
    await gateway.accounts("switched-off")
    begun = await gateway.anyone(
        gateway.sessions.login,
        sessions_pb.LoginRequest(login_name="switched-off", password=PASSWORD),
    )
    assert begun.session.second_factor_off
    assert not begun.session.must_enrol_factor
