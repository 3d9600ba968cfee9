"""The tables of this service."""

from sqlalchemy import Column, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from jixiao.servicekit.records import record_table

metadata = MetaData()

rectifications = record_table(metadata, "rectifications")
notices = record_table(metadata, "notices")
notice_entries = record_table(metadata, "notice_entries", Column("notice_id", Uuid))
interviews = record_table(metadata, "interviews")
linkages = record_table(metadata, "linkages")
allocations = record_table(metadata, "allocations")
allocation_sheets = record_table(metadata, "allocation_sheets", Column("plan_id", Uuid))
registers = record_table(metadata, "registers")
known_programmes = record_table(metadata, "known_programmes")
known_findings = record_table(metadata, "known_findings")
calendars = Table(
    "calendars",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", JSONB),
    schema="jx",
)
