"""Organisations: departments, units, towns and their offices (D-4 to D-6, T-4 to T-9)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import Faulty, Finding
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from . import tables
from .events import OrgUnitRecorded

_t = tables.org_units
_add = tables.adding(_t)
_lock = select(_t).where(_t.c.code == bindparam("code")).with_for_update()
_change = (
    update(_t)
    .where(_t.c.code == bindparam("of"))
    .values(
        {c: bindparam(c) for c in ("name", "territory", "line", "on_from", "on_to")}
        | {"version": _t.c.version + 1}
    )
)
_page = (
    select(_t)
    .where(
        _t.c.code > bindparam("after"),
        or_(bindparam("kind") == "", _t.c.kind == bindparam("kind")),
        or_(bindparam("territory") == "", _t.c.territory == bindparam("territory")),
        or_(bindparam("line") == "", _t.c.line == bindparam("line")),
    )
    .order_by(_t.c.code)
    .limit(bindparam("size"))
)


class OrgUnitKind(StrEnum):
    """What an organisation is."""

    FINANCE = "finance"
    DEPARTMENT = "department"
    UNIT = "unit"
    TOWN = "town"
    TOWNSHIP_FINANCE = "township_finance"
    TOWNSHIP_DEPARTMENT = "township_department"
    AUDIT = "audit"
    CONGRESS = "congress"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """An organisation; records carry its code as line, unit or territory."""

    unit_id: UUID | None
    code: str
    name: str
    kind: OrgUnitKind
    territory: str
    line: str
    on_from: date
    on_to: date | None

    def findings(self, pointer: str) -> list[Finding]:
        """What is wrong with it by itself."""
        found = []
        if self.kind is OrgUnitKind.TOWN and self.code != self.territory:
            found.append(
                Finding(f"{pointer}/code", "town_code", "镇办的代码须为其九位行政区划代码。")
            )
        if self.kind is OrgUnitKind.UNIT and not self.line:
            found.append(Finding(f"{pointer}/line", "required", "单位须填写其主管部门代码。"))
        if self.on_to is not None and self.on_to < self.on_from:
            found.append(Finding(f"{pointer}/on_to", "days", "截止日期不能早于起始日期。"))
        return found

    @property
    def belongs_to(self) -> str:
        """The line; a department's is its own code."""
        return self.line or (self.code if self.kind is OrgUnitKind.DEPARTMENT else "")


async def record(
    units: Sequence[OrgUnit], work: Work
) -> tuple[tuple[OrgUnit, ...], list[OrgUnitRecorded]]:
    """Record organisations, all or none; a known code is changed, an equal one left alone.

    Raises Faulty with all findings. Articles: D-4, T-4.
    """
    found = [f for n, unit in enumerate(units) for f in unit.findings(f"/org_units/{n}")]
    if len({unit.code for unit in units}) < len(units):
        found.append(Finding("/org_units", "duplicate", "同一代码在本次登记中出现多次。"))
    if found:
        raise Faulty(*found)
    recorded, events = [], []
    for number, unit in sorted(enumerate(units), key=lambda pair: pair[1].code):
        kept, changed = await _record(replace(unit, line=unit.belongs_to), number, work)
        recorded.append(kept)
        if changed:
            events.append(_told(kept))
    return tuple(recorded), events


async def _record(unit: OrgUnit, number: int, work: Work) -> tuple[OrgUnit, bool]:
    row = await work.connection.first(_lock, code=unit.code)
    values = {k: v for k, v in asdict(unit).items() if k not in ("unit_id", "code", "kind")}
    if row is None:
        kept = replace(unit, unit_id=uuid7())
        await work.connection.run(
            _add, id=kept.unit_id, code=unit.code, kind=str(unit.kind), version=1, **values
        )
        _audit(work, kept, None, 1)
        return kept, True
    before = read(row)
    if before.kind is not unit.kind:
        raise Faulty(
            Finding(f"/org_units/{number}/kind", "kind", "已登记机构的类别不能更改，请另用代码。")
        )
    kept = replace(unit, unit_id=before.unit_id)
    if kept == before:
        return kept, False
    await work.connection.run(_change, of=unit.code, **values)
    _audit(work, kept, before, row["version"] + 1)
    return kept, True


async def page(
    connection: Connection, *, kind: str, territory: str, line: str, after: str, size: int
) -> list[OrgUnit]:
    """Organisations after a code, in order of their codes; empty filters match all."""
    rows = await connection.rows(
        _page, kind=kind, territory=territory, line=line, after=after, size=size
    )
    return [read(row) for row in rows]


def read(row: Row) -> OrgUnit:
    """An organisation from its row."""
    return OrgUnit(
        row["id"], row["code"], row["name"], OrgUnitKind(row["kind"]), row["territory"],
        row["line"], row["on_from"], row["on_to"],
    )  # fmt: skip


def _told(unit: OrgUnit) -> OrgUnitRecorded:
    assert unit.unit_id is not None  # noqa: S101 - given above
    return OrgUnitRecorded(
        unit.unit_id, unit.code, unit.name, str(unit.kind), unit.territory, unit.line,
        unit.on_from, unit.on_to,
    )  # fmt: skip


def _audit(work: Work, after: OrgUnit, before: OrgUnit | None, version: int) -> None:
    assert after.unit_id is not None  # noqa: S101 - given above
    work.changed(
        aggregate="org_unit", aggregate_id=after.unit_id, version=version, programme_id=None,
        at=Coordinates(after.territory, after.line or "-", after.code), classified=False,
        before=converter.unstructure(before) if before else None,
        after=converter.unstructure(after),
    )  # fmt: skip
