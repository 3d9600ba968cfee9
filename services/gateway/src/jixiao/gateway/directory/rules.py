"""Rules and procedures that organisations keep, each in force from a day (D-30, T-36)."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import EtagMissing, Faulty, Finding, NotFound, Stale
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from . import tables
from .plans import office_of

_t = tables.rules
_add = tables.adding(_t)
_lock = select(_t).where(_t.c.id == bindparam("id")).with_for_update()
_end = (
    update(_t)
    .where(_t.c.id == bindparam("of"))
    .values(in_force_to=bindparam("last"), version=_t.c.version + 1)
)
_page = (
    select(_t)
    .where(
        _t.c.id > bindparam("after"),
        _t.c.in_force_from <= bindparam("day"),
        or_(_t.c.in_force_to.is_(None), _t.c.in_force_to >= bindparam("day")),
        or_(bindparam("office") == "", _t.c.office == bindparam("office")),
    )
    .order_by(_t.c.id)
    .limit(bindparam("size"))
)


class RuleKind(StrEnum):
    """What a rule is: 管理办法, 操作规程, 实施细则."""

    MEASURE = "measure"
    PROCEDURE = "procedure"
    DETAILED_RULE = "detailed_rule"


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule as filed."""

    kind: RuleKind
    title: str
    document_no: str
    text: str
    file_id: UUID | None
    in_force_from: date


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of an organisation; only its end is ever added."""

    rule_id: UUID
    office: str
    kind: RuleKind
    title: str
    document_no: str
    text: str
    file_id: UUID | None
    in_force_from: date
    in_force_to: date | None
    version: int


async def record(form: RuleForm, work: Work) -> tuple[Rule, list[object]]:
    """Keep a rule of the caller's own organisation.

    Raises Faulty where it has neither text nor file. Articles: D-30, T-36.
    """
    if not form.text.strip() and form.file_id is None:
        raise Faulty(Finding("/text", "required", "请填写制度正文或者上传制度文件。"))
    office = office_of(work.principal)
    rule = Rule(
        uuid7(), office, form.kind, form.title, form.document_no, form.text, form.file_id,
        form.in_force_from, in_force_to=None, version=1,
    )  # fmt: skip
    values = {k: v for k, v in asdict(rule).items() if k not in ("rule_id", "kind")}
    await work.connection.run(_add, id=rule.rule_id, kind=str(rule.kind), **values)
    _audit(work, rule, None)
    return rule, []


async def end(rule_id: UUID, last: date, work: Work) -> tuple[Rule, list[object]]:
    """End a rule with its last day in force; another organisation's is not found.

    Raises NotFound, EtagMissing, Stale, Faulty. Articles: D-30, T-36.
    """
    row = await work.connection.first(_lock, id=rule_id)
    if row is None or row["office"] != office_of(work.principal):
        raise NotFound
    before = read(row)
    if not work.etag:
        raise EtagMissing
    if work.etag != str(before.version):
        raise Stale(current=before.version)
    if last < before.in_force_from:
        raise Faulty(Finding("/in_force_to", "days", "截止日期不能早于生效日期。"))
    await work.connection.run(_end, of=rule_id, last=last)
    after = replace(before, in_force_to=last, version=before.version + 1)
    _audit(work, after, before)
    return after, []


async def page(
    connection: Connection, *, day: date, office: str, after: UUID, size: int
) -> list[Rule]:
    """Rules in force on a day; of one organisation where it is named."""
    rows = await connection.rows(_page, day=day, office=office, after=after, size=size)
    return [read(row) for row in rows]


def read(row: Row) -> Rule:
    """A rule from its row."""
    values = dict(row)
    return Rule(rule_id=values.pop("id"), kind=RuleKind(values.pop("kind")), **values)


def _audit(work: Work, after: Rule, before: Rule | None) -> None:
    who = work.principal
    work.changed(
        aggregate="rule", aggregate_id=after.rule_id, version=after.version, programme_id=None,
        at=Coordinates(who.territory, who.line or "-", who.unit), classified=False,
        before=converter.unstructure(before) if before else None,
        after=converter.unstructure(after),
    )  # fmt: skip
