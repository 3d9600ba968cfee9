"""Who acts in the demo year: offices as organisations with codes, people with one post each.

People are named as in the storyboard: `财政局·甲`; where an office stands in every town or at
every project, the place follows: `财政所·甲@370303101`, `医院·一@C-101-1`.
"""

import json
from dataclasses import dataclass
from typing import Any

from .figures import HERE, Figures

DEPARTMENTS = {
    "A": "教体局",
    "B": "文旅局",
    "C": "卫健局",
    "D": "交通局",
    "G": "水利局",
    "E": "应急局",
}
"""By track."""
TOWN_DEPARTMENTS = {"C": "卫健办", "D": "交通办"}
LETTERS = {
    "甲": "jia", "乙": "yi", "丙": "bing", "丁": "ding", "戊": "wu", "己": "ji", "子": "zi",
    "丑": "chou", "寅": "yin", "卯": "mao", "一": "1", "二": "2", "三": "3", "四": "4", "五": "5",
    "财政局": "czj", "教体局": "jtj", "文旅局": "wlj", "卫健局": "wjj", "交通局": "jtysj",
    "水利局": "slj", "应急局": "yjj", "资助中心": "zzzx", "水利中心": "slzx", "文旅中心": "wlzx",
    "医院": "yy", "公路站": "glz", "财政所": "czs", "卫健办": "wjb", "交通办": "jtb", "审计局": "sjj",
    "人大": "rd", "P所": "p", "Q所": "q", "专家": "zj", "主任": "zr",
}  # fmt: skip
FOUNDED = "2015-01-01"
ITSELF = "U000"
"""The unit of what a department carries out itself: transfers' roots and stubs."""


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """An organisation as `Directory.RecordOrgUnits` takes it."""

    code: str
    name: str
    kind: str
    territory: str
    line: str = ""

    def form(self) -> dict[str, str]:
        """As the contract takes it."""
        form = {
            "code": self.code, "name": self.name, "territory": self.territory,
            "kind": f"ORG_UNIT_KIND_{self.kind.upper()}", "on_from": FOUNDED,
        }  # fmt: skip
        return form | ({"line": self.line} if self.line else {})


