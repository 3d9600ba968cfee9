"""What lies with several services, shown as one: dossier and work list (D-7, T-9, A-9).

Each service answers for its own records under the caller's own scope; here the parts are only
put in order. A service that does not answer is named, and the rest stays.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import structlog
from grpc import aio
from protobuf import Message

from jixiao.api.audit.v1 import dossier_pb
from jixiao.api.drafts.v1 import drafts_pb
from jixiao.api.gateway.v1 import overview_pb
from jixiao.api.gateway.v1.overview_pb_grpc import OverviewsService
from jixiao.servicekit.rpc import Context, current, validated

from .calling import Peers
from .problems import Problem
from .tokens import Minter

log = structlog.get_logger()
M = TypeVar("M", bound=Message[Any])
CONTRACT = overview_pb.desc().services
WITHIN = 5.0
_DOSSIERS = dossier_pb.desc().services[0].type_name
_DRAFTS = drafts_pb.desc().services[0].type_name


class Overviews(OverviewsService):
    """Asks every service at once with the caller's own principal."""

    def __init__(self, peers: Peers, minter: Minter) -> None:
        self._peers, self._minter = peers, minter

    async def get_dossier(
        self, request: overview_pb.GetDossierRequest, context: Context
    ) -> overview_pb.Dossier:
        """Every change of a programme's records in all services, oldest first.

        Articles: D-7, T-9.
        """
        del context
        validated(request)
        part = dossier_pb.GetDossierPartRequest(programme_id=request.programme_id)
        parts, missing = await self._all(
            f"{_DOSSIERS}/GetDossierPart", part, dossier_pb.DossierPart
        )
        changes = [change for one in parts for change in one.changes]
        changes.sort(key=lambda c: (c.at.seconds, c.at.nanos) if c.at else (0, 0))
        return overview_pb.Dossier(changes=changes, missing=missing)

    async def list_tasks(
        self, request: overview_pb.ListTasksRequest, context: Context
    ) -> overview_pb.TaskList:
        """The caller's open tasks in all services: the first due first, without a day last.

        Articles: D-5(1), D-6(1).
        """
        del request, context
        if current().principal.kind == "s_none":  # no grant chosen, or none with tasks
            return overview_pb.TaskList()
        asked = dossier_pb.ListOpenTasksRequest()
        parts, missing = await self._all(f"{_DOSSIERS}/ListOpenTasks", asked, dossier_pb.OpenTasks)
        tasks = [task for one in parts for task in one.tasks]
        tasks.sort(key=lambda t: (t.due_on or "9999", t.opened_on, t.record))
        return overview_pb.TaskList(tasks=tasks, missing=missing)

    async def list_own_drafts(
        self, request: overview_pb.ListOwnDraftsRequest, context: Context
    ) -> overview_pb.OwnDrafts:
        """The drafts of the caller's post in all services, the last saved first. Promises: P5.8."""
        del request, context
        asked = drafts_pb.ListDraftsRequest()
        parts, missing = await self._all(f"{_DRAFTS}/ListDrafts", asked, drafts_pb.DraftList)
        found = [draft for one in parts for draft in one.drafts]
        found.sort(key=lambda d: (d.saved_on, d.form, d.key), reverse=True)
        return overview_pb.OwnDrafts(drafts=found, missing=missing)

    async def _all(
        self, name: str, request: Message[Any], answer: type[M]
    ) -> tuple[Sequence[M], list[str]]:
        """The answers of all services that have one, and the names of those that have not."""
        method, payload = f"/{name}", request.to_binary()
        owners = sorted(self._peers.names)
        asked = (self._ask(owner, method, payload) for owner in owners)
        got = dict(zip(owners, await asyncio.gather(*asked), strict=True))
        parts = [answer.from_binary(one) for one in got.values() if one is not None]
        return parts, [owner for owner, one in got.items() if one is None]

    async def _ask(self, owner: str, method: str, payload: bytes) -> bytes | None:
        token = self._minter.token(current().principal, method, owner, time.time() + WITHIN + 1)
        try:
            return await self._peers.call(
                owner, method, payload, token, repeatable=False, within=WITHIN
            )
        except (aio.AioRpcError, Problem) as error:
            status = error.code().name if isinstance(error, aio.AioRpcError) else error.code
            log.warning("part_missing", service=owner, method=method, status=status)
            return None
