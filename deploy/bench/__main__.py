"""`python -m bench`: file and read a target, an event's way, the treasury's question, memory.

Writes `build/bench.json` and exits 1 only when a figure could not be measured; a missed goal is
`holds: false`.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import psutil

from local import databases
from local.databases import SERVICES, SITE
from local.embedded import Postgres, free_port, wait_for_port
from local.stack import Stack

from . import events, report, trail
from .district import District, a_form, settle_in
from .load import Load, drive, postgres_pids
from .payment import payment
from .report import Figure
from .walls import walls

HOME = Path(__file__).resolve().parents[2] / ".local"
PREFIX = "bench_"
CALLS = int(os.environ.get("BENCH_CALLS", "600"))
SIDE_BY_SIDE = 8
Backends = Callable[[], Sequence[int]]


async def filing(stack: Stack, district: District, backends: Backends) -> list[Figure]:
    """Filing and reading a 12-indicator target, through everything, against the bare endpoint."""
    bare_port = free_port()
    dsn = stack.postgres.dsn("postgres", stack.database("targets"))
    command = [sys.executable, "-m", "bench.baseline", dsn, str(bare_port)]
    bare = subprocess.Popen(command)  # noqa: S603, ASYNC220 - before any load
    try:
        wait_for_port(bare_port)
        ours = [stack.processes[name].pid for name in ("gateway", "targets")]
        filed, read = await _ours(stack, district, ours, backends)
        bare_filed, bare_read = await _bare(bare_port, bare.pid, backends)
    finally:
        bare.terminate()
        bare.wait()
    return [
        _per_cpu("file target", filed, bare_filed),
        report.duration("filing p50", filed.p50, bare_filed.p50, "ms"),
        report.duration("filing p99", filed.p99, bare_filed.p99, "ms"),
        report.rate("filing rate", filed.rate, bare_filed.rate, "requests/s"),
        _per_cpu("read target", read, bare_read),
        report.duration("reading p50", read.p50, bare_read.p50, "ms"),
        report.duration("reading p99", read.p99, bare_read.p99, "ms"),
        report.rate("reading rate", read.rate, bare_read.rate, "requests/s"),
    ]


def _per_cpu(name: str, ours: Load, bare: Load) -> Figure:
    share = ours.postgres_cpu / (ours.postgres_cpu + ours.cpu)
    bare_share = bare.postgres_cpu / (bare.postgres_cpu + bare.cpu)
    note = f"PostgreSQL's share of CPU {share:.0%} (bare {bare_share:.0%})"
    return report.rate(
        name, ours.rate_per_cpu, bare.rate_per_cpu, "requests per CPU second", 0.6, note
    )


async def _ours(
    stack: Stack, district: District, pids: list[int], backends: Backends
) -> tuple[Load, Load]:
    description = {
        "name": "基准测试", "object_type": "project", "target_level": "project", "origin": "district",
        "budget_type": "general_public", "instrument": "ordinary",
    }  # fmt: skip
    made = []
    for _ in range(CALLS + 50):
        answer = await district.unit.do("CreateProgramme", year=2025, description=description)
        made.append(answer["programme_id"])
    headers = {"X-CSRF-Token": district.csrf, "Origin": stack.url}
    targets: list[str] = []
    async with httpx.AsyncClient(base_url=stack.url, cookies=district.cookie, timeout=30) as client:

        async def file(programme: str) -> None:
            answer = await client.post(
                f"/v1/programmes/{programme}/targets",
                json={"year": 2025, "form": a_form()},
                headers=headers | {"Idempotency-Key": str(uuid4())},
            )
            answer.raise_for_status()
            targets.append(answer.json()["target_id"])

        async def read(target: str) -> None:
            (await client.get(f"/v1/targets/{target}")).raise_for_status()

        for programme in made[:50]:
            await file(programme)
        filed = await drive(
            [lambda p=p: file(p) for p in made[50:]],  # type: ignore[misc]
            side_by_side=SIDE_BY_SIDE, pids=pids, backends=backends,
        )  # fmt: skip
        seen = await drive(
            [lambda t=t: read(t) for t in targets[: CALLS + 50]],  # type: ignore[misc]
            side_by_side=SIDE_BY_SIDE, pids=pids, backends=backends,
        )  # fmt: skip
    return filed, seen


async def _bare(port: int, pid: int, backends: Backends) -> tuple[Load, Load]:
    targets: list[str] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:

        async def file() -> None:
            answer = await client.post("/targets", json={"year": 2025, "form": a_form()})
            answer.raise_for_status()
            targets.append(answer.json()["target_id"])

        async def read(target: str) -> None:
            (await client.get(f"/targets/{target}")).raise_for_status()

        for _ in range(50):
            await file()
        filed = await drive(
            [file] * CALLS, side_by_side=SIDE_BY_SIDE, pids=[pid], backends=backends
        )
        seen = await drive(
            [lambda t=t: read(t) for t in targets],  # type: ignore[misc]
            side_by_side=SIDE_BY_SIDE, pids=[pid], backends=backends,
        )  # fmt: skip
    return filed, seen


def memory(stack: Stack) -> list[Figure]:
    """Resident memory of each process at rest; goal 120 MiB a service."""
    held = {name: _mib(process.pid) for name, process in stack.processes.items()}
    bare = _mib(os.getpid())
    rows = [
        Figure(
            f"memory {name}",
            round(mib, 1),
            "MiB",
            120.0,
            round(120 / mib, 3),
            "≤ 120 MiB",
            mib <= 120,
        )
        for name, mib in held.items()
    ]
    return [
        *rows,
        Figure(
            "memory of all processes",
            round(sum(held.values()), 1),
            "MiB",
            note=f"this bench {bare:.0f}",
        ),
    ]


def _mib(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20


async def measured(stack: Stack, accounts: dict[str, str]) -> list[Figure]:
    """Every figure."""
    with stack.postgres.admin() as admin:
        row = admin.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has a row
        postmaster = psutil.Process(int(str(row[0]))).ppid()
    backends = partial(postgres_pids, postmaster)
    await asyncio.sleep(3)  # at rest: the start-up work is over
    figures = memory(stack)
    district = await settle_in(stack, accounts)
    figures += await filing(stack, district, backends)
    figures += await walls(stack, district)
    figures += await events.latency(stack, district)
    figures += await payment(stack, district)
    figures += await trail.sealing_and_verifying(stack)
    return figures


def main() -> int:
    """Measure on databases of its own, from nothing."""
    postgres = Postgres(HOME / "postgres")
    shutil.rmtree(HOME / "bench", ignore_errors=True)
    for service in (*SERVICES, SITE):
        databases.drop(postgres, f"{PREFIX}{service}")
    stack = Stack(postgres, HOME / "bench", prefix=PREFIX)
    stack.prepare()
    accounts = stack.install()
    stack.start()
    try:
        figures = asyncio.run(measured(stack, accounts))
    finally:
        stack.stop()
    report.write(figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
