"""Commands under load and what must be true of them afterwards.

Each command ends acknowledged, refused or unknown. The checker looks into the databases:
acknowledged present once, refused absent, unknown at most once, nothing doubled, each event told
once and heard, the audit trail whole (promises.md §9).
"""

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import grpc
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import (
    CreateProgrammeRequest,
    Description,
    SetResponsibilityRequest,
)
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient

from .station import DEPARTMENT, UNIT, Station

AGAIN = {
    grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED,
}  # fmt: skip
"""Answers after which a caller tries the same request again."""


@dataclass(slots=True)
class Command:
    """One command: a programme is created, then someone is made responsible for it."""

    name: str
    outcome: str = "unknown"
    programme: str = ""
    responsible: str = "none"
    """Outcome of the second command; `none` where it was not tried."""
    tries: int = 0


@dataclass(slots=True)
class History:
    """All commands of a run."""

    station: Station
    commands: list[Command] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    patience: int = 60
    """Tries of one command before it is left unknown."""

    @property
    def acknowledged(self) -> int:
        """How many programmes were acknowledged."""
        return sum(command.outcome == "acknowledged" for command in self.commands)

    async def run(self, clients: int = 6) -> None:
        """Send commands from some callers at once until stopped."""
        await asyncio.gather(*(self._client(n) for n in range(clients)))

    async def at_least(self, more: int) -> None:
        """Wait until so many more are acknowledged: the load runs."""
        wanted = self.acknowledged + more
        while self.acknowledged < wanted:  # noqa: ASYNC110 - counts what many tasks do
            await asyncio.sleep(0.01)

    async def _client(self, number: int) -> None:
        while not self.stopped.is_set():
            await self.one(number)

    async def one(self, number: int = 0) -> Command:
        """One programme and its responsible person, each command tried until it is answered."""
        command = Command(str(uuid4()))
        self.commands.append(command)
        made = await self.create(command, number)
        if made is None:
            return command
        department = self.station.caller("department", f"department-{number}", **DEPARTMENT)
        change = SetResponsibilityRequest(
            programme_id=made.programme_id, post="科长", person="p-1", since="2026-01-01",
            etag=made.etag, request_id=str(uuid4()),
        )  # fmt: skip
        method = ProgrammesClient(self.station.channel).set_responsibility
        command.responsible, _ = await self._try(department, method, change, command)
        return command

    async def create(self, command: Command, number: int = 0) -> Any:
        """The command's programme, whose request id is its name; None where there is no answer."""
        request = CreateProgrammeRequest(
            year=2026, request_id=command.name,
            description=Description(
                name=f"项目 {command.name}", object_type="project", target_level="project",
                origin="district", budget_type="general_public", instrument="ordinary",
            ),
        )  # fmt: skip
        unit = self.station.caller("unit", f"unit-{number}", **UNIT)
        method = ProgrammesClient(self.station.channel).create_programme
        command.outcome, made = await self._try(unit, method, request, command)
        command.programme = made.programme_id if made is not None else ""
        return made

    async def _try(
        self, caller: Any, method: Any, request: Any, command: Command
    ) -> tuple[str, Any]:
        """Try until there is an answer, or patience or the run ends: the outcome, the answer."""
        sent = False
        for _ in range(self.patience):
            command.tries += 1
            try:
                async with asyncio.timeout(10):
                    return "acknowledged", await caller(method, request)
            except aio.AioRpcError as error:
                self.refusals[f"{error.code().name} {error.details()}"[:60]] += 1
                if error.code() not in AGAIN:
                    return ("unknown" if sent else "refused"), None
                sent = True
            except TimeoutError:
                sent = True
            await asyncio.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - jitter
        return "unknown", None


def findings(history: History) -> list[str]:
    """What is not as promised; empty when all is well. The station must be up and settled."""
    station = history.station
    return [
        *_programmes(history),
        *_trail(station),
        *_told(station),
        *_heard(station),
        *audit_findings(station, "targets"),
        *audit_findings(station, "monitoring"),
    ]


