"""Form drafts, kept until a successful submit of that version (P5.8)."""

from jixiao.servicekit.migrating import COORDINATES, run_sql, scope

revision = "0003"
down_revision = "0002"

# What evaluation kept before every service did: open drafts move over, 90 days from their saving.
_CARRY = """DO $$ BEGIN IF to_regclass('jx.drafts') IS NOT NULL THEN
 INSERT INTO jx.form_drafts(id, territory, line, unit, role, form, key, content, saved_by, saved_on,
  expires_on, version)
 SELECT id, territory, line, unit, role, form, key, (body->>'body')::jsonb, body->>'saved_by',
  (body->>'saved_on')::date, expires_on, version FROM jx.drafts WHERE state = 'open';
 END IF; END $$"""


def upgrade() -> None:
    """Expand only.

    A row is a post's form under its key: `content` while it is drafted, `filed` as it was last
    filed, for the case that it comes back. Rows stay, so that a version is never given twice.
    """
    run_sql(
        f"CREATE TABLE jx.form_drafts(id uuid PRIMARY KEY, {COORDINATES}, role text NOT NULL,"
        " person text NOT NULL DEFAULT '', form text NOT NULL, key text NOT NULL, content jsonb,"
        " filed jsonb, filed_at timestamptz, saved_by text NOT NULL DEFAULT '', saved_on date,"
        " expires_on date, version int NOT NULL DEFAULT 0,"
        " UNIQUE (territory, line, unit, classified, role, person, form, key))"
    )
    scope("form_drafts", key="id")
    # Whom a commission or the congress has named drafts for himself; a record id is no draft's.
    run_sql(
        "CREATE POLICY named ON jx.form_drafts TO s_commission, s_congress"
        " USING (person <> '' AND person = (SELECT jx.need('jx.person')));"
        "CREATE INDEX ON jx.form_drafts (form, key);"
        "CREATE INDEX ON jx.form_drafts (expires_on) WHERE content IS NOT NULL"
    )
    run_sql(_CARRY)
