"""Towns and lines: displayed, binding, and their quantities."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.evaluation.domain.indicator import Actual, Indicator, Tier
from jixiao.evaluation.domain.rollup import ActualPart, DueProject, roll_up, roll_up_actuals
from jixiao.evaluation.domain.scoring import score_programme
from jixiao.servicekit.values import Money

from .figures import funds, indicator, vectors, year

YEAR = year()
C = YEAR["C"]
CODES = ("C1", "O1", "O2", "O3", "O4", "B1", "B2", "S1")
ROWS = [dict(zip(C["projects"]["columns"], row, strict=True)) for row in C["projects"]["rows"]]


def figures(scored: Any) -> dict[str, Any]:
    return {
        "score": None if scored.score is None else str(scored.score),
        "grade": scored.grade,
        "coverage_pct": str(scored.coverage_pct),
        "binding_score": str(scored.binding_score),
        "binding_grade": scored.binding_grade,
    }


def due(code: str, row: dict[str, Any], key: str = "score") -> DueProject:
    score = row[key]
    return DueProject(code, None if score is None else Decimal(score), Money.yuan(row["budget"]))


@pytest.mark.parametrize("vector", vectors("grading.json", "roll_up"), ids=lambda v: str(v["id"]))
def test_r12_r37_the_roll_up_of_each_vector(vector: Any) -> None:
    projects = [due(f"P{i}", row) for i, row in enumerate(vector["input"]["projects"])]

    assert figures(roll_up(projects)) == vector["expected"]


def targets_of(row: dict[str, Any]) -> tuple[Indicator, ...]:
    """The indicators of a clinic's project: the overall target's, with its own values."""
    weights = C["regional_and_project_weights"]
    overall = {each["code"]: each for each in C["indicators_overall"]}
    return tuple(
        indicator(
            {
                **overall[code],
                "weight": weights[code],
                "target": row.get(code, overall[code]["target"]),
            }
        )
        for code in CODES
    )


def actuals_of(row: dict[str, Any]) -> dict[str, Actual]:
    values = dict(zip(CODES, row["actuals"], strict=True))
    percent = Decimal(values.pop("B2"))
    bounds = [(80, Tier.ACHIEVED), (60, Tier.PARTLY), (0, Tier.NOT_ACHIEVED)]
    tier = next(each for bound, each in bounds if percent >= bound)
    found = {code: Actual(actual_value=Decimal(value)) for code, value in values.items()}
    return {**found, "B2": Actual(tier=tier, percent=percent)}


@pytest.mark.parametrize("row", [r for r in ROWS if r["actuals"]], ids=lambda r: str(r["key"]))
def test_t23_each_clinic_of_c_scores_as_the_year_says(row: dict[str, Any]) -> None:
    money = funds({"full_year_budget": row["budget"], "executed": row["executed_12"]})

    scored = score_programme(targets_of(row), actuals_of(row), money)

    assert str(scored.execution.score) == row["execution_score"]
    assert [str(item.score) for item in scored.items] == row["scores"]
    assert (str(scored.total), scored.grade) == (row["total"], row["grade"])


def test_r12_the_line_of_c_is_displayed_94_90_and_binds_at_91_89() -> None:
    rolled = roll_up([due(row["key"], row, "total") for row in ROWS])

    assert figures(rolled) == C["line_roll_up"]
    assert rolled.missing == ("C-107-2",)


def test_r37_fangzhen_is_displayed_97_49_and_binds_at_56_54() -> None:
    town = [row for row in ROWS if row["town"] == "370303107"]

    rolled = roll_up([due(row["key"], row, "total") for row in town])

    assert (str(rolled.score), str(rolled.binding_score)) == ("97.49", "56.54")
    assert (rolled.binding_grade, rolled.missing) == ("poor", ("C-107-2",))


def parts(code: str) -> list[ActualPart]:
    filed = [row for row in ROWS if row["actuals"]]
    place = CODES.index(code)
    return [
        ActualPart(
            row["key"],
            Decimal(row["actuals"][place]),
            Decimal(row[code]) if code in row else None,
            Decimal(row["O3_base"]),
        )
        for row in filed
    ]


def test_r20_the_actuals_of_c_roll_up_by_their_aggregation() -> None:
    by_code = {each.code: each for each in targets_of(ROWS[0])}
    rolled = {code: roll_up_actuals(by_code[code], parts(code)) for code in ("O1", "O2", "O3")}
    satisfaction = roll_up_actuals(by_code["S1"], parts("S1"))
    expected = C["line_actuals"]

    assert str(rolled["O1"].actual_value) == expected["O1_sum"]
    assert str(rolled["O2"].actual_value) == expected["O2_sum"]
    assert str(rolled["O3"].actual_value) == expected["O3_weighted"]
    assert str(satisfaction.reached_share_pct) == expected["S1_reached_share_pct"]
    assert str(satisfaction.worst_value) == expected["S1_worst"]
    assert roll_up_actuals(by_code["B2"], ()).actual_value is None


scores = st.decimals(Decimal(0), Decimal(100), places=2)
projects = st.builds(
    DueProject,
    st.text("ABC", min_size=1, max_size=3),
    st.none() | scores,
    st.builds(Money, st.integers(0, 10**11)),
    st.booleans(),
)


@given(st.lists(projects, min_size=1, max_size=8))
def test_r12_r37_a_roll_up_stays_within_its_projects(due_projects: list[DueProject]) -> None:
    rolled = roll_up(due_projects)
    filed = [each.score for each in due_projects if each.score is not None]

    assert rolled.binding_score is not None
    assert 0 <= rolled.binding_score <= 100
    if rolled.score is not None:
        assert min(filed) <= rolled.score <= max(filed)
    if not rolled.missing:
        assert rolled.binding_score == rolled.score
