"""Ex-ante assessment: twenty questions, the suggested conclusion, finance's decision."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from jixiao.measures.days import WorkingDays
from jixiao.measures.score import Grade, grade
from jixiao.servicekit.errors import Finding, OwnFiling
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import AssessmentIncomplete, PartAmountWrong, SupportOfPoor, WrongState
from .events import (
    Event,
    ExanteAssessedIndependently,
    ExanteDecided,
    ExanteLapsed,
    ExanteReturned,
    ExanteSubmitted,
    IndependentReviewOrdered,
)


class Dimension(StrEnum):
    """The five dimensions of D-8 and T-10, 20 points each."""

    NECESSITY = "necessity"
    INPUT_ECONOMY = "input_economy"
    TARGET_REASONABLENESS = "target_reasonableness"
    PLAN_FEASIBILITY = "plan_feasibility"
    FINANCING_COMPLIANCE = "financing_compliance"


class Conclusion(StrEnum):
    """What is suggested and what finance decides."""

    SUPPORT = "support"
    PARTLY_SUPPORT = "partly_support"
    NOT_SUPPORT = "not_support"


class ApplicationState(StrEnum):
    """States of an ex-ante application (§8)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    INDEPENDENT_REVIEW = "independent_review"
    DECIDED = "decided"
    LAPSED = "lapsed"


STATE_NAMES = {
    ApplicationState.DRAFT: "草稿",
    ApplicationState.SUBMITTED: "已报送",
    ApplicationState.RETURNED: "退回",
    ApplicationState.INDEPENDENT_REVIEW: "独立评估",
    ApplicationState.DECIDED: "已决定",
    ApplicationState.LAPSED: "失效",
}
QUESTIONS: dict[Dimension, tuple[str, ...]] = {
    Dimension.NECESSITY: ("N1", "N2", "N3", "N4"),
    Dimension.INPUT_ECONOMY: ("E1", "E2", "E3", "E4"),
    Dimension.TARGET_REASONABLENESS: ("G1", "G2", "G3", "G4"),
    Dimension.PLAN_FEASIBILITY: ("P1", "P2", "P3", "P4"),
    Dimension.FINANCING_COMPLIANCE: ("F1", "F2", "F3", "F4"),
}
QUESTION_MAX = Decimal(5)
DIMENSION_FLOOR = Decimal(12)
VETO_AT_ZERO = ("N3", "F3")
UNUSED_YEARS = 2
NOTHING = Money()


def suggest(dimensions: Mapping[Dimension, Decimal], *, vetoed: bool = False) -> Conclusion:
    """Suggest a conclusion from the five sums (0 to 20 each).

    `vetoed` where N3 (duplication) or F3 (hidden debt) is rated 0.

    Articles: D-10, T-12. Rules: R-16.
    """
    overall = grade(sum(dimensions.values(), Decimal()))
    below = [name for name, points in dimensions.items() if points < DIMENSION_FLOOR]
    if (
        vetoed
        or overall is Grade.POOR
        or Dimension.NECESSITY in below
        or Dimension.FINANCING_COMPLIANCE in below
    ):
        return Conclusion.NOT_SUPPORT
    if overall is Grade.FAIR or below:
        return Conclusion.PARTLY_SUPPORT
    return Conclusion.SUPPORT


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """One of the twenty questions: 0 to 5, two decimals, with its basis."""

    code: str
    score: Decimal
    basis: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """A filled score table of F-10, complete and in range by construction.

    Articles: D-8, T-10. Rules: R-16.
    """

    questions: tuple[QuestionScore, ...]
    opinion: str = ""

    def findings(self) -> tuple[Finding, ...]:
        """Return what is missing, doubled or out of range."""
        found = []
        given = [question.code for question in self.questions]
        for code in (code for codes in QUESTIONS.values() for code in codes):
            if given.count(code) != 1:
                message = f"评分问题{code}须填且只填一次得分。"
                found.append(Finding("/assessment/questions", "question_missing", message))
        for row, question in enumerate(self.questions):
            at = f"/assessment/questions/{row}"
            if not _in_range(question.score):
                message = f"问题{question.code}得分须在0至5之间，最多两位小数。"
                found.append(Finding(f"{at}/score", "score_out_of_range", message))
            if not question.basis.strip():
                message = f"问题{question.code}须填写评分依据。"
                found.append(Finding(f"{at}/basis", "basis_missing", message))
        return tuple(found)

    @property
    def dimensions(self) -> dict[Dimension, Decimal]:
        """The five sums, 0 to 20."""
        points = {question.code: question.score for question in self.questions}
        return {
            dimension: sum((points.get(code, Decimal()) for code in codes), Decimal("0.00"))
            for dimension, codes in QUESTIONS.items()
        }

    @property
    def total(self) -> Decimal:
        """Sum of the twenty questions, 0 to 100."""
        return sum(self.dimensions.values(), Decimal("0.00"))

    @property
    def grade(self) -> Grade:
        """Grade of the total (R-11)."""
        return grade(self.total)

    @property
    def suggested(self) -> Conclusion:
        """Suggested conclusion (R-16)."""
        zeros = any(q.code in VETO_AT_ZERO and q.score == 0 for q in self.questions)
        return suggest(self.dimensions, vetoed=zeros)


