"""What the other services tell, and the offices of the demo year, for tests against real parts."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from grpc import aio

from jixiao.api.evaluation.v1.scores_pb import Achieved
from jixiao.api.measures.v1 import indicators_pb as i
from jixiao.api.monitoring.v1 import events_pb as monitoring
from jixiao.api.targets.v1 import events_pb as targets
from jixiao.evaluation.entrypoints.subscriptions import REACTIONS
from jixiao.servicekit.access import system
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.testing import refusal

from ..domain.figures import year

YEAR = year()
DISTRICT = "370303"
CODES = ("C1", "O1", "O2", "O3", "O4", "B1", "B2", "S1")


class World:
    """One service under test, with what it heard and the business day."""

    def __init__(self, up: Any) -> None:
        self.up = up
        transactions = up.running.transactions
        self._inboxes = {
            stream: Inbox("test", stream, reactions, transactions, (1.0,))
            for stream, reactions in REACTIONS.items()
        }
        self._seq: Counter[UUID] = Counter()
        self.today = date(2026, 1, 8)

    def day(self, text: str) -> None:
        """Move the business clock to a day."""
        self.today = date.fromisoformat(text)
        real = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        self.up.clock.write_text(str((self.today - real).days), encoding="ascii")

    async def tell(self, subject: str, message: Any, aggregate: UUID, on: str = "") -> None:
        """An event of another service arrives."""
        self._seq[aggregate] += 1
        day = date.fromisoformat(on) if on else self.today
        event = Received(
            f"jixiao.{subject}", uuid4(), aggregate, 1, self._seq[aggregate], day,
            message.to_binary(), {},
        )  # fmt: skip
        await self._inboxes[subject.split(".", maxsplit=1)[0].upper()].apply(event)

    async def programme(
        self, code: str, at: i.Coordinates, *, budget: str = "", executed: str = "",
        indicators: tuple[i.Indicator, ...] = (), number: int = 1, parent: UUID | None = None,
        **more: Any,
    ) -> UUID:  # fmt: skip
        """A programme with its budget, released target and execution of 2025."""
        known = uuid4()
        created = targets.ProgrammeCreated(
            programme_id=str(known), code=code, name=code, coordinates=at, year=2025,
            parent_id=str(parent) if parent else "", object_type="project",
            **{"target_level": "project", **more},
        )  # fmt: skip
        await self.tell("targets.programme.created", created, known)
        moved = targets.ProgrammeMoved(programme_id=str(known), year=2025, state="executing")
        await self.tell("targets.programme.moved", moved, known)
        if budget:
            entered = targets.BudgetEntered(programme_id=str(known), year=2025, amount=budget)
            await self.tell("targets.programme.budget_entered", entered, known)
        if indicators:
            released = targets.TargetReleased(
                target_id=str(uuid4()), programme_id=str(known), year=2025, number=number,
                day="2025-09-23", amount=budget, reaches_unit=True, indicators=list(indicators),
            )  # fmt: skip
            await self.tell("targets.target.released", released, uuid4())
        if executed:
            spent = monitoring.ExecutionRecorded(
                execution_id=str(uuid4()), programme_id=str(known), year=2025, day="2025-12-31",
                executed=executed,
            )  # fmt: skip
            await self.tell("monitoring.execution.recorded", spent, uuid4())
        return known

    async def told(self, name: str, mark: str = "") -> Any:
        """The newest event of this name in the outbox, of a programme if named."""
        sql = "SELECT payload FROM jx.outbox WHERE subject = $1 ORDER BY id DESC"

        async def look(work: Any) -> tuple[list[bytes], list[object]]:
            rows = await work.connection.raw.fetch(sql, f"jixiao.evaluation.{name}")
            return [bytes(row["payload"]) for row in rows], []

        found = await self.up.running.transactions.act(system("test"), "look", look)
        return next(each for each in found if mark.encode() in each)

    def finance(self, person: str) -> Any:
        """Somebody of district finance."""
        return self.up.caller("district_finance", territory=DISTRICT, person=person)

    def department(self, line: str, person: str) -> Any:
        """Somebody of a department."""
        return self.up.caller("department", territory=DISTRICT, line=line, person=person)


def at(territory: str, line: str, unit: str) -> i.Coordinates:
    """Coordinates as told."""
    return i.Coordinates(territory=territory, line=line, unit=unit)


def indicator(row: dict[str, Any]) -> i.Indicator:
    """An indicator of the demo year as told."""
    qualitative = row.get("kind") == "qualitative"
    direction = row.get("direction")
    figures = {} if qualitative else {
        "operator": i.Operator[row["operator"].upper()], "target_value": row["target"],
    }  # fmt: skip
    return i.Indicator(
        code=row["code"], name=row["name"], level1=i.Level1[row["level1"].upper()],
        level2=i.Level2[row["level2"].upper()], weight=row["weight"],
        kind=i.Kind.QUALITATIVE if qualitative else i.Kind.QUANTITATIVE,
        unit=row.get("unit") or "", text_target=row["target"] if qualitative else "",
        direction=i.Direction[direction.upper()] if direction else i.Direction.UNSPECIFIED,
        aggregation=i.Aggregation[row.get("aggregation", "none").upper()],
        **figures,
    )  # fmt: skip


def a_indicators() -> tuple[i.Indicator, ...]:
    """Version 3 of programme A's target."""
    rows = YEAR["A"]["indicators_v2"]
    return tuple(
        indicator({**row, "target": "5600"} if row["code"] == "O1" else row) for row in rows
    )


def clinics() -> dict[str, dict[str, Any]]:
    """The projects of C by key."""
    table = YEAR["C"]["projects"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    return {row["key"]: row for row in rows}


def clinic_indicators(row: dict[str, Any]) -> tuple[i.Indicator, ...]:
    """A clinic's indicators: the overall target's, with its own values."""
    weights = YEAR["C"]["regional_and_project_weights"]
    overall = {each["code"]: each for each in YEAR["C"]["indicators_overall"]}
    return tuple(
        indicator(
            {
                **overall[code],
                "weight": weights[code],
                "target": row.get(code, overall[code]["target"]),
            }
        )
        for code in CODES
    )


def achieved(value: str | list[str], reason: str = "") -> Achieved:
    """What the demo year says was achieved."""
    if isinstance(value, list):
        return Achieved(tier=value[0], percent=value[1], reason=reason)
    return Achieved(actual_value=value, reason=reason)


def clinic_actuals(row: dict[str, Any]) -> dict[str, Achieved]:
    """A clinic's actual values, each with a reason."""
    why = "签约医生不足，下年增配家庭医生团队并按月督导。"
    found = {}
    for code, value in zip(CODES, row["actuals"], strict=True):
        percent = Decimal(value)
        tier = "achieved" if percent >= 80 else "partly"
        found[code] = achieved([tier, value] if code == "B2" else value, why)
    found["O3"].base = row["O3_base"]
    return found


async def refused(call: Any) -> tuple[str, Any]:
    """The status and the details of a refusal."""
    with pytest.raises(aio.AioRpcError) as error:
        await call
    return error.value.code().name, refusal(error.value)
