"""What is lost, doubled, shuffled or broken ends as the source has it (P2.3, P2.4, P7.2)."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from jixiao.servicekit.errors import Lost
from jixiao.servicekit.events import Received
from jixiao.servicekit.healing import Healing
from jixiao.servicekit.identity import Identity
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.sources import Sources
from jixiao.servicekit.transaction import Work

TELL = """INSERT INTO jx.outbox(event_id, aggregate_id, epoch, seq, subject, payload, headers,
 created_at, sent_at) VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, '{"jx-day": "2025-01-09"}', %s, now())"""


@dataclass
class Pod:
    """A consumer, what it applied by aggregate, and the source that tells it."""

    up: Any
    inbox: Inbox
    healing: Healing
    sources: Sources
    kind: str
    seen: dict[UUID, list[tuple[int, int]]] = field(default_factory=dict)
    breaks_at: int = 0
    breaks_by: BaseException = field(default_factory=ZeroDivisionError)

    def tell(self, aggregate: UUID, *places: tuple[int, int], age: float = 3600) -> None:
        """Into the outbox, as sent, and never published: the broker has lost it."""
        subject, at = f"jixiao.targets.{self.kind}.happened", datetime.now(UTC)
        with psycopg.connect(self.up.admin, autocommit=True) as admin:
            for epoch, seq in places:
                row = [aggregate, epoch, seq, subject, b"x", at - timedelta(seconds=age)]
                admin.execute(TELL.encode(), row)

    async def told(self, aggregate: UUID) -> list[Received]:
        """What the stream would bring."""
        return [e async for e in self.sources.of_one("targets", [self.kind], aggregate, (0, 0))]

    def kept(self, aggregate: UUID) -> list[tuple[str, str, int]]:
        """(state, error, attempts) of what is kept of an aggregate."""
        return self.up_rows(
            "SELECT state, error, attempts FROM jx.parked WHERE consumer = %s"
            " AND aggregate_id = %s ORDER BY epoch, seq",
            self.inbox.name, aggregate,
        )  # fmt: skip

    def up_rows(self, query: str, *values: object) -> list[Any]:
        with psycopg.connect(self.up.admin, autocommit=True) as admin:
            return admin.execute(sql.SQL(query), values).fetchall()


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture
async def pod(up: Any, folder: Path) -> Any:
    made: list[Pod] = []
    kind = f"k{uuid4().hex[:8]}".translate(str.maketrans("0123456789", "ghijklmnop"))

    async def react(event: Received, work: Work) -> Sequence[object]:
        it = made[0]
        if event.seq == it.breaks_at:
            raise it.breaks_by
        it.seen.setdefault(event.aggregate_id, []).append(event.place)
        return []

    reactions = {f"jixiao.targets.{kind}.happened": react}
    inbox = Inbox(f"c-{kind}", "TARGETS", reactions, up.running.transactions, (0.01,))
    address = f"127.0.0.1:{up.running.port}"
    sources = Sources(Identity("results", folder / "results.pem"), {"targets": address})
    healing = Healing([inbox], sources, up.running.transactions, after=0, every=0)
    made.append(Pod(up, inbox, healing, sources, kind))
    yield made[0]
    await sources.close()


async def test_p23_what_the_broker_lost_is_read_from_the_source_once_and_in_order(
    pod: Pod,
) -> None:
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1), (1, 2), (1, 3), (1, 4))
    first, _, third, _ = await pod.told(aggregate)
    await pod.inbox.apply(first)
    await pod.inbox.apply(third)
    assert pod.seen[aggregate] == [(1, 1)]  # the control: nobody has healed yet

    await pod.healing.heal_waiting(pod.inbox)
    await pod.inbox.apply(third)  # the stream brings it once more

    assert pod.seen[aggregate] == [(1, 1), (1, 2), (1, 3), (1, 4)]
    assert pod.kept(aggregate) == []


async def test_p26_a_lost_last_event_is_found_by_the_places_alone(pod: Pod) -> None:
    aggregate, unheard = uuid4(), uuid4()
    pod.tell(aggregate, (1, 1), (1, 2))
    pod.tell(unheard, (1, 1))
    await pod.inbox.apply((await pod.told(aggregate))[0])
    await pod.healing.heal_waiting(pod.inbox)
    assert pod.seen == {aggregate: [(1, 1)]}  # the control: nothing waits, so nothing is asked

    await pod.healing.check_heads(pod.inbox, since=datetime.now(UTC) - timedelta(hours=2))

    assert pod.seen == {aggregate: [(1, 1), (1, 2)], unheard: [(1, 1)]}


async def test_p23_two_pods_shuffled_doubled_and_dropped_end_as_the_source(
    pod: Pod, up: Any
) -> None:
    twin = Inbox(pod.inbox.name, "TARGETS", pod.inbox.reactions, up.running.transactions, (0.01,))
    aggregates = [uuid4() for _ in range(8)]
    events = []
    for aggregate in aggregates:
        pod.tell(aggregate, *((1, seq) for seq in range(1, 7)))
        events += await pod.told(aggregate)
    chance = random.Random(20250109)  # noqa: S311
    deliveries = [e for e in events for _ in range(chance.choice((0, 1, 1, 2)))]
    chance.shuffle(deliveries)

    async def consume(inbox: Inbox, some: list[Received]) -> None:
        for event in some:
            await inbox.apply(event)

    await asyncio.gather(consume(pod.inbox, deliveries[::2]), consume(twin, deliveries[1::2]))
    assert any(len(seen) < 6 for seen in pod.seen.values())  # the control: gaps are there
    await asyncio.gather(pod.healing.check_heads(pod.inbox), pod.healing.check_heads(twin))

    assert pod.seen == {a: [(1, seq) for seq in range(1, 7)] for a in aggregates}


async def test_p24_a_delivery_that_ends_the_process_counts_and_parks_before_the_handler(
    pod: Pod,
) -> None:
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1))
    (event,) = await pod.told(aggregate)
    pod.breaks_at, pod.breaks_by = 1, asyncio.CancelledError()  # nothing below can catch it
    for tries in range(1, 8):
        with pytest.raises(asyncio.CancelledError):
            await pod.inbox.receive(event, tries)
    assert pod.kept(aggregate) == [("trying", "Crashed", 7)]
    pod.breaks_at = 0

    assert await pod.inbox.receive(event, 8)

    assert pod.kept(aggregate) == [("parked", "Crashed", 8)]
    assert pod.seen == {}


async def test_p24_control_a_handler_that_recovers_in_time_is_not_parked(pod: Pod) -> None:
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1))
    (event,) = await pod.told(aggregate)
    pod.breaks_at = 1
    with pytest.raises(ZeroDivisionError):
        await pod.inbox.receive(event, 6)
    pod.breaks_at = 0

    assert await pod.inbox.receive(event, 7)

    assert (pod.seen, pod.kept(aggregate)) == ({aggregate: [(1, 1)]}, [])


async def test_p24_a_parked_event_keeps_its_error_and_holds_back_its_aggregate_alone(
    pod: Pod,
) -> None:
    broken, other = uuid4(), uuid4()
    pod.tell(broken, (1, 1), (1, 2), (1, 3))
    pod.tell(other, (1, 1))
    first, second, third = await pod.told(broken)
    pod.breaks_at = 2
    await pod.inbox.receive(first, 1)
    with pytest.raises(ZeroDivisionError):
        await pod.inbox.receive(second, 7)
    await pod.inbox.receive(second, 8)
    await pod.inbox.receive(third, 1)
    await pod.healing.heal_waiting(pod.inbox)
    await pod.healing.check_heads(pod.inbox)  # does not pass by what is parked either

    assert pod.kept(broken) == [("parked", "ZeroDivisionError", 8), ("waiting", "", 0)]
    assert pod.seen == {broken: [(1, 1)], other: [(1, 1)]}


async def test_p24_an_outage_parks_nothing_however_often(pod: Pod) -> None:
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1))
    (event,) = await pod.told(aggregate)
    pod.breaks_at, pod.breaks_by = 1, Lost()
    for tries in range(5, 12):
        with pytest.raises(Lost):
            await pod.inbox.receive(event, tries)

    assert pod.kept(aggregate) == []


async def test_p24_an_unknown_version_parks_at_once(pod: Pod) -> None:
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1))
    (event,) = await pod.told(aggregate)
    newer = replace(event, headers={**event.headers, "jx-version": "2"})

    assert await pod.inbox.receive(newer, 1)

    assert pod.kept(aggregate) == [("parked", "UnknownVersion", 1)]
    assert await pod.inbox.receive(event, 1)  # the control: ours is handled
    assert pod.seen == {aggregate: [(1, 1)]}


async def test_p24_a_healed_event_that_fails_eight_times_is_parked_as_well(pod: Pod) -> None:
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1), (1, 2))
    pod.breaks_at = 2
    for _ in range(8):
        await pod.healing.check_heads(pod.inbox)

    assert pod.kept(aggregate) == [("parked", "ZeroDivisionError", 8)]


async def test_p72_a_higher_epoch_takes_its_history_from_the_source(pod: Pod) -> None:
    """The source was set back from 3 to 2 and told 3 and 4 anew under the next epoch."""
    aggregate = uuid4()
    pod.tell(aggregate, (1, 1), (1, 2), (1, 3))
    for event in await pod.told(aggregate):
        await pod.inbox.apply(event)
    pod.up_rows("DELETE FROM jx.outbox WHERE aggregate_id = %s AND seq = 3 RETURNING id", aggregate)
    pod.tell(aggregate, (2, 3), (2, 4))
    newest = (await pod.told(aggregate))[-1]
    await pod.inbox.apply(newest)
    assert pod.seen[aggregate] == [(1, 1), (1, 2), (1, 3)]  # the control: it is no successor

    await pod.healing.heal_waiting(pod.inbox)

    assert pod.seen[aggregate] == [(1, 1), (1, 2), (1, 3), (2, 3), (2, 4)]
    assert pod.kept(aggregate) == []
