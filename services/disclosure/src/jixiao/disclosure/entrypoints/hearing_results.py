"""What is heard of execution, evaluation and results application; key results begin duties."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.monitoring.v1 import events_pb as monitoring_pb
from jixiao.api.results.v1 import events_pb as results_pb
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.events import Received
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import messages, programmes
from ..application.beginning import begin_duty, begin_notice
from ..domain.kinds import Kind
from ..domain.known import (
    KnownAllocation,
    KnownKey,
    KnownMeasure,
    KnownPart,
    KnownProgramme,
    KnownRecheck,
    KnownRollUp,
    KnownSelf,
)

Told = Sequence[object]
FINANCE_EVALUATION = "finance_evaluation"


async def _learn(
    work: Work, programme_id: str, year: int, **facts: object
) -> KnownProgramme | None:
    known = await programmes.known(work, programme_id)
    if known is not None:
        known.learn(year, **facts)
        await programmes.records.save(work, known)
    return known


async def execution_recorded(event: Received, work: Work) -> Told:
    """Keep the newest cumulative figure."""
    told = monitoring_pb.ExecutionRecorded.from_binary(event.payload)
    known = await programmes.known(work, told.programme_id)
    day = date.fromisoformat(told.day)
    if known is None or (known.of(told.year).executed_on or day) > day:
        return []
    await _learn(
        work, told.programme_id, told.year, executed=Money.yuan(told.executed), executed_on=day
    )
    return []


async def self_evaluation_submitted(event: Received, work: Work) -> Told:
    """Keep the self-evaluation as filed."""
    told = evaluation_pb.SelfEvaluationSubmitted.from_binary(event.payload)
    filed = KnownSelf(
        Decimal(told.total), told.grade, Money.yuan(told.full_year_budget), Money.yuan(told.executed),
        told.execution_score, told.rate_pct, told.completion_text,
        date.fromisoformat(told.submitted_on) if told.submitted_on else event.day, told.days_late,
        tuple(messages.scored_row(i) for i in told.indicators),
    )  # fmt: skip
    await _learn(work, told.programme_id, told.year, self_evaluation=filed, not_filed=False)
    return []


async def self_evaluation_returned(event: Received, work: Work) -> Told:
    """What was returned is not published."""
    told = evaluation_pb.SelfEvaluationMoved.from_binary(event.payload)
    await _learn(work, told.programme_id, told.year, self_evaluation=None)
    return []


async def spot_check_concluded(event: Received, work: Work) -> Told:
    """Keep the recheck beside the self score."""
    told = evaluation_pb.SpotCheckConcluded.from_binary(event.payload)
    recheck = KnownRecheck(
        Decimal(told.self_score), Decimal(told.recheck_score), told.grade, Decimal(told.difference),
        told.large_difference, tuple(told.reasons), tuple(told.problems),
    )  # fmt: skip
    await _learn(work, told.programme_id, told.year, recheck=recheck)
    return []


async def key_evaluation_concluded(event: Received, work: Work) -> Told:
    """Keep the result; it is published within 20 working days by who evaluated. Rules: R-40."""
    told = evaluation_pb.EvaluationConcluded.from_binary(event.payload)
    key = KnownKey(
        told.source, Decimal(told.total), told.grade, told.evaluator, date.fromisoformat(told.day),
        told.objections_answer, tuple(told.problems),
        tuple(messages.scored_row(i) for i in told.indicators),
    )  # fmt: skip
    known = await _learn(work, told.programme_id, told.year, key=key)
    if known is None:
        return []
    finance = told.source == FINANCE_EVALUATION
    return await begin_duty(work, Kind.KEY, known, told.year, key.day, finance=finance)


async def rolled_up(event: Received, work: Work) -> Told:
    """Keep the roll-up of a part or a root.

    By the project method a town has no part, so its roll-up names the root and is not the root's
    own; the two come in any order, so it must not take the line's place.
    """
    told = evaluation_pb.RolledUp.from_binary(event.payload)
    known = await programmes.known(work, told.programme_id)
    if known is None or (told.level == "town" and known.parent_id is None):
        return []
    roll_up = KnownRollUp(
        told.level, told.displayed_score, told.displayed_grade, told.coverage_pct,
        told.binding_score, told.binding_grade,
    )  # fmt: skip
    await _learn(work, told.programme_id, told.year, roll_up=roll_up)
    return []


async def campaign_closed(event: Received, work: Work) -> Told:
    """Keep who did not file."""
    told = evaluation_pb.CampaignClosed.from_binary(event.payload)
    for programme_id in sorted(told.not_filed_programme_ids):
        await _learn(work, programme_id, told.year, not_filed=True)
    return []


async def allocation_approved(event: Received, work: Work) -> Told:
    """Keep the plan with all that a town recomputes; published after the release. Rules: R-40."""
    told = results_pb.AllocationApproved.from_binary(event.payload)
    parts = tuple(
        KnownPart(
            p.territory, p.name, Money.yuan(p.amount), p.score, p.composite, dict(p.values),
            dict(p.shares),
        )
        for p in told.parts
    )  # fmt: skip
    day = date.fromisoformat(told.day) if told.day else event.day
    plan = KnownAllocation(
        Money.yuan(told.pool), told.performance_mode, day, dict(told.weights), parts
    )
    known = await _learn(work, told.programme_id, told.year, allocation=plan)
    if known is None or (target := known.of(told.year).target) is None:
        return []
    start = max(day, target.released_on)
    return await begin_duty(work, Kind.ALLOCATION, known, told.year, start, finance=True)


async def rectification_ordered(event: Received, work: Work) -> Told:
    """Keep the order: its report tells what was done."""
    told = results_pb.RectificationOrdered.from_binary(event.payload)
    if known := await programmes.known(work, told.programme_id):
        day = date.fromisoformat(told.day) if told.day else event.day
        known.measures[told.order_id] = KnownMeasure(told.source, day, "ordered")
        await programmes.records.save(work, known)
    return []


async def rectification_moved(event: Received, work: Work) -> Told:
    """Keep what was done about the problems, which the page shows."""
    told = results_pb.RectificationMoved.from_binary(event.payload)
    known = await programmes.known(work, told.programme_id)
    if known is None or (order := known.measures.get(told.order_id)) is None:
        return []
    known.measures[told.order_id] = KnownMeasure(
        order.source, order.day, told.state, told.measures or order.measures
    )
    await programmes.records.save(work, known)
    return []


async def notice_issued(event: Received, work: Work) -> Told:
    """A notice is published where it was decided so. Rules: R-40, R-48."""
    told = results_pb.NoticeIssued.from_binary(event.payload)
    if not told.published:
        return []
    named = []
    for programme_id in told.programme_ids:
        try:
            named.append(await programmes.records.see(work, UUID(programme_id)))
        except NotFound:
            continue
    day = date.fromisoformat(told.day) if told.day else event.day
    return await begin_notice(work, UUID(told.notice_id), named, told.year, day)


MONITORING = {"jixiao.monitoring.execution.recorded": execution_recorded}
EVALUATION = {
    "jixiao.evaluation.self_evaluation.submitted": self_evaluation_submitted,
    "jixiao.evaluation.self_evaluation.returned": self_evaluation_returned,
    "jixiao.evaluation.spot_check.concluded": spot_check_concluded,
    "jixiao.evaluation.key_evaluation.concluded": key_evaluation_concluded,
    "jixiao.evaluation.roll_up.reported": rolled_up,
    "jixiao.evaluation.roll_up.closed": rolled_up,
    "jixiao.evaluation.campaign.closed": campaign_closed,
}
RESULTS = {
    "jixiao.results.allocation.approved": allocation_approved,
    "jixiao.results.rectification.ordered": rectification_ordered,
    "jixiao.results.notice.issued": notice_issued,
} | {
    f"jixiao.results.rectification.{state}": rectification_moved
    for state in ("received", "reported", "accepted", "rejected", "overdue", "escalated")
}
