"""What kind of key evaluation is planned, by whom, and how far it has come (D-22, T-25)."""

from dataclasses import dataclass
from enum import StrEnum


class EvaluationKind(StrEnum):
    """财政评价, 部门评价, 到期, 综合."""

    FINANCE_EVALUATION = "finance_evaluation"
    DEPARTMENT_EVALUATION = "department_evaluation"
    EXPIRY_EVALUATION = "expiry_evaluation"
    COMPREHENSIVE_EVALUATION = "comprehensive_evaluation"


class EvaluationState(StrEnum):
    """Domain.md §8."""

    PLANNED = "planned"
    SCHEME_APPROVED = "scheme_approved"
    SCORING = "scoring"
    DRAFT_REPORT = "draft_report"
    CONSULTATION = "consultation"
    QUALITY_CHECKED = "quality_checked"
    FINAL = "final"
    SENT_BACK = "sent_back"


@dataclass(frozen=True, slots=True)
class Plan:
    """The working group and its plan: leader, members, what is looked at, by when."""

    leader: str
    members: tuple[str, ...]
    text: str
    organisation: str
    on_consolidated_funds: bool = False