def _programmes(history: History) -> list[str]:
    rows = history.station.rows(
        "targets", "SELECT body->'description'->>'name', version FROM jx.programmes"
    )
    held = Counter(str(name).removeprefix("项目 ") for name, _ in rows)
    versions = {str(name).removeprefix("项目 "): int(str(version)) for name, version in rows}
    found = []
    for command in history.commands:
        count = held.pop(command.name, 0)
        least = int(command.outcome == "acknowledged")
        most = int(command.outcome != "refused")
        if not least <= count <= most:
            found.append(f"{command.outcome} programme {command.name} is there {count} times")
        elif count:
            least = 1 + int(command.responsible == "acknowledged")
            most = 1 + int(command.responsible in ("acknowledged", "unknown"))
            if not least <= versions[command.name] <= most:
                found.append(f"{command.name} is at version {versions[command.name]}")
    return found + [f"programme {name} was never asked for" for name in held]


def _trail(station: Station) -> list[str]:
    """One audit row and one event for each version, one answer for each request."""
    versions = station.rows("targets", "SELECT id, version FROM jx.programmes")
    audited = Counter(
        station.rows(
            "targets",
            "SELECT aggregate_id, version FROM jx.audit WHERE aggregate = 'programme'",
        )
    )
    expected = {(one, n) for one, version in versions for n in range(1, int(str(version)) + 1)}
    found = [
        f"audit of {one} is there {audited[one]} times" for one in expected if audited[one] != 1
    ]
    found += [f"audit of {one} belongs to nothing" for one in set(audited) - expected]
    if half := station.rows("targets", "SELECT request_id FROM jx.requests WHERE answer IS NULL"):
        found.append(f"{len(half)} requests without an answer")
    return found


def _told(station: Station) -> list[str]:
    """Events of each aggregate are numbered 1, 2, 3 … as many as its versions."""
    rows = station.rows(
        "targets",
        "SELECT p.id, p.version, coalesce(array_agg(o.seq ORDER BY o.seq) FILTER (WHERE o.seq > 0), '{}')"
        " FROM jx.programmes p LEFT JOIN jx.outbox o ON o.aggregate_id = p.id GROUP BY 1, 2",
    )
    return [
        f"programme {one} at version {version} has told {told}"
        for one, version, told in rows
        if told != list(range(1, int(str(version)) + 1))
    ]


CATCH_UP = 30.0
"""Seconds for the sealer to catch up after a fault."""


def _heard(station: Station) -> list[str]:
    """The reader's copy is the source's, and nothing is parked."""
    source = set(station.rows("targets", "SELECT id, body->>'code' FROM jx.programmes"))
    copy = station.rows("monitoring", "SELECT id, body->>'code' FROM jx.programmes")
    found = [f"{one} is not known to the reader" for one in source - set(copy)]
    found += [f"{one} is known to the reader alone" for one in set(copy) - source]
    found += [f"{one} is doubled at the reader" for one, n in Counter(copy).items() if n > 1]
    return found + [
        f"event {row} is parked"
        for row in station.rows("monitoring", "SELECT subject FROM jx.parked")
    ]


def audit_findings(station: Station, service: str) -> list[str]:
    """What `audit verify` says (P6.4): nothing when the chain is intact.

    2 is "not sealed yet": the sealer, which was away with the database, is given half a minute.
    Whatever is tampered with (1) is said at once.
    """
    until = time.monotonic() + CATCH_UP
    while True:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", f"jixiao.{service}", "audit", "verify"],
            env=station.environment(service), capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
        if done.returncode == 0:
            return []
        if done.returncode != 2 or time.monotonic() > until:
            said = (done.stdout + done.stderr)[-400:]
            return [f"audit verify of {service}: {done.returncode} {said}"]
