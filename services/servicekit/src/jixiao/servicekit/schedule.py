"""What the clock does by itself: each business day handled once and in order (P1.7)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

import structlog
from sqlalchemy import Column, Date, Table, Text, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from .access import system
from .transaction import Transactions, Work, kit

log = structlog.get_logger()
DayHandler = Callable[[date, Work], Awaitable[Sequence[object]]]
"""Does what falls due on a day (deadlines of the day before have passed); returns events."""

scheduled = Table("scheduled", kit, Column("name", Text, primary_key=True), Column("day", Date))
_handled = select(scheduled.c.day).where(scheduled.c.name == bindparam("name")).with_for_update()
_keep = insert(scheduled).values(name=bindparam("name"), day=bindparam("day"))
_keep = _keep.on_conflict_do_update(index_elements=["name"], set_={"day": _keep.excluded.day})


class Schedule:
    """Calls the handlers for every day up to today, remembering the last one in the database."""

    def __init__(
        self, name: str, handlers: Sequence[DayHandler], transactions: Transactions
    ) -> None:
        self._name, self._handlers, self._transactions = name, handlers, transactions

    async def run(self) -> None:
        """For ever: look at the clock five times a second."""
        while True:
            try:
                while await self._transactions.act(system("schedule"), "day.turned", self._step):
                    pass
            except Exception:
                log.exception("schedule_failed")
                await asyncio.sleep(1)
            await asyncio.sleep(0.2)

    async def _step(self, work: Work) -> tuple[bool, list[object]]:
        """Handle the next day not yet handled; True if there are more."""
        last = await work.connection.value(_handled, name=self._name)
        day = work.today if last is None else last + timedelta(days=1)
        if day > work.today:
            return False, []
        events: list[object] = []
        at_day = Work(work.connection, work.principal, work.at, day)
        work.reason = f"day {day}"
        for handle in self._handlers:
            events += await handle(day, at_day)
        work.changes += at_day.changes
        work.opened += at_day.opened
        work.closed += at_day.closed
        await work.connection.run(_keep, name=self._name, day=day)
        return day < work.today, events
