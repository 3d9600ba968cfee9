"""A transfer's target is decomposed to what lies below it. Articles: T-15(2)."""

from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import programmes, targets
from ..domain.decomposition import Figures, IndicatorParts
from ..domain.errors import NoPartsYet
from ..domain.events import Event
from ..domain.kinds import BELOW, TargetLevel
from ..domain.library import Programme
from ..domain.setting import TownValues
from ..domain.target import Target

Done = tuple[tuple[tuple[Target, tuple[Figures, ...]], int], list[Event]]


async def decompose_target(target_id: UUID, parts: tuple[IndicatorParts, ...], work: Work) -> Done:
    """Set the values of the towns, or of a town's projects; each sees its own beside its form.

    Raises NoPartsYet, UnderAllocated, DecompositionFails; nothing is stored then.

    Articles: T-15(2). Rules: R-20.
    """
    target = await targets.records.take(work, target_id)
    level = BELOW.get(target.target_level)
    found = await programmes.below(work, target.programme_id)
    below = {_code(part): part for part in found if part.described.target_level is level}
    if not below and level is not None:
        raise NoPartsYet
    figures, events = target.decompose(parts, tuple(below))
    await targets.records.save(work, target)
    for code, part in below.items():
        values = target.values_for(code)
        given = TownValues(uuid7(), part.programme_id, part.coordinates, target.year, values)
        await targets.keep_values(work, given)
    return ((target, figures), targets.records.version_of(work, target_id)), events


def _code(part: Programme) -> str:
    """A town goes by its division code, its project by its own."""
    regional = part.described.target_level is TargetLevel.REGIONAL
    return part.coordinates.territory if regional else part.code
