"""Posts, their holders, and handing one over (P3.1): (role, territory, line, unit) is a post."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import Faulty, Finding, NotFound
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import grants, proposals, tables
from .grants import GRANTABLE, Grant
from .org_units import OrgUnitKind
from .proposals import Ending, Proposal

_g, _o, _p = tables.grants, tables.org_units, tables.persons
_KEY = ("role", "territory", "line", "unit")
_FIRST = {
    OrgUnitKind.FINANCE: "district_finance",
    OrgUnitKind.DEPARTMENT: "department",
    OrgUnitKind.UNIT: "unit",
    OrgUnitKind.TOWN: "township_finance",
    OrgUnitKind.TOWNSHIP_FINANCE: "township_finance",
    OrgUnitKind.TOWNSHIP_DEPARTMENT: "township_department",
    OrgUnitKind.AUDIT: "audit",
    OrgUnitKind.CONGRESS: "congress",
}
"""The post that each organisation has, whether or not anybody was ever given it."""
_TOWNS = [OrgUnitKind.TOWN, OrgUnitKind.TOWNSHIP_FINANCE, OrgUnitKind.TOWNSHIP_DEPARTMENT]
_LINES = [OrgUnitKind.DEPARTMENT, OrgUnitKind.UNIT, OrgUnitKind.TOWNSHIP_DEPARTMENT]


def _one_of(column: Column[Any], names: Iterable[str]) -> ColumnElement[bool]:
    """Whether a column holds one of these names, given at once."""
    return column == any_(literal(sorted(map(str, names)), ARRAY(Text)))


_given = select(_g.c.role, _g.c.territory, _g.c.line, _g.c.unit).where(
    _g.c.lent_by.is_(None), _one_of(_g.c.role, GRANTABLE)
)
_first = select(
    case(*((_o.c.kind == str(kind), role) for kind, role in _FIRST.items()), else_="").label(
        "role"
    ),
    case(
        (_one_of(_o.c.kind, [*_TOWNS, OrgUnitKind.UNIT]), _o.c.territory),
        else_=func.left(_o.c.territory, 6),
    ).label("territory"),
    case((_one_of(_o.c.kind, _LINES), _o.c.line), else_="").label("line"),
    case((_o.c.kind == str(OrgUnitKind.UNIT), _o.c.code), else_="").label("unit"),
).where(
    _one_of(_o.c.kind, _FIRST),
    _o.c.on_from <= bindparam("today"),
    or_(_o.c.on_to.is_(None), _o.c.on_to >= bindparam("today")),
)
_all = _given.union(_first).subquery()
_held_today = exists().where(
    *(_g.c[name] == _all.c[name] for name in _KEY),
    _g.c.lent_by.is_(None),
    _g.c.from_on <= bindparam("today"),
    or_(_g.c.to_on.is_(None), _g.c.to_on >= bindparam("today")),
)
_page = (
    select(_all, (~_held_today).label("vacant"))
    .where(
        tuple_(*(_all.c[name] for name in _KEY))
        > tuple_(*(bindparam(f"after_{name}", type_=Text()) for name in _KEY)),
        or_(bindparam("role", type_=Text()) == "", _all.c.role == bindparam("role", type_=Text())),
        or_(bindparam("of_line", type_=Text()) == "", _all.c.line == bindparam("of_line", type_=Text())),
        or_(~bindparam("vacant"), ~_held_today),
    )
    .order_by(*(_all.c[name] for name in _KEY))
    .limit(bindparam("size"))
)  # fmt: skip
_holders = (
    select(_g, _p.c.name)
    .join(_p, and_(_p.c.id == _g.c.person_id, _one_of(_g.c.role, GRANTABLE)))
    .where(
        func.concat_ws("|", *(_g.c[name] for name in _KEY))
        == any_(bindparam("posts", type_=ARRAY(Text)))
    )
    .order_by(_g.c.from_on, _g.c.id)
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A grant of the post, a deputy's too, with the holder's name."""

    grant: Grant
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post with all who ever held it."""

    role: str
    territory: str
    line: str
    unit: str
    vacant: bool
    holders: tuple[Holder, ...]

    @property
    def token(self) -> str:
        """Its place in the list."""
        return _token(self.role, self.territory, self.line, self.unit)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Whose post goes to whom, after which day."""

    grant_id: UUID
    to_person_id: UUID
    last_on: date
    to_on: date | None
    basis: str
    cleared: bool = False


async def hand_over(wanted: HandOver, work: Work) -> tuple[Proposal, list[object]]:
    """Propose that a post goes to another after the holder's last day; two acts in one proposal.

    Raises NotFound, OwnGrant, Faulty with all findings. Articles: D-4.
    """
    held = await grants.locked(work.connection, wanted.grant_id)
    if held is None:
        raise NotFound
    found = []
    if held.lent_by is not None or held.role not in GRANTABLE:
        found.append(
            Finding("/grant_id", "not_a_post", "代理或者因记录指定的权限不是岗位，不能移交。")
        )
    if held.person_id == wanted.to_person_id:
        found.append(Finding("/to_person_id", "same_person", "移交给的人须不是现任。"))
    if wanted.last_on < work.today - timedelta(days=1):
        found.append(Finding("/last_on", "days", "现任的最后一天不能早于昨天。"))
    if held.to_on is not None and held.to_on < wanted.last_on:
        found.append(Finding("/last_on", "days", f"现任的任期至{held.to_on}为止，请核对。"))
    if found:
        raise Faulty(*found)
    following = Grant(
        uuid7(), wanted.to_person_id, held.role, held.territory, held.line, held.unit,
        wanted.last_on + timedelta(days=1), wanted.to_on, wanted.basis, cleared=wanted.cleared,
    )  # fmt: skip
    return await proposals.propose([following], [Ending(held.grant_id, wanted.last_on)], work)


async def page(
    connection: Connection,
    today: date,
    *,
    role: str,
    line: str,
    vacant: bool,
    after: str,
    size: int,
) -> list[Post]:
    """Posts in order, after the token of one; empty filters match all."""
    place = after.split("|") if after else ["", "", "", ""]
    if len(place) != len(_KEY):
        raise NotFound
    at = {f"after_{name}": value for name, value in zip(_KEY, place, strict=True)}
    rows = await connection.rows(
        _page, today=today, role=role, of_line=line, vacant=vacant, size=size, **at
    )
    tokens = [_token(*(row[name] for name in _KEY)) for row in rows]
    holders: dict[str, list[Holder]] = {token: [] for token in tokens}
    for row in await connection.rows(_holders, posts=tokens):
        one = _holder(row)
        held = one.grant
        holders[_token(held.role, held.territory, held.line, held.unit)].append(one)
    return [
        Post(
            row["role"], row["territory"], row["line"], row["unit"], row["vacant"],
            tuple(holders[token]),
        )
        for row, token in zip(rows, tokens, strict=True)
    ]  # fmt: skip


def _token(*place: str) -> str:
    return "|".join(place)


def _holder(row: Row) -> Holder:
    values = dict(row)
    return Holder(name=values.pop("name"), grant=grants.read(values))
