"""A programme's self-evaluation: prefilled, filed and frozen, accepted level by level."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.errors import (
    FormFaulty,
    ReasonMissing,
    TargetNotReleased,
    TownshipFirst,
    WrongState,
    YearNotOver,
)
from jixiao.evaluation.domain.events import (
    SelfEvaluationAccepted,
    SelfEvaluationChased,
    SelfEvaluationOpened,
    SelfEvaluationOverdue,
    SelfEvaluationReceived,
    SelfEvaluationReturned,
    SelfEvaluationSubmitted,
)
from jixiao.evaluation.domain.execution import Funds
from jixiao.evaluation.domain.filing import SelfEvaluationForm, findings
from jixiao.evaluation.domain.indicator import Actual, Indicator, OverCause
from jixiao.evaluation.domain.rollup import DueProject
from jixiao.evaluation.domain.scoring import ProgrammeScore, score_programme
from jixiao.evaluation.domain.wording import scored_rows
from jixiao.measures.days import days_late
from jixiao.servicekit.errors import Finding, OwnFiling
from jixiao.servicekit.values import Coordinates, is_own


class SelfEvaluationState(StrEnum):
    """Domain.md §8; `draft` is the server's form draft, held outside."""

    NOT_STARTED = "not_started"
    SUBMITTED = "submitted"
    TOWNSHIP_ACCEPTED = "township_accepted"
    DEPARTMENT_ACCEPTED = "department_accepted"
    FINANCE_RECEIVED = "finance_received"
    RETURNED = "returned"
    OVERDUE = "overdue"


