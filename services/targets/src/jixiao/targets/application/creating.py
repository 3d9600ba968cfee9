"""A programme is made. Articles: D-2, D-9, T-2."""

from dataclasses import dataclass, replace
from uuid import UUID

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import directory, programmes
from ..domain import describing
from ..domain.describing import OWN_UNIT
from ..domain.description import Description
from ..domain.errors import DescriptionFaulty, UnitUnknown
from ..domain.events import Event
from ..domain.kinds import Classification, TargetLevel, programme_code
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


async def create_programme(
    command: CreateProgramme, work: Work
) -> tuple[tuple[Programme, int], list[Event]]:
    """Make a programme in draft, with the grant's own coordinates and a code of the server's.

    Raises UnitUnknown, DescriptionFaulty, ClassifiedContent; NotFound for a parent that is not
    open to the caller's line and town.

    Articles: D-2, D-9, D-27, T-2, T-15.
    """
    at = await _coordinates(command.unit, work)
    command = replace(command, description=await _described(command, work))
    made = Programme(
        programme_id=uuid7(),
        coordinates=at,
        year=command.year,
        code=await code_for(
            work, at, command.year, classified=command.classification.is_state_secret
        ),
        description=command.description,
        classification=command.classification,
        secrecy_basis=command.secrecy_basis,
        parent_id=command.parent_id,
    )
    events = made.create()
    await programmes.records.add(work, made)
    if not made.classified and made.described.target_level is TargetLevel.OVERALL:
        await programmes.open_below(work, made)
    return (made, 1), events


async def code_for(work: Work, at: Coordinates, year: int, *, classified: bool = False) -> str:
    """The next code of a unit's programmes. Rules: R-41."""
    serial = await programmes.next_serial(work, at, year, classified=classified)
    return programme_code(at.line, at.unit, year, serial, classified=classified)


async def _described(command: CreateProgramme, work: Work) -> Description | None:
    what = command.description
    if command.parent_id is not None:
        above = await programmes.opening(work, command.parent_id)
        return what and describing.under(
            what, above.transfer_class, above.allocation_method, above.origin,
            consolidated_agricultural=above.consolidated_agricultural,
        )  # fmt: skip
    if what is not None:
        describing.require_alone(what, by_department=work.principal.role == "department")
    elif not command.classification.is_state_secret:
        raise DescriptionFaulty(Finding("/description", "description_missing", "请填写项目信息。"))
    return what


async def _coordinates(unit: str, work: Work) -> Coordinates:
    """Where the programme belongs: a unit's own place, or a unit of the own line by its code."""
    grant = work.principal
    if grant.role == "unit":
        return grant.coordinates
    if grant.role == "department" and unit in ("", OWN_UNIT):
        return Coordinates(grant.territory, grant.line, OWN_UNIT)
    for found in await directory.units_of(work, unit or grant.unit):
        at = Coordinates(found.territory, grant.line, found.code)
        if found.line == grant.line and grant.covers(at):
            return at
    message = f"单位代码“{unit}”不在本部门所属单位名录中，请核对。"
    raise UnitUnknown(Finding("/unit", "unit_unknown", message))
