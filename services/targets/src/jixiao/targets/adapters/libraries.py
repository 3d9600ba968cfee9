"""Versions of the indicator libraries; a row is never updated (R-50)."""

from uuid import UUID

from sqlalchemy import Integer, bindparam, insert, or_, select

from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..domain.indicator import IndicatorLibrary
from .tables import libraries

COMMON = "*"
_number = bindparam("number", type_=Integer)
_keep = (
    insert(libraries).values({c: bindparam(c) for c in ("id", "line", "number", "body")}).inline()
)
_version = (
    select(libraries.c.body)
    .where(libraries.c.line == bindparam("of"), or_(_number == 0, libraries.c.number == _number))
    .order_by(libraries.c.number.desc())
    .limit(1)
)


async def find(work: Work, line: str, number: int = 0) -> IndicatorLibrary | None:
    """A version of the library of a line (empty: the common one); 0 is the newest."""
    body = await work.connection.value(_version, of=line, number=number)
    return None if body is None else converter.structure(body, IndicatorLibrary)


async def see(work: Work, line: str, number: int) -> IndicatorLibrary:
    """A version of the library. Raises NotFound."""
    found = await find(work, line, number)
    if found is None:
        raise NotFound
    return found


async def add(work: Work, library: IndicatorLibrary) -> None:
    """Store a version, with its audit row."""
    body = converter.unstructure(library)
    library_id: UUID = library.library_id
    await work.connection.run(
        _keep, id=library_id, line=library.line, number=library.number, body=body
    )
    work.changed(
        aggregate="library", aggregate_id=library_id, version=1, programme_id=None,
        at=Coordinates(work.principal.territory, library.line or COMMON, work.principal.unit),
        classified=False, before=None, after=body,
    )  # fmt: skip
