"""The one table of the public site: published versions of pages."""

from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

pages = Table(
    "pages",
    MetaData(),
    Column("publication_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("public_id", Text),
    Column("kind", Text),
    Column("year", Integer),
    Column("day", Date),
    Column("current", Boolean),
    Column("classification", Text),
    Column("snapshot", JSONB),
    Column("document_number", Text),
    Column("what", Text),
    Column("why", Text),
    Column("words", Text),
    Column("withdrawn_on", Date),
    Column("reason", Text),
    schema="jx",
)
