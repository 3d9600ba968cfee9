"""A real HTTP server as the gateway's, and clients that take their time with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

from jixiao.gateway.connections import PatientProtocol, Uvicorn, http_server
from jixiao.gateway.limits import PATIENCE, TRANSFER

At = tuple[str, int]
Talk = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Listening(Uvicorn):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@contextlib.asynccontextmanager
async def served(
    app: Any, *, patience: float = PATIENCE, standstill: float = TRANSFER
) -> AsyncIterator[At]:
    """The server, which waits so long for headers, and for its answers to be taken."""
    config = http_server(app, "127.0.0.1", 0).config
    times = {"patience": patience, "standstill": standstill}
    config.http = type("Protocol", (PatientProtocol,), times)
    server = Listening(config)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    try:
        yield server.servers[0].sockets[0].getsockname()
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def connected(at: At, said: bytes, *, takes: int = 2**16) -> AsyncIterator[Talk]:
    """A connection that has said so much, and takes in so many bytes before they are read."""
    reader, writer = await asyncio.open_connection(*at, limit=takes)
    writer.write(said)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split(b" ", 2)[1])
