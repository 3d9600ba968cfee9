"""Campaigns, self-evaluations, roll-ups, checks, key evaluations, commissions, drafts, copies."""

from jixiao.servicekit.migrating import create_kit_tables, create_records, open_to_all, run_sql

revision = "0001"
down_revision = None

AT = "territory, line, unit, classified"


def upgrade() -> None:
    """Expand only."""
    create_kit_tables()
    _copies()
    _campaigns()
    _evaluations()
    _commissions()
    create_records(
        "drafts", "role text NOT NULL", "form text NOT NULL", "key text NOT NULL", "expires_on date"
    )
    run_sql(f"ALTER TABLE jx.drafts ADD UNIQUE ({AT}, role, form, key)")


def _copies() -> None:
    """What others own: written by the consumer alone."""
    create_records("known_programmes", "code text NOT NULL", "parent_id uuid")
    run_sql(
        "REVOKE INSERT, UPDATE ON jx.known_programmes FROM s_any;"
        "CREATE INDEX ON jx.known_programmes (parent_id);"
        "CREATE TABLE jx.rounds(id uuid PRIMARY KEY, year int NOT NULL, cut_off text NOT NULL,"
        " closed bool NOT NULL);"
        "CREATE TABLE jx.calendars(id int PRIMARY KEY CHECK (id = 1), holidays jsonb NOT NULL,"
        " working_weekends jsonb NOT NULL);"
        "CREATE TABLE jx.org_units(id uuid PRIMARY KEY, code text NOT NULL, name text NOT NULL,"
        " kind text NOT NULL, territory text NOT NULL, line text NOT NULL)"
    )
    for table in ("rounds", "calendars", "org_units"):
        open_to_all(table)


def _campaigns() -> None:
    create_records("line_lists")
    create_records("campaigns")
    # The dates of a round are everybody's; who is missing comes from each one's own scope.
    run_sql(
        f"ALTER TABLE jx.line_lists ADD UNIQUE ({AT}, year);"
        f"ALTER TABLE jx.campaigns ADD UNIQUE ({AT}, year);"
        "CREATE POLICY dates ON jx.campaigns FOR SELECT TO s_any USING (true)"
    )


def _evaluations() -> None:
    create_records(
        "self_evaluations", "campaign_id uuid NOT NULL", "programme_code text NOT NULL",
        "parent_id uuid", "root_id uuid", "due_on date NOT NULL",
    )  # fmt: skip
    create_records("roll_ups", "level text NOT NULL")
    create_records("draws", "campaign_id uuid NOT NULL")
    create_records("spot_checks", "campaign_id uuid NOT NULL", "programme_code text NOT NULL")
    create_records("key_evaluations")
    run_sql(
        f"ALTER TABLE jx.self_evaluations ADD UNIQUE (programme_id, {AT}, year);"
        "CREATE INDEX ON jx.self_evaluations (year, programme_code, id);"
        "CREATE INDEX ON jx.self_evaluations (parent_id); CREATE INDEX ON jx.self_evaluations (root_id);"
        "CREATE INDEX ON jx.self_evaluations (due_on)"
        " WHERE state IN ('not_started', 'returned');"
        f"ALTER TABLE jx.roll_ups ADD UNIQUE (programme_id, {AT}, year);"
        f"ALTER TABLE jx.draws ADD UNIQUE ({AT}, campaign_id);"
        f"ALTER TABLE jx.spot_checks ADD UNIQUE (programme_id, {AT}, year);"
        "CREATE INDEX ON jx.spot_checks (year, programme_code, id);"
        "CREATE INDEX ON jx.key_evaluations (programme_id, year)"
    )


def _commissions() -> None:
    create_records("third_parties", "credit_code text NOT NULL")
    create_records(
        "commissions", "persons text[] NOT NULL", "third_party_id uuid NOT NULL",
        "ends_on date NOT NULL",
    )  # fmt: skip
    # Whoever is named declares before any grant exists (D-6(8)); departments commission from the
    # register that district finance keeps.
    run_sql(
        f"ALTER TABLE jx.third_parties ADD UNIQUE ({AT}, credit_code);"
        "CREATE POLICY register ON jx.third_parties FOR SELECT TO s_line, s_town"
        " USING (district = (SELECT jx.need('jx.district')));"
        "CREATE POLICY named ON jx.commissions TO s_any"
        " USING (persons @> ARRAY[(SELECT jx.need('jx.person'))]);"
        "CREATE INDEX ON jx.commissions USING gin (persons);"
        "CREATE INDEX ON jx.commissions (third_party_id)"
    )
