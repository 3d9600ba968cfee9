"""Below a root: projects and parts enter the budget with their parent, within its money (R-19)."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.errors import Unavailable
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money, uuid7

from ..adapters import directory, programmes, targets
from ..domain import describing
from ..domain.description import ProgrammeState
from ..domain.events import Event
from ..domain.kinds import TargetLevel
from ..domain.library import Programme
from ..domain.target import Target
from .creating import code_for

BUDGETED = (ProgrammeState.BUDGETED, ProgrammeState.EXECUTING)


@dataclass(frozen=True, slots=True)
class TownShare:
    """What an approved allocation gives one town."""

    territory: str
    name: str
    amount: Money


async def place_passed(work: Work, target: Target) -> list[Event]:
    """Place a project whose target has just passed, if its parent is in that year's budget.

    Raises AboveParent where the projects would hold more than the parent.

    Articles: T-15, T-17. Rules: R-19.
    """
    project = await programmes.records.see(work, target.programme_id)
    if project.parent_id is None or target.target_level is not TargetLevel.PROJECT:
        return []
    parent = await programmes.records.get(work, project.parent_id)
    if parent.state_in(target.year) not in BUDGETED:
        return []
    children = await programmes.below(work, project.parent_id)
    project = next(one for one in children if one.programme_id == target.programme_id)
    others = held(children, target.year, but=project.programme_id)
    events = project.place(
        parent, work.today, target.year, target.form.amount, siblings=others, target=target
    )
    await programmes.records.save(work, project)
    return events


async def place_projects(work: Work, root: Programme, year: int) -> list[Event]:
    """Place the projects that have passed when their root enters the budget.

    Articles: D-14, T-17. Rules: R-19.
    """
    events: list[Event] = []
    total = Money()
    for project in await programmes.below(work, root.programme_id):
        target = await targets.newest(work, project.programme_id, year)
        is_project = project.described.target_level is TargetLevel.PROJECT
        if (
            not is_project
            or target is None
            or not target.has_passed_for(project.programme_id, year)
        ):
            continue
        amount = target.form.amount
        events += project.place(root, work.today, year, amount, siblings=total, target=target)
        total += amount
        await programmes.records.save(work, project)
    return events


async def place_parts(work: Work, root_id: UUID, year: int, shares: list[TownShare]) -> list[Event]:
    """Make the towns' parts of a factor transfer, or give them another amount.

    A year that the root has not entered is left to the act that enters it.
    Raises AboveParent; Unavailable while a town's office is not in the directory yet.

    Articles: T-2, T-15(2), T-32. Rules: R-19.
    """
    root = await programmes.records.get(work, root_id)
    if root.state_in(year) not in BUDGETED:
        return []
    events: list[Event] = []
    parts = {part.coordinates.territory: part for part in await programmes.below(work, root_id)}
    total = Money()
    for share in shares:
        part = parts.get(share.territory)
        if part is None:
            part = await _made(work, root, year, share)
            events += part.create()
            await programmes.records.add(work, part)
            await programmes.open_below(work, part)
        if part.entered_amount(year) != share.amount:
            events += part.place(root, work.today, year, share.amount, siblings=total, target=None)
            await programmes.records.save(work, part)
        total += share.amount
    return events


def held(children: list[Programme], year: int, but: UUID | None = None) -> Money:
    """Money that the children of a parent hold in a year."""
    amounts = (one.entered_amount(year) or Money() for one in children if one.programme_id != but)
    return sum(amounts, Money())


async def _made(work: Work, root: Programme, year: int, share: TownShare) -> Programme:
    office = await directory.town_office(work, share.territory, root.coordinates.line)
    if office is None:
        raise Unavailable
    at = Coordinates(share.territory, root.coordinates.line, office.code)
    return Programme(
        uuid7(), at, year, await code_for(work, at, year),
        describing.part_of(root.described, share.name), root.classification, parent_id=root.programme_id,
    )  # fmt: skip
