"""Acts 126, 127 and 129: published forms of other places kept and scored; the totals tie out."""

from collections import Counter
from collections.abc import Iterable, Mapping

from ..figures import Node, money
from ..published import FOLDER, OUTCOMES, CheckedCase, CheckedRow, file_cases, read_cases
from ..walk import World
from .applying import YEAR

AMOUNTS = ("initial_budget", "full_year_budget", "executed")
CASES = "cases"
"""Under this name `w.kept` holds what became of the cases."""


async def keep_and_score(w: World) -> str:
    """Act 126: drafts of programmes in draft, scored by the read-only preview."""
    cases = await file_cases(w, read_cases(FOLDER))
    w.kept[CASES] = cases
    expected = w.figures.F
    w.check("案例数", len(cases), expected.cases)
    w.check("未收案例", [f"{case.case_id} {case.refused}" for case in cases if case.refused], [])
    w.check("未评分案例", [f"{case.case_id} {case.failure}" for case in cases if case.failure], [])
    rows = [row for case in cases for row in case.rows]
    for what, chosen, counts in (
        ("指标行", [row for row in rows if not row.funds], expected.indicator_rows),
        ("资金行", [row for row in rows if row.funds and row.weighted], expected.funds_rows),
    ):
        found = Counter(row.outcome for row in chosen)
        for outcome in OUTCOMES:
            w.check(f"案例{what} {outcome}", found[outcome], counts[outcome])
    unread = sum(row.outcome == "not_computable" and bool(row.findings) for row in rows)
    return f"{len(cases)}个案例已存草稿并评分，{unread}行保留原文并说明原因"


async def list_differences(w: World) -> str:
    """Act 127: every difference is listed in its case file; none of this is released."""
    cases: list[CheckedCase] = w.kept[CASES]
    found = [(case, row) for case in cases for row in case.rows]
    w.check("已列明的不一致", sum(row.listed for _, row in found), w.figures.F.listed_differences)
    w.check("未列明的不一致", _told(pair for pair in found if pair[1].unlisted), [])
    otherwise = _told(pair for pair in found if pair[1].judged_otherwise)
    w.check("判定与案例不同的行", otherwise, [])
    for case, row in found:
        if row.outcome == "differs":
            w.check(f"案例{case.case_id} {row.name} 按规则", row.by_rule, row.expected_score)
    agree = sum(row.outcome == "agree" for _, row in found)
    differ = sum(row.outcome == "differs" for _, row in found)
    drafts = {w.ids[f"case.{case.case_id}"] for case in cases if case.filed}
    listed = await w["财政局·丁"].everything("ListTargets", "targets", state="released")
    w.check("案例均未下达", sorted(drafts & {one.programme_id for one in listed}), [])
    return f"{agree}行与规则一致，{differ}行不一致并已列明"


def _told(found: Iterable[tuple[CheckedCase, CheckedRow]]) -> list[str]:
    return [
        f"{case.case_id} {row.name}：{row.outcome} {row.by_rule}，"
        f"案例注明{row.expected} {row.expected_score}"
        for case, row in found
    ]


async def tie_out(w: World) -> str:
    """Act 129: each yuan once, by town, department and origin."""
    expected = w.figures.control_totals
    totals = await w["财政局·丁"].do("GetTotals", year=YEAR)
    columns = expected.columns
    _compare(w, "全区", totals.all, dict(zip(columns, expected.all, strict=True)))
    for name in ("by_town", "by_department", "by_origin"):
        rows = {key: dict(zip(columns, row, strict=True)) for key, row in expected[name].items()}
        got = {one.key: one for one in totals[name]}
        w.check(f"合计 {name} 行", sorted(got), sorted(rows))
        for key, row in rows.items():
            if key in got:
                _compare(w, f"{name} {key}", got[key], row)
        _adds_up(w, name, totals)
    await _count_nodes(w)
    w.show("全区", "2025年预算", totals.all.full_year_budget)
    w.show("全区", "2025年执行", totals.all.executed)
    return (
        f"{totals.all.count}个支出项目，全年预算{totals.all.full_year_budget}元，"
        f"执行{totals.all.executed}元，按镇办、部门、来源三方核对一致"
    )


def _compare(w: World, what: str, got: Node, expected: Mapping[str, object]) -> None:
    for column, value in expected.items():
        w.check(f"合计 {what} {column}", got[column], value)


def _adds_up(w: World, name: str, totals: Node) -> None:
    """The lines of a breakdown come to the whole."""
    w.check(f"合计 {name} count", sum(one["count"] for one in totals[name]), totals.all["count"])
    for column in AMOUNTS:
        total = sum(money(one[column]) for one in totals[name])
        w.check(f"合计 {name} {column}", total, totals.all[column])


async def _count_nodes(w: World) -> None:
    """Everything released for the year: programmes, roots, parts, projects."""
    listed = await w["财政局·丁"].everything("ListTargets", "targets", year=YEAR, state="released")
    released = {one.programme_id: (one.transfer, one.target_level) for one in listed}
    found = Counter(released.values())
    got = {
        "district programmes": sum(n for (transfer, _), n in found.items() if not transfer),
        "transfer roots": found[True, "overall"],
        "parts": found[True, "regional"],
        "transfer projects": found[True, "project"],
        "all": len(released),
    }
    for name, number in w.figures.control_totals.nodes_released.items():
        w.check(f"已下达 {name}", got[name], number)
