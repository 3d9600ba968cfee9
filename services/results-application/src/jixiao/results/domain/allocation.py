"""The allocation plan of a transfer: scenarios side by side, one proposed, another approves."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding, SecondPerson
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import Incomplete, WhatIfOnly, WrongState
from .events import (
    AllocationApproved,
    AllocationChosen,
    AllocationReleased,
    AllocationScenarioRun,
)
from .factors import Allocation, Factor, PerformanceMode, Town, TownSheet, allocate
from .ranking import Application, RankedApplication, rank


class AllocationState(StrEnum):
    """States of an allocation plan (§8)."""

    DRAFT = "draft"
    SCENARIO = "scenario"
    CHOSEN = "chosen"
    APPROVED = "approved"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One calculation with its inputs, kept as it was run; never overwritten."""

    name: str
    run_by: str
    run_on: date
    factors: tuple[Factor, ...]
    towns: tuple[Town, ...]
    allocation: Allocation
    what_if: bool = False


@dataclass(slots=True)
class AllocationPlan:
    """How a transfer's pool of one year is divided among towns or projects (T-32)."""

    plan_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    pool: Money
    scenarios: tuple[Scenario, ...] = ()
    ranking: tuple[RankedApplication, ...] = ()
    chosen_scenario: str = ""
    chosen_by: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    document_number: str = ""
    state: AllocationState = AllocationState.DRAFT
    version: int = 0

    def run(
        self,
        name: str,
        mode: PerformanceMode,
        factors: tuple[Factor, ...],
        towns: tuple[Town, ...],
        *,
        person: str,
        day: date,
        what_if: bool = False,
    ) -> list[AllocationScenarioRun]:
        """Compute a scenario and store it beside the others.

        `what_if`: with other scores than the binding ones, to be looked at and never chosen.

        Raises WrongState once approved, Incomplete where the name is taken, and what
        `allocate` raises; then nothing is stored.

        Articles: T-32. Rules: R-34, R-35, R-36, R-37.
        """
        self._require(AllocationState.DRAFT, AllocationState.SCENARIO)
        if not name.strip() or any(scenario.name == name for scenario in self.scenarios):
            raise Incomplete(
                Finding("/scenario", "name", "方案名称不能为空，也不能与已有方案重复。")
            )
        allocation = allocate(self.pool, mode, factors, towns)
        self.scenarios += (Scenario(name, person, day, factors, towns, allocation, what_if),)
        self.state = AllocationState.SCENARIO
        return [AllocationScenarioRun(self.plan_id, self.programme_id, name)]

    def rank_projects(self, applications: tuple[Application, ...]) -> tuple[RankedApplication, ...]:
        """Order the applications of a project-method transfer against the pool as ceiling.

        Articles: T-32. Rules: R-38.
        """
        self._require(AllocationState.DRAFT, AllocationState.SCENARIO)
        self.ranking = rank(applications, self.pool)
        self.state = AllocationState.SCENARIO
        return self.ranking

    def choose(self, scenario: str, *, person: str) -> list[AllocationChosen]:
        """Put one scenario forward for approval; a later choice replaces an earlier one.

        Raises WrongState, Incomplete where no scenario has this name, WhatIfOnly.

        Articles: T-32.
        """
        self._require(AllocationState.SCENARIO, AllocationState.CHOSEN)
        if self._named(scenario).what_if:
            raise WhatIfOnly(scenario=scenario)
        self.chosen_scenario, self.chosen_by = scenario, person
        self.state = AllocationState.CHOSEN
        return [AllocationChosen(self.plan_id, self.programme_id, scenario)]

    def approve(
        self, *, person: str, day: date, document_number: str = "", scenario: str = ""
    ) -> list[AllocationChosen | AllocationApproved]:
        """Approve the chosen scenario; its amounts become the parts of the towns.

        Where none is chosen yet the approver may name the `scenario`: whoever ran it has put it
        forward.

        Raises SecondPerson to whoever ran or proposed it, WrongState where none is chosen.

        Articles: T-32. Rules: R-34, R-51.
        """
        if is_own(person, self.chosen_by, *(s.run_by for s in self.scenarios)):
            raise SecondPerson
        events: list[AllocationChosen | AllocationApproved] = []
        if scenario and self.state is AllocationState.SCENARIO:
            events += self.choose(scenario, person=self._named(scenario).run_by)
        self._require(AllocationState.CHOSEN)
        self.approved_by, self.approved_on = person, day
        self.document_number = document_number
        self.state = AllocationState.APPROVED
        chosen = self.chosen
        return [
            *events,
            AllocationApproved(
                self.plan_id,
                self.programme_id,
                self.year,
                self.pool,
                {factor.code: factor.weight for factor in chosen.factors},
                chosen.allocation.performance_mode,
                chosen.allocation.sheets,
                day,
            ),
        ]

    def release(self) -> list[AllocationReleased]:
        """Note that the parts went out with their budgets.

        Articles: T-17, T-32.
        """
        self._require(AllocationState.APPROVED)
        self.state = AllocationState.RELEASED
        return [AllocationReleased(self.plan_id, self.programme_id)]

    @property
    def chosen(self) -> Scenario:
        """The scenario put forward; WrongState where there is none."""
        for scenario in self.scenarios:
            if scenario.name == self.chosen_scenario:
                return scenario
        raise WrongState(self.state)

    def sheet(self, town: str) -> TownSheet | None:
        """The sheet of one town in the chosen scenario: factors, shares, score, remainder.

        Articles: T-32.
        """
        return next((s for s in self.chosen.allocation.sheets if s.code == town), None)

    def _named(self, scenario: str) -> Scenario:
        for known in self.scenarios:
            if known.name == scenario:
                return known
        raise Incomplete(Finding("/scenario", "unknown", f"没有名为“{scenario}”的方案。"))

    def _require(self, *states: AllocationState) -> None:
        if self.state not in states:
            raise WrongState(self.state)
