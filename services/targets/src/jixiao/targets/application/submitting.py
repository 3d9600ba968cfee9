"""A target is filed. Articles: D-12, D-13, T-14, T-15, T-16."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import programmes, targets
from ..domain.events import Event
from ..domain.filing import TargetForm
from ..domain.target import Target


@dataclass(frozen=True, slots=True)
class SubmitTarget:
    """A whole form, for one programme and year."""

    programme_id: UUID
    year: int
    form: TargetForm


async def submit_target(command: SubmitTarget, work: Work) -> tuple[tuple[Target, int], list[Event]]:
    """File the form as the next version. Articles: D-12, D-13, T-14, T-15, T-16."""
    programme = await programmes.records.see(work, command.programme_id)
    previous = await targets.newest(work, command.programme_id, command.year)
    target, events = Target.submit(
        uuid7(), programme.filed_for(), command.year, command.form, work.person,
        day=work.today, previous=previous,
    )  # fmt: skip
    await targets.records.add(work, target)
    return (target, 1), events
