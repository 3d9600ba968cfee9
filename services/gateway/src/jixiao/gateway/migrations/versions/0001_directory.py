"""The directory: organisations, people, grants, sessions, clients, plans and the access log.

None of them has coordinates. What proves who somebody is (accounts, sessions, clients and their
tokens) is reached under no business scope at all: only under `s_none`, which administrators and
those not yet signed in have, and by jobs.
"""

from jixiao.servicekit.migrating import create_kit_tables, open_to_all, owner, run_sql

revision = "0001"
down_revision = None

_TABLES = """
CREATE TABLE jx.org_units(id uuid PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL,
  kind text NOT NULL, territory text NOT NULL CHECK (territory ~ '^\\d{6}(\\d{3})?$'),
  line text NOT NULL, on_from date NOT NULL, on_to date CHECK (on_to >= on_from),
  version int NOT NULL);
CREATE TABLE jx.persons(id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE jx.accounts(id uuid PRIMARY KEY REFERENCES jx.persons(id),
  login_name text NOT NULL UNIQUE, password_hash text NOT NULL, former text[] NOT NULL,
  must_change bool NOT NULL, disabled bool NOT NULL, version int NOT NULL);
CREATE TABLE jx.grant_proposals(id uuid PRIMARY KEY, state text NOT NULL
  CHECK (state IN ('proposed', 'confirmed')), proposed_by uuid NOT NULL REFERENCES jx.persons(id),
  confirmed_by uuid REFERENCES jx.persons(id), grants jsonb NOT NULL, endings jsonb NOT NULL,
  version int NOT NULL,
  CHECK (confirmed_by <> proposed_by), CHECK ((state = 'confirmed') = (confirmed_by IS NOT NULL)));
CREATE TABLE jx.grants(id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES jx.persons(id),
  role text NOT NULL, territory text NOT NULL, line text NOT NULL, unit text NOT NULL,
  from_on date NOT NULL, to_on date, basis text NOT NULL, cleared bool NOT NULL,
  keys text[] NOT NULL, source text NOT NULL, version int NOT NULL);
CREATE INDEX ON jx.grants (person_id);
CREATE INDEX ON jx.grants (source);
CREATE TABLE jx.sessions(id uuid PRIMARY KEY, token_hash bytea NOT NULL UNIQUE,
  csrf text NOT NULL, person_id uuid NOT NULL REFERENCES jx.persons(id), grant_id uuid REFERENCES jx.grants(id),
  strict bool NOT NULL, started_at timestamptz NOT NULL, seen_at timestamptz NOT NULL,
  ended_at timestamptz);
CREATE INDEX ON jx.sessions (person_id) WHERE ended_at IS NULL;
CREATE TABLE jx.clients(id uuid PRIMARY KEY, name text NOT NULL, owner text NOT NULL, role text NOT NULL
  CHECK (role IN ('treasury', 'budget_system')), territory text NOT NULL,
  secret_hash bytea NOT NULL, disabled bool NOT NULL, version int NOT NULL);
CREATE TABLE jx.client_tokens(id uuid PRIMARY KEY, token_hash bytea NOT NULL UNIQUE,
  client_id uuid NOT NULL REFERENCES jx.clients(id), ends_at timestamptz NOT NULL);
CREATE TABLE jx.working_days(id uuid PRIMARY KEY, territory text NOT NULL UNIQUE,
  holidays date[] NOT NULL, working_weekends date[] NOT NULL, version int NOT NULL);
CREATE TABLE jx.work_plans(id uuid PRIMARY KEY, office text NOT NULL, year int NOT NULL,
  items jsonb NOT NULL, set_on date NOT NULL, version int NOT NULL, UNIQUE (office, year));
CREATE TABLE jx.access_log(id uuid PRIMARY KEY, at timestamptz NOT NULL, day date NOT NULL,
  person_id text NOT NULL, role text NOT NULL, grant_id text NOT NULL, action text NOT NULL,
  outcome text NOT NULL, reason text NOT NULL, login_name text NOT NULL, address text NOT NULL,
  trace text NOT NULL);
CREATE INDEX ON jx.access_log (login_name, at) WHERE outcome = 'login_failed';
CREATE INDEX ON jx.access_log (person_id, id);
CREATE TABLE jx.files(id uuid PRIMARY KEY, sha256 text NOT NULL, name text NOT NULL,
  media_type text NOT NULL, size int NOT NULL, person text NOT NULL,
  at timestamptz NOT NULL DEFAULT now());
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jx.access_log
  FOR EACH ROW EXECUTE FUNCTION jx.append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON jx.access_log EXECUTE FUNCTION jx.append_only()"""

_PROOFS = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
CREATE POLICY door ON jx.{t} TO s_none USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON jx.{t} TO s_none, s_system"""


def upgrade() -> None:
    """Make the kit's tables and the directory's."""
    create_kit_tables()
    run_sql(_TABLES)
    for table in ("org_units", "persons", "grants", "working_days", "work_plans", "files"):
        open_to_all(table, writable=True)
    for table in (
        "accounts", "grant_proposals", "sessions", "clients", "client_tokens", "access_log",
    ):  # fmt: skip
        run_sql(_PROOFS.format(t=table, own=owner()))
