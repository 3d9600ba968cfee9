"""Who is watched is this service's own and no copy of what others told: a table of its own (P2.5).

Expand only: a former process goes on reading the years in its copies until it ends.
"""

from jixiao.servicekit.migrating import create_records, run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, from the years that were noted in the copies."""
    create_records("watched_programmes")
    run_sql(
        "CREATE INDEX ON jx.watched_programmes (year);"
        "ALTER TABLE jx.watched_programmes"
        " ADD UNIQUE (programme_id, territory, line, unit, classified, year);"
        "INSERT INTO jx.watched_programmes(id, programme_id, territory, line, unit, classified, year,"
        " state, body) SELECT w.id, p.id, p.territory, p.line, p.unit, p.classified, w.year, 'watched',"
        " jsonb_build_object('watched_id', w.id, 'programme_id', p.id, 'year', w.year, 'state',"
        " 'watched', 'version', 0, 'coordinates', p.body -> 'coordinates')"
        " FROM jx.programmes p, LATERAL (SELECT gen_random_uuid() AS id, y::int AS year"
        " FROM jsonb_array_elements_text(p.body -> 'key_years') y) w"
    )
