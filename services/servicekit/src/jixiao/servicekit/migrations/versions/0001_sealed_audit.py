"""Who acted for whom and from where, and the sealed chain over the audit trail (P6)."""

from alembic import op

from jixiao.servicekit.migrating import owner, run_sql, visible_with_programme

revision = "0001"
down_revision = None

_WHOSE = """
ALTER TABLE jx.audit ADD COLUMN on_behalf_of text NOT NULL DEFAULT '',
  ADD COLUMN address text NOT NULL DEFAULT '', ADD COLUMN client text NOT NULL DEFAULT '',
  ADD COLUMN reason text NOT NULL DEFAULT ''"""

# All rows with tx below a batch's horizon are in it or in a batch before it. No foreign keys: their
# checks would lock and so rewrite audit rows, and the verification checks more than they could.
_CHAIN = """
CREATE TABLE jx.audit_batch(n int PRIMARY KEY CHECK (n > 0), count int NOT NULL CHECK (count > 0),
  root bytea NOT NULL, prev_hash bytea NOT NULL, hash bytea NOT NULL, horizon xid8 NOT NULL,
  algorithm text NOT NULL, format int NOT NULL, at timestamptz NOT NULL, key text NOT NULL,
  signature bytea NOT NULL);
CREATE TABLE jx.audit_link(entry bigint PRIMARY KEY, batch int NOT NULL, position int NOT NULL,
  leaf bytea NOT NULL, UNIQUE (batch, position));
CREATE TABLE jx.audit_heads(service text, n int, hash bytea, entries bigint NOT NULL,
  at timestamptz NOT NULL, key text NOT NULL, signature bytea NOT NULL,
  kept_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (service, n, hash))"""

_INSERT_ONLY = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON jx.{t} TO s_system;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jx.{t}
  FOR EACH ROW EXECUTE FUNCTION jx.append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON jx.{t} EXECUTE FUNCTION jx.append_only()"""


def upgrade() -> None:
    """Expand only."""
    run_sql(_WHOSE)
    run_sql(_CHAIN)
    for table in ("audit_batch", "audit_link", "audit_heads"):
        run_sql(_INSERT_ONLY.format(t=table, own=owner()))
    visible_with_programme("audit")
    with op.get_context().autocommit_block():  # the trail may be long: writers go on meanwhile
        run_sql("CREATE INDEX CONCURRENTLY audit_tx ON jx.audit (tx, id)")
