"""Killed services and a stopped broker: the year completes with the same result.

A smaller year of two towns, walked three times: undisturbed, with each service killed once in the
middle of its work, and with NATS away for ten seconds. All three must end alike.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demo import ending, two_towns
from demo.rehearsal import Walked, rehearsed
from demo.walk import Act, World
from local.databases import SERVICES
from local.embedded import Postgres

KILLED_BEFORE = {
    28: "targets", 41: "gateway", 60: "monitoring", 69: "results", 88: "evaluation", 108: "disclosure",
}  # fmt: skip
"""Act → the service that gets `kill -9` while the act is under way."""
BROKER_AWAY_FROM = 59
AWAY = 10.0
Ends = dict[str, dict[str, int]]


class Disturbance:
    """Kills services, or stops the broker, at their acts; the supervisor starts them again."""

    def __init__(self, killed: dict[int, str], broker_away_from: int = 0) -> None:
        self._killed, self._away_from = dict(killed), broker_away_from
        self.done: list[str] = []
        self.threads: list[threading.Thread] = []

    def __call__(self, world: World, _: date, act: Act) -> None:
        """Called after each step."""
        stack: Any = world.stack
        if (service := self._killed.pop(act.no + 1, None)) is not None:
            self._later(lambda: stack.kill(service), 0.05, service)
        if self._away_from and act.no + 1 >= self._away_from:
            self._away_from = 0
            stack.nats.stop()
            self._later(stack.nats.start, AWAY, "nats")

    def _later(self, act: Callable[[], None], seconds: float, name: str) -> None:
        def run() -> None:
            act()
            self.done.append(name)

        timer = threading.Timer(seconds, run)
        timer.start()
        self.threads.append(timer)


@pytest.fixture(scope="module")
def walks(
    postgres: Postgres, folder: Path
) -> Iterator[Callable[[str, Disturbance | None], Walked]]:
    """Walk the smaller year: `walks("calm", None)`; every stack stays up until the module ends."""
    small = two_towns.write(folder / "two-towns")
    with ExitStack() as open_stacks:

        def walk(name: str, disturbance: Disturbance | None) -> Walked:
            return open_stacks.enter_context(
                rehearsed(postgres, folder / name, f"{name}_", year=small, watcher=disturbance)
            )

        yield walk


@pytest.fixture(scope="module")
def calm(walks: Callable[..., Walked]) -> Walked:
    return walks("calm", None)


def test_the_smaller_year_itself_completes(calm: Walked) -> None:
    assert not calm.failures


def test_any_service_killed_in_the_middle_changes_nothing(
    walks: Callable[..., Walked], calm: Walked
) -> None:
    disturbance = Disturbance(KILLED_BEFORE)

    killed = walks("killed", disturbance)

    assert sorted(disturbance.done) == sorted(SERVICES)
    assert not killed.failures
    assert not ending.difference(ending.digest(calm.stack), ending.digest(killed.stack))


def test_a_broker_away_for_ten_seconds_changes_nothing(
    walks: Callable[..., Walked], calm: Walked
) -> None:
    disturbance = Disturbance({}, BROKER_AWAY_FROM)

    away = walks("away", disturbance)

    assert disturbance.done == ["nats"]
    assert not away.failures
    assert not ending.difference(ending.digest(calm.stack), ending.digest(away.stack))


def test_control_a_lost_event_would_be_seen(calm: Walked) -> None:
    stack = calm.stack
    before = ending.digest(stack)
    stack.nats.stop()
    try:
        asyncio.run(_create_programme(calm.world))
        with stack.postgres.admin(stack.database("targets")) as admin:
            lost = admin.execute(
                "DELETE FROM jx.outbox WHERE sent_at IS NULL RETURNING subject"
            ).fetchall()
    finally:
        stack.nats.start()
    stack.settle()

    differing = ending.difference(before, ending.digest(stack))

    assert lost == [("jixiao.targets.programme.created",)]
    assert any(line.startswith("targets programmes draft") for line in differing)
    assert not any(line.startswith("monitoring programmes") for line in differing)


def test_control_a_doubled_record_would_be_seen(calm: Walked) -> None:
    stack = calm.stack
    before = ending.digest(stack)
    with stack.postgres.admin(stack.database("monitoring")) as admin:
        admin.execute(
            "INSERT INTO jx.findings (id, programme_id, territory, line, unit, classified, year, state, body)"
            " SELECT gen_random_uuid(), programme_id, territory, line, unit, classified, year, state, body"
            " FROM jx.findings ORDER BY id LIMIT 1"
        )

    (differing,) = ending.difference(before, ending.digest(stack))

    assert differing.startswith("monitoring findings")


async def _create_programme(world: World) -> None:
    description = {
        "name": "对照项目", "object_type": "project", "target_level": "project", "origin": "district",
        "budget_type": "general_public", "instrument": "ordinary",
    }  # fmt: skip
    await world["资助中心·一"].do("CreateProgramme", year=2027, description=description)
    await world.close()
