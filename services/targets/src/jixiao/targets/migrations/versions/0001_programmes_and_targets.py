"""Programmes, targets, and the serials of programme codes (D-2, D-12)."""

from jixiao.servicekit.migrating import create_kit_tables, create_records, run_sql, scope

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    create_records("programmes", "code text NOT NULL", "parent_id uuid")
    run_sql(
        "ALTER TABLE jx.programmes ADD UNIQUE (territory, line, unit, classified, code);"
        "CREATE INDEX ON jx.programmes (parent_id)"
    )
    create_records("targets", "number int NOT NULL")
    run_sql(
        "ALTER TABLE jx.targets ADD FOREIGN KEY (programme_id, territory, line, unit, classified)"
        " REFERENCES jx.programmes(id, territory, line, unit, classified) ON UPDATE CASCADE;"
        "ALTER TABLE jx.targets ADD UNIQUE (programme_id, territory, line, unit, classified, year, number)"
    )
    # The serial is counted per unit, so a code tells one unit nothing of another.
    run_sql(
        "CREATE TABLE jx.serials(id uuid NOT NULL DEFAULT gen_random_uuid(), programme_id uuid,"
        " territory text NOT NULL, line text NOT NULL, unit text NOT NULL,"
        " classified bool NOT NULL, district text NOT NULL GENERATED ALWAYS AS (left(territory, 6)) STORED,"
        " year int NOT NULL, last int NOT NULL, PRIMARY KEY (territory, line, unit, classified, year))"
    )
    scope("serials")
