"""What `make cases` prints: a row a case, then every difference with where it comes from."""

import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from .published import CheckedCase, CheckedRow

OUTCOMES = ("agree", "differs", "not_computable")
SCORED = OUTCOMES[:2]
"""A row that the rule can score and that carries a printed score."""
COLUMNS = (
    "案例", "填报", "提示", "一致", "不一致", "不可算", "按规则", "公布", "相差", "公布总分",
)  # fmt: skip


def print_rows(console: Console, cases: list["CheckedCase"]) -> None:
    """Print the cases, the differences and the sums."""
    table = Table(title="公开案例")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for case in cases:
        table.add_row(*map(_safe, _line(case)))
    console.print(table)
    _differences(console, cases)
    rows = [row for case in cases for row in case.rows]
    for what, chosen in (
        ("指标行", [row for row in rows if not row.funds]),
        ("资金行（有权重）", [row for row in rows if row.funds and row.weighted]),
    ):
        count = {name: sum(row.outcome == name for row in chosen) for name in OUTCOMES}
        console.print(
            f"{what}：{count['agree']}行与规则一致，{count['differs']}行不一致，"
            f"{count['not_computable']}行不可算。"
        )
    listed = sum(row.listed for row in rows)
    wrong = sum(row.unlisted or row.judged_otherwise for row in rows)
    refused = sum(bool(case.refused) for case in cases)
    console.print(
        f"{len(cases)}个案例，{refused}个未收；已列明的不一致{listed}行，未列明的{wrong}行。"
    )


def _line(case: "CheckedCase") -> list[str]:
    filed = f"已存草稿 {case.filed}" if case.filed else f"未收：{case.refused}"
    if case.submitted:
        filed += f"；{case.submitted}"
    if case.failure:
        filed += f"；未评分：{case.failure}"
    low, high, printed = _sums(case.rows)
    scored = any(row.outcome in SCORED for row in case.rows)
    gap = printed - high if printed > high else min(printed - low, Decimal(0))
    return [
        f"{case.case_id} {case.name}", filed, str(sum(len(row.findings) for row in case.rows)),
        *(str(case.counts.get(name, "")) for name in OUTCOMES),
        (f"{low:f}" if low == high else f"{low:f}–{high:f}") if scored else "",
        f"{printed:f}" if scored else "", f"{gap:f}" if scored else "", case.total_published,
    ]  # fmt: skip


def _sums(rows: Iterable["CheckedRow"]) -> tuple[Decimal, Decimal, Decimal]:
    """By the rule from and to, and as printed, over those rows that carry both."""
    low = high = printed = Decimal(0)
    for row in rows:
        if row.outcome in SCORED:
            below, _, above = row.by_rule.partition("–")
            low, high = low + _score(below), high + _score(above or below)
            printed += _score(row.published)
    return low, high, printed


def _score(text: str) -> Decimal:
    """A score as printed, with its unit or without."""
    digits = unicodedata.normalize("NFKC", text).strip().removesuffix("分")
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal(0)


def _differences(console: Console, cases: list["CheckedCase"]) -> None:
    table = Table(title="与规则不一致的行")
    for name in ("案例", "行", "按规则", "公布", "案例注明", "说明"):
        table.add_column(name, overflow="fold")
    for case in cases:
        for row in case.rows:
            if row.outcome == "differs" or row.judged_otherwise:
                mark = "已列明" if row.listed and not row.judged_otherwise else (
                    f"✗ 判为{row.outcome}，案例注明{row.expected or '无'} {row.expected_score}"
                )  # fmt: skip
                table.add_row(
                    case.case_id, _safe(row.name), row.by_rule or "–", row.published or "–", mark,
                    _safe("；".join(row.findings)),
                )  # fmt: skip
    console.print(table)


def _safe(text: str) -> str:
    return text.replace("[", "\\[")
