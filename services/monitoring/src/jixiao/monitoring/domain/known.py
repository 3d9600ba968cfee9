"""What monitoring knows of other services' records: copies fed by their events."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.measures.ratio import Direction, Operator
from jixiao.servicekit.values import Coordinates, Money

_BUDGETED = ("budgeted", "executing", "completed", "suspended")
EXECUTING = "executing"


@dataclass(frozen=True, slots=True)
class YearBudget:
    """The money of a year: current = initial ± adjustments + carried-in (R-23).

    `carried_in`: of it, by the year of the money's first budgeting.
    """

    current_budget: Money
    carried_in: dict[str, Money] = field(default_factory=dict)


@dataclass(slots=True)
class KnownProgramme:
    """A programme as the targets service tells of it."""

    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str
    name: str
    parent_id: UUID | None = None
    object_type: str = ""
    special_fund: bool = False
    is_major: bool = False
    transfer: bool = False
    target_level: str = ""
    term_start: date | None = None
    budgets: dict[str, YearBudget] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    target_returns: int = 0
    target_adjustments: dict[str, int] = field(default_factory=dict)
    overdue_rectification: bool = False
    grades: dict[str, str] = field(default_factory=dict)
    large_differences: tuple[int, ...] = ()
    state: str = "draft"
    version: int = 0

    def move(self, year: int, state: str) -> None:
        """Note a state; year 0 holds for the programme as a whole."""
        if year:
            self.states[str(year)] = state
        else:
            self.state = state

    def state_of(self, year: int) -> str:
        """Its state in a budget year."""
        return self.states.get(str(year), self.state)

    @property
    def budgeted(self) -> bool:
        """Whether it ever came into a budget: before that the treasury is told not_found."""
        return bool(self.budgets) or bool({self.state, *self.states.values()} & set(_BUDGETED))

    def enter_budget(self, year: int, amount: Money) -> None:
        """Note the money entered for a year, until the congress has approved it."""
        known = self.budgets.get(str(year), YearBudget(Money()))
        self.budgets[str(year)] = replace(known, current_budget=amount)

    def record_budget(
        self, year: int, current: Money, *, first_budget_year: int = 0, carried: Money | None = None
    ) -> None:
        """Note the current budget of a year, and money carried in. Rules: R-23, R-32."""
        carried_in = dict(self.budgets.get(str(year), YearBudget(Money())).carried_in)
        if carried is not None:
            key = str(first_budget_year)
            carried_in[key] = carried_in.get(key, Money()) + carried
        self.budgets[str(year)] = YearBudget(current, carried_in)

    def has_money_of(self, first_budget_year: int, year: int) -> bool:
        """Whether a year's budget holds money first budgeted then: its own, or carried in.

        Rules: R-32.
        """
        known = self.budgets.get(str(year))
        carried = known is not None and str(first_budget_year) in known.carried_in
        return carried or first_budget_year == year

    def budget_of(self, year: int) -> Money:
        """Its current budget of a year; none is zero."""
        known = self.budgets.get(str(year))
        return Money() if known is None else known.current_budget

    def start_month(self, year: int) -> int:
        """The month of the year in which it starts, 1 where it runs from January. Rules: R-23."""
        starts = self.term_start
        return starts.month if starts is not None and starts.year == year else 1

    @property
    def spends(self) -> bool:
        """Whether it spends itself: neither the root nor a part of a transfer, nor an overall."""
        passes_on = self.transfer and self.target_level in ("overall", "regional")
        return not passes_on and self.object_type != "department_overall"

    def carries_old_money(self, year: int, today: date) -> bool:
        """Whether money older than one year was carried into the year. Rules: R-26, R-32."""
        known = self.budgets.get(str(year))
        return known is not None and any(today.year - int(y) > 1 for y in known.carried_in)

    def is_first_year(self, year: int) -> bool:
        """Whether no earlier budget year is known. Rules: R-26."""
        return all(int(known) >= year for known in self.budgets)


@dataclass(frozen=True, slots=True)
class KnownIndicator:
    """An indicator of a released target; without operator it is qualitative."""

    code: str
    name: str
    operator: Operator | None = None
    target_value: Decimal | None = None
    target_low: Decimal | None = None
    target_high: Decimal | None = None
    direction: Direction | None = None
    cumulative: bool = False


@dataclass(slots=True)
class KnownTarget:
    """A released version of a target; `reaches_unit`: reports are held against it."""

    target_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    number: int
    reaches_unit: bool
    indicators: tuple[KnownIndicator, ...]
    state: str = "released"
    version: int = 0
