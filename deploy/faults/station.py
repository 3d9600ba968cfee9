"""Two services on servers of their own: targets, which is told, and monitoring, which hears."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from grpc import aio

from jixiao.servicekit.access import Principal
from jixiao.servicekit.chain import create_key
from jixiao.servicekit.testing import Caller, Minter
from local import databases
from local.embedded import Nats, free_port, wait_for_port
from local.keys import write_keys

from .cluster import Cluster

SERVICES = ("targets", "monitoring")
UNIT = {"territory": "370303", "line": "ZD103", "unit": "U001"}
DEPARTMENT = {"territory": "370303", "line": "ZD103"}


_HEADS = (
    "SELECT aggregate_id, seq FROM jx.heads WHERE aggregate_id IN (SELECT id FROM jx.programmes)"
)


def prepare(folder: Path) -> Cluster:
    """A stopped cluster with both databases migrated: the model that stations copy."""
    cluster = Cluster(folder)
    cluster.initialise()
    cluster.start({"fsync": "off"})
    for service in SERVICES:
        databases.create(cluster, service, f"jx_{service}")
    databases.migrate(cluster, [(service, f"jx_{service}") for service in SERVICES])
    cluster.stop()
    os.sync()
    return cluster


@dataclass(slots=True)
class Station:
    """One installation; a test stops its parts as it likes."""

    cluster: Cluster
    nats: Nats
    folder: Path
    links: dict[str, int] = field(default_factory=dict)
    """`database` or `nats` → port of a proxy that stands before it, for targets alone."""
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _channel: aio.Channel | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_keys(self.folder)
        for service in SERVICES:
            create_key(self.folder / f"seal-{service}.json")
        self.ports = {service: free_port() for service in SERVICES}

    def start(self, service: str, *, dying: Sequence[str] = ()) -> None:
        """Start a service on its port; `dying` are the arguments of `faults.dying`."""
        module = ["faults.dying", service, *dying] if dying else [f"jixiao.{service}"]
        with (self.folder / f"{service}.log").open("ab") as log:
            self.processes[service] = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", *module], env=self.environment(service), stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        if not dying:
            wait_for_port(self.ports[service], seconds=60)

    def wait_for(self, service: str) -> None:
        """Wait until it listens."""
        wait_for_port(self.ports[service], seconds=60)

    def died(self, service: str, *, seconds: float = 30) -> bool:
        """Whether a process ends by SIGKILL in time."""
        with suppress(subprocess.TimeoutExpired):
            return self.processes[service].wait(seconds) == -signal.SIGKILL
        return False

    def kill(self, service: str) -> None:
        """`kill -9`."""
        self.processes[service].kill()
        self.processes[service].wait(10)

    def revive(self) -> None:
        """Start again what has ended by itself, as a supervisor does."""
        for service, process in list(self.processes.items()):
            if process.poll() is not None:
                self.start(service)

    def stop(self) -> None:
        """Stop everything."""
        for process in self.processes.values():
            process.kill()
            process.wait(10)
        self.nats.stop()
        self.cluster.kill()

    @property
    def channel(self) -> aio.Channel:
        """The channel to targets; it connects again at once after a restart."""
        if self._channel is None:
            self._channel = aio.insecure_channel(
                f"127.0.0.1:{self.ports['targets']}",
                options=[
                    ("grpc.initial_reconnect_backoff_ms", 100),
                    ("grpc.min_reconnect_backoff_ms", 100),
                    ("grpc.max_reconnect_backoff_ms", 300),
                ],
            )
        return self._channel

    async def close(self) -> None:
        """Close the channel."""
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    def caller(self, role: str, person: str, **post: str) -> Caller:
        """A caller of targets."""
        minter = Minter(self.folder / "private.json")
        return Caller(minter, Principal(person=person, role=role, **post), "targets")  # type: ignore[arg-type]

    def rows(self, service: str, query: str) -> list[tuple[object, ...]]:
        """A superuser's look into a service's database."""
        with self.cluster.admin(f"jx_{service}") as admin:
            return admin.execute(query.encode()).fetchall()

    def settle(self, *, seconds: float = 120) -> None:
        """Wait until everything told is sent and heard. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while left := self._left():
            if time.monotonic() > end:
                raise TimeoutError(f"not settled: {left}")
            self.revive()
            time.sleep(0.05)

    def _left(self) -> str:
        if unsent := self.rows("targets", "SELECT id FROM jx.outbox WHERE sent_at IS NULL"):
            return f"{len(unsent)} events not sent"
        heads = set(self.rows("targets", _HEADS))
        heard = set(self.rows("monitoring", "SELECT aggregate_id, seq FROM jx.applied"))
        return f"{len(heads - heard)} aggregates not heard to the end" if heads - heard else ""

    def environment(self, service: str) -> dict[str, str]:
        """What a service is told."""
        login = databases.logins(self.cluster, service, f"jx_{service}")
        nats = self.nats.url
        api, job = login.api, login.job
        if service == "targets":
            port = self.links.get("database", self.cluster.port)
            api, job = (dsn.replace(f":{self.cluster.port}/", f":{port}/") for dsn in (api, job))
            nats = f"nats://127.0.0.1:{self.links.get('nats', self.nats.port)}"
        return {
            **os.environ,
            "JIXIAO_DATABASE_URL": api,
            "JIXIAO_JOBS_DATABASE_URL": job,
            "JIXIAO_NATS_URL": nats,
            "JIXIAO_LISTEN": f"127.0.0.1:{self.ports[service]}",
            "JIXIAO_PEERS": ",".join(f"{name}=127.0.0.1:{at}" for name, at in self.ports.items()),
            "JIXIAO_PRINCIPAL_KEYS": str(self.folder / "public.json"),
            "JIXIAO_SERVICE_KEY": str(self.folder / f"{service}.pem"),
            "JIXIAO_SEAL_KEY": str(self.folder / f"seal-{service}.json"),
            "JIXIAO_ANCHORS": f"file://{self.folder / 'anchors'}",
            "JIXIAO_REDELIVERY": "0.2,0.2,0.5,1,1,2",
            "JIXIAO_STREAM_BYTES": str(32 * 2**20),
            "JIXIAO_STREAM_REPLICAS": "1",
        }
