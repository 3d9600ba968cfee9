"""Point by point: what lies just outside a role's scope is, byte for byte, as if absent (P3.3)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from demo.callers import Caller, told
from demo.contract import operation
from demo.rehearsal import Walked
from demo.systems import SystemRefusal

Callers = Callable[[str], Awaitable[Caller]]
OUTSIDE = [
    # another line
    ("教体局·丑", "GetProgramme", "C"),
    ("教体局·丑", "GetTarget", "C.target.2026"),
    ("教体局·丑", "GetLinkage", "C.linkage"),
    ("教体局·丑", "GetRollUp", "D.roll_up"),
    ("卫健局·子", "GetExante", "A.exante"),
    ("卫健局·子", "GetFinding", "A.finding"),
    ("卫健局·子", "GetHold", "A.hold"),
    ("卫健局·子", "GetSpotCheck", "A.spot_check"),
    ("卫健局·子", "GetSelfEvaluation", "A.self_evaluation"),
    ("卫健局·子", "GetRectification", "A.order"),
    ("卫健局·子", "GetKeyEvaluation", "D.evaluation"),
    ("卫健局·子", "GetInterview", "D.interview"),
    ("卫健局·子", "GetAllocation", "D.plan.2027"),
    # another town
    ("财政所·甲@370303101", "GetProgramme", "C-102-1"),
    ("财政所·甲@370303101", "GetTarget", "C@370303102.target"),
    ("财政所·甲@370303101", "GetRollUp", "C@370303102.roll_up"),
    ("财政所·甲@370303101", "GetMonitoringReport", "D-102.report.2025-07-31"),
    ("卫健办·子@370303101", "GetProgramme", "C-102-1"),
    # another line in the own town
    ("卫健办·子@370303102", "GetProgramme", "D-102"),
    ("卫健办·子@370303102", "GetFinding", "D-102.finding"),
    # another unit, in the own town and in the district
    ("医院·一@C-008-1", "GetProgramme", "C-008-2"),
    ("医院·一@C-008-1", "GetTarget", "C-008-2.target"),
    ("资助中心·一", "GetTarget", "G.target"),
    ("资助中心·一", "GetMonitoringReport", "G.report.2025-07-31"),
    ("水利中心·一", "GetAdjustment", "A.adjustment"),
    # another record than the commission's or the group's; their own of last year, after its end
    ("专家·四", "GetProgramme", "A"),
    # who answers for A sees A
    ("资助中心·主任", "GetProgramme", "B"),
    ("专家·四", "GetKeyEvaluation", "D.evaluation"),
    ("专家·五", "GetProgramme", "D"),
    ("专家·五", "GetKeyEvaluation", "D.evaluation"),
    ("P所·一", "GetProgramme", "B"),
    ("P所·一", "GetExante", "B.exante"),
    ("专家·一", "GetProgramme", "D"),
    ("专家·一", "GetSpotCheck", "A.spot_check"),
    # a stub without clearance, in the own district and in the own line
    ("财政局·甲", "GetProgramme", "E"),
    ("审计局·甲", "GetProgramme", "E"),
    ("应急局·丑", "GetProgramme", "E"),
]  # fmt: skip
IN_SCOPE = [
    ("教体局·丑", "GetProgramme", "A"),
    ("财政所·甲@370303101", "GetProgramme", "C-101-1"),
    ("卫健办·子@370303102", "GetProgramme", "C-102-1"),
    ("医院·一@C-008-1", "GetTarget", "C-008-1.target"),
    ("专家·四", "GetProgramme", "G"),
    ("资助中心·主任", "GetProgramme", "A"),
    ("专家·一", "GetProgramme", "G"),
    ("应急局·子", "GetProgramme", "E"),
    ("审计局·甲", "GetHold", "A.hold"),
    ("人大·甲", "GetPackage", "package.accounts.2025"),
]
ADMINISTRATORS = ("系统管理员·一", "安全管理员·一", "审计管理员·一")


@pytest.mark.parametrize(("who", "rpc", "key"), OUTSIDE)
async def test_p33_just_outside_is_answered_as_absent(
    year: Walked, appointed: Callers, who: str, rpc: str, key: str
) -> None:
    caller, (variable,) = await appointed(who), operation(rpc).variables
    named, absent = year.world.ids[key], str(uuid4())
    there = told(await caller.ask(rpc, given={variable: named}), named)
    nowhere = told(await caller.ask(rpc, given={variable: absent}), absent)
    assert there[0] == 404
    assert there == nowhere


@pytest.mark.parametrize(("who", "rpc", "key"), IN_SCOPE)
async def test_p33_control_just_inside_is_shown(
    year: Walked, appointed: Callers, who: str, rpc: str, key: str
) -> None:
    (variable,) = operation(rpc).variables
    answer = await (await appointed(who)).ask(rpc, given={variable: year.world.ids[key]})
    assert answer.status_code == 200
    assert year.world.ids[key] in answer.text


async def test_d28_a_package_still_being_drafted_is_absent_to_the_congress(
    year: Walked, appointed: Callers
) -> None:
    drafted = await (await appointed("财政局·丁")).person.do(
        "CreatePackage", year=2028, kind="draft_budget", title="2028年预算草案",
        session_on="2028-01-15",
    )  # fmt: skip
    congress, absent = await appointed("人大·甲"), str(uuid4())
    there = told(
        await congress.ask("GetPackage", package_id=drafted.package_id), drafted.package_id
    )
    assert there[0] == 404
    assert there == told(await congress.ask("GetPackage", package_id=absent), absent)
    assert drafted.package_id not in (await congress.ask("ListPackages")).text


@pytest.mark.parametrize("who", ADMINISTRATORS)
async def test_p35_an_administrator_is_refused_business_data_that_is_there_or_not(
    year: Walked, appointed: Callers, who: str
) -> None:
    caller, named, absent = await appointed(who), year.world.ids["A"], str(uuid4())
    there = told(await caller.ask("GetProgramme", programme_id=named), named)
    assert there[0] == 403
    assert there == told(await caller.ask("GetProgramme", programme_id=absent), absent)


@pytest.mark.parametrize(
    ("who", "rpc", "given"),
    [
        ("treasury", "MayPay", {"programme_code": "{E.code}", "amount": "1.00"}),
        ("budget_system", "MayEnter", {"programme_id": "{E}", "year": 2026, "amount": "1.00"}),
        ("budget_system", "EnterBudget", {"programme_id": "{E}", "year": 2026, "amount": "1.00"}),
        ("budget_system", "RecordBudget",
         {"programme_id": "{E}", "year": 2026, "kind": "adjustment", "amount": "1.00"}),
    ],
)  # fmt: skip
async def test_p34_a_client_is_answered_about_a_stub_as_about_nothing(
    year: Walked, who: str, rpc: str, given: dict[str, Any]
) -> None:
    w = year.world
    system = w.treasury if who == "treasury" else w.budget_system
    known = {"{E}": w.ids["E"], "{E.code}": w.kept["E.code"]}
    nothing = {"{E}": str(uuid4()), "{E.code}": f"{w.kept['E.code'][:-1]}9"}

    async def asked(names: dict[str, str]) -> str:
        filled = {
            key: names.get(value, value) if isinstance(value, str) else value
            for key, value in given.items()
        }
        try:
            answer = await system.do(rpc, **filled)
            text = str(answer.tree)
        except SystemRefusal as refusal:
            text = refusal.words
        for name in names.values():
            text = text.replace(name, "")
        return text

    try:
        assert await asked(known) == await asked(nothing)
    finally:
        await system.close()
