"""What is heard of targets: programmes, budgets, releases; duties begin with them (R-40)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from jixiao.api.targets.v1 import events_pb
from jixiao.servicekit.events import Received
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money

from ..adapters import duties, messages, programmes
from ..application.beginning import begin_duty, begin_overall_picture
from ..domain.duty import OPEN
from ..domain.kinds import Kind
from ..domain.known import KnownProgramme, KnownTarget

Told = Sequence[object]


def money(text: str) -> Money | None:
    """An amount of an event; None where it is absent."""
    return Money.yuan(text) if text else None


async def programme_created(event: Received, work: Work) -> Told:
    """Keep a programme; of a classified one the id alone. Rules: R-41."""
    told = events_pb.ProgrammeCreated.from_binary(event.payload)
    programme_id = UUID(told.programme_id)
    if told.classified:
        await programmes.keep_secret(work, programme_id)
        return []
    at = told.coordinates
    if at is None:
        return []
    known = KnownProgramme(
        programme_id, Coordinates(at.territory, at.line, at.unit), told.year, told.code, told.name,
        parent_id=UUID(told.parent_id) if told.parent_id else None,
        object_type=told.object_type, special_fund=told.special_fund, is_major=told.is_major,
        transfer=told.transfer, transfer_class=told.transfer_class,
        allocation_method=told.allocation_method, target_level=told.target_level,
        origin=told.origin,
    )  # fmt: skip
    await programmes.records.add(work, known)
    return []


async def programme_moved(event: Received, work: Work) -> Told:
    """Keep its state."""
    told = events_pb.ProgrammeMoved.from_binary(event.payload)
    if known := await programmes.known(work, told.programme_id):
        known.state = told.state
        await programmes.records.save(work, known)
    return []


async def responsibility_set(event: Received, work: Work) -> Told:
    """Keep the responsible post, which a page shows."""
    told = events_pb.ResponsibilitySet.from_binary(event.payload)
    if known := await programmes.known(work, told.programme_id):
        known.responsible_post = told.post
        await programmes.records.save(work, known)
    return []


async def budget_recorded(event: Received, work: Work) -> Told:
    """Keep the figures; with the final accounts the duties for the results begin. Rules: R-40."""
    told = events_pb.BudgetRecorded.from_binary(event.payload)
    known = await programmes.known(work, told.programme_id)
    if known is None:
        return []
    before = known.of(told.year)
    received = date.fromisoformat(told.received_on) if told.received_on else before.received_on
    known.learn(
        told.year,
        initial_budget=money(told.initial_budget) or before.initial_budget,
        current_budget=money(told.current_budget) or before.current_budget,
        received_on=received,
    )
    await programmes.records.save(work, known)
    if told.kind != "final_accounts" or received is None:
        return []
    events = await begin_overall_picture(work, known.coordinates.district, told.year, received)
    if known.parent_id is None:
        events += await begin_duty(work, Kind.SELF, known, told.year, received)
    return events


async def budget_entered(event: Received, work: Work) -> Told:
    """Keep the money of parts and projects, whose budget nobody records by itself."""
    told = events_pb.BudgetEntered.from_binary(event.payload)
    known = await programmes.known(work, told.programme_id)
    if known is None:
        return []
    # Of a root the recorded budget governs; below one the newest entry is all that there is.
    if known.parent_id is not None or known.of(told.year).initial_budget is None:
        amount = money(told.amount)
        known.learn(told.year, initial_budget=amount, current_budget=amount)
        await programmes.records.save(work, known)
    return []


async def target_requested(event: Received, work: Work) -> Told:
    """Keep the amount asked for: a congress package shows it before the release."""
    told = events_pb.TargetPassed.from_binary(event.payload)
    if known := await programmes.known(work, told.programme_id):
        known.learn(told.year, requested=money(told.amount))
        await programmes.records.save(work, known)
    return []


async def target_released(event: Received, work: Work) -> Told:
    """Keep what was released; the duty to publish begins with the first release. Rules: R-40.

    What belongs to a transfer is published with its root, unless that page is out already.
    """
    told = events_pb.TargetReleased.from_binary(event.payload)
    known = await programmes.known(work, told.programme_id)
    if known is None:
        return []
    before, day = known.of(told.year), date.fromisoformat(told.day)
    if before.target is None or told.number > before.target.number:
        target = KnownTarget(
            told.number, told.annual_text, told.overall_text, Money.yuan(told.amount),
            told.document_number, day, tuple(messages.target_row(i) for i in told.indicators),
        )  # fmt: skip
        known.learn(told.year, target=target)
        await programmes.records.save(work, known)
    if known.parent_id is not None and not await _root_is_published(work, known, told.year):
        return []
    events = await begin_duty(work, Kind.TARGETS, known, told.year, day)
    if before.allocation is not None:
        events += await begin_duty(work, Kind.ALLOCATION, known, told.year, day, finance=True)
    return events


async def _root_is_published(work: Work, known: KnownProgramme, year: int) -> bool:
    root: KnownProgramme | None = known
    while root is not None and root.parent_id is not None:
        root = await programmes.known(work, str(root.parent_id))
    if root is None:
        return False
    duty = await duties.by_key(work, root.programme_id, year, Kind.TARGETS)
    return duty is not None and duty.state not in OPEN


TARGETS = {
    "jixiao.targets.programme.created": programme_created,
    "jixiao.targets.programme.moved": programme_moved,
    "jixiao.targets.programme.responsibility_set": responsibility_set,
    "jixiao.targets.programme.budget_recorded": budget_recorded,
    "jixiao.targets.programme.budget_entered": budget_entered,
    "jixiao.targets.target.passed": target_requested,
    "jixiao.targets.target.released": target_released,
}
