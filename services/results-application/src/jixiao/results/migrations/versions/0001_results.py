"""Rectification, notices, linkage, allocation, responsibility, and copies (D-24 to D-29, T-29 to T-33)."""

from jixiao.servicekit.migrating import create_kit_tables, create_records, open_to_all, run_sql

revision = "0001"
down_revision = None

AT = "territory, line, unit, classified"


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    for table in ("rectifications", "notices", "interviews", "known_programmes", "known_findings"):
        create_records(table)
    for table in ("linkages", "allocations"):
        create_records(table)
        run_sql(f"ALTER TABLE jx.{table} ADD UNIQUE (programme_id, {AT}, year)")
    create_records("registers")
    run_sql(f"ALTER TABLE jx.registers ADD UNIQUE (programme_id, {AT})")
    create_records("notice_entries", "notice_id uuid NOT NULL")
    create_records("allocation_sheets", "plan_id uuid NOT NULL")
    run_sql(f"ALTER TABLE jx.allocation_sheets ADD UNIQUE (plan_id, {AT})")
    for table in ("rectifications", "notice_entries", "known_findings"):
        run_sql(f"CREATE INDEX ON jx.{table} (programme_id)")
    run_sql("CREATE TABLE jx.calendars(name text PRIMARY KEY, body jsonb NOT NULL)")
    open_to_all("calendars")
