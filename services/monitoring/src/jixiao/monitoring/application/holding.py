"""Payments are held, stopped and resumed, each by two people; the treasury asks (D-18, R-27)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money, uuid7

from ..adapters import executions, holds
from ..domain.errors import WrongState
from ..domain.hold import Change, Exemption, Ground, PaymentAnswer, PaymentHold, may_pay

Done = tuple[tuple[PaymentHold, int], list[object]]


@dataclass(frozen=True, slots=True)
class ProposeHold:
    """A hold on the payments of the programme that a finding is of."""

    finding_id: UUID
    document_number: str = ""
    start_on: date | None = None
    cap: Money | None = None
    exemption: Exemption = Exemption.NONE
    serious_violation: bool = False
    stop_at_once: bool = False


async def propose_hold(command: ProposeHold, work: Work) -> Done:
    """Propose a hold; it shows what the treasury would be told. Articles: D-18. Rules: R-27."""
    finding = await holds.findings.get(work, command.finding_id)
    hold = PaymentHold(
        uuid7(), finding.programme_id, finding.coordinates, finding.year,
        Ground.of(finding, serious_violation=command.serious_violation),
        command.document_number.strip(), command.start_on or work.today, work.person, work.today,
        command.cap, command.exemption, command.stop_at_once,
    )  # fmt: skip
    events = hold.propose(
        district_finance=work.principal.role == "district_finance",
        open_hold=bool(await holds.open_holds(work, finding.programme_id)),
    )
    await holds.holds.add(work, hold)
    await _ask(work, hold, "payment_hold.decide", f"决定暂缓拨款：{hold.document_number}")
    return (hold, 1), [*events]


@dataclass(frozen=True, slots=True)
class DecideHold:
    """Agreement, or not."""

    hold_id: UUID
    agreed: bool = False


async def decide_hold(command: DecideHold, work: Work) -> Done:
    """Decide a proposed hold, never the own one. Articles: D-18. Rules: R-27, R-51."""
    hold = await holds.holds.take(work, command.hold_id)
    events = hold.decide(person=work.person, day=work.today, agreed=command.agreed)
    return await _kept(work, hold), [*events]


@dataclass(frozen=True, slots=True)
class OnHold:
    """An act on a hold, with its decision document where it needs one."""

    hold_id: UUID
    document_number: str = ""


async def propose_change(change: Change, command: OnHold, work: Work) -> Done:
    """Propose to stop, or to resume after accepted rectification. Articles: D-18, D-25."""
    hold = await holds.holds.take(work, command.hold_id)
    hold.propose_change(change, command.document_number, person=work.person, day=work.today)
    done = await _kept(work, hold)
    words = "恢复拨款" if change is Change.LIFT else "停止拨款"
    await _ask(work, hold, f"payment_hold.{change}", f"确认{words}：{command.document_number}")
    return done, []


async def confirm_change(change: Change, command: OnHold, work: Work) -> Done:
    """Carry out the proposed stop or lift, by a second person. Articles: D-18, D-25."""
    hold = await holds.holds.take(work, command.hold_id)
    if hold.pending is None or hold.pending.change is not change:
        raise WrongState(hold.state)
    events = hold.confirm_change(person=work.person, day=work.today)
    return await _kept(work, hold), [*events]


async def _kept(work: Work, hold: PaymentHold) -> tuple[PaymentHold, int]:
    await holds.holds.save(work, hold)
    await tasks.close_tasks(work, record=hold.hold_id)
    return hold, holds.holds.version_of(work, hold.hold_id)


async def _ask(work: Work, hold: PaymentHold, kind: str, title: str) -> None:
    await tasks.open_task(
        work, role="district_finance", at=hold.coordinates, kind=kind, title=title,
        record=hold.hold_id, programme_id=hold.programme_id,
    )  # fmt: skip


async def ask_to_pay(code: str, work: Work) -> tuple[PaymentAnswer, UUID | None]:
    """Answer the treasury by one read; only a capped hold needs what was paid since as well.

    Articles: D-18. Rules: R-27.
    """
    asked = await holds.asked(work, code)
    hold = None if asked is None else asked.hold
    paid = Money()
    if hold is not None and hold.cap is not None:
        paid = await executions.paid_since(work, hold.programme_id, hold.start_on, work.today)
    known = asked is not None and asked.budgeted
    answer = may_pay(hold, work.today, programme_known=known, paid_since=paid)
    return answer, None if hold is None else hold.hold_id
