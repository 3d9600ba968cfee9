"""Every database as it is migrated: forced row-level security, no login that owns or bypasses (P3.8)."""

from collections.abc import Callable

import pytest

from local.databases import SERVICES, SITE
from local.embedded import Postgres

_TABLES = "pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'jx'"
_WITHOUT = f"""SELECT relname FROM {_TABLES}
 AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)"""  # noqa: S608
_LOGINS = """SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres'
 AND (rolbypassrls OR rolinherit OR rolsuper)"""
_OWNED = f"""SELECT relname FROM {_TABLES}
 AND (SELECT rolcanlogin FROM pg_roles r WHERE r.oid = relowner)"""  # noqa: S608
_DEFINERS = """SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
 WHERE nspname = 'jx' AND prosecdef"""


@pytest.mark.parametrize("service", [*SERVICES, SITE])
def test_p38_no_table_is_without_forced_row_security(
    postgres: Postgres, templates: Callable[[str], str], service: str
) -> None:
    with postgres.admin(templates(service)) as admin:
        for offenders in (_WITHOUT, _LOGINS, _OWNED, _DEFINERS):
            assert admin.execute(offenders).fetchall() == []


def test_p38_control_a_planted_table_is_found(
    postgres: Postgres, templates: Callable[[str], str]
) -> None:
    with postgres.admin(templates("targets")) as admin:
        admin.execute("BEGIN")
        admin.execute("CREATE TABLE jx.planted(id int)")
        assert ("planted",) in admin.execute(_WITHOUT).fetchall()
        admin.execute("ROLLBACK")
