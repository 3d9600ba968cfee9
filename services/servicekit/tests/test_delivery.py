"""The inbox: once, in order, parked when broken (P2.3, P2.4), on real PostgreSQL."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.transaction import Work

SUBJECT = "jixiao.elsewhere.thing.happened"


@pytest.fixture(scope="module")
async def up(running: Callable[[str], Awaitable[Any]]) -> Any:
    return await running("targets")


def happened(aggregate: UUID, seq: int) -> Received:
    return Received(
        SUBJECT, uuid4(), aggregate, 1, seq, date(2025, 1, 9), str(seq).encode(),
        {"ce-id": str(uuid4()), "ce-subject": str(aggregate), "jx-epoch": "1", "jx-seq": str(seq),
         "jx-day": "2025-01-09"},
    )  # fmt: skip


def an_inbox(up: Any, seen: list[int], *, breaks_at: int = 0) -> Inbox:
    async def react(event: Received, work: Work) -> Sequence[object]:
        if event.seq == breaks_at:
            raise ZeroDivisionError
        seen.append(event.seq)
        return []

    return Inbox(f"test-{uuid4()}", "ELSEWHERE", {SUBJECT: react}, up.running.transactions, (0.01,))


async def test_p23_events_doubled_and_shuffled_are_applied_once_and_in_order(up: Any) -> None:
    seen: list[int] = []
    inbox, aggregate = an_inbox(up, seen), uuid4()
    order = [*range(1, 9), *range(1, 9)]
    random.Random(7).shuffle(order)  # noqa: S311

    for seq in order:
        await inbox.apply(happened(aggregate, seq))

    assert seen == list(range(1, 9))


async def test_p23_control_without_the_place_in_order_they_would_be_doubled(up: Any) -> None:
    seen: list[int] = []
    inbox = an_inbox(up, seen)

    for _ in range(2):  # the same content under another aggregate is another event
        await inbox.apply(happened(uuid4(), 1))

    assert seen == [1, 1]


async def test_p24_a_broken_event_changes_nothing_and_its_successors_wait(up: Any) -> None:
    seen: list[int] = []
    inbox, aggregate, other = an_inbox(up, seen, breaks_at=2), uuid4(), uuid4()
    await inbox.apply(happened(aggregate, 1))

    with pytest.raises(ZeroDivisionError):
        await inbox.apply(happened(aggregate, 2))
    await inbox.apply(happened(aggregate, 3))
    await inbox.apply(happened(other, 1))

    assert seen == [1, 1]  # the other aggregate goes on, number 3 waits
