"""What this service hears from the others: stream → subject → reaction. Copies are kept here."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.gateway.v1 import events_pb as gateway_pb
from jixiao.api.monitoring.v1 import events_pb as monitoring_pb
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.servicekit import wire
from jixiao.servicekit.errors import NotFound, Unavailable
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import React
from jixiao.servicekit.rebuilding import Projection
from jixiao.servicekit.sealing import keep_head
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money

from ..adapters import stores
from ..adapters.calendar import keep_calendar
from ..application.registering import hold_against, set_responsible
from ..domain.governing import Source
from ..domain.known import Execution, KnownFinding, KnownProgramme, KnownResult, RollUp
from ..domain.responsibility import Outcome

Events = Sequence[object]
_NOWHERE = Coordinates("000000", "-", "-")
"""Of a classified programme nothing is told but its id."""


async def programme_created(event: Received, work: Work) -> Events:
    """A programme is known from here; of a classified one the id alone."""
    told = targets_pb.ProgrammeCreated.from_binary(event.payload)
    where = _NOWHERE
    if told.coordinates is not None and not told.classified:
        where = wire.read(told.coordinates, Coordinates)
    await stores.programmes.add(
        work,
        KnownProgramme(
            programme_id=UUID(told.programme_id),
            coordinates=where,
            year=told.year,
            code=told.code,
            name=told.name,
            parent_id=UUID(told.parent_id) if told.parent_id else None,
            transfer=told.transfer,
            allocation_method=told.allocation_method,
            target_level=told.target_level,
            object_type=told.object_type,
            is_major=told.is_major,
            classified=told.classified,
            term_end=date.fromisoformat(told.term_end) if told.term_end else None,
        ),
    )
    return []


async def programme_moved(event: Received, work: Work) -> Events:
    """Keep the state."""
    told = targets_pb.ProgrammeMoved.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    programme.state = told.state
    await stores.programmes.save(work, programme)
    return []


async def budget_entered(event: Received, work: Work) -> Events:
    """Keep the amount entered for a year: the pool of an allocation. Articles: T-32."""
    told = targets_pb.BudgetEntered.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    programme.entered[str(told.year)] = Money.yuan(told.amount)
    await stores.programmes.save(work, programme)
    return []


async def budget_recorded(event: Received, work: Work) -> Events:
    """Keep the initial approved budget, and money carried in with its age. Rules: R-30, R-32."""
    told = targets_pb.BudgetRecorded.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    if told.initial_budget:
        programme.initial[str(told.year)] = Money.yuan(told.initial_budget)
    if told.kind == "carry_in":
        programme.carry_in(told.year, told.first_budget_year, Money.yuan(told.amount))
    await stores.programmes.save(work, programme)
    return []


async def responsibility_set(event: Received, work: Work) -> Events:
    """Enter the person in the register. Articles: D-29. Rules: R-44."""
    told = targets_pb.ResponsibilitySet.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    if programme.classified:
        return []
    return await set_responsible(
        programme, told.person or told.post, told.post or told.person,
        date.fromisoformat(told.since) if told.since else event.day, work, lifelong=told.lifelong,
    )  # fmt: skip


async def target_submitted(event: Received, work: Work) -> Events:
    """The amount of the newest version is the request for its year. Rules: R-30."""
    told = targets_pb.TargetSubmitted.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    programme.request(told.year, told.number, Money.yuan(told.amount))
    await stores.programmes.save(work, programme)
    return []


async def exante_decided(event: Received, work: Work) -> Events:
    """Keep the ex-ante score, by which a new project ranks. Rules: R-38."""
    told = targets_pb.ExanteDecided.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    programme.exante_score = Decimal(told.total) if told.total else None
    await stores.programmes.save(work, programme)
    return []


async def execution_recorded(event: Received, work: Work) -> Events:
    """Keep what was spent, by the money's first budget year. Articles: D-26. Rules: R-32."""
    told = monitoring_pb.ExecutionRecorded.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    spent = {year: Money.yuan(of) for year, of in told.by_first_budget_year.items()}
    day = date.fromisoformat(told.day) if told.day else event.day
    programme.execute(told.year, Execution(day, spent))
    await stores.programmes.save(work, programme)
    return []


async def finding_opened(event: Received, work: Work) -> Events:
    """Keep the finding, which an order may name. Articles: D-18, D-25."""
    told = monitoring_pb.DeviationFound.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    finding = KnownFinding(
        UUID(told.finding_id), programme.programme_id, programme.coordinates, told.year,
        told.severity, told.text, told.article,
    )  # fmt: skip
    await stores.findings.add(work, finding)
    if told.severity == "serious":
        outcome = Outcome(told.year, event.day, told.text)
        await hold_against(programme.programme_id, outcome, work)
    return []


async def finding_closed(event: Received, work: Work) -> Events:
    """The finding is closed."""
    told = monitoring_pb.FindingClosed.from_binary(event.payload)
    try:
        finding = await stores.findings.get(work, UUID(told.finding_id))
    except NotFound as absent:
        raise Unavailable from absent
    finding.state = "closed"
    await stores.findings.save(work, finding)
    return []


