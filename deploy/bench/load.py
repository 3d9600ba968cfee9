"""Load from one process: many calls side by side, their times, and whose CPU they took."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of calls took. Times in milliseconds, CPU in seconds."""

    calls: int
    seconds: float
    p50: float
    p99: float
    cpu: float
    """CPU seconds of the Python processes measured."""
    postgres_cpu: float

    @property
    def rate(self) -> float:
        """Calls per second of the clock."""
        return self.calls / self.seconds

    @property
    def rate_per_cpu(self) -> float:
        """Calls per CPU second of our Python processes."""
        return self.calls / self.cpu


def cpu_of(pids: Sequence[int]) -> float:
    """CPU seconds of processes so far, theirs and their children's."""
    total = 0.0
    for pid in pids:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def postgres_pids(postmaster: int) -> list[int]:
    """The postmaster and its backends."""
    parent = psutil.Process(postmaster)
    return [parent.pid, *(child.pid for child in parent.children(recursive=True))]


async def drive(
    calls: Sequence[Callable[[], Awaitable[object]]],
    *,
    side_by_side: int,
    pids: Sequence[int],
    backends: Callable[[], Sequence[int]],
) -> Load:
    """Run all calls, `side_by_side` at a time. Raises what a call raises.

    `backends` names the processes of PostgreSQL to count, before and after.
    """
    waiting = list(reversed(calls))
    times: list[float] = []

    async def lane() -> None:
        while waiting:
            call = waiting.pop()
            began = time.perf_counter()
            await call()
            times.append((time.perf_counter() - began) * 1000)

    cpu, database = cpu_of(pids), cpu_of(backends())
    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(side_by_side)))
    seconds = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Load(
        len(times), seconds, cuts[49], cuts[98], cpu_of(pids) - cpu,
        cpu_of(backends()) - database,
    )  # fmt: skip
