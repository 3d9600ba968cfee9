"""First accounts, grants by two people, and who is a caller, on real PostgreSQL and gRPC."""

from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb, plans_pb, sessions_pb
from jixiao.gateway.directory import installing
from jixiao.gateway.directory.errors import AccountsExist, CsrfMissing
from jixiao.gateway.login import Callers
from jixiao.servicekit.clock import Clock
from jixiao.servicekit.testing import refusal, request_id

INITIAL = "Zaoqian-2024-Mingbai"


async def login(gateway: Any, login_name: str, password: str) -> Any:
    return await gateway.anyone(
        gateway.sessions.login,
        sessions_pb.LoginRequest(login_name=login_name, password=password),
    )


async def signed_in(gateway: Any, login_name: str) -> Any:
    """Sign in for the first time: change the initial password, and the answer to that."""
    answer = await login(gateway, login_name, INITIAL)
    caller = await gateway.callers.caller_of(answer.session_token, None)
    assert caller is not None
    assert caller.principal.role == "anyone"  # nothing but the change is possible
    me = gateway.up.caller("anyone", person=caller.person, session=caller.session)
    return await me(
        gateway.sessions.change_password,
        sessions_pb.ChangePasswordRequest(
            old_password=INITIAL, new_password=f"{INITIAL}-2", request_id=request_id()
        ),
    )


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return caught.value.code(), refusal(caught.value).reason


async def test_p4_0_install_makes_five_administrators_and_refuses_twice(
    gateway: Any,
) -> None:
    assert sorted(f.role for f in gateway.first) == [
        "audit_admin", "security_admin", "security_admin", "system_admin", "system_admin",
    ]  # fmt: skip
    with pytest.raises(AccountsExist):
        await installing.install(gateway.up.running.transactions)


async def test_d4_a_grant_takes_two_people(gateway: Any) -> None:
    (person,) = await gateway.accounts("two-people")
    proposal = await gateway.propose(gateway.finance(person))
    token = (await signed_in(gateway, "two-people")).session_token

    assert await refused(gateway.confirm(proposal, by=2)) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "second_person",
    )
    caller = await gateway.callers.caller_of(token, None)
    assert caller is not None
    assert caller.grant_id == ""

    confirmed = await gateway.confirm(proposal, by=3)
    assert confirmed.state.name == "CONFIRMED"
    answer = await login(gateway, "two-people", f"{INITIAL}-2")
    caller = await gateway.callers.caller_of(answer.session_token, None)
    assert caller is not None
    assert (caller.principal.role, caller.principal.territory) == ("district_finance", "370303")
    assert await refused(gateway.confirm(proposal, by=3)) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "proposal_closed",
    )


@pytest.mark.attack("A10")
async def test_a10_p32_nobody_gives_a_grant_to_himself_and_administrators_hold_no_other(
    gateway: Any,
) -> None:
    own, other = (str(gateway.first[n].person_id) for n in (2, 0))
    assert (await refused(gateway.propose(gateway.finance(own))))[1] == "own_grant"
    with pytest.raises(aio.AioRpcError) as caught:
        await gateway.propose(gateway.finance(other))
    assert [f.code for f in refusal(caught.value).findings] == ["separation"]
    # The other security administrator may not confirm what was proposed for him either.
    (person,) = await gateway.accounts("no-admin")
    grant = gateway.finance(person, role=Role.UNIT, line="ZD103", unit="X")
    with pytest.raises(aio.AioRpcError) as caught:
        await gateway.propose(grant)
    assert [f.pointer for f in refusal(caught.value).findings] == [
        "/grants/0/line",
        "/grants/0/unit",
    ]


async def test_p3_1_a_grant_ended_yesterday_gives_nothing(gateway: Any, tmp_path: Path) -> None:
    (person,) = await gateway.accounts("ended")
    clock = gateway.up.running.transactions.clock
    async with gateway.up.running.transactions.database.begin() as connection:
        today = clock.day(await connection.raw.fetchval("SELECT clock_timestamp()"))
    yesterday = today - timedelta(days=1)
    await gateway.give(
        gateway.finance(person, to_on=yesterday.isoformat()),
        gateway.finance(person, territory="370304", to_on=today.isoformat()),
    )
    token = (await signed_in(gateway, "ended")).session_token
    caller = await gateway.callers.caller_of(token, None)
    assert caller is not None
    assert caller.principal.territory == "370304"  # the one that ends today still holds

    # Tomorrow by the business clock, on the very same session.
    path = tmp_path / "tomorrow"
    path.write_text("1", encoding="ascii")
    transactions = gateway.up.running.transactions
    transactions.clock, held = Clock(path), transactions.clock
    try:
        caller = await Callers(transactions).caller_of(token, None)
    finally:
        transactions.clock = held
    assert caller is not None
    assert (caller.grant_id, caller.principal.role) == ("", "anyone")


