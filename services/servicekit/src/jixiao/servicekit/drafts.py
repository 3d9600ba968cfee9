"""Form drafts (P5.8): what a post has typed and not yet filed is never lost.

A form is the whole message of the operation that files it; its name and key are options of that
operation in the contract. A draft belongs to a post (or to the person whom a commission names),
takes any JSON with the form's keys, and ends in the transaction of the filing that has the same
content. What was filed stays beside it, and is the draft again when the filing comes back.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
from protobuf import (
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescMessage,
    Message,
)
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from jixiao.api.drafts.v1 import drafts_pb

from .access import Principal
from .database import Row
from .errors import EtagMissing, Faulty, Finding, NotFound, Stale
from .transaction import Work, kit
from .values import Coordinates, uuid7

KEPT = timedelta(days=90)
LONGEST = 2**20
"""Bytes of a draft as UTF-8 JSON."""
_MOST = 200
_NO_TERRITORY = "000000"

table = Table(
    "form_drafts", kit,
    Column("id", Uuid), Column("territory", Text), Column("line", Text), Column("unit", Text),
    Column("classified", Boolean), Column("role", Text), Column("person", Text),
    Column("form", Text), Column("key", Text), Column("content", JSONB), Column("filed", JSONB),
    Column("filed_at", DateTime(timezone=True)), Column("saved_by", Text), Column("saved_on", Date),
    Column("expires_on", Date), Column("version", Integer),
)  # fmt: skip
_POST = ("territory", "line", "unit", "role", "person")
_mine = and_(*(table.c[name] == bindparam(name) for name in _POST))
_named = and_(table.c.form == bindparam("form"), table.c.key == bindparam("key"))
_see = select(table).where(_mine, _named)
_lock = _see.with_for_update()
_open = (
    select(table)
    .where(_mine, table.c.content.is_not(None))
    .order_by(table.c.saved_on.desc(), table.c.id.desc())
    .limit(_MOST)
)
_of_form = _open.where(table.c.form == bindparam("form")).with_for_update()
_STATED = ("content", "saved_by", "saved_on", "expires_on", "version")
_new = insert(table).values(
    {name: bindparam(name) for name in ("id", *_POST, "form", "key", *_STATED)}
)
_turn = (
    update(table)
    .where(table.c.id == bindparam("row_id"))
    .values({name: bindparam(f"to_{name}") for name in _STATED})
)
_file_new = upsert(table).values(
    {name: bindparam(name) for name in ("id", *_POST, "form", "key", "filed", "filed_at")}
)
_file = _file_new.on_conflict_do_update(
    index_elements=["territory", "line", "unit", "classified", "role", "person", "form", "key"],
    set_={"filed": _file_new.excluded.filed, "filed_at": _file_new.excluded.filed_at},
).returning(*table.c)
_last_filed = (
    select(table)
    .where(_named, table.c.filed.is_not(None))
    .order_by(table.c.filed_at.desc())
    .limit(1)
    .with_for_update()
)
_over = (
    select(table)
    .where(table.c.content.is_not(None), table.c.expires_on < bindparam("day"))
    .order_by(table.c.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of this service: its option in the contract, and the message that files it."""

    name: str
    key: tuple[str, ...]
    foreign: bool
    message: type[Message[Any]]

    def key_of(self, request: Message[Any]) -> str:
        """The key of the draft from which a filing was made; empty where the filer chose it."""
        return "-".join(str(getattr(request, name)) for name in self.key)


def forms_of(services: Iterable[Any]) -> dict[str, Form]:
    """The forms of a service's contract, by the full name of the method that files them."""
    found = {}
    for service in services:
        for method in service.methods:
            options = method.proto.options
            if options is not None and drafts_pb.ext_form in options:
                form = options[drafts_pb.ext_form]
                found[f"/{service.type_name}/{method.name}"] = Form(
                    form.name, tuple(form.key), form.foreign, method.input.type
                )
    return found


async def save(work: Work, form: Form, key: str, content: dict[str, Any]) -> dict[str, Any]:
    """Keep a draft of the caller's post.

    Raises Faulty for keys that the form does not have and beyond 1 MiB; EtagMissing or Stale
    where the post has another version of it.
    """
    _check(form, content)
    named = _post(work.principal) | {"form": form.name, "key": key}
    row = await work.connection.first(_lock, **named)
    state = {
        "content": content, "saved_by": work.person, "saved_on": work.today,
        "expires_on": None if form.foreign else work.today + KEPT,
    }  # fmt: skip
    if row is not None:
        _match(row, work.etag)
        return await _turned(work, row, state, "saved")
    if work.etag:
        raise Stale(current="无")
    kept = named | state | {"id": uuid7(), "version": 1}
    try:
        await work.connection.run(_new, **kept)
    except asyncpg.UniqueViolationError as twin:  # another editor was first, just now
        raise Stale(current=1) from twin
    _note(work, kept, "saved")
    return kept


async def discard(work: Work, form: Form, key: str) -> dict[str, Any]:
    """Throw it away. Raises NotFound, EtagMissing, Stale."""
    named = _post(work.principal) | {"form": form.name, "key": key}
    row = await work.connection.first(_lock, **named)
    if row is None or row["content"] is None:
        raise NotFound
    _match(row, work.etag)
    return await _turned(work, row, _ENDED, "discarded")


async def see(work: Work, form: Form, key: str) -> Row:
    """The draft of the caller's post. Raises NotFound."""
    row = await work.connection.first(_see, **_post(work.principal), form=form.name, key=key)
    if row is None or row["content"] is None:
        raise NotFound
    return row


