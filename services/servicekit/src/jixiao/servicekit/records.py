"""Aggregates kept whole as documents, beside the keys and state that queries need.

A row holds the coordinates (walls 2 and 3), year, state and version as columns, and the aggregate
itself as JSON, structured by its own type annotations. So a domain may change its inside without a
migration, a save is one UPDATE, and the audit's before and after are exactly what was stored.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

import asyncpg
from cattrs.preconf.json import make_converter
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ClauseElement

from .access import Principal
from .database import Row
from .errors import EtagMissing, NotFound, Refused, Stale
from .transaction import Work
from .values import Coordinates, Money


class Aggregate(Protocol):
    """What the kit asks of an aggregate: coordinates, budget year, state."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    coordinates: Coordinates
    year: int
    state: Any


A = TypeVar("A", bound=Aggregate)

AUDITED: dict[str, dict[str, str]] = {}
"""Package to (aggregate to table): what the verification of its audit trail looks at (P6.4)."""

converter = make_converter()
converter.register_unstructure_hook(Money, lambda money: money.fen)
converter.register_structure_hook(Money, lambda fen, _: Money(fen))
converter.register_unstructure_hook(Decimal, lambda value: format(value, "f"))
converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
converter.register_unstructure_hook(UUID, str)
converter.register_structure_hook(UUID, lambda text, _: UUID(text))
converter.register_unstructure_hook(date, date.isoformat)
converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))


ACTED_FOR = "acted_for"
"""Key in a document, beside the aggregate's own: each deputy who changed it, and for whom (P3.1).

A tie ends with the loan, but what was filed for somebody stays his (P3.2)."""


class Taken(Refused):
    """A natural unique key is already used: programme × year × kind (P1.3)."""

    reason = "already_exists"
    sentence = "同一项目、同一年度的该事项已经存在，请在原记录上办理。"


def record_table(metadata: MetaData, name: str, *columns: Column[Any]) -> Table:
    """The table of one kind of aggregate; `columns` are copies of fields that queries need."""
    return Table(
        name, metadata,
        Column("id", Uuid, primary_key=True), Column("programme_id", Uuid),
        Column("territory", Text), Column("line", Text), Column("unit", Text),
        Column("classified", Boolean), Column("district", Text),
        Column("year", Integer), Column("state", Text), Column("version", Integer),
        Column("body", JSONB), Column("created_at", DateTime(timezone=True)),
        Column("changed_at", DateTime(timezone=True)), *columns, schema="jx",
    )  # fmt: skip


