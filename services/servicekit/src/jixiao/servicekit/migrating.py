"""Migrations of a service: Alembic run from code, and the DDL that every service's tables share.

Each service has `migrations/versions/`; its `env.py` is one call of `run_environment`. The kit's own
tables grow by the kit's own migrations, which run after the service's in each database. A migration
runs under the owner role, waits at most 2 s for a lock (P7.4), and puts every table it makes under
forced row-level security in the same file (P3.7).
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config

COORDINATES = """
 territory text NOT NULL CHECK (territory ~ '^\\d{6}(\\d{3})?$'),
 line text NOT NULL CHECK (line <> ''), unit text NOT NULL, classified bool NOT NULL DEFAULT false,
 district text NOT NULL GENERATED ALWAYS AS (left(territory, 6)) STORED"""

_NEED = """
CREATE FUNCTION jx.need(k text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE v text := current_setting(k, true); BEGIN  -- '' is what an earlier SET LOCAL leaves
  IF coalesce(v, '') = '' THEN RAISE 'scope missing' USING ERRCODE = '42501'; END IF;
  RETURN v; END $$"""

_SCOPED = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
CREATE POLICY d ON jx.{t} TO s_district USING (district = (SELECT jx.need('jx.district')));
CREATE POLICY l ON jx.{t} TO s_line USING (line = (SELECT jx.need('jx.line'))
  AND district = (SELECT jx.need('jx.district')));
CREATE POLICY u ON jx.{t} TO s_unit USING (unit = (SELECT jx.need('jx.unit')));
CREATE POLICY tw ON jx.{t} TO s_town USING (territory = (SELECT jx.need('jx.town')));
CREATE POLICY tl ON jx.{t} TO s_townline USING (territory = (SELECT jx.need('jx.town'))
  AND line = (SELECT jx.need('jx.line')));
CREATE POLICY c ON jx.{t} TO s_commission
  USING ({key} = ANY ((SELECT jx.need('jx.keys'))::uuid[]));
CREATE POLICY secret ON jx.{t} AS RESTRICTIVE TO s_any
  USING (NOT classified OR (SELECT jx.need('jx.cleared')) = 'yes');
CREATE INDEX ON jx.{t} (unit, id); CREATE INDEX ON jx.{t} (line, district, id);
CREATE INDEX ON jx.{t} (territory, line, id);
GRANT SELECT, INSERT, UPDATE ON jx.{t} TO s_any, s_system"""

_OPEN = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
CREATE POLICY anyone ON jx.{t} TO s_any USING (true) WITH CHECK (true);
GRANT SELECT{more} ON jx.{t} TO s_any; GRANT SELECT, INSERT, UPDATE, DELETE ON jx.{t} TO s_system"""

_KIT = """
CREATE TABLE jx.requests(subject text, request_id uuid, digest bytea NOT NULL, answer bytea,
  at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (subject, request_id));
ALTER TABLE jx.requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.requests TO {own} USING (true) WITH CHECK (true);
CREATE POLICY mine ON jx.requests TO s_any USING (subject = (SELECT jx.need('jx.person')));
GRANT SELECT, INSERT, UPDATE ON jx.requests TO s_any;
CREATE TABLE jx.heads(aggregate_id uuid PRIMARY KEY, seq int NOT NULL);
CREATE TABLE jx.outbox(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL,
  aggregate_id uuid NOT NULL, epoch int NOT NULL DEFAULT 1, seq int NOT NULL, subject text NOT NULL,
  payload bytea NOT NULL, headers jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz, UNIQUE (aggregate_id, epoch, seq));
CREATE INDEX outbox_unsent ON jx.outbox (id) WHERE sent_at IS NULL;
CREATE TABLE jx.applied(consumer text, aggregate_id uuid, epoch int NOT NULL, seq int NOT NULL,
  PRIMARY KEY (consumer, aggregate_id));
CREATE TABLE jx.parked(consumer text, aggregate_id uuid, epoch int, seq int, subject text NOT NULL,
  payload bytea NOT NULL, headers jsonb NOT NULL, state text NOT NULL CHECK (state IN ('waiting','parked')),
  error text NOT NULL DEFAULT '', attempts int NOT NULL DEFAULT 0, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, aggregate_id, epoch, seq));
