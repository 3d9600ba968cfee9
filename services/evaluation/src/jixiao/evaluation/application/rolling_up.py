"""Self-evaluations rolled up: town, then line. Articles: T-5(3), T-6(3), T-7(3), T-23."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from jixiao.servicekit.errors import EtagMissing, NotFound, Stale
from jixiao.servicekit.tasks import close_tasks, open_task
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import store
from ..domain.errors import NothingDue, TownFirst
from ..domain.indicator import Indicator
from ..domain.known import KnownProgramme
from ..domain.regional import RollUp, RollUpLevel, RollUpState
from ..domain.rollup import ActualPart, RolledActual, roll_up_actuals
from ..domain.self_evaluation import SelfEvaluation, SelfEvaluationState

Answer = tuple[tuple[RollUp, int], list[object]]
S = SelfEvaluationState


@dataclass(frozen=True, slots=True)
class RollUpSelfEvaluations:
    """A part's (town) or a root's (line) projects brought together with the report."""

    programme_id: UUID
    year: int
    text: str = ""
    own_actuals: dict[str, Decimal] = field(default_factory=dict)


async def roll_up_self_evaluations(command: RollUpSelfEvaluations, work: Work) -> Answer:
    """Roll up what the level below holds, filed or not; a line takes its towns' projects.

    Raises NothingDue, TownFirst where a town's roll-up still waits for its finance office.

    Rules: R-12, R-20. Articles: T-5(3), T-6(3), T-7(3), T-23.
    """
    below = await store.self_evaluations_below(work, command.programme_id, command.year)
    if not below:
        raise NothingDue
    roll_up, new = await _held(work, command, below)
    events: list[object] = []
    if roll_up.level is RollUpLevel.LINE:
        events += await _take_from_towns(work, below, command)
    projects = tuple(each.as_due_project for each in below)
    figures = await _actuals(work, command, below)
    events += roll_up.submit(projects, figures, command.text, work.person, work.today)
    if new:
        await store.roll_ups.add(work, roll_up)
    else:
        await store.roll_ups.save(work, roll_up)
    town = roll_up.level is RollUpLevel.TOWN
    await close_tasks(work, record=roll_up.roll_up_id)
    await open_task(
        work, role="township_finance" if town else "district_finance", at=roll_up.coordinates,
        kind="self_evaluation.receive", title="受理绩效自评汇总", record=roll_up.roll_up_id,
        programme_id=roll_up.programme_id,
    )  # fmt: skip
    return (roll_up, store.roll_ups.version_of(work, roll_up.roll_up_id)), events


async def _held(
    work: Work, command: RollUpSelfEvaluations, below: Sequence[SelfEvaluation]
) -> tuple[RollUp, bool]:
    """The roll-up of this level, as it stands or new."""
    grant = work.principal
    line = grant.role == "department"
    territory = grant.territory[:6] if line else grant.territory
    held = await store.roll_up_of(work, command.programme_id, command.year, territory)
    if held is not None:
        current = store.roll_ups.version_of(work, held.roll_up_id)
        if not work.etag:
            raise EtagMissing
        if work.etag != str(current):
            raise Stale(current=current)
        return held, False
    known = await _seen(work, command.programme_id)
    at = known.coordinates if known is not None else None
    if at is None or at.territory != territory:
        at = Coordinates(territory, below[0].coordinates.line, "-")
    level = RollUpLevel.LINE if line else RollUpLevel.TOWN
    campaign = below[0].campaign_id
    return RollUp(uuid7(), command.programme_id, at, command.year, campaign, level), True


async def _take_from_towns(
    work: Work, below: Sequence[SelfEvaluation], command: RollUpSelfEvaluations
) -> list[object]:
    """The department takes what its towns took, and their roll-ups go into its own."""
    above = {each.parent_id for each in below}
    towns = [
        each
        for each in await store.roll_ups_in(work, command.year)
        if each.level is RollUpLevel.TOWN and each.programme_id in above
    ]
    if waiting := [each for each in towns if each.state is RollUpState.SUBMITTED]:
        raise TownFirst(territories="、".join(each.coordinates.territory for each in waiting))
    for each in towns:
        if each.state is RollUpState.ACCEPTED:
            each.roll_on()
            await store.roll_ups.save(work, each)
    events: list[object] = []
    for project in below:
        if project.state is S.TOWNSHIP_ACCEPTED:
            events += project.accept_by_department(work.person, work.today)
            await store.self_evaluations.save(work, project)
            await close_tasks(work, record=project.self_evaluation_id)
    return events


async def _actuals(
    work: Work, command: RollUpSelfEvaluations, below: Sequence[SelfEvaluation]
) -> tuple[RolledActual, ...]:
    """The level's figures by the aggregation of its own target's indicators (R-20)."""
    known = await _seen(work, command.programme_id)
    indicators = known.of(command.year).indicators if known is not None else ()
    return tuple(_figure(each, below, command.own_actuals) for each in indicators)


def _figure(
    indicator: Indicator, below: Sequence[SelfEvaluation], own: Mapping[str, Decimal]
) -> RolledActual:
    code, parts = indicator.code, []
    for each in below:
        actual = each.actuals.get(code) if each.filed else None
        if actual is not None and actual.actual_value is not None:
            targets = [i.target_value for i in each.indicators if i.code == code]
            target = targets[0] if targets else None
            parts.append(ActualPart(each.programme_code, actual.actual_value, target, actual.base))
    rolled = roll_up_actuals(indicator, parts)
    made = rolled.actual_value is not None or rolled.reached_share_pct is not None
    return rolled if made else RolledActual(code, own.get(code))


async def _seen(work: Work, programme_id: UUID) -> KnownProgramme | None:
    """The part or root where it lies in scope; a town does not see its transfer's root."""
    try:
        return await store.known_programmes.see(work, programme_id)
    except NotFound:
        return None


@dataclass(frozen=True, slots=True)
class ReceiveRollUp:
    """Taken, or sent back, by the level above."""

    roll_up_id: UUID


async def receive_roll_up(command: ReceiveRollUp, work: Work) -> Answer:
    """The level above takes it; district finance with it every project that stands accepted.

    Articles: T-6(3), T-23.
    """
    taken = await store.roll_ups.take(work, command.roll_up_id)
    _of_level_above(taken, work)
    taken.accept(work.person)
    await store.roll_ups.save(work, taken)
    await close_tasks(work, record=taken.roll_up_id)
    events: list[object] = []
    if taken.level is RollUpLevel.LINE:
        below = await store.self_evaluations_below(work, taken.programme_id, taken.year)
        for each in below:
            if each.state is S.DEPARTMENT_ACCEPTED:
                events += each.receive(work.person, work.today)
                await store.self_evaluations.save(work, each)
    return (taken, store.roll_ups.version_of(work, taken.roll_up_id)), events


async def return_roll_up(command: ReceiveRollUp, work: Work) -> Answer:
    """The level above sends it back. Articles: T-23."""
    taken = await store.roll_ups.take(work, command.roll_up_id)
    taken.send_back(work.person)
    await store.roll_ups.save(work, taken)
    await close_tasks(work, record=taken.roll_up_id)
    return (taken, store.roll_ups.version_of(work, taken.roll_up_id)), []


def _of_level_above(value: RollUp, work: Work) -> None:
    """A line's roll-up is district finance's to take, a town's its finance office's."""
    role = "township_finance" if value.level is RollUpLevel.TOWN else "district_finance"
    if work.principal.role != role:
        raise NotFound
