"""Real parts for all tests: one PostgreSQL and one NATS a session, a database a test module.

`running(service)` starts a service in the test's own loop on a database cloned from a migrated
template; isolation is by database, never by cleaning up.
"""

import importlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from grpc import aio

from jixiao.servicekit.access import Principal
from jixiao.servicekit.chain import create_key
from jixiao.servicekit.process import Running, start
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.testing import Caller, Minter
from local import databases
from local.embedded import Nats, Postgres
from local.keys import write_keys

_serial = itertools.count(1)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder for the session's servers."""
    path = Path(tempfile.mkdtemp(prefix="jixiao-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(folder: Path) -> Iterator[Postgres]:
    """One cluster."""
    server = Postgres(folder / "postgres")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def nats(folder: Path) -> Iterator[Nats]:
    """One NATS server."""
    server = Nats(folder / "nats")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def minter(folder: Path) -> Minter:
    """Mints principal tokens that the started services accept."""
    write_keys(folder)
    create_key(folder / "seal.json")
    return Minter(folder / "private.json")


@pytest.fixture(scope="session")
def templates(postgres: Postgres) -> Callable[[str], str]:
    """Name of the migrated template database of a service; migrated once a session."""
    made: set[str] = set()

    def template(service: str) -> str:
        name = f"template_{service}"
        if service not in made:
            made.add(service)
            databases.create(postgres, service, name)
            databases.migrate(postgres, [(service, name)])
        return name

    return template


@dataclass(slots=True)
class Up:
    """A service under test: its channel, its parts, and callers."""

    running: Running
    channel: aio.Channel
    minter: Minter
    service: str
    database: str
    postgres: Postgres
    clock: Path
    settings: Settings

    @property
    def admin(self) -> str:
        """A superuser's DSN of the service's database: for looking from outside."""
        return self.postgres.dsn("postgres", self.database)

    @property
    def login(self) -> str:
        """The API login's DSN."""
        return self.postgres.dsn(f"{self.service}_api", self.database)

    def caller(self, role: str, **post: Any) -> Caller:
        """A caller under one post: `up.caller("unit", territory=…, line=…, unit=…)`."""
        person = post.pop("person", f"person-{role}")
        return Caller(self.minter, Principal(person=person, role=role, **post), self.service)


@pytest.fixture(scope="module")
async def running(
    postgres: Postgres, nats: Nats, minter: Minter, folder: Path, templates: Callable[[str], str]
) -> AsyncIterator[Callable[[str], Awaitable[Up]]]:
    """Start a service: `up = await running("targets")`, with other parts where a test brings some."""
    started: list[Up] = []

    async def begin(service: str, **parts: Any) -> Up:
        name = f"test_{service}_{next(_serial)}"
        databases.create(postgres, service, name, template=templates(service))
        login = databases.logins(postgres, service, name)
        clock = folder / f"clock-{name}"
        settings = Settings(
            database_url=login.api, jobs_database_url=login.job, nats_url=nats.url,
            principal_keys=folder / "public.json", service_key=folder / f"{service}.pem",
            seal_key=folder / "seal.json", clock=clock, stream_bytes=64 * 2**20, stream_replicas=1,
        )  # fmt: skip
        wired = replace(importlib.import_module(f"jixiao.{service}.main").SERVICE, **parts)
        up = await start(wired, settings)
        channel = aio.insecure_channel(f"127.0.0.1:{up.port}")
        started.append(Up(up, channel, minter, service, name, postgres, clock, settings))
        return started[-1]

    yield begin
    for one in started:
        await one.channel.close()
        await one.running.stop()
        databases.drop(postgres, one.database)
