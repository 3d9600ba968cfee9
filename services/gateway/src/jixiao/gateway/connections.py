"""HTTP connections that must get to the point: slow headers end the connection (P8.3, A40)."""

import contextlib
import secrets
from asyncio import BaseTransport, TimerHandle
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .limits import PATIENCE, TRANSFER
from .problems import MEDIA_TYPE, Problem


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection whose next request's headers are not there within `patience` seconds.

    A thousand connections that send a byte a minute then hold nothing but a socket, and that for
    ten seconds; without it they would stand for ever. So is one closed that takes nothing of its
    answer for `standstill` seconds.
    """

    patience = PATIENCE
    standstill = TRANSFER
    _deadline: TimerHandle | None = None
    _untaken: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """A new connection: its first headers are awaited."""
        super().connection_made(transport)  # type: ignore[arg-type]  # always a Transport
        self._await_headers()

    def on_message_begin(self) -> None:
        """Another request on the same connection."""
        super().on_message_begin()
        if self._deadline is None:
            self._await_headers()

    def on_headers_complete(self) -> None:
        """The headers are there: from here on the door watches."""
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """What is no HTTP at all gets a problem as well (P5.6)."""
        traced = secrets.token_hex(16)
        body = Problem(400, "http_syntax", "请求不符合 HTTP 格式。").response("", traced).body
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + bytes(body))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_waiting()
        self._goes_on()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The caller takes nothing at the moment."""
        super().pause_writing()
        self._goes_on()
        self._untaken = self.loop.call_later(self.standstill, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller takes his answer again."""
        super().resume_writing()
        self._goes_on()

    def _goes_on(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _await_headers(self) -> None:
        self._deadline = self.loop.call_later(self.patience, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Uvicorn(uvicorn.Server):
    """Leaves signals to the process, which closes more than HTTP."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


def http_server(app: Any, host: str, port: int, *, proxies: str = "", **more: Any) -> Uvicorn:
    """A server that says nothing about itself and waits for no one.

    The caller's address is the peer's, or what one of the `proxies` says of it (P4.7).
    """
    return Uvicorn(
        uvicorn.Config(
            app, host=host, port=port, http=PatientProtocol, lifespan="off", log_config=None,
            access_log=False, server_header=False, timeout_graceful_shutdown=20,
            proxy_headers=bool(proxies), forwarded_allow_ips=proxies or None, **more,
        )
    )  # fmt: skip
