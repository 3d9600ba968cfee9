"""The gateway's process: its own operations, the HTTP door and the gRPC door in one loop (A-2)."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import uvicorn

from jixiao.servicekit.process import Running, Service, start, until_stopped
from jixiao.servicekit.settings import Settings
from jixiao.servicekit.transaction import Transactions

from .app import Wiring, create
from .calling import Peers
from .denials import HttpDenials, NotedGrpcDoor
from .directory import contract
from .directory.access_log import AccessLog
from .door import open_door
from .files import FileStore
from .limits import Limiter, Rates
from .login import Callers
from .routes import Routes, contract_services
from .tokens import Minter


class GatewaySettings(Settings):
    """`JIXIAO_LISTEN` is the gRPC door for other systems, `JIXIAO_HTTP` the HTTP door."""

    http: str = "127.0.0.1:8080"

    @property
    def secure(self) -> bool:
        """Secure cookies and HSTS everywhere but on plain http of this machine alone."""
        return not self.http.startswith(("127.0.0.1:", "localhost:"))


@dataclass(slots=True)
class Parts:
    """What the own operations and the doors share."""

    callers: Callers
    log: AccessLog


class Uvicorn(uvicorn.Server):
    """Leaves signals to the process, which closes more than HTTP."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


async def serve(service: Service, settings: GatewaySettings) -> None:
    """Serve until SIGTERM, then finish what runs and close."""
    parts: list[Parts] = []

    def answer(transactions: Transactions) -> Sequence[Any]:
        parts.append(Parts(Callers(transactions), AccessLog(transactions)))
        return contract.servicers(transactions, parts[0].callers, parts[0].log)

    inner = settings.model_copy(update={"listen": "127.0.0.1:0"})
    running = await start(replace(service, servicers=answer), inner)
    notes = asyncio.create_task(parts[0].log.run())
    try:
        await _doors(running, parts[0], settings)
    finally:
        notes.cancel()
        await parts[0].log.close()
        await running.stop()


async def _doors(running: Running, parts: Parts, settings: GatewaySettings) -> None:
    routes = Routes(contract_services())
    limiter = Limiter(Rates() if settings.secure else Rates.generous())
    minter = Minter(settings.principal_keys)
    own = {"gateway": f"127.0.0.1:{running.port}"}
    peers = Peers({**settings.peer_addresses, **own})
    caller_of = parts.callers.caller_of
    files = FileStore(settings.files, running.transactions.database)
    wiring = Wiring(routes, peers, minter, caller_of, limiter, secure=settings.secure, files=files)
    app = HttpDenials(create(wiring), routes, caller_of, wiring.cookie, parts.log.note)
    door = NotedGrpcDoor(routes, peers, minter, caller_of, limiter, note=parts.log.note)
    other_systems, _ = await open_door(settings.listen, door)
    host, _, port = settings.http.rpartition(":")
    server = Uvicorn(
        uvicorn.Config(
            app, host=host, port=int(port), lifespan="off", log_config=None, access_log=False,
            server_header=False, timeout_graceful_shutdown=20, proxy_headers=False,
        )
    )  # fmt: skip
    http = asyncio.create_task(server.serve())
    try:
        await until_stopped()
    finally:
        server.should_exit = True
        await http
        await other_systems.stop(grace=20)
        await peers.close()
