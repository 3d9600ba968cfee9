"""The sealed audit trail (P6.2 to P6.4, A39): whatever a superuser does to it is found and named."""

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.access import Principal
from jixiao.servicekit.chain import COLUMNS, create_key
from jixiao.servicekit.process import start
from jixiao.servicekit.sealing import Sealer
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.testing import Caller, Minter, request_id
from jixiao.servicekit.verifying import Verdict
from jixiao.targets.main import SERVICE
from local import databases
from local.embedded import Nats, Postgres

_serial = itertools.count(1)
OFF = "SET session_replication_role = replica"
"""What a superuser can do: no trigger fires."""
PER_BATCH = 6


@dataclass(slots=True)
class Sealed:
    """A trail of three batches, its head anchored after the second and after the third."""

    postgres: Postgres
    database: str
    settings: Settings

    async def copy(self, *statements: str, **changes: Any) -> Verdict:
        """Do this to a copy of the database as a superuser, and verify the copy."""
        name = f"tampered_{next(_serial)}"
        databases.create(self.postgres, "targets", name, template=self.database)
        try:
            with self.postgres.admin(name) as admin:
                admin.execute(OFF)
                for statement in statements:
                    admin.execute(statement.encode())
            url = self.postgres.dsn("targets_job", name)
            settings = self.settings.model_copy(update={"jobs_database_url": url, **changes})
            return await SERVICE.trail(settings).verify()
        finally:
            databases.drop(self.postgres, name)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the untouched database."""
        with self.postgres.admin(self.database) as admin:
            return admin.execute(query.encode()).fetchall()


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
        anchors=f"file://{folder}/anchors", stream_bytes=64 * 2**20,
    )  # fmt: skip
    up = await start(SERVICE, settings.model_copy(update={"anchors": ""}))
    channel = aio.insecure_channel(f"127.0.0.1:{up.port}")
    unit = Principal("person", "unit", "grant", "370303", "ZD103", "U001", session="s")
    caller, create = Caller(minter, unit, "targets"), ProgrammesClient(channel).create_programme
    sealer = Sealer("targets", settings, up.transactions)
    for number in range(3):
        for _ in range(PER_BATCH):
            await caller(create, a_programme())
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
async def test_a39_what_a_superuser_does_to_the_trail_is_found_and_the_entry_named(
    sealed: Sealed, case: str
) -> None:
    statements, how, entry = TAMPERED[case]
    verdict = await sealed.copy(*statements)
    assert verdict.state == "tampered"
    assert (verdict.tampered[0].how, verdict.tampered[0].entry) == (how, entry), verdict.tampered
