"""CSV for spreadsheets and machines: UTF-8 with BOM, amounts in yuan, no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from .reading import Page
from .texts import FACTORS, GRADE_WORDS, GRADES, level

_NUMBER = re.compile(r"-?\d+(\.\d+)?%?", re.ASCII)
_STARTS = "=+-@\t\r\n＝＋－＠"
"""What begins a formula somewhere (P5.4); a plain figure is left a figure."""
Rows = list[list[str]]
HEAD = ["所属", "一级指标", "二级指标", "指标名称", "目标值", "实际完成值", "分值", "得分"]


def document(rows: Iterable[Sequence[object]]) -> bytes:
    """The file."""
    out = io.StringIO()
    csv.writer(out).writerows([[_neutral(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _neutral(cell: object) -> str:
    """A text that a spreadsheet would run is quoted (attack A36)."""
    text = "" if cell is None else str(cell)
    if text and text[0] in _STARTS and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def of_page(page: Page) -> Rows:
    """The table of a page."""
    content: Any = page.snapshot
    if page.kind == "allocation":
        return _allocation(page)
    if page.kind == "overall_picture":
        return _overall(content)
    rows = [HEAD, *_indicators(content["name"], content.get("indicators", []))]
    for part in content.get("parts", []):
        rows += _indicators(part["name"], part.get("indicators", []))
    return rows


def _indicators(owner: str, indicators: Iterable[dict[str, Any]]) -> Rows:
    return [
        [owner, level(i["level1"]), level(i["level2"]), i["name"], i["target"], i["actual"],
         i["weight"], i["score"]]
        for i in indicators
    ]  # fmt: skip


def _allocation(page: Page) -> Rows:
    """All that a town needs to recompute its amount to the fen. Articles: T-32, T-35."""
    content: Any = page.snapshot
    factors = sorted(content["weights"])
    head = ["项目", "年度", "版本", "总额（元）", "区划代码", "镇办"]
    for factor in factors:
        name = FACTORS.get(factor, factor)
        head += [f"{name}·权重", f"{name}·数值", f"{name}·占比"]
    rows = [[*head, "绩效得分", "综合系数", "金额（元）"]]
    for part in content["parts"]:
        row = [content["name"], str(page.year), str(page.number), content["pool"],
               part["territory"]["code"], part["territory"]["name"]]  # fmt: skip
        for factor in factors:
            row += [content["weights"][factor], part["values"].get(factor, ""),
                    part["shares"].get(factor, "")]  # fmt: skip
        rows.append([*row, part["score"], part["composite"], part["amount"]])
    return rows


def allocations(pages: Iterable[Page]) -> Rows:
    """All allocations; each with the head of its own factors."""
    return [row for page in pages if page.kind == "allocation" for row in of_page(page)]


def _overall(content: dict[str, Any]) -> Rows:
    head = ["部门", "项目数", "年初预算（元）", "全年预算（元）", "执行数（元）", "已评价"]
    rows = [[*head, *(GRADE_WORDS[name] for name in GRADES), "备注"]]
    departments = [(d["department"]["name"], d) for d in content["departments"]]
    for name, totals in [("合计", content["totals"]), *departments]:
        figures = [
            totals[k] for k in ("count", "initial_budget", "budget", "executed", "evaluated")
        ]
        grades = [totals["grades"][grade] for grade in GRADES]  # JSON has no order of its own
        rows.append([name, *figures, *grades, content["note"]])
    return rows
