"""A published form held against the rule."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from grpc import aio

from jixiao.api.evaluation.v1 import forms_pb as f
from jixiao.api.evaluation.v1.forms_pb_grpc import FormsClient
from jixiao.servicekit.testing import refusal

from .world import World

ROOT = Path(__file__).resolve().parents[4]
PLACES = (ROOT.parent / "shared/cases", ROOT / "deploy/demo/cases")


@pytest.fixture(scope="module")
async def world(running: Any) -> World:
    return World(await running("evaluation"))


def case(name: str) -> Any:
    """One published case."""
    folders = [Path(os.environ["JIXIAO_CASES"])] if "JIXIAO_CASES" in os.environ else [*PLACES]
    for folder in folders:
        for path in sorted(folder.rglob(f"{name}-*.json")):
            return json.loads(path.read_text(encoding="utf-8"))
    raise LookupError(name)


async def test_d20_the_rows_of_case_055_come_out_as_checked_by_hand(world: World) -> None:
    form = case("055")
    names = ("name", "level1", "level2")
    request = f.PreviewPublishedFormRequest(
        form_year=form["year"], unit=form["funds"]["unit"],
        total=form["total_score_published"] or "",
        funds=[
            f.PublishedFunds(
                **{k: row[k] or "" for k in ("budget_initial", "budget_adjusted", "executed", "weight")},
                rate=row["execution_rate_published"] or "", score=row["score_published"] or "",
            )
            for row in form["funds"]["rows"]
        ],
        indicators=[
            f.PublishedIndicator(
                **{k: row[k] or "" for k in names}, target=row["target_raw"] or "",
                actual=row["actual_raw"] or "", weight=row["weight_raw"] or "",
                score=row["score_published"] or "",
            )
            for row in form["indicators"]
        ],
    )  # fmt: skip
    finance = world.finance("财丁")

    checks = await finance(FormsClient(world.up.channel).preview_published_form, request)

    for shown, rows in (
        (checks.funds, form["funds"]["rows"]),
        (checks.indicators, form["indicators"]),
    ):
        for check, row in zip(shown, rows, strict=True):
            expected = (row["rule_check"], row["score_by_rule"] or "", row["rule_note"] or "")
            assert (check.outcome, check.score_by_rule, check.note) == expected
    assert checks.differs >= 2
    request.unit = "U201"
    with pytest.raises(aio.AioRpcError) as caught:
        await finance(FormsClient(world.up.channel).preview_published_form, request)
    (finding,) = refusal(caught.value).findings
    assert (finding.pointer, "万元" in finding.message) == ("/unit", True)