class Records(Generic[A]):
    """The rows of one kind of aggregate.

    `key` is the field with its id; `copies` are fields kept as columns of their own as well. The
    record's version (the ETag) is kept per row and known to `version_of` while the work lasts.
    """

    def __init__(
        self, table: Table, kind: type[A], key: str, *copies: str, audited: bool = True
    ) -> None:
        self._audited = audited
        self.table, self.kind, self.key, self.copies = table, kind, key, copies
        self.name = table.name.removesuffix("s")
        if audited:
            AUDITED.setdefault(kind.__module__.split(".")[1], {})[self.name] = table.name
        columns = [
            "id",
            "programme_id",
            "territory",
            "line",
            "unit",
            "classified",
            "year",
            "state",
            "body",
            *copies,
        ]
        self._insert = insert(table).values({c: bindparam(c) for c in columns}).inline()
        moving: dict[str, Any] = {c: bindparam(f"to_{c}") for c in columns[2:]}
        self._update = (
            update(table)
            .where(table.c.id == bindparam("id"), table.c.version == bindparam("was"))
            .values(**moving, version=table.c.version + 1, changed_at=func.now())
        )
        self._lock = select(table).where(table.c.id == bindparam("id")).with_for_update()
        self._see = select(table).where(table.c.id == bindparam("id"))

    def in_scope(self, principal: Principal, row: Row) -> bool:
        """The second wall: whether the caller may know of a row; its policies say the same."""
        return principal.sees(row)

    def of(self, row: Row) -> A:
        """The aggregate of a row."""
        return converter.structure(row["body"], self.kind)

    async def get(self, work: Work, record_id: UUID) -> A:
        """Load and lock. Raises NotFound for what is absent or out of scope (walls 2 and 3)."""
        row = await work.connection.first(self._lock, id=record_id)
        return self._loaded(work, row)

    async def take(self, work: Work, record_id: UUID) -> A:
        """Load and lock for a change by a caller, who must name the version it has seen.

        Raises NotFound first, then EtagMissing (428) or Stale (412): an etag tells a stranger
        nothing (P1.4).
        """
        aggregate = await self.get(work, record_id)
        current = self.version_of(work, record_id)
        if not work.etag:
            raise EtagMissing
        if work.etag != str(current):
            raise Stale(current=current)
        return aggregate

    async def see(self, work: Work, record_id: UUID) -> A:
        """Load without locking; for what is only looked at. Raises NotFound.

        What this work has loaded already is not asked for again: same scope, same transaction.
        """
        _, body = work.loaded.get((self.name, record_id), (0, None))
        if body is not None:
            return converter.structure(body, self.kind)
        return self._loaded(work, await work.connection.first(self._see, id=record_id))

    async def find(self, work: Work, statement: ClauseElement, **values: object) -> list[A]:
        """All in scope that a select over the whole table gives, in its order.

        The third wall has left out what lies outside before the page was cut; the second does so
        again, row by row, so that a list without its policy is short, never another's (P3.6).
        """
        rows = await work.connection.rows(statement, **values)
        return [self._known(work, row) for row in rows if self.in_scope(work.principal, row)]

    async def add(self, work: Work, aggregate: A) -> None:
        """Insert. Raises Taken where a unique key of the table is used."""
        values = self._values(work, aggregate)
        work.principal.permit(
            aggregate.coordinates, record=values["programme_id"] or values["id"],
            classified=values["classified"],
        )  # fmt: skip
        try:
            await work.connection.run(self._insert, **values)
        except asyncpg.UniqueViolationError as used:
            raise Taken from used
        work.loaded[(self.name, values["id"])] = (1, None)
        self._audit(work, values, 1)

    async def save(self, work: Work, aggregate: A) -> None:
        """Update what was loaded in this work; exactly one row moves to the next version."""
        values = self._values(work, aggregate)
        was = self.version_of(work, values["id"])
        moving = {f"to_{c}": v for c, v in values.items() if c not in ("id", "programme_id")}
        if await work.connection.run(self._update, id=values["id"], was=was, **moving) != 1:
            raise Stale(current="?")
        self._audit(work, values, was + 1)

    def version_of(self, work: Work, record_id: UUID) -> int:
        """The version of a record as this work has it: the caller's ETag."""
        return work.loaded[(self.name, record_id)][0]

    def _loaded(self, work: Work, row: Row | None) -> A:
        if row is None or not self.in_scope(work.principal, row):
            raise NotFound
        return self._known(work, row)

    def _known(self, work: Work, row: Row) -> A:
        work.loaded[(self.name, row["id"])] = (row["version"], row["body"])
        work.acted_for.update(_pairs(row["body"]))
        return self.of(row)

    def _values(self, work: Work, aggregate: A) -> dict[str, Any]:
        body = converter.unstructure(aggregate)
        _, before = work.loaded.get((self.name, getattr(aggregate, self.key)), (0, None))
        # A new record keeps the pairs of what it was made from.
        pairs = work.acted_for if before is None else set(_pairs(before))
        if work.principal.obo:
            pairs = pairs | {(work.principal.person, work.principal.obo)}
        if pairs:
            body[ACTED_FOR] = sorted(map(list, pairs))
        at = aggregate.coordinates
        return {
            "id": getattr(aggregate, self.key),
            "programme_id": getattr(aggregate, "programme_id", None),
            "territory": at.territory, "line": at.line, "unit": at.unit,
            "classified": bool(getattr(aggregate, "classified", False)),
            "year": aggregate.year, "state": str(aggregate.state), "body": body,
            **{copy: _plain(getattr(aggregate, copy)) for copy in self.copies},
        }  # fmt: skip

    def _audit(self, work: Work, values: Mapping[str, Any], version: int) -> None:
        _, before = work.loaded[(self.name, values["id"])]
        work.loaded[(self.name, values["id"])] = (version, values["body"])
        if not self._audited:  # a copy of what another service owns and audits
            return
        work.kept.append((self.table.name, str(values["id"])))
        work.changed(
            aggregate=self.name, aggregate_id=values["id"], version=version,
            programme_id=values["programme_id"],
            at=Coordinates(values["territory"], values["line"], values["unit"]),
            classified=values["classified"], before=before, after=values["body"],
        )  # fmt: skip


def _pairs(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((deputy, whom) for deputy, whom in body.get(ACTED_FOR, ()))


def _plain(value: object) -> object:
    return value.fen if isinstance(value, Money) else value
