"""Execution, rounds and reports, key list, findings, holds, and what is known of programmes."""

from jixiao.servicekit.migrating import create_kit_tables, create_records, open_to_all, run_sql

revision = "0001"
down_revision = None

_AT = "territory, line, unit, classified"


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    create_records("programmes", "code text NOT NULL", "parent_id uuid", "budgeted bool NOT NULL")
    create_records("targets", "number int NOT NULL", "reaches_unit bool NOT NULL")
    create_records("ledgers", "code text NOT NULL")
    create_records("queued_rows", "code text NOT NULL")
    create_records("rounds", "cut_off date NOT NULL")
    create_records("reports", "round_id uuid NOT NULL", "code text NOT NULL")
    create_records("key_lists")
    create_records("key_choices", "points int NOT NULL")
    create_records("key_reports")
    create_records("findings")
    create_records("holds")
    run_sql(
        "CREATE INDEX ON jx.programmes (code); CREATE INDEX ON jx.programmes (parent_id);"
        "CREATE INDEX ON jx.targets (programme_id, year, number);"
        "CREATE INDEX ON jx.queued_rows (code); CREATE INDEX ON jx.reports (round_id, code);"
        "CREATE INDEX ON jx.holds (programme_id); CREATE INDEX ON jx.findings (programme_id);"
        f"ALTER TABLE jx.ledgers ADD UNIQUE (programme_id, {_AT}, year);"
        f"ALTER TABLE jx.rounds ADD UNIQUE ({_AT}, year, cut_off);"
        f"ALTER TABLE jx.reports ADD UNIQUE (programme_id, {_AT}, round_id);"
        f"ALTER TABLE jx.key_lists ADD UNIQUE ({_AT}, year);"
        f"ALTER TABLE jx.key_choices ADD UNIQUE (programme_id, {_AT}, id);"
        f"CREATE UNIQUE INDEX one_open_hold ON jx.holds (programme_id, {_AT})"
        " WHERE state IN ('proposed', 'suspended', 'stopped')"
    )
    # When a round is open concerns everybody; whose reports are due in it does not.
    run_sql(
        "CREATE TABLE jx.round_calendar(round_id uuid PRIMARY KEY, year int NOT NULL,"
        " due_on date NOT NULL, state text NOT NULL, version int NOT NULL, body jsonb NOT NULL)"
    )
    open_to_all("round_calendar", writable=True)
