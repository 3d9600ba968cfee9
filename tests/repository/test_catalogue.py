"""Every database as it is migrated: row-level security, keys, logins, functions, views (P3.8)."""
# ruff: noqa: S608 - statements put together from our own constants

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.databases import SERVICES, SITE
from local.embedded import Postgres

_TABLES = "pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'jx'"
_HAS_COORDINATES = """(SELECT count(*) = 4 FROM pg_attribute a WHERE a.attrelid = c.oid
 AND attname IN ('territory', 'line', 'unit', 'classified'))"""
_RULES = {
    "a table without forced row-level security": f"""SELECT relname FROM {_TABLES}
 AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)""",
    "a table with coordinates and without the policy on secrets": f"""SELECT relname FROM {_TABLES}
 AND relkind IN ('r', 'p') AND {_HAS_COORDINATES} AND NOT EXISTS (SELECT FROM pg_policy p
 WHERE p.polrelid = c.oid AND polname = 'secret' AND NOT polpermissive)""",
    # An id is random and made by the server: it tells nothing. What people choose, or what is
    # counted, is unique within all coordinates or 23505 tells of another's.
    "a unique key without all coordinates": f"""SELECT c.relname || ' ' || i.indexrelid::regclass::text
 FROM {_TABLES.replace("WHERE", "JOIN pg_index i ON i.indrelid = c.oid WHERE")}
 AND i.indisunique AND {_HAS_COORDINATES} AND NOT (
 SELECT array_agg(attname::text) @> '{{territory,line,unit,classified}}'
  OR count(*) = 1 AND bool_and(atttypid = 'uuid'::regtype OR attidentity = 'a')
 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey))""",
    "a foreign key between scoped tables without all coordinates": f"""SELECT conname
 FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
 WHERE contype = 'f' AND k.connamespace = 'jx'::regnamespace AND {_HAS_COORDINATES} AND NOT (
 SELECT array_agg(attname::text) @> '{{territory,line,unit,classified}}' FROM pg_attribute a
 WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))""",
    "a login that bypasses, inherits or rules": """SELECT rolname FROM pg_roles
 WHERE rolcanlogin AND rolname <> 'postgres' AND (rolbypassrls OR rolinherit OR rolsuper)""",
    "a login that owns": f"""SELECT relname FROM {_TABLES}
 AND (SELECT rolcanlogin FROM pg_roles r WHERE r.oid = relowner)""",
    "an API or job login that may become an owner": """SELECT l.rolname FROM pg_roles l, pg_roles o
 WHERE l.rolcanlogin AND (l.rolname LIKE '%\\_api' OR l.rolname LIKE '%\\_job')
 AND o.rolname LIKE 'own\\_%' AND pg_has_role(l.oid, o.oid, 'MEMBER')""",
    "a function that runs as its definer": """SELECT proname FROM pg_proc p
 WHERE pronamespace = 'jx'::regnamespace AND prosecdef""",
    "a materialised view": f"SELECT relname FROM {_TABLES} AND relkind = 'm'",
    "a view that looks with its owner's eyes": f"""SELECT relname FROM {_TABLES} AND relkind = 'v'
 AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)""",
    "a scope kind that may truncate or delete records": f"""SELECT c.relname FROM {_TABLES}
 AND relkind IN ('r', 'p') AND {_HAS_COORDINATES} AND relname <> 'tasks'
 AND (has_table_privilege('s_any', c.oid, 'DELETE') OR has_table_privilege('s_any', c.oid, 'TRUNCATE'))""",
}
_SCOPED = """CREATE TABLE jx.planted(id uuid PRIMARY KEY, territory text, line text, unit text,
 classified bool, code text)"""
_PLANTED = {
    "a table without forced row-level security": "CREATE TABLE jx.planted(id int)",
    "a table with coordinates and without the policy on secrets": _SCOPED,
    "a unique key without all coordinates": f"{_SCOPED}; CREATE UNIQUE INDEX ON jx.planted (unit, code)",
    "a foreign key between scoped tables without all coordinates":
        f"{_SCOPED}; ALTER TABLE jx.planted ADD FOREIGN KEY (id) REFERENCES jx.programmes(id)",
    "a login that bypasses, inherits or rules": "CREATE ROLE planted LOGIN INHERIT BYPASSRLS",
    "a login that owns": "CREATE ROLE planted LOGIN NOINHERIT; CREATE TABLE jx.planted(id int);"
        "ALTER TABLE jx.planted OWNER TO planted",
    "an API or job login that may become an owner": "GRANT own_targets TO targets_api",
    "a function that runs as its definer":
        "CREATE FUNCTION jx.planted() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "a materialised view": "CREATE MATERIALIZED VIEW jx.planted AS SELECT 1",
    "a view that looks with its owner's eyes": "CREATE VIEW jx.planted AS SELECT 1",
    "a scope kind that may truncate or delete records": f"{_SCOPED}; GRANT DELETE ON jx.planted TO s_any",
}  # fmt: skip


@pytest.mark.parametrize("rule", _RULES)
@pytest.mark.parametrize("service", [*SERVICES, SITE])
def test_p38_no_database_has(
    postgres: Postgres, templates: Callable[[str], str], service: str, rule: str
) -> None:
    with postgres.admin(templates(service)) as admin:
        assert admin.execute(_RULES[rule].encode()).fetchall() == []


@contextmanager
def _planted(postgres: Postgres, database: str, offender: str) -> Iterator[Any]:
    """The database with an offender in it, for as long as one transaction."""
    with postgres.admin(database) as admin:
        admin.execute("BEGIN")
        admin.execute(offender.encode())
        yield admin
        admin.execute("ROLLBACK")


@pytest.mark.parametrize("rule", _RULES)
def test_p38_control_a_planted_offender_is_found(
    postgres: Postgres, templates: Callable[[str], str], rule: str
) -> None:
    with _planted(postgres, templates("targets"), _PLANTED[rule]) as admin:
        assert admin.execute(_RULES[rule].encode()).fetchall()
