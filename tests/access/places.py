"""A compact world for the walls: every kind of record, once at each of a few places.

The bodies are made from the aggregates' own annotations, so that a new kind of record is in the
world as soon as it has a table. All texts carry their place's name, all ids are made from the
field's name and the place: an answer that tells of another place is seen by looking for its name.
"""

import dataclasses
import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from jixiao.monitoring.domain.round import MonitoringRound
from jixiao.servicekit.records import Records, converter
from jixiao.servicekit.transaction import AUDIT, TASK
from jixiao.servicekit.values import Coordinates, DivisionCode, Money

DAY = date(2026, 3, 1)
OWNERS = ("targets", "monitoring", "evaluation", "results", "disclosure")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one set of records lies."""

    name: str
    territory: str
    line: str
    unit: str
    classified: bool = False
    year: int = 2026
    says: str = ""
    """What its texts say instead of its name."""

    def id(self, name: str) -> UUID:
        """The id of its record whose id is the field `name`."""
        return uuid5(NAMESPACE_OID, f"{self.name}/{name}")

    def text(self, name: str) -> str:
        """A text of its records: `code-here`."""
        return self.says or f"{name}-{self.name}"

    @property
    def coordinates(self) -> Coordinates:
        """Where the records lie."""
        return Coordinates(self.territory, self.line, self.unit)


HERE = Place("here", "370303101", "ZD103", "U101")
OTHERS = (
    Place("unit2", "370303101", "ZD103", "U102"),
    Place("line2", "370303101", "ZD104", "U103"),
    Place("town2", "370303102", "ZD103", "U104"),
    Place("district2", "370304101", "ZD103", "U105"),
    Place("secret", "370303101", "ZD103", "U101", classified=True),
    Place("task2", "370303101", "ZD103", "U101", year=2025),
)
"""`task2` differs by its programme alone: outside for whoever is named on the one at HERE."""
PLACES = {place.name: place for place in (HERE, *OTHERS)}


def records_of(owner: str) -> list[Records[Any]]:
    """Every kind of record that a service keeps, programmes first."""
    found: dict[str, Records[Any]] = {}
    root = importlib.import_module(f"jixiao.{owner}.adapters")
    for module in pkgutil.iter_modules(root.__path__):
        for one in vars(importlib.import_module(f"{root.__name__}.{module.name}")).values():
            if isinstance(one, Records):
                found[one.table.name] = one
    return sorted(found.values(), key=lambda one: (one.table.name != "programmes", one.table.name))


FILLED = {"score", "programme_id"}
"""Fields that may be empty, and without which nothing can be read of a record, or not by whoever is
commissioned for its programme."""


def aggregate(kind: type[Any], place: Place) -> Any:
    """One aggregate as it begins: its defaults, and the place's values where it has none."""
    hints = typing.get_type_hints(kind)
    given = {}
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        with_default = (
            field.default is not dataclasses.MISSING
            or field.default_factory is not dataclasses.MISSING
        )
        if field.name == "classified":
            given[field.name] = place.classified
        elif not with_default or field.name in FILLED:
            given[field.name] = _value(hints[field.name], field.name, place)
    return kind(**given)


_PLAIN: dict[Any, Any] = {
    date: DAY, datetime: datetime(2026, 3, 1, tzinfo=UTC), Decimal: Decimal(1), bool: False,
    Money: Money(100), Fraction: Fraction(1), float: 1.0, type(None): None,
}  # fmt: skip


def _value(hint: Any, name: str, place: Place) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        absent = type(None) in options and name not in FILLED
        return None if absent else _value(options[0], name, place)
    if origin is not None:
        made: Any = origin if isinstance(origin, type) else dict
        return made() if made in (tuple, list, dict, set, frozenset) else {}
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is UUID:
        return place.id(name)
    if hint is str:
        return getattr(place, name) if name in ("territory", "line", "unit") else place.text(name)
    if hint is int:
        return place.year if "year" in name else 1
    if hint is Coordinates:
        return place.coordinates
    if hint is DivisionCode:
        return DivisionCode(place.territory)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    return aggregate(hint, place)


