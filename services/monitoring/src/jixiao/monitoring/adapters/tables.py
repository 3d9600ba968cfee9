"""The tables of this service."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from jixiao.servicekit.records import record_table

metadata = MetaData()

programmes = record_table(
    metadata, "programmes",
    Column("code", Text), Column("parent_id", Uuid), Column("budgeted", Boolean),
)  # fmt: skip
targets = record_table(
    metadata, "targets", Column("number", Integer), Column("reaches_unit", Boolean)
)
ledgers = record_table(metadata, "ledgers", Column("code", Text))
queued_rows = record_table(metadata, "queued_rows", Column("code", Text))
rounds = record_table(metadata, "rounds", Column("cut_off", Date))
reports = record_table(metadata, "reports", Column("round_id", Uuid), Column("code", Text))
key_lists = record_table(metadata, "key_lists")
key_choices = record_table(metadata, "key_choices", Column("points", Integer))
key_reports = record_table(metadata, "key_reports")
watched_programmes = record_table(metadata, "watched_programmes")
findings = record_table(metadata, "findings")
holds = record_table(metadata, "holds")
round_calendar = Table(
    "round_calendar", metadata,
    Column("round_id", Uuid, primary_key=True), Column("year", Integer), Column("due_on", Date),
    Column("state", Text), Column("version", Integer), Column("body", JSONB), schema="jx",
)  # fmt: skip


def listing(table: Table, filters: tuple[str, ...], *order: Any) -> Select[Any]:
    """A page of a table: a filter that is None holds for all; `most` rows from `start` on."""
    statement = select(table)
    for name in filters:
        column = table.c[name]
        asked: Any = bindparam(f"of_{name}", type_=column.type)
        statement = statement.where(or_(asked.is_(None), column == asked))
    return statement.order_by(*order).limit(bindparam("most")).offset(bindparam("start"))
