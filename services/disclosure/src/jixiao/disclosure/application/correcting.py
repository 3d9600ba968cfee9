"""Corrections and withdrawals of what is published (R-42)."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work

from ..adapters import duties, publications
from ..domain.events import Event
from ..domain.kinds import FINANCE
from ..domain.publication import Publication
from .composing import compose
from .publishing import PublicationDone, office


@dataclass(frozen=True, slots=True)
class ProposeCorrection:
    """What was wrong and why."""

    publication_id: UUID
    what: str
    why: str
    document_number: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmCorrection:
    """The secrecy review of the correction is passed."""

    publication_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawPublication:
    """Take a page down."""

    publication_id: UUID
    reason: str


async def propose_correction(command: ProposeCorrection, work: Work) -> PublicationDone:
    """Take the content anew and fix it for the secrecy review.

    Raises NotFound, NotOwner, Withdrawn, ContentMissing.

    Articles: D-27, T-35. Rules: R-42.
    """
    publication = await publications.records.take(work, command.publication_id)
    duty = await duties.records.see(work, publication.duty_id)
    events = publication.propose_correction(
        await compose(work, duty), command.document_number, command.what, command.why,
        office(work), work.today,
    )  # fmt: skip
    await publications.records.save(work, publication)
    await open_task(
        work, role="district_finance" if duty.owner == FINANCE else "department",
        at=duty.coordinates, kind="disclosure.review", title=f"更正的保密审查：{duty.title}",
        record=publication.publication_id, programme_id=duty.programme_id,
    )  # fmt: skip
    return _done(work, publication, events)


async def confirm_correction(command: ConfirmCorrection, work: Work) -> PublicationDone:
    """Publish version n+1; version n stays readable.

    Raises NotFound, NotOwner, Withdrawn, NothingProposed, SecondPerson.

    Articles: D-27, T-35. Rules: R-42.
    """
    publication = await publications.records.take(work, command.publication_id)
    events = publication.confirm_correction(office(work), work.today)
    duty = await duties.records.get(work, publication.duty_id)
    duty.correct()
    await duties.records.save(work, duty)
    await publications.records.save(work, publication)
    await close_tasks(work, record=publication.publication_id)
    return _done(work, publication, events)


async def withdraw_publication(command: WithdrawPublication, work: Work) -> PublicationDone:
    """Take a page down at once; its reason stands in its place.

    Raises NotFound, NotOwner, Withdrawn.

    Rules: R-41, R-42.
    """
    publication = await publications.records.take(work, command.publication_id)
    events = publication.withdraw(command.reason, office(work), work.today)
    await publications.records.save(work, publication)
    return _done(work, publication, events)


def _done(work: Work, publication: Publication, events: list[Event]) -> PublicationDone:
    version = publications.records.version_of(work, publication.publication_id)
    return (publication, version), events