async def test_p4_3_a_wrong_password_answers_like_an_unknown_name(gateway: Any) -> None:
    await gateway.accounts("somebody")
    answers = []
    for name, password in (("somebody", "Wrong-password-1"), ("no-such-name", INITIAL)):
        with pytest.raises(aio.AioRpcError) as caught:
            await login(gateway, name, password)
        answers.append((caught.value.code(), refusal(caught.value)))
    assert answers[0] == answers[1]
    # The fifth failure pauses the account: the right password then answers alike.
    for _ in range(4):
        await refused(login(gateway, "somebody", "Wrong-password-1"))
    assert (await refused(login(gateway, "somebody", INITIAL)))[1] == "login_failed"


async def test_p4_3_changing_the_initial_password_needs_it_and_takes_another(
    gateway: Any,
) -> None:
    (person,) = await gateway.accounts("beginner")

    async def change(old: str, new: str) -> list[str]:
        token = (await login(gateway, "beginner", INITIAL)).session_token
        caller = await gateway.callers.caller_of(token, None)
        assert caller is not None
        request = sessions_pb.ChangePasswordRequest(
            old_password=old, new_password=new, request_id=request_id()
        )
        me = gateway.up.caller("anyone", person=person, session=caller.session)
        with pytest.raises(aio.AioRpcError) as caught:
            await me(gateway.sessions.change_password, request)
        return [f.code for f in refusal(caught.value).findings]

    assert await change("Wrong-password-1", f"{INITIAL}-2") == ["wrong"]
    assert await change(INITIAL, INITIAL) == ["used"]
    assert await change(INITIAL, "short") == ["password_length", "password_classes"]


async def test_p4_1_choosing_a_grant_gives_a_new_session_and_ends_the_old(
    gateway: Any,
) -> None:
    (person,) = await gateway.accounts("two-grants")
    await gateway.give(gateway.finance(person), gateway.finance(person, territory="370304"))
    begun = await signed_in(gateway, "two-grants")
    assert begun.session.grant_id == ""
    caller = await gateway.callers.caller_of(begun.session_token, None)
    assert caller is not None
    (chosen,) = [g.grant_id for g in begun.session.grants if g.territory == "370304"]
    me = gateway.up.caller("anyone", person=person, session=caller.session)
    answer = await me(
        gateway.sessions.choose_grant,
        sessions_pb.ChooseGrantRequest(grant_id=chosen, request_id=request_id()),
    )
    gateway.callers.forget()

    assert await gateway.callers.caller_of(begun.session_token, None) is None
    caller = await gateway.callers.caller_of(answer.session_token, None)
    assert caller is not None
    assert (caller.grant_id, caller.principal.territory) == (chosen, "370304")
    with pytest.raises(CsrfMissing):
        await gateway.callers.caller_of(answer.session_token, None, "other", True)  # noqa: FBT003
    own = (answer.session_token, None, answer.csrf_token, True)
    assert await gateway.callers.caller_of(*own)


async def test_p4_1_a_disabled_account_loses_its_session(gateway: Any) -> None:
    (person,) = await gateway.accounts("leaver")
    token = (await signed_in(gateway, "leaver")).session_token
    await gateway.admin(0)(
        gateway.directory.disable_accounts,
        directory_pb.DisableAccountsRequest(person_ids=[person], request_id=request_id()),
    )
    assert await gateway.callers.caller_of(token, None) is None
    assert (await refused(login(gateway, "leaver", f"{INITIAL}-2")))[1] == "login_failed"


async def test_p4_1_security_ends_a_persons_sessions_and_system_administrators_may_not(
    gateway: Any,
) -> None:
    (person,) = await gateway.accounts("loser")
    token = (await signed_in(gateway, "loser")).session_token
    end = gateway.directory.end_sessions
    request = directory_pb.EndSessionsRequest(person_id=person, request_id=request_id())

    assert (await refused(gateway.admin(0)(end, request)))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert await gateway.callers.caller_of(token, None)
    await gateway.admin(2)(end, request)

    gateway.callers.forget()  # this one's memory of five seconds; the service's own forgot by itself
    assert await gateway.callers.caller_of(token, None) is None
    unknown = directory_pb.EndSessionsRequest(person_id=request_id(), request_id=request_id())
    assert (await refused(gateway.admin(2)(end, unknown)))[0] is grpc.StatusCode.NOT_FOUND


