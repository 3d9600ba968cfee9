"""The targets service with its directory, callers of the demo year's offices, and shorthands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from jixiao.api.gateway.v1.events_pb import OrgUnitRecorded
from jixiao.api.targets.v1.adjustments_pb_grpc import AdjustmentsClient
from jixiao.api.targets.v1.budgets_pb_grpc import BudgetsClient
from jixiao.api.targets.v1.exante_pb_grpc import ExanteAssessmentsClient
from jixiao.api.targets.v1.libraries_pb_grpc import IndicatorLibrariesClient
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.api.targets.v1.targets_pb_grpc import TargetsClient
from jixiao.servicekit.broker import Broker
from jixiao.servicekit.clock import SHANGHAI
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.testing import Caller
from jixiao.targets.main import SERVICE

DISTRICT = "370303"
AUTUMN = date(2025, 9, 10)
"""The business day of these tests: adjustments are open."""
UNITS = [
    ("U001", "区学生资助管理中心", "unit", DISTRICT, "ZD103"),
    ("U002", "区文化旅游发展中心", "unit", DISTRICT, "ZD116"),
    ("T101", "南定镇卫健办", "township_department", "370303101", "ZD104"),
    ("T107", "房镇镇卫健办", "township_department", "370303107", "ZD104"),
    ("U101", "南定镇卫生院", "unit", "370303101", "ZD104"),
    ("U107", "房镇镇卫生院", "unit", "370303107", "ZD104"),
    ("U108", "房镇镇第二社区卫生服务中心", "unit", "370303107", "ZD104"),
    ("R102", "沣水镇农村公路管养站", "unit", "370303102", "ZD117"),
]


@dataclass
class District:
    """A running service and who acts on it; `hear` feeds an event of another service."""

    up: Any
    clients: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """A generated client by its short name: `district.targets`."""
        if name not in self.clients:
            raise AttributeError(name)
        return self.clients[name]

    def of(self, role: str, line: str = "", territory: str = DISTRICT, **more: Any) -> Caller:
        """A caller; `person` tells persons of one office apart."""
        caller: Caller = self.up.caller(role, territory=territory, line=line, **more)
        return caller

    def finance(self, person: str = "乙") -> Caller:
        """A person of the finance bureau."""
        return self.of("district_finance", person=f"财政局·{person}")

    async def hear(self, stream: str, subject: str, told: Any, aggregate: str = "") -> None:
        """Apply one event."""
        inbox = Inbox(
            "targets", stream, SERVICE.reactions[stream], self.up.running.transactions, (1.0,)
        )
        await inbox.apply(
            Received(
                f"jixiao.{stream.lower()}.{subject}", uuid4(), UUID(aggregate) if aggregate else uuid4(),
                1, 1, date(2024, 11, 27), told.to_binary(), {},
            )
        )  # fmt: skip

    async def told(self, subject: str) -> list[Any]:
        """Payloads of this service's events so far."""
        async with self.up.running.transactions.database.begin(job=True) as connection:
            await connection.raw.execute("SET LOCAL ROLE s_system")
            query = "SELECT payload FROM jx.outbox WHERE subject = $1 ORDER BY id"
            rows = await connection.raw.fetch(query, f"jixiao.targets.{subject}")
        return [bytes(row["payload"]) for row in rows]


@pytest.fixture(scope="module")
async def district(running: Callable[[str], Awaitable[Any]], nats: Any) -> District:
    """The service on its own database, with the org units of the demo year."""
    broker = await Broker.connect(nats.url, "test")
    for stream in ("GATEWAY", "EVALUATION", "RESULTS", "MONITORING"):
        await broker.ensure_stream(stream, f"jixiao.{stream.lower()}.>", max_bytes=2**20)
    await broker.close()
    up = await running("targets")
    today = datetime.now(SHANGHAI).date()
    up.clock.write_text(str((AUTUMN - today).days), encoding="ascii")
    made = District(up)
    made.clients |= {
        "programmes": ProgrammesClient(up.channel), "targets": TargetsClient(up.channel),
        "budgets": BudgetsClient(up.channel), "exante": ExanteAssessmentsClient(up.channel),
        "adjustments": AdjustmentsClient(up.channel), "libraries": IndicatorLibrariesClient(up.channel),
    }  # fmt: skip
    for code, name, kind, territory, line in UNITS:
        unit = OrgUnitRecorded(
            unit_id=str(uuid4()), code=code, name=name, kind=kind, territory=territory, line=line
        )
        await made.hear("GATEWAY", "org_unit.recorded", unit)
    return made
