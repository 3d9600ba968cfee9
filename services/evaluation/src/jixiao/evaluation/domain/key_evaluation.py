"""A key evaluation, from its plan to its final grade (D-22, D-23, T-25 to T-28)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from jixiao.evaluation.domain.errors import (
    AlreadyMarked,
    AnswerPending,
    ConsolidatedFunds,
    FormFaulty,
    InterestUndeclared,
    MarksMissing,
    NotAssigned,
    NothingToDiscuss,
    ObjectionOpen,
    OwnOrganisation,
    SchemeFrozen,
    SchemeNotProposed,
    WrongState,
)
from jixiao.evaluation.domain.events import (
    EvaluationConcluded,
    EvaluationConsulted,
    EvaluationOpened,
    MembersNamed,
)
from jixiao.evaluation.domain.framework import Basis, Scheme, scheme_findings
from jixiao.evaluation.domain.judging import (
    Computed,
    Judged,
    Mark,
    RateFigures,
    judge,
)
from jixiao.evaluation.domain.marking import marks_findings
from jixiao.evaluation.domain.plan import EvaluationKind, EvaluationState, Plan
from jixiao.evaluation.domain.report import (
    DraftReport,
    IndicatorScore,
    Objection,
    compute,
    published_rows,
    report_findings,
    report_scores,
)
from jixiao.measures.days import WorkingDays
from jixiao.measures.score import Grade, grade
from jixiao.servicekit.errors import Finding, OwnFiling, SecondPerson
from jixiao.servicekit.values import Coordinates, is_own, serves_at

ANSWER_WITHIN = 10
OWN_UNIT = "U000"
"""Unit of a department's own programmes."""
S = EvaluationState


