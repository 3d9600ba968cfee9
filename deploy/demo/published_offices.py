"""Departments and units of published forms: made first, each with one person who keeps its drafts.

The forms are of other places. Here their offices stand under the demo's district, with codes of
their own and named as transferred, so that nobody takes them for offices of the district.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .offices import OrgUnit, Post, Seat
from .officials import Person
from .walk import World

TRANSFERRED = "（外地公开案例，演示迁移）"
AT_ONCE = 10
LONGEST = 200
"""Characters of a name."""
UNNAMED = "未注明主管部门"


@dataclass(frozen=True, slots=True)
class CaseOffice:
    """Where a case is kept: the department's line, the unit's code, and who keeps it."""

    line: str
    unit: str
    keeper: str
    """Name of the person in `World.people`."""


def named(text: str) -> str:
    """A published name, marked as transferred, within what a name may hold."""
    return text[: LONGEST - len(TRANSFERRED)] + TRANSFERRED


def department_of(case: Mapping[str, Any]) -> str:
    """The department as published; where none is visible, the unit."""
    return str(case.get("department") or case.get("unit") or UNNAMED)


async def seat_cases(w: World, cases: Iterable[Mapping[str, Any]]) -> dict[str, CaseOffice]:
    """Make departments, units and keepers of the cases that are not there yet; by case id."""
    cases = list(cases)
    departments = {name: f"AL{number:03}" for number, name in enumerate(_departments(cases), 1)}
    units = {pair: f"ALU{number:03}" for number, pair in enumerate(_units(cases), 1)}
    await _record(w, departments, units)
    await _seat_keepers(w, departments)
    return {
        case["id"]: CaseOffice(
            departments[name := department_of(case)],
            units[name, _unit_of(case)],
            _keeper(departments[name]),
        )
        for case in cases
    }


def _departments(cases: list[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(map(department_of, cases)))


def _units(cases: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((department_of(case), _unit_of(case)) for case in cases))


def _unit_of(case: Mapping[str, Any]) -> str:
    return str(case.get("unit") or department_of(case))


def _keeper(line: str) -> str:
    return f"案例·{line}"


async def _record(w: World, departments: dict[str, str], units: dict[tuple[str, str], str]) -> None:
    district = w.offices.district
    rows = [
        OrgUnit(line, named(name), "department", district, line)
        for name, line in departments.items()
    ]
    rows += [
        OrgUnit(code, named(unit), "unit", district, departments[department])
        for (department, unit), code in units.items()
    ]
    if rows:
        await w["系统管理员·一"].do("RecordOrgUnits", org_units=[row.form() for row in rows])


async def _seat_keepers(w: World, departments: dict[str, str]) -> None:
    seats = [
        Seat(_keeper(line), Post("department", w.offices.district, line))
        for line in departments.values()
        if _keeper(line) not in w.people
    ]
    for start in range(0, len(seats), AT_ONCE):
        await _make_accounts(w, seats[start : start + AT_ONCE])
    if not seats:
        return
    today = w.stack.today().isoformat()
    proposal = await w["安全管理员·一"].do(
        "ProposeGrants",
        grants=[seat.post.grant(w[seat.name].person_id, today) for seat in seats if seat.post],
    )
    await w["安全管理员·二"].do(
        "ConfirmGrants", proposal_id=proposal.proposal_id, etag=proposal.etag
    )


async def _make_accounts(w: World, seats: list[Seat]) -> None:
    first = [_password() for _ in seats]
    logins = [seat.post.line.lower() if seat.post else "" for seat in seats]
    made = await w["系统管理员·一"].do(
        "CreateAccounts",
        accounts=[
            {"name": seat.name, "login_name": login, "initial_password": secret}
            for seat, login, secret in zip(seats, logins, first, strict=True)
        ],
    )
    for seat, login, secret, account in zip(seats, logins, first, made.persons, strict=True):
        w.people[seat.name] = Person(
            seat.name, login, _password(), w.stack.url,
            first_password=secret, person_id=account.person_id,
        )  # fmt: skip


def _password() -> str:
    return f"Jx-{secrets.token_hex(8)}-1a"
