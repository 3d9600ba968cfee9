"""Every service's part of the dossier and of the work list (D-7, T-9, A-9)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from protobuf.wkt import Timestamp
from sqlalchemy import bindparam, func, select, tuple_

from jixiao.api.audit.v1 import dossier_pb
from jixiao.api.audit.v1.dossier_pb_grpc import DossiersService

from . import wire
from .rpc import Context, Servicer
from .tasks import list_tasks
from .transaction import Transactions, Work, audit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = 2**20
"""Characters of records in one part: a page of large ones is a short one."""
# Changes of one instant are counted as the caller sees them: the number of an entry in the whole
# trail would tell how much others do (P3.8).
_seen = (
    select(
        audit,
        func.row_number().over(partition_by=audit.c.at, order_by=audit.c.id).label("entry"),
    )
    .where(audit.c.programme_id == bindparam("programme"))
    .subquery()
)
_changes = (
    select(_seen)
    .where(tuple_(_seen.c.at, _seen.c.entry) > tuple_(bindparam("at"), bindparam("entry")))
    .order_by(_seen.c.at, _seen.c.entry)
    .limit(bindparam("size"))
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
        """Changes of a programme's records here, oldest first, from a place on."""
        del context
        at = EPOCH + timedelta(microseconds=int(request.after_at or 0))
        place, size = (at, int(request.after_entry or 0)), request.size

        async def look(work: Work) -> dossier_pb.DossierPart:
            nonlocal place
            part, held = dossier_pb.DossierPart(more=True), 0
            while part.more:
                rows = await work.connection.rows(
                    _changes, programme=UUID(request.programme_id), at=place[0], entry=place[1],
                    size=size,
                )  # fmt: skip
                part.more = len(rows) == size
                for row in filter(work.principal.sees, rows):
                    if len(part.changes) == size or held > LARGEST:
                        part.more = True
                        return part
                    part.changes.append(change := self._change(row))
                    held += len(change.before) + len(change.after)
                if rows:
                    place = (rows[-1]["at"], rows[-1]["entry"])
            return part

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
            differences=[
                dossier_pb.Difference(pointer=pointer, before=was, after=now)
                for pointer, was, now in differences(row["before"], row["after"])
            ],
            at=Timestamp.from_datetime(row["at"]),
            before=json.dumps(row["before"], ensure_ascii=False) if row["before"] else "",
            after=json.dumps(row["after"], ensure_ascii=False),
        )


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[tuple[str, str, str]]:
    """What changed between two documents: JSON pointer, value before, value after, as JSON.

    A list of another length is one difference; of a first version nothing is told.
    """
    if before is None and not pointer:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(k for k in after if k not in before)]:
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from differences(before.get(key), after.get(key), f"{pointer}/{step}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (was, now) in enumerate(zip(before, after, strict=True)):
            yield from differences(was, now, f"{pointer}/{number}")
    elif before != after:
        yield pointer, _json(before), _json(after)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _late(task: dict[str, Any], work: Work) -> int:
    due = task["due_on"]
    return max(0, (work.today - due).days) if due else 0
