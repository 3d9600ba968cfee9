"""The sealed audit trail (P6.2 to P6.4, A39): whatever a superuser does to it is found and named."""

import asyncio
import contextlib
import itertools
import json
import os
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.access import Principal
from jixiao.servicekit.chain import (
    COLUMNS,
    TEXTS,
    Batch,
    SealKeys,
    create_key,
    digest_of,
    leaf,
    root,
)
from jixiao.servicekit.process import start
from jixiao.servicekit.sealing import Sealer
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.testing import Caller, Minter, request_id
from jixiao.servicekit.verifying import Verdict
from jixiao.targets.main import SERVICE
from local import databases
from local.embedded import Nats, Postgres

_serial = itertools.count(1)
Admin = psycopg.Connection[tuple[Any, ...]]
OFF = "SET session_replication_role = replica"
"""What a superuser can do: no trigger fires."""
PER_BATCH = 6


@dataclass(slots=True)
class Sealed:
    """A trail of three batches, its head anchored after the second and after the third."""

    postgres: Postgres
    database: str
    settings: Settings

    async def copy(self, *acts: str | Callable[[Admin], None], **changes: Any) -> Verdict:
        """Do this to a copy of the database as a superuser, and verify the copy."""
        name = f"tampered_{next(_serial)}"
        databases.create(self.postgres, "targets", name, template=self.database)
        try:
            with self.postgres.admin(name) as admin:
                admin.execute(OFF)
                for act in acts:
                    act(admin) if callable(act) else admin.execute(act.encode())
            url = self.postgres.dsn("targets_job", name)
            settings = self.settings.model_copy(update={"jobs_database_url": url, **changes})
            return await SERVICE.trail(settings).verify()
        finally:
            databases.drop(self.postgres, name)


def a_programme() -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=2025, description=description, request_id=request_id())


@pytest.fixture(scope="module")
async def sealed(
    postgres: Postgres, nats: Nats, minter: Minter, templates: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Sealed]:  # fmt: skip
    folder, name = tmp_path_factory.mktemp("sealed"), f"sealed_{next(_serial)}"
    create_key(folder / "seal.json")
    databases.create(postgres, "targets", name, template=templates("targets"))
    login = databases.logins(postgres, "targets", name)
    settings = Settings(
        database_url=login.api, jobs_database_url=login.job, nats_url=nats.url,
        principal_keys=minter.path.with_name("public.json"), seal_key=folder / "seal.json",
        anchors=f"file://{folder}/anchors", stream_bytes=64 * 2**20, stream_replicas=1,
    )  # fmt: skip
    up = await start(SERVICE, settings.model_copy(update={"anchors": ""}))
    channel = aio.insecure_channel(f"127.0.0.1:{up.port}")
    unit = Principal("person", "unit", "grant", "370303", "ZD103", "U001", session="s")
    caller, create = Caller(minter, unit, "targets"), ProgrammesClient(channel).create_programme
    sealer = Sealer("targets", settings, up.transactions)
    for number in range(3):
        for _ in range(PER_BATCH):
            await caller(create, a_programme())
        if number == 2:  # another key and the other hash: the chain goes on
            create_key(folder / "seal.json")
            settings = settings.model_copy(update={"seal_algorithm": "sm3"})
            sealer = Sealer("targets", settings, up.transactions)
        assert await sealer.seal() == PER_BATCH
        if number:
            assert await sealer.anchor(now=True) is not None
    await channel.close()
    await up.stop()
    yield Sealed(postgres, name, settings)
    databases.drop(postgres, name)


async def test_p64_control_an_untouched_trail_is_intact(sealed: Sealed) -> None:
    verdict = await sealed.copy()
    assert (verdict.state, verdict.tampered, verdict.lacking) == ("intact", [], [])
    assert (verdict.entries, verdict.batches, verdict.anchors) == (3 * PER_BATCH, 3, 2)


def test_p62_keys_made_in_the_same_second_are_two(tmp_path: Path) -> None:
    first, second = create_key(tmp_path / "seal.json"), create_key(tmp_path / "seal.json")
    assert first != second
    assert {first, second} <= set(json.loads((tmp_path / "seal.json").read_text())["public"])


def test_p62_sm3_is_the_hash_of_gb_t_32905() -> None:
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest_of("sm3")(b"abc").hex() == known


def forged(**values: str) -> str:
    """An entry made from the fourth."""
    taken = ", ".join(values.get(column, column) for column in COLUMNS)
    return (
        f"INSERT INTO jx.audit({', '.join(COLUMNS)}) OVERRIDING SYSTEM VALUE"  # noqa: S608
        f" SELECT {taken} FROM jx.audit WHERE id = 4"
    )


