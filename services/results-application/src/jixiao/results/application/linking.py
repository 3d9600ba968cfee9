"""What the governing result does to the budget: proposed, consulted, decided, fetched.

Articles: D-26, T-24, T-30, T-31.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.errors import EtagMissing, Stale
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import stores
from ..adapters.calendar import read_calendar
from ..domain.dormant import Balance
from ..domain.errors import NotLinked
from ..domain.known import KnownProgramme
from ..domain.linkage_rows import Flag, LinkageCase
from ..domain.proposal import Decision, LinkageProposal, LinkageState

Answer = tuple[tuple[LinkageProposal, int], list[object]]


@dataclass(frozen=True, slots=True)
class ProposeLinkage:
    """What finance adds to the results on record; `year` is the budget year bound."""

    programme_id: UUID
    year: int
    flags: tuple[Flag, ...]
    finance_rate: Decimal | None = None
    rate_reason: str = ""
    merge_into: str = ""
    poor_left_out_by: str = ""


@dataclass(frozen=True, slots=True)
class CommentLinkage:
    """The department's opinion."""

    proposal_id: UUID
    comment: str


@dataclass(frozen=True, slots=True)
class DecideLinkage:
    """Finance's decision."""

    proposal_id: UUID
    decision: Decision
    reason: str
    finance_rate: Decimal | None = None
    government_document: str = ""


async def propose_linkage(command: ProposeLinkage, work: Work) -> Answer:
    """Compute a proposal from the results on record and put it forward, or once more.

    Raises NotFound, NotLinked, NoProposal, CutBelowMinimum, RateAboveOne, ReasonMissing,
    WrongState once consulted.

    Articles: D-26, T-24, T-30, T-31. Rules: R-29, R-30, R-31, R-32, R-33.
    """
    programme = await stores.programmes.see(work, command.programme_id)
    if programme.parent_id is not None:
        raise NotLinked
    case = programme.linkage_case(command.year, command.flags, work.today)
    case = replace(case, merge_into=command.merge_into)
    known = await stores.own(work, stores.linkages, command.programme_id, command.year)
    proposal = known or _computed(programme, command, case)
    if proposal.state in (LinkageState.COMPUTED, LinkageState.PROPOSED):
        proposal.case = case
    events: list[object] = [
        *proposal.propose(
            person=work.person,
            day=work.today,
            finance_rate=command.finance_rate,
            rate_reason=command.rate_reason,
            poor_left_out_by=command.poor_left_out_by,
        )
    ]
    if known is None:
        await stores.linkages.add(work, proposal)
        return (proposal, 1), events
    _same_version(work, known)
    return await _kept(work, proposal, events)


async def consult_linkage(proposal_id: UUID, work: Work) -> Answer:
    """Ask the department, which has ten working days. Articles: D-26, T-30. Rules: R-39."""
    proposal = await stores.linkages.take(work, proposal_id)
    events = proposal.consult(day=work.today, calendar=await read_calendar(work))
    programme = await stores.programmes.see(work, proposal.programme_id)
    for role, kind, title in (
        ("department", "linkage.comment", "对挂钩建议提出意见"),
        ("district_finance", "linkage.decide", "决定挂钩建议"),
    ):
        await tasks.open_task(
            work, role=role, at=proposal.coordinates, kind=kind, title=f"{title}：{programme.name}",
            record=proposal.proposal_id, programme_id=proposal.programme_id,
            due_on=proposal.consultation_due_on,
        )  # fmt: skip
    return await _kept(work, proposal, [*events])


async def comment_linkage(command: CommentLinkage, work: Work) -> Answer:
    """Take the department's opinion. Articles: D-26."""
    proposal = await stores.linkages.take(work, command.proposal_id)
    events = proposal.comment_on(command.comment, person=work.person)
    return await _kept(work, proposal, [*events])


async def decide_linkage(command: DecideLinkage, work: Work) -> Answer:
    """Decide as another person than the proposer. Articles: D-26, T-31. Rules: R-33, R-51."""
    proposal = await stores.linkages.take(work, command.proposal_id)
    events = proposal.decide(
        command.decision,
        person=work.person,
        day=work.today,
        reason=command.reason,
        finance_rate=command.finance_rate,
        government_document=command.government_document,
    )
    await tasks.close_tasks(work, record=proposal.proposal_id)
    return await _kept(work, proposal, [*events])


async def fetch_decisions(
    year: int, work: Work
) -> tuple[tuple[list[tuple[LinkageProposal, KnownProgramme]], int], list[object]]:
    """Hand a year's decisions to the budget system: decided becomes sent, sent comes again.

    Articles: D-6(7), D-26.
    """
    events: list[object] = []
    found = []
    for proposal in await stores.to_send(work, year):
        if proposal.state is not LinkageState.SENT:
            events += proposal.send(day=work.today)
            await stores.linkages.save(work, proposal)
        found.append((proposal, await stores.programmes.see(work, proposal.programme_id)))
    return (found, 0), events


async def dormant_balances(
    work: Work, programme_id: UUID | None, day: date
) -> list[tuple[KnownProgramme, Balance]]:
    """What is dormant on a day, of the programmes in scope. Articles: D-26. Rules: R-32."""
    known = (
        await stores.known(work)
        if programme_id is None
        else [await stores.programmes.see(work, programme_id)]
    )
    return [(p, balance) for p in known for balance in p.dormant(day).values()]


def _computed(
    programme: KnownProgramme, command: ProposeLinkage, case: LinkageCase
) -> LinkageProposal:
    governing = programme.governing(command.year - 2)
    return LinkageProposal.compute(
        uuid7(),
        programme.programme_id,
        programme.coordinates,
        year=command.year,
        result_year=governing.year if governing else command.year - 2,
        case=case,
    )


def _same_version(work: Work, proposal: LinkageProposal) -> None:
    current = stores.linkages.version_of(work, proposal.proposal_id)
    if not work.etag:
        raise EtagMissing
    if work.etag != str(current):
        raise Stale(current=current)


async def _kept(work: Work, proposal: LinkageProposal, events: list[object]) -> Answer:
    await stores.linkages.save(work, proposal)
    return (proposal, stores.linkages.version_of(work, proposal.proposal_id)), events
