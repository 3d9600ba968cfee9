"""What a replay needs: when it was last seen, the records to look at again, how long to keep (P1.2, P1.3).

Expand only: old processes leave the new columns at their defaults. They are answered from the
stored bytes as before.
"""

from jixiao.servicekit.migrating import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Columns of `jx.requests`, an index by age, and the job login's right to forget."""
    run_sql("""ALTER TABLE jx.requests ADD COLUMN seen_at timestamptz, ADD COLUMN records jsonb,
      ADD COLUMN client bool NOT NULL DEFAULT false""")
    run_sql("CREATE INDEX requests_at ON jx.requests USING brin (at)")
    run_sql("CREATE POLICY sys ON jx.requests TO s_system USING (true) WITH CHECK (true)")
    run_sql("GRANT SELECT, DELETE ON jx.requests TO s_system")
