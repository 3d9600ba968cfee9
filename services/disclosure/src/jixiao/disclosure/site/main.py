"""The public site's process: HTTP for citizens and one consumer, in one loop (A-15).

`python -m jixiao.disclosure site` serves, `site migrate` brings its own database to the newest
version. It reaches no other database: what is not published cannot leak from here.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import structlog
import uvicorn
import uvloop

from jixiao.servicekit import telemetry
from jixiao.servicekit.broker import Broker
from jixiao.servicekit.clock import Clock
from jixiao.servicekit.database import Database
from jixiao.servicekit.events import Catalogue
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.migrating import migrate, mirror
from jixiao.servicekit.process import healing_jobs, until_stopped
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.transaction import Transactions

from .app import build
from .guarding import Pace
from .reading import Reading
from .subscriptions import PROJECTIONS, REACTIONS

log = structlog.get_logger()
MIGRATIONS = Path(__file__).parent / "migrations"


LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


class SiteSettings(Settings):
    """The site's own settings."""

    proxies: str = ""
    """Addresses of reverse proxies, `a,b`, whose `X-Forwarded-For` tells the citizen's address."""


def main() -> None:
    """Serve, or `migrate`."""
    if sys.argv[2:] == ["migrate"]:
        url = os.environ["JIXIAO_DATABASE_URL"]
        migrate(MIGRATIONS, url)
        mirror([table for one in PROJECTIONS for table in one.tables], url)
        return
    uvloop.run(_serve(SiteSettings()))  # type: ignore[call-arg]  # fields come from the environment


class Uvicorn(uvicorn.Server):
    """Leaves signals to the process, which closes more than HTTP."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


async def _serve(settings: SiteSettings) -> None:
    telemetry.start("site")
    database = await Database.open(settings.database_url, settings.jobs_database_url)
    broker = await Broker.connect(settings.nats_url, "site")
    # The site tells nothing, so its catalogue is empty and no relay runs.
    transactions = Transactions(database, Clock(settings.clock), Catalogue("site", []))
    inboxes = [
        Inbox("site", stream, reactions, transactions, settings.redelivery_delays, "pages")
        for stream, reactions in REACTIONS.items()
    ]
    jobs = [asyncio.create_task(inbox.run(broker)) for inbox in inboxes]
    jobs += [
        asyncio.create_task(job)
        for job in healing_jobs(settings, inboxes, PROJECTIONS, transactions)
    ]
    for job in jobs:
        job.add_done_callback(_ended)
    host, port = settings.listen.rsplit(":", 1)
    server = Uvicorn(
        uvicorn.Config(
            build(Reading(database), Pace.generous() if host in LOOPBACK else Pace()),
            host=host, port=int(port), lifespan="off", log_config=None,
            access_log=False, server_header=False, timeout_graceful_shutdown=20,
            proxy_headers=bool(settings.proxies), forwarded_allow_ips=settings.proxies or None,
        )
    )  # fmt: skip
    http = asyncio.create_task(server.serve())
    await until_stopped()
    server.should_exit = True
    await http
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await broker.close()
    await database.close()


def _ended(task: "asyncio.Task[None]") -> None:
    """A consumer that ends by itself ends the process: a supervisor starts it anew."""
    if not task.cancelled() and (failed := task.exception()) is not None:
        log.error("job_failed", error=type(failed).__name__)
        os.kill(os.getpid(), signal.SIGTERM)
