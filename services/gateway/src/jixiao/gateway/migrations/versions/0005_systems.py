"""Sign-in by OpenID Connect, and client systems' keys and certificates (P4.4, P4.5)."""

from jixiao.servicekit.migrating import owner, run_sql

revision = "0005"
down_revision = "0004"

_CLIENTS = """
ALTER TABLE jx.clients ADD addresses text[] NOT NULL DEFAULT '{}',
  ADD per_second int NOT NULL DEFAULT 0 CHECK (per_second >= 0),
  ADD former_secret_hash bytea NOT NULL DEFAULT '', ADD former_until timestamptz;
ALTER TABLE jx.client_tokens ADD certificate text NOT NULL DEFAULT '';
CREATE TABLE jx.client_keys(id uuid PRIMARY KEY, client_id uuid NOT NULL REFERENCES jx.clients(id),
  kind text NOT NULL CHECK (kind IN ('key', 'certificate')), thumbprint text NOT NULL,
  pem text NOT NULL, added_at timestamptz NOT NULL, ends_at timestamptz, retired_at timestamptz);
CREATE UNIQUE INDEX ON jx.client_keys (thumbprint) WHERE retired_at IS NULL;
CREATE INDEX ON jx.client_keys (client_id) WHERE retired_at IS NULL;
CREATE TABLE jx.client_assertions(client_id uuid REFERENCES jx.clients(id), jti_hash bytea,
  ends_at timestamptz NOT NULL, PRIMARY KEY (client_id, jti_hash));
CREATE INDEX ON jx.client_assertions (ends_at)"""

_IDENTITIES = """
CREATE TABLE jx.identities(id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES jx.accounts(id),
  issuer text NOT NULL, subject text NOT NULL, linked_at timestamptz NOT NULL,
  UNIQUE (issuer, subject));
CREATE INDEX ON jx.identities (person_id);
CREATE TABLE jx.oidc_attempts(state_hash bytea PRIMARY KEY, browser_hash bytea NOT NULL,
  nonce text NOT NULL, verifier text NOT NULL, ends_at timestamptz NOT NULL);
CREATE INDEX ON jx.oidc_attempts (ends_at)"""

# As the tables of 0001 that prove who somebody is; what has had its time is removed.
_PROOFS = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
CREATE POLICY door ON jx.{t} TO s_none USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON jx.{t} TO s_none; GRANT SELECT, INSERT, UPDATE, DELETE ON jx.{t} TO s_system"""


def upgrade() -> None:
    """Expand only: pods of before write clients and tokens without the new columns."""
    run_sql(_CLIENTS)
    run_sql(_IDENTITIES)
    for table in ("client_keys", "client_assertions", "identities", "oidc_attempts"):
        run_sql(_PROOFS.format(t=table, own=owner()))
    run_sql("GRANT DELETE ON jx.identities TO s_none")
