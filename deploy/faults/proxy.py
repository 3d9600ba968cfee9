"""A TCP proxy before one server: pass, refuse, swallow, delay, reset, or cut after COMMIT is sent.

Where network namespaces are not to be had this is the partition of promises.md §9. It runs in a
thread with a loop of its own, so that a test's loop and the link never wait for each other.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK = 65536


class Proxy:
    """A link to `port`; `mode` may change at any moment and holds for open connections too.

    `pass`; `refuse`: connections are closed, new ones as well; `swallow`: bytes of both directions
    vanish, nobody is told (half-open); `one-way`: what the server says vanishes; both stay so for
    the connections that they have met. `delay`: `seconds` on each chunk. After `reset_after` bytes
    to the server, or when `cut_after` has gone to it, both ends are closed once.
    """

    def __init__(self, target: int) -> None:
        self.target, self.mode, self.seconds = target, "pass", 0.2
        self.reset_after = 0
        self.cut_after = b""
        self.cuts = 0
        """How often a connection was cut."""
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def refuse(self) -> None:
        """Close what is open and take nothing new."""
        self.mode = "refuse"
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "refuse":
            writer.transport.abort()
            return
        try:
            there, out = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, out}
        self._writers |= ends
        try:
            await asyncio.gather(
                self._carry(reader, out, self._watched()), self._carry(there, writer, None)
            )
        finally:
            self._writers -= ends
            for one in ends:
                one.transport.abort()

    def _watched(self) -> Callable[[bytes], bool]:
        """Whether a connection is to be cut after these bytes."""
        sent = 0

        def cut(held: bytes) -> bool:
            nonlocal sent
            sent += len(held)
            if (self.cut_after and self.cut_after in held) or 0 < self.reset_after < sent:
                self.cut_after, self.reset_after = b"", 0
                self.cuts += 1
                return True
            return False

        return cut

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        watch: Callable[[bytes], bool] | None,
    ) -> None:  # fmt: skip
        deaf = False
        with suppress(OSError, asyncio.IncompleteReadError):
            while held := await reader.read(CHUNK):
                if self.mode == "delay":
                    await asyncio.sleep(self.seconds)
                deaf |= self.mode == "swallow" or (self.mode == "one-way" and watch is None)
                if deaf:
                    continue
                writer.write(held)
                await writer.drain()
                if watch is not None and watch(held):
                    await asyncio.sleep(0.05)  # what was sent arrives; its answer does not
                    self._abort_ends(reader, writer)
        writer.transport.abort()

    def _abort_ends(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        transport: asyncio.Transport = reader._transport  # type: ignore[attr-defined]
        transport.abort()
