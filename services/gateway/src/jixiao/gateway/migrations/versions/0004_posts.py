"""Deputies for a time, and posts handed over (P3.1).

A post lent is a grant of its own that names the grant it is lent from, its holder, and the actions
lent; so that it is chosen, ended and looked up like any other.
"""

from jixiao.servicekit.migrating import run_sql

revision = "0004"
down_revision = "0003"

_LENT = """
ALTER TABLE jx.grants ADD COLUMN lent_by uuid REFERENCES jx.persons(id),
  ADD COLUMN lent_from uuid REFERENCES jx.grants(id),
  ADD COLUMN actions text[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT lent CHECK ((lent_by IS NULL) = (lent_from IS NULL)
    AND (lent_by IS NULL) = (actions = '{}')
    AND (lent_by IS NULL OR (lent_by <> person_id AND to_on IS NOT NULL AND keys = '{}' AND NOT cleared)));
CREATE INDEX ON jx.grants (lent_by) WHERE lent_by IS NOT NULL;
CREATE INDEX ON jx.grants (lent_from) WHERE lent_from IS NOT NULL;
CREATE INDEX ON jx.grants (role, id)"""


def upgrade() -> None:
    """Expand only."""
    run_sql(_LENT)
