"""`make cases`: published forms kept whole as drafts and scored by the form's own preview.

A published form is filed as a draft marked «published elsewhere» of a programme in draft, with
what a filer would see, and scored row by row from its raw cells (D-20). A difference that the
case file does not list (`rule_check: differs`) fails the run.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from rich.console import Console

from .figures import HERE, Node
from .officials import Person, Refusal
from .published_offices import CaseOffice, named, seat_cases
from .published_table import print_rows
from .published_target import complete, target_form
from .walk import Act, World, walk

FOLDER = HERE / "cases" / "open"
FORM = "published"
EARLIEST = 2015
FUNDS = {
    "source": "source", "budget_initial": "budget_initial", "budget_adjusted": "budget_adjusted",
    "executed": "executed", "weight": "weight", "rate": "execution_rate_published",
    "score": "score_published",
}  # fmt: skip
INDICATORS = {
    "name": "name", "level1": "level1", "level2": "level2", "target": "target_raw",
    "actual": "actual_raw", "weight": "weight_raw", "score": "score_published",
}  # fmt: skip
OUTCOMES = ("agree", "differs", "not_computable")


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row of a form: what the system found beside what was printed and what is listed."""

    funds: bool
    weighted: bool
    """Carries a weight of its own; sub-rows and sources do not."""
    name: str
    outcome: str
    by_rule: str
    """A score, a band "6.4–8" for wording, or empty."""
    published: str
    expected: str
    """The case file's own outcome; empty where the row carries none."""
    expected_score: str
    findings: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """A difference that the case file lists."""
        return self.outcome == "differs" and self.expected == "differs"

    @property
    def unlisted(self) -> bool:
        """A difference that it does not list."""
        return self.outcome == "differs" and self.expected != "differs"

    @property
    def judged_otherwise(self) -> bool:
        """The case file says otherwise, in outcome or in score, without an unlisted difference."""
        if not self.expected or self.unlisted:
            return False
        scored = self.outcome != "not_computable" and bool(self.expected_score)
        return self.outcome != self.expected or (
            scored and not same_score(self.by_rule, self.expected_score)
        )


@dataclass(slots=True)
class CheckedCase:
    """What became of one case."""

    case_id: str
    name: str
    keeper: str
    year: int
    """The budget year of its programme."""
    filed: str = ""
    """The code of its programme; empty where it was refused."""
    refused: str = ""
    submitted: str = ""
    """Of a complete form, where it was submitted: filed, or why it was refused."""
    rows: list[CheckedRow] = field(default_factory=list)
    total_low: str = ""
    total_high: str = ""
    total_published: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    failure: str = ""
    """Why it could not be scored."""

    @property
    def good(self) -> bool:
        """Scored, and nothing differs that is not listed."""
        return not self.failure and not any(
            row.unlisted or row.judged_otherwise for row in self.rows
        )


def read_cases(folder: Path) -> list[dict[str, Any]]:
    """The case files of a folder in order of their names; other files there are no cases."""
    trees = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return [tree for tree in trees if isinstance(tree, dict) and "indicators" in tree]


def same_score(one: str, other: str) -> bool:
    """Equal as scores, or as bands of scores."""
    try:
        return [Decimal(part) for part in one.split("–")] == [
            Decimal(part) for part in other.split("–")
        ]
    except InvalidOperation:
        return one == other


async def check_cases(world: World, founding: Act, folder: Path, console: Console) -> int:
    """Found the district, then file every case; 1 where a difference is not listed."""
    try:
        await walk(world, [founding], strict=True)
        trees = await asyncio.to_thread(read_cases, folder)
        cases = await file_cases(world, trees)
        await _submit_complete(world, trees, cases)
    finally:
        await world.close()
    print_rows(console, cases)
    return 0 if cases and all(case.good for case in cases) else 1


async def file_cases(w: World, cases: list[dict[str, Any]]) -> list[CheckedCase]:
    """Keep every case in its department as a draft, and score it."""
    offices = await seat_cases(w, cases)
    return await w.each(cases, lambda case: _file_case(w, case, offices[case["id"]]))


