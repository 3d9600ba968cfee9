"""An identity of the OpenID provider is linked by one administrator and confirmed by another (P4.4)."""

from jixiao.servicekit.migrating import run_sql

revision = "0007"
down_revision = "0006"

# Nothing is in the table before these columns are: the operation comes with them.
_TWO_PEOPLE = """
ALTER TABLE jx.identities ADD linked_by uuid NOT NULL REFERENCES jx.persons(id),
  ADD confirmed_by uuid REFERENCES jx.persons(id), ADD CHECK (confirmed_by <> linked_by)"""


def upgrade() -> None:
    """Expand."""
    run_sql(_TWO_PEOPLE)
