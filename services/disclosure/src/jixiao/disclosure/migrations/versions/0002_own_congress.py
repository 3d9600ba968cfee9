"""A congress sees the packages and tasks of its own district (D-28, P3.8).

Expand only: one installation may serve several districts (A-14); pods of before read the same rows.
"""

from jixiao.servicekit.migrating import run_sql

revision = "0002"
down_revision = "0001"

_OWN = """
ALTER POLICY cg ON jx.packages
  USING (submitted_on IS NOT NULL AND district = (SELECT jx.need('jx.district')));
ALTER POLICY cg ON jx.tasks
  USING (role = 'congress' AND district = (SELECT jx.need('jx.district')))
  WITH CHECK (district = (SELECT jx.need('jx.district')))"""


def upgrade() -> None:
    """Narrow two policies by the district."""
    run_sql(_OWN)
