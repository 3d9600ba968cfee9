"""The work list (A-9): a task is for a post, kept in the same transaction as the state behind it.

A row has the record's coordinates and the role that acts next, so whoever holds a fitting post
sees it, by the same policies as the record. Only open tasks are kept: an old one never buries one.
Both acts are written down in the work, which is kept whole at its end.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, Table, Text, Uuid, bindparam, select

from .access import Principal
from .database import Row
from .transaction import Work, kit
from .values import Coordinates, uuid7

open_tasks = Table(
    "tasks", kit,
    Column("id", Uuid), Column("role", Text), Column("territory", Text), Column("line", Text),
    Column("unit", Text), Column("classified", Boolean), Column("district", Text),
    Column("kind", Text), Column("title", Text),
    Column("record", Uuid), Column("programme_id", Uuid), Column("opened_on", Date), Column("due_on", Date),
)  # fmt: skip
_mine = (
    select(open_tasks)
    .where(open_tasks.c.role == bindparam("my_role"))
    .order_by(open_tasks.c.due_on.asc().nulls_last(), open_tasks.c.opened_on, open_tasks.c.id)
    .limit(bindparam("most"))
)


async def open_task(
    work: Work, *, role: str, at: Coordinates, kind: str, title: str, record: UUID,
    programme_id: UUID | None = None, due_on: date | None = None,
) -> None:  # fmt: skip
    """Put one line on the list of whoever holds `role` over these coordinates."""
    work.opened.append(
        {
            "id": uuid7(), "role": role, "territory": at.territory, "line": at.line,
            "unit": at.unit, "kind": kind, "title": title, "record": record,
            "programme_id": programme_id, "opened_on": work.today, "due_on": due_on,
        }
    )  # fmt: skip


async def close_tasks(work: Work, *, record: UUID) -> None:
    """Take all lines of a record off the list: what was to be done is done."""
    work.opened[:] = [line for line in work.opened if line["record"] != record]
    work.closed.append(record)


async def list_tasks(work: Work, most: int = 200) -> list[dict[str, object]]:
    """The caller's open tasks, oldest due first."""
    rows = await work.connection.rows(_mine, my_role=work.principal.role, most=most)
    return [dict(row) for row in rows if in_scope(work.principal, row)]


def in_scope(principal: Principal, row: Row) -> bool:
    """The second wall: the record's own scope; the congress has the tasks of its district."""
    if principal.kind == "s_congress":
        own: bool = row["district"] == principal.territory[:6]
        return own and (principal.cleared or not row["classified"])
    return principal.sees(row)
