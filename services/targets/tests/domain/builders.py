"""Builds programmes, applications and targets for the tests, from the demo year where told."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from jixiao.measures.ratio import Direction, Operator
from jixiao.servicekit.values import Coordinates, Money
from jixiao.targets.domain.assessment import (
    QUESTIONS,
    Assessment,
    Dimension,
    ExanteApplication,
    QuestionScore,
)
from jixiao.targets.domain.description import Description
from jixiao.targets.domain.filing import TargetForm
from jixiao.targets.domain.indicator import (
    Aggregation,
    Indicator,
    Kind,
    Level1,
    Level2,
    StandardType,
)
from jixiao.targets.domain.kinds import Classification
from jixiao.targets.domain.library import Programme
from jixiao.targets.domain.reviewing import Opinion, QuestionMark, Reviewer
from jixiao.targets.domain.target import Release, Target

ROOT = Path(__file__).resolve().parents[4]
YEAR = (ROOT.parent / "shared/year", ROOT / "deploy/demo/year")
VECTORS = (ROOT.parent / "shared/vectors", ROOT / "tests/vectors")
AUTUMN = date(2024, 10, 15)
FIRST, FINANCE = Reviewer.DEPARTMENT, Reviewer.DISTRICT_FINANCE


def _read(folders: tuple[Path, ...], name: str) -> Any:
    path = next(folder / name for folder in folders if (folder / name).exists())
    return json.loads(path.read_text(encoding="utf-8"))


def year() -> Any:
    """The demo year's inputs and results."""
    return _read(YEAR, "figures.json")


def vectors(name: str, kind: str) -> list[Any]:
    """The vectors of one input type."""
    return [each for each in _read(VECTORS, name) if each["input"]["type"] == kind]


def assessment(dimensions: Mapping[str, list[str]]) -> Assessment:
    """A filled table from the five lists of four scores."""
    return Assessment(
        tuple(
            QuestionScore(code, Decimal(score), "依据见报告。")
            for name, scores in dimensions.items()
            for code, score in zip(QUESTIONS[Dimension(name)], scores, strict=True)
        )
    )


def flat(score: str) -> Assessment:
    """A table with the same score everywhere."""
    return assessment({name: [score] * 4 for name in Dimension})


def programme(**facts: Any) -> Programme:
    """A district special fund of 2025, new unless budget rows are given."""
    parent: UUID | None = facts.pop("parent_id", None)
    territory = facts.pop("territory", "370303")
    what = Description(**{"name": "资金", "special_fund": True, **facts})
    where = Coordinates(territory, "ZD103", "U001")
    return Programme(uuid4(), where, 2025, "ZD103-U001-2025-0001", what, parent_id=parent)


def stub() -> Programme:
    """A programme whose content is a state secret."""
    where = Coordinates("370303", "ZD120", "U000")
    secret = Classification.STATE_SECRET_BASIC
    return Programme(uuid4(), where, 2025, "ZD120-U000-2025-m0001", None, secret, "依据")


def application(
    owner: Programme, table: Assessment, requested: str = "5880000.00"
) -> ExanteApplication:
    """A submitted application."""
    asked = ExanteApplication(uuid4(), owner.programme_id, owner.coordinates, 2025)
    asked.submit("子", date(2024, 9, 6), Money.yuan(requested), table, "report")
    return asked


def indicator(row: Mapping[str, Any]) -> Indicator:
    """An indicator from a row of the demo year."""
    words = row.get("kind") == "qualitative"
    return Indicator(
        code=row["code"],
        name=row["name"],
        level1=Level1(row["level1"]),
        level2=Level2(row["level2"]),
        weight=Decimal(row["weight"]),
        kind=Kind.QUALITATIVE if words else Kind.QUANTITATIVE,
        operator=Operator(row["operator"]) if row["operator"] else None,
        target_value=None if words else Decimal(row["target"]),
        text_target=row["target"] if words else "",
        unit=row["unit"] or "",
        direction=Direction(row["direction"]) if "direction" in row else None,
        explanation=row.get("explanation", ""),
        standard_type=StandardType(row["standard_type"]),
        standard_source=row["standard_source"],
        aggregation=Aggregation(row["aggregation"]) if "aggregation" in row else None,
        cumulative=row.get("cumulative", False),
    )


def form(rows: list[Any], amount: str = "5880000.00", reason: str = "") -> TargetForm:
    """A form with the rows of the demo year."""
    money = Money.yuan(amount)
    return TargetForm("年度目标。", money, tuple(map(indicator, rows)), weights_reason=reason)


def target(owner: Programme, filed: TargetForm, person: str = "一", **more: Any) -> Target:
    """A submitted target."""
    day = more.pop("day", AUTUMN)
    made, _ = Target.submit(uuid4(), owner.filed_for(), 2025, filed, person, day=day, **more)
    return made


def marks(questions: Mapping[str, str]) -> Opinion:
    """A scored opinion."""
    given = tuple(QuestionMark(code, Decimal(score)) for code, score in questions.items())
    return Opinion("意见。", given)


def passed(owner: Programme, filed: TargetForm) -> Target:
    """A target that went through its whole chain with the default marks."""
    made = target(owner, filed)
    for number, reviewer in enumerate(made.chain):
        made.review(reviewer, f"审{number}", AUTUMN, marks(year()["default_review"]["questions"]))
    return made


def act(releaser: Reviewer, amount: str, number: str = "1号") -> Release:
    """One act of release."""
    day = date(2025, 1, 16)
    return Release(releaser, releaser.value, "下级", number, day, Money.yuan(amount))
