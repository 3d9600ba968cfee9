"""Programmes in the database."""

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..domain.library import Programme
from .tables import programmes, serials

records = Records(programmes, Programme, "programme_id", "code", "parent_id")

_first = insert(serials).values(
    {c: bindparam(c) for c in ("territory", "line", "unit", "classified", "year")} | {"last": 1}
)
_next = _first.on_conflict_do_update(
    index_elements=["territory", "line", "unit", "classified", "year"],
    set_={"last": serials.c.last + 1},
).returning(serials.c.last)


async def next_serial(work: Work, at: Coordinates, year: int, *, classified: bool) -> int:
    """The next serial of a unit's programme codes; a gap appears only where a command failed."""
    serial: int = await work.connection.value(
        _next, territory=at.territory, line=at.line, unit=at.unit, classified=classified, year=year
    )
    return serial
