"""Worlds that are equal inside a scope answer alike, byte for byte, whatever lies outside (P3.9).

Outside is missing, random, or colliding: the same codes, names and numbers that the caller now
uses. The same calls are made in each in the same order; instants and the ids that the server makes
are replaced by the order of their coming.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import asyncpg
import psycopg
import pytest
from grpc import aio
from psycopg import sql

from jixiao.gateway.routes import Operation
from jixiao.servicekit import process
from jixiao.servicekit.access import ROLE_KINDS, Principal
from jixiao.servicekit.database import Connection, enter
from jixiao.servicekit.records import Records
from jixiao.servicekit.rpc import TOKEN
from jixiao.servicekit.testing import Minter

from . import places
from .answers import BUSY
from .asking import OPERATIONS, is_list, name_of, names_records, request_to
from .places import HERE, OWNERS, PLACES, Place
from .posts import OUTSIDE, ROLES, outside, post

WORLDS = ("missing", "random", "colliding")
TAKEN = "91370303MA3S000004"
"""A text that fits a code, a name and a number: what outside has taken, and the caller now uses."""
KINDS = tuple(sorted({ROLE_KINDS[role] for role in ROLES}))
OF_ALL = ("Trails.VerifyTrail",)
"""Checks the whole database's chain, and says how much it has checked (P6.4)."""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TRACE = re.compile(r"[0-9a-f]{32}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


