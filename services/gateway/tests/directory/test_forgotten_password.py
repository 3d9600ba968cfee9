"""A forgotten password: a new one told once, the second factor stays (P4.3)."""

from typing import Any

import grpc
import pytest
from grpc import aio
from house import CHANGED

from jixiao.api.gateway.v1 import directory_pb
from jixiao.servicekit.testing import request_id


def for_(person_id: str) -> directory_pb.ResetPasswordRequest:
    return directory_pb.ResetPasswordRequest(
        person_id=person_id, reason="本人遗忘，已当面核对身份", request_id=request_id()
    )


async def test_p43_a_forgotten_password_is_replaced_by_one_told_once_and_the_factor_stays(
    house: Any,
) -> None:
    browser, phone = await house.person("forgetful")
    request = for_((await browser.me()).json()["person_id"])

    done = await house.admin(0)(house.directory.reset_password, request)
    again = await house.admin(0)(house.directory.reset_password, request)

    assert (len(done.first_password) >= 20, again.first_password) == (True, "")
    assert (await browser.me()).status_code == 401  # P4.1: the sessions have ended
    await house.a_minute_later(phone)
    fresh = house.browser()
    for password, code in ((CHANGED, phone.code()), (done.first_password, "")):
        assert (await fresh.login("forgetful", password, code)).status_code == 401
    entered = await fresh.login("forgetful", done.first_password, phone.code())
    assert entered.json()["session"]["must_change_password"] is True
    assert (await fresh.post("/v1/programmes", year=2025)).status_code == 403  # nothing else yet
    former = await fresh.session(
        "changePassword", old_password=done.first_password, new_password=CHANGED
    )
    assert former.status_code == 422  # the forgotten one is one of the last five
    changed = await fresh.session(
        "changePassword", old_password=done.first_password, new_password="Qingyun-2026-Xinmi"
    )
    assert changed.status_code == 200
    kept = await house.asked(
        "SELECT answer FROM jx.requests WHERE request_id = $1", request.request_id
    )
    assert done.first_password.encode() not in kept
    trail = await house.asked("SELECT string_agg(after::text, '') FROM jx.audit")
    assert '"password_reset": true' in trail
    assert done.first_password not in trail


async def test_p43_nobody_resets_his_own_password_and_no_security_administrator_another_s(
    house: Any,
) -> None:
    (person,) = await house.accounts("somebody")
    system = house.admin(0)
    itself = house.first[0].person_id
    for caller, whom in ((system, str(itself)), (house.admin(2), person)):
        with pytest.raises(aio.AioRpcError) as caught:
            await caller(house.directory.reset_password, for_(whom))
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    await system(house.directory.reset_password, for_(person))  # control
