"""Reading from the services whose events this one hears, directly (P2.3, P2.6).

A broker may lose what it confirmed, and sending again within ten minutes is dropped as a
duplicate; so what is missing is read from the source's own outbox.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import grpc
from grpc import aio
from protobuf.wkt import Timestamp

from jixiao.api.delivery.v1 import events_pb
from jixiao.api.delivery.v1.events_pb_grpc import EventsClient

from .errors import Unavailable
from .events import Received
from .identity import Identity
from .rpc import TOKEN

WITHIN = 5.0
_EVENTS = events_pb.desc().services[0].type_name


class Sources:
    """The services whose events this one hears, asked directly."""

    def __init__(self, identity: Identity, addresses: Mapping[str, str]) -> None:
        self._identity, self._addresses = identity, dict(addresses)
        self._clients: dict[str, tuple[aio.Channel, EventsClient]] = {}

    async def close(self) -> None:
        """Close all channels."""
        for channel, _ in self._clients.values():
            await channel.close()

    async def of_one(
        self, source: str, aggregates: Sequence[str], aggregate_id: UUID, place: tuple[int, int]
    ) -> AsyncIterator[Received]:
        """What the source told of one aggregate beyond (epoch, seq), in order."""
        more = True
        while more:
            page = await self._ask(
                source, "list_events", events_pb.ListEventsRequest(
                    aggregates=list(aggregates), aggregate_id=str(aggregate_id),
                    after_epoch=place[0], after_seq=place[1],
                ),
            )  # fmt: skip
            more = page.more
            for event in map(received, page.events):
                place = (event.epoch, event.seq)
                yield event

    async def after(
        self, source: str, aggregates: Sequence[str], after: int
    ) -> tuple[list[tuple[int, datetime, Received]], bool]:
        """A page of what the source told of all aggregates beyond an id of its outbox.

        Each with its id and instant; and whether there is more.
        """
        request = events_pb.ListEventsRequest(aggregates=list(aggregates), after=str(after))
        page = await self._ask(source, "list_events", request)
        return [(int(e.id), e.told_at.to_datetime(), received(e)) for e in page.events], page.more

    async def heads(
        self, source: str, aggregates: Sequence[str], *,
        since: datetime | None = None, buckets: Sequence[int] = (),
    ) -> AsyncIterator[tuple[UUID, int, int, datetime]]:  # fmt: skip
        """The last places at the source: (aggregate, epoch, seq, told at)."""
        after, more = "", True
        while more:
            request = events_pb.ListHeadsRequest(
                aggregates=list(aggregates), buckets=list(buckets), after=after
            )
            if since is not None:
                request.since = Timestamp.from_datetime(since)
            page = await self._ask(source, "list_heads", request)
            more = page.more
            for head in page.heads:
                after = head.aggregate_id
                yield UUID(after), head.epoch, head.seq, head.told_at.to_datetime()

    async def digest(self, source: str, aggregates: Sequence[str]) -> list[str]:
        """The source's digest of each bucket."""
        request = events_pb.GetDigestRequest(aggregates=list(aggregates))
        answer = await self._ask(source, "get_digest", request)
        return list(answer.buckets)

    async def _ask(self, source: str, name: str, request: Any) -> Any:
        """Call one method. Raises Unavailable where the source does not answer."""
        if source not in self._addresses:
            raise Unavailable
        if source not in self._clients:
            channel = aio.insecure_channel(self._addresses[source])
            self._clients[source] = channel, EventsClient(channel)
        method = getattr(self._clients[source][1], name)
        full = f"/{_EVENTS}/{''.join(word.title() for word in name.split('_'))}"
        metadata = ((TOKEN, self._identity.proof(source, full)),)
        try:
            return await method(request, timeout=WITHIN, metadata=metadata)
        except aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise Unavailable from error
            raise


def received(event: events_pb.Event) -> Received:
    """The event of a page, as the stream would have brought it."""
    return Received.of(event.subject, event.payload, event.headers)