@dataclass(slots=True)
class KeyEvaluation:
    """One object evaluated by others than itself; final is immutable.

    `involved` are persons of the evaluated party, and who assessed the object before: none of
    them is judge or in the group.
    """

    evaluation_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    kind: EvaluationKind
    plan: Plan
    opened_by: str
    involved: tuple[str, ...] = ()
    scheme: Scheme | None = None
    scheme_version: int = 0
    proposed_scheme: Scheme | None = None
    proposed_by: str = ""
    approved_by: str = ""
    recused: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    computed: tuple[Computed, ...] = ()
    scores: tuple[IndicatorScore, ...] = ()
    total: Decimal | None = None
    grade: Grade | None = None
    report: DraftReport | None = None
    author: str = ""
    answer_due_on: date | None = None
    answered_on: date | None = None
    answered_by: str = ""
    objections: tuple[Objection, ...] = ()
    quality_checker: str = ""
    quality_note: str = ""
    concluded_by: str = ""
    concluded_on: date | None = None
    until: date | None = None
    interests: dict[str, str] = field(default_factory=dict)
    state: EvaluationState = S.PLANNED
    version: int = 0

    def opened(self) -> list[EvaluationOpened | MembersNamed]:
        """Check the plan and say that the evaluation is open.

        Raises FormFaulty without leader or plan, ConsolidatedFunds for a project
        evaluation of consolidated agricultural funds.

        Rules: R-45. Articles: D-23, T-25, T-26, T-28.
        """
        found = []
        if not self.plan.leader:
            found.append(Finding("/plan/leader", "required", "请指定评价工作组负责人。"))
        if not self.plan.text.strip():
            found.append(Finding("/plan/text", "required", "请填写评价工作方案。"))
        if {self.plan.leader, *self.plan.members} & set(self.involved):
            sentence = "评价工作组成员不得来自被评价单位，也不得评估过该对象（R-51、R-43）。"
            found.append(Finding("/plan/members", "member_involved", sentence))
        if found:
            raise FormFaulty(*found)
        whole = self.kind is EvaluationKind.COMPREHENSIVE_EVALUATION
        if self.plan.on_consolidated_funds and not whole:
            raise ConsolidatedFunds
        ids = (self.evaluation_id, self.programme_id, self.coordinates, self.year)
        group = tuple(dict.fromkeys((self.plan.leader, *self.plan.members)))
        named = MembersNamed(self.evaluation_id, self.programme_id, group, self.until)
        return [EvaluationOpened(*ids, self.kind), named]

    def declare_interest(self, interest: str, person: str) -> None:
        """A member of the group declares an interest or none; one who has any is recused.

        Raises NotAssigned outside the group.

        Rules: R-14, R-43. Articles: D-23, T-26.
        """
        self._require({S.PLANNED, S.SCHEME_APPROVED, S.SCORING}, "申报利益冲突")
        if person not in {self.plan.leader, *self.plan.members}:
            raise NotAssigned(act="申报利益冲突")
        self.interests = {**self.interests, person: interest}
        if interest.strip():
            self.recused = tuple(sorted({*self.recused, person}))

    def propose_scheme(self, scheme: Scheme, person: str) -> None:
        """Propose a scheme, or a changed one while nobody has scored.

        Raises SchemeFrozen from the first mark on, FormFaulty.

        Rules: R-14, R-15, R-51. Articles: D-23, T-26.
        """
        if self.state not in {S.PLANNED, S.SCHEME_APPROVED}:
            raise SchemeFrozen
        found = scheme_findings(scheme)
        if own := sorted(set(scheme.judges) & set(self.involved)):
            sentence = f"{'、'.join(own)}属于被评价单位或者评估过该对象，不得担任评分专家。"
            found.append(Finding("/judges", "judge_involved", sentence))
        if found:
            raise FormFaulty(*found)
        self.proposed_scheme, self.proposed_by = scheme, person

    def approve_scheme(self, person: str) -> None:
        """A second person approves it; a change is a new version.

        Raises SchemeNotProposed, SecondPerson.

        Rules: R-51. Articles: D-23, T-26.
        """
        self._require({S.PLANNED, S.SCHEME_APPROVED}, "批准评价方案")
        if self.proposed_scheme is None:
            raise SchemeNotProposed
        if is_own(person, self.proposed_by):
            raise SecondPerson
        self.scheme, self.proposed_scheme = self.proposed_scheme, None
        self.scheme_version += 1
        self.approved_by, self.state = person, S.SCHEME_APPROVED

    def recuse(self, judge_: str) -> None:
        """Leave out a judge in conflict, with all marks. Rules: R-14, R-43. Articles: T-26."""
        self._require({S.SCHEME_APPROVED, S.SCORING}, "专家回避")
        self.recused = tuple(sorted({*self.recused, judge_}))

    def mark(self, marks: Sequence[Mark], person: str) -> None:
        """Take one judge's marks: all judged indicators at once, then revisions once.

        The first round needs every judged indicator; the second is open once all
        judges marked, for indicators whose marks lie apart. Both rounds are kept.
        Raises NotAssigned, OwnOrganisation, OwnFiling, FormFaulty, AlreadyMarked, NothingToDiscuss.

        Rules: R-14, R-51. Articles: D-23, T-26.
        """
        self._require({S.SCHEME_APPROVED, S.SCORING}, "专家评分")
        scheme = self._scheme
        if person not in scheme.judges or person in self.recused:
            raise NotAssigned(act="专家评分")
        self._not_of_the_evaluated(person)
        if person in self.plan.members and person not in self.interests:
            raise InterestUndeclared
        turn = 2 if any(each.judge == person for each in self.marks) else 1
        own = tuple(replace(each, judge=person, round=turn) for each in marks)
        self._check_marks(scheme, own, turn)
        self.marks += own
        self.state = S.SCORING

    def judged(self, code: str, turn: int = 2) -> Judged:
        """What the marks on one indicator come to after round `turn`.

        Raises TooFewJudges below three marks.

        Rules: R-14. Articles: D-23, T-26.
        """
        indicator = self._scheme.indicator(code)
        weight = Decimal(0) if indicator is None else indicator.weight
        latest: dict[str, Decimal] = {}
        for each in sorted(self.marks, key=lambda mark: mark.round):
            if each.code == code and each.round <= turn and each.judge not in self.recused:
                latest[each.judge] = each.score
        return judge(weight, list(latest.values()))

    def draft_report(
        self, figures: Sequence[RateFigures], report: DraftReport, person: str
    ) -> None:
        """The leader drafts the report: figures and marks give total and grade.

        Raises NotAssigned for others than the leader, OwnOrganisation, OwnFiling, MarksMissing, FormFaulty for
        figures missing or without a denominator.

        Rules: R-14, R-15. Articles: D-23, T-26.
        """
        self._require({S.SCORING, S.SENT_BACK}, "起草评价报告")
        if person != self.plan.leader:
            raise NotAssigned(act="起草评价报告")
        self._not_of_the_evaluated(person)
        scheme = self._scheme
        if missing := self._silent(scheme):
            raise MarksMissing(judges="、".join(missing))
        if found := report_findings(scheme, figures, report):
            raise FormFaulty(*found)
        self.computed = compute(scheme, figures)
        self.scores = report_scores(scheme, self.computed, self.judged)
        self.total = sum((each.score for each in self.scores), Decimal("0.00"))
        self.grade = grade(self.total)
        self.report, self.author, self.state = report, person, S.DRAFT_REPORT

    def consult(self, today: date, days: WorkingDays) -> list[EvaluationConsulted]:
        """Send the draft to the evaluated party, who has 10 working days to answer.

        Rules: R-28, R-39. Articles: D-23, T-26.
        """
        self._require({S.DRAFT_REPORT}, "征求意见")
        self.answer_due_on = days.after(today, ANSWER_WITHIN)
        self.answered_on, self.objections = None, ()
        self.state = S.CONSULTATION
        ids = (self.evaluation_id, self.programme_id, self.coordinates, self.year)
        return [EvaluationConsulted(*ids, self.answer_due_on)]

    def answer(self, objections: Sequence[str], person: str, today: date) -> None:
        """The evaluated party answers, with objections or none.

        Raises OwnFiling for a member of the group or a judge.

        Articles: D-23, T-26.
        """
        self._require({S.CONSULTATION}, "答复征求意见")
        if is_own(person, *self._evaluators):
            raise OwnFiling
        self.objections = tuple(Objection(i, text) for i, text in enumerate(objections, 1))
        self.answered_by, self.answered_on = person, today

    def answer_objection(self, number: int, reply: str, person: str, *, accepted: bool) -> None:
        """The group says of one objection whether it is taken, and why.

        Raises NotAssigned outside the group, FormFaulty for an unknown number or no reply.

        Articles: D-23, T-26.
        """
        self._require({S.CONSULTATION}, "答复意见")
        if person not in {self.plan.leader, *self.plan.members}:
            raise NotAssigned(act="答复意见")
        known = number in {each.number for each in self.objections}
        if not known or not reply.strip():
            sentence = "请逐条填写采纳与否及理由。"
            raise FormFaulty(Finding(f"/objections/{number}/reply", "required", sentence))
        self.objections = tuple(
            replace(each, accepted=accepted, reply=reply) if each.number == number else each
            for each in self.objections
        )

    def check_quality(self, note: str, person: str, today: date, *, passed: bool) -> None:
        """Someone who wrote and scored nothing checks it; failing sends it back.

        Raises OwnFiling, AnswerPending, ObjectionOpen.

        Rules: R-51. Articles: D-23, T-26.
        """
        self._require({S.CONSULTATION}, "质量检查")
        self._not_of_the_evaluated(person)
        if is_own(person, *self._evaluators, self.answered_by):
            raise OwnFiling
        due = self.answer_due_on
        if self.answered_on is None and due is not None and today <= due:
            raise AnswerPending(due=due)
        if still := [str(each.number) for each in self.objections if each.accepted is None]:
            raise ObjectionOpen(numbers="、".join(still))
        self.quality_checker, self.quality_note = person, note
        self.state = S.QUALITY_CHECKED if passed else S.SENT_BACK

    def conclude(self, person: str, today: date) -> list[EvaluationConcluded]:
        """Make it final, by another than author and quality checker; nothing changes after.

        Rules: R-11, R-51. Articles: D-22, D-23, T-25, T-26.
        """
        self._require({S.QUALITY_CHECKED}, "形成评价结论")
        self._not_of_the_evaluated(person)
        if is_own(person, *self._evaluators, self.answered_by, self.quality_checker):
            raise OwnFiling
        if self.total is None or self.grade is None or self.report is None:
            raise WrongState(state=self.state, act="形成评价结论")
        self.concluded_by, self.concluded_on, self.state = person, today, S.FINAL
        return [
            EvaluationConcluded(
                self.evaluation_id,
                self.programme_id,
                self.coordinates,
                self.year,
                self.kind,
                self.total,
                self.grade,
                self.report.main_problems,
                self.report.measures,
                self.report.evaluator,
                today,
                published_rows(self._scheme, self.scores),
                "；".join(f"{each.text}：{each.reply}" for each in self.objections),
            )
        ]

    @property
    def to_discuss(self) -> tuple[str, ...]:
        """Indicators whose first marks lie apart, once every judge has marked (R-14)."""
        if self.scheme is None or self._silent(self.scheme):
            return ()
        judged = self.scheme.of(Basis.JUDGED)
        return tuple(each.code for each in judged if self.judged(each.code, 1).needs_discussion)

    @property
    def _scheme(self) -> Scheme:
        if self.scheme is None:
            raise SchemeNotProposed
        return self.scheme

    @property
    def _evaluators(self) -> Collection[str]:
        judges = () if self.scheme is None else self.scheme.judges
        return {self.author, self.plan.leader, *self.plan.members, *judges}

    def _not_of_the_evaluated(self, person: str) -> None:
        """A department may evaluate its own policy by its own people (D-22), a unit never."""
        by_itself = (
            self.kind is EvaluationKind.DEPARTMENT_EVALUATION and self.coordinates.unit == OWN_UNIT
        )
        if serves_at(person, self.coordinates) and not by_itself:
            raise OwnOrganisation
        if is_own(person, *self.involved):
            raise OwnFiling

    def _silent(self, scheme: Scheme) -> list[str]:
        marked = {each.judge for each in self.marks}
        return sorted(set(scheme.judges) - marked - set(self.recused))

    def _check_marks(self, scheme: Scheme, own: Sequence[Mark], turn: int) -> None:
        if turn == 2:
            codes = {each.code for each in own}
            judge_ = own[0].judge if own else ""
            before = {each.code for each in self.marks if (each.judge, each.round) == (judge_, 2)}
            if again := before & codes:
                raise AlreadyMarked(codes="、".join(sorted(again)))
            if not codes or (codes - set(self.to_discuss)):
                raise NothingToDiscuss(codes="、".join(sorted(codes - set(self.to_discuss))))
        if found := marks_findings(scheme, own, turn):
            raise FormFaulty(*found)

    def _require(self, states: Collection[EvaluationState], act: str) -> None:
        if self.state not in states:
            raise WrongState(state=self.state, act=act)
