"""A programme is made. Articles: D-2, D-9, T-2."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import programmes
from ..domain.description import Description
from ..domain.events import Event
from ..domain.kinds import Classification, programme_code
from ..domain.library import Programme


@dataclass(frozen=True, slots=True)
class CreateProgramme:
    """What the caller says of a new programme."""

    year: int
    description: Description | None
    unit: str = ""
    parent_id: UUID | None = None
    classification: Classification = Classification.INTERNAL
    secrecy_basis: str = ""


async def create_programme(command: CreateProgramme, work: Work) -> tuple[tuple[Programme, int], list[Event]]:
    """Make a programme in draft, with the grant's own coordinates and a code of the server's.

    Articles: D-2, D-9, T-2.
    """
    grant = work.principal
    at = Coordinates(grant.territory, grant.line, grant.unit or command.unit)
    secret = command.classification.is_state_secret
    serial = await programmes.next_serial(work, at, command.year, classified=secret)
    made = Programme(
        programme_id=uuid7(),
        coordinates=at,
        year=command.year,
        code=programme_code(at.line, at.unit, command.year, serial, classified=secret),
        description=command.description,
        classification=command.classification,
        secrecy_basis=command.secrecy_basis,
        parent_id=command.parent_id,
    )
    events = made.create()
    await programmes.records.add(work, made)
    return (made, 1), events
