"""What a consumer needs to heal: retries, skips, rebuilding beside the old (P2.4 to P2.6)."""

from jixiao.servicekit.migrating import owner, run_sql

revision = "0002"
down_revision = "0001"

_TABLES = """
ALTER TABLE jx.applied ADD COLUMN stream text NOT NULL DEFAULT '';
ALTER TABLE jx.parked DROP CONSTRAINT parked_state_check,
 ADD CONSTRAINT parked_state_check CHECK (state IN ('waiting', 'trying', 'parked', 'skipped'));
CREATE TABLE jx.skips(id uuid PRIMARY KEY, consumer text NOT NULL, aggregate_id uuid NOT NULL,
 epoch int NOT NULL, seq int NOT NULL, reason text NOT NULL, state text NOT NULL
 CHECK (state IN ('proposed', 'confirmed')), proposed_by text NOT NULL, confirmed_by text,
 version int NOT NULL DEFAULT 1, at timestamptz NOT NULL DEFAULT now());
CREATE UNIQUE INDEX skips_open ON jx.skips (consumer, aggregate_id, epoch, seq) WHERE state = 'proposed';
CREATE TABLE jx.rebuilds(id uuid PRIMARY KEY, projection text NOT NULL, swap bool NOT NULL,
 reason text NOT NULL, ordered_by text NOT NULL, state text NOT NULL DEFAULT 'running'
 CHECK (state IN ('running', 'done', 'failed')), cursors jsonb NOT NULL DEFAULT '{}',
 replayed bigint NOT NULL DEFAULT 0, differing int NOT NULL DEFAULT 0, rows jsonb NOT NULL DEFAULT '[]',
 error text NOT NULL DEFAULT '', ordered_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz);
CREATE UNIQUE INDEX rebuilds_running ON jx.rebuilds (projection) WHERE state = 'running';
CREATE TABLE jx.rebuilt(projection text, aggregate_id uuid, epoch int NOT NULL, seq int NOT NULL,
 PRIMARY KEY (projection, aggregate_id));
CREATE TABLE jx.reconciliations(id uuid PRIMARY KEY, ordered_by text NOT NULL, state text NOT NULL
 DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')), day date NOT NULL,
 lines jsonb NOT NULL DEFAULT '[]', error text NOT NULL DEFAULT '',
 ordered_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz);
CREATE UNIQUE INDEX reconciliations_running ON jx.reconciliations (state) WHERE state = 'running'"""

# Administrators reach these and no record (s_none); which of them may is walls 1 and 2.
_POLICIES = """
CREATE POLICY admin ON jx.{t} TO s_none USING (true) WITH CHECK (true);
GRANT SELECT, {more} ON jx.{t} TO s_none"""
_SYSTEM = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON jx.{t} TO s_system"""


def upgrade() -> None:
    """Expand only."""
    run_sql(_TABLES)
    for table in ("skips", "rebuilds", "rebuilt", "reconciliations"):
        run_sql(_SYSTEM.format(t=table, own=owner()))
    for table, more in (
        ("parked", "UPDATE"),
        ("skips", "INSERT, UPDATE"),
        ("rebuilds", "INSERT"),
        ("reconciliations", "INSERT"),
    ):
        run_sql(_POLICIES.format(t=table, more=more))
