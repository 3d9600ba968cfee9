"""The review of a filed target: who comes after whom, the table of marks, what follows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from jixiao.measures.score import Grade, grade
from jixiao.servicekit.errors import Finding, OwnFiling
from jixiao.servicekit.values import is_own

from .errors import MarksWrong, ReviewOutOfOrder, TransferReviewOutOfOrder
from .kinds import FiledFor, ObjectType, TargetLevel


class Reviewer(StrEnum):
    """The office that reviews."""

    TOWNSHIP_DEPARTMENT = "township_department"
    TOWNSHIP_FINANCE = "township_finance"
    DEPARTMENT = "department"
    DISTRICT_FINANCE = "district_finance"


REVIEWER_NAMES = {
    Reviewer.TOWNSHIP_DEPARTMENT: "镇办业务主管部门",
    Reviewer.TOWNSHIP_FINANCE: "镇办财政部门",
    Reviewer.DEPARTMENT: "区业务主管部门",
    Reviewer.DISTRICT_FINANCE: "区财政部门",
}


class ReviewResult(StrEnum):
    """What a review leads to (F88)."""

    PASSED = "passed"
    RETURNED = "returned"
    BLOCKED = "blocked"


# Question → full mark; completeness 20, relevance 30, suitability 30, feasibility 20 (§6).
QUESTION_MARKS: dict[str, Decimal] = {
    "C1": Decimal(10),
    "C2": Decimal(10),
    "R1": Decimal(15),
    "R2": Decimal(15),
    "S1": Decimal(15),
    "S2": Decimal(15),
    "F1": Decimal(10),
    "F2": Decimal(10),
}
REVIEW_DIMENSIONS = ("completeness", "relevance", "suitability", "feasibility")


@dataclass(frozen=True, slots=True)
class QuestionMark:
    """A mark for one question of the review table, 0 to its full mark, two decimals."""

    code: str
    score: Decimal


@dataclass(frozen=True, slots=True)
class DimensionGrade:
    """A grade for one of the four dimensions, in a qualitative review."""

    dimension: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a reviewer hands in: marks (scored) or grades (qualitative), and words.

    `send_back` returns a target although its grade would pass.
    """

    opinion: str
    marks: tuple[QuestionMark, ...] = ()
    grades: tuple[DimensionGrade, ...] = ()
    send_back: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A review on record; `total` is absent where it was qualitative."""

    reviewer: Reviewer
    person: str
    day: date
    opinion: str
    marks: tuple[QuestionMark, ...]
    grades: tuple[DimensionGrade, ...]
    total: Decimal | None
    grade: Grade
    result: ReviewResult


def chain_for(filed_for: FiledFor) -> tuple[Reviewer, ...]:
    """Return who reviews, in order.

    Articles: D-12, D-13, T-15, T-16.
    """
    town = (Reviewer.TOWNSHIP_DEPARTMENT, Reviewer.TOWNSHIP_FINANCE)
    district = (Reviewer.DEPARTMENT, Reviewer.DISTRICT_FINANCE)
    if filed_for.object_type is ObjectType.DEPARTMENT_OVERALL:
        return (Reviewer.DISTRICT_FINANCE,)
    if not filed_for.transfer:
        return district
    if filed_for.target_level is TargetLevel.OVERALL:
        return (Reviewer.DISTRICT_FINANCE,)
    if filed_for.target_level is TargetLevel.REGIONAL:
        return (Reviewer.TOWNSHIP_FINANCE, *district)
    if filed_for.part_of_regional:
        return town
    return town + district


def total_of(marks: tuple[QuestionMark, ...]) -> Decimal:
    """Sum the eight marks, 0 to 100."""
    return sum((mark.score for mark in marks), Decimal("0.00"))


def overall_grade(grades: tuple[DimensionGrade, ...]) -> Grade:
    """Return the overall grade of a qualitative review: the worst one given (§6)."""
    given = {one.grade for one in grades}
    for worst in (Grade.POOR, Grade.FAIR, Grade.GOOD):
        if worst in given:
            return worst
    return Grade.EXCELLENT


def result_of(given: Grade, *, send_back: bool = False) -> ReviewResult:
    """Good passes, fair is returned, poor is blocked.

    Articles: D-13, T-16. Rules: R-18.
    """
    if given is Grade.POOR:
        return ReviewResult.BLOCKED
    if given is Grade.FAIR or send_back:
        return ReviewResult.RETURNED
    return ReviewResult.PASSED


def reviewed(
    reviewer: Reviewer, person: str, day: date, opinion: Opinion, *, scored: bool
) -> Review:
    """Check the table and compute grade and result. Raises MarksWrong with all findings.

    Articles: D-13, T-16. Rules: R-18.
    """
    findings = _marks_wrong(opinion) if scored else _grades_wrong(opinion)
    if not opinion.opinion.strip():
        findings.append(Finding("/opinion", "opinion_missing", "请填写审核意见。"))
    if findings:
        raise MarksWrong(*findings)
    total = total_of(opinion.marks) if scored else None
    given = overall_grade(opinion.grades) if total is None else grade(total)
    result = result_of(given, send_back=opinion.send_back)
    marks, grades = (opinion.marks, ()) if scored else ((), opinion.grades)
    return Review(reviewer, person, day, opinion.opinion, marks, grades, total, given, result)


def require_turn(
    chain: tuple[Reviewer, ...], done: tuple[Review, ...], reviewer: Reviewer, *, transfer: bool
) -> None:
    """Refuse a reviewer whose turn it is not.

    Raises TransferReviewOutOfOrder for transfers, ReviewOutOfOrder else.

    Articles: D-13, T-15(3), T-16.
    """
    awaited = chain[len(done)]
    if reviewer is awaited:
        return
    refusal = TransferReviewOutOfOrder if transfer else ReviewOutOfOrder
    raise refusal(awaited=REVIEWER_NAMES[awaited], reviewer=REVIEWER_NAMES[reviewer])


def require_other_person(filer: str, done: tuple[Review, ...], person: str) -> None:
    """Refuse the filer and whoever already reviewed in this chain. Raises OwnFiling.

    Articles: D-13. Rules: R-51.
    """
    if is_own(person, filer, *(review.person for review in done)):
        raise OwnFiling


def _marks_wrong(opinion: Opinion) -> list[Finding]:
    given = [mark.code for mark in opinion.marks]
    found = [
        Finding("/marks", "mark_missing", f"审核要点{code}须填且只填一次得分。")
        for code in QUESTION_MARKS
        if given.count(code) != 1
    ]
    for row, mark in enumerate(opinion.marks):
        full = QUESTION_MARKS.get(mark.code)
        exact = mark.score == mark.score.quantize(Decimal("0.01"))
        if full is None or not exact or not 0 <= mark.score <= full:
            message = f"审核要点{mark.code}得分须在0至{full or 0}之间，最多两位小数。"
            found.append(Finding(f"/marks/{row}/score", "mark_out_of_range", message))
    return found


def _grades_wrong(opinion: Opinion) -> list[Finding]:
    if sorted(one.dimension for one in opinion.grades) == sorted(REVIEW_DIMENSIONS):
        return []
    return [Finding("/grades", "grade_missing", "完整性、相关性、适当性、可行性须各评定一次等级。")]
