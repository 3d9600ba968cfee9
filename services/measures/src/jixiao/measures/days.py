"""Counting days as the administration does; the holiday table is data, not here."""

from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The State Council's table: week days off, and week-end days worked instead."""

    holidays: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Say whether offices are open on this day. Rules: R-39."""
        if day in self.working_weekends:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, which is not counted itself (n >= 0).

        Raises ValueError for a negative n.

        Rules: R-39.
        """
        if n < 0:
            raise ValueError("working days are counted forward")
        while n > 0:
            day += timedelta(days=1)
            n -= self.is_working(day)
        return day


def days_after(day: date, n: int) -> date:
    """Return the calendar day n days after the event, whose own day is not counted.

    Week-ends do not extend it: the duties are those of the administration.

    Rules: R-39.
    """
    return day + timedelta(days=n)


def days_late(due: date, done: date) -> int:
    """Return how many days after the due date something was done, 0 if in time.

    It is late from 00:00 of the day after the due date.

    Rules: R-39.
    """
    return max(0, (done - due).days)