S = SelfEvaluationState
OPEN = frozenset({S.NOT_STARTED, S.RETURNED, S.OVERDUE})


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who took it at which level, on what day."""

    level: SelfEvaluationState
    person: str
    on: date


@dataclass(frozen=True, slots=True)
class Chase:
    """One reminder of a level above."""

    person: str
    on: date
    text: str = ""


@dataclass(slots=True)
class SelfEvaluation:
    """A programme's year as its unit reports it (D-20, T-23).

    Until filed, target and money follow what targets and treasury say; filed, it is
    frozen. `filed_score` is the filer's; `score` differs from it only where a
    reviewer set another cause of over-achievement (R-7).
    """

    self_evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    campaign_id: UUID
    programme_code: str
    programme_name: str
    is_transfer: bool
    due_on: date
    funds: Funds
    indicators: tuple[Indicator, ...] = ()
    target_version: int = 0
    latest_actuals: dict[str, Actual] = field(default_factory=dict)
    actuals: dict[str, Actual] = field(default_factory=dict)
    execution_reason: str = ""
    completion_text: str = ""
    filed_score: ProgrammeScore | None = None
    score: ProgrammeScore | None = None
    over_causes_set: dict[str, OverCause] = field(default_factory=dict)
    filer: str = ""
    filed_on: date | None = None
    days_late: int = 0
    acceptances: tuple[Acceptance, ...] = ()
    opinion: str = ""
    returners: tuple[str, ...] = ()
    chases: tuple[Chase, ...] = ()
    parent_id: UUID | None = None
    root_id: UUID | None = None
    state: SelfEvaluationState = S.NOT_STARTED
    version: int = 0

    def opened(self) -> list[SelfEvaluationOpened]:
        """Say that it fell due, as the campaign's list has it. Articles: D-20, T-23."""
        return [
            SelfEvaluationOpened(
                self.self_evaluation_id,
                self.programme_id,
                self.coordinates,
                self.year,
                self.due_on,
            )
        ]

    def prefill(
        self,
        *,
        funds: Funds | None = None,
        indicators: tuple[Indicator, ...] = (),
        target_version: int = 0,
        latest_actuals: Mapping[str, Actual] | None = None,
    ) -> None:
        """Take newer money, target or monitored figures while it is not frozen.

        A filed one keeps what it was filed with; an older target version changes nothing.

        Rules: R-4, R-22. Articles: D-20.
        """
        if self.state not in OPEN:
            return
        self.funds = funds or self.funds
        self.latest_actuals = dict(latest_actuals or self.latest_actuals)
        if indicators and target_version >= self.target_version:
            self.indicators, self.target_version = indicators, target_version

    def preview(self, form: SelfEvaluationForm) -> tuple[ProgrammeScore | None, list[Finding]]:
        """Score a form without filing it; no score where a percentage lies outside its tier.

        Rules: R-4 to R-10. Articles: D-20.
        """
        return findings(self.indicators, self.funds, form)

    def submit(
        self, form: SelfEvaluationForm, person: str, today: date
    ) -> list[SelfEvaluationSubmitted]:
        """File it, late or not; it is frozen from here on.

        Raises WrongState once filed, YearNotOver before 1 January after the year,
        TargetNotReleased, FormFaulty with all findings at once.

        Rules: R-10, R-22, R-52. Articles: D-20, T-8(3), T-23.
        """
        self._require(OPEN, "报送自评")
        start = date(self.year + 1, 1, 1)
        if today < start:
            raise YearNotOver(year=self.year, start=start)
        if not self.indicators:
            raise TargetNotReleased
        score, found = self.preview(form)
        if found or score is None:
            raise FormFaulty(*found)
        self.actuals, self.execution_reason = dict(form.actuals), form.execution_reason
        self.completion_text = form.completion_text
        self.funds = form.funds_over(self.funds)
        self.filed_score = self.score = score
        self.over_causes_set, self.opinion = {}, ""
        self.filer, self.filed_on = person, today
        self.days_late = days_late(self.due_on, today)
        self.acceptances = ()
        self.state = S.SUBMITTED
        return [self._submitted(score, today)]

    def accept_by_township(
        self, person: str, today: date, over_causes: Mapping[str, OverCause] | None = None
    ) -> list[SelfEvaluationAccepted]:
        """The township department takes a transfer project's self-evaluation.

        Articles: T-7(3), T-23.
        """
        self._require({S.SUBMITTED} if self.is_transfer else frozenset(), "镇办受理自评")
        return self._accept(S.TOWNSHIP_ACCEPTED, person, today, over_causes)

    def accept_by_department(
        self, person: str, today: date, over_causes: Mapping[str, OverCause] | None = None
    ) -> list[SelfEvaluationAccepted]:
        """The department takes it; of a transfer only after the township.

        Raises TownshipFirst where that level was left out.

        Articles: D-20, T-5(3), T-23.
        """
        if self.is_transfer and self.state is S.SUBMITTED:
            raise TownshipFirst
        before = S.TOWNSHIP_ACCEPTED if self.is_transfer else S.SUBMITTED
        self._require({before}, "部门受理自评")
        return self._accept(S.DEPARTMENT_ACCEPTED, person, today, over_causes)

    def receive(self, person: str, today: date) -> list[SelfEvaluationReceived]:
        """District finance receives it with the department's report. Articles: D-20, T-23."""
        self._require({S.DEPARTMENT_ACCEPTED}, "财政接收自评")
        (taken,) = self._accept(S.FINANCE_RECEIVED, person, today, None)
        ids = (taken.self_evaluation_id, taken.programme_id, taken.year)
        return [SelfEvaluationReceived(*ids, taken.state, taken.score, taken.grade)]

    def chase(self, text: str, person: str, today: date) -> list[SelfEvaluationChased]:
        """Remind the unit of what it has not filed. Raises WrongState once filed.

        Articles: T-23.
        """
        self._require(OPEN, "催报自评")
        self.chases += (Chase(person, today, text),)
        return [SelfEvaluationChased(self.self_evaluation_id, self.programme_id, self.state)]

    def send_back(self, opinion: str, person: str) -> list[SelfEvaluationReturned]:
        """Return it to the filer with an opinion; its content stays to start from.

        Raises OwnFiling, ReasonMissing without an opinion.

        Rules: R-51. Articles: D-20, T-23.
        """
        levels = {S.SUBMITTED, S.TOWNSHIP_ACCEPTED, S.DEPARTMENT_ACCEPTED}
        self._require(levels, "退回自评")
        self._not_again(person)
        if not opinion.strip():
            raise ReasonMissing(Finding("/opinion", "required", "请填写退回意见。"))
        self.opinion, self.score, self.filed_score = opinion, None, None
        self.filed_on, self.state = None, S.RETURNED
        self.returners += (person,)
        return [
            SelfEvaluationReturned(self.self_evaluation_id, self.programme_id, self.year, opinion)
        ]

    def turn_day(self, today: date) -> list[SelfEvaluationOverdue]:
        """Become overdue from 00:00 of the day after the due date; forbids nothing.

        Rules: R-39, R-52. Articles: D-20, T-23.
        """
        if self.state not in OPEN - {S.OVERDUE} or today <= self.due_on:
            return []
        self.state = S.OVERDUE
        return [
            SelfEvaluationOverdue(
                self.self_evaluation_id,
                self.programme_id,
                self.coordinates,
                self.year,
                self.due_on,
            )
        ]

    @property
    def filed(self) -> bool:
        """Whether it stands filed; a returned one does not."""
        return self.filed_score is not None

    @property
    def involved(self) -> tuple[str, ...]:
        """Who filed, accepted or returned it: none of them checks it (R-51)."""
        people = [self.filer, *(each.person for each in self.acceptances), *self.returners]
        return tuple(dict.fromkeys(each for each in people if each))

    @property
    def of_the_evaluated(self) -> tuple[str, ...]:
        """Who filed or took it below finance: none of them evaluates it (R-51)."""
        finance = {each.person for each in self.acceptances if each.level is S.FINANCE_RECEIVED}
        return tuple(each for each in self.involved if each not in finance)

    @property
    def as_due_project(self) -> DueProject:
        """What a roll-up weighs of it (R-12)."""
        return DueProject(
            self.programme_code,
            None if self.score is None else self.score.total,
            self.funds.denominator,
            self.score is not None and not self.score.execution.applicable,
            self.programme_id,
        )

    def _accept(
        self,
        level: SelfEvaluationState,
        person: str,
        today: date,
        over_causes: Mapping[str, OverCause] | None,
    ) -> list[SelfEvaluationAccepted]:
        self._not_again(person)
        if over_causes:
            self._set_causes(over_causes)
        if self.score is None:
            raise WrongState(state=self.state, act="受理自评")
        self.acceptances += (Acceptance(level, person, today),)
        self.state = level
        return [
            SelfEvaluationAccepted(
                self.self_evaluation_id,
                self.programme_id,
                self.year,
                level,
                self.score.total,
                self.score.grade,
            )
        ]

    def _set_causes(self, over_causes: Mapping[str, OverCause]) -> None:
        """A reviewer may see the cause otherwise; the filer's score stays beside (R-7)."""
        self.over_causes_set = {**self.over_causes_set, **over_causes}
        self.score = score_programme(
            self.indicators,
            {
                code: _caused(one, self.over_causes_set.get(code))
                for code, one in self.actuals.items()
            },
            self.funds,
        )

    def _not_again(self, person: str) -> None:
        if is_own(person, self.filer, *(each.person for each in self.acceptances)):
            raise OwnFiling

    def _require(self, states: frozenset[S] | set[S], act: str) -> None:
        if self.state not in states:
            raise WrongState(state=self.state, act=act)

    def _submitted(self, score: ProgrammeScore, today: date) -> SelfEvaluationSubmitted:
        return SelfEvaluationSubmitted(
            self.self_evaluation_id,
            self.programme_id,
            self.coordinates,
            self.year,
            score.total,
            score.grade,
            today,
            self.days_late,
            self.funds.denominator,
            self.funds.executed,
            score.execution.score,
            score.execution.rate_pct,
            self.completion_text,
            scored_rows(self.indicators, self.actuals, score),
        )


def _caused(actual: Actual, cause: OverCause | None) -> Actual:
    return actual if cause is None else replace(actual, over_cause=cause)