@dataclass(slots=True)
class World:
    """One service on one database, and the ids that it has made so far."""

    name: str
    owner: str
    admin: str
    login: str
    channel: aio.Channel
    minter: Minter
    made: dict[str, str] = field(default_factory=dict)

    def settle(self, kind: str) -> None:
        """Empty it, and seed it for callers of a kind: inside alike, outside as this world is."""
        self.made.clear()
        with psycopg.connect(self.admin) as admin:
            admin.execute("SET session_replication_role = replica")  # the trail is append-only
            for (table,) in admin.execute(_TABLES).fetchall():
                admin.execute(sql.SQL("DELETE FROM jx.{}").format(sql.Identifier(table)))
            admin.execute("SET session_replication_role = origin")
            for place in PLACES.values():
                for table, row in self._rows(place, kind):
                    places.insert(admin, table, row)

    def _rows(self, place: Place, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        roles = tuple(role for role in ROLES if ROLE_KINDS[role] == kind)
        inside = [*places.rows_of(self.owner, place), *places.kit_rows(place, roles)]
        same = place.coordinates == HERE.coordinates and not place.classified
        taken = place if same else replace(place, says=TAKEN)
        outside = [*places.rows_of(self.owner, taken), *places.kit_rows(taken, roles)]
        for row, other in zip(inside, outside, strict=True):
            if self.name == "random" or _is_inside(row[0], kind, place):
                yield row
            elif self.name == "colliding":
                yield other

    async def answer(self, operation: Operation, who: Principal, request: Any) -> tuple[Any, ...]:
        """All that a caller is told, with what the server made replaced."""
        token = self.minter.token(who, operation.method, audience=self.owner)
        call: Any = self.channel.unary_unary(operation.method)
        try:
            waiting = call(request.to_binary(), metadata=((TOKEN, token),), timeout=30)
            body = await waiting
        except aio.AioRpcError as error:
            trailing = [(k, self._plain(v)) for k, v in error.trailing_metadata() or ()]
            told = _TRACE.sub("<trace>", error.details() or "")
            if error.code().name in BUSY:
                return await self.answer(operation, who, request)
            return error.code().name, told, trailing, tuple(error.initial_metadata() or ())
        text = operation.output.from_binary(body).to_json()
        trailing = list(await waiting.trailing_metadata() or ())
        return "OK", self._plain(text), trailing, tuple(await waiting.initial_metadata() or ())

    def _plain(self, text: str | bytes) -> str:
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        shown = _INSTANT.sub("<at>", shown)
        return _ID.sub(lambda found: self._known(found[0]), shown)

    def _known(self, id_: str) -> str:
        if id_ in _seeded(self.owner):
            return id_
        return self.made.setdefault(id_, f"<{len(self.made)}>")


@cache
def _seeded(owner: str) -> frozenset[str]:
    """Ids made here, equal in all worlds, whether they are there or not."""
    rows = [
        row
        for place in PLACES.values()
        for row in (*places.rows_of(owner, place), *places.kit_rows(place, ROLES))
    ]
    return frozenset(_ID.findall(str(rows)))


def _is_inside(table: str, kind: str, place: Place) -> bool:
    """Whether a row is in scope: by its place, or as the policies of its table say."""
    if place.name not in OUTSIDE[kind]:
        return True
    own = place.territory[:6] == HERE.territory[:6]
    shown = own and not place.classified
    wider = {
        "org_units": True, "openings": own and place.line == HERE.line, "campaigns": shown,
        "third_parties": shown and kind in ("s_line", "s_town"),
        "packages": shown and kind in ("s_line", "s_congress"),
        "tasks": shown and kind == "s_congress",
    }  # fmt: skip
    return wider.get(table, False)


_TABLES = """SELECT relname FROM pg_class WHERE relnamespace = 'jx'::regnamespace
 AND relkind = 'r' AND relname NOT IN ('migrations', 'kit_migrations')"""


@pytest.fixture(scope="module")
async def worlds(running: Any, minter: Minter) -> Any:
    """The three worlds of a service, empty."""
    made: dict[str, list[World]] = {}

    async def of(owner: str) -> list[World]:
        if owner not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(process, "background", lambda *_: [])
                ups = [await running(owner) for _ in WORLDS]
            made[owner] = [
                World(name, owner, up.admin, up.login, up.channel, minter)
                for name, up in zip(WORLDS, ups, strict=True)
            ]
        return made[owner]

    return of


def _asked(operation: Operation, role: str) -> list[Any]:
    """Requests of a caller: about its own record, then with its version, and about one outside."""
    others = [one for one in outside(operation, role, operation.owner) if one != HERE]
    at = replace(HERE, says=TAKEN)
    if is_list(operation):
        paged = [request_to(operation, HERE), request_to(operation, HERE, page_size=1)]
        return paged + [
            request_to(operation, HERE, **{name: given})
            for name, given in _filters(operation, others)
        ]
    requests = [request_to(operation, at)]
    if "etag" in operation.fields:
        requests.append(request_to(operation, at, etag="1"))
    if names_records(operation):
        foreign = others[len(operation.method) % len(others)]
        requests.append(request_to(operation, foreign))
    return requests


def _filters(operation: Operation, others: list[Place]) -> list[tuple[str, Any]]:
    """Every filter of a list by what only an outside record has (A3)."""
    given: list[tuple[str, Any]] = []
    for name in operation.fields:
        for place in others[:1]:
            if name in ("line", "unit", "territory"):
                given.append((name, getattr(place, name)))
            elif name.endswith("_id"):
                given.append((name, str(place.id(name))))
            elif name == "code":
                given.append((name, TAKEN))
    return given


async def _told(world: World, kind: str) -> list[tuple[str, Any]]:
    """What the callers of a kind are told in one world, in order."""
    told: list[tuple[str, Any]] = []
    for role in (one for one in ROLES if ROLE_KINDS[one] == kind):
        who = post(role)
        for operation in _in_order(world.owner, role):
            for number, request in enumerate(_asked(operation, role)):
                if "request_id" in operation.fields:
                    key = f"{role}/{operation.method}/{number}"
                    request.request_id = str(uuid5(NAMESPACE_OID, key))
                answer = await world.answer(operation, who, request)
                told.append((f"{role} {name_of(operation)} {number}", answer))
    return told


def _in_order(owner: str, role: str) -> list[Operation]:
    """Reads first, then changes."""
    known = [
        replace(one, owner=owner)
        for one in OPERATIONS
        if one.owner in (owner, "audit", "drafts")
        and {role, "signed_in"} & one.roles
        and name_of(one) not in OF_ALL
    ]
    return sorted(known, key=lambda one: "request_id" in one.fields)


def _differences(told: list[list[tuple[str, Any]]]) -> list[str]:
    missing, random, colliding = told
    return [
        f"{name}\n  {one!r}\n  {two!r}\n  {three!r}"[:1500]
        for (name, one), (_, two), (_, three) in zip(missing, random, colliding, strict=True)
        if not one == two == three
    ]


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.attack("A4")
async def test_p39_what_lies_outside_changes_no_answer(worlds: Any, owner: str) -> None:
    three = await worlds(owner)
    different: list[str] = []
    for kind in KINDS:
        for world in three:
            world.settle(kind)
        different += _differences(await asyncio.gather(*(_told(one, kind) for one in three)))
        for world in three:
            world.settle(kind)
        different += _differences([await _seen(one, kind) for one in three])
    assert not different, "\n".join(different)


async def _seen(world: World, kind: str) -> list[tuple[str, Any]]:
    """The same by SQL under the API login: counts, sorted rows, changes, taken keys, children."""
    who = post(next(role for role in ROLES if ROLE_KINDS[role] == kind))
    foreign = PLACES[next(name for name in OUTSIDE[kind] if name != "here")]
    seen: list[tuple[str, Any]] = []
    connection = await asyncpg.connect(world.login)
    for table, row in places.rows_of(world.owner, replace(HERE, says=TAKEN)):
        if "body" not in row or table == "round_calendar":
            continue
        statements: list[tuple[str, list[Any]]] = [
            (f"SELECT count(*) FROM jx.{table}", []),  # noqa: S608 - of our own tables
            (f"SELECT string_agg(id::text, ',' ORDER BY body::text, id) FROM jx.{table}", []),  # noqa: S608
            (f"SELECT count(*) FROM jx.{table} WHERE body::text LIKE '%{TAKEN}%'", []),  # noqa: S608
            (f"UPDATE jx.{table} SET state = state WHERE id = $1", [foreign.id(_key(table, world))]),  # noqa: S608
            _insert(table, row, year=2031),
            _insert(table, row, year=2032, programme_id=foreign.id("programme_id")),
        ]  # fmt: skip
        for number, (statement, values) in enumerate(statements):
            seen.append((f"{table} {number}", await _run(connection, who, statement, values)))
    await connection.close()
    return seen


def _key(table: str, world: World) -> str:
    return next(one.key for one in places.records_of(world.owner) if one.table.name == table)


def _insert(table: str, row: dict[str, Any], **changed: Any) -> tuple[str, list[Any]]:
    given = {**row, **changed, "body": "{}"}
    given["id"] = uuid5(NAMESPACE_OID, f"{table}/{changed}")
    columns, marks = ", ".join(given), ", ".join(f"${n + 1}" for n in range(len(given)))
    return f"INSERT INTO jx.{table}({columns}) VALUES ({marks})", list(given.values())  # noqa: S608


async def _run(connection: Any, who: Principal, statement: str, values: list[Any]) -> Any:
    """Rows or status of one statement, kept; or the SQLSTATE of its refusal."""
    try:
        async with connection.transaction():
            await enter(Connection(connection), who)
            if statement.startswith("SELECT"):
                return await connection.fetchval(statement, *values)
            return await connection.execute(statement, *values)
    except asyncpg.PostgresError as refused:
        return refused.sqlstate


@pytest.mark.parametrize(
    "planted",
    [
        "ALTER TABLE jx.programmes ADD CONSTRAINT planted UNIQUE (unit, code)",
        "DROP POLICY secret ON jx.programmes",
    ],
)
async def test_p39_control_a_key_without_coordinates_or_one_policy_less_is_seen(
    worlds: Any, planted: str
) -> None:
    three = await worlds("targets")
    for world in three:
        world.settle("s_unit")
        with psycopg.connect(world.admin, autocommit=True) as admin:
            admin.execute(planted.encode())
    try:
        assert _differences([await _seen(one, "s_unit") for one in three])
    finally:
        for world in three:
            with psycopg.connect(world.admin, autocommit=True) as admin:
                admin.execute("ALTER TABLE jx.programmes DROP CONSTRAINT IF EXISTS planted")
                admin.execute("DROP POLICY IF EXISTS secret ON jx.programmes")
                admin.execute(_SECRET)


async def test_p39_control_a_list_without_its_check_and_one_policy_is_seen_by_the_contract(
    worlds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = await worlds("targets")
    monkeypatch.setattr(Records, "in_scope", lambda *_, **__: True)
    for world in three:
        world.settle("s_unit")
        with psycopg.connect(world.admin, autocommit=True) as admin:
            admin.execute("DROP POLICY secret ON jx.programmes")
    try:
        told = await asyncio.gather(*(_told(one, "s_unit") for one in three))
    finally:
        for world in three:
            with psycopg.connect(world.admin, autocommit=True) as admin:
                admin.execute(_SECRET)
    assert any("unit Programmes.ListProgrammes 0" in one for one in _differences(told))


_SECRET = """CREATE POLICY secret ON jx.programmes AS RESTRICTIVE TO s_any
 USING (NOT classified OR (SELECT jx.need('jx.cleared')) = 'yes')"""
