"""Targets are reviewed level by level, or sent back. Articles: D-13, T-6(3), T-7(2), T-15, T-16."""

from uuid import UUID

from jixiao.servicekit.errors import Forbidden
from jixiao.servicekit.transaction import Work

from ..adapters import targets
from ..domain.events import Event
from ..domain.reviewing import Opinion, Reviewer
from ..domain.target import Target, TargetState
from .awaiting import follow
from .placing import place_passed

Done = tuple[tuple[Target, int], list[Event]]


async def review_target(target_id: UUID, opinion: Opinion, work: Work) -> Done:
    """Review at the caller's level; a project that passes enters the budget with its parent.

    Articles: D-13, T-6(3), T-7(2), T-15, T-16. Rules: R-18, R-19, R-51.
    """
    target = await targets.records.take(work, target_id)
    reviewer = Reviewer(work.principal.role)
    events = target.review(reviewer, work.person, work.today, opinion)
    await targets.records.save(work, target)
    await follow(work, target)
    if target.state is TargetState.PASSED:
        events += await place_passed(work, target)
    return _done(work, target, events)


async def take_back_review(target_id: UUID, work: Work) -> Done:
    """Take the own review back, until the next level has acted. Articles: D-13, T-16."""
    target = await targets.records.take(work, target_id)
    events = target.take_back(work.person)
    await targets.records.save(work, target)
    await follow(work, target)
    return _done(work, target, events)


async def return_target(target_id: UUID, opinion: str, work: Work) -> Done:
    """Return a passed target whose amount does not fit; a town those that end with it.

    Articles: D-14, T-17.
    """
    target = await targets.records.take(work, target_id)
    if target.chain[-1] != work.principal.role:
        raise Forbidden
    events = target.send_back(opinion)
    await targets.records.save(work, target)
    await follow(work, target)
    return _done(work, target, events)


def _done(work: Work, target: Target, events: list[Event]) -> Done:
    return (target, targets.records.version_of(work, target.target_id)), events
