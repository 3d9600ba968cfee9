"""The scoring rules against the vectors, the demo year and their bounds."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.evaluation.domain.errors import PercentOutsideTier
from jixiao.evaluation.domain.execution import Funds, execution_score
from jixiao.evaluation.domain.indicator import Actual, Indicator, Kind, OverCause
from jixiao.evaluation.domain.scoring import ProgrammeScore, score_indicator, score_programme
from jixiao.measures.ratio import Direction, Operator
from jixiao.servicekit.values import Money

from .figures import achieved, actual, funds, indicator, vectors, year

YEAR = year()


def ids(vector: Any) -> str:
    return str(vector["id"])


def text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


@pytest.mark.parametrize("vector", vectors("scoring.json", "execution"), ids=ids)
def test_r4_r5_the_execution_score_of_each_vector(vector: Any) -> None:
    scored = execution_score(funds(vector["input"]))

    assert vector["expected"] == {
        "score": text(scored.score),
        "rate_pct": text(scored.rate_pct),
        "applicable": scored.applicable,
        "flags": list(scored.flags),
        "reason_required": scored.reason_required,
        "submittable": scored.submittable,
    }


@pytest.mark.parametrize("vector", vectors("scoring.json", "indicator"), ids=ids)
def test_r6_r7_r8_r9_the_indicator_score_of_each_vector(vector: Any) -> None:
    row, expected = vector["input"], vector["expected"]
    if "error" in expected:
        with pytest.raises(PercentOutsideTier) as refused:
            score_indicator(indicator(row, "X"), actual(row))
        assert refused.value.reason == expected["error"]
        return

    scored = score_indicator(indicator(row, "X"), actual(row))

    assert expected == {
        "score": str(scored.score),
        "reached": scored.reached,
        "flags": list(scored.flags),
        "reason_required": scored.reason_required,
    }


@pytest.mark.parametrize("vector", vectors("scoring.json", "programme"), ids=ids)
def test_r2_the_total_of_each_vector(vector: Any) -> None:
    rows = vector["input"]["indicators"]
    indicators = tuple(indicator(row, f"I{i}") for i, row in enumerate(rows))
    actuals = {f"I{i}": actual(row) for i, row in enumerate(rows)}

    scored = score_programme(indicators, actuals, funds(vector["input"]))

    assert vector["expected"] == {
        "execution": text(scored.execution.score),
        "indicator_scores": [str(item.score) for item in scored.items],
        "total": str(scored.total),
        "grade": scored.grade,
        "flags": list(scored.flags),
    }


def as_expected(scored: ProgrammeScore, expected: dict[str, Any]) -> None:
    """Hold a score against a block `expected` of the demo year."""
    assert text(scored.execution.score) == expected["execution"]
    assert text(scored.execution.rate_pct) == expected["rate_pct"]
    points = {item.code: str(item.score) for item in scored.items}
    assert points == expected["indicator_scores"]
    assert (str(scored.total), scored.grade) == (expected["total"], expected["grade"])
    assert list(scored.flags) == expected["flags"]
    if "reasons_required" in expected:
        assert list(scored.reasons_required) == expected["reasons_required"]
    assert all(item.explanation.figures and item.explanation.rule for item in scored.items)


def indicators_of(rows: list[dict[str, Any]], **targets: str) -> tuple[Indicator, ...]:
    return tuple(
        indicator({**row, "target": targets.get(row["code"], row["target"])}) for row in rows
    )


def score_case(indicators: tuple[Indicator, ...], case: dict[str, Any], key: str) -> ProgrammeScore:
    actuals = {code: achieved(value) for code, value in case[key].items()}
    return score_programme(indicators, actuals, funds(case))


def test_d20_programme_a_scores_itself_99_25_and_the_recheck_78_19() -> None:
    case = YEAR["A"]
    version3 = indicators_of(case["indicators_v2"], O1="5600")
    own = case["self_evaluation"]

    as_expected(score_case(version3, own, "actuals"), own["expected"])
    found = {**own, "actuals_found": case["spot_check"]["actuals_found"]}
    as_expected(score_case(version3, found, "actuals_found"), case["spot_check"]["rescored"])


def test_d20_programme_g_scores_itself_99_91() -> None:
    case = YEAR["G"]
    scored = score_case(indicators_of(case["indicators"]), case["self_evaluation"], "actuals")

    as_expected(scored, case["self_evaluation"]["expected"])


@pytest.mark.parametrize("project", YEAR["D"]["projects"], ids=lambda each: str(each["key"]))
def test_t23_the_road_projects_of_d_score_themselves(project: Any) -> None:
    money = {
        "full_year_budget": project["budget"],
        "executed": project["execution_2025"]["12"],
        "actuals": project["actuals"],
    }
    rows = indicators_of(YEAR["D"]["indicators"], **project["targets"])

    as_expected(score_case(rows, money, "actuals"), project["expected"])


LATE = Indicator(
    code="T",
    name="完工时间",
    level1="output",
    level2="timeliness",
    kind=Kind.QUANTITATIVE,
    weight=Decimal(10),
    operator=Operator.LE,
    starts_on=date(2025, 3, 1),
    planned_on=date(2025, 3, 31),
)


@pytest.mark.parametrize(
    ("done", "score", "reached"), [("2025-03-31", "10.00", True), ("2025-04-10", "7.50", False)]
)
def test_r6_a_deadline_is_scored_by_days_late(done: str, score: str, *, reached: bool) -> None:
    scored = score_indicator(LATE, Actual(actual_on=date.fromisoformat(done)))

    assert (str(scored.score), scored.reached) == (score, reached)


amounts = st.decimals(Decimal("-1000"), Decimal("1000"), places=2)


@given(
    operator=st.sampled_from([each for each in Operator if each is not Operator.BETWEEN]),
    direction=st.sampled_from([None, Direction.POSITIVE, Direction.NEGATIVE]),
    target=amounts,
    value=st.none() | amounts,
    weight=st.decimals(Decimal("0.01"), Decimal("90"), places=2),
    cause=st.sampled_from([None, *OverCause]),
)
def test_r6_r7_a_score_never_leaves_zero_to_its_weight(
    *,
    operator: Operator,
    direction: Direction | None,
    target: Decimal,
    value: Decimal | None,
    weight: Decimal,
    cause: OverCause | None,
) -> None:
    row = Indicator(
        "X",
        "X",
        "cost",
        "economic_cost",
        Kind.QUANTITATIVE,
        weight,
        operator,
        target,
        direction=direction if operator is Operator.EQ else None,
    )

    scored = score_indicator(row, Actual(actual_value=value, over_cause=cause))

    assert 0 <= scored.score <= weight
    assert scored.reason_required or (scored.reached and scored.score == weight)


@given(
    budget=st.integers(0, 10**12),
    executed=st.none() | st.integers(-(10**12), 10**12),
    late=st.integers(0, 10**12),
)
def test_r4_r5_execution_stays_between_nothing_and_ten(
    budget: int, executed: int | None, late: int
) -> None:
    money = None if executed is None else Money(executed)

    scored = execution_score(Funds(Money(budget), money, Money(late)))

    assert scored.score is None or 0 <= scored.score <= 10
    assert scored.submittable is (executed is not None)
