"""The tables of this service."""

from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from jixiao.servicekit.records import record_table

metadata = MetaData()

known_programmes = record_table(
    metadata, "known_programmes", Column("code", Text), Column("parent_id", Uuid)
)
rounds = Table(
    "rounds", metadata,
    Column("id", Uuid, primary_key=True), Column("year", Integer), Column("cut_off", Text),
    Column("closed", Boolean), schema="jx",
)  # fmt: skip
calendars = Table(
    "calendars", metadata,
    Column("id", Integer, primary_key=True), Column("holidays", JSONB),
    Column("working_weekends", JSONB), schema="jx",
)  # fmt: skip
org_units = Table(
    "org_units", metadata,
    Column("id", Uuid, primary_key=True), Column("code", Text), Column("name", Text),
    Column("kind", Text), Column("territory", Text), Column("line", Text), schema="jx",
)  # fmt: skip
line_lists = record_table(metadata, "line_lists")
campaigns = record_table(metadata, "campaigns")
self_evaluations = record_table(
    metadata, "self_evaluations",
    Column("campaign_id", Uuid), Column("programme_code", Text), Column("parent_id", Uuid),
    Column("root_id", Uuid), Column("due_on", Date),
)  # fmt: skip
roll_ups = record_table(metadata, "roll_ups", Column("level", Text))
draws = record_table(metadata, "draws", Column("campaign_id", Uuid))
spot_checks = record_table(
    metadata, "spot_checks", Column("campaign_id", Uuid), Column("programme_code", Text)
)
key_evaluations = record_table(metadata, "key_evaluations")
third_parties = record_table(metadata, "third_parties", Column("credit_code", Text))
commissions = record_table(
    metadata, "commissions",
    Column("persons", ARRAY(Text)), Column("third_party_id", Uuid), Column("ends_on", Date),
)  # fmt: skip
