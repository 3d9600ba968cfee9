"""When is everything that was told also heard? The local runner's look from outside (P1.7)."""

import importlib
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from .embedded import Postgres

_UNSENT = "SELECT count(*) FROM jx.outbox WHERE sent_at IS NULL"
_HEADS = "SELECT split_part(o.subject, '.', 3), o.aggregate_id::text, max(o.seq) FROM jx.outbox o GROUP BY 1, 2"
_APPLIED = "SELECT consumer, aggregate_id::text, seq FROM jx.applied"
_PARKED = "SELECT subject, error FROM jx.parked WHERE state = 'parked'"
_HANDLED = "SELECT min(day) FROM jx.scheduled"


def day_of(clock: Path) -> date:
    """The business day that the clock file gives."""
    offset = int(clock.read_text(encoding="ascii")) if clock.exists() else 0
    return datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=offset)


def wait(
    postgres: Postgres,
    databases: Mapping[str, str],
    day: date | None,
    *,
    seconds: float = 60,
) -> None:
    """Wait until the stack is settled; a parked event is an error here, never waited for.

    Settled: no unsent outbox row, each consumer's place equals the source's head for every
    aggregate type that it reads, and, with `day`, each schedule has handled that day.
    """
    end = time.monotonic() + seconds
    connections = {service: postgres.admin(database) for service, database in databases.items()}
    try:
        while (left := _left(connections, day)) is not None:
            if time.monotonic() > end:
                raise TimeoutError(f"not settled: {left}")
            time.sleep(0.01)
    finally:
        for connection in connections.values():
            connection.close()


def _left(
    connections: "Mapping[str, psycopg.Connection[tuple[object, ...]]]", day: date | None
) -> str | None:
    """What is still to be done, in words; None when settled."""
    heads: dict[str, tuple[str, int]] = {}
    for service, connection in connections.items():
        if parked := connection.execute(_PARKED).fetchone():
            raise RuntimeError(f"{service} has a parked event: {parked}")
        unsent = connection.execute(_UNSENT).fetchone()
        if unsent and unsent[0]:
            return f"{service} has {unsent[0]} unsent events"
        for kind, aggregate, seq in connection.execute(_HEADS):
            heads[str(aggregate)] = (f"{service}.{kind}", int(str(seq)))
    return _behind(connections, heads) or _undone(connections, day)


def _behind(
    connections: "Mapping[str, psycopg.Connection[tuple[object, ...]]]",
    heads: Mapping[str, tuple[str, int]],
) -> str | None:
    for service, connection in connections.items():
        applied = {str(a): int(str(s)) for _, a, s in connection.execute(_APPLIED)}
        reads = reads_of(service)
        for aggregate, (kind, seq) in heads.items():
            if kind in reads and applied.get(aggregate, 0) < seq:
                return f"{service} is at {applied.get(aggregate, 0)} of {seq} of a {kind}"
    return None


@cache
def reads_of(service: str) -> frozenset[str]:
    """`publisher.aggregate` of everything that a service subscribes to."""
    module = {"site": "disclosure.site", "gateway": "gateway"}.get(
        service, f"{service}.entrypoints"
    )
    subscriptions = importlib.import_module(f"jixiao.{module}.subscriptions")
    subjects = [s for reactions in subscriptions.REACTIONS.values() for s in reactions]
    return frozenset(".".join(subject.split(".")[1:3]) for subject in subjects)


def _undone(
    connections: "Mapping[str, psycopg.Connection[tuple[object, ...]]]", day: date | None
) -> str | None:
    if day is None:
        return None
    for service, connection in connections.items():
        if service == "site":
            continue
        row = connection.execute(_HANDLED).fetchone()
        if row is None or row[0] is None or str(row[0]) < day.isoformat():
            return f"{service} has not handled {day}"
    return None
