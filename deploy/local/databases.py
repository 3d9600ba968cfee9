"""A database and logins per service, made as a superuser, then migrated by the service itself."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from .embedded import Postgres

ROLES = Path(__file__).parent.parent / "postgres" / "roles.sql"
SERVICES = ("targets", "monitoring", "evaluation", "results", "disclosure", "gateway")
"""Packages, in the order in which they start."""


SITE = "site"
"""The public site: disclosure's second entrypoint, with a database of its own (A-15)."""


def command_of(service: str) -> list[str]:
    """How a service's process is started."""
    module = ["jixiao.disclosure", "site"] if service == SITE else [f"jixiao.{service}"]
    return [sys.executable, "-m", *module]


@dataclass(frozen=True, slots=True)
class Logins:
    """Where one service finds its database, by login."""

    api: str
    job: str
    migrator: str


def logins(postgres: Postgres, service: str, database: str) -> Logins:
    """The DSNs of a service's logins."""
    return Logins(
        api=postgres.dsn(f"{service}_api", database),
        job=postgres.dsn(f"{service}_job", database),
        migrator=postgres.dsn(f"{service}_migrator", database),
    )


def create(postgres: Postgres, service: str, database: str, *, template: str | None = None) -> bool:
    """Make the database and its roles where they are missing; False if it was there."""
    with postgres.admin() as admin:
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found:
            return False
        make = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database))
        if template:
            make += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        admin.execute(make)
    names = {
        "own": f"own_{service}",
        "api": f"{service}_api",
        "job": f"{service}_job",
        "migrator": f"{service}_migrator",
    }
    script = re.sub(r":'(\w+)'", lambda m: f"'{names[m[1]]}'", ROLES.read_text(encoding="utf-8"))
    with postgres.admin(database) as admin:
        admin.execute(script.encode())
    return True


def drop(postgres: Postgres, database: str) -> None:
    """Remove a database, whoever is connected."""
    with postgres.admin() as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )


def migrate(postgres: Postgres, databases: Iterable[tuple[str, str]]) -> None:
    """Run each service's `migrate` command, side by side; `databases` are (service, database)."""
    running = []
    for service, database in databases:
        login = logins(postgres, service, database)
        environment = {**os.environ, "JIXIAO_DATABASE_URL": login.migrator}
        command = [*command_of(service), "migrate"]
        running.append((service, subprocess.Popen(command, env=environment)))  # noqa: S603
    for service, process in running:
        if process.wait() != 0:
            raise RuntimeError(f"migrating {service} failed")
