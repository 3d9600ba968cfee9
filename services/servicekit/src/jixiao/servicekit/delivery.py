"""What an operator does about deliveries: retry, skip by two, rebuild, reconcile (P2.4 to P2.6)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from protobuf.wkt import Timestamp

from jixiao.api.delivery.v1 import deliveries_pb as pb
from jixiao.api.delivery.v1.deliveries_pb_grpc import DeliveriesService

from . import reconciling, wire
from .errors import EtagMissing, Faulty, Finding, NotFound, Refused, SecondPerson, Stale
from .inbox import REBUILD
from .rpc import Context, Servicer
from .transaction import Transactions, Work
from .values import Coordinates, is_own, uuid7

CONTRACT = pb.desc().services
NOWHERE = Coordinates("000000", "-", "-")
_PARKED = """SELECT p.*, octet_length(payload) AS size, (SELECT count(*) FROM jx.parked w
  WHERE w.consumer = p.consumer AND w.aggregate_id = p.aggregate_id AND w.state = 'waiting'
  AND (w.epoch, w.seq) > (p.epoch, p.seq)) AS waiting
 FROM jx.parked p WHERE state = 'parked' ORDER BY at LIMIT 200"""
_WAITING = "SELECT count(*) FROM jx.parked WHERE state = 'waiting'"
_ONE = """SELECT consumer, subject, error, attempts, headers ->> 'ce-id' AS event_id FROM jx.parked
 WHERE aggregate_id = $1 AND epoch = $2 AND seq = $3 AND state = 'parked' FOR UPDATE"""
# Due at once, and counted anew.
_TURN = """UPDATE jx.parked SET state = $4, attempts = 0, at = '-infinity'
 WHERE aggregate_id = $1 AND epoch = $2 AND seq = $3 AND state = 'parked'"""
_SKIPS = "SELECT * FROM jx.skips ORDER BY at DESC, id DESC LIMIT 200"
_SKIP = "SELECT * FROM jx.skips WHERE id = $1 FOR UPDATE"
_PROPOSE = """INSERT INTO jx.skips(id, consumer, aggregate_id, epoch, seq, reason, state, proposed_by)
 VALUES ($1, $2, $3, $4, $5, $6, 'proposed', $7) ON CONFLICT DO NOTHING"""
_CONFIRM = """UPDATE jx.skips SET state = 'confirmed', confirmed_by = $2, version = version + 1
 WHERE id = $1"""
_REBUILDS = "SELECT * FROM jx.rebuilds ORDER BY ordered_at DESC LIMIT 50"
_REBUILD = "SELECT * FROM jx.rebuilds WHERE projection = $1 AND state = 'running'"
_RECONCILIATIONS = "SELECT * FROM jx.reconciliations ORDER BY ordered_at DESC LIMIT 50"
_RECONCILIATION = "SELECT * FROM jx.reconciliations WHERE state = 'running'"


class SkipProposed(Refused):
    """The event is proposed to be skipped already."""

    reason = "skip_proposed"
    sentence = "该事件已有人提出跳过，请由另一名系统管理员确认。"


class DeliveryCalls(Servicer, DeliveriesService):
    """Answers `Deliveries` over this service's own inboxes."""

    def __init__(self, transactions: Transactions, projections: Sequence[str]) -> None:
        super().__init__(transactions)
        self._projections = projections

    async def list_parked(self, request: pb.ListParkedRequest, context: Context) -> pb.ParkedList:
        """What is parked, without payload."""
        del context

        async def look(work: Work) -> pb.ParkedList:
            rows = await work.connection.raw.fetch(_PARKED)
            waiting = await work.connection.raw.fetchval(_WAITING)
            return pb.ParkedList(parked=[_parked(row) for row in rows], waiting=waiting)

        return await self.read(request, look)

    async def retry_parked(self, request: pb.RetryParkedRequest, context: Context) -> pb.Retried:
        """Mark the event to be tried again; the healer does it, in the consumer's own name."""
        del context

        async def handle(work: Work) -> tuple[tuple[pb.Retried, int], list[object]]:
            place = (UUID(request.aggregate_id), request.epoch, request.seq)
            row = await _locked(work, place)
            await work.connection.raw.execute(_TURN, *place, "waiting")
            _audit(work, "parked_retry", uuid7(), 1, None, {**row, "reason": request.reason})
            done = pb.Retried(
                aggregate_id=request.aggregate_id, epoch=request.epoch, seq=request.seq
            )
            return (done, 1), []

        return await self.once(request, handle, lambda done, _: done)

    async def propose_skip(self, request: pb.ProposeSkipRequest, context: Context) -> pb.Skip:
        """Store the proposal; nothing is skipped."""
        del context

        async def handle(work: Work) -> tuple[tuple[pb.Skip, int], list[object]]:
            place = (UUID(request.aggregate_id), request.epoch, request.seq)
            row, raw, skip_id = await _locked(work, place), work.connection.raw, uuid7()
            done = await raw.execute(
                _PROPOSE, skip_id, row["consumer"], *place, request.reason, work.principal.person
            )
            if done.endswith(" 0"):
                raise SkipProposed
            after = await raw.fetchrow(_SKIP, skip_id)
            _audit(work, "skip", skip_id, 1, None, {**row, **_plain(after)})
            return (_skip(after), 1), []

        return await self.once(request, handle, lambda skip, _: skip)

    async def confirm_skip(self, request: pb.ConfirmSkipRequest, context: Context) -> pb.Skip:
        """Skip, by a second person. Raises SecondPerson, EtagMissing, Stale, NotFound."""
        del context

        async def handle(work: Work) -> tuple[tuple[pb.Skip, int], list[object]]:
            raw = work.connection.raw
            row = await raw.fetchrow(_SKIP, UUID(request.skip_id))
            if row is None:
                raise NotFound
            if is_own(work.person, row["proposed_by"]):
                raise SecondPerson
            if not request.etag:
                raise EtagMissing
            if request.etag != str(row["version"]):
                raise Stale(current=row["version"])
            place = (row["aggregate_id"], row["epoch"], row["seq"])
            await _locked(work, place)
            await raw.execute(_TURN, *place, "skipped")
            await raw.execute(_CONFIRM, row["id"], work.principal.person)
            after = await raw.fetchrow(_SKIP, row["id"])
            _audit(work, "skip", row["id"], 2, _plain(row), _plain(after))
            return (_skip(after), 2), []

        return await self.once(request, handle, lambda skip, _: skip)

    async def list_skips(self, request: pb.ListSkipsRequest, context: Context) -> pb.SkipList:
        """Proposals and what was skipped."""
        del context

        async def look(work: Work) -> pb.SkipList:
            return pb.SkipList(
                skips=[_skip(row) for row in await work.connection.raw.fetch(_SKIPS)]
            )

        return await self.read(request, look)

    async def start_rebuild(self, request: pb.StartRebuildRequest, context: Context) -> pb.Rebuild:
        """Order a rebuild; one that runs already is given back."""
        del context
        if request.projection not in self._projections:
            known = "、".join(self._projections) or "无"
            finding = Finding("/projection", "unknown", f"没有这个副本；本服务的副本：{known}。")
            raise Faulty(finding)

        async def handle(work: Work) -> tuple[tuple[pb.Rebuild, int], list[object]]:
            raw, rebuild_id = work.connection.raw, uuid7()
            person = work.principal.person
            swap = True
            await raw.execute(REBUILD, rebuild_id, request.projection, swap, request.reason, person)
            row = await raw.fetchrow(_REBUILD, request.projection)
            _audit(work, "rebuild", rebuild_id, 1, None, {"projection": request.projection})
            return (_rebuild(row), 1), []

        return await self.once(request, handle, lambda rebuild, _: rebuild)

    async def list_rebuilds(
        self, request: pb.ListRebuildsRequest, context: Context
    ) -> pb.RebuildList:
        """Rebuilds with their progress."""
        del context

        async def look(work: Work) -> pb.RebuildList:
            rows = await work.connection.raw.fetch(_REBUILDS)
            return pb.RebuildList(
                rebuilds=[_rebuild(row) for row in rows], projections=list(self._projections)
            )

        return await self.read(request, look)

    async def start_reconciliation(
        self, request: pb.StartReconciliationRequest, context: Context
    ) -> pb.Reconciliation:
        """Order a reconciliation; one that runs already is given back."""
        del context

        async def handle(work: Work) -> tuple[tuple[pb.Reconciliation, int], list[object]]:
            raw, ordered = work.connection.raw, uuid7()
            await raw.execute(reconciling.ORDER, ordered, work.principal.person, work.today)
            row = await raw.fetchrow(_RECONCILIATION)
            _audit(work, "reconciliation", ordered, 1, None, {"day": work.today.isoformat()})
            return (_reconciliation(row), 1), []

        return await self.once(request, handle, lambda reconciliation, _: reconciliation)

    async def list_reconciliations(
        self, request: pb.ListReconciliationsRequest, context: Context
    ) -> pb.ReconciliationList:
        """Reconciliations with their verdicts."""
        del context

        async def look(work: Work) -> pb.ReconciliationList:
            rows = await work.connection.raw.fetch(_RECONCILIATIONS)
            return pb.ReconciliationList(reconciliations=[_reconciliation(row) for row in rows])

        return await self.read(request, look)