@dataclass(frozen=True, slots=True)
class Post:
    """A post of P3.1; a person without one is named by a record (third parties, experts)."""

    role: str
    territory: str
    line: str = ""
    unit: str = ""
    cleared: bool = False

    def grant(self, person_id: str, from_on: str) -> dict[str, Any]:
        """The grant as `Directory.ProposeGrants` takes it."""
        keys = {"territory": self.territory, "line": self.line, "unit": self.unit}
        return {name: key for name, key in keys.items() if key} | {
            "person_id": person_id, "role": f"ROLE_{self.role.upper()}", "from_on": from_on,
            "basis": "演示年度岗位设置", "cleared": self.cleared,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's name in the storyboard, the login name, and the post."""

    name: str
    post: Post | None = None

    @property
    def login(self) -> str:
        """`财政所·甲@370303101` is `czs-jia-370303101`."""
        office, _, rest = self.name.partition("·")
        who, _, place = rest.partition("@")
        return "-".join(filter(None, (LETTERS[office], LETTERS[who], place.lower())))


class Offices:
    """The district's organisations and people, as far as this year's figures have them."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.district: str = figures.A.programme.territory
        self.lines: dict[str, str] = {track: figures[track].programme.line for track in DEPARTMENTS}
        rows = (*figures.projects, *figures.roads)
        self.unit_codes = {row.key: f"U{300 + number}" for number, row in enumerate(rows, 1)}
        self.unit_codes |= {"A": "U201", "B": "U202", "G": "U203"}

    def org_units(self) -> list[OrgUnit]:
        """Every organisation, those first that others name."""
        return [*self._departments(), *self._towns(), *self._units()]

    def seats(self) -> list[Seat]:
        """Every person but the administrators, who are there already."""
        finance = Post("district_finance", self.district)
        seats = [Seat(f"财政局·{who}", finance) for who in "甲乙丙丁戊己"]
        for track, office in DEPARTMENTS.items():
            for who in "子丑寅卯":
                cleared = track == "E" and who == "子"
                post = Post("department", self.district, self.lines[track], cleared=cleared)
                seats.append(Seat(f"{office}·{who}", post))
        seats += [
            Seat("审计局·甲", Post("audit", self.district)),
            Seat("人大·甲", Post("congress", self.district)),
            *(Seat(f"{name}·一") for name in ("P所", "Q所")),
            *(Seat(f"专家·{who}") for who in "一二三四五"),
            Seat("资助中心·主任"),
        ]
        return seats + self._unit_seats() + self._town_seats()

    def _departments(self) -> list[OrgUnit]:
        listed = json.loads((HERE / "cases" / "departments.json").read_text(encoding="utf-8"))
        names = {row["line_code"]: row["name"] for row in listed["departments"]}
        names |= {
            self.lines[track]: names.get(
                self.lines[track], self.figures[track].programme.department
            )
            for track in DEPARTMENTS
        }
        offices = {"ZD101": "finance", "ZD102": "audit"}
        units = [
            OrgUnit(code, name, offices.get(code, "department"), self.district, code)
            for code, name in sorted(names.items())
        ]
        return [*units, OrgUnit("RD", "张店区人民代表大会常务委员会", "congress", self.district)]

    def _towns(self) -> list[OrgUnit]:
        units = []
        for code, name in self.towns().items():
            units += [
                OrgUnit(code, name, "town", code),
                OrgUnit(f"F-{code}", f"{name}财政所", "township_finance", code),
            ]
            for track, office in self._departments_of(code).items():
                line = self.lines[track]
                units.append(
                    OrgUnit(f"{line}-{code}", f"{name}{office}", "township_department", code, line)
                )
        return units

    def towns(self) -> dict[str, str]:
        """Division code to name, of every town in which somebody acts."""
        names = {row.code: row.name for row in self.figures.towns}
        divisions = json.loads((HERE / "cases" / "divisions.json").read_text(encoding="utf-8"))
        known = {row["code"]: row["name"] for row in divisions["divisions"]}
        return names | {
            road.town: known.get(road.town, road.town)
            for road in self.figures.roads
            if road.town not in names
        }

    def _departments_of(self, town: str) -> dict[str, str]:
        of_c = any(row.code == town for row in self.figures.towns)
        of_d = any(road.town == town for road in self.figures.roads)
        return {
            track: office
            for track, office in TOWN_DEPARTMENTS.items()
            if (of_c if track == "C" else of_d)
        }

    def _units(self) -> list[OrgUnit]:
        units = [
            OrgUnit(self.unit_codes[track], self.figures[track].programme.unit, "unit",
                    self.district, self.lines[track])
            for track in "ABG"
        ]  # fmt: skip
        for track, rows in (("C", self.figures.projects), ("D", self.figures.roads)):
            units += [
                OrgUnit(self.unit_codes[row.key], row.unit, "unit", row.town, self.lines[track])
                for row in rows
            ]
        return units

    def _unit_seats(self) -> list[Seat]:
        seats = [
            Seat(
                f"{office}·一",
                Post("unit", self.district, self.lines[track], self.unit_codes[track]),
            )
            for track, office in (("A", "资助中心"), ("B", "文旅中心"), ("G", "水利中心"))
        ]
        for track, office, rows in (
            ("C", "医院", self.figures.projects),
            ("D", "公路站", self.figures.roads),
        ):
            for row in rows:
                post = Post("unit", row.town, self.lines[track], self.unit_codes[row.key])
                seats.append(Seat(f"{office}·一@{row.key}", post))
        return seats

    def _town_seats(self) -> list[Seat]:
        seats = []
        for town in self.towns():
            seats += [
                Seat(f"财政所·{who}@{town}", Post("township_finance", town)) for who in "甲乙"
            ]
            for track, office in self._departments_of(town).items():
                post = Post("township_department", town, self.lines[track])
                seats += [Seat(f"{office}·{who}@{town}", post) for who in "子丑"]
        return seats
