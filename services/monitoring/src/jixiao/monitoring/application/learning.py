"""What this service learns from the others, into its copies (A-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.errors import Unavailable
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money

from ..adapters import holds, known, watching
from ..domain.finding import FindingState, RectificationStanding
from ..domain.known import KnownIndicator, KnownProgramme, KnownTarget
from .importing import settle_queue


@dataclass(frozen=True, slots=True)
class Created:
    """A programme as it was made; a classified one says nothing more and is not kept."""

    programme_id: UUID
    code: str
    name: str
    coordinates: Coordinates
    year: int
    parent_id: UUID | None = None
    object_type: str = ""
    special_fund: bool = False
    is_major: bool = False
    transfer: bool = False
    target_level: str = ""
    term_start: date | None = None


async def learn_programme(told: Created, work: Work) -> Sequence[object]:
    """Keep a programme; rows that waited for its code are applied. Articles: D-16."""
    programme = KnownProgramme(
        told.programme_id, told.coordinates, told.year, told.code, told.name, told.parent_id,
        told.object_type, told.special_fund, told.is_major, told.transfer, told.target_level,
        told.term_start,
    )  # fmt: skip
    await known.programmes.add(work, programme)
    if work.rebuilding:
        return []
    # The parent's lock: it is listed before this, or after it with all below it.
    if told.parent_id and (parent := await known.programme(work, told.parent_id)):
        years = await watching.watched_years(work, parent.programme_id)
        await watching.watch(work, programme, years)
    return await settle_queue(work, programme)


async def learn_move(programme_id: UUID, year: int, state: str, work: Work) -> None:
    """Note a state; what is not known is classified and stays unknown."""
    if programme := await known.programme(work, programme_id):
        programme.move(year, state)
        await known.programmes.save(work, programme)


async def learn_entered(programme_id: UUID, year: int, amount: Money, work: Work) -> None:
    """Note the money entered into the budget of a year."""
    if programme := await known.programme(work, programme_id):
        programme.enter_budget(year, amount)
        await known.programmes.save(work, programme)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A budget row: the current budget after it, and what it carried in."""

    programme_id: UUID
    year: int
    kind: str
    amount: Money
    current_budget: Money | None = None
    first_budget_year: int = 0


async def learn_budget(told: Recorded, work: Work) -> Sequence[object]:
    """Note the current budget of a year; rows that waited for money carried in are applied.

    Articles: D-16. Rules: R-23, R-32.
    """
    programme = await known.programme(work, told.programme_id)
    if programme is None or told.current_budget is None:
        return []
    carried = told.amount if told.kind == "carry_in" else None
    programme.record_budget(
        told.year, told.current_budget,
        first_budget_year=told.first_budget_year or told.year - 1, carried=carried,
    )  # fmt: skip
    await known.programmes.save(work, programme)
    if carried is None or work.rebuilding:
        return []
    return await settle_queue(work, programme)


@dataclass(frozen=True, slots=True)
class Released:
    """A version as it was released."""

    target_id: UUID
    programme_id: UUID
    year: int
    number: int
    reaches_unit: bool
    indicators: tuple[KnownIndicator, ...]
    amount: Money | None = None


async def learn_release(told: Released, work: Work) -> None:
    """Keep a released version; waits until its programme is known. Articles: D-14, T-17."""
    held = await known.target(work, told.target_id)
    if held is None:
        programme = await _known(work, told.programme_id)
        held = KnownTarget(
            told.target_id, told.programme_id, programme.coordinates, told.year, told.number,
            told.reaches_unit, told.indicators,
        )  # fmt: skip
        await known.targets.add(work, held)
        if told.amount is not None and str(told.year) not in programme.budgets:
            programme.enter_budget(told.year, told.amount)
            await known.programmes.save(work, programme)
        return
    held.reaches_unit = held.reaches_unit or told.reaches_unit
    held.indicators = told.indicators
    await known.targets.save(work, held)


async def learn_superseded(target_id: UUID, work: Work) -> None:
    """A later version took its place. Articles: D-15."""
    if held := await known.target(work, target_id):
        held.state = "superseded"
        await known.targets.save(work, held)


async def learn_returned(programme_id: UUID, work: Work) -> None:
    """A target was sent back once more. Rules: R-26."""
    programme = await _known(work, programme_id)
    programme.target_returns += 1
    await known.programmes.save(work, programme)


async def learn_adjusted(programme_id: UUID, year: int, work: Work) -> None:
    """A target was adjusted. Rules: R-26."""
    programme = await _known(work, programme_id)
    key = str(year)
    programme.target_adjustments[key] = programme.target_adjustments.get(key, 0) + 1
    await known.programmes.save(work, programme)


async def learn_grade(
    programme_id: UUID, year: int, grade: str, work: Work, *, large_difference: bool = False
) -> None:
    """Note how a year was graded. Rules: R-13, R-26."""
    programme = await _known(work, programme_id)
    if grade:
        programme.grades[str(year)] = grade
    if large_difference and year not in programme.large_differences:
        programme.large_differences += (year,)
    await known.programmes.save(work, programme)


async def learn_order(finding_id: UUID, order_id: UUID, document_number: str, work: Work) -> None:
    """A rectification was ordered for a finding of ours. Articles: D-18, D-25, T-33."""
    if work.rebuilding:
        return
    finding = await holds.finding(work, finding_id)
    if finding is None or finding.state is FindingState.CLOSED:
        return
    finding.note_order(order_id, document_number)
    await holds.findings.save(work, finding)


async def learn_standing(
    finding_id: UUID | None, programme_id: UUID, order_id: UUID, standing: RectificationStanding,
    work: Work, *, day: date,
) -> list[object]:  # fmt: skip
    """A rectification moved: accepted closes its finding and lets its hold be lifted.

    Articles: D-18, D-25, T-33. Rules: R-27.
    """
    await _note_programme(work, programme_id, standing)
    if work.rebuilding:
        return []
    finding = await holds.finding(work, finding_id) if finding_id else None
    if finding is None or finding.rectification_id != order_id:
        return []
    events: list[object] = []
    accepted = standing is RectificationStanding.ACCEPTED
    if accepted:
        if finding.state is FindingState.ORDERED:
            events += finding.note_rectified(order_id, day)
    else:
        finding.note_standing(order_id, standing)
    await holds.findings.save(work, finding)
    for hold in await holds.open_holds(work, finding.programme_id):
        if hold.ground.finding_id == finding.finding_id:
            if accepted:
                hold.note_rectified(day)
            else:
                hold.note_standing(standing)
            await holds.holds.save(work, hold)
    return events


async def _note_programme(work: Work, programme_id: UUID, standing: RectificationStanding) -> None:
    late = standing in (RectificationStanding.OVERDUE, RectificationStanding.ESCALATED)
    programme = await known.programme(work, programme_id)
    if programme is None or (not late and standing is not RectificationStanding.ACCEPTED):
        return
    programme.overdue_rectification = late
    await known.programmes.save(work, programme)


async def _known(work: Work, programme_id: UUID) -> KnownProgramme:
    """The programme; where its own event has not come yet, this one comes again later."""
    programme = await known.programme(work, programme_id)
    if programme is None:
        raise Unavailable
    return programme
