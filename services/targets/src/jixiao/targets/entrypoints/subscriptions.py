"""What this service hears from the others: stream → subject → reaction."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.gateway.v1 import events_pb as gateway_pb
from jixiao.api.monitoring.v1 import events_pb as monitoring_pb
from jixiao.api.results.v1 import events_pb as results_pb
from jixiao.measures.days import WorkingDays
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import React
from jixiao.servicekit.rebuilding import Projection
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import directory, programmes
from ..adapters.directory import OrgUnit
from ..application import assessing, following, placing
from ..application.placing import TownShare

Told = Sequence[object]


async def unit_recorded(event: Received, work: Work) -> Told:
    """Keep an organisation."""
    told = gateway_pb.OrgUnitRecorded.from_binary(event.payload)
    unit = OrgUnit(UUID(told.unit_id), told.code, told.name, told.kind, told.territory, told.line)
    await directory.keep_unit(work, unit)
    return []


async def working_days_set(event: Received, work: Work) -> Told:
    """Keep the table of working days."""
    told = gateway_pb.WorkingDaysSet.from_binary(event.payload)
    days = WorkingDays(_days(told.holidays), _days(told.working_weekends))
    await directory.keep_working_days(work, days)
    return []


async def commission_given(event: Received, work: Work) -> Told:
    """An ex-ante assessment was commissioned: the application goes to independent review."""
    told = evaluation_pb.CommissionGiven.from_binary(event.payload)
    if told.subject != "exante" or work.rebuilding:
        return []
    return await assessing.order_review(UUID(told.subject_id), UUID(told.commission_id), work)


async def self_evaluated(event: Received, work: Work) -> Told:
    """Keep a self score and the indicators it missed."""
    told = evaluation_pb.SelfEvaluationSubmitted.from_binary(event.payload)
    missed = [
        row.name
        for row in told.indicators
        if row.score and row.weight and Decimal(row.score) < Decimal(row.weight)
    ]
    await following.keep_result(
        work, UUID(told.programme_id), told.year, "self_evaluation", told.total, told.grade,
        self_score=told.total, missed=missed,
    )  # fmt: skip
    return []


async def rechecked(event: Received, work: Work) -> Told:
    """Keep a recheck, which covers the self score."""
    told = evaluation_pb.SpotCheckConcluded.from_binary(event.payload)
    await following.keep_result(
        work, UUID(told.programme_id), told.year, "recheck", told.recheck_score, told.grade,
        self_score=told.self_score,
    )  # fmt: skip
    return []


async def rolled_up(event: Received, work: Work) -> Told:
    """Keep the binding score of a town's part or a line's root.

    By the project method a town has no part, so its roll-up names the root and is not the root's
    own result.
    """
    told = evaluation_pb.RolledUp.from_binary(event.payload)
    programme = await programmes.records.see(work, UUID(told.programme_id))
    if told.level == "town" and programme.parent_id is None:
        return []
    await following.keep_result(
        work, UUID(told.programme_id), told.year, "roll_up", told.binding_score, told.binding_grade
    )
    return []


async def evaluated(event: Received, work: Work) -> Told:
    """Keep a key evaluation's result."""
    told = evaluation_pb.EvaluationConcluded.from_binary(event.payload)
    await following.keep_result(
        work, UUID(told.programme_id), told.year, told.source, told.total, told.grade
    )
    return []


async def rectification_ordered(event: Received, work: Work) -> Told:
    """Keep a rectification order."""
    told = results_pb.RectificationOrdered.from_binary(event.payload)
    if told.programme_id:
        await following.keep_order(
            work, UUID(told.order_id), UUID(told.programme_id), told.document_number,
            told.problems, event.day,
        )  # fmt: skip
    return []


async def rectification_moved(event: Received, work: Work) -> Told:
    """Follow a rectification order."""
    told = results_pb.RectificationMoved.from_binary(event.payload)
    await following.move_order(work, UUID(told.order_id), told.state, _day(told.due_on))
    return []


async def allocation_approved(event: Received, work: Work) -> Told:
    """Make the towns' parts of a factor transfer."""
    told = results_pb.AllocationApproved.from_binary(event.payload)
    if work.rebuilding:
        return []
    shares = [TownShare(part.territory, part.name, Money.yuan(part.amount)) for part in told.parts]
    return await placing.place_parts(work, UUID(told.programme_id), told.year, shares)


async def execution_recorded(event: Received, work: Work) -> Told:
    """Keep what a programme spent."""
    told = monitoring_pb.ExecutionRecorded.from_binary(event.payload)
    await following.keep_execution(
        work,
        UUID(told.programme_id),
        told.year,
        date.fromisoformat(told.day),
        Money.yuan(told.executed),
    )
    return []


async def payment_stopped(event: Received, work: Work) -> Told:
    """Suspend the programme whose payment was stopped."""
    told = monitoring_pb.PaymentStopped.from_binary(event.payload)
    if work.rebuilding:
        return []
    return await following.follow_hold(work, UUID(told.programme_id), told.year, stopped=True)


async def payment_resumed(event: Received, work: Work) -> Told:
    """Resume the programme whose payment is free again."""
    told = monitoring_pb.PaymentResumed.from_binary(event.payload)
    if work.rebuilding:
        return []
    return await following.follow_hold(work, UUID(told.programme_id), told.year, stopped=False)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _days(texts: Sequence[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


_MOVES = ("received", "reported", "accepted", "rejected", "overdue", "escalated")
REACTIONS: Mapping[str, Mapping[str, React]] = {
    "GATEWAY": {
        "jixiao.gateway.org_unit.recorded": unit_recorded,
        "jixiao.gateway.working_days.set": working_days_set,
    },
    "EVALUATION": {
        "jixiao.evaluation.commission.given": commission_given,
        "jixiao.evaluation.self_evaluation.submitted": self_evaluated,
        "jixiao.evaluation.spot_check.concluded": rechecked,
        "jixiao.evaluation.roll_up.closed": rolled_up,
        "jixiao.evaluation.key_evaluation.concluded": evaluated,
    },
    "RESULTS": {
        "jixiao.results.allocation.approved": allocation_approved,
        "jixiao.results.rectification.ordered": rectification_ordered,
        **{f"jixiao.results.rectification.{move}": rectification_moved for move in _MOVES},
    },
    "MONITORING": {
        "jixiao.monitoring.execution.recorded": execution_recorded,
        "jixiao.monitoring.hold.stopped": payment_stopped,
        "jixiao.monitoring.hold.lifted": payment_resumed,
    },
}
PROJECTIONS = (
    Projection("directory", ["GATEWAY"], ["org_units", "calendars"]),
    Projection("results", ["EVALUATION"], ["results"]),
    Projection("orders", ["RESULTS"], ["orders"]),
    Projection("executions", ["MONITORING"], ["executions"]),
)
"""What is copied here and rebuilt from its sources; other reactions act and are silent then."""
