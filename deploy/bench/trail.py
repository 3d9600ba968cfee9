"""Sealing and verifying an audit trail: rows a second, and what a million take (P6.4)."""

import time
from dataclasses import asdict
from pathlib import Path

from jixiao.servicekit.chain import create_key
from jixiao.servicekit.clock import Clock
from jixiao.servicekit.database import Database
from jixiao.servicekit.sealing import MOST, Sealer
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.transaction import Transactions
from jixiao.targets.main import SERVICE
from local import databases
from local.stack import Stack

from .report import Figure

ROWS = 100_000
BAR = 60.0
"""Seconds for a million entries (lessons.md §4)."""
# Records as large as a filed target's: a document of about 2 KiB before and after.
_FILL = f"""INSERT INTO jx.audit(at, day, action, person, role, grant_id, session, request_id, trace,
 aggregate, aggregate_id, version, territory, line, unit, before, after)
 SELECT now(), current_date, '/jixiao.targets.v1.Targets/SubmitTarget', gen_random_uuid(), 'unit',
 gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), md5(n::text), 'thing',
 md5((n / 4)::text)::uuid, n % 4 + 1, '370303', 'ZD103', 'U001', body, body
 FROM generate_series(0, {ROWS - 1}) n, (SELECT jsonb_agg(jsonb_build_object('name', '数量指标', 'planned',
 i, 'unit', '个', 'weight', '10.00', 'note', repeat('字', 30))) AS body FROM generate_series(1, 12) i) b"""  # noqa: S608


async def sealing_and_verifying(stack: Stack) -> list[Figure]:
    """Fill, seal and verify a trail of its own."""
    name = f"{stack.prefix}trail"
    databases.drop(stack.postgres, name)
    databases.create(stack.postgres, "targets", name)
    databases.migrate(stack.postgres, [("targets", name)])
    login = databases.logins(stack.postgres, "targets", name)
    key = Path(stack.folder) / "seal-trail.json"
    create_key(key)
    settings = Settings(
        database_url=login.api, jobs_database_url=login.job, nats_url="", seal_key=key
    )
    with stack.postgres.admin(name) as admin:
        admin.execute(_FILL.encode())
        admin.execute("ANALYZE jx.audit")
    database = await Database.open(login.api, login.job)
    sealer = Sealer("targets", settings, Transactions(database, Clock(), SERVICE.catalogue))
    began = time.monotonic()
    while await sealer.seal() >= MOST:
        pass
    sealed = time.monotonic() - began
    await database.close()
    began = time.monotonic()
    verdict = await SERVICE.trail(settings).verify()
    took = time.monotonic() - began
    if verdict.tampered or verdict.entries != ROWS:
        raise RuntimeError(f"the trail does not verify: {asdict(verdict)}")
    million = took * 1_000_000 / ROWS
    return [
        Figure("seal an audit trail", round(ROWS / sealed), "entries/s"),
        Figure(
            "verify a million audit entries", round(million, 1), "s", BAR, round(BAR / million, 3),
            f"≤ {BAR:.0f} s", million <= BAR, note=f"from {ROWS:,} in {took:.1f} s",
        ),
    ]  # fmt: skip