@dataclass(frozen=True, slots=True)
class InvestmentProofs:
    """File or document number of each proof an investment project needs (D-9)."""

    approval_document: str
    whole_life_cost: str
    operation_funding: str
    construction_standard: str
    alternatives: str
    debt_opinion: str
    independent_opinion: str


@dataclass(slots=True)
class ExanteApplication:
    """An application with its assessment; the independent one governs where it exists.

    Articles: D-8, D-9, D-10, T-10, T-11, T-12.
    """

    application_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    requested: Money = NOTHING
    report_file: str = ""
    is_investment: bool = False
    proofs: InvestmentProofs | None = None
    department_assessment: Assessment | None = None
    independent_assessment: Assessment | None = None
    commission_id: UUID | None = None
    filer: str = ""
    assessor: str = ""
    submitted_on: date | None = None
    conclusion: Conclusion | None = None
    amount: Money | None = None
    opinion: str = ""
    decider: str = ""
    decided_on: date | None = None
    return_opinion: str = ""
    state: ApplicationState = ApplicationState.DRAFT
    version: int = 0

    @property
    def governing(self) -> Assessment | None:
        """Finance's independent assessment if there is one, else the department's (D-10)."""
        return self.independent_assessment or self.department_assessment

    def submit(
        self, person: str, day: date, requested: Money, assessment: Assessment, report_file: str
    ) -> list[Event]:
        """File the application: twenty questions with their basis, and the report.

        Raises WrongState unless draft or returned, AssessmentIncomplete with all findings.

        Articles: D-8, D-9, T-10, T-11.
        """
        self._require("报送", ApplicationState.DRAFT, ApplicationState.RETURNED)
        if findings := self._lacks(requested, assessment, report_file):
            raise AssessmentIncomplete(*findings)
        self.requested, self.report_file = requested, report_file
        self.department_assessment = assessment
        self.filer, self.submitted_on = person, day
        self.state = ApplicationState.SUBMITTED
        total, mark = assessment.total, assessment.grade
        return [
            ExanteSubmitted(
                self.application_id, self.programme_id, requested, total, mark, assessment.suggested
            )
        ]

    def withdraw(self, person: str) -> list[Event]:
        """Take an application back before finance has acted on it. Raises WrongState."""
        self._require("撤回", ApplicationState.SUBMITTED)
        if person != self.filer:
            raise WrongState(state="已报送", act="由非报送人撤回")
        self.state = ApplicationState.DRAFT
        return []

    def send_back(self, person: str, opinion: str) -> list[Event]:
        """Return to the department with an opinion (D-10). Raises WrongState, OwnFiling."""
        self._require("退回", ApplicationState.SUBMITTED)
        self._not_own(person)
        self.return_opinion = opinion
        self.state = ApplicationState.RETURNED
        return [ExanteReturned(self.application_id, self.programme_id)]

    def order_independent_review(self, commission_id: UUID) -> list[Event]:
        """Hand over to a third party; its assessment will govern (D-10, T-12).

        Raises WrongState unless submitted.
        """
        self._require("组织独立评估", ApplicationState.SUBMITTED)
        self.commission_id = commission_id
        self.state = ApplicationState.INDEPENDENT_REVIEW
        return [IndependentReviewOrdered(self.application_id, self.programme_id, commission_id)]

    def assess_independently(self, person: str, assessment: Assessment) -> list[Event]:
        """Take the third party's assessment, which governs over the department's.

        Raises WrongState, OwnFiling, AssessmentIncomplete.

        Articles: D-10, T-12.
        """
        self._require("报送独立评估", ApplicationState.INDEPENDENT_REVIEW)
        self._not_own(person)
        if findings := assessment.findings():
            raise AssessmentIncomplete(*findings)
        self.independent_assessment, self.assessor = assessment, person
        total, mark = assessment.total, assessment.grade
        return [
            ExanteAssessedIndependently(
                self.application_id, self.programme_id, total, mark, assessment.suggested
            )
        ]

    def decide(
        self, person: str, day: date, conclusion: Conclusion, opinion: str, amount: Money | None
    ) -> list[Event]:
        """Finance decides; it may be stricter than suggested, never support a poor grade.

        `amount` only for partly_support: above 0 and below the request.
        Raises WrongState, OwnFiling, SupportOfPoor, PartAmountWrong.

        Articles: D-10, T-12. Rules: R-16, R-51.
        """
        self._require("决定", ApplicationState.SUBMITTED, ApplicationState.INDEPENDENT_REVIEW)
        self._not_own(person)
        governing = self.governing
        if governing is None or self._awaits_third_party():
            raise WrongState(state="独立评估", act="在第三方提交评估前决定")
        if governing.grade is Grade.POOR and conclusion is not Conclusion.NOT_SUPPORT:
            raise SupportOfPoor(total=governing.total)
        self.amount = self._supported(conclusion, amount)
        self.conclusion, self.opinion = conclusion, opinion
        self.decider, self.decided_on = person, day
        self.state = ApplicationState.DECIDED
        return [
            ExanteDecided(
                self.application_id,
                self.programme_id,
                conclusion,
                self.amount,
                governing.total,
                governing.grade,
                day,
            )
        ]

    def decision_due(self, calendar: WorkingDays) -> date | None:
        """Return the day by which finance decides, 20 working days after filing (§8)."""
        return None if self.submitted_on is None else calendar.after(self.submitted_on, 20)

    def outgrown_by(self, amount: Money) -> bool:
        """Say whether `amount` is more than 30 % above the assessed one (§5)."""
        return amount.fen * 10 > self.requested.fen * 13

    def lapse(self, day: date, amount: Money, *, used: bool) -> list[Event]:
        """Let the decision lapse when it is outgrown by 30 % or lay unused for 2 years.

        Returns nothing where neither holds.

        Articles: D-9.
        """
        if self.state is not ApplicationState.DECIDED or self.decided_on is None:
            return []
        old = not used and day > _years_after(self.decided_on, UNUSED_YEARS)
        if not old and not self.outgrown_by(amount):
            return []
        self.state = ApplicationState.LAPSED
        return [ExanteLapsed(self.application_id, self.programme_id)]

    def _lacks(
        self, requested: Money, assessment: Assessment, report_file: str
    ) -> tuple[Finding, ...]:
        found = list(assessment.findings())
        if requested.fen <= 0:
            found.append(Finding("/requested", "amount_missing", "申请金额须大于0。"))
        if not report_file:
            message = "请上传事前绩效评估报告（D-9）。"
            found.append(Finding("/report_file", "report_missing", message))
        if self.is_investment:
            found += self._proofs_lacking()
        return tuple(found)

    def _proofs_lacking(self) -> list[Finding]:
        return [
            Finding(f"/proofs/{field.name}", "proof_missing", "投资项目须提供该项论证材料（D-9）。")
            for field in fields(InvestmentProofs)
            if self.proofs is None or not getattr(self.proofs, field.name)
        ]

    def _supported(self, conclusion: Conclusion, amount: Money | None) -> Money:
        if conclusion is Conclusion.SUPPORT:
            return self.requested
        if conclusion is Conclusion.NOT_SUPPORT:
            return Money()
        if amount is None or not 0 < amount.fen < self.requested.fen:
            message = f"部分支持须填写大于0且小于{self.requested}元的金额。"
            raise PartAmountWrong(Finding("/amount", "amount_out_of_range", message))
        return amount

    def _awaits_third_party(self) -> bool:
        reviewing = self.state is ApplicationState.INDEPENDENT_REVIEW
        return reviewing and self.independent_assessment is None

    def _not_own(self, person: str) -> None:
        if is_own(person, self.filer, self.assessor):
            raise OwnFiling

    def _require(self, act: str, *states: ApplicationState) -> None:
        if self.state not in states:
            raise WrongState(state=STATE_NAMES[self.state], act=act)


def _in_range(score: Decimal) -> bool:
    exact = score == score.quantize(Decimal("0.01"))
    return exact and 0 <= score <= QUESTION_MAX


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28) + timedelta(days=1)
