"""What a source answers about its own outbox: the reads from which readers heal (P2.3, P2.6)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from protobuf.wkt import Timestamp

from jixiao.api.delivery.v1 import events_pb
from jixiao.api.delivery.v1.events_pb_grpc import EventsService

from .errors import Forbidden
from .outbox import headers_of
from .rpc import Context, Servicer, current
from .transaction import Transactions, Work

CONTRACT = events_pb.desc().services
BUCKETS = 1024
PAGE, HEADS = 200, 2_000
OUTSIDE = "system:site"

# A page ends with the row that fills 1 MiB: a message holds less than gRPC's 4 MiB.
_EVENTS = """SELECT * FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY {order}) AS so_far FROM (
 SELECT id, event_id, aggregate_id, epoch, seq, subject, payload, headers, created_at FROM jx.outbox
 WHERE split_part(subject, '.', 3) = ANY($1) AND {where} ORDER BY {order} LIMIT $2) page) filled
 WHERE so_far - octet_length(payload) < 1048576 ORDER BY {order}"""
_OF_ONE = _EVENTS.format(where="aggregate_id = $3 AND (epoch, seq) > ($4, $5)", order="epoch, seq")
_OF_ALL = _EVENTS.format(where="id > $3", order="id")
_HEADS = """SELECT DISTINCT ON (aggregate_id) aggregate_id, epoch, seq, created_at FROM jx.outbox
 WHERE split_part(subject, '.', 3) = ANY($1)"""
BUCKET = """(get_byte(sha256(uuid_send(aggregate_id)), 0) * 4
 + get_byte(sha256(uuid_send(aggregate_id)), 1) / 64)"""
"""SQL: the bucket of an aggregate, 0 to 1023."""
DIGEST = f"""SELECT {BUCKET} AS bucket, encode(sha256(convert_to(string_agg(
 aggregate_id || ' ' || epoch || ' ' || seq, ',' ORDER BY aggregate_id), 'UTF8')), 'hex') AS digest FROM """  # noqa: S608 - constants
"""SQL: a digest per bucket of the rows (aggregate_id, epoch, seq) of what follows."""
_DIGEST = f"{DIGEST} ({_HEADS} ORDER BY aggregate_id, epoch DESC, seq DESC) heads GROUP BY 1"
_HEAD_PAGE = f"""SELECT * FROM ({_HEADS} AND aggregate_id > $2
 AND ($3::timestamptz IS NULL OR aggregate_id IN (
   SELECT aggregate_id FROM jx.outbox WHERE created_at >= $3))
 ORDER BY aggregate_id, epoch DESC, seq DESC) heads
 WHERE cardinality($4::int[]) = 0 OR {BUCKET} = ANY($4) ORDER BY aggregate_id LIMIT $5"""  # noqa: S608 - constants


class EventCalls(Servicer, EventsService):
    """Answers `Events`; the door admits services alone, by their own proof (P4.7)."""

    def __init__(self, transactions: Transactions, outside: frozenset[str]) -> None:
        super().__init__(transactions)
        self._service, self._outside = transactions.catalogue.service, outside

    async def list_events(
        self, request: events_pb.ListEventsRequest, context: Context
    ) -> events_pb.EventList:
        """A page of what was told, in order."""
        del context
        self._permit(request.aggregates)
        size = request.page_size or PAGE

        async def look(work: Work) -> events_pb.EventList:
            asked: tuple[Any, ...] = (list(request.aggregates), size + 1)
            if request.aggregate_id:
                place = (UUID(request.aggregate_id), request.after_epoch, request.after_seq)
                rows = await work.connection.raw.fetch(_OF_ONE, *asked, *place)
            else:
                rows = await work.connection.raw.fetch(_OF_ALL, *asked, int(request.after or 0))
            full = bool(rows) and rows[-1]["so_far"] >= 2**20
            return events_pb.EventList(
                events=[self._event(row) for row in rows[:size]], more=full or len(rows) > size
            )

        return await self.read(request, look)

    async def list_heads(
        self, request: events_pb.ListHeadsRequest, context: Context
    ) -> events_pb.HeadList:
        """A page of last places."""
        del context
        self._permit(request.aggregates)
        after = UUID(request.after) if request.after else UUID(int=0)
        since = request.since.to_datetime() if request.since else None

        async def look(work: Work) -> events_pb.HeadList:
            rows = await work.connection.raw.fetch(
                _HEAD_PAGE, list(request.aggregates), after, since, list(request.buckets), HEADS + 1
            )
            heads = [
                events_pb.Head(
                    aggregate_id=str(row["aggregate_id"]), epoch=row["epoch"], seq=row["seq"],
                    told_at=Timestamp.from_datetime(row["created_at"]),
                )
                for row in rows[:HEADS]
            ]  # fmt: skip
            return events_pb.HeadList(heads=heads, more=len(rows) > HEADS)

        return await self.read(request, look)

    async def get_digest(
        self, request: events_pb.GetDigestRequest, context: Context
    ) -> events_pb.Digest:
        """1,024 digests of all last places."""
        del context
        self._permit(request.aggregates)

        async def look(work: Work) -> events_pb.Digest:
            rows = await work.connection.raw.fetch(_DIGEST, list(request.aggregates))
            return events_pb.Digest(buckets=in_order(rows))

        return await self.read(request, look)

    def _permit(self, aggregates: Sequence[str]) -> None:
        """The site stands outside: it reads what is published and nothing else (A-15)."""
        if current().principal.person == OUTSIDE and not self._outside.issuperset(aggregates):
            raise Forbidden

    def _event(self, row: Any) -> events_pb.Event:
        return events_pb.Event(
            id=str(row["id"]), subject=row["subject"], payload=row["payload"],
            headers=headers_of(self._service, row, row["headers"]),
            told_at=Timestamp.from_datetime(row["created_at"]),
        )  # fmt: skip


def in_order(rows: Any) -> list[str]:
    """The digests of all buckets, of rows (bucket, digest)."""
    held = {row["bucket"]: row["digest"] for row in rows}
    return [held.get(number, "") for number in range(BUCKETS)]