async def _file_case(w: World, case: dict[str, Any], office: CaseOffice) -> CheckedCase:
    year = case.get("year") or 0
    done = CheckedCase(
        case["id"],
        str(case.get("programme_name") or case["id"]),
        office.keeper,
        year if year >= EARLIEST else w.stack.today().year,
    )
    person = w[office.keeper]
    try:
        done.filed = await _keep(w, person, case, office, done.year)
    except Refusal as refusal:
        done.refused = refusal.words
    try:
        await _score(person, case, done)
    except Refusal as refusal:
        done.failure = refusal.words
    return done


async def _keep(
    w: World, person: Person, case: dict[str, Any], office: CaseOffice, year: int
) -> str:
    """A programme in draft, and the form whole beneath it; the programme's code."""
    programme = await person.do(
        "CreateProgramme",
        year=year,
        unit=office.unit,
        description={
            "name": named(str(case.get("programme_name") or f"公开案例{case['id']}")),
            "object_type": "project", "target_level": "project", "origin": "district",
            "budget_type": "general_public", "instrument": "ordinary",
        },
    )  # fmt: skip
    w.ids[f"case.{case['id']}"] = programme.programme_id
    w.check(f"案例{case['id']}项目状态", programme.state, "draft")
    await person.do("SaveDraft", form=FORM, key=programme.programme_id, content=case)
    kept = await person.do("GetDraft", form=FORM, key=programme.programme_id)
    w.check(f"案例{case['id']}原样保存", kept.content.tree == case, expected=True)
    w.check(f"案例{case['id']}长期保存", kept.expires_on, "")
    return str(programme.code)


async def _submit_complete(w: World, trees: list[dict[str, Any]], cases: list[CheckedCase]) -> None:
    """A complete form goes on through the filing checks; whatever it lacks is named."""

    async def one(pair: tuple[dict[str, Any], CheckedCase]) -> None:
        tree, case = pair
        if not case.filed or not complete(tree):
            return
        programme_id = w.ids[f"case.{case.case_id}"]
        person = w[case.keeper]
        try:
            filed = await person.do(
                "SubmitTarget", programme_id=programme_id, year=case.year, form=target_form(tree)
            )
            case.submitted = f"已报送，提示{len(filed.warnings)}条"
        except Refusal as refusal:
            codes = dict.fromkeys(each.get("code", "") for each in refusal.errors)
            found = f"：问题{len(refusal.errors)}条（{'、'.join(codes)}）" if codes else ""
            case.submitted = f"未通过报送校验 {refusal.status} {refusal.code}{found}"

    await w.each(zip(trees, cases, strict=True), one)


async def _score(person: Person, case: Mapping[str, Any], done: CheckedCase) -> None:
    funds = case.get("funds") or {}
    rows = funds.get("rows") or []
    checks = await person.do(
        "PreviewPublishedForm",
        form_year=case.get("year") or 0,
        unit=funds.get("unit") or "",
        funds=[_cells(one, FUNDS) for one in rows],
        indicators=[_cells(one, INDICATORS) for one in case["indicators"]],
        total=case.get("total_score_published") or "",
    )
    done.counts = {name: checks[name] for name in OUTCOMES}
    done.total_low, done.total_high = checks.total_low, checks.total_high
    done.total_published = checks.total_published
    done.rows = [
        *(_row(a, b, funds=True) for a, b in zip(rows, checks.funds, strict=True)),
        *(_row(a, b) for a, b in zip(case["indicators"], checks.indicators, strict=True)),
    ]


def _row(stated: Mapping[str, Any], found: Node, *, funds: bool = False) -> CheckedRow:
    return CheckedRow(
        funds=funds,
        weighted=any(map(str.isdigit, str(stated.get("weight" if funds else "weight_raw") or ""))),
        name=str(stated.get("name") or stated.get("source") or ""),
        outcome=found.outcome,
        by_rule=found.score_by_rule,
        published=str(stated.get("score_published") or ""),
        expected=str(stated.get("rule_check") or ""),
        expected_score=str(stated.get("score_by_rule") or ""),
        findings=tuple(one for one in (found.note, *found.doubts) if one),
    )


def _cells(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    return {ours: str(row[theirs]) for ours, theirs in names.items() if row.get(theirs) is not None}
