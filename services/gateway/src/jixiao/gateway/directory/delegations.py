"""Deputies for a time: some actions of an own post, lent to another person (P3.1, P3.2)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from jixiao.servicekit.errors import Faulty, Finding, Forbidden, NotFound
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import accounts, grants, sessions
from .grants import ADMINISTRATORS, GRANTABLE, Grant

LONGEST = 90
"""Days, the first and the last counted."""
MOST = 5
"""Loans not yet over, of one lender and of one deputy: their ties travel in every token."""
READING = "record.read"
"""Goes with whatever is lent: nobody reviews what he cannot see."""
Allowed = Callable[[str], Collection[str]]
"""The actions of a role, by the contract."""


@dataclass(frozen=True, slots=True)
class Loan:
    """What is lent to whom, from when until when."""

    grant_id: UUID
    to_person_id: UUID
    actions: tuple[str, ...]
    from_on: date
    to_on: date
    basis: str


async def lend(loan: Loan, allowed: Allowed, work: Work) -> tuple[Grant, list[object]]:
    """Lend actions of an own post; in force from the next request in its days.

    A clearance is personal and never goes with it; neither does a commission, for which its
    persons have declared their interests. Raises NotFound for a grant that is not the caller's,
    Faulty with all findings, Forbidden to clients, before the initial password is changed and
    before the second factor is given.
    Articles: D-4.
    """
    me = await accounts.by_person(work.connection, UUID(work.person))
    session = await sessions.of_id(work.connection, UUID(work.principal.session))
    if me is None or me.must_change or session is None or session.pending:
        raise Forbidden
    held = await grants.locked(work.connection, loan.grant_id)
    if held is None or str(held.person_id) != work.person:
        raise NotFound
    found = _post(held) + _days(loan, held, work.today) + _actions(loan, allowed(held.role))
    found += await _deputy(loan, work)
    if found:
        raise Faulty(*found)
    lent = Grant(
        uuid7(), loan.to_person_id, held.role, held.territory, held.line, held.unit, loan.from_on,
        loan.to_on, loan.basis, source=f"delegation:{held.grant_id}", lent_by=held.person_id,
        lent_from=held.grant_id,
        actions=tuple(sorted({*loan.actions, READING} & {*allowed(held.role)})),
    )  # fmt: skip
    await grants.give(work, lent)
    return lent, []


async def take_back(grant_id: UUID, work: Work) -> tuple[Grant, list[object]]:
    """End what the caller has lent, before today. Raises NotFound for anybody else's."""
    lent = await grants.locked(work.connection, grant_id)
    if lent is None or lent.lent_by is None or str(lent.lent_by) != work.person:
        raise NotFound
    return await grants.end(work, lent, work.today - timedelta(days=1)), []


async def end_all(person_ids: Sequence[UUID], work: Work) -> None:
    """End what people have lent whose accounts are shut: nobody acts for them any more."""
    for lent in await grants.loans_of(work.connection, person_ids, work.today):
        if lent.lent_by in person_ids:
            await grants.end(work, lent, work.today - timedelta(days=1))


def _post(held: Grant) -> list[Finding]:
    if held.lent_by is not None:
        return [Finding("/grant_id", "passed_on", "受托代理的岗位不得再委托他人。")]
    if held.role in ADMINISTRATORS:
        return [Finding("/grant_id", "administrator", "管理员岗位不得委托他人代理。")]
    if held.role not in GRANTABLE:
        return [Finding("/grant_id", "personal", "因记录指定到本人的权限不得委托他人代理。")]
    return []


def _days(loan: Loan, held: Grant, today: date) -> list[Finding]:
    found = []
    if loan.from_on < max(today, held.from_on):
        found.append(Finding("/from_on", "days", "起始日期不能早于今天，也不能早于本人任职之日。"))
    if loan.to_on < loan.from_on:
        found.append(Finding("/to_on", "days", "截止日期不能早于起始日期。"))
    if (loan.to_on - loan.from_on).days >= LONGEST:
        found.append(Finding("/to_on", "too_long", f"委托代理最长 {LONGEST} 天，请缩短期限。"))
    if held.to_on is not None and loan.to_on > held.to_on:
        found.append(
            Finding("/to_on", "beyond_post", f"本人该岗位至{held.to_on}为止，请提前截止。")
        )
    return found


def _actions(loan: Loan, allowed: Collection[str]) -> list[Finding]:
    return [
        Finding(f"/actions/{number}", "action", f"本人该岗位没有“{action}”这一事项，不能委托。")
        for number, action in enumerate(loan.actions)
        if action not in allowed
    ]


async def _deputy(loan: Loan, work: Work) -> list[Finding]:
    at = "/to_person_id"
    if str(loan.to_person_id) == work.person:
        return [Finding(at, "oneself", "不能委托给本人。")]
    account = await accounts.by_person(work.connection, loan.to_person_id)
    if account is None or account.disabled:
        return [Finding(at, "unknown", "没有这个人员，或者其账号已停用。")]
    if await grants.roles_from(work.connection, loan.to_person_id, loan.from_on) & ADMINISTRATORS:
        return [Finding(at, "separation", "管理员不得兼任业务岗位，不能受托代理。")]
    me = UUID(work.person)
    loans = await grants.loans_of(work.connection, (me, loan.to_person_id), work.today)
    found = []
    if sum(one.lent_by == me for one in loans) >= MOST:
        found.append(Finding("/grant_id", "too_many", f"本人未到期的委托已有 {MOST} 项。"))
    if sum(one.person_id == loan.to_person_id for one in loans) >= MOST:
        found.append(Finding(at, "too_many", f"该人员未到期的受托已有 {MOST} 项。"))
    return found
