"""What the public site hears: what is published, corrected, withdrawn, and nothing else (A-15)."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Date, Text, bindparam, insert, update

from jixiao.api.disclosure.v1 import events_pb
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import React
from jixiao.servicekit.rebuilding import Projection
from jixiao.servicekit.transaction import Work

from .searching import snapshot_of, words
from .tables import pages

_COLUMNS = (
    "publication_id", "number", "public_id", "kind", "year", "day", "snapshot", "document_number",
    "what", "why", "words",
)  # fmt: skip
_add = insert(pages).values(
    {c: bindparam(c) for c in _COLUMNS} | {"current": True, "classification": "public"}
)
_add = _add.inline()
_supersede = update(pages).where(pages.c.publication_id == bindparam("of")).values(current=False)
_withdraw = (
    update(pages)
    .where(pages.c.publication_id == bindparam("of"))
    .values(
        snapshot=bindparam("empty"), words="", withdrawn_on=bindparam("on", type_=Date),
        reason=bindparam("why_so", type_=Text),
    )
)  # fmt: skip


async def published(event: Received, work: Work) -> Sequence[object]:
    """Show a version; the one before stays at its own address. Articles: D-27. Rules: R-42."""
    told = events_pb.Published.from_binary(event.payload)
    page = snapshot_of(told.snapshot)
    await work.connection.run(_supersede, of=UUID(told.publication_id))
    await work.connection.run(
        _add, publication_id=UUID(told.publication_id), number=told.number,
        public_id=told.public_id, kind=told.kind, year=told.year,
        day=date.fromisoformat(told.day), snapshot=page, document_number=told.document_number,
        what=told.what, why=told.why, words=words(page),
    )  # fmt: skip
    return []


async def withdrawn(event: Received, work: Work) -> Sequence[object]:
    """Leave the reason alone: the content of every version goes. Rules: R-41."""
    told = events_pb.Withdrawn.from_binary(event.payload)
    await work.connection.run(
        _withdraw, of=UUID(told.publication_id), empty={}, on=date.fromisoformat(told.day),
        why_so=told.reason,
    )  # fmt: skip
    return []


PROJECTIONS = (Projection("pages", ["DISCLOSURE"], ["pages"]),)
"""Tombstones are told as well, so they stand in a rebuilt table too (P3.4)."""
REACTIONS: Mapping[str, Mapping[str, React]] = {
    "DISCLOSURE": {
        "jixiao.disclosure.publication.published": published,
        "jixiao.disclosure.publication.corrected": published,
        "jixiao.disclosure.publication.withdrawn": withdrawn,
    }
}
