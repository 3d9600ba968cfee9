"""A spot check: the self-evaluation scored again on what was found (D-21, T-24)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.evaluation.domain.errors import (
    AnswerPending,
    FormFaulty,
    NotAssigned,
    OwnOrganisation,
    WrongState,
)
from jixiao.evaluation.domain.events import (
    SpotCheckConcluded,
    SpotCheckFedBack,
    SpotCheckSampled,
)
from jixiao.evaluation.domain.execution import Funds
from jixiao.evaluation.domain.indicator import Actual, Indicator
from jixiao.evaluation.domain.scoring import ProgrammeScore, percent_finding, score_programme
from jixiao.measures.days import WorkingDays
from jixiao.measures.score import Grade, grade
from jixiao.servicekit.errors import Finding, OwnFiling, SecondPerson
from jixiao.servicekit.values import Coordinates, is_own, serves_at

LARGE = Decimal(10)
LARGE_IF_GRADE_FALLS = Decimal(5)
ANSWER_WITHIN = 10
_ORDER = tuple(Grade)  # best first


class SpotCheckState(StrEnum):
    """Domain.md §8."""

    SAMPLED = "sampled"
    ASSIGNED = "assigned"
    RESCORED = "rescored"
    FEEDBACK = "feedback"
    FINAL = "final"
    NOTICED = "noticed"


class DrawnBy(StrEnum):
    """Which half of the sample it belongs to (R-47)."""

    RISK = "risk"
    RANDOM = "random"


class NoticeReason(StrEnum):
    """Why it stands on the notice list (R-13)."""

    NOT_FILED = "not_filed"
    LARGE_DIFFERENCE = "large_difference"
    RECHECK_POOR = "recheck_poor"


class Conclusion(StrEnum):
    """属实, 基本属实, 差异较大, 未自评 (F-12)."""

    CONFIRMED = "confirmed"
    MOSTLY_CONFIRMED = "mostly_confirmed"
    LARGE_DIFFERENCE = "large_difference"
    NOT_FILED = "not_filed"


@dataclass(frozen=True, slots=True)
class Difference:
    """Self score less recheck, what follows, and the grade that governs."""

    diff: Decimal | None
    large_difference: bool
    notice: bool
    reasons: tuple[NoticeReason, ...]
    governing_grade: Grade

    @property
    def conclusion(self) -> Conclusion:
        """The line of the form it comes to."""
        if self.diff is None:
            return Conclusion.NOT_FILED
        if self.large_difference:
            return Conclusion.LARGE_DIFFERENCE
        return Conclusion.MOSTLY_CONFIRMED if self.diff else Conclusion.CONFIRMED


def compare(self_score: Decimal | None, recheck_score: Decimal) -> Difference:
    """Hold a recheck against the self score; None if it was not filed.

    Rules: R-13. Articles: D-21, T-24.
    """
    governing = grade(recheck_score)
    reasons = []
    diff = None
    if self_score is None:
        reasons.append(NoticeReason.NOT_FILED)
    else:
        diff = self_score - recheck_score
        falls = _ORDER.index(governing) > _ORDER.index(grade(self_score))
        if abs(diff) >= (LARGE_IF_GRADE_FALLS if falls else LARGE):
            reasons.append(NoticeReason.LARGE_DIFFERENCE)
    large = NoticeReason.LARGE_DIFFERENCE in reasons
    if governing is Grade.POOR:
        reasons.append(NoticeReason.RECHECK_POOR)
    return Difference(diff, large, bool(reasons), tuple(reasons), governing)


@dataclass(slots=True)
class SpotCheck:
    """One programme of the sample, from the draw to the notice.

    `indicators`, `funds`, `self_actuals` are the filed self-evaluation's; `involved`
    are the persons who filed, accepted or returned it: none of them checks it.
    """

    spot_check_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    campaign_id: UUID
    self_evaluation_id: UUID
    programme_code: str
    programme_name: str
    drawn_by: DrawnBy
    risk_points: int
    indicators: tuple[Indicator, ...]
    funds: Funds
    self_actuals: dict[str, Actual]
    self_score: ProgrammeScore | None
    involved: tuple[str, ...] = ()
    checkers: tuple[str, ...] = ()
    actuals_found: dict[str, Actual] = field(default_factory=dict)
    funds_found: Funds | None = None
    problems: tuple[str, ...] = ()
    recheck: ProgrammeScore | None = None
    difference: Difference | None = None
    rescored_by: str = ""
    answer_due_on: date | None = None
    answer: str = ""
    answered_by: str = ""
    answered_on: date | None = None
    conclusion: Conclusion | None = None
    concluded_by: str = ""
    concluded_on: date | None = None
    notice_number: str = ""
    state: SpotCheckState = SpotCheckState.SAMPLED
    version: int = 0

    def sampled(self) -> list[SpotCheckSampled]:
        """Say that it was drawn. Rules: R-47. Articles: D-21, T-24."""
        return [
            SpotCheckSampled(
                self.spot_check_id, self.programme_id, self.coordinates, self.year, self.drawn_by
            )
        ]

    def assign(self, checkers: tuple[str, ...]) -> None:
        """Name the two checkers, none of whom had a part in the self-evaluation.

        Raises SecondPerson for fewer than two people, OwnFiling.

        Rules: R-51. Articles: D-21, T-24.
        """
        self._require(SpotCheckState.SAMPLED, "指派复核人")
        if len(set(checkers)) < 2:
            raise SecondPerson
        if set(checkers) & set(self.involved):
            raise OwnFiling
        self.checkers, self.state = checkers, SpotCheckState.ASSIGNED

    def rescore(
        self,
        found: Mapping[str, Actual],
        problems: tuple[str, ...],
        person: str,
        funds_found: Funds | None = None,
    ) -> None:
        """Score again by the same rules on what was found, every indicator of the form.

        An indicator confirmed as filed is given with the filed figure. Raises
        NotAssigned, OwnOrganisation, OwnFiling, FormFaulty for an indicator left out or a percentage outside its tier.

        Rules: R-6 to R-9, R-13. Articles: D-21, T-24.
        """
        self._require(SpotCheckState.ASSIGNED, "复核评分")
        if person not in self.checkers:
            raise NotAssigned(act="复核评分")
        self._not_of_the_checked(person)
        if is_own(person, *self.involved):
            raise OwnFiling
        if wrong := _findings(self.indicators, found):
            raise FormFaulty(*wrong)
        self.actuals_found, self.problems = dict(found), problems
        self.funds_found = funds_found
        self.recheck = score_programme(self.indicators, found, funds_found or self.funds)
        own = None if self.self_score is None else self.self_score.total
        self.difference = compare(own, self.recheck.total)
        self.rescored_by, self.state = person, SpotCheckState.RESCORED

    def feed_back(self, person: str, today: date, days: WorkingDays) -> list[SpotCheckFedBack]:
        """Send it to the evaluated party, who has 10 working days to answer.

        Raises NotAssigned for others than the checkers.

        Rules: R-28, R-39. Articles: D-21, T-24.
        """
        self._require(SpotCheckState.RESCORED, "反馈复核结果")
        if person not in self.checkers:
            raise NotAssigned(act="反馈复核结果")
        self.answer_due_on = days.after(today, ANSWER_WITHIN)
        self.state = SpotCheckState.FEEDBACK
        return [
            SpotCheckFedBack(
                self.spot_check_id,
                self.programme_id,
                self.coordinates,
                self.year,
                self._rechecked.total,
                self.answer_due_on,
            )
        ]

    def reply(self, answer: str, person: str, today: date) -> None:
        """The evaluated party answers, late as well while it is not concluded.

        Raises OwnFiling for a checker.

        Rules: R-52. Articles: D-21, T-24.
        """
        self._require(SpotCheckState.FEEDBACK, "答复复核结果")
        if is_own(person, *self.checkers):
            raise OwnFiling
        self.answer, self.answered_by, self.answered_on = answer, person, today

    def conclude(self, person: str, today: date) -> list[SpotCheckConcluded]:
        """Make it final: the recheck governs, both scores stay.

        Raises AnswerPending before an answer or the end of its time, OwnFiling for a
        checker, the answering person or someone with a part in the self-evaluation,
        OwnOrganisation.

        Rules: R-13, R-51. Articles: D-21, T-24.
        """
        self._require(SpotCheckState.FEEDBACK, "形成复核结论")
        self._not_of_the_checked(person)
        if is_own(person, *self.checkers, *self.involved, self.answered_by):
            raise OwnFiling
        due = self.answer_due_on
        if self.answered_on is None and due is not None and today <= due:
            raise AnswerPending(due=due)
        self.conclusion = self._compared.conclusion
        self.concluded_by, self.concluded_on = person, today
        self.state = SpotCheckState.FINAL
        return [self._concluded(today)]

    def note_notice(self, notice_number: str) -> None:
        """It stands in an issued notice. Rules: R-13, R-48. Articles: D-21, T-24."""
        self._require(SpotCheckState.FINAL, "通报")
        self.notice_number, self.state = notice_number, SpotCheckState.NOTICED

    @property
    def governing_score(self) -> Decimal | None:
        """The score for linkage and allocation: the recheck once final (R-13)."""
        if self.state in {SpotCheckState.FINAL, SpotCheckState.NOTICED}:
            return self._rechecked.total
        return None if self.self_score is None else self.self_score.total

    @property
    def _rechecked(self) -> ProgrammeScore:
        if self.recheck is None:
            raise WrongState(state=self.state, act="读取复核得分")
        return self.recheck

    @property
    def _compared(self) -> Difference:
        if self.difference is None:
            raise WrongState(state=self.state, act="读取复核差异")
        return self.difference

    def _concluded(self, today: date) -> SpotCheckConcluded:
        found = self._compared
        return SpotCheckConcluded(
            self.spot_check_id,
            self.programme_id,
            self.coordinates,
            self.year,
            None if self.self_score is None else self.self_score.total,
            self._rechecked.total,
            found.diff,
            found.large_difference,
            found.notice,
            found.reasons,
            found.governing_grade,
            self.problems,
            today,
        )

    def _not_of_the_checked(self, person: str) -> None:
        if serves_at(person, self.coordinates):
            raise OwnOrganisation

    def _require(self, state: SpotCheckState, act: str) -> None:
        if self.state is not state:
            raise WrongState(state=self.state, act=act)


def _findings(indicators: tuple[Indicator, ...], found: Mapping[str, Actual]) -> list[Finding]:
    wrong = [
        Finding(
            f"/actuals/{each.code}",
            "not_checked",
            f"请填写指标“{each.name}”的核实完成值；与自评一致的按自评值填写。",
        )
        for each in indicators
        if each.code not in found
    ]
    tiers = [percent_finding(each, found[each.code]) for each in indicators if each.code in found]
    return wrong + [each for each in tiers if each is not None]
