"""The monitoring service with its neighbours' events fed in, on a day that the test sets."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from jixiao.api.measures.v1.indicators_pb import Coordinates, Direction, Indicator, Kind, Operator
from jixiao.api.targets.v1 import events_pb as targets
from jixiao.monitoring.entrypoints.subscriptions import REACTIONS
from jixiao.servicekit.broker import Broker
from jixiao.servicekit.clock import SHANGHAI
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox


@dataclass(slots=True)
class Monitoring:
    """The service under test (`up`), its neighbours (`tell`), and its calendar (`on`)."""

    up: Any
    seen: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def on(self, day: date) -> None:
        """Let the business day be `day`."""
        today = datetime.now(SHANGHAI).date()
        self.up.clock.write_text(str((day - today).days), encoding="ascii")

    async def tell(self, stream: str, name: str, aggregate_id: UUID, message: Any) -> None:
        """Apply one event of a neighbour, as its consumer would."""
        self.seen[aggregate_id] += 1
        inbox = Inbox("test", stream, REACTIONS[stream], self.up.running.transactions, (1.0,))
        await inbox.apply(
            Received(
                f"jixiao.{stream.lower()}.{name}", uuid4(), aggregate_id, 1, self.seen[aggregate_id],
                date(2025, 8, 26), message.to_binary(), {},
            )
        )  # fmt: skip

    async def programme(self, code: str, amount: str, **given: Any) -> UUID:
        """A programme of 2025 in execution, with its budget and released target."""
        programme_id, rows = uuid4(), given.pop("indicators", [])
        at = {c: given.pop(c) for c in ("territory", "line", "unit")}
        told = targets.ProgrammeCreated(
            programme_id=str(programme_id), code=code, name=given.pop("name", code), year=2025,
            coordinates=Coordinates(**at), object_type="project", target_level="project", **given,
        )  # fmt: skip
        key = str(programme_id)
        await self.tell("TARGETS", "programme.created", programme_id, told)
        await self.tell(
            "TARGETS", "programme.budget_recorded", programme_id,
            targets.BudgetRecorded(
                programme_id=key, year=2025, kind="initial", amount=amount, current_budget=amount
            ),
        )  # fmt: skip
        await self.tell(
            "TARGETS", "programme.moved", programme_id,
            targets.ProgrammeMoved(programme_id=key, year=2025, state="executing"),
        )  # fmt: skip
        target_id = uuid4()
        await self.tell(
            "TARGETS", "target.released", target_id,
            targets.TargetReleased(
                target_id=str(target_id), programme_id=key, year=2025, number=2, amount=amount,
                reaches_unit=True, indicators=[indicator(row) for row in rows],
            ),
        )  # fmt: skip
        return programme_id

    async def carry_in(self, programme_id: UUID, amount: str, first: int, current: str) -> None:
        """Money first budgeted in an earlier year is carried into 2025."""
        await self.tell(
            "TARGETS", "programme.budget_recorded", programme_id,
            targets.BudgetRecorded(
                programme_id=str(programme_id), year=2025, kind="carry_in", amount=amount,
                current_budget=current, first_budget_year=first,
            ),
        )  # fmt: skip


def indicator(row: dict[str, Any]) -> Indicator:
    """An indicator of the demo year as the targets service tells it."""
    made = Indicator(code=row["code"], name=row["name"], weight=row["weight"])
    if row["operator"] is None:
        made.kind, made.text_target = Kind.QUALITATIVE, row["target"]
        return made
    made.operator, made.target_value = Operator[row["operator"].upper()], row["target"]
    if "direction" in row:
        made.direction = Direction[row["direction"].upper()]
    return made


@pytest.fixture(scope="module")
async def monitoring(running: Any, nats: Any) -> AsyncIterator[Monitoring]:
    """The service, with the streams that it listens to."""
    broker = await Broker.connect(nats.url, "neighbours")
    for stream in REACTIONS:
        await broker.ensure_stream(stream, f"jixiao.{stream.lower()}.>", max_bytes=2**20)
    yield Monitoring(await running("monitoring"))
    await broker.close()
