"""The dates of a round are everybody's in its own district (D-21, P3.8).

Expand only: one installation may serve several districts (A-14); pods of before read the same rows.
"""

from jixiao.servicekit.migrating import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Narrow the policy by the district; who has none sees no dates."""
    run_sql(
        "ALTER POLICY dates ON jx.campaigns"
        " USING (district = (SELECT current_setting('jx.district', true)))"
    )
