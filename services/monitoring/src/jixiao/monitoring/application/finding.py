"""Findings are opened, explained, closed, withdrawn (D-17, D-18, T-20)."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money, uuid7

from ..adapters import holds, known
from ..domain.finding import Finding, Severity

Done = tuple[tuple[Finding, int], list[object]]


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A problem of a programme, with the money concerned."""

    programme_id: UUID
    year: int
    severity: Severity
    text: str = ""
    amount: Money = Money()  # noqa: RUF009 - frozen


async def open_finding(command: OpenFinding, work: Work) -> Done:
    """Put a finding on record where its programme stands. Articles: D-17, D-18, T-20, T-21."""
    programme = await known.programmes.see(work, command.programme_id)
    finding = Finding(
        uuid7(), programme.programme_id, programme.coordinates, command.year, command.severity,
        command.text, command.amount, work.person, work.today, programme.transfer,
    )  # fmt: skip
    events = finding.open(district_finance=work.principal.role == "district_finance")
    await holds.findings.add(work, finding)
    await tasks.open_task(
        work, role="unit", at=finding.coordinates, kind="finding.explain",
        title=f"监控发现问题，请说明情况：{programme.name}", record=finding.finding_id,
        programme_id=programme.programme_id,
    )  # fmt: skip
    return (finding, 1), [*events]


@dataclass(frozen=True, slots=True)
class OnFinding:
    """An act on a finding."""

    finding_id: UUID
    explanation: str = ""
    document_number: str = ""


async def explain_finding(command: OnFinding, work: Work) -> Done:
    """Take the unit's explanation. Articles: D-18."""
    finding = await holds.findings.take(work, command.finding_id)
    finding.explain(command.explanation, person=work.person)
    await tasks.close_tasks(work, record=finding.finding_id)
    return await _kept(work, finding), []


async def close_finding(command: OnFinding, work: Work) -> Done:
    """Close a minor or major finding. Articles: D-17, T-20."""
    finding = await holds.findings.take(work, command.finding_id)
    events = finding.close(person=work.person, day=work.today)
    await tasks.close_tasks(work, record=finding.finding_id)
    return await _kept(work, finding), [*events]


async def propose_withdrawal(command: OnFinding, work: Work) -> Done:
    """Propose to withdraw a finding by a decision document. Rules: R-27."""
    finding = await holds.findings.take(work, command.finding_id)
    finding.propose_withdrawal(command.document_number, person=work.person)
    return await _kept(work, finding), []


async def confirm_withdrawal(command: OnFinding, work: Work) -> Done:
    """Withdraw it; a hold that stands on it may then be lifted. Rules: R-27."""
    finding = await holds.findings.take(work, command.finding_id)
    events = finding.confirm_withdrawal(person=work.person, day=work.today)
    for hold in await holds.open_holds(work, finding.programme_id):
        if hold.ground.finding_id == finding.finding_id:
            hold.note_withdrawn(finding.withdrawal_number)
            await holds.holds.save(work, hold)
    await tasks.close_tasks(work, record=finding.finding_id)
    return await _kept(work, finding), [*events]


async def _kept(work: Work, finding: Finding) -> tuple[Finding, int]:
    await holds.findings.save(work, finding)
    return finding, holds.findings.version_of(work, finding.finding_id)