def rows_of(owner: str, place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and row of each record of a service at a place."""
    for records in records_of(owner):
        value = aggregate(records.kind, place)
        if "budgeted" in records.copies:  # the treasury is told of what came into a budget
            value.move(place.year, "executing")
        body = converter.unstructure(value)
        row: dict[str, Any] = {
            "id": place.id(records.key), "programme_id": getattr(value, "programme_id", None), **_keys(place),
            "year": place.year, "state": str(value.state), "body": Jsonb(body),
        }  # fmt: skip
        for copy in records.copies:
            held = getattr(value, copy)
            row[copy] = list(held) if isinstance(held, tuple) else held
        yield records.table.name, row | _later(records.table.name, place)
    if owner == "targets":  # what is open to filers below, and which units there are
        yield "openings", _opening(place)
        yield "org_units", {
            "id": place.id("unit"), "code": place.unit, "name": place.unit, "kind": "unit",
            "territory": place.territory, "line": place.line,
        }  # fmt: skip
    if owner == "monitoring" and place == HERE:  # everybody's; nothing of it is a place's
        body = converter.unstructure(aggregate(MonitoringRound, place))
        yield "round_calendar", {
            "round_id": place.id("round_id"), "year": place.year, "due_on": DAY, "state": "open",
            "version": 1, "body": Jsonb(body),
        }  # fmt: skip


def _later(table: str, place: Place) -> dict[str, Any]:
    """Columns as they are once a record is on its way."""
    later: dict[str, dict[str, Any]] = {
        "packages": {"submitted_on": DAY},
        "reports": {"round_id": HERE.id("round_id")},  # all of one round
        "self_evaluations": {"parent_id": place.id("programme_id")},
    }
    return later.get(table, {})


def _opening(place: Place) -> dict[str, Any]:
    return {
        "programme_id": place.id("parent_id"), "territory": place.territory, "line": place.line,
        "year": place.year, "target_level": "overall", "transfer_class": "special",
        "allocation_method": "project", "origin": "district", "consolidated_agricultural": False,
    }  # fmt: skip


def _keys(place: Place) -> dict[str, Any]:
    return {
        "territory": place.territory, "line": place.line, "unit": place.unit,
        "classified": place.classified,
    }  # fmt: skip


def kit_rows(place: Place, roles: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The kit's own rows: a change in the audit trail, a line on each role's work list."""
    programme = place.id("programme_id")
    change = {
        name: place.text(name) for name in AUDIT if name not in ("before", "after")
    } | _keys(place)  # fmt: skip
    yield "audit", change | {
        "at": datetime(2026, 3, 1, tzinfo=UTC), "day": DAY, "aggregate_id": place.id("aggregate_id"),
        "version": 1, "programme_id": programme, "after": Jsonb({"name": place.text("after")}),
    }  # fmt: skip
    for role in roles:
        line = {name: place.text(name) for name in TASK} | _keys(place)
        yield "tasks", line | {
            "id": uuid5(programme, role), "role": role, "record": place.id("task_id"),
            "programme_id": programme, "opened_on": DAY, "due_on": None,
        }  # fmt: skip


def insert(admin: "psycopg.Connection[Any]", table: str, row: dict[str, Any]) -> None:
    """Put a row in, as a superuser."""
    statement = sql.SQL("INSERT INTO jx.{}({}) VALUES ({})").format(
        sql.Identifier(table), sql.SQL(",").join(map(sql.Identifier, row)),
        sql.SQL(",").join(sql.Placeholder() * len(row)),
    )  # fmt: skip
    admin.execute(statement, list(row.values()))


def seed(
    admin: "psycopg.Connection[Any]", owner: str, places: tuple[Place, ...], roles: tuple[str, ...]
) -> None:
    """Put a service's records at the places into its database."""
    for place in places:
        for table, row in (*rows_of(owner, place), *kit_rows(place, roles)):
            insert(admin, table, row)


def kept(admin: "psycopg.Connection[Any]", owner: str, place: Place) -> str:
    """All that a service's database holds at a place, as text: equal where nothing changed."""
    found = {}
    for table in (*(one.table.name for one in records_of(owner)), "audit", "tasks"):
        query = sql.SQL(
            "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]')::text"
            " FROM jx.{} t WHERE territory = %s AND line = %s AND unit = %s AND classified = %s"
        ).format(sql.Identifier(table))
        at = [place.territory, place.line, place.unit, place.classified]
        row = admin.execute(query, at).fetchone()
        found[table] = row[0] if row else ""
    return json.dumps(found, ensure_ascii=False)
