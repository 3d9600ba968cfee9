"""The tables of this service."""

from sqlalchemy import Column, Date, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from jixiao.servicekit.records import record_table

metadata = MetaData()

programmes = record_table(metadata, "programmes", Column("parent_id", Uuid))
duties = record_table(metadata, "duties", Column("kind", Text), Column("due_on", Date))
publications = record_table(
    metadata, "publications", Column("kind", Text), Column("public_id", Text)
)
packages = record_table(metadata, "packages", Column("kind", Text), Column("submitted_on", Date))
secrets = Table("secrets", metadata, Column("id", Uuid, primary_key=True), schema="jx")
offices = Table(
    "offices",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text),
    Column("kind", Text),
    Column("territory", Text),
    schema="jx",
)
calendars = Table(
    "calendars",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("holidays", JSONB),
    Column("working_weekends", JSONB),
    schema="jx",
)
