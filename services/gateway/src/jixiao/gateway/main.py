"""Wiring of the gateway, and its commands: serve, migrate, install, keys."""

import asyncio
import json
import os
import sys
from pathlib import Path

import uvloop

from jixiao.servicekit.clock import Clock
from jixiao.servicekit.database import Database
from jixiao.servicekit.errors import Answered
from jixiao.servicekit.migrating import migrate
from jixiao.servicekit.process import Service
from jixiao.servicekit.transaction import Transactions

from .directory import contract, installing
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
)


def main(arguments: list[str]) -> int:
    """Run a command; without one, serve. The exit status."""
    match arguments:
        case []:
            uvloop.run(serve(SERVICE, GatewaySettings()))  # type: ignore[call-arg]  # from the environment
        case ["migrate"]:
            migrate(SERVICE.migrations, os.environ["JIXIAO_DATABASE_URL"])
        case ["install"]:
            return asyncio.run(_install(GatewaySettings()))  # type: ignore[call-arg]  # from the environment
        case ["keys", *files]:
            return keys_command(files)
        case _:
            sys.stderr.write("usage: python -m jixiao.gateway [migrate | install | keys …]\n")
            return 2
    return 0


async def _install(settings: GatewaySettings) -> int:
    """Make the first accounts and print login name and password as JSON; 1 where there are any."""
    database = await Database.open(settings.database_url, settings.jobs_database_url)
    try:
        made = await installing.install(Transactions(database, Clock(settings.clock), CATALOGUE))
    except Answered as refusal:
        sys.stderr.write(refusal.message + "\n")
        return 1
    finally:
        await database.close()
    sys.stdout.write(json.dumps({first.login_name: first.password for first in made}) + "\n")
    return 0
