"""Roll-ups bind at the close, and again when a recheck is final. Rules: R-12, R-13, R-37."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import store
from ..domain.campaign import Campaign
from ..domain.known import Known
from ..domain.regional import RollUp, RollUpLevel
from ..domain.rollup import DueProject, at_close
from ..domain.self_evaluation import SelfEvaluation
from ..domain.spot_check import SpotCheckState

FINAL = frozenset({SpotCheckState.FINAL, SpotCheckState.NOTICED})
Place = tuple[UUID, str]
"""The part or root that is rolled up, and the territory of the roll-up."""


async def bind_roll_ups(
    work: Work, campaign: Campaign, due: Sequence[SelfEvaluation], only: UUID | None = None
) -> list[object]:
    """Bind every town's and line's roll-up of a closed round; those of one programme if named.

    A level that never rolled up is made here and bound: silence does not help it.

    Rules: R-12, R-13, R-37. Articles: T-24.
    """
    rechecks = {
        each.programme_id: each.recheck.total
        for each in await store.spot_checks_in(work, campaign.year)
        if each.state in FINAL and each.recheck is not None
    }
    held = {
        (each.programme_id, each.coordinates.territory): each
        for each in await store.roll_ups_in(work, campaign.year)
    }
    known = Known(await store.every_programme(work))
    events: list[object] = []
    for place, rows in sorted(_places(due, campaign.coordinates.territory).items()):
        if only is None or any(each.programme_id == only for each in rows):
            roll_up = held.get(place) or _silent(campaign, place, rows, known)
            events += await _bind(work, campaign, roll_up, rows, rechecks, new=place not in held)
    return events


def _places(due: Iterable[SelfEvaluation], district: str) -> dict[Place, list[SelfEvaluation]]:
    """The projects of each town's part (or root, where there are no parts) and of each root."""
    places: dict[Place, list[SelfEvaluation]] = {}
    for each in due:
        if each.parent_id is None or each.root_id is None:
            continue
        places.setdefault((each.parent_id, each.coordinates.territory), []).append(each)
        if each.coordinates.territory != district:
            places.setdefault((each.root_id, district), []).append(each)
    return places


def _silent(
    campaign: Campaign, place: Place, rows: Sequence[SelfEvaluation], known: Known
) -> RollUp:
    programme_id, territory = place
    at = known.by_id[programme_id].coordinates if programme_id in known.by_id else None
    if at is None or at.territory != territory:
        at = Coordinates(territory, rows[0].coordinates.line, "-")
    town = territory != campaign.coordinates.territory
    level = RollUpLevel.TOWN if town else RollUpLevel.LINE
    return RollUp(uuid7(), programme_id, at, campaign.year, campaign.campaign_id, level)


async def _bind(
    work: Work, campaign: Campaign, roll_up: RollUp, rows: Sequence[SelfEvaluation],
    rechecks: Mapping[UUID, Decimal], *, new: bool,
) -> list[object]:  # fmt: skip
    closed_on = campaign.closed_on or work.today
    shown: list[DueProject] = [each.as_due_project for each in rows]
    binding = tuple(
        at_close(
            each.as_due_project,
            rechecks.get(each.programme_id),
            in_time=each.filed_on is not None and each.filed_on <= closed_on,
        )
        for each in rows
    )
    events: list[object] = [*roll_up.bind(tuple(shown), binding, closed_on)]
    if new:
        await store.roll_ups.add(work, roll_up)
    else:
        await store.roll_ups.save(work, roll_up)
    return events
