"""How much one caller may ask for: rates (P8.4), requests at a time (P8.3), retries (P8.2).

Nothing queues here: whoever is over his own limit is told 429, and when the gateway itself is full
everybody is told 503, both with a time to come back. So one noisy client slows nobody else.
"""

import contextlib
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .problems import Problem

BODY = 2**20
UPLOAD = 20 * 2**20
HEADERS = 16 * 2**10
URL = 4 * 2**10
PATIENCE = 10.0
"""Seconds for a request's headers, and again for its body, to arrive (P8.1); of a file, for more of it."""
TRANSFER = 120.0
"""Seconds for a whole file: 20 MiB over an office line of 1.5 Mbit/s."""
AT_ONCE = "同时发出的请求过多，请等前面的请求完成后再试。"
_MOST = 20_000
Kind = Literal["person", "client", "files"]
"""Who asks for a place, or that it is a file's."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests per second, and how many may come at once."""

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of P8.4; the embedded run, where a demo acts for a whole district, has more."""

    person: Rate = Rate(20, 40)
    commands: Rate = Rate(5, 10)
    client: Rate = Rate(50, 100)
    anyone: Rate = Rate(10, 20)
    sign_in: Rate = Rate(5 / 60, 5)
    """Of one account from one address."""
    at_once: int = 16
    """Requests of one person or address answered at a time; a browser opens six connections."""
    client_at_once: int = 32
    """Of one client system: half of what one service takes (64)."""
    all_at_once: int = 256
    """Of everybody together."""
    files_at_once: int = 4
    """Files of one person on their way, up or down; they take none of the places above."""
    all_files_at_once: int = 32
    """Of everybody together: 640 MiB on disk, and slow lines never hold what others need."""

    def places(self, kind: Kind) -> tuple[str, int, int]:
        """The pool that a request takes its place from, one caller's share, and its size."""
        if kind == "files":
            return "files", self.files_at_once, self.all_files_at_once
        mine = self.client_at_once if kind == "client" else self.at_once
        return "calls", mine, self.all_at_once

    @classmethod
    def generous(cls) -> "Rates":
        """For the embedded run and its loads: bounded, but not by a person's pace."""
        wide = Rate(2_000, 4_000)
        return cls(wide, wide, wide, wide, wide, 256, 256, 512, 64, 128)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class Limiter:
    """A token bucket per caller and kind; the oldest are forgotten, which only gives them more."""

    rates: Rates
    _buckets: "OrderedDict[tuple[str, str], _Bucket]" = field(default_factory=OrderedDict)
    _held: "Counter[tuple[str, ...]]" = field(default_factory=Counter)
    """Places by (pool, caller), and all of a pool by (pool,)."""

    @contextlib.contextmanager
    def place(self, caller: str, kind: Kind = "person") -> Iterator[None]:
        """Hold one of the caller's places, and one of all, while a request is answered.

        Raises Problem 429 when the caller holds all of his, 503 when the gateway is full.
        Promises: P8.3.
        """
        pool, each, everybody = self.rates.places(kind)
        his, all_of_it = (pool, caller), (pool,)
        if self._held[his] >= each:
            raise Problem(429, "too_many_at_once", AT_ONCE, headers={"Retry-After": "1"})
        if self._held[all_of_it] >= everybody:
            raise Problem(503, "busy", headers={"Retry-After": "1"})
        self._held.update((his, all_of_it))
        try:
            yield
        finally:
            self._held.subtract((his, all_of_it))
            if not self._held[his]:
                del self._held[his]

    def admit(self, caller: str, kind: str, per_second: int = 0) -> None:
        """Take one token of `kind` (a field of Rates), or at a client's own rate. Raises Problem 429.

        Promises: P8.4.
        """
        rate: Rate = getattr(self.rates, kind)
        if per_second:
            rate = Rate(per_second, 2 * per_second)
        now = time.monotonic()
        bucket = self._buckets.setdefault((caller, kind), _Bucket(rate.burst, now))
        self._buckets.move_to_end((caller, kind))
        bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        while len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            wait = max(1, round((1 - bucket.tokens) / rate.per_second))
            raise Problem(429, "too_many_requests", headers={"Retry-After": str(wait)})
        bucket.tokens -= 1

    def admit_sign_in(self, login_name: str, address: str) -> None:
        """Take one of this account's sign-ins from this address; another's are not counted.

        Raises Problem 429. Promises: P8.4.
        """
        self.admit(f"{address} {login_name}", "sign_in")


@dataclass(slots=True)
class Throttle:
    """Retries of one peer: a failure costs a token, a success brings a tenth (P8.2)."""

    tokens: float = 10.0

    def failed(self) -> bool:
        """Note a failure; whether another attempt is still allowed."""
        self.tokens = max(0.0, self.tokens - 1)
        return self.tokens > 5

    def succeeded(self) -> None:
        """Note a success."""
        self.tokens = min(10.0, self.tokens + 0.1)
