"""Aggregates in the state a test starts from, with the demo year's programme A in them."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4

from cattrs.preconf.json import make_converter

from jixiao.evaluation.domain.filing import SelfEvaluationForm
from jixiao.evaluation.domain.indicator import Actual
from jixiao.evaluation.domain.self_evaluation import SelfEvaluation
from jixiao.servicekit.values import Coordinates

from .figures import achieved, funds, indicator, year

Aggregate = TypeVar("Aggregate")
YEAR = year()
A = YEAR["A"]
CAMPAIGN = UUID("0191e000-0000-7000-8000-000000000001")


def coordinates(territory: str = "370303", line: str = "ZD103") -> Coordinates:
    return Coordinates(territory, line, f"{line}-U001")


def a_self_evaluation(*, is_transfer: bool = False) -> SelfEvaluation:
    """Programme A's, due 28 February 2026, prefilled with version 3 of its target."""
    rows = [{**row, "target": "5600"} if row["code"] == "O1" else row for row in A["indicators_v2"]]
    return SelfEvaluation(
        self_evaluation_id=uuid4(),
        programme_id=uuid4(),
        coordinates=coordinates(),
        year=2025,
        campaign_id=CAMPAIGN,
        programme_code="ZD103-2025-0001",
        programme_name="义务教育学生营养改善计划专项资金",
        is_transfer=is_transfer,
        due_on=date(2026, 2, 28),
        funds=funds(A["self_evaluation"]),
        indicators=tuple(indicator(row) for row in rows),
        target_version=3,
    )


def form(case: dict[str, Any], *, reasons: bool = True) -> SelfEvaluationForm:
    """What 资助中心·一 files for A, with its reasons or without."""
    given = A["deviation_reasons"] if reasons else {}
    return SelfEvaluationForm(
        actuals={code: achieved(value, given.get(code, "")) for code, value in case.items()},
        completion_text=A["completion_text"],
    )


def a_form(*, reasons: bool = True) -> SelfEvaluationForm:
    return form(A["self_evaluation"]["actuals"], reasons=reasons)


def found() -> dict[str, Actual]:
    """What the checkers found at A."""
    return {code: achieved(value) for code, value in A["spot_check"]["actuals_found"].items()}


def stored(aggregate: Aggregate) -> Aggregate:
    """Write an aggregate as one JSON document by its annotations, and read it back."""
    converter = make_converter()
    for plain in (UUID, Decimal):
        converter.register_unstructure_hook(plain, str)
        converter.register_structure_hook(plain, lambda text, kind: kind(text))
    return converter.loads(converter.dumps(aggregate), type(aggregate))
