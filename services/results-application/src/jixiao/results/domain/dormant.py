"""Dormant money: what of earlier years' budgets is taken back, and by whom (R-32)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jixiao.servicekit.values import Money


class Destination(StrEnum):
    """Where a balance goes."""

    CARRIED_OVER = "carried_over"
    TAKE_BACK = "take_back"
    HIGHER_LEVEL = "higher_level"


@dataclass(frozen=True, slots=True)
class Balance:
    """Money of one programme by the year it was first budgeted in.

    A change of use does not restart the clock, so only that year counts. `from_above`: a
    transfer of a higher level; `undistributed`: not yet allotted to anybody.
    """

    first_budget_year: int
    budgeted: Money
    spent: Money
    task_ended: bool = False
    from_above: bool = False
    undistributed: bool = False

    @property
    def unspent(self) -> Money:
        """What is left; never negative."""
        return max(self.budgeted - self.spent, Money())

    def destination(self, day: date) -> Destination:
        """Say where the balance stands on a day.

        Unspent at 31 December of the year after the first budgeting is surplus; where the task
        has ended, already at the end of its own year.

        Articles: D-26. Rules: R-32.
        """
        old = day.year >= self.first_budget_year + 2
        if old and self.from_above and self.undistributed:
            return Destination.HIGHER_LEVEL
        ended = self.task_ended and day.year > self.first_budget_year
        return Destination.TAKE_BACK if old or ended else Destination.CARRIED_OVER


def dormant_balance(balances: Iterable[Balance], day: date) -> Money:
    """The sum to take back in full on a day.

    Articles: D-26. Rules: R-32.
    """
    taken = (b.unspent.fen for b in balances if b.destination(day) is Destination.TAKE_BACK)
    return Money(sum(taken))
