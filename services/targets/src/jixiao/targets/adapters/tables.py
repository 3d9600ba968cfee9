"""The tables of this service."""

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from jixiao.servicekit.records import record_table

metadata = MetaData()

programmes = record_table(metadata, "programmes", Column("code", Text), Column("parent_id", Uuid))
targets = record_table(metadata, "targets", Column("number", Integer))
applications = record_table(metadata, "applications")
adjustments = record_table(metadata, "adjustments", Column("target_id", Uuid))
town_values = record_table(metadata, "town_values")
executions = record_table(metadata, "executions")
results = record_table(metadata, "results")
orders = record_table(metadata, "orders")
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
openings = Table(
    "openings",
    metadata,
    Column("programme_id", Uuid, primary_key=True),
    Column("territory", Text),
    Column("line", Text),
    Column("year", Integer),
    Column("target_level", Text),
    Column("transfer_class", Text),
    Column("allocation_method", Text),
    Column("origin", Text),
    Column("consolidated_agricultural", Boolean),
    schema="jx",
)
libraries = Table(
    "libraries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("line", Text),
    Column("number", Integer),
    Column("body", JSONB),
    schema="jx",
)
org_units = Table(
    "org_units",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text),
    Column("name", Text),
    Column("kind", Text),
    Column("territory", Text),
    Column("line", Text),
    schema="jx",
)
calendars = Table(
    "calendars", metadata, Column("id", Uuid, primary_key=True), Column("body", JSONB), schema="jx"
)
