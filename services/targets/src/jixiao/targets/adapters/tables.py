"""The tables of this service."""

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, Uuid

from jixiao.servicekit.records import record_table

metadata = MetaData()

programmes = record_table(
    metadata, "programmes", Column("code", Text), Column("parent_id", Uuid)
)
targets = record_table(metadata, "targets", Column("number", Integer))
serials = Table(
    "serials",
    metadata,
    Column("territory", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("classified", Boolean, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer),
    schema="jx",
)
