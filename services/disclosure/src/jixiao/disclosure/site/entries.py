"""A line for each programme and year in lists and open data, from its published pages alone."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .reading import Page
from .texts import GRADE_WORDS

COLUMNS = {
    "public_id": "公开编号", "year": "年度", "name": "项目名称", "department_code": "部门代码",
    "department": "主管部门", "unit": "实施单位", "territory": "区划代码", "budget": "预算数（元）",
    "executed": "执行数（元）", "self_score": "自评得分", "recheck_score": "复核得分",
    "key_score": "重点评价得分", "grade": "等级", "version": "版本", "corrected_at": "更正日期",
}  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One programme in one year, with its published kinds of pages."""

    public_id: str
    year: int
    name: str
    department_code: str
    department: str
    unit: str
    territory: str
    budget: str | None = None
    executed: str | None = None
    self_score: str | None = None
    recheck_score: str | None = None
    key_score: str | None = None
    grade: str | None = None
    version: int = 1
    corrected_at: str | None = None
    pages: dict[str, str] = field(default_factory=dict)
    """Kind to address."""

    def data(self) -> dict[str, Any]:
        """As open data."""
        return asdict(self)

    def row(self) -> list[object]:
        """As a row of the CSV; the grade in words, as on the page."""
        cells = {column: getattr(self, column) for column in COLUMNS}
        return list((cells | {"grade": GRADE_WORDS.get(self.grade or "", "")}).values())

    def take(self, page: Page) -> None:
        """Add what a page says; a key evaluation's grade goes before the self-evaluation's."""
        content = page.snapshot
        self.pages[page.kind] = page.address
        self.budget = content.get("budget") or self.budget or content.get("amount")
        self.executed = content.get("executed") or self.executed
        self.version = max(self.version, page.number)
        if page.what:
            self.corrected_at = page.day.isoformat()
        if page.kind == "self":
            self.self_score = content.get("self_score") or content.get("total")
            self.recheck_score = content.get("recheck_score")
            self.grade = self.grade if self.key_score else content.get("grade")
        if page.kind == "key":
            self.key_score, self.grade = content.get("total"), content.get("grade")


def entries(pages: Iterable[Page]) -> list[Entry]:
    """Programmes by year (newest first), department and name; reports are no programmes."""
    made: dict[tuple[str, int], Entry] = {}
    for page in sorted(pages, key=lambda p: (p.day, p.number)):  # the newest word holds
        content = page.snapshot
        if "unit" not in content:
            continue
        key = (page.public_id, page.year)
        if key not in made:
            made[key] = Entry(
                page.public_id, page.year, content["name"], content["department"]["code"],
                content["department"]["name"], content["unit"], content["territory"]["code"],
            )  # fmt: skip
        made[key].take(page)
    return sorted(made.values(), key=lambda e: (-e.year, e.department_code, e.name, e.public_id))
