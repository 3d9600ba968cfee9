"""What the three walls cost: filing and reading through everything, with each on and off (A-5).

Requests per CPU second of gateway, targets service and PostgreSQL together: on a machine that does
other things as well, the clock says less. Each round starts the two services anew for each setting,
every other round in the opposite order, and the middle round counts. `wall 0` is all on against all
on: how far two equal settings fall apart here, and so how much the other rows mean.
"""

import sys
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

import httpx

from local.databases import command_of
from local.stack import Stack

from . import report
from .district import District, a_form
from .load import Load, drive
from .report import Figure

CALLS, ROUNDS, SIDE_BY_SIDE = 150, 5, 4
GOAL = 0.85
SETTINGS = ("", "1", "123", "2", "3", "0")
"""Which walls are off; there is no wall 0."""
LOWERED = ("gateway", "targets")


@dataclass
class BenchStack(Stack):
    """A stack whose gateway and targets service can be started with walls taken away."""

    lowered: str = ""

    def command(self, service: str) -> list[str]:
        """The service as it is, or behind the bench's own entrypoint."""
        if not self.lowered or service not in LOWERED:
            return command_of(service)
        return [sys.executable, "-m", "bench.lowered", service, self.lowered]

    def _environment(self, service: str) -> dict[str, str]:
        environment = super()._environment(service)
        if "3" in self.lowered and service in LOWERED:
            superuser = self.postgres.dsn("postgres", self.database(service))
            environment |= {
                "JIXIAO_DATABASE_URL": superuser, "JIXIAO_JOBS_DATABASE_URL": superuser
            }  # fmt: skip
        return environment

    def take_away(self, walls: str) -> None:
        """Start both anew without these walls."""
        self.lowered = walls
        for service in LOWERED:
            self.processes[service].terminate()
            self.processes[service].wait(30)
        for service in reversed(LOWERED):
            self.restart(service)


async def walls(stack: BenchStack, district: District, postmaster: int) -> list[Figure]:
    """The row `walls`, all on ÷ all off, and a row for each wall."""
    rounds: dict[str, list[float]] = defaultdict(list)
    clock: dict[str, list[float]] = defaultdict(list)
    for number in range(ROUNDS):
        for off in SETTINGS if number % 2 else reversed(SETTINGS):
            made = await _programmes(district)
            stack.take_away(off)
            done = await _load(stack, district, made, postmaster)
            calls = sum(one.calls for one in done)
            rounds[off].append(calls / sum(one.cpu + one.postgres_cpu for one in done))
            clock[off].append(calls / sum(one.seconds for one in done))
    stack.take_away("")
    rates = {off: median(done) for off, done in rounds.items()}
    on, bare = median(clock[""]), median(clock["123"])
    unit, note = "requests per CPU second", f"by the clock {on:.0f} on, {bare:.0f} off"
    return [
        report.rate("walls", rates[""], rates["123"], unit, GOAL, note),
        *(report.rate(f"wall {off}", rates[""], rates[off], unit) for off in "0123"),
    ]


async def _programmes(district: District) -> list[str]:
    """As many programmes as one round files targets of, and some to warm up."""
    description = {
        "name": "三道墙", "object_type": "project", "target_level": "project", "origin": "district",
        "budget_type": "general_public", "instrument": "ordinary",
    }  # fmt: skip
    return [
        (await district.unit.do("CreateProgramme", year=2025, description=description))[
            "programme_id"
        ]
        for _ in range(CALLS + 30)
    ]


async def _load(
    stack: BenchStack, district: District, made: list[str], postmaster: int
) -> list[Load]:
    pids = [stack.processes[name].pid for name in LOWERED]
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

        for programme in made[:30]:
            await file(programme)
            await read(targets[-1])
        filed = await drive(
            [lambda p=p: file(p) for p in made[30:]],  # type: ignore[misc]
            side_by_side=SIDE_BY_SIDE, pids=pids, postmaster=postmaster,
        )  # fmt: skip
        seen = await drive(
            [lambda t=t: read(t) for t in targets],  # type: ignore[misc]
            side_by_side=SIDE_BY_SIDE, pids=pids, postmaster=postmaster,
        )  # fmt: skip
    return [filed, seen]
