"""A running disclosure service that hears what a test tells it, on the day that the test sets."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from jixiao.api.disclosure.v1 import publications_pb as pb
from jixiao.api.disclosure.v1.publications_pb_grpc import PublicationsClient
from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.measures.v1.indicators_pb import Coordinates, Indicator, Level1, Level2, Operator
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.disclosure.application.turning import mark_overdue
from jixiao.disclosure.entrypoints.subscriptions import REACTIONS
from jixiao.servicekit.access import system
from jixiao.servicekit.broker import Broker
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.testing import Caller, request_id
from jixiao.servicekit.transaction import Work

SUBJECTS = {s: stream for stream, reactions in REACTIONS.items() for s in reactions}


@dataclass(slots=True)
class Scene:
    """The service under test, and a world around it."""

    up: Any
    seqs: "Counter[UUID]" = field(default_factory=Counter)
    today: date = date(2025, 1, 1)

    @property
    def publications(self) -> PublicationsClient:
        return PublicationsClient(self.up.channel)

    def on(self, day: str) -> None:
        """Turn the business clock."""
        self.today = date.fromisoformat(day)
        offset = (self.today - datetime.now(ZoneInfo("Asia/Shanghai")).date()).days
        self.up.clock.write_text(str(offset), encoding="ascii")

    async def hear(self, subject: str, message: Any, aggregate: UUID | str) -> None:
        """Let the service hear an event on the day that is."""
        subject, key = f"jixiao.{subject}", UUID(str(aggregate))
        stream = SUBJECTS[subject]
        inbox = Inbox("told", stream, REACTIONS[stream], self.up.running.transactions, (1.0,))
        self.seqs[key] += 1
        await inbox.apply(
            Received(subject, uuid4(), key, 1, self.seqs[key], self.today, message.to_binary(), {})
        )

    async def turn(self) -> None:
        """Do what the clock does by itself on the day that is."""

        async def handle(work: Work) -> tuple[None, Any]:
            return None, await mark_overdue(self.today, work)

        await self.up.running.transactions.act(system("schedule"), "day.turned", handle)

    async def programme(self, name: str, line: str, unit: str, **more: Any) -> UUID:
        """A programme that the service has heard of."""
        programme_id = uuid4()
        at = Coordinates(territory=more.pop("territory", "370303"), line=line, unit=unit)
        created = targets_pb.ProgrammeCreated(
            programme_id=str(programme_id),
            code=f"{line}-{unit}-2025-0001",
            name=name,
            coordinates=at,
            year=2025,
            object_type="project",
            **{"target_level": "project", **more},
        )
        await self.hear("targets.programme.created", created, programme_id)
        return programme_id

    async def release(self, programme_id: UUID, amount: str, day: str, number: int = 1) -> None:
        """Its target of 2025 is released to the department."""
        rows = [
            ("O1", "学生受资助人数", Level1.OUTPUT, Level2.QUANTITY, "40.00", "5880", "人"),
            ("S1", "学生满意度", Level1.SATISFACTION, Level2.SERVICE_OBJECT, "10.00", "95", "%"),
        ]
        target_id = uuid4()
        released = targets_pb.TargetReleased(
            target_id=str(target_id), programme_id=str(programme_id), year=2025, number=number,
            giver="finance", receiver="department", document_number="张财预〔2025〕1号", day=day,
            amount=amount, annual_text="为学生提供营养膳食补助。",
            indicators=[
                Indicator(code=c, name=n, level1=one, level2=two, weight=w, operator=Operator.GE,
                          target_value=v, unit=u)
                for c, n, one, two, w, v, u in rows
            ],
        )  # fmt: skip
        await self.hear("targets.target.released", released, target_id)

    async def final_accounts(self, programme_id: UUID, approved: str, received: str) -> None:
        """The final accounts are approved and received."""
        recorded = targets_pb.BudgetRecorded(
            programme_id=str(programme_id),
            year=2025,
            kind="final_accounts",
            amount="1.00",
            day=approved,
            received_on=received,
            initial_budget="5880000.00",
            current_budget="5600000.00",
        )
        await self.hear("targets.programme.budget_recorded", recorded, programme_id)

    async def self_evaluation(self, programme_id: UUID, total: str = "99.25") -> None:
        """A self-evaluation is filed."""
        record = uuid4()
        rows = [("O1", "学生受资助人数", "≥5880人", "5880人", "40.00", "40.00"),
                ("S1", "学生满意度", "≥95%", "93%", "10.00", "9.25")]  # fmt: skip
        filed = evaluation_pb.SelfEvaluationSubmitted(
            self_evaluation_id=str(record), programme_id=str(programme_id), year=2025, total=total,
            grade="excellent", full_year_budget="5600000.00", executed="5432000.00",
            execution_score="9.70", rate_pct="97.00", submitted_on="2026-02-20",
            indicators=[
                evaluation_pb.ScoredIndicator(code=c, name=n, level1="output", level2="quantity",
                                              target_text=t, actual_text=a, weight=w, score=s)
                for c, n, t, a, w, s in rows
            ],
        )  # fmt: skip
        await self.hear("evaluation.self_evaluation.submitted", filed, record)

    async def duty(self, programme_id: UUID | None, kind: str) -> pb.Duty:
        """The duty as finance sees it."""
        finance = self.finance("丁")
        asked = pb.ListDutiesRequest(kind=kind, programme_id=str(programme_id or ""))
        (found,) = (await finance(self.publications.list_duties, asked)).duties
        return cast("pb.Duty", found)

    async def publish(self, duty: pb.Duty, proposer: Caller, reviewer: Caller) -> pb.Publication:
        """Both persons act."""
        proposed = await proposer(
            self.publications.propose_publication,
            pb.ProposePublicationRequest(
                duty_id=duty.duty_id, etag=duty.etag, request_id=request_id()
            ),
        )
        confirm = pb.ConfirmPublicationRequest(
            duty_id=duty.duty_id, etag=proposed.etag, request_id=request_id()
        )
        return cast(
            "pb.Publication", await reviewer(self.publications.confirm_publication, confirm)
        )

    def finance(self, person: str) -> Caller:
        return self._caller("district_finance", person=person)

    def department(self, line: str, person: str, **more: Any) -> Caller:
        return self._caller("department", person=person, line=line, **more)

    def _caller(self, role: str, **post: Any) -> Caller:
        return cast("Caller", self.up.caller(role, territory="370303", **post))


@pytest.fixture(scope="module")
async def scene(running: Callable[[str], Awaitable[Any]], nats: Any) -> AsyncIterator[Scene]:
    """The service, with the streams that it reads in place."""
    broker = await Broker.connect(nats.url, "test")
    for stream in REACTIONS:
        await broker.ensure_stream(stream, f"jixiao.{stream.lower()}.>", max_bytes=16 * 2**20)
    yield Scene(await running("disclosure"))
    await broker.close()
