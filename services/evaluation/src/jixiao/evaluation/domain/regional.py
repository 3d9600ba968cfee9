"""The roll-up a town or a line sends upwards, and what of it binds (R-12, T-23)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.errors import WrongState
from jixiao.evaluation.domain.events import RollUpBound, RollUpSubmitted
from jixiao.evaluation.domain.rollup import DueProject, RolledActual, RolledScore, roll_up
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.values import Coordinates, is_own


class RollUpLevel(StrEnum):
    """Whose score it is."""

    TOWN = "town"
    LINE = "line"


class RollUpState(StrEnum):
    """The states of a monitoring report (§8)."""

    NOT_FILED = "not_filed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    ROLLED_UP = "rolled_up"


@dataclass(slots=True)
class RollUp:
    """A transfer's year in one town, or in the whole line.

    `programme_id` is the transfer's root. `score.score` is what is displayed;
    `score.binding_score` binds only once `bound_on` is set by the close.
    """

    roll_up_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    campaign_id: UUID
    level: RollUpLevel
    projects: tuple[DueProject, ...] = ()
    actuals: tuple[RolledActual, ...] = ()
    score: RolledScore | None = None
    text: str = ""
    filer: str = ""
    filed_on: date | None = None
    received_by: str = ""
    bound_on: date | None = None
    state: RollUpState = RollUpState.NOT_FILED
    version: int = 0

    def submit(
        self,
        projects: tuple[DueProject, ...],
        actuals: tuple[RolledActual, ...],
        text: str,
        person: str,
        today: date,
    ) -> list[RollUpSubmitted]:
        """Roll up what the level below holds: all that is due, filed or not.

        Rules: R-12, R-20. Articles: T-6(3), T-7(3), T-23.
        """
        self._require({RollUpState.NOT_FILED, RollUpState.RETURNED}, "汇总上报")
        self.projects, self.actuals, self.text = projects, actuals, text
        self.score, self.received_by = roll_up(projects), ""
        self.filer, self.filed_on, self.state = person, today, RollUpState.SUBMITTED
        return [self._submitted(self.score)]

    def accept(self, person: str) -> None:
        """The level above takes it. Raises OwnFiling. Articles: T-5(3), T-23."""
        self._require({RollUpState.SUBMITTED}, "受理汇总")
        if is_own(person, self.filer):
            raise OwnFiling
        self.received_by, self.state = person, RollUpState.ACCEPTED

    def send_back(self, person: str) -> None:
        """The level above returns it. Raises OwnFiling. Articles: T-23."""
        self._require({RollUpState.SUBMITTED, RollUpState.ACCEPTED}, "退回汇总")
        if is_own(person, self.filer):
            raise OwnFiling
        self.state = RollUpState.RETURNED

    def roll_on(self) -> None:
        """It went into the roll-up above. Articles: T-23."""
        self._require({RollUpState.ACCEPTED}, "逐级汇总")
        self.state = RollUpState.ROLLED_UP

    def bind(
        self,
        projects: tuple[DueProject, ...],
        at_close: tuple[DueProject, ...],
        closed_on: date,
    ) -> list[RollUpBound]:
        """Fix the binding score at the close, or again when a recheck replaced a score.

        `projects` are displayed as filed, `at_close` bind (see `rollup.at_close`).
        A level that never rolled up is bound as well: silence does not help it.

        Rules: R-12, R-13, R-37. Articles: T-24.
        """
        bound = roll_up(at_close)
        score = replace(
            roll_up(projects),
            binding_score=bound.binding_score,
            binding_grade=bound.binding_grade,
            missing=bound.missing,
        )
        self.projects, self.score, self.bound_on = projects, score, closed_on
        silent = tuple(
            each.programme_id
            for each in at_close
            if each.score is None and each.programme_id is not None
        )
        return [
            RollUpBound(
                self.roll_up_id,
                self.programme_id,
                self.coordinates,
                self.year,
                self.level,
                score.score,
                score.grade,
                score.coverage_pct,
                score.binding_score,
                score.binding_grade,
                score.missing,
                bool(at_close) and bound.score is None,
                silent,
            )
        ]

    def unbind(self) -> None:
        """The round was opened again: nothing binds until the next close. Rules: R-52."""
        self.bound_on = None

    def _submitted(self, score: RolledScore) -> RollUpSubmitted:
        return RollUpSubmitted(
            self.roll_up_id,
            self.programme_id,
            self.coordinates,
            self.year,
            self.level,
            score.score,
            score.grade,
            score.coverage_pct,
            tuple(
                each.programme_id
                for each in self.projects
                if each.score is None and each.programme_id is not None
            ),
        )

    def _require(self, states: set[RollUpState], act: str) -> None:
        if self.state not in states:
            raise WrongState(state=self.state, act=act)
