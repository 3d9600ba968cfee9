"""What the others told: kept in this service's copies (A-4). Rules: R-4, R-22, R-26."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from jixiao.api.gateway.v1 import events_pb as gateway
from jixiao.api.monitoring.v1 import events_pb as monitoring
from jixiao.api.results.v1 import events_pb as results
from jixiao.api.targets.v1 import events_pb as targets
from jixiao.servicekit.errors import NotFound, Unavailable
from jixiao.servicekit.events import Received
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money

from ..adapters import messages, reference, store
from ..domain.execution import NOTHING
from ..domain.known import KnownProgramme
from ..domain.spot_check import SpotCheckState

NONE: Sequence[object] = ()


async def programme_created(event: Received, work: Work) -> Sequence[object]:
    """A programme exists; of a classified one nothing is kept (D-27)."""
    told = targets.ProgrammeCreated.from_binary(event.payload)
    if told.classified or told.coordinates is None:
        return NONE
    at = told.coordinates
    known = KnownProgramme(
        programme_id=UUID(told.programme_id),
        coordinates=Coordinates(at.territory, at.line, at.unit),
        year=told.year,
        code=told.code,
        name=told.name,
        parent_id=UUID(told.parent_id) if told.parent_id else None,
        object_type=told.object_type,
        target_level=told.target_level,
        transfer=told.transfer,
        special_fund=told.special_fund,
        is_major=told.is_major,
        consolidated_agricultural=told.consolidated_agricultural,
    )
    await store.known_programmes.add(work, known)
    return NONE


async def programme_moved(event: Received, work: Work) -> Sequence[object]:
    """It reached a state in a budget year."""
    told = targets.ProgrammeMoved.from_binary(event.payload)
    if (known := await _own(work, told.programme_id)) is not None and told.year:
        known.keep(told.year, state=told.state)
        await store.known_programmes.save(work, known)
    return NONE


async def budget_entered(event: Received, work: Work) -> Sequence[object]:
    """Its money of a year stands in the budget."""
    told = targets.BudgetEntered.from_binary(event.payload)
    if (known := await _own(work, told.programme_id)) is not None:
        known.keep(told.year, entered=Money.yuan(told.amount))
        await _saved(work, known, told.year)
    return NONE


async def budget_recorded(event: Received, work: Work) -> Sequence[object]:
    """The budget of a year after one more row; a late unapproved cut is added back (R-4)."""
    told = targets.BudgetRecorded.from_binary(event.payload)
    if (known := await _own(work, told.programme_id)) is None:
        return NONE
    own, amount = known.of(told.year), Money.yuan(told.amount or "0.00")
    late = NOTHING
    cut = told.kind == "adjustment" and amount.fen < 0 and not told.standing_committee
    if cut and told.day and date.fromisoformat(told.day) > date(told.year, 10, 31):
        late = -amount
    carried = told.kind == "carry_in"
    known.keep(
        told.year,
        initial_budget=_yuan(told.initial_budget, own.initial_budget),
        current_budget=_yuan(told.current_budget, own.current_budget),
        late_reduction=own.late_reduction + late,
        carried_in=own.carried_in + amount if carried else own.carried_in,
        carried_from=told.first_budget_year if carried else own.carried_from,
    )
    await _saved(work, known, told.year)
    return NONE


async def target_released(event: Received, work: Work) -> Sequence[object]:
    """A target is in force; one released after the year does not judge it (D-20, R-22)."""
    told = targets.TargetReleased.from_binary(event.payload)
    known = await _sure(work, told.programme_id)
    in_year = not told.day or date.fromisoformat(told.day) <= date(told.year, 12, 31)
    if in_year and told.number >= known.of(told.year).target_version:
        known.keep(
            told.year,
            indicators=messages.indicators(told.indicators),
            target_version=told.number,
            released=_yuan(told.amount, known.of(told.year).released),
        )
        await _saved(work, known, told.year)
    return NONE


async def target_returned(event: Received, work: Work) -> Sequence[object]:
    """A target went back; twice is a risk (R-26)."""
    told = targets.TargetReturned.from_binary(event.payload)
    known = await _sure(work, told.programme_id)
    known.keep(known.year, returns=max(told.returns, known.of(known.year).returns))
    await store.known_programmes.save(work, known)
    return NONE


async def adjustment_approved(event: Received, work: Work) -> Sequence[object]:
    """A target was adjusted; twice is a risk (R-26)."""
    told = targets.AdjustmentApproved.from_binary(event.payload)
    known = await _sure(work, told.programme_id)
    known.keep(told.year, adjustments=known.of(told.year).adjustments + 1)
    await store.known_programmes.save(work, known)
    return NONE


async def execution_recorded(event: Received, work: Work) -> Sequence[object]:
    """The treasury's figure, cumulative to a day; a later day replaces an earlier."""
    told = monitoring.ExecutionRecorded.from_binary(event.payload)
    known, to = await _sure(work, told.programme_id), date.fromisoformat(told.day)
    before = known.of(told.year).executed_to
    if before is None or to >= before:
        known.keep(
            told.year,
            executed=Money.yuan(told.executed),
            executed_to=to,
            executed_by_year={
                year: Money.yuan(amount) for year, amount in told.by_first_budget_year.items()
            },
        )
        await _saved(work, known, told.year)
    return NONE


