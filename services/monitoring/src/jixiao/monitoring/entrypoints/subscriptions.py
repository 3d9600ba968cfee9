"""What this service hears from the others: stream → subject → reaction."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from jixiao.api.evaluation.v1 import events_pb as evaluation
from jixiao.api.results.v1 import events_pb as results
from jixiao.api.targets.v1 import events_pb as targets
from jixiao.servicekit import wire
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import React
from jixiao.servicekit.rebuilding import Projection
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..application import learning
from ..domain.finding import RectificationStanding


async def _created(event: Received, work: Work) -> Sequence[object]:
    told = targets.ProgrammeCreated.from_binary(event.payload)
    if told.classified:
        return []
    return await learning.learn_programme(wire.read(told, learning.Created), work)


async def _moved(event: Received, work: Work) -> Sequence[object]:
    told = targets.ProgrammeMoved.from_binary(event.payload)
    await learning.learn_move(UUID(told.programme_id), told.year, told.state, work)
    return []


async def _entered(event: Received, work: Work) -> Sequence[object]:
    told = targets.BudgetEntered.from_binary(event.payload)
    await learning.learn_entered(UUID(told.programme_id), told.year, Money.yuan(told.amount), work)
    return []


async def _recorded(event: Received, work: Work) -> Sequence[object]:
    told = targets.BudgetRecorded.from_binary(event.payload)
    return await learning.learn_budget(wire.read(told, learning.Recorded), work)


async def _released(event: Received, work: Work) -> Sequence[object]:
    told = targets.TargetReleased.from_binary(event.payload)
    await learning.learn_release(wire.read(told, learning.Released), work)
    return []


async def _superseded(event: Received, work: Work) -> Sequence[object]:
    await learning.learn_superseded(event.aggregate_id, work)
    return []


async def _returned(event: Received, work: Work) -> Sequence[object]:
    told = targets.TargetReturned.from_binary(event.payload)
    await learning.learn_returned(UUID(told.programme_id), work)
    return []


async def _adjusted(event: Received, work: Work) -> Sequence[object]:
    told = targets.AdjustmentApproved.from_binary(event.payload)
    await learning.learn_adjusted(UUID(told.programme_id), told.year, work)
    return []


async def _ordered(event: Received, work: Work) -> Sequence[object]:
    told = results.RectificationOrdered.from_binary(event.payload)
    if told.finding_id:
        order = UUID(told.order_id)
        await learning.learn_order(UUID(told.finding_id), order, told.document_number, work)
    return []


async def _rectified(
    standing: RectificationStanding, event: Received, work: Work
) -> Sequence[object]:
    told = results.RectificationMoved.from_binary(event.payload)
    finding = UUID(told.finding_id) if told.finding_id else None
    return await learning.learn_standing(
        finding, UUID(told.programme_id), UUID(told.order_id), standing, work, day=event.day
    )


async def _self_graded(event: Received, work: Work) -> Sequence[object]:
    told = evaluation.SelfEvaluationSubmitted.from_binary(event.payload)
    await learning.learn_grade(UUID(told.programme_id), told.year, told.grade, work)
    return []


async def _rechecked(event: Received, work: Work) -> Sequence[object]:
    told = evaluation.SpotCheckConcluded.from_binary(event.payload)
    await learning.learn_grade(
        UUID(told.programme_id), told.year, told.grade, work, large_difference=told.large_difference
    )
    return []


async def _evaluated(event: Received, work: Work) -> Sequence[object]:
    told = evaluation.EvaluationConcluded.from_binary(event.payload)
    await learning.learn_grade(UUID(told.programme_id), told.year, told.grade, work)
    return []


REACTIONS: Mapping[str, Mapping[str, React]] = {
    "TARGETS": {
        "jixiao.targets.programme.created": _created,
        "jixiao.targets.programme.moved": _moved,
        "jixiao.targets.programme.budget_entered": _entered,
        "jixiao.targets.programme.budget_recorded": _recorded,
        "jixiao.targets.target.released": _released,
        "jixiao.targets.target.superseded": _superseded,
        "jixiao.targets.target.returned": _returned,
        "jixiao.targets.adjustment.approved": _adjusted,
    },
    "RESULTS": {
        "jixiao.results.rectification.ordered": _ordered,
        "jixiao.results.rectification.accepted": partial(
            _rectified, RectificationStanding.ACCEPTED
        ),
        "jixiao.results.rectification.rejected": partial(_rectified, RectificationStanding.FAILED),
        "jixiao.results.rectification.overdue": partial(_rectified, RectificationStanding.OVERDUE),
        "jixiao.results.rectification.escalated": partial(
            _rectified, RectificationStanding.ESCALATED
        ),
    },
    "EVALUATION": {
        "jixiao.evaluation.self_evaluation.submitted": _self_graded,
        "jixiao.evaluation.spot_check.concluded": _rechecked,
        "jixiao.evaluation.key_evaluation.concluded": _evaluated,
    },
}
PROJECTIONS = (
    Projection("programmes", ["TARGETS", "RESULTS", "EVALUATION"], ["programmes", "targets"]),
)
"""What is copied here and rebuilt from its sources; other reactions act and are silent then."""
