"""Programmes, applications, targets, adjustments, and copies of what others own (D-2, D-12)."""

from jixiao.servicekit.migrating import (
    create_kit_tables,
    create_records,
    open_to_all,
    owner,
    run_sql,
    scope,
)

revision = "0001"
down_revision = None

_OF_PROGRAMME = (
    "ALTER TABLE jx.{t} ADD FOREIGN KEY (programme_id, territory, line, unit, classified)"
    " REFERENCES jx.programmes(id, territory, line, unit, classified) ON UPDATE CASCADE"
)
# What is open to projects below: units and towns cannot see the root, so this alone tells them.
_OPENINGS = """
CREATE TABLE jx.openings(programme_id uuid PRIMARY KEY, territory text NOT NULL, line text NOT NULL,
  district text NOT NULL GENERATED ALWAYS AS (left(territory, 6)) STORED, year int NOT NULL,
  target_level text NOT NULL, transfer_class text NOT NULL, allocation_method text NOT NULL,
  origin text NOT NULL, consolidated_agricultural bool NOT NULL);
ALTER TABLE jx.openings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.openings TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.openings TO s_system USING (true) WITH CHECK (true);
CREATE POLICY filers ON jx.openings FOR SELECT TO s_any
  USING (line = (SELECT current_setting('jx.line', true))
    AND district = (SELECT current_setting('jx.district', true))
    AND (target_level = 'regional' AND territory = (SELECT current_setting('jx.town', true))
      OR target_level = 'overall' AND allocation_method = 'project'));
CREATE POLICY opened ON jx.openings FOR INSERT TO s_line
  WITH CHECK (line = (SELECT jx.need('jx.line')) AND district = (SELECT jx.need('jx.district')));
GRANT SELECT, INSERT ON jx.openings TO s_any, s_system"""


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    create_records("programmes", "code text NOT NULL", "parent_id uuid")
    run_sql(
        "ALTER TABLE jx.programmes ADD UNIQUE (territory, line, unit, classified, code);"
        "CREATE INDEX ON jx.programmes (parent_id); CREATE INDEX ON jx.programmes (code)"
    )
    _owned()
    _copies()


def _owned() -> None:
    keys = "programme_id, territory, line, unit, classified, year"
    create_records("targets", "number int NOT NULL")
    create_records("applications")
    create_records("adjustments", "target_id uuid NOT NULL")
    create_records("town_values")
    for table in ("targets", "applications", "adjustments", "town_values"):
        run_sql(_OF_PROGRAMME.format(t=table))
    run_sql(
        f"ALTER TABLE jx.targets ADD UNIQUE ({keys}, number);"
        f"ALTER TABLE jx.town_values ADD UNIQUE ({keys});"
        f"CREATE UNIQUE INDEX applications_open ON jx.applications ({keys})"
        " WHERE state NOT IN ('decided', 'lapsed');"
        f"CREATE UNIQUE INDEX adjustments_open ON jx.adjustments ({keys}, target_id)"
        " WHERE state NOT IN ('returned', 'approved', 'rejected', 'withdrawn')"
    )
    # The serial is counted per unit, so a code tells one unit nothing of another.
    run_sql(
        "CREATE TABLE jx.serials(id uuid NOT NULL DEFAULT gen_random_uuid(), programme_id uuid,"
        " territory text NOT NULL, line text NOT NULL, unit text NOT NULL,"
        " classified bool NOT NULL, district text NOT NULL GENERATED ALWAYS AS (left(territory, 6)) STORED,"
        " year int NOT NULL, last int NOT NULL, PRIMARY KEY (territory, line, unit, classified, year))"
    )
    scope("serials")
    run_sql(_OPENINGS.format(own=owner()))
    # A version of a library is never changed: nobody but the system may update.
    run_sql(
        "CREATE TABLE jx.libraries(id uuid PRIMARY KEY, line text NOT NULL, number int NOT NULL,"
        " body jsonb NOT NULL, UNIQUE (line, number))"
    )
    open_to_all("libraries")
    run_sql("GRANT INSERT ON jx.libraries TO s_any")


def _copies() -> None:
    keys = "programme_id, territory, line, unit, classified, year"
    for table in ("executions", "results"):
        create_records(table)
        run_sql(_OF_PROGRAMME.format(t=table))
        run_sql(f"ALTER TABLE jx.{table} ADD UNIQUE ({keys})")
    create_records("orders")
    run_sql(_OF_PROGRAMME.format(t="orders"))
    run_sql("CREATE INDEX ON jx.orders (programme_id)")
    run_sql(
        "CREATE TABLE jx.org_units(id uuid PRIMARY KEY, code text NOT NULL, name text NOT NULL,"
        " kind text NOT NULL, territory text NOT NULL, line text NOT NULL);"
        "CREATE INDEX ON jx.org_units (code)"
    )
    open_to_all("org_units")
    run_sql("CREATE TABLE jx.calendars(id uuid PRIMARY KEY, body jsonb NOT NULL)")
    open_to_all("calendars")
