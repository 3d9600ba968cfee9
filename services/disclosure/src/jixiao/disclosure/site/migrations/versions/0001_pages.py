"""What is published, and nothing else (A-15, R-41)."""

from jixiao.servicekit.migrating import create_kit_tables, open_to_all, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    run_sql(
        "CREATE TABLE jx.pages(publication_id uuid NOT NULL, number int NOT NULL,"
        " public_id text NOT NULL, kind text NOT NULL, year int NOT NULL, day date NOT NULL,"
        " current bool NOT NULL, classification text NOT NULL CHECK (classification = 'public'),"
        " snapshot jsonb NOT NULL, document_number text NOT NULL, what text NOT NULL,"
        " why text NOT NULL, words text NOT NULL, withdrawn_on date,"
        " reason text NOT NULL DEFAULT '', PRIMARY KEY (publication_id, number));"
        "CREATE INDEX ON jx.pages (public_id, year, kind)"
    )
    open_to_all("pages")
