"""Duties to publish, publications, congress packages, and copies (D-27, D-28, T-35)."""

from jixiao.servicekit.migrating import (
    create_kit_tables,
    create_records,
    open_to_all,
    owner,
    run_sql,
)

revision = "0001"
down_revision = None

# A package belongs to the district: every department puts its rows in, and the congress sees it
# once it is submitted; both beside the kit's policies for finance and audit.
_PACKAGES = """
ALTER TABLE jx.packages ADD UNIQUE (territory, line, unit, classified, year, kind);
DROP POLICY l ON jx.packages;
CREATE POLICY l ON jx.packages TO s_line USING (district = (SELECT jx.need('jx.district')));
CREATE POLICY cg ON jx.packages TO s_congress USING (submitted_on IS NOT NULL);
CREATE POLICY cg ON jx.tasks TO s_congress USING (role = 'congress') WITH CHECK (true)"""

# Of a classified programme the id alone, and that for cleared callers alone.
_SECRETS = """
CREATE TABLE jx.secrets(id uuid PRIMARY KEY);
ALTER TABLE jx.secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.secrets TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.secrets TO s_system USING (true) WITH CHECK (true);
CREATE POLICY cleared ON jx.secrets FOR SELECT TO s_any USING ((SELECT jx.need('jx.cleared')) = 'yes');
GRANT SELECT ON jx.secrets TO s_any; GRANT SELECT, INSERT ON jx.secrets TO s_system"""


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    create_records("programmes", "parent_id uuid")
    run_sql("CREATE INDEX ON jx.programmes (parent_id)")
    create_records("duties", "kind text NOT NULL", "due_on date NOT NULL")
    run_sql(
        "ALTER TABLE jx.duties ADD UNIQUE (programme_id, territory, line, unit, classified, year, kind);"
        "CREATE INDEX ON jx.duties (due_on) WHERE state IN ('due', 'prepared')"
    )
    create_records("publications", "kind text NOT NULL", "public_id text NOT NULL")
    run_sql("CREATE INDEX ON jx.publications (programme_id)")
    create_records("packages", "kind text NOT NULL", "submitted_on date")
    run_sql(_PACKAGES)
    run_sql(_SECRETS.format(own=owner()))
    run_sql(
        "CREATE TABLE jx.offices(code text PRIMARY KEY, name text NOT NULL, kind text NOT NULL,"
        " territory text NOT NULL);"
        "CREATE TABLE jx.calendars(id int PRIMARY KEY, holidays jsonb NOT NULL,"
        " working_weekends jsonb NOT NULL)"
    )
    open_to_all("offices")
    open_to_all("calendars")