CREATE TABLE jx.scheduled(name text PRIMARY KEY, day date NOT NULL);
CREATE TABLE jx.audit(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(), at timestamptz NOT NULL, day date NOT NULL,
  action text NOT NULL, aggregate text NOT NULL, aggregate_id uuid NOT NULL, version int NOT NULL,
  programme_id uuid, {coordinates},
  person text NOT NULL, role text NOT NULL, grant_id text NOT NULL, session text NOT NULL,
  request_id text NOT NULL, trace text NOT NULL, before jsonb, after jsonb NOT NULL);
CREATE INDEX ON jx.audit (programme_id, id);
CREATE FUNCTION jx.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE 'the audit trail is append-only' USING ERRCODE = '42501'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON jx.audit FOR EACH ROW EXECUTE FUNCTION jx.append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON jx.audit EXECUTE FUNCTION jx.append_only();
CREATE TABLE jx.tasks(id uuid PRIMARY KEY, role text NOT NULL, {coordinates}, kind text NOT NULL,
  title text NOT NULL, record uuid NOT NULL, programme_id uuid, opened_on date NOT NULL, due_on date)"""

_APPEND = """
CREATE POLICY append ON jx.audit FOR INSERT TO s_any WITH CHECK (true);
REVOKE UPDATE ON jx.audit FROM s_any, s_system;
GRANT DELETE ON jx.tasks TO s_any, s_system;
CREATE POLICY append ON jx.outbox FOR INSERT TO s_any WITH CHECK (true);
GRANT INSERT ON jx.outbox TO s_any"""

_SYSTEM = """
ALTER TABLE jx.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON jx.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON jx.{t} TO s_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON jx.{t} TO s_system"""

# Asked under the reader's own policies on the programmes.
_WITH_PROGRAMME = """
CREATE POLICY programme ON jx.{t} AS RESTRICTIVE FOR SELECT TO s_any USING (programme_id IS NULL
  OR EXISTS (SELECT FROM jx.{programmes} p WHERE p.id = {t}.programme_id))"""

# The one owner role that this login may become.
_OWNER = sa.text("SELECT rolname FROM pg_roles WHERE rolname ^@ 'own_' AND pg_has_role(oid, 'SET')")

_RECORD = """
CREATE TABLE jx.{t}(id uuid PRIMARY KEY, programme_id uuid, {coordinates},
  year int NOT NULL, state text NOT NULL, version int NOT NULL DEFAULT 1, body jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now() {extra},
  UNIQUE (id, territory, line, unit, classified))"""


def owner() -> str:
    """The owner role of the service's tables, `own_<database>`."""
    return str(op.get_bind().execute(sa.text("SELECT current_user")).scalar_one())


def run_sql(statements: str) -> None:
    """Execute DDL written out in a migration."""
    op.execute(sa.text(statements.replace(":", "\\:")))


def create_kit_tables() -> None:
    """The schema `jx` and the tables that the kit works on: the first migration of each service."""
    run_sql(f"CREATE SCHEMA jx AUTHORIZATION {owner()}")
    run_sql("GRANT USAGE ON SCHEMA jx TO s_any, s_system")
    run_sql(_NEED)
    run_sql(_KIT.format(own=owner(), coordinates=COORDINATES))
    open_to_all("heads", writable=True)
    for table in ("outbox", "applied", "parked", "scheduled"):
        run_sql(_SYSTEM.format(t=table, own=owner()))
    scope("audit")
    scope("tasks")
    run_sql(_APPEND)


def create_records(table: str, *columns: str) -> None:
    """A table of aggregates kept as documents, with extra `columns`, and its policies."""
    extra = "".join(f", {column}" for column in columns)
    run_sql(_RECORD.format(t=table, coordinates=COORDINATES, extra=extra))
    scope(table)


