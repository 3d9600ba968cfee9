"""When is everything that was told also heard? The local runner's look from outside (P1.7).

Read from the tables, not from the broker: an event kept as waiting is acknowledged and not yet
applied (docs/decisions/0005).
"""

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
# Ids are given before the commit, so a few of the rows before the last one seen are read again.
_TOLD = """SELECT id, split_part(subject, '.', 3), aggregate_id::text, seq FROM jx.outbox
 WHERE id > %s - 2000 ORDER BY id"""
_APPLIED = "SELECT aggregate_id::text, seq FROM jx.applied WHERE aggregate_id = ANY(%s::uuid[])"
_PARKED = "SELECT subject, error FROM jx.parked WHERE state = 'parked' LIMIT 1"
_HANDLED = "SELECT min(day) FROM jx.scheduled"


def day_of(clock: Path) -> date:
    """The business day that the clock file gives."""
    offset = int(clock.read_text(encoding="ascii")) if clock.exists() else 0
    return datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=offset)


@cache
def reads_of(service: str) -> frozenset[str]:
    """`publisher.aggregate` of everything that a service subscribes to."""
    module = {"site": "disclosure.site", "gateway": "gateway"}.get(
        service, f"{service}.entrypoints"
    )
    subscriptions = importlib.import_module(f"jixiao.{module}.subscriptions")
    subjects = [s for reactions in subscriptions.REACTIONS.values() for s in reactions]
    return frozenset(".".join(subject.split(".")[1:3]) for subject in subjects)


class Settling:
    """Looks at all databases of one stack; remembers what it has already seen applied."""

    def __init__(self, postgres: Postgres, databases: Mapping[str, str]) -> None:
        self._postgres, self._databases = postgres, databases
        self._connections: dict[str, psycopg.Connection[tuple[object, ...]]] = {}
        self._seen: dict[str, int] = dict.fromkeys(databases, 0)
        self._heads: dict[str, tuple[str, int]] = {}
        self._due: dict[str, dict[str, int]] = {service: {} for service in databases}
        """Reader → aggregate → the seq that it has yet to reach."""

    def wait(self, day: date | None = None, *, seconds: float = 120) -> None:
        """Wait until settled; a parked event is an error here, never waited for.

        Settled: no unsent outbox row, each consumer at the source's head of every aggregate that
        it reads, and, with `day`, each schedule has handled that day. Raises TimeoutError.
        """
        end = time.monotonic() + seconds
        while (left := self._left(day)) is not None:
            if time.monotonic() > end:
                raise TimeoutError(f"not settled: {left}")
            time.sleep(0.02)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _left(self, day: date | None) -> str | None:
        """What is still to be done, in words; None when settled."""
        for service in self._databases:
            unsent = self._rows(service, _UNSENT)[0][0]
            if unsent:
                return f"{service} has {unsent} unsent events"
            self._hear(service)
        return self._behind() or self._parked() or self._undone(day)

    def _hear(self, service: str) -> None:
        """Note what a service has told since the last look."""
        for number, kind, aggregate, seq in self._rows(service, _TOLD, [self._seen[service]]):
            self._seen[service] = max(self._seen[service], int(str(number)))
            name, place = str(aggregate), int(str(seq))
            if self._heads.get(name, ("", 0))[1] >= place:
                continue
            self._heads[name] = (f"{service}.{kind}", place)
            for reader in self._databases:
                if f"{service}.{kind}" in reads_of(reader):
                    self._due[reader][name] = place

    def _behind(self) -> str | None:
        for service, due in self._due.items():
            if not due:
                continue
            for aggregate, seq in self._rows(service, _APPLIED, [list(due)]):
                if int(str(seq)) >= due.get(str(aggregate), 0):
                    due.pop(str(aggregate), None)
            if due:
                aggregate, place = next(iter(due.items()))
                return f"{service} is not at {place} of {self._heads[aggregate][0]} {aggregate}"
        return None

    def _parked(self) -> str | None:
        for service in self._databases:
            for parked in self._rows(service, _PARKED):
                raise RuntimeError(f"{service} has a parked event: {parked}")
        return None

    def _undone(self, day: date | None) -> str | None:
        for service in self._databases if day else ():
            handled = self._rows(service, _HANDLED)[0][0] if service != "site" else day
            if handled is None or str(handled) < str(day):
                return f"{service} has not handled {day}"
        return None

    def _rows(
        self, service: str, query: str, values: list[object] | None = None
    ) -> list[tuple[object, ...]]:
        connection = self._connections.get(service)
        if connection is None or connection.closed:
            connection = self._postgres.admin(self._databases[service])
            self._connections[service] = connection
        return connection.execute(query.encode(), values).fetchall()
