"""What the public site reads: its own database, as nobody in particular."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, select, text

from jixiao.servicekit.access import Principal
from jixiao.servicekit.database import Database, Row

from .tables import pages

PUBLIC = Principal(person="public", role="anyone")
_live = (pages.c.current, pages.c.withdrawn_on.is_(None))
_order = (pages.c.year.desc(), pages.c.day.desc(), pages.c.public_id, pages.c.kind)
_all = select(pages).where(*_live).order_by(*_order)
_of_programme = select(pages).where(pages.c.public_id == bindparam("public_id"), pages.c.current)
_of_programme = _of_programme.order_by(pages.c.year.desc(), pages.c.kind)
_versions = (
    select(pages)
    .where(
        pages.c.public_id == bindparam("public_id"),
        pages.c.year == bindparam("year"),
        pages.c.kind == bindparam("kind"),
    )
    .order_by(pages.c.number.desc())
)
_found = text(
    "SELECT * FROM jx.pages WHERE current AND withdrawn_on IS NULL AND words LIKE ALL (:patterns)"
    " ORDER BY year DESC, day DESC, public_id, kind LIMIT 200"
).bindparams(bindparam("patterns", type_=ARRAY(Text)))
_corrections = (
    select(pages)
    .where(pages.c.what != "", pages.c.withdrawn_on.is_(None))
    .order_by(pages.c.day.desc(), pages.c.publication_id, pages.c.number.desc())
)


@dataclass(frozen=True, slots=True)
class Page:
    """One version of a page."""

    publication_id: UUID
    number: int
    public_id: str
    kind: str
    year: int
    day: date
    current: bool
    snapshot: Mapping[str, Any]
    document_number: str
    what: str
    why: str
    withdrawn_on: date | None
    reason: str

    @property
    def address(self) -> str:
        """Its address, for ever; of a page that is no programme's under `/reports`."""
        if "territory" in self.snapshot and "unit" in self.snapshot:
            return f"/programmes/{self.public_id}/{self.year}/{self.kind}"
        return f"/reports/{self.public_id}"

    @property
    def about(self) -> dict[str, Any]:
        """The page as data, with its version and what it corrects (R-42)."""
        return {
            "public_id": self.public_id, "kind": self.kind, "year": self.year,
            "address": self.address, "published_on": self.day.isoformat(),
            "document_number": self.document_number, "version": self.number,
            "corrects": self.number - 1 if self.what else None,
            "corrected_at": self.day.isoformat() if self.what else None,
            "correction": {"what": self.what, "why": self.why} if self.what else None,
            "content": self.snapshot,
        }  # fmt: skip


class Reading:
    """Queries of the public site."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _pages(self, statement: Any, **values: object) -> list[Page]:
        async with self._database.snapshot(PUBLIC) as (connection, _):
            return [_page(row) for row in await connection.rows(statement, **values)]

    async def everything(self) -> list[Page]:
        """All pages as they are now, newest year first."""
        return await self._pages(_all)

    async def programme(self, public_id: str) -> list[Page]:
        """The pages of one programme or report, withdrawn ones included."""
        return await self._pages(_of_programme, public_id=public_id)

    async def versions(self, public_id: str, year: int, kind: str) -> list[Page]:
        """All versions of one page, newest first."""
        return await self._pages(_versions, public_id=public_id, year=year, kind=kind)

    async def found(self, patterns: Sequence[str]) -> list[Page]:
        """Pages with every term, at most 200."""
        return await self._pages(_found, patterns=list(patterns)) if patterns else []

    async def corrections(self) -> list[Page]:
        """Every correction, newest first."""
        return await self._pages(_corrections)


def _page(row: Row) -> Page:
    return Page(**{name: row[name] for name in Page.__slots__})
