"""Second factors and when a session last proved its person (P4.3).

Expand only: pods of before begin sessions without the new columns, which then hold at once.
"""

from jixiao.servicekit.migrating import owner, run_sql

revision = "0003"
down_revision = "0002"

_GROW = """
ALTER TABLE jx.sessions ADD COLUMN pending bool NOT NULL DEFAULT false,
  ADD COLUMN stepped_up_at timestamptz;
ALTER TABLE jx.accounts ADD COLUMN password_set_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX ON jx.access_log (address, at) WHERE outcome IN ('login_failed', 'alarm');
GRANT DELETE ON jx.sessions, jx.client_tokens TO s_system"""

_FACTORS = """
CREATE TABLE jx.factors(id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES jx.persons(id),
  kind text NOT NULL CHECK (kind IN ('totp', 'webauthn')), secret bytea NOT NULL,
  used bigint NOT NULL, enrolled_at timestamptz NOT NULL, confirmed_at timestamptz,
  ended_at timestamptz, version int NOT NULL);
CREATE INDEX ON jx.factors (person_id) WHERE ended_at IS NULL;
ALTER TABLE jx.factors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.factors TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.factors TO s_system USING (true) WITH CHECK (true);
CREATE POLICY door ON jx.factors TO s_none USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON jx.factors TO s_none, s_system"""


def upgrade() -> None:
    """Make the table, reached as sessions are: under no business scope."""
    run_sql(_GROW)
    run_sql(_FACTORS.format(own=owner()))
