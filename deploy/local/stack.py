"""All services of one installation as processes on this machine, and its business clock.

A stack has databases of its own (by `prefix`), a NATS server of its own and a folder for logs,
keys, files and the clock, so that a demo and several tests can stand side by side on one cluster.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jixiao.servicekit.chain import create_key

from . import databases, settling
from .databases import SERVICES, SITE, command_of
from .embedded import Nats, Postgres, free_port, wait_for_port
from .keys import write_keys
from .settling import Settling

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class Stack:
    """One installation. `start`, `kill`, `restart`, `advance` and `stop` are all one does to it."""

    postgres: Postgres
    folder: Path
    prefix: str = "jx_"
    redelivery: str = "1,5,30,120,600,1800"
    http: int = 0
    """Port of the gateway; another is chosen where it is taken."""
    site: int = 0
    password_memory: int | None = None
    """KiB of argon2id a hash, where a test's hundred people should not wait for 64 MiB each."""
    inner: int = 0
    """Port at which the services reach the gateway itself."""
    nats: Nats = field(init=False)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    _settling: Settling | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.nats = Nats(self.folder / "nats")
        self.http, self.site = free_port(self.http), free_port(self.site)
        self.inner = free_port(self.inner)
        self.ports = {service: free_port() for service in SERVICES}

    @property
    def url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.http}"

    @property
    def warning(self) -> str:
        """What is laxer here than anywhere else, to be said loudly."""
        return "！！注意：本机运行已关闭登录动态码（JIXIAO_SECOND_FACTOR=off），仅限本机演示，不得用于正式环境！！"

    @property
    def door(self) -> str:
        """Address of the gateway's gRPC door for other systems."""
        return f"127.0.0.1:{self.ports['gateway']}"

    @property
    def site_url(self) -> str:
        """The public site's address."""
        return f"http://127.0.0.1:{self.site}"

    def database(self, service: str) -> str:
        """Name of a service's database."""
        return f"{self.prefix}{service}"

    def prepare(self, *, templates: str | None = None) -> None:
        """Make and migrate what is missing; from template databases where a test has them."""
        wanted = [*SERVICES, SITE]
        for service in wanted:
            template = f"{templates}{service}" if templates else None
            databases.create(self.postgres, service, self.database(service), template=template)
        if not templates:
            databases.migrate(self.postgres, [(s, self.database(s)) for s in wanted])
        write_keys(self.folder)
        for service in SERVICES:
            if not (self.folder / f"seal-{service}.json").exists():
                create_key(self.folder / f"seal-{service}.json")

    def start(self, services: Sequence[str] = (*SERVICES, SITE)) -> None:
        """Start NATS and the services, and wait until each answers."""
        self.nats.start()
        self._start(services)

    def _start(self, services: Sequence[str]) -> None:
        for service in services:
            self.processes[service] = self._spawn(service)
        self._note_processes()
        for service in services:
            wait_for_port(self.site if service == SITE else self.ports[service])
        if "gateway" in services:
            wait_for_port(self.http)

    def kill(self, service: str) -> None:
        """`kill -9`."""
        self.processes[service].send_signal(signal.SIGKILL)
        self.processes[service].wait(10)

    def restart(self, service: str) -> None:
        """Start it again, on the same port; whether NATS runs is not its concern."""
        self._start([service])

    def stop(self) -> None:
        """Stop the services in order, then NATS; PostgreSQL is the caller's."""
        if self._settling is not None:
            self._settling.close()
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        self.nats.stop()
        (self.folder / "pids").unlink(missing_ok=True)

    @staticmethod
    def stop_left(pid_file: Path) -> None:
        """Stop the processes that an interrupted run left, by its list."""
        for pid in pid_file.read_text(encoding="ascii").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
        pid_file.unlink()

    def _note_processes(self) -> None:
        running = [*self.processes.values(), *([self.nats.process] if self.nats.process else [])]
        pids = "\n".join(str(process.pid) for process in running)
        (self.folder / "pids").write_text(pids, encoding="ascii")

    def today(self) -> date:
        """The business day."""
        return settling.day_of(self._clock)

    def advance(self, day: date) -> None:
        """Turn the business clock forward, when all events of the day before are applied (P1.7)."""
        self.settle()
        now = datetime.now(SHANGHAI).date()
        offset = (day - now).days
        if self._clock.exists() and offset < int(self._clock.read_text(encoding="ascii")):
            raise ValueError(f"the clock moves forward only, not to {day}")
        temporary = self._clock.with_suffix(".next")
        temporary.write_text(str(offset), encoding="ascii")
        temporary.replace(self._clock)
        self.settle(day)

    def settle(self, day: date | None = None) -> None:
        """Wait until every outbox is sent, every inbox applied and, with `day`, its duties done."""
        if self._settling is None:
            databases_of = {service: self.database(service) for service in (*SERVICES, SITE)}
            self._settling = Settling(self.postgres, databases_of)
        self._settling.wait(day)

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    def command(self, service: str) -> list[str]:
        """How a service's process is started."""
        return command_of(service)

    def _spawn(self, service: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{service}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                self.command(service),
                env=self._environment(service),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self, service: str) -> dict[str, str]:
        login = databases.logins(self.postgres, service, self.database(service))
        reached = {**self.ports, "gateway": self.inner}
        peers = ",".join(f"{name}=127.0.0.1:{port}" for name, port in reached.items())
        listen = self.site if service == SITE else self.ports[service]
        keys = "private.json" if service == "gateway" else "public.json"
        return {
            **os.environ,
            "JIXIAO_DATABASE_URL": login.api,
            "JIXIAO_JOBS_DATABASE_URL": login.job,
            "JIXIAO_NATS_URL": self.nats.url,
            "JIXIAO_LISTEN": f"127.0.0.1:{listen}",
            "JIXIAO_HTTP": f"127.0.0.1:{self.http}",
            "JIXIAO_INNER": f"127.0.0.1:{self.inner}",
            "JIXIAO_PEERS": peers,
            "JIXIAO_PRINCIPAL_KEYS": str(self.folder / keys),
            "JIXIAO_SERVICE_KEY": str(self.folder / f"{service}.pem"),
            "JIXIAO_FILES": f"file://{self.folder / 'files'}",
            "JIXIAO_SEAL_KEY": str(self.folder / f"seal-{service}.json"),
            "JIXIAO_ANCHORS": f"file://{self.folder / 'anchors'}",
            "JIXIAO_CLOCK": str(self._clock),
            "JIXIAO_REDELIVERY": self.redelivery,
            "JIXIAO_STREAM_BYTES": str(512 * 2**20),
            "JIXIAO_STREAM_REPLICAS": "1",
            **(
                {"JIXIAO_PASSWORD_MEMORY": str(self.password_memory)}
                if self.password_memory
                else {}
            ),
            "JIXIAO_SECOND_FACTOR": "off",
            "JIXIAO_TRACES": str(self.folder / "traces.jsonl"),
        }

    def install(self) -> dict[str, str]:
        """Make the first accounts; login name to password. Empty where they exist already."""
        done = subprocess.run(
            [sys.executable, "-m", "jixiao.gateway", "install"],
            env=self._environment("gateway"), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            return {}
        accounts: dict[str, str] = json.loads(done.stdout)
        return accounts
