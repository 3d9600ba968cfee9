"""What the clock does (R-40): duties not fulfilled are overdue from 00:00 after their due date."""

from datetime import date

from jixiao.servicekit.transaction import Work

from ..adapters import duties
from ..domain.events import Event


async def mark_overdue(day: date, work: Work) -> list[Event]:
    """Mark what is overdue on `day`, by name. Articles: D-27, T-35. Rules: R-39, R-40."""
    events: list[Event] = []
    for duty in await duties.passed(work, day):
        events += duty.turn(day)
        await duties.records.save(work, duty)
    return events