def scope(table: str, *, key: str = "programme_id") -> None:
    """Force row-level security by the coordinates; a commission sees the rows of its `key`."""
    run_sql(_SCOPED.format(t=table, own=owner(), key=key))


def open_to_all(table: str, *, writable: bool = False) -> None:
    """Row-level security for tables without coordinates: reference data and the kit's own."""
    run_sql(_OPEN.format(t=table, own=owner(), more=", INSERT, UPDATE" if writable else ""))


def visible_with_programme(table: str) -> None:
    """Hide a row whose programme the reader cannot see now, whatever the row's own keys say (P6.1).

    So marking a programme classified hides its past as well. A service that keeps no programmes
    has nothing to ask.
    """
    for programmes in ("programmes", "known_programmes"):
        if op.get_bind().execute(sa.text(f"SELECT to_regclass('jx.{programmes}')")).scalar():
            run_sql(_WITH_PROGRAMME.format(t=table, programmes=programmes))


_KIT_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(folder: Path, url: str) -> None:
    """Bring a service's database to the newest version of the migrations in `folder` and the kit."""
    for location, kept_in in ((folder, "migrations"), (_KIT_MIGRATIONS, "kit_migrations")):
        config = Config()
        config.set_main_option("script_location", str(location))
        config.attributes["url"] = url
        config.attributes["kept_in"] = kept_in
        command.upgrade(config, "head")


_MIRRORED = """SELECT (SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attname)
  FROM pg_attribute WHERE attrelid = to_regclass(:one) AND attnum > 0 AND NOT attisdropped)
 IS NOT DISTINCT FROM (SELECT array_agg(attname || ' ' || format_type(atttypid, atttypmod) ORDER BY attname)
  FROM pg_attribute WHERE attrelid = to_regclass(:other) AND attnum > 0 AND NOT attisdropped)"""
_MIRROR = """
DROP TABLE IF EXISTS beside.{t};
CREATE TABLE beside.{t} (LIKE jx.{t} INCLUDING ALL);
ALTER TABLE beside.{t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON beside.{t} TO {own} USING (true) WITH CHECK (true);
CREATE POLICY sys ON beside.{t} TO s_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON beside.{t} TO s_system;
UPDATE jx.rebuilds SET state = 'failed', error = 'SchemaChanged', ended_at = now() WHERE state = 'running'"""


def mirror(tables: Sequence[str], url: str) -> None:
    """Keep an empty table beside each of these, of the same columns, to rebuild into (P2.5)."""
    with _engine(url).connect() as connection:
        own = _become_owner(connection)
        if tables:
            connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS beside"))
            connection.execute(sa.text("GRANT USAGE ON SCHEMA beside TO s_system"))
        for table in tables:
            connection.execute(sa.text(f"GRANT DELETE ON jx.{table} TO s_system"))
            names = {"one": f"jx.{table}", "other": f"beside.{table}"}
            if not connection.execute(sa.text(_MIRRORED), names).scalar_one():
                connection.execute(sa.text(_MIRROR.format(t=table, own=own)))
        connection.commit()


def _engine(url: str) -> sa.Engine:
    plain = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return sa.create_engine(plain, poolclass=sa.pool.NullPool)


def _become_owner(connection: sa.Connection) -> str:
    own = str(connection.execute(_OWNER).scalar_one())
    connection.execute(sa.text(f'SET ROLE "{own}"'))
    connection.execute(sa.text("SET lock_timeout = '2s'"))
    connection.execute(sa.text("SET statement_timeout = '30s'"))
    connection.commit()
    return own


def run_environment() -> None:
    """The whole of a service's `migrations/env.py`."""
    with _engine(str(context.config.attributes["url"])).connect() as connection:
        _become_owner(connection)
        kept_in = str(context.config.attributes["kept_in"])
        context.configure(connection=connection, version_table=kept_in)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
