"""What the three walls cost: filing and reading through everything, with each on and off (A-5).

Requests per CPU second of a gateway, a targets service and their PostgreSQL backends together. A
pair of the two for each setting runs at the same time, beside the installation's own, which relays
and seals for all; short turns go round among them, each starting one further, and the middle turn
counts: a shared machine runs half as fast for minutes on end. `wall 0` is all on against all on: how
far two equal settings fall apart here, and so how much the other rows mean.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

import httpx

from local.databases import command_of
from local.embedded import free_port, wait_for_port
from local.stack import Stack

from . import report
from .district import District, a_form
from .load import Load, drive
from .report import Figure

CALLS, TURNS, SIDE_BY_SIDE = 24, 16, 4
GOAL = 0.85
SETTINGS = ("", "1", "2", "123", "3", "0")
"""Which walls are off; there is no wall 0."""
LOWERED = ("gateway", "targets")


@dataclass
class Pair(Stack):
    """A gateway and a targets service more for a running stack, with walls taken away."""

    lowered: str = ""

    @classmethod
    @contextmanager
    def beside(cls, stack: Stack, lowered: str) -> Iterator["Pair"]:
        """Run a pair until the end of the `with`."""
        pair = cls(stack.postgres, stack.folder, stack.prefix, lowered=lowered)
        pair.nats = stack.nats
        pair.ports = stack.ports | {service: free_port() for service in LOWERED}
        try:
            for service in reversed(LOWERED):
                pair.processes[service] = pair._spawn(service)
            for service in LOWERED:
                wait_for_port(pair.ports[service])
            wait_for_port(pair.http)
            yield pair
        finally:
            for process in pair.processes.values():
                process.terminate()
                process.wait(30)

    @property
    def name(self) -> str:
        """By which its backends know each other in PostgreSQL."""
        return f"bench_{self.lowered or 'on'}"

    def command(self, service: str) -> list[str]:
        """The service as it is, or behind the bench's own entrypoint."""
        if not self.lowered:
            return command_of(service)
        return [sys.executable, "-m", "bench.lowered", service, self.lowered]

    def _environment(self, service: str) -> dict[str, str]:
        environment = super()._environment(service)
        superuser = self.postgres.dsn("postgres", self.database(service))
        for url in ("JIXIAO_DATABASE_URL", "JIXIAO_JOBS_DATABASE_URL"):
            login = superuser if "3" in self.lowered else environment[url]
            environment[url] = f"{login}&application_name={self.name}"
        return environment

    @property
    def pids(self) -> list[int]:
        """Of its processes."""
        return [process.pid for process in self.processes.values()]

    def backends(self) -> list[int]:
        """Of what works for it in PostgreSQL."""
        with self.postgres.admin() as admin:
            rows = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [self.name]
            )
            return [int(str(pid)) for (pid,) in rows]


async def walls(stack: Stack, district: District) -> list[Figure]:
    """The row `walls`, all on ÷ all off, and a row for each wall."""
    turns: dict[str, list[Load]] = defaultdict(list)
    with ExitStack() as pairs:
        running = [pairs.enter_context(Pair.beside(stack, off)) for off in SETTINGS]
        for turn in range(-1, TURNS):
            for place in range(len(running)):
                pair = running[(place + turn) % len(running)]
                made = await _programmes(district)
                done = await _load(pair, district, made)
                if turn >= 0:  # the first warms up
                    turns[pair.lowered].append(done)
    rates = {off: median(_per_cpu(one) for one in done) for off, done in turns.items()}
    clock = {off: median(one.rate for one in done) for off, done in turns.items()}
    unit = "requests per CPU second"
    note = f"by the clock {clock['']:.0f} on, {clock['123']:.0f} off"
    return [
        report.rate("walls", rates[""], rates["123"], unit, GOAL, note),
        *(report.rate(f"wall {off}", rates[""], rates[off], unit) for off in "0123"),
    ]


def _per_cpu(load: Load) -> float:
    return load.calls / (load.cpu + load.postgres_cpu)


async def _programmes(district: District) -> list[str]:
    """As many programmes as one turn files targets of."""
    description = {
        "name": "三道墙", "object_type": "project", "target_level": "project", "origin": "district",
        "budget_type": "general_public", "instrument": "ordinary",
    }  # fmt: skip
    return [
        (await district.unit.do("CreateProgramme", year=2025, description=description))[
            "programme_id"
        ]
        for _ in range(CALLS)
    ]


async def _load(pair: Pair, district: District, made: list[str]) -> Load:
    """A filing and a reading of each programme's target."""
    headers = {"X-CSRF-Token": district.csrf, "Origin": pair.url}
    async with httpx.AsyncClient(base_url=pair.url, cookies=district.cookie, timeout=30) as client:

        async def file_and_read(programme: str) -> None:
            answer = await client.post(
                f"/v1/programmes/{programme}/targets",
                json={"year": 2025, "form": a_form()},
                headers=headers | {"Idempotency-Key": str(uuid4())},
            )
            answer.raise_for_status()
            (await client.get(f"/v1/targets/{answer.json()['target_id']}")).raise_for_status()

        return await drive(
            [lambda p=p: file_and_read(p) for p in made],  # type: ignore[misc]
            side_by_side=SIDE_BY_SIDE, pids=pair.pids, backends=pair.backends,
        )  # fmt: skip
