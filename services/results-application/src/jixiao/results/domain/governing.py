"""Which result governs a programme: newest year first, then the rank of its source."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jixiao.measures.score import Grade, grade


class Source(StrEnum):
    """Where a score comes from; the binding roll-up of a line counts as self-evaluation."""

    FINANCE_EVALUATION = "finance_evaluation"
    DEPARTMENT_EVALUATION = "department_evaluation"
    RECHECK = "recheck"
    SELF_EVALUATION = "self_evaluation"


_RANK = {source: rank for rank, source in enumerate(reversed(Source))}
KEY_EVALUATIONS = (Source.FINANCE_EVALUATION, Source.DEPARTMENT_EVALUATION)


@dataclass(frozen=True, slots=True)
class Result:
    """A final score (0..100, 2 dp) of a budget year."""

    year: int
    source: Source
    score: Decimal

    @property
    def grade(self) -> Grade:
        """The grade of the score (R-11)."""
        return grade(self.score)


def governing_result(results: Iterable[Result]) -> Result | None:
    """Pick the result that governs linkage and allocation; None where nothing is final.

    Within the newest year finance evaluation stands above department evaluation, above the
    re-checked score, above the self score.

    Articles: D-26, T-30. Rules: R-29.
    """
    return max(results, key=lambda result: (result.year, _RANK[result.source]), default=None)
