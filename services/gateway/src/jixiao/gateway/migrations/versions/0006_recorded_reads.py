"""What was read: the record and its programme in the access log (P6.1).

Expand only: pods of before leave the new columns empty.
"""

from alembic import op

from jixiao.servicekit.migrating import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Two columns, and who read of a programme is found by it."""
    run_sql(
        "ALTER TABLE jx.access_log ADD COLUMN record text NOT NULL DEFAULT '',"
        " ADD COLUMN programme_id text NOT NULL DEFAULT ''"
    )
    with op.get_context().autocommit_block():  # the log may be long: writers go on meanwhile
        run_sql(
            "CREATE INDEX CONCURRENTLY access_log_programme ON jx.access_log (programme_id, id)"
            " WHERE programme_id <> ''"
        )