async def self_evaluation_submitted(event: Received, work: Work) -> Events:
    """Keep the self score of a year. Articles: D-20. Rules: R-29."""
    told = evaluation_pb.SelfEvaluationSubmitted.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    source_id = UUID(told.self_evaluation_id)
    programme.note(KnownResult(told.year, Source.SELF_EVALUATION, Decimal(told.total), source_id))
    await stores.programmes.save(work, programme)
    return []


async def rolled_up(event: Received, work: Work) -> Events:
    """Keep a town's roll-up at the root; a line's binding one is the root's own result.

    Articles: T-24, T-32. Rules: R-12, R-29, R-37.
    """
    told = evaluation_pb.RolledUp.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    root = programme
    if programme.parent_id is not None:
        root = await stores.awaited(work, str(programme.parent_id))
    binding = Decimal(told.binding_score) if told.binding_score else None
    if told.level == "town":
        displayed = Decimal(told.displayed_score) if told.displayed_score else None
        town = told.territory or programme.coordinates.territory
        root.roll_ups[f"{told.year}/{town}"] = RollUp(displayed, binding, told.anything_filed)
    elif binding is not None:
        roll_up = UUID(told.roll_up_id)
        root.note(KnownResult(told.year, Source.SELF_EVALUATION, binding, roll_up))
    await stores.programmes.save(work, root)
    return []


async def spot_check_concluded(event: Received, work: Work) -> Events:
    """Keep the re-checked score; a large difference is a flag of linkage. Articles: D-21, T-24."""
    told = evaluation_pb.SpotCheckConcluded.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    score, check = Decimal(told.recheck_score), UUID(told.spot_check_id)
    programme.note(KnownResult(told.year, Source.RECHECK, score, check, told.large_difference))
    await stores.programmes.save(work, programme)
    outcome = Outcome(told.year, event.day, "自评抽查复核", score)
    await hold_against(programme.programme_id, outcome, work)
    return []


async def key_evaluation_concluded(event: Received, work: Work) -> Events:
    """Keep the result that governs above all others. Articles: D-23, D-26. Rules: R-29."""
    told = evaluation_pb.EvaluationConcluded.from_binary(event.payload)
    programme = await stores.awaited(work, told.programme_id)
    score, evaluation = Decimal(told.total), UUID(told.evaluation_id)
    programme.note(KnownResult(told.year, Source(told.source), score, evaluation))
    await stores.programmes.save(work, programme)
    outcome = Outcome(told.year, event.day, "重点绩效评价", score)
    await hold_against(programme.programme_id, outcome, work)
    return []


async def campaign_closed(event: Received, work: Work) -> Events:
    """Mark who was due and did not file. Articles: T-24. Rules: R-31, R-37."""
    told = evaluation_pb.CampaignClosed.from_binary(event.payload)
    for programme_id in told.not_filed_programme_ids:
        programme = await stores.awaited(work, programme_id)
        programme.miss(told.year)
        await stores.programmes.save(work, programme)
    return []


async def working_days_set(event: Received, work: Work) -> Events:
    """Keep the State Council's table. Rules: R-39."""
    told = gateway_pb.WorkingDaysSet.from_binary(event.payload)
    await keep_calendar(work, [*told.holidays], [*told.working_weekends])
    return []


REACTIONS: Mapping[str, Mapping[str, React]] = {
    "TARGETS": {
        "jixiao.targets.programme.created": programme_created,
        "jixiao.targets.programme.moved": programme_moved,
        "jixiao.targets.programme.budget_entered": budget_entered,
        "jixiao.targets.programme.budget_recorded": budget_recorded,
        "jixiao.targets.programme.responsibility_set": responsibility_set,
        "jixiao.targets.target.submitted": target_submitted,
        "jixiao.targets.exante.decided": exante_decided,
    },
    "MONITORING": {
        "jixiao.monitoring.execution.recorded": execution_recorded,
        "jixiao.monitoring.finding.opened": finding_opened,
        "jixiao.monitoring.finding.closed": finding_closed,
    },
    "EVALUATION": {
        "jixiao.evaluation.self_evaluation.submitted": self_evaluation_submitted,
        "jixiao.evaluation.roll_up.reported": rolled_up,
        "jixiao.evaluation.roll_up.closed": rolled_up,
        "jixiao.evaluation.spot_check.concluded": spot_check_concluded,
        "jixiao.evaluation.key_evaluation.concluded": key_evaluation_concluded,
        "jixiao.evaluation.campaign.closed": campaign_closed,
    },
    "GATEWAY": {
        "jixiao.gateway.working_days.set": working_days_set,
        "jixiao.gateway.audit_head.published": keep_head,  # the gateway keeps all others' (P6.3)
    },
}
PROJECTIONS = (
    Projection(
        "programmes",
        ["TARGETS", "MONITORING", "EVALUATION"],
        ["known_programmes", "known_findings"],
    ),
    Projection("calendar", ["GATEWAY"], ["calendars"]),
)
"""What is copied here and rebuilt from its sources; other reactions act and are silent then."""
