"""Who is calling, as the directory tells the door; and the services behind it."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import grpc
from grpc import aio
from opentelemetry import propagate

from jixiao.servicekit.access import Principal
from jixiao.servicekit.rpc import TOKEN

from .limits import Throttle
from .problems import Problem

BUDGET = 10.0
HOP = 0.1
LEAST = 0.05
ATTEMPTS = 3
_CHANNEL = (
    ("grpc.max_receive_message_length", 8 * 2**20),
    # A refusal's two hundred findings travel as metadata, whose usual limit is 8 KiB.
    ("grpc.max_metadata_size", 2**20),
    ("grpc.absolute_max_metadata_size", 2**20),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a call comes from, as the door itself sees it."""

    address: str = ""
    certificate: str = ""
    """Thumbprint (`x5t#S256`) of the certificate that the connection has proved; empty without one."""


class Caller(Protocol):
    """A signed-in person or system under one grant (P3.1); the directory's dataclass."""

    @property
    def person(self) -> str: ...
    @property
    def session(self) -> str: ...
    @property
    def grant_id(self) -> str: ...
    @property
    def principal(self) -> Principal: ...
    @property
    def ends_at(self) -> float:
        """Unix seconds at which session or grant ends."""
        ...

    @property
    def per_second(self) -> int:
        """Calls a second by contract; 0 where the usual rate holds (P8.4)."""
        ...

    def permit_from(self, source: Source) -> None:
        """Raise Unauthenticated or Forbidden where this caller may not call from there (P4.5)."""
        ...


class CallerOf(Protocol):
    """Finds the caller of a session cookie or a client's bearer token; None if there is none.

    Raises Forbidden when an unsafe call by cookie lacks the session's CSRF token (P4.2).
    """

    async def __call__(
        self,
        request_cookie: str | None,
        bearer: str | None,
        csrf: str | None,
        unsafe: bool,  # noqa: FBT001 - the directory's signature
        /,
    ) -> Caller | None: ...


@dataclass(frozen=True, slots=True)
class Nobody:
    """The caller of what anyone may call."""

    person: str = "anyone"
    session: str = ""
    grant_id: str = ""
    principal: Principal = field(default_factory=lambda: Principal(person="anyone", role="anyone"))

    @property
    def ends_at(self) -> float:
        """A minute from now: nothing ends."""
        return time.time() + 60

    @property
    def per_second(self) -> int:
        """The usual rate."""
        return 0

    def permit_from(self, source: Source) -> None:
        """From anywhere."""


NOBODY = Nobody()


class Peers:
    """Channels to the services by package name; calls carry token, trace and what is left of time."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = dict(addresses)
        self._channels: dict[str, aio.Channel] = {}
        self._calls: dict[tuple[str, str], aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}
        self._throttles: dict[str, Throttle] = {}

    @property
    def names(self) -> frozenset[str]:
        """The services that can be asked."""
        return frozenset(self._addresses)

    def know(self, owner: str, address: str) -> None:
        """Add a service whose address is known only once it has started."""
        self._addresses[owner] = address

    async def close(self) -> None:
        """Close all channels."""
        for channel in self._channels.values():
            await channel.close()

    async def call(
        self,
        owner: str,
        method: str,
        payload: bytes,
        token: str,
        *,
        repeatable: bool,
        within: float = BUDGET,
        more: Iterable[tuple[str, str]] = (),
    ) -> bytes:
        """Call `method` of the service `owner` within `within` seconds.

        Only UNAVAILABLE is tried again, and only where a repeat does no harm: reads, and commands
        with a request id. Raises `aio.AioRpcError` with the service's answer, Problem 503 when it
        is not known or no time is left.

        Promises: P8.1, P8.2.
        """
        ends = time.monotonic() + within - HOP
        carried: dict[str, str] = {TOKEN: token}
        propagate.inject(carried)
        call, throttle = self._call(owner, method), self._throttles.setdefault(owner, Throttle())
        for attempt in range(1, ATTEMPTS + 1):
            left = ends - time.monotonic()
            if left < LEAST:
                break
            try:
                answer = await call(payload, timeout=left, metadata=(*carried.items(), *more))
            except aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                if not (throttle.failed() and repeatable) or attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(random.uniform(0.1, 0.3) * attempt)  # noqa: S311 - jitter
            else:
                throttle.succeeded()
                return answer
        raise Problem(503, "unavailable", headers={"Retry-After": "1"})

    def _call(self, owner: str, method: str) -> "aio.UnaryUnaryMultiCallable[bytes, bytes]":
        if (known := self._calls.get((owner, method))) is None:
            known = self._calls[owner, method] = self._channel(owner).unary_unary(method)
        return known

    def _channel(self, owner: str) -> Any:
        if owner not in self._addresses:
            raise Problem(503, "unavailable", headers={"Retry-After": "5"})
        if owner not in self._channels:
            self._channels[owner] = aio.insecure_channel(self._addresses[owner], options=_CHANNEL)
        return self._channels[owner]

    async def ready(self, owner: str) -> bool:
        """Whether a channel to the service stands within half a second."""
        with contextlib.suppress(TimeoutError, Problem):
            await asyncio.wait_for(self._channel(owner).channel_ready(), 0.5)
            return True
        return False
