"""One process of a service: gRPC server, relay, consumers and schedule in one loop (A-2).

`python -m jixiao.<service>` serves; `python -m jixiao.<service> migrate` brings the database to
the newest version; `audit …` looks at the audit trail. SIGTERM stops taking calls, finishes what runs, then closes.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import uvloop

from . import delivery, dossier, draft_calls, outbox_rpc, telemetry
from .access import TokenReader
from .broker import Broker
from .claims import sweep
from .clock import Clock
from .database import Database
from .delivery import DeliveryCalls
from .dossier import DossierCalls
from .draft_calls import DraftCalls
from .drafts import expire
from .events import Catalogue
from .healing import Healing
from .identity import Identity
from .inbox import Inbox, React
from .outbox import Relay
from .outbox_rpc import EventCalls
from .rebuilding import Projection, Rebuilding
from .reconciling import Reconciling, Upkeep
from .records import AUDITED
from .rpc import serve
from .schedule import DayHandler, Schedule
from .sealing import Sealer
from .settings import Settings
from .sources import Sources
from .trail import CONTRACT as TRAILS
from .trail import Trail, TrailCalls, command
from .transaction import Transactions

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """What makes one service: its package, events, servicers, subscriptions and daily duties."""

    package: str
    """`targets`: also the token's audience, the stream and the proto package."""
    catalogue: Catalogue
    servicers: Callable[[Transactions], Sequence[Any]]
    contracts: Sequence[Any]
    """Descriptors of the gRPC services answered."""
    migrations: Path
    """Folder of the Alembic migrations."""
    reactions: Mapping[str, Mapping[str, React]] = field(default_factory=dict)
    """Stream name to (subject to reaction)."""
    days: Sequence[DayHandler] = ()
    outside: frozenset[str] = frozenset()
    """Types of aggregates whose events the public site may read here (A-15)."""
    projections: Sequence[Projection] = ()
    """What it copies of others, to be rebuilt and reconciled (P2.5, P2.6)."""
    audited: Mapping[str, str] = field(default_factory=dict)
    """Aggregate to table of what is audited and not kept by `Records`."""

    def trail(self, settings: Settings) -> Trail:
        """Its audit trail."""
        return Trail(
            self.package,
            settings,
            {**AUDITED.get(self.package, {}), "skip": "skips", **self.audited},
        )


@dataclass(slots=True)
class Running:
    """A started service, for the tests and for `run`."""

    transactions: Transactions
    port: int
    stop: Callable[[], Any]


def run(service: Service) -> None:
    """The whole of a service's `__main__`."""
    if sys.argv[1:] == ["migrate"]:
        from .migrating import migrate, mirror  # noqa: PLC0415 - Alembic is 8 MiB no server needs

        url = os.environ["JIXIAO_DATABASE_URL"]
        migrate(service.migrations, url)
        mirror([table for one in service.projections for table in one.tables], url)
        return
    if sys.argv[1:2] == ["audit"]:
        settings = Settings()  # type: ignore[call-arg]  # fields come from the environment
        sys.exit(command(service.trail(settings), settings, sys.argv[2:]))
    uvloop.run(_main(service, Settings()))  # type: ignore[call-arg]  # fields come from the environment


async def start(service: Service, settings: Settings) -> Running:
    """Open everything and start; the caller stops it."""
    telemetry.start(service.package)
    database = await Database.open(settings.database_url, settings.jobs_database_url)
    transactions = Transactions(database, Clock(settings.clock), service.catalogue)
    broker = await Broker.connect(settings.nats_url, service.package)
    await broker.ensure_stream(
        service.catalogue.stream, f"jixiao.{service.package}.>",
        max_bytes=settings.stream_bytes, replicas=settings.stream_replicas,
    )  # fmt: skip
    jobs = background(service, settings, transactions, broker)
    server, port = await serve(
        settings.listen,
        [
            *service.servicers(transactions),
            DossierCalls(transactions),
            DraftCalls(transactions, service.contracts),
            EventCalls(transactions, service.outside),
            DeliveryCalls(transactions, [one.name for one in service.projections]),
            TrailCalls(transactions, service.trail(settings)),
        ],
        [
            *service.contracts,
            *dossier.CONTRACT,
            *draft_calls.CONTRACT,
            *outbox_rpc.CONTRACT,
            *delivery.CONTRACT,
            *TRAILS,
        ],
        TokenReader(settings.principal_keys, service.package),
        database,
    )

    async def stop() -> None:
        await _end(jobs)  # nothing new is fetched; what waits in the outbox is there for the next
        await server.stop(grace=20)
        await broker.close()
        await database.close()

    return Running(transactions, port, stop)


def background(
    service: Service, settings: Settings, transactions: Transactions, broker: Broker
) -> list["asyncio.Task[None]"]:
    """Relay, one consumer per stream, the schedule and the sealer."""
    relay = Relay(settings.jobs_database_url, broker, service.catalogue, transactions.committed)
    outgoing = (
        relay.run(), broker.watch(service.catalogue.stream), sweep(transactions.database)
    )  # fmt: skip
    tasks = [asyncio.create_task(job) for job in outgoing]
    delays, copied = (
        settings.redelivery_delays,
        {s: p.name for p in service.projections for s in p.streams},
    )
    inboxes = [
        Inbox(service.package, stream, reactions, transactions, delays, copied.get(stream, ""))
        for stream, reactions in service.reactions.items()
    ]
    tasks += [asyncio.create_task(inbox.run(broker)) for inbox in inboxes]
    tasks += [
        asyncio.create_task(job)
        for job in healing_jobs(settings, inboxes, service.projections, transactions)
    ]
    tasks.append(
        asyncio.create_task(Schedule(service.package, [*service.days, expire], transactions).run())
    )
    tasks.append(asyncio.create_task(Sealer(service.package, settings, transactions).run()))
    for task in tasks:
        task.add_done_callback(_ended)
    return tasks


def healing_jobs(
    settings: Settings, inboxes: Sequence[Inbox], projections: Sequence[Projection],
    transactions: Transactions,
) -> list[Coroutine[Any, Any, None]]:  # fmt: skip
    """What heals these inboxes, and rebuilds and reconciles what they copy, from the sources."""
    identity = Identity(transactions.catalogue.service, settings.service_key)
    sources = Sources(identity, settings.peer_addresses)
    healing = Healing(
        inboxes, sources, transactions, after=settings.heal_after, every=settings.head_check
    )
    rebuilding = Rebuilding(projections, inboxes, sources, transactions)
    reconciling = Reconciling(inboxes, sources, healing, rebuilding, transactions)
    upkeep = Upkeep(settings.jobs_database_url, rebuilding, reconciling, transactions)
    return [healing.run(), upkeep.run()]


async def _end(jobs: Sequence["asyncio.Task[None]"]) -> None:
    """Cancel until they are over: a library's wait may swallow one cancellation."""
    left = set(jobs)
    while left:
        for job in left:
            job.cancel()
        _, left = await asyncio.wait(left, timeout=1)


def _ended(task: "asyncio.Task[None]") -> None:
    """A background job that ends by itself ends the process: a supervisor starts it anew."""
    if not task.cancelled() and (failed := task.exception()) is not None:
        log.error("job_failed", error=type(failed).__name__)
        os.kill(os.getpid(), signal.SIGTERM)


async def _main(service: Service, settings: Settings) -> None:
    running = await start(service, settings)
    log.info("serving", port=running.port)
    await until_stopped()
    await running.stop()


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT; everything has started."""
    gc.collect()
    gc.freeze()  # what stands now stays: the contract, statements, converters
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