async def test_d4_org_units_are_recorded_once_and_told(gateway: Any) -> None:
    def units(name: str) -> directory_pb.RecordOrgUnitsRequest:
        return directory_pb.RecordOrgUnitsRequest(
            org_units=[
                directory_pb.OrgUnit(
                    code="ZD103", name=name, kind=directory_pb.OrgUnitKind.DEPARTMENT,
                    territory="370303", on_from="2024-01-01",
                ),
                directory_pb.OrgUnit(
                    code="370303101", name="马尚镇", kind=directory_pb.OrgUnitKind.TOWN,
                    territory="370303101", on_from="2024-01-01",
                ),
            ],
            request_id=request_id(),
        )  # fmt: skip

    system = gateway.admin(0)
    first = await system(gateway.directory.record_org_units, units("教体局"))
    second = await system(gateway.directory.record_org_units, units("教育和体育局"))
    assert [u.unit_id for u in first.org_units] == [u.unit_id for u in second.org_units]
    listed = await system(gateway.directory.list_org_units, directory_pb.ListOrgUnitsRequest())
    assert {u.code: (u.name, u.line) for u in listed.org_units} == {
        "370303101": ("马尚镇", ""),
        "ZD103": ("教育和体育局", "ZD103"),
    }
    transactions = gateway.up.running.transactions
    async with transactions.database.begin(job=True) as connection:
        await connection.raw.execute("SET LOCAL ROLE s_system")
        told = await connection.raw.fetch(
            "SELECT aggregate_id FROM jx.outbox WHERE subject = 'jixiao.gateway.org_unit.recorded'"
        )
    assert len(told) == 3  # the town was the same the second time


async def test_d5_d6_r39_finance_sets_working_days_and_the_plan_of_a_year(
    gateway: Any,
) -> None:
    finance_caller = gateway.up.caller("district_finance", territory="370303")
    with pytest.raises(aio.AioRpcError) as caught:
        await finance_caller(
            gateway.plans.set_working_days,
            plans_pb.SetWorkingDaysRequest(
                holidays=["2024-10-05"],
                working_weekends=["2024-10-08", "2024-10-05"],
                request_id=request_id(),
            ),
        )
    assert [f.pointer for f in refusal(caught.value).findings] == [
        "/working_weekends/0",
        "/working_weekends/1",
    ]
    days = await finance_caller(
        gateway.plans.set_working_days,
        plans_pb.SetWorkingDaysRequest(
            holidays=["2024-10-01", "2024-10-02"],
            working_weekends=["2024-10-12"],
            request_id=request_id(),
        ),
    )
    assert days.etag == "1"

    def plan(etag: str) -> Any:
        return finance_caller(
            gateway.plans.set_work_plan,
            plans_pb.SetWorkPlanRequest(
                year=2025, items=[plans_pb.PlanItem(name="重点评价", due_on="2026-08-31")],
                etag=etag, request_id=request_id(),
            ),
        )  # fmt: skip

    assert (await plan("")).office == "370303"
    assert (await refused(plan("")))[1] == "etag_missing"
    assert (await refused(plan("7")))[1] == "stale"
    assert (await plan("1")).etag == "2"


async def test_d30_t36_a_department_keeps_its_rules_in_force_from_a_day(gateway: Any) -> None:
    def record(**more: str) -> Any:
        return department(
            gateway.plans.record_rule,
            plans_pb.RecordRuleRequest(
                kind=plans_pb.RuleKind.MEASURE, title="绩效管理办法", in_force_from="2025-01-01",
                request_id=request_id(), **more,
            ),
        )  # fmt: skip

    async def on(day: str) -> list[str]:
        listed = await department(gateway.plans.list_rules, plans_pb.ListRulesRequest(day=day))
        return [rule.office for rule in listed.rules]

    department = gateway.up.caller("department", territory="370303", line="ZD103")
    with pytest.raises(aio.AioRpcError) as caught:
        await record()
    assert [f.pointer for f in refusal(caught.value).findings] == ["/text"]
    rule = await record(text="第一条……")
    end = plans_pb.EndRuleRequest(
        rule_id=rule.rule_id, in_force_to="2025-12-31", etag=rule.etag, request_id=request_id()
    )
    other = department.by(line="ZD104", person="person-other")
    assert (await refused(other(gateway.plans.end_rule, end)))[0] is grpc.StatusCode.NOT_FOUND
    await department(gateway.plans.end_rule, end)
    assert [await on(d) for d in ("2024-12-31", "2025-12-31", "2026-01-01")] == [[], ["ZD103"], []]


async def test_d7_t9_the_access_log_holds_logins_and_failures(gateway: Any) -> None:
    await gateway.accounts("watched")
    await refused(login(gateway, "watched", "Wrong-password-1"))
    await login(gateway, "watched", INITIAL)
    log = await gateway.admin(4)(
        gateway.directory.list_access_log, directory_pb.ListAccessLogRequest(page_size=2)
    )
    assert [entry.outcome for entry in log.entries] == ["login", "login_failed"]
    assert await refused(
        gateway.admin(0)(gateway.directory.list_access_log, directory_pb.ListAccessLogRequest())
    ) == (grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN")
