"""What asks for it (SU of P3.5) is done only by who has proved himself anew within ten minutes."""

from typing import Any

import grpc
import pytest
from browsers import told
from grpc import aio

from jixiao.api.gateway.v1 import factors_pb
from jixiao.api.gateway.v1.factors_pb_grpc import FactorsClient
from jixiao.gateway.routes import Operation, contract_services, operations_of
from jixiao.servicekit.testing import refusal, request_id

SU = {
    "target.release", "payment_hold.decide", "payment_hold.lift", "linkage.decide",
    "allocation.approve", "disclosure.publish", "disclosure.correct", "factor.reset",
    "password.reset",
}  # fmt: skip
"""The rows of the action table marked so, and our own for factors and passwords."""
CLIENTS = {"treasury", "budget_system"}


def test_p35_every_row_marked_su_asks_for_a_step_up_and_no_client_meets_one() -> None:
    operations: list[Operation] = [o for s in contract_services() for o in operations_of(s)]
    asking = {o.access.action for o in operations if o.access.step_up}
    assert asking == SU
    for one in operations:
        assert one.access.step_up == (one.access.action in SU), one.method
        assert not (one.access.step_up and one.roles & CLIENTS), one.method


async def test_p35_wall_1_asks_for_a_step_up_and_lets_in_after_one(house: Any) -> None:
    browser, phone = await house.person("su-wall-1")
    release = "/v1/targets:release"
    before = await browser.post(release)
    assert (before.status_code, before.json()["code"]) == (403, "step_up_required")
    assert "动态码" in before.json()["detail"]

    old = browser.cookie
    assert (await browser.session("stepUp", code=phone.code())).status_code == 200
    assert browser.cookie != old  # P4.1: a new id
    assert (await browser.me()).json()["stepped_up_at"]
    inside = await browser.post(release)
    assert inside.json()["code"] != "step_up_required"
    assert inside.status_code in {422, 428, 503}  # past the wall: there is no service behind

    # Ten minutes later it asks again.
    await house.sql("UPDATE jx.sessions SET stepped_up_at = stepped_up_at - interval '601 s'")
    assert told(await browser.post(release)) == told(before)


async def test_p35_a_step_up_lives_on_under_another_grant_and_not_in_another_session(
    house: Any,
) -> None:
    browser, phone = await house.person("su-grants", "370303", "370304")
    grants = (await browser.me()).json()["grants"]
    await browser.session("chooseGrant", grant_id=grants[0]["grant_id"])
    await browser.session("stepUp", code=phone.code())
    stepped = (await browser.me()).json()["stepped_up_at"]
    await browser.session("chooseGrant", grant_id=grants[1]["grant_id"])
    assert (await browser.me()).json()["stepped_up_at"] == stepped

    await house.a_minute_later(phone)
    other = house.browser()
    assert (await other.login("su-grants", "Mingbai-2025-Zaoqian", phone.code())).status_code == 200
    assert not (await other.me()).json().get("stepped_up_at")


async def test_p43_a_wrong_or_used_code_steps_nobody_up(house: Any) -> None:
    browser, phone = await house.person("su-wrong")
    used = phone.code()
    assert (await browser.session("stepUp", code=used)).status_code == 200
    for code in (used, "000000", ""):
        answer = await browser.session("stepUp", code=code)
        assert answer.status_code == 422
        assert [e["code"] for e in answer.json()["errors"]] == ["wrong"]
    # The password is no proof while the second factor is on.
    answer = await browser.session("stepUp", password="Mingbai-2025-Zaoqian")
    assert answer.status_code == 422


async def test_p36_wall_2_asks_too_when_the_door_does_not(house: Any) -> None:
    factors: Any = FactorsClient(house.up.channel)
    admin = house.admin(2)
    (person,) = await house.accounts("su-wall-2")
    request = factors_pb.ResetFactorRequest(person_id=person, request_id=request_id())
    with pytest.raises(aio.AioRpcError) as caught:
        await admin.by(stepped_up_at=1)(factors.reset_factor, request)
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert refusal(caught.value).reason == "step_up_required"
    await admin(factors.reset_factor, request)  # the control: just stepped up
