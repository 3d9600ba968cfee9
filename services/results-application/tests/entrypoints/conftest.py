"""What the other services would tell, fed through the real inbox."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from protobuf import Message

from jixiao.api.measures.v1.indicators_pb import Coordinates
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.results.entrypoints.subscriptions import REACTIONS
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox

ROOT = Path(__file__).parents[4]
PLACES = (ROOT / "deploy/demo/year", ROOT.parent / "shared/year")


@pytest.fixture(scope="session")
def figures() -> dict[str, Any]:
    """Inputs and results of the demo year."""
    path = next(p / "figures.json" for p in PLACES if (p / "figures.json").exists())
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


@dataclass(slots=True)
class Telling:
    """The other services' voices, and the business day of the service under test."""

    up: Any
    seqs: dict[str, int] = field(default_factory=dict)

    async def tell(self, subject: str, key: str, message: Message[Any]) -> None:
        """Apply one event, next in its aggregate's order."""
        stream = subject.split(".")[1].upper()
        inbox = Inbox(
            "results-test", stream, REACTIONS[stream], self.up.running.transactions, (1.0,)
        )
        self.seqs[key] = self.seqs.get(key, 0) + 1
        await inbox.apply(
            Received(
                subject, uuid4(), UUID(key), 1, self.seqs[key], date(2026, 1, 1),
                message.to_binary(), {},
            )
        )  # fmt: skip

    async def programme(
        self, name: str, at: tuple[str, str, str], *, year: int = 2025, **more: Any
    ) -> str:
        """A programme made by targets; its id."""
        programme_id = str(uuid4())
        created = targets_pb.ProgrammeCreated(
            programme_id=programme_id, code=name, name=name, year=year,
            coordinates=Coordinates(territory=at[0], line=at[1], unit=at[2]), **more,
        )  # fmt: skip
        await self.tell("jixiao.targets.programme.created", programme_id, created)
        return programme_id

    async def initial(self, programme_id: str, year: int, amount: str) -> None:
        """The congress approved a budget."""
        await self.tell(
            "jixiao.targets.programme.budget_recorded", programme_id,
            targets_pb.BudgetRecorded(
                programme_id=programme_id, year=year, kind="initial", amount=amount,
                initial_budget=amount,
            ),
        )  # fmt: skip

    async def request(self, programme_id: str, year: int, amount: str) -> None:
        """A target was submitted."""
        target = str(uuid4())
        await self.tell(
            "jixiao.targets.target.submitted", target,
            targets_pb.TargetSubmitted(
                target_id=target, programme_id=programme_id, year=year, number=1, amount=amount
            ),
        )  # fmt: skip

    def at(self, day: date) -> None:
        """Set the business day."""
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        self.up.clock.write_text(str((day - today).days), encoding="ascii")


@pytest.fixture(scope="module")
async def others(running: Callable[[str], Awaitable[Any]]) -> Telling:
    """The service up, with the others' voices."""
    return Telling(await running("results"))
