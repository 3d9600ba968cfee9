"""Requests of the demo year: forms, marks, score tables, and the refusal that a call ends in."""

from collections.abc import Awaitable, Mapping
from typing import Any

import pytest
from grpc import aio

from jixiao.api.measures.v1.indicators_pb import (
    Aggregation,
    Direction,
    Indicator,
    Kind,
    Level1,
    Level2,
    Operator,
    StandardType,
)
from jixiao.api.targets.v1.exante_pb import Assessment, QuestionScore
from jixiao.api.targets.v1.programmes_pb import Description
from jixiao.api.targets.v1.targets_pb import QuestionMark, TargetForm
from jixiao.servicekit.testing import refusal, request_id
from jixiao.targets.domain.assessment import QUESTIONS

from ..domain.builders import year

FUND = {
    "object_type": "project", "special_fund": True, "is_major": True, "target_level": "project",
    "origin": "district", "budget_type": "general_public", "instrument": "ordinary",
}  # fmt: skip
TRANSFER = FUND | {
    "special_fund": False, "transfer": True, "target_level": "overall",
    "term_start": "2023-01-01", "term_end": "2027-12-31",
}  # fmt: skip


async def refused(call: Awaitable[Any]) -> Any:
    """The refusal that a call ends in; of a plain status its name."""
    with pytest.raises(aio.AioRpcError) as ended:
        await call
    found = refusal(ended.value)
    found.reason = found.reason or ended.value.code().name
    return found


def asked(message: type[Any], **fields: Any) -> Any:
    """A request with a fresh request id."""
    return message(**fields, request_id=request_id())


def described(name: str, **facts: Any) -> Description:
    """A description."""
    return Description(name=name, **facts)


def indicator(row: Mapping[str, Any], **changed: str) -> Indicator:
    """An indicator of the demo year, with another target value or weight where told."""
    row = {**row, **changed}
    words = row.get("kind") == "qualitative"
    return Indicator(
        code=row["code"], name=row["name"], level1=Level1[row["level1"].upper()],
        level2=Level2[row["level2"].upper()], weight=row["weight"],
        kind=Kind.QUALITATIVE if words else Kind.QUANTITATIVE,
        operator=Operator[(row["operator"] or "unspecified").upper()],
        target_value="" if words else row["target"], text_target=row["target"] if words else "",
        unit=row["unit"] or "", direction=Direction[row.get("direction", "unspecified").upper()],
        explanation=row.get("explanation", ""),
        standard_type=StandardType[row["standard_type"].upper()],
        standard_source=row["standard_source"],
        aggregation=Aggregation[row.get("aggregation", "unspecified").upper()],
        cumulative=row.get("cumulative", False),
    )  # fmt: skip


def form(rows: list[Indicator], amount: str, reason: str = "") -> TargetForm:
    """A form."""
    return TargetForm(
        annual_text="年度绩效目标。", amount=amount, indicators=rows, weights_reason=reason
    )


def rows(track: str, key: str = "indicators", **values: str) -> list[Indicator]:
    """The rows of a track; `values` are target values by code."""
    given = year()[track][key]
    return [
        indicator(row, target=values[row["code"]]) if row["code"] in values else indicator(row)
        for row in given
    ]


def marks(questions: Mapping[str, str] | None = None) -> list[QuestionMark]:
    """Marks of a review, the demo year's default where none are given."""
    given = questions or year()["default_review"]["questions"]
    return [QuestionMark(code=code, score=score) for code, score in given.items()]


def table(dimensions: Mapping[str, list[str]]) -> Assessment:
    """A score table from the five lists of four scores."""
    return Assessment(
        questions=[
            QuestionScore(code=code, score=score, basis="见评估报告相应章节。")
            for name, codes in QUESTIONS.items()
            for code, score in zip(codes, dimensions[name], strict=True)
        ]
    )
