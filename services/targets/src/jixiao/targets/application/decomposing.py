"""An overall target is decomposed to the towns. Articles: T-15(2)."""

from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import programmes, targets
from ..domain.decomposition import Figures, IndicatorParts
from ..domain.errors import NoPartsYet
from ..domain.events import Event
from ..domain.kinds import TargetLevel
from ..domain.setting import TownValues
from ..domain.target import Target

Done = tuple[tuple[tuple[Target, tuple[Figures, ...]], int], list[Event]]


async def decompose_target(target_id: UUID, parts: tuple[IndicatorParts, ...], work: Work) -> Done:
    """Set the regional values; each town sees its own beside its form.

    Raises NoPartsYet, UnderAllocated, DecompositionFails; nothing is stored then.

    Articles: T-15(2). Rules: R-20.
    """
    target = await targets.records.take(work, target_id)
    below = await programmes.below(work, target.programme_id)
    towns = [part for part in below if part.described.target_level is TargetLevel.REGIONAL]
    if not towns and target.target_level is TargetLevel.OVERALL:
        raise NoPartsYet
    figures, events = target.decompose(parts, tuple(part.coordinates.territory for part in towns))
    await targets.records.save(work, target)
    for part in towns:
        values = target.values_for(part.coordinates.territory)
        given = TownValues(uuid7(), part.programme_id, part.coordinates, target.year, values)
        await targets.keep_values(work, given)
    return ((target, figures), targets.records.version_of(work, target_id)), events
