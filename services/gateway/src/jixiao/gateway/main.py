"""Wiring of the gateway, and its commands: serve, migrate, install, keys, audit."""

import asyncio
import os
import sys
from pathlib import Path

import uvloop

from jixiao.servicekit.process import Service
from jixiao.servicekit.trail import command

from .directory import contract, housekeeping, installing, passwords
from .directory.access_log import AccessLog
from .directory.events import CATALOGUE
from .login import Callers
from .serving import GatewaySettings, serve
from .subscriptions import REACTIONS
from .tokens import keys_command

SERVICE = Service(
    package="gateway",
    catalogue=CATALOGUE,
    servicers=lambda t: contract.servicers(t, Callers(t), AccessLog(t)),
    contracts=contract.CONTRACTS,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    days=(housekeeping.sweep,),
    audited={
        "org_unit": "org_units", "grant": "grants", "grant_proposal": "grant_proposals",
        "factor": "factors", "rule": "rules", "plan": "work_plans", "working_days": "working_days",
    },
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run a command; without one, serve. The exit status."""
    match arguments:
        case []:
            uvloop.run(serve(SERVICE, _settings()))
        case ["migrate"]:
            from jixiao.servicekit.migrating import (  # noqa: PLC0415 - Alembic, for this alone
                migrate,
            )

            migrate(SERVICE.migrations, os.environ["JIXIAO_DATABASE_URL"])
        case ["audit", *rest]:
            settings = _settings()
            return command(SERVICE.trail(settings), settings, rest)
        case ["install"]:
            settings = _settings()
            passwords.spend(settings.password_memory)
            return asyncio.run(installing.command(settings))
        case ["keys", *files]:
            return keys_command(files)
        case _:
            sys.stderr.write(
                "usage: python -m jixiao.gateway [migrate | install | keys … | audit …]\n"
            )
            return 2
    return 0


def _settings() -> GatewaySettings:
    return GatewaySettings()  # type: ignore[call-arg]  # fields come from the environment
