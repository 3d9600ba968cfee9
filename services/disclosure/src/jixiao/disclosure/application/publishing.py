"""Publishing: proposed by one, reviewed for secrets by another (D-27, T-35, R-41)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import duties, programmes, publications
from ..domain.duty import DisclosureDuty, Office
from ..domain.errors import Classified
from ..domain.events import Event
from ..domain.kinds import FINANCE, ExemptBasis, Kind
from ..domain.publication import Publication
from .composing import compose

Seen = tuple[DisclosureDuty, date]
DutyDone = tuple[tuple[Seen, int], list[Event]]
PublicationDone = tuple[tuple[Publication, int], list[Event]]


@dataclass(frozen=True, slots=True)
class ProposePublication:
    """Names a duty by its id, or by programme, year and kind."""

    duty_id: UUID | None = None
    programme_id: UUID | None = None
    year: int = 0
    kind: Kind = Kind.TARGETS
    document_number: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmPublication:
    """The secrecy review is passed."""

    duty_id: UUID


@dataclass(frozen=True, slots=True)
class ReturnPublication:
    """The secrecy review is not passed."""

    duty_id: UUID
    opinion: str


@dataclass(frozen=True, slots=True)
class ExemptDuty:
    """Not to be published, on a legal basis."""

    duty_id: UUID
    exempt_basis: ExemptBasis


def office(work: Work) -> Office:
    """The office that the caller acts for: a department's line, or finance."""
    who = work.principal
    return Office(FINANCE if who.role == "district_finance" else who.line, work.person)


async def propose_publication(command: ProposePublication, work: Work) -> DutyDone:
    """Fix the content for the secrecy review.

    A classified stub is refused to a cleared caller, and absent to everybody else.
    Raises Classified, NotFound, NotOwner, NotPublishable, ContentMissing.

    Articles: D-27, T-35. Rules: R-41.
    """
    duty = await _named(command, work)
    events = duty.propose(
        await compose(work, duty), command.document_number, office(work), work.today
    )
    await duties.records.save(work, duty)
    await _next(work, duty, "disclosure.review", "保密审查")
    return _done(work, duty, events)


async def _named(command: ProposePublication, work: Work) -> DisclosureDuty:
    for named in (command.programme_id, command.duty_id):
        if named is not None and await programmes.is_secret(work, named):
            raise Classified
    if command.duty_id is not None:
        return await duties.records.take(work, command.duty_id)
    found = await duties.by_key(work, command.programme_id, command.year, command.kind)
    if found is None:
        raise NotFound
    return await duties.records.take(work, found.duty_id)


async def confirm_publication(command: ConfirmPublication, work: Work) -> PublicationDone:
    """Publish what was proposed, as it stands; the reviewer is another person.

    Raises NotFound, NotOwner, NotPublishable, NothingProposed, SecondPerson.

    Articles: D-27, T-35. Rules: R-41, R-51.
    """
    duty = await duties.records.take(work, command.duty_id)
    publication_id = uuid7()
    proposal = duty.confirm(office(work), work.today, publication_id)
    if duty.programme_id is not None:
        await programmes.records.get(work, duty.programme_id)  # one first publication at a time
    publication = Publication(
        publication_id, duty.programme_id, duty.coordinates, duty.year, duty.duty_id, duty.kind,
        duty.owner, await publications.public_id(work, duty.programme_id),
    )  # fmt: skip
    events = publication.publish(proposal, work.person, work.today)
    await publications.records.add(work, publication)
    await duties.records.save(work, duty)
    await close_tasks(work, record=duty.duty_id)
    return (publication, 1), events


async def return_publication(command: ReturnPublication, work: Work) -> DutyDone:
    """Send the content back to its author. Raises as `confirm_publication`. Rules: R-41."""
    duty = await duties.records.take(work, command.duty_id)
    events = duty.send_back(command.opinion, office(work))
    await duties.records.save(work, duty)
    await _next(work, duty, "disclosure.publish", "修改后重新提出公开")
    return _done(work, duty, events)


async def exempt_duty(command: ExemptDuty, work: Work) -> DutyDone:
    """End a duty on a legal basis. Raises NotFound, NotOwner, NotPublishable. Articles: D-27."""
    duty = await duties.records.take(work, command.duty_id)
    events = duty.exempt(command.exempt_basis, office(work))
    await duties.records.save(work, duty)
    await close_tasks(work, record=duty.duty_id)
    return _done(work, duty, events)


async def _next(work: Work, duty: DisclosureDuty, kind: str, what: str) -> None:
    await close_tasks(work, record=duty.duty_id)
    await ask_for(work, duty, kind, what)


async def ask_for(work: Work, duty: DisclosureDuty, kind: str, what: str) -> None:
    """Put the next step on the list of the office that publishes."""
    await open_task(
        work, role="district_finance" if duty.owner == FINANCE else "department",
        at=duty.coordinates, kind=kind, title=f"{what}：{duty.title}", record=duty.duty_id,
        programme_id=duty.programme_id, due_on=duty.due_on,
    )  # fmt: skip


def _done(work: Work, duty: DisclosureDuty, events: list[Event]) -> DutyDone:
    version = duties.records.version_of(work, duty.duty_id)
    return ((duty, work.today), version), events