async def listed(work: Work) -> Sequence[Row]:
    """The open drafts of the caller's post, the last saved first; at most 200."""
    return await work.connection.rows(_open, **_post(work.principal))


async def filed(work: Work, form: Form, request: Message[Any]) -> None:
    """A form has been filed: keep it, and end the post's draft if it says the same.

    A draft that says something else (a second editor went on typing) is left as it is.
    """
    if form.foreign:
        return
    said, post = _said(request), _post(work.principal)
    if not form.key:
        rows = await work.connection.rows(_of_form, **post, form=form.name)
    else:
        row = await work.connection.first(
            _file, id=uuid7(), **post, form=form.name, key=form.key_of(request),
            filed=said, filed_at=work.at,
        )  # fmt: skip
        rows = [row] if row is not None else []
    for row in rows:
        if row["content"] is not None and _equals(form, row["content"], said):
            await _turned(work, row, _ENDED, "filed")
            return


async def reopen(work: Work, form: str, *key: object) -> None:
    """A filing came back, returned or withdrawn: its content is its filer's draft again.

    A draft that is there already is newer than the filing and is left as it is.
    """
    joined = "-".join(map(str, key))
    row = await work.connection.first(_last_filed, form=form, key=joined)
    if row is None or row["content"] is not None:
        return
    state = {
        "content": row["filed"], "saved_by": "", "saved_on": work.today,
        "expires_on": work.today + KEPT,
    }  # fmt: skip
    await _turned(work, row, state, "returned")


async def expire(day: date, work: Work) -> Sequence[object]:
    """Each day: what was not touched for 90 days is gone."""
    for row in await work.connection.rows(_over, day=day):
        await _turned(work, row, _ENDED, "expired")
    return []


_ENDED: dict[str, Any] = {"content": None, "saved_by": "", "saved_on": None, "expires_on": None}


def _post(who: Principal) -> dict[str, str]:
    """The post that a draft belongs to; a commission's is its person's alone."""
    own = who.person if who.kind in ("s_commission", "s_congress") else ""
    return {
        "territory": who.territory or _NO_TERRITORY, "line": who.line or "-",
        "unit": who.unit or "-", "role": who.role, "person": own,
    }  # fmt: skip


def _match(row: Row, etag: str) -> None:
    """A change names the version it has seen; a draft that has ended may be begun anew."""
    if not etag:
        if row["content"] is not None:
            raise EtagMissing
    elif etag != str(row["version"]) or row["content"] is None:
        raise Stale(current=row["version"])


async def _turned(work: Work, row: Row, state: Mapping[str, Any], act: str) -> dict[str, Any]:
    """The row in its next version."""
    turned = {**row, **state, "version": row["version"] + 1}
    await work.connection.run(
        _turn, row_id=row["id"], **{f"to_{name}": turned[name] for name in _STATED}
    )
    _note(work, turned, act)
    return turned


def _note(work: Work, row: Mapping[str, Any], act: str) -> None:
    """One audit row a version (P6.1), without what was typed: it is no record yet."""
    work.changed(
        aggregate="draft", aggregate_id=row["id"], version=row["version"], programme_id=None,
        at=Coordinates(row["territory"], row["line"], row["unit"]), classified=False,
        before=None, after={"form": row["form"], "key": row["key"], "act": act},
    )  # fmt: skip


def _said(message: Message[Any]) -> dict[str, Any]:
    """What a filing says, less what is the door's."""
    tree: dict[str, Any] = json.loads(message.to_json(use_proto_field_name=True))
    return {k: v for k, v in tree.items() if k not in _OF_THE_DOOR}


_OF_THE_DOOR = ("request_id", "etag")


def _equals(form: Form, content: dict[str, Any], said: dict[str, Any]) -> bool:
    """Whether a draft says what was filed; its key may be left out of it."""
    whole = {name: said[name] for name in form.key if name in said} | content
    try:
        return _said(form.message.from_json(json.dumps(whole))) == said
    except (ValueError, TypeError):
        return False  # half typed


def _check(form: Form, content: dict[str, Any]) -> None:
    length = len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    if length > LONGEST:
        raise Faulty(Finding("/content", "draft_length", "草稿超过 1 MiB，请删减后再保存"))
    if form.foreign:
        return
    if unknown := list(_unknown(form.message.desc(), content, "/content")):
        raise Faulty(*unknown)


def _unknown(kind: DescMessage, value: object, pointer: str) -> Iterable[Finding]:
    """Keys that the form does not have, at any depth; a value of another shape is half typed."""
    if not isinstance(value, dict) or kind.type_name.startswith("google.protobuf."):
        return
    fields = {f.name: f for f in kind.fields}
    for name, held in value.items():
        here = f"{pointer}/{name[:100].replace('~', '~0').replace('/', '~1')}"
        if name not in fields or name in _OF_THE_DOOR:
            yield Finding(here, "unknown_field", "该表单没有这个字段，请核对名称")
            continue
        match fields[name].value:
            case DescFieldValueMessage(message=message):
                yield from _unknown(message, held, here)
            case DescFieldValueList(element=DescMessage() as message) if isinstance(held, list):
                for n, one in enumerate(held):
                    yield from _unknown(message, one, f"{here}/{n}")
            case DescFieldValueMap(value=DescMessage() as message) if isinstance(held, dict):
                for n, one in held.items():
                    yield from _unknown(message, one, f"{here}/{n}")
            case _:
                pass
