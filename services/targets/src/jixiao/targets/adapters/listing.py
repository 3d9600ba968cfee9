"""Pages of records: oldest first by their time-ordered ids, under the caller's scope."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Integer, Select, Table, Text, Uuid, bindparam, or_, select
from sqlalchemy.sql import ColumnElement

from jixiao.servicekit.records import Aggregate, Records
from jixiao.servicekit.transaction import Work

A = TypeVar("A", bound=Aggregate)
START = UUID(int=0)
USUAL = 50


def by_text(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Filter by equality; an empty value lets all through."""
    given = bindparam(name, type_=Text)
    return or_(given == "", column == given)


def by_year(table: Table) -> ColumnElement[bool]:
    """Filter by budget year; 0 lets all through."""
    given = bindparam("year", type_=Integer)
    return or_(given == 0, table.c.year == given)


def by_id(column: ColumnElement[UUID], name: str) -> ColumnElement[bool]:
    """Filter by an id; the zero id lets all through."""
    given = bindparam(name, type_=Uuid)
    return or_(given == bindparam("zero", START, type_=Uuid), column == given)


def page_of(table: Table, *filters: ColumnElement[bool]) -> "Select[tuple[object, ...]]":
    """One page after a given id."""
    after = table.c.id > bindparam("after", type_=Uuid)
    return (
        select(table)
        .where(after, *filters)
        .order_by(table.c.id)
        .limit(bindparam("most", type_=Integer))
    )


async def page(
    work: Work,
    records: "Records[A]",
    statement: "Select[tuple[object, ...]]",
    page_size: int,
    page_token: str,
    **values: object,
) -> tuple[Sequence[A], str]:
    """A page and the token of the next one, empty at the end."""
    most = page_size or USUAL
    after = UUID(page_token) if page_token else START
    found = await records.find(work, statement, after=after, most=most + 1, **values)
    token = str(getattr(found[most - 1], records.key)) if len(found) > most else ""
    return found[:most], token


def id_or_all(text: str) -> UUID:
    """The id of a filter, the zero id for all."""
    return UUID(text) if text else START
