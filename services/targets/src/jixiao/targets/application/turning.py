"""What a new day brings: ex-ante decisions lapse unused (§5), programmes end with their term."""

from datetime import date

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Money

from ..adapters import applications, programmes
from ..domain.assessment import UNUSED_YEARS
from ..domain.events import Event


async def lapse_unused(day: date, work: Work) -> list[Event]:
    """Let decisions lapse that no admission has used. Articles: D-9."""
    events: list[Event] = []
    for application in await applications.decided(work):
        decided = application.decided_on
        if decided is None or day.year - decided.year < UNUSED_YEARS:
            continue
        programme = await programmes.records.see(work, application.programme_id)
        lapsed = application.lapse(day, Money(), used=programme.admitted_on is not None)
        if lapsed:
            await applications.records.save(work, application)
        events += lapsed
    return events


async def expire_ended(day: date, work: Work) -> list[Event]:
    """Let programmes expire whose term is over; an expiry evaluation is due then.

    Articles: D-22, T-25, T-27.
    """
    events: list[Event] = []
    for programme in await programmes.ended(work, day):
        events += programme.expire(day)
        await programmes.records.save(work, programme)
    return events
