"""`make cases`: published forms kept whole as drafts and scored by the form's own preview.

A published form is filed as a draft marked «published elsewhere» of a programme in draft, with
what a filer would see, and scored row by row from its raw cells (D-20). A difference that the
case file does not list (`rule_check: differs`) fails the run.
"""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .officials import Refusal
from .walk import Act, World, walk

FUNDS = {
    "source": "source", "budget_initial": "budget_initial", "budget_adjusted": "budget_adjusted",
    "executed": "executed", "weight": "weight", "rate": "execution_rate_published",
    "score": "score_published",
}  # fmt: skip
INDICATORS = {
    "name": "name", "level1": "level1", "level2": "level2", "target": "target_raw",
    "actual": "actual_raw", "weight": "weight_raw", "score": "score_published",
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """What became of one case."""

    case: str
    filed: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    by_rule: str = ""
    published: str = ""
    listed: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)


def case_files(folder: Path) -> list[Path]:
    """The case files of a folder; extras are no cases."""
    return [one for one in sorted(folder.glob("*.json")) if "indicators" in _read(one)]


def _read(path: Path) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tree


async def check_cases(world: World, founding: Act, folder: Path, console: Console) -> int:
    """Found the district, then file every case; 1 where a difference is not listed."""
    try:
        await walk(world, [founding], strict=True)
        rows = [
            await file_case(world, path) for path in await asyncio.to_thread(case_files, folder)
        ]
    finally:
        await world.close()
    _print(console, rows)
    return 1 if not rows or any(row.unlisted or row.unexpected for row in rows) else 0


async def file_case(world: World, path: Path) -> Row:
    """Keep one case as a draft and score it."""
    case = _read(path)
    row = Row(f"{path.stem} {case.get('programme_name') or ''}".strip())
    person = world["卫健局·子"]
    try:
        programme = await person.do(
            "CreateProgramme",
            year=case.get("year") or 2025,
            unit="U000",
            description={
                "name": (case.get("programme_name") or f"公开案例{case['id']}")[:200],
                "object_type": "project", "target_level": "project", "origin": "district",
                "budget_type": "general_public", "instrument": "ordinary",
            },
        )  # fmt: skip
        await person.do(
            "SaveDraft", form="published", key=programme.programme_id,
            body=json.dumps(case, ensure_ascii=False), origin="published_elsewhere",
        )  # fmt: skip
        row.filed = f"已存草稿 {programme.code}"
        await _score(person, case, row)
    except Refusal as refusal:
        row.filed = f"未收：{refusal.sentence}"
        row.unexpected.append(refusal.words)
    return row


async def _score(person: Any, case: dict[str, Any], row: Row) -> None:
    funds = case.get("funds") or {}
    checks = await person.do(
        "PreviewPublishedForm",
        form_year=case.get("year") or 0,
        unit=funds.get("unit") or "",
        funds=[_cells(one, FUNDS) for one in funds.get("rows", [])],
        indicators=[_cells(one, INDICATORS) for one in case["indicators"]],
        total=case.get("total_score_published") or "",
    )
    row.counts = {name: checks[name] for name in ("agree", "differs", "not_computable")}
    low, high = checks.total_low, checks.total_high
    row.by_rule = low if low == high else f"{low}–{high}"
    row.published = checks.total_published
    pairs = [
        *zip(funds.get("rows", []), checks.funds, strict=True),
        *zip(case["indicators"], checks.indicators, strict=True),
    ]
    for stated, found in pairs:
        _compare(stated, found, row)


def _compare(stated: dict[str, Any], found: Any, row: Row) -> None:
    """A row's outcome beside the case file's own; both ways of differing are named."""
    name = stated.get("name") or stated.get("source") or ""
    told = f"{name}：按规则{found.score_by_rule or '–'}，公布{stated.get('score_published') or '–'}"
    expected = stated.get("rule_check")
    if found.outcome == "differs":
        (row.listed if expected in (None, "differs") else row.unlisted).append(told)
    elif expected is not None and found.outcome != expected:
        row.unexpected.append(f"{told}，判为{found.outcome}，案例注明{expected}")


def _cells(row: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    return {ours: str(row[theirs]) for ours, theirs in names.items() if row.get(theirs) is not None}


def _print(console: Console, rows: list[Row]) -> None:
    table = Table(title="公开案例")
    for name in ("案例", "填报", "一致", "不一致", "不可算", "按规则", "公布", "差异"):
        table.add_column(name, overflow="fold")
    for row in rows:
        differences = [
            *(f"（已列明）{one}" for one in row.listed),
            *(f"✗ {one}" for one in (*row.unlisted, *row.unexpected)),
        ]
        counts = [str(row.counts.get(name, "")) for name in ("agree", "differs", "not_computable")]
        table.add_row(
            row.case, row.filed, *counts, row.by_rule, row.published,
            "\n".join(differences).replace("[", "\\["),
        )  # fmt: skip
    console.print(table)
    total = {name: sum(row.counts.get(name, 0) for row in rows) for name in ("agree", "differs")}
    console.print(f"{len(rows)}个案例：{total['agree']}行与规则一致，{total['differs']}行不一致。")
