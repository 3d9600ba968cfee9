"""The directory's own trail: it holds ids, so a name may go; and it keeps others' heads (P6.3, P6.5)."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from jixiao.gateway.main import SERVICE
from jixiao.servicekit.access import system
from jixiao.servicekit.chain import Head
from jixiao.servicekit.events import Received
from jixiao.servicekit.sealing import Sealer, keep_head, message_of
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

NAME = "zhangsan-of-the-directory"


async def test_p65_erasing_a_name_breaks_no_chain_and_the_trail_never_held_it(
    gateway: Any, tmp_path: Path
) -> None:
    (person,) = await gateway.accounts(NAME)
    await gateway.give(gateway.finance(person))
    up = gateway.up
    settings = up.settings.model_copy(update={"anchors": f"file://{tmp_path}"})
    sealer = Sealer("gateway", settings, up.running.transactions)
    while await sealer.seal():
        pass
    await sealer.anchor(now=True)
    outside = await asyncpg.connect(up.admin)
    try:
        held = "SELECT count(*) FROM jx.audit a WHERE a::text LIKE $1"
        assert await outside.fetchval(held, f"%{NAME}%") == 0
        assert await outside.fetchval(held, f"%{person}%") > 1
        await outside.execute("UPDATE jx.persons SET name = '' WHERE name = $1", NAME)
        await outside.execute(
            "UPDATE jx.accounts SET login_name = id::text WHERE id = $1::uuid", person
        )
        verdict = await SERVICE.trail(settings).verify()
        assert (verdict.state, verdict.tampered, verdict.lacking) == ("intact", [], [])

        await outside.execute(  # the control: the trail is not as easily made to forget
            "SET session_replication_role = replica; UPDATE jx.audit SET person = '' WHERE id = 3"
        )
        verdict = await SERVICE.trail(settings).verify()
        assert (verdict.tampered[0].how, verdict.tampered[0].entry) == ("edited", 3)
    finally:
        await outside.close()


async def test_p63_the_heads_of_other_services_are_kept_once_and_the_newest_are_told(
    gateway: Any,
) -> None:
    transactions = gateway.up.running.transactions
    at = datetime.now(UTC).isoformat()
    for n in (1, 2, 3, 4, 4):
        head = Head("targets", n, f"{n:064x}", n * 10, at, "k", "00" * 64)

        async def handle(work: Work, head: Head = head) -> tuple[None, Any]:
            payload = message_of(head).to_binary()
            event = Received("s", uuid7(), uuid7(), 1, 1, date(2026, 1, 1), payload, {})
            return None, await keep_head(event, work)

        await transactions.act(system("gateway"), "jixiao.targets.audit_head.published", handle)
    kept = await SERVICE.trail(gateway.up.settings).kept()
    assert [(one.service, one.n, one.entries) for one in kept] == [
        ("targets", 2, 20), ("targets", 3, 30), ("targets", 4, 40),
    ]  # fmt: skip


_LOGGED = """INSERT INTO jx.access_log(id, at, day, person_id, role, grant_id, action, outcome, reason,
 login_name, address, trace) VALUES (gen_random_uuid(), now(), current_date, 'p', '', '', 'login',
 'denied', '', '', '', '')"""


@pytest.mark.parametrize(
    ("trigger", "act"),
    [
        ("append_only", "UPDATE jx.access_log SET person_id = 'q'"),
        ("append_only", "DELETE FROM jx.access_log"),
        ("no_truncate", "TRUNCATE jx.access_log"),
    ],
)
async def test_p61_the_access_log_is_appended_to_and_nothing_else_by_anybody(
    gateway: Any, trigger: str, act: str
) -> None:
    superuser = await asyncpg.connect(gateway.up.admin)
    held = "SELECT coalesce(array_agg(l::text ORDER BY id), '{}') FROM jx.access_log l"
    try:
        await superuser.execute(_LOGGED)
        before = await superuser.fetchval(held)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await superuser.execute(act)
        assert await superuser.fetchval(held) == before
        open_ = superuser.transaction()  # control: without the trigger it is done
        await open_.start()
        await superuser.execute(f"DROP TRIGGER {trigger} ON jx.access_log")
        await superuser.execute(act)
        assert await superuser.fetchval(held) != before
        await open_.rollback()
    finally:
        await superuser.close()
