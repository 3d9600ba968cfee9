"""A released target is adjusted. Articles: D-15, T-18."""

from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit import drafts, tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import adjustments, applications, programmes, targets
from ..domain.adjustment import AdjustmentGrounds, AdjustmentState, TargetAdjustment
from ..domain.events import Event
from ..domain.filing import TargetForm
from ..domain.reviewing import Opinion, Reviewer
from .awaiting import await_review

Done = tuple[tuple[TargetAdjustment, int], list[Event]]
_CLOSED = (AdjustmentState.RETURNED, AdjustmentState.APPROVED, AdjustmentState.REJECTED)


@dataclass(frozen=True, slots=True)
class SubmitAdjustment:
    """The whole new form, and why."""

    target_id: UUID
    form: TargetForm
    grounds: AdjustmentGrounds


async def submit_adjustment(command: SubmitAdjustment, work: Work) -> Done:
    """Ask for a change of the target in force. Articles: D-15, D-9, T-18. Rules: R-22."""
    target = await targets.records.get(work, command.target_id)
    programme = await programmes.records.see(work, target.programme_id)
    adjustment, events = TargetAdjustment.submit(
        uuid7(), programme, target, command.form, command.grounds, person=work.person,
        day=work.today, application=await applications.seen(work, target.programme_id),
    )  # fmt: skip
    await adjustments.records.add(work, adjustment)
    await _await_next(work, adjustment)
    return (adjustment, 1), events


async def review_adjustment(adjustment_id: UUID, opinion: Opinion, work: Work) -> Done:
    """Review at the caller's level; the last one approves and makes the next target version.

    Articles: D-15, T-18. Rules: R-22, R-51.
    """
    adjustment = await adjustments.records.take(work, adjustment_id)
    reviewer = Reviewer(work.principal.role)
    events = adjustment.review(reviewer, work.person, work.today, opinion)
    await adjustments.records.save(work, adjustment)
    if adjustment.state is AdjustmentState.APPROVED:
        target = await targets.records.get(work, adjustment.target_id)
        await targets.records.add(work, adjustment.next_version(uuid7(), target))
    if adjustment.state is AdjustmentState.RETURNED:
        await drafts.reopen(work, "target_adjustment", adjustment.target_id)
    await _await_next(work, adjustment)
    return _done(work, adjustment, events)


async def withdraw_adjustment(adjustment_id: UUID, work: Work) -> Done:
    """Take it back before any review. Articles: D-15."""
    adjustment = await adjustments.records.take(work, adjustment_id)
    events = adjustment.withdraw(work.person)
    await adjustments.records.save(work, adjustment)
    await tasks.close_tasks(work, record=adjustment_id)
    await drafts.reopen(work, "target_adjustment", adjustment.target_id)
    return _done(work, adjustment, events)


async def _await_next(work: Work, adjustment: TargetAdjustment) -> None:
    done = len(adjustment.chain) if adjustment.state in _CLOSED else len(adjustment.reviews)
    await await_review(
        work, adjustment.adjustment_id, adjustment.programme_id, adjustment.coordinates,
        adjustment.chain, done, kind="target_adjustment.review", what="绩效目标调整",
    )  # fmt: skip


def _done(work: Work, adjustment: TargetAdjustment, events: list[Event]) -> Done:
    return (adjustment, adjustments.records.version_of(work, adjustment.adjustment_id)), events
