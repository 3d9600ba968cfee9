"""Targets are released with their budget, one act per giver. Articles: D-14, T-17."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.errors import EtagMissing, Stale
from jixiao.servicekit.transaction import Work

from ..adapters import directory, programmes, targets
from ..domain import budget
from ..domain.decomposition import require_equal_money
from ..domain.errors import ReleaseOutOfOrder
from ..domain.events import Event
from ..domain.kinds import TargetLevel
from ..domain.library import Programme
from ..domain.reviewing import Reviewer
from ..domain.target import Release, Target
from .placing import held

Done = tuple[tuple[tuple[tuple[Target, int], ...], int], list[Event]]


@dataclass(frozen=True, slots=True)
class Releasing:
    """A target to be released, by the version seen."""

    target_id: UUID
    etag: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseTargets:
    """One act: several targets, one document number."""

    targets: tuple[Releasing, ...]
    document_number: str


async def release_targets(command: ReleaseTargets, work: Work) -> Done:
    """Release all or none; parts first add up to their parent's money, to the fen.

    Raises MoneyNotEqual, NoApprovedBudget, BudgetDiffers, OnlyFinanceReleases,
    ReleaseOutOfOrder, AlreadyReleased, WrongState.

    Articles: D-14, T-17. Rules: R-19, R-21.
    """
    taken = [await _take(work, one) for one in command.targets]
    giver = await _giver(work)
    checked: set[UUID] = set()
    events: list[Event] = []
    for target in taken:
        programme = await programmes.records.get(work, target.programme_id)
        if programme.parent_id is not None and programme.parent_id not in checked:
            checked.add(programme.parent_id)
            await _require_sum(work, programme.parent_id, target)
        events += await _release(work, target, programme, giver, command.document_number)
    done = tuple((one, targets.records.version_of(work, one.target_id)) for one in taken)
    return (done, 1), events


async def _release(
    work: Work, target: Target, programme: Programme, giver: str, document_number: str
) -> list[Event]:
    releaser = Reviewer(work.principal.role)
    approved = programme.releasable_amount(
        target.year, root_approved=await _root_approved(work, target, programme)
    )
    receiver = _receiver(releaser, target)
    act = Release(releaser, giver, receiver, document_number, work.today, target.form.amount)
    first = not target.releases
    told = target.release(act, approved)
    events: list[Event] = []
    if first:
        for before in await targets.in_force(work, target.programme_id, target.year):
            events += before.supersede()
            await targets.records.save(work, before)
    await targets.records.save(work, target)
    events += told
    if any(one.reaches_unit for one in told):
        if moved := programme.reach_unit(target.year):
            await programmes.records.save(work, programme)
        events += moved
    return events


async def _take(work: Work, one: Releasing) -> Target:
    """Lock by the version that the caller has seen, as `Records.take` does for one record."""
    target = await targets.records.get(work, one.target_id)
    current = targets.records.version_of(work, one.target_id)
    if not one.etag:
        raise EtagMissing
    if one.etag != str(current):
        raise Stale(current=current)
    return target


async def _require_sum(work: Work, parent_id: UUID, target: Target) -> None:
    """The office that releases first checks that all below hold just the parent's money (R-19)."""
    if target.first_releaser != work.principal.role:
        return
    parent = await programmes.records.get(work, parent_id)
    children = await programmes.below(work, parent_id)
    entered = parent.entered_amount(target.year)
    if entered is not None:
        require_equal_money(entered, [held(children, target.year)])


async def _root_approved(work: Work, target: Target, programme: Programme) -> bool:
    """Say whether the money above is approved: finance sees the root, a town what it was given.

    Raises ReleaseOutOfOrder where nothing has been released to the town yet.
    """
    if programme.parent_id is None:
        return False
    if work.principal.role == Reviewer.DISTRICT_FINANCE:
        root = await programmes.records.see(work, programme.parent_id)
        return budget.approved_of(root.budget_rows, target.year) is not None
    if work.principal.role == Reviewer.TOWNSHIP_FINANCE and not await _came_down(
        work, target, programme
    ):
        raise ReleaseOutOfOrder
    return True


async def _came_down(work: Work, target: Target, programme: Programme) -> bool:
    """Say whether finance has released to the town: the project itself, or the part above it."""
    if target.first_releaser is not Reviewer.TOWNSHIP_FINANCE:
        return bool(target.releases)
    part = programme.parent_id
    return part is not None and bool(await targets.in_force(work, part, target.year))


async def _giver(work: Work) -> str:
    match work.principal.role:
        case Reviewer.DISTRICT_FINANCE:
            return await directory.finance_code(work)
        case Reviewer.DEPARTMENT:
            return work.principal.line
        case _:
            return work.principal.territory


def _receiver(releaser: Reviewer, target: Target) -> str:
    """Code of who receives: the department, the town, or the unit that spends."""
    at = target.coordinates
    if releaser is not Reviewer.DISTRICT_FINANCE:
        return at.unit
    below = target.transfer and target.target_level is not TargetLevel.OVERALL
    return at.territory if below else at.line
