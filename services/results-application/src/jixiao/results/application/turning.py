"""What the clock does to rectification orders each day. Articles: D-18, D-25."""

from datetime import date

from jixiao.servicekit.transaction import Work

from ..adapters import stores
from ..adapters.calendar import read_calendar
from .rectifying import keep_order


async def turn_rectifications(day: date, work: Work) -> list[object]:
    """Deemed received after five working days, overdue, escalated after fifteen days more.

    Articles: D-18, D-25. Rules: R-28, R-39.
    """
    calendar = await read_calendar(work)
    events: list[object] = []
    for order in await stores.open_rectifications(work):
        turned = order.turn_day(day, calendar)
        if turned:
            await keep_order(work, order, [])
            events += turned
    return events
