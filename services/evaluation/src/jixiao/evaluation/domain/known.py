"""What this service keeps of programmes that others own: budget, target, execution, lights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from jixiao.evaluation.domain.execution import NOTHING, Funds
from jixiao.evaluation.domain.indicator import Actual, Indicator
from jixiao.evaluation.domain.risk import RiskFacts, largest_tenth
from jixiao.measures.score import Grade
from jixiao.servicekit.values import Coordinates, Money

SPENDING = frozenset({"executing", "completed", "suspended", "expired"})


@dataclass(frozen=True, slots=True)
class KnownYear:
    """A programme's budget year as the others told it; money in fen, the year's own."""

    state: str = ""
    initial_budget: Money | None = None
    current_budget: Money | None = None
    entered: Money | None = None
    released: Money | None = None
    late_reduction: Money = NOTHING
    carried_in: Money = NOTHING
    carried_from: int = 0
    executed: Money | None = None
    executed_to: date | None = None
    executed_by_year: dict[str, Money] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()
    target_version: int = 0
    latest_actuals: dict[str, Actual] = field(default_factory=dict)
    actuals_to: date | None = None
    lights: dict[str, str] = field(default_factory=dict)
    key_listed: bool = False
    returns: int = 0
    adjustments: int = 0

    @property
    def funds(self) -> Funds:
        """Money for the execution score; a project's own budget is what was released to it.

        Rules: R-4.
        """
        known = (self.current_budget, self.released, self.entered, NOTHING)
        budget = next(each for each in known if each is not None)
        first = (self.initial_budget, self.entered, budget)
        initial = next(each for each in first if each is not None)
        return Funds(budget, self.executed, self.late_reduction, initial_budget=initial)

    @property
    def old_carry_over(self) -> bool:
        """Whether carried-in money was left over at the end of the year (R-26, R-32)."""
        spent = self.executed_by_year.get(str(self.carried_from), NOTHING)
        return bool(self.carried_in) and (self.carried_in - spent).fen > 0


NEVER = KnownYear()


@dataclass(slots=True)
class KnownProgramme:
    """The copy of one programme; `years` by budget year."""

    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str
    name: str
    parent_id: UUID | None
    object_type: str
    target_level: str
    transfer: bool
    special_fund: bool
    is_major: bool
    consolidated_agricultural: bool
    overdue_orders: tuple[str, ...] = ()
    years: dict[str, KnownYear] = field(default_factory=dict)
    state: str = "known"
    version: int = 0

    def of(self, year: int) -> KnownYear:
        """What is known of a budget year; empty if nothing is."""
        return self.years.get(str(year), NEVER)

    def keep(self, year: int, **changes: object) -> None:
        """Note what was told of a year."""
        changed = replace(self.of(year), **changes)  # type: ignore[arg-type]
        self.years = {**self.years, str(year): changed}

    @property
    def is_transfer(self) -> bool:
        """Whether it belongs to a transfer: the root, a part, or a project below."""
        return self.transfer or self.parent_id is not None

    def spends(self, year: int, parents: frozenset[UUID]) -> bool:
        """Say whether it is a programme that spends in the year: no root, part or overall.

        `parents` are all programmes that have others below them. Articles: D-20, T-23.
        """
        if self.of(year).state not in SPENDING or self.programme_id in parents:
            return False
        if self.object_type == "department_overall":
            return False
        return self.target_level == "project" if self.parent_id else not self.transfer


class Known:
    """The programmes in sight, as a tree."""

    def __init__(self, programmes: Iterable[KnownProgramme]) -> None:
        self.by_id = {each.programme_id: each for each in programmes}
        self._parents = frozenset(
            each.parent_id for each in self.by_id.values() if each.parent_id is not None
        )

    def spending(self, year: int) -> list[KnownProgramme]:
        """The spending programmes of a year, by code. Articles: D-20, T-23."""
        found = (each for each in self.by_id.values() if each.spends(year, self._parents))
        return sorted(found, key=lambda each: each.code)

    def root_of(self, programme: KnownProgramme) -> UUID | None:
        """The root of the transfer that it stands under; None for what stands alone."""
        above = programme.parent_id
        while above is not None and above in self.by_id:
            parent = self.by_id[above].parent_id
            if parent is None:
                return above
            above = parent
        return above

    def below(self, programme_id: UUID) -> tuple[UUID, ...]:
        """The programme itself and all under it."""
        found = [programme_id]
        for each in found:
            found += [p.programme_id for p in self.by_id.values() if p.parent_id == each]
        return tuple(found)

    def risk_facts(
        self, programme: KnownProgramme, year: int, cut_off: str, *,
        last_grade: Grade | None, large_difference: bool,
    ) -> RiskFacts:  # fmt: skip
        """What the points of a programme are counted from; `cut_off` of the last closed round.

        Rules: R-26. Articles: D-21.
        """
        root = self.by_id.get(self.root_of(programme) or programme.programme_id, programme)
        own = programme.of(year)
        listed = own.key_listed or root.of(year).key_listed
        before = root.of(year - 1)
        return RiskFacts(
            key_fund=(listed if programme.is_transfer else False)
            or (programme.special_fund and programme.is_major),
            execution_light=own.lights.get(cut_off, "none"),
            last_grade=last_grade,
            rectification_overdue=bool(programme.overdue_orders),
            target_returns=own.returns,
            target_adjustments=own.adjustments,
            old_carry_over=own.old_carry_over,
            large_difference_last_year=large_difference,
            first_year=before.initial_budget is None and before.current_budget is None,
            largest_tenth=programme.code in self._largest(programme.coordinates.line, year),
        )

    def _largest(self, line: str, year: int) -> frozenset[str]:
        return largest_tenth(
            {
                each.code: each.of(year).funds.denominator
                for each in self.spending(year)
                if each.coordinates.line == line
            }
        )


def latest_cut_off(rounds: Mapping[str, bool]) -> str:
    """The cut-off of the last closed round; `rounds` by cut-off: closed or not. Rules: R-26."""
    return max((cut_off for cut_off, closed in rounds.items() if closed), default="")
