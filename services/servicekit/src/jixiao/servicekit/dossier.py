"""Every service's part of the dossier and of the work list (D-7, T-9, A-9)."""

import json
from typing import Any
from uuid import UUID

from protobuf.wkt import Timestamp
from sqlalchemy import bindparam, select

from jixiao.api.audit.v1 import dossier_pb
from jixiao.api.audit.v1.dossier_pb_grpc import DossiersService

from . import wire
from .rpc import Context, Servicer
from .tasks import list_tasks
from .transaction import Transactions, Work, audit

_changes = (
    select(audit)
    .where(audit.c.programme_id == bindparam("programme"))
    .order_by(audit.c.id)
    .limit(5_000)
)
CONTRACT = dossier_pb.desc().services


class DossierCalls(Servicer, DossiersService):
    """Answers `Dossiers`; what a caller may see is what its scope's policies show."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self._service = transactions.catalogue.service

    async def get_dossier_part(
        self, request: dossier_pb.GetDossierPartRequest, context: Context
    ) -> dossier_pb.DossierPart:
        """Every change of a programme's records here, oldest first."""
        del context

        async def look(work: Work) -> dossier_pb.DossierPart:
            rows = await work.connection.rows(_changes, programme=UUID(request.programme_id))
            return dossier_pb.DossierPart(
                changes=[self._change(row) for row in rows if work.principal.sees(row)]
            )

        return await self.read(request, look)

    async def list_open_tasks(
        self, request: dossier_pb.ListOpenTasksRequest, context: Context
    ) -> dossier_pb.OpenTasks:
        """The caller's open tasks here."""
        del context

        async def look(work: Work) -> dossier_pb.OpenTasks:
            tasks = [
                wire.write(
                    task, dossier_pb.OpenTask, service=self._service, days_late=_late(task, work)
                )
                for task in await list_tasks(work)
            ]
            return dossier_pb.OpenTasks(tasks=tasks)

        return await self.read(request, look)

    def _change(self, row: Any) -> dossier_pb.Change:
        return wire.write(
            dict(row),
            dossier_pb.Change,
            service=self._service,
            at=Timestamp.from_datetime(row["at"]),
            before=json.dumps(row["before"], ensure_ascii=False) if row["before"] else "",
            after=json.dumps(row["after"], ensure_ascii=False),
        )


def _late(task: dict[str, Any], work: Work) -> int:
    due = task["due_on"]
    return max(0, (work.today - due).days) if due else 0
