"""How much one caller may ask for: rates (P8.4), and retries that do not become a storm (P8.2)."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from .problems import Problem

BODY = 2**20
UPLOAD = 20 * 2**20
HEADERS = 16 * 2**10
URL = 4 * 2**10
_MOST = 20_000


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

    @classmethod
    def generous(cls) -> "Rates":
        """For the embedded run and its loads: bounded, but not by a person's pace."""
        wide = Rate(2_000, 4_000)
        return cls(wide, wide, wide, wide)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class Limiter:
    """A token bucket per caller and kind; the oldest are forgotten, which only gives them more."""

    rates: Rates
    _buckets: "OrderedDict[tuple[str, str], _Bucket]" = field(default_factory=OrderedDict)

    def admit(self, caller: str, kind: str) -> None:
        """Take one token of `kind` (a field of Rates). Raises Problem 429.

        Promises: P8.4.
        """
        rate: Rate = getattr(self.rates, kind)
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
