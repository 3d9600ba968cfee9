"""A source answers for its own outbox: whole, in order, in bounded pages (P2.3)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jixiao.servicekit.identity import Identity
from jixiao.servicekit.sources import Sources

TELL = """INSERT INTO jx.outbox(event_id, aggregate_id, epoch, seq, subject, payload, headers, created_at)
 VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, '{"jx-day": "2025-01-09"}', %s)"""


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


@pytest.fixture
async def sources(up: Any, folder: Path) -> Any:
    address = f"127.0.0.1:{up.running.port}"
    asked = Sources(Identity("results", folder / "results.pem"), {"targets": address})
    yield asked
    await asked.close()


def tell(
    up: Any, aggregate: UUID, seq: int, *, kind: str = "thing", epoch: int = 1,
    payload: bytes = b"x", at: datetime | None = None,
) -> None:  # fmt: skip
    with psycopg.connect(up.admin, autocommit=True) as admin:
        subject = f"jixiao.targets.{kind}.happened"
        at = at or datetime.now(UTC)
        admin.execute(TELL.encode(), [aggregate, epoch, seq, subject, payload, at])


async def test_p23_one_aggregate_is_listed_from_a_place_on_over_epochs(
    up: Any, sources: Sources
) -> None:
    aggregate = uuid4()
    for epoch, seq in [(1, 1), (1, 2), (1, 3), (2, 4)]:
        tell(up, aggregate, seq, epoch=epoch)

    listed = [e async for e in sources.of_one("targets", ["thing"], aggregate, (1, 1))]

    assert [(e.epoch, e.seq) for e in listed] == [(1, 2), (1, 3), (2, 4)]
    assert {e.subject for e in listed} == {"jixiao.targets.thing.happened"}


async def test_p23_all_are_listed_in_pages_that_a_message_can_hold(
    up: Any, sources: Sources
) -> None:
    told = [uuid4() for _ in range(9)]
    for aggregate in told:
        tell(up, aggregate, 1, kind="large", payload=b"x" * 250_000)
    tell(up, uuid4(), 1, kind="other")

    seen, after, pages, more = [], 0, 0, True
    while more:
        page, more = await sources.after("targets", ["large"], after)
        pages += 1
        seen += [event.aggregate_id for _, _, event in page]
        after = page[-1][0]

    assert seen == told
    assert pages > 1


async def test_p26_heads_are_the_last_places_since_a_moment(up: Any, sources: Sources) -> None:
    now = datetime.now(UTC)
    old, fresh = uuid4(), uuid4()
    tell(up, old, 1, kind="head", at=now - timedelta(hours=3))
    tell(up, fresh, 1, kind="head", at=now - timedelta(hours=3))
    tell(up, fresh, 2, kind="head", at=now)

    since = now - timedelta(hours=2)
    touched = [h[:3] async for h in sources.heads("targets", ["head"], since=since)]
    whole = [h[:3] async for h in sources.heads("targets", ["head"])]

    assert touched == [(fresh, 1, 2)]
    assert sorted(whole) == sorted([(fresh, 1, 2), (old, 1, 1)])


async def test_p26_a_digest_changes_in_one_bucket_with_one_place(up: Any, sources: Sources) -> None:
    aggregate = uuid4()
    tell(up, aggregate, 1, kind="digested")
    before = await sources.digest("targets", ["digested"])
    tell(up, aggregate, 2, kind="digested")
    after = await sources.digest("targets", ["digested"])

    unequal = [n for n in range(1024) if before[n] != after[n]]
    assert len(unequal) == 1
    bucket = [h[0] async for h in sources.heads("targets", ["digested"], buckets=unequal)]
    assert bucket == [aggregate]