TAMPERED: dict[str, tuple[list[str], str, int]] = {
    "edited": (
        ["UPDATE jx.audit SET after = jsonb_set(after, '{year}', '2026') WHERE id = 8"], "edited", 8,
    ),
    "another person": (["UPDATE jx.audit SET person = 'somebody' WHERE id = 3"], "edited", 3),
    "deleted": (["DELETE FROM jx.audit WHERE id = 5"], "removed", 5),
    "deleted with its link": (
        ["DELETE FROM jx.audit WHERE id = 5", "DELETE FROM jx.audit_link WHERE entry = 5"],
        "removed", 0,
    ),
    "inserted, as of then": ([forged(id="99", aggregate_id="gen_random_uuid()")], "inserted", 99),
    "inserted, as of now": (
        [forged(id="99", tx="pg_current_xact_id()", version="2")], "inserted", 99,
    ),
    "inserted twice": ([forged(id="99", tx="pg_current_xact_id()")], "inserted", 99),
    "swapped": (
        ["ALTER TABLE jx.audit ALTER id DROP IDENTITY",
         "UPDATE jx.audit SET id = -1 WHERE id = 2", "UPDATE jx.audit SET id = 2 WHERE id = 9",
         "UPDATE jx.audit SET id = 9 WHERE id = -1"], "reordered", 2,
    ),
    "links swapped": (
        ["UPDATE jx.audit_link SET position = -1 WHERE entry = 2",
         "UPDATE jx.audit_link SET position = 2 WHERE entry = 3",
         "UPDATE jx.audit_link SET position = 3 WHERE entry = -1 OR position = -1"],
        "reordered", 2,
    ),
    "a batch's header": (["UPDATE jx.audit_batch SET at = at + interval '1 s' WHERE n = 2"], "chain", 0),
    "a batch removed": (["DELETE FROM jx.audit_batch WHERE n = 2"], "removed", 0),
    "the tail cut": (
        ["DELETE FROM jx.audit_batch WHERE n = 3", "DELETE FROM jx.audit_link WHERE batch = 3",
         "DELETE FROM jx.audit WHERE id > 12", "DELETE FROM jx.programmes p WHERE NOT EXISTS"
         " (SELECT FROM jx.audit a WHERE a.aggregate_id = p.id)"], "cut", 0,
    ),
    "a record without its entry": (["UPDATE jx.programmes SET version = 2"], "removed", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
@pytest.mark.attack("A39")
async def test_a39_what_a_superuser_does_to_the_trail_is_found_and_the_entry_named(
    sealed: Sealed, case: str
) -> None:
    statements, how, entry = TAMPERED[case]
    verdict = await sealed.copy(*statements)
    assert verdict.state == "tampered"
    assert (verdict.tampered[0].how, verdict.tampered[0].entry) == (how, entry), verdict.tampered


def rechained(keys: SealKeys) -> Callable[[Admin], None]:
    """Edit the eighth entry, then make all leaves, roots and hashes anew and sign them."""

    def act(admin: Admin) -> None:
        admin.execute("UPDATE jx.audit SET person = 'somebody' WHERE id = 8")
        before = b""
        for row in admin.execute(
            "SELECT n, count, horizon::text, algorithm, at FROM jx.audit_batch ORDER BY n"
        ).fetchall():
            digest = digest_of(row[3])
            of = (
                b"SELECT l.entry, "
                + TEXTS.encode()
                + (
                    b" FROM jx.audit_link l JOIN jx.audit a ON a.id = l.entry"
                    b" WHERE batch = %s ORDER BY position"
                )
            )
            leaves = {entry: leaf(digest, texts) for entry, texts in admin.execute(of, [row[0]])}
            made = Batch(
                "targets", row[0], row[1], root(digest, [*leaves.values()]), before, int(row[2]),
                row[3], row[4],
            )  # fmt: skip
            key, signature = keys.sign(made)
            before = made.hash()
            for entry, new in leaves.items():
                admin.execute("UPDATE jx.audit_link SET leaf = %s WHERE entry = %s", [new, entry])
            admin.execute(
                "UPDATE jx.audit_batch SET root = %s, prev_hash = %s, hash = %s, key = %s,"
                " signature = %s WHERE n = %s",
                [made.root, made.prev_hash, before, key, signature, made.n],
            )

    return act


@pytest.mark.attack("A39")
async def test_a39_a_chain_made_anew_lacks_the_key_and_with_a_stolen_key_the_anchors_know_it(
    sealed: Sealed, tmp_path: Path
) -> None:
    create_key(tmp_path / "own.json")
    verdict = await sealed.copy(rechained(SealKeys(tmp_path / "own.json")))
    assert {one.how for one in verdict.tampered} >= {"signature", "anchor"}

    stolen = rechained(SealKeys(sealed.settings.seal_key))
    verdict = await sealed.copy(stolen)
    assert (verdict.state, verdict.tampered[0].how) == ("tampered", "anchor")
    assert verdict.tampered[0].entry == PER_BATCH + 1  # the first of the batch that was anchored

    control = await sealed.copy(stolen, anchors="")
    assert (control.state, control.tampered) == ("incomplete", [])


async def test_p64_what_is_not_sealed_or_not_anchored_is_incomplete(sealed: Sealed) -> None:
    young = forged(id="99", tx="pg_current_xact_id()", aggregate="'thing'", version="1",
                   aggregate_id="gen_random_uuid()", at="clock_timestamp()")  # fmt: skip
    verdict = await sealed.copy(young)
    assert (verdict.state, verdict.unsealed) == ("intact", 1)
    verdict = await sealed.copy(young.replace("clock_timestamp()", "at - interval '1 hour'"))
    assert (verdict.state, verdict.lacking[0].how, verdict.lacking[0].entry) == (
        "incomplete", "unsealed", 99,
    )  # fmt: skip
    verdict = await sealed.copy(anchors="")
    assert (verdict.state, verdict.lacking[0].how) == ("incomplete", "unanchored")


async def test_p62_batches_and_links_are_as_append_only_as_the_trail(sealed: Sealed) -> None:
    def refused(admin: Admin) -> None:
        admin.execute("SET session_replication_role = origin")
        for table in ("audit", "audit_batch", "audit_link", "audit_heads"):
            acts = (
                ["TRUNCATE jx."] if table == "audit_heads" else ["TRUNCATE jx.", "DELETE FROM jx."]
            )
            for act in acts:  # no row in audit_heads to delete
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    admin.execute((act + table).encode())

    assert (await sealed.copy(refused)).state == "intact"


async def test_p64_the_command_ends_with_the_verdict(sealed: Sealed) -> None:
    environment = {
        **os.environ, "JIXIAO_DATABASE_URL": sealed.settings.database_url,
        "JIXIAO_JOBS_DATABASE_URL": sealed.settings.jobs_database_url, "JIXIAO_NATS_URL": "none",
        "JIXIAO_SEAL_KEY": str(sealed.settings.seal_key),
    }  # fmt: skip
    for anchors, code, word in ((sealed.settings.anchors, 0, ""), ("", 2, "unanchored")):
        command = [sys.executable, "-m", "jixiao.targets", "audit", "verify"]
        if anchors:
            command += ["--anchors", anchors]
        run = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=PIPE, stderr=PIPE
        )
        told, warned = await run.communicate()
        assert (run.returncode, word in warned.decode()) == (code, True), warned
        assert json.loads(told)["entries"] == 3 * PER_BATCH


async def test_p62_nothing_is_sealed_past_a_transaction_that_still_runs_and_by_one_alone(
    running: Callable[[str], Awaitable[Any]], tmp_path: Path
) -> None:
    up = await running("targets")
    create = ProgrammesClient(up.channel).create_programme
    unit = up.caller("unit", territory="370303", line="ZD103", unit="U001")
    settings = up.settings
    first, second = (Sealer("targets", settings, up.running.transactions) for _ in range(2))
    await unit(create, a_programme())
    late = await asyncpg.connect(up.admin)
    await late.execute(
        f"BEGIN; {forged(id='1000', tx='pg_current_xact_id()', version='2')}".replace(
            "WHERE id = 4", ""
        )
    )
    await unit(create, a_programme())
    while await first.seal():
        pass

    def sealed() -> list[int]:
        with up.postgres.admin(up.database) as admin:
            return [int(row[0]) for row in admin.execute("SELECT entry FROM jx.audit_link")]

    assert max(sealed(), default=0) <= 1  # not the programme that was made after it
    await late.execute("COMMIT")
    await late.close()
    await asyncio.gather(first.seal(), second.seal())  # whichever of them, or the service's own
    assert sorted(sealed())[0::2] == [1, 1000]
    assert len(sealed()) == 3


async def test_p62_a_sealer_that_is_told_to_stop_stops(
    running: Callable[[str], Awaitable[Any]],
) -> None:
    up = await running("results")
    task = asyncio.create_task(Sealer("results", up.settings, up.running.transactions).run())
    await asyncio.sleep(0)
    began = time.monotonic()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1
