"""Acts 1 and 2: organisations, accounts, grants; the plan of the year and the library."""

import secrets

from ..figures import working_days
from ..officials import Person, refused
from ..walk import World

ADMINISTRATORS = {
    "系统管理员·一": "system-1", "系统管理员·二": "system-2", "安全管理员·一": "security-1",
    "安全管理员·二": "security-2", "审计管理员·一": "audit-1",
}  # fmt: skip
_BATCH = 10
"""Accounts made at once: a password's hash takes its time."""


def seat_administrators(w: World, accounts: dict[str, str]) -> None:
    """The first five people, with the passwords that `install` printed."""
    for name, login in ADMINISTRATORS.items():
        w.people[name] = Person(
            name, login, password(), w.stack.url, first_password=accounts[login]
        )


def password() -> str:
    """A password of the demo: long, and of three classes of characters."""
    return f"Jx-{secrets.token_hex(8)}-1a"


async def found_the_district(w: World) -> str:
    """Org units, accounts and grants, by three separate administrators (D-4, T-4–T-9)."""
    system, security = w["系统管理员·一"], w["安全管理员·一"]
    units = w.offices.org_units()
    await system.do("RecordOrgUnits", org_units=[unit.form() for unit in units])
    await _make_accounts(w, system)
    proposal = await security.do("ProposeGrants", grants=_grants(w))
    async with refused(403) as caught:
        await security.do("ConfirmGrants", proposal_id=proposal.proposal_id, etag=proposal.etag)
    await w["安全管理员·二"].do(
        "ConfirmGrants", proposal_id=proposal.proposal_id, etag=proposal.etag
    )
    await _register_systems(w, system)
    return f"机构{len(units)}个、人员{len(w.offices.seats())}名；本人确认：{caught[0].sentence}"


async def _make_accounts(w: World, system: Person) -> None:
    seats = w.offices.seats()
    for start in range(0, len(seats), _BATCH):
        batch = seats[start : start + _BATCH]
        first = [password() for _ in batch]
        made = await system.do(
            "CreateAccounts",
            accounts=[
                {"name": seat.name, "login_name": seat.login, "initial_password": secret}
                for seat, secret in zip(batch, first, strict=True)
            ],
        )
        for seat, secret, account in zip(batch, first, made.persons, strict=True):
            w.people[seat.name] = Person(
                seat.name, seat.login, password(), w.stack.url,
                first_password=secret, person_id=account.person_id,
            )  # fmt: skip


def _grants(w: World) -> list[dict[str, object]]:
    today = w.stack.today().isoformat()
    return [
        seat.post.grant(w[seat.name].person_id, today)
        for seat in w.offices.seats()
        if seat.post is not None
    ]


async def _register_systems(w: World, system: Person) -> None:
    """The treasury proves itself by its own key, the budget system by a secret (P4.5)."""
    keys = {"public_key": w.treasury.own_key()}
    for client, role, proof in (
        (w.treasury, "ROLE_TREASURY", keys),
        (w.budget_system, "ROLE_BUDGET_SYSTEM", {}),
    ):
        made = await system.do(
            "CreateClient", name=client.name, role=role, territory=w.offices.district,
            owner=f"{client.name}运维处", **proof,
        )  # fmt: skip
        client.client_id, client.client_secret = made.client_id, made.client_secret


async def set_the_rules(w: World) -> str:
    """Working days, the plan of 2025, common indicators (D-5(1), D-6(1)(3), D-30)."""
    finance = w["财政局·丁"]
    holidays, worked = working_days(w.figures.folder)
    table = await finance.do("SetWorkingDays", holidays=holidays, working_weekends=worked)
    plan = await finance.do("SetWorkPlan", year=2025, items=PLAN)
    library = await finance.do("PublishIndicatorLibrary", year=2025, indicators=COMMON)
    w.ids["library"] = library.library_id
    w.check("共性指标库版本号", library.number, 1)
    return f"工作日历{len(table.holidays)}天、工作计划{len(plan['items'])}项、共性指标库第{library.number}版"


PLAN = [
    {"name": "上半年绩效运行监控", "due_on": "2025-07-31"},
    {"name": "三季度绩效运行监控", "due_on": "2025-09-30"},
    {"name": "单位绩效自评", "due_on": "2026-02-28"},
    {"name": "镇办绩效自评汇总", "due_on": "2026-03-10"},
    {"name": "绩效自评报告", "due_on": "2026-03-31"},
    {"name": "财政重点评价", "due_on": "2026-08-31"},
]
COMMON = [
    {"code": "G-S1", "name": "服务对象满意度", "level1": "LEVEL1_SATISFACTION",
     "level2": "LEVEL2_SERVICE_OBJECT", "weight": "10.00", "kind": "KIND_QUANTITATIVE",
     "operator": "OPERATOR_GE", "target_value": "90", "unit": "%",
     "explanation": "满意份数÷有效问卷×100%"},
    {"code": "G-O1", "name": "资金支付及时率", "level1": "LEVEL1_OUTPUT",
     "level2": "LEVEL2_TIMELINESS", "weight": "10.00", "kind": "KIND_QUANTITATIVE",
     "operator": "OPERATOR_GE", "target_value": "100", "unit": "%",
     "explanation": "及时支付笔数÷应支付笔数×100%"},
]  # fmt: skip