async def report_accepted(event: Received, work: Work) -> Sequence[object]:
    """A monitoring report holds: latest actuals, and the light of its round (R-26)."""
    told = monitoring.ReportAccepted.from_binary(event.payload)
    known, to = await _sure(work, told.programme_id), date.fromisoformat(told.cut_off)
    own = known.of(told.year)
    known.keep(told.year, lights={**own.lights, told.cut_off: told.execution_light})
    if own.actuals_to is None or to >= own.actuals_to:
        known.keep(told.year, latest_actuals=messages.actuals(told.actuals), actuals_to=to)
    await _saved(work, known, told.year)
    return NONE


async def round_opened(event: Received, work: Work) -> Sequence[object]:
    """A monitoring round is open."""
    told = monitoring.RoundOpened.from_binary(event.payload)
    await reference.keep_round(work, UUID(told.round_id), told.year, told.cut_off, closed=False)
    return NONE


async def round_closed(event: Received, work: Work) -> Sequence[object]:
    """A monitoring round is closed: its lights count (R-26)."""
    told = monitoring.RoundClosed.from_binary(event.payload)
    await reference.keep_round(work, UUID(told.round_id), told.year, told.cut_off, closed=True)
    return NONE


async def key_list_chosen(event: Received, work: Work) -> Sequence[object]:
    """It stands on finance's key list of a year (R-26)."""
    told = monitoring.KeyMonitoringChosen.from_binary(event.payload)
    known = await _sure(work, told.programme_id)
    known.keep(told.year, key_listed=True)
    await store.known_programmes.save(work, known)
    return NONE


async def rectification_overdue(event: Received, work: Work) -> Sequence[object]:
    """A rectification is late: a risk until it is accepted (R-26)."""
    told = results.RectificationMoved.from_binary(event.payload)
    known = await _sure(work, told.programme_id)
    known.overdue_orders = tuple(sorted({*known.overdue_orders, told.order_id}))
    await store.known_programmes.save(work, known)
    return NONE


async def rectification_accepted(event: Received, work: Work) -> Sequence[object]:
    """A rectification is accepted: nothing of it is late any more (R-26)."""
    told = results.RectificationMoved.from_binary(event.payload)
    known = await _sure(work, told.programme_id)
    known.overdue_orders = tuple(o for o in known.overdue_orders if o != told.order_id)
    await store.known_programmes.save(work, known)
    return NONE


async def notice_issued(event: Received, work: Work) -> Sequence[object]:
    """A notice names programmes: their final spot checks are noticed (D-21, T-24)."""
    if work.rebuilding:
        return NONE
    told = results.NoticeIssued.from_binary(event.payload)
    for check in await store.spot_checks_in(work, told.year):
        named = str(check.programme_id) in told.programme_ids
        if named and check.state is SpotCheckState.FINAL:
            check.note_notice(told.notice_id)
            await store.spot_checks.save(work, check)
    return NONE


async def working_days_set(event: Received, work: Work) -> Sequence[object]:
    """The State Council's table, whole (R-39)."""
    told = gateway.WorkingDaysSet.from_binary(event.payload)
    await reference.set_working_days(work, told.holidays, told.working_weekends)
    return NONE


async def org_unit_recorded(event: Received, work: Work) -> Sequence[object]:
    """An office was entered or changed."""
    told = gateway.OrgUnitRecorded.from_binary(event.payload)
    await reference.keep_unit(
        work, UUID(told.unit_id), code=told.code, name=told.name, kind=told.kind,
        territory=told.territory, line=told.line,
    )  # fmt: skip
    return NONE


async def _own(work: Work, programme_id: str) -> KnownProgramme | None:
    """A programme by an event of its own aggregate: absent only if it is classified."""
    try:
        return await store.known_programmes.get(work, UUID(programme_id))
    except NotFound:
        return None


async def _sure(work: Work, programme_id: str) -> KnownProgramme:
    """A programme by another aggregate's event, which may come first: then it is sent again."""
    if (known := await _own(work, programme_id)) is None:
        raise Unavailable
    return known


async def _saved(work: Work, known: KnownProgramme, year: int) -> None:
    """Keep it, and let a self-evaluation that is not filed yet follow (R-4, R-22)."""
    await store.known_programmes.save(work, known)
    if work.rebuilding:
        return
    open_one = await store.self_evaluation_of(work, known.programme_id, year)
    if open_one is None or open_one.filed:
        return
    own = known.of(year)
    open_one.prefill(
        funds=own.funds, indicators=own.indicators, target_version=own.target_version,
        latest_actuals=own.latest_actuals,
    )  # fmt: skip
    await store.self_evaluations.save(work, open_one)


def _yuan(text: str, before: Money | None) -> Money | None:
    return Money.yuan(text) if text else before
