"""Approval of a transfer, admission to the library, responsibility. Articles: T-11, D-9, D-29."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.transaction import Work

from ..adapters import applications, programmes, targets
from ..domain.events import Event
from ..domain.library import Programme

Done = tuple[tuple[Programme, int], list[Event]]


@dataclass(frozen=True, slots=True)
class Approval:
    """Document of district committee or government behind a new transfer."""

    programme_id: UUID
    document_number: str
    day: date
    file: str


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for a programme, from when."""

    programme_id: UUID
    post: str
    person: str
    since: date


async def propose_approval(command: Approval, work: Work) -> Done:
    """Propose to record the approval of a new transfer. Articles: T-11."""
    programme = await programmes.records.take(work, command.programme_id)
    programme.propose_approval(work.person, command.document_number, command.day, command.file)
    return await _saved(work, programme, [])


async def confirm_approval(programme_id: UUID, work: Work) -> Done:
    """Confirm it, by another person. Articles: T-11. Rules: R-51."""
    programme = await programmes.records.take(work, programme_id)
    return await _saved(work, programme, programme.confirm_approval(work.person))


async def admit(programme_id: UUID, work: Work) -> Done:
    """Admit to the library: the gate and a passed target of the year.

    Articles: D-9, D-12, T-11, T-15.
    """
    programme = await programmes.records.take(work, programme_id)
    application = await applications.newest(work, programme_id)
    target = await targets.newest(work, programme_id, programme.year)
    return await _saved(work, programme, programme.admit(work.today, application, target))


async def set_responsible(command: Responsible, work: Work) -> Done:
    """Append who answers for it. Articles: D-29. Rules: R-44."""
    programme = await programmes.records.take(work, command.programme_id)
    events = programme.set_responsible(command.post, command.person, command.since)
    return await _saved(work, programme, events)


async def _saved(work: Work, programme: Programme, events: list[Event]) -> Done:
    await programmes.records.save(work, programme)
    return (programme, programmes.records.version_of(work, programme.programme_id)), events
