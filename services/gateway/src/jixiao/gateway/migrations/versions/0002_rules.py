"""Rules and procedures of the organisations, in force from a day (D-30, T-36).

Expand only: pods of before do not know the table.
"""

from jixiao.servicekit.migrating import open_to_all, run_sql

revision = "0002"
down_revision = "0001"

_TABLE = """
CREATE TABLE jx.rules(id uuid PRIMARY KEY, office text NOT NULL, kind text NOT NULL,
  title text NOT NULL, document_no text NOT NULL, text text NOT NULL, file_id uuid,
  in_force_from date NOT NULL, in_force_to date CHECK (in_force_to >= in_force_from),
  version int NOT NULL);
CREATE INDEX ON jx.rules (office, id)"""


def upgrade() -> None:
    """Make the table, readable by all: a rule in force is no secret."""
    run_sql(_TABLE)
    open_to_all("rules", writable=True)
