"""A target is filed, or taken back. Articles: D-12, D-13, T-14, T-15, T-16."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit import tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import programmes, targets
from ..domain.events import Event
from ..domain.filing import TargetForm
from ..domain.indicator import Indicator
from ..domain.library import Programme
from ..domain.target import Target
from .awaiting import follow, reopen

Done = tuple[tuple[Target, int], list[Event]]


@dataclass(frozen=True, slots=True)
class SubmitTarget:
    """A whole form, for one programme and year."""

    programme_id: UUID
    year: int
    form: TargetForm


async def submit_target(command: SubmitTarget, work: Work) -> Done:
    """File the form as the next version. Articles: D-12, D-13, T-14, T-15, T-16."""
    programme = await programmes.records.get(work, command.programme_id)
    filed_for = programme.filed_for()
    previous = await targets.newest(work, command.programme_id, command.year)
    if previous is not None:
        await tasks.close_tasks(work, record=previous.target_id)
    target, events = Target.submit(
        uuid7(), filed_for, command.year, command.form, work.person, day=work.today,
        previous=previous, set_from_above=await _set_from_above(work, programme, command.year),
    )  # fmt: skip
    await targets.records.add(work, target)
    await follow(work, target)
    return (target, 1), events


async def withdraw_target(target_id: UUID, work: Work) -> Done:
    """Take a filing back before any review. Articles: D-12."""
    target = await targets.records.take(work, target_id)
    events = target.withdraw(work.person)
    await targets.records.save(work, target)
    await tasks.close_tasks(work, record=target_id)
    await reopen(work, target)
    return (target, targets.records.version_of(work, target_id)), events


async def _set_from_above(work: Work, programme: Programme, year: int) -> tuple[Indicator, ...]:
    """What the town, or the project under a town's part, has been given; others are given nothing."""
    if programme.parent_id is None:
        return ()
    given = await targets.set_for(work, programme.programme_id, year)
    return () if given is None else given.indicators
