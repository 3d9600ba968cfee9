"""A small district for the bench: one department, one unit, the treasury; all by the front door."""

import asyncio
from dataclasses import dataclass

import httpx

from demo.officials import Person
from demo.systems import System
from local.stack import Stack

PLACE = {"territory": "370303", "line": "ZD103"}
SINCE = {"on_from": "2020-01-01"}
UNIT = "U001"
PASSWORD = "Jixiao-Bench-2025!"  # noqa: S105 - of accounts that live as long as the run
INDICATORS = [
    {
        "code": f"{code}", "name": f"指标{code}", "level1": f"LEVEL1_{one}", "level2": f"LEVEL2_{two}",
        "weight": weight, "kind": "KIND_QUANTITATIVE", "operator": "OPERATOR_GE", "target_value": "95",
        "unit": "%", "explanation": "达标数÷总数×100%", "standard_type": "STANDARD_TYPE_PLAN",
        "standard_source": "实施方案",
    }
    for code, one, two, weight in [
        ("C1", "COST", "ECONOMIC_COST", "20.00"), ("O1", "OUTPUT", "QUANTITY", "5.00"),
        ("O2", "OUTPUT", "QUANTITY", "5.00"), ("O3", "OUTPUT", "QUALITY", "10.00"),
        ("O4", "OUTPUT", "QUALITY", "5.00"), ("O5", "OUTPUT", "TIMELINESS", "10.00"),
        ("O6", "OUTPUT", "TIMELINESS", "5.00"), ("B1", "BENEFIT", "ECONOMIC", "5.00"),
        ("B2", "BENEFIT", "SOCIAL", "10.00"), ("B3", "BENEFIT", "SUSTAINABLE", "5.00"),
        ("S1", "SATISFACTION", "SERVICE_OBJECT", "5.00"), ("S2", "SATISFACTION", "SERVICE_OBJECT", "5.00"),
    ]
]  # fmt: skip
"""Twelve indicators whose weights fit the profile of 2025."""


def a_form() -> dict[str, object]:
    """A target form of twelve indicators."""
    return {
        "annual_text": "为5880名学生提供营养膳食补助，按每生每天5元、全年200天供餐。",
        "amount": "5880000.00",
        "indicators": INDICATORS,
    }


@dataclass(frozen=True, slots=True)
class District:
    """Who acts in the bench."""

    department: Person
    unit: Person
    treasury: System
    cookie: httpx.Cookies
    csrf: str


async def settle_in(stack: Stack, accounts: dict[str, str]) -> District:
    """Make org units, accounts, grants and the treasury's client."""

    def person(login: str, first: str) -> Person:
        return Person(
            name=login, login=login, password=PASSWORD, url=stack.url, first_password=first
        )

    system, security, second = (
        person(n, accounts[n]) for n in ("system-1", "security-1", "security-2")
    )
    await system.do(
        "RecordOrgUnits",
        org_units=[
            {**PLACE, **SINCE, "code": "ZD103", "name": "区教育和体育局", "kind": "ORG_UNIT_KIND_DEPARTMENT"},
            {**PLACE, **SINCE, "code": UNIT, "name": "区学生资助管理中心", "kind": "ORG_UNIT_KIND_UNIT"},
        ],
    )  # fmt: skip
    made = await system.do(
        "CreateAccounts",
        accounts=[
            {"name": "子", "login_name": "department", "initial_password": PASSWORD + "0"},
            {"name": "一", "login_name": "unit", "initial_password": PASSWORD + "0"},
        ],
    )
    one, other = (entry["person_id"] for entry in made["persons"])
    grants = [
        {
            **PLACE,
            "person_id": one,
            "role": "ROLE_DEPARTMENT",
            "from_on": "2020-01-01",
            "basis": "基准测试",
        },
        {
            **PLACE,
            "person_id": other,
            "role": "ROLE_UNIT",
            "unit": UNIT,
            "from_on": "2020-01-01",
            "basis": "基准测试",
        },
    ]
    proposal = await security.do("ProposeGrants", grants=grants)
    await second.do("ConfirmGrants", proposal_id=proposal["proposal_id"], etag=proposal["etag"])
    client = await system.do(
        "CreateClient", name="国库", role="ROLE_TREASURY", owner="基准测试", territory="370303"
    )
    treasury = System("国库", stack.url, stack.door, client["client_id"], client["client_secret"])
    department, unit = person("department", PASSWORD + "0"), person("unit", PASSWORD + "0")
    await asyncio.gather(unit.call("GET", "/v1/session"), department.call("GET", "/v1/session"))
    for administrator in (system, security, second):
        await administrator.close()
    assert unit.client is not None  # noqa: S101 - signed in just above
    return District(department, unit, treasury, unit.client.cookies, unit.csrf)