async def _locked(work: Work, place: tuple[UUID, int, int]) -> dict[str, Any]:
    """The parked event, locked: what the audit trail keeps of it. Raises NotFound."""
    row = await work.connection.raw.fetchrow(_ONE, *place)
    if row is None:
        raise NotFound
    return {**row, "aggregate_id": str(place[0]), "epoch": place[1], "seq": place[2]}


def _audit(
    work: Work, aggregate: str, aggregate_id: UUID, version: int, before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:  # fmt: skip
    work.changed(
        aggregate=aggregate, aggregate_id=aggregate_id, version=version, programme_id=None,
        at=NOWHERE, classified=False, before=before, after=after,
    )  # fmt: skip


def _plain(row: Any) -> dict[str, Any]:
    kept = ("reason", "state", "proposed_by", "confirmed_by", "epoch", "seq")
    return {name: row[name] for name in kept} | {"aggregate_id": str(row["aggregate_id"])}


def _parked(row: Any) -> pb.Parked:
    return wire.write(
        dict(row), pb.Parked, event_id=row["headers"]["ce-id"], day=row["headers"]["jx-day"],
        since=Timestamp.from_datetime(row["at"]),
    )  # fmt: skip


def _skip(row: Any) -> pb.Skip:
    return wire.write(dict(row), pb.Skip, skip_id=str(row["id"]), etag=str(row["version"]))


def _rebuild(row: Any) -> pb.Rebuild:
    return wire.write(dict(row), pb.Rebuild, rebuild_id=str(row["id"]))


def _reconciliation(row: Any) -> pb.Reconciliation:
    lines = [pb.Verdict(**line) for line in row["lines"]]
    return wire.write(dict(row), pb.Reconciliation, reconciliation_id=str(row["id"]), lines=lines)
