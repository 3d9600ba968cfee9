"""What lies with several services, shown as one: dossier, trails and work list (D-7, T-9, A-9).

Each service answers for its own records under the caller's own scope; here the parts are only
put in order. A service that does not answer is named, and the rest stays.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import structlog
from grpc import aio
from protobuf import Message

from jixiao.api.audit.v1 import dossier_pb, trail_pb
from jixiao.api.drafts.v1 import drafts_pb
from jixiao.api.gateway.v1 import overview_pb
from jixiao.api.gateway.v1.overview_pb_grpc import OverviewsService
from jixiao.servicekit.errors import NotFound, Unavailable
from jixiao.servicekit.rpc import Context, current, validated
from jixiao.servicekit.sealing import message_of
from jixiao.servicekit.trail import Trail, head_of

from .calling import Peers
from .problems import Problem
from .routes import Operation
from .tokens import Minter

log = structlog.get_logger()
M = TypeVar("M", bound=Message[Any])
CONTRACT = overview_pb.desc().services
WITHIN = 4.5
PAGE = 100
_DOSSIERS = dossier_pb.desc().services[0].type_name
_DRAFTS = drafts_pb.desc().services[0].type_name
_TRAILS = trail_pb.desc().services[0].type_name
Place = tuple[int, str, int]
"""Where a change stands among those of all services: microseconds, service, entry."""


class Overviews(OverviewsService):
    """Asks every service at once with the caller's own principal."""

    def __init__(
        self, peers: Peers, minter: Minter, operations: Mapping[str, Operation], trail: Trail
    ) -> None:
        self._peers, self._minter, self._operations = peers, minter, operations
        self._trail = trail

    async def get_dossier(
        self, request: overview_pb.GetDossierRequest, context: Context
    ) -> overview_pb.Dossier:
        """A page of a programme's changes in all services, oldest first.

        Raises NotFound for a programme of which the caller may see nothing, Unavailable where
        that cannot be told because a service does not answer.

        Articles: D-7, T-9.
        """
        del context
        validated(request)
        size, after = request.page_size or PAGE, _place(request.page_token)
        wanted = {
            owner: dossier_pb.GetDossierPartRequest(
                programme_id=request.programme_id, size=size, after_at=str(after[0]),
                after_entry=str(_entry_after(owner, after)),
            )
            for owner in self._peers.names
        }  # fmt: skip
        parts, missing = await self._each(
            f"/{_DOSSIERS}/GetDossierPart", wanted, dossier_pb.DossierPart
        )
        # Beyond the end of a part that goes on, others' changes are not next.
        known = min((_at(part.changes[-1]) for part in parts if part.more), default=None)
        changes = sorted((c for part in parts for c in part.changes), key=_at)
        page = [c for c in changes if known is None or _at(c) <= known][:size]
        if not changes and not request.page_token:
            raise Unavailable if missing else NotFound
        for change in page:
            if operation := self._operations.get(change.action):
                change.permission = operation.access.action
                change.articles = list(operation.access.articles)
        last = ".".join(map(str, _at(page[-1]))) if known or len(page) < len(changes) else ""
        return overview_pb.Dossier(changes=page, missing=missing, next_page_token=last)

    async def verify_trails(
        self, request: overview_pb.VerifyTrailsRequest, context: Context
    ) -> overview_pb.TrailVerdicts:
        """The verdict of every service on its own trail, held against the heads kept elsewhere.

        Articles: D-7, T-9. Promises: P6.4.
        """
        del request, context
        kept = [message_of(head) for head in await self._trail.kept()]
        wanted = dict.fromkeys(self._peers.names, trail_pb.VerifyTrailRequest(heads=kept))
        found, missing = await self._each(f"/{_TRAILS}/VerifyTrail", wanted, trail_pb.TrailVerdict)
        of_us = [head_of(head) for one in found for head in one.kept]
        trails = [
            *found, await self._trail.within(WITHIN - 0.5, of_us),
            *(trail_pb.TrailVerdict(service=one, verdict="unreachable") for one in missing),
        ]  # fmt: skip
        for one in trails:
            one.kept = []
        verdicts = {one.verdict for one in trails}
        whole = "tampered" if "tampered" in verdicts else "incomplete"
        return overview_pb.TrailVerdicts(
            verdict="intact" if verdicts == {"intact"} else whole,
            trails=sorted(trails, key=lambda one: one.service),
        )

    async def list_tasks(
        self, request: overview_pb.ListTasksRequest, context: Context
    ) -> overview_pb.TaskList:
        """The caller's open tasks in all services: the first due first, without a day last.

        Articles: D-5(1), D-6(1).
        """
        del request, context
        if current().principal.kind == "s_none":  # no grant chosen, or none with tasks
            return overview_pb.TaskList()
        wanted = dict.fromkeys(self._peers.names, dossier_pb.ListOpenTasksRequest())
        parts, missing = await self._each(
            f"/{_DOSSIERS}/ListOpenTasks", wanted, dossier_pb.OpenTasks
        )
        tasks = [task for one in parts for task in one.tasks]
        tasks.sort(key=lambda t: (t.due_on or "9999", t.opened_on, t.record))
        return overview_pb.TaskList(tasks=tasks, missing=missing)

    async def list_own_drafts(
        self, request: overview_pb.ListOwnDraftsRequest, context: Context
    ) -> overview_pb.OwnDrafts:
        """The drafts of the caller's post in all services, the last saved first. Promises: P5.8."""
        del request, context
        wanted = dict.fromkeys(self._peers.names, drafts_pb.ListDraftsRequest())
        parts, missing = await self._each(f"/{_DRAFTS}/ListDrafts", wanted, drafts_pb.DraftList)
        found = [draft for one in parts for draft in one.drafts]
        found.sort(key=lambda d: (d.saved_on, d.form, d.key), reverse=True)
        return overview_pb.OwnDrafts(drafts=found, missing=missing)

    async def _each(
        self, method: str, wanted: Mapping[str, Message[Any]], answer: type[M]
    ) -> tuple[Sequence[M], list[str]]:
        """The answers of all services that have one, and the names of those that have not."""
        owners = sorted(wanted)
        asked = (self._ask(owner, method, wanted[owner].to_binary()) for owner in owners)
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


def _at(change: dossier_pb.Change) -> Place:
    at = change.at
    micros = at.seconds * 1_000_000 + at.nanos // 1_000 if at else 0
    return micros, change.service, change.entry


def _place(token: str) -> Place:
    """The place that a page token names."""
    at, _, rest = token.partition(".")
    service, _, entry = rest.partition(".")
    return (int(at), service, int(entry)) if token else (0, "", 0)


def _entry_after(owner: str, place: Place) -> int:
    """At the same instant services come in the order of their names."""
    _, service, entry = place
    if owner == service:
        return entry
    return 10**18 - 1 if owner < service else 0
