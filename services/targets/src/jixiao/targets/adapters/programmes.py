"""Programmes in the database."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Text, bindparam, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.records import Records, converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..domain.description import ProgrammeState
from ..domain.kinds import AllocationMethod, Origin, TargetLevel, TransferClass
from ..domain.library import Programme
from .listing import by_id, by_text, by_year, page_of
from .tables import openings, programmes, serials

records = Records(programmes, Programme, "programme_id", "code", "parent_id")

_first = upsert(serials).values(
    {c: bindparam(c) for c in ("territory", "line", "unit", "classified", "year")} | {"last": 1}
)
_next = _first.on_conflict_do_update(
    index_elements=["territory", "line", "unit", "classified", "year"],
    set_={"last": serials.c.last + 1},
).returning(serials.c.last)
_by_code = (
    select(programmes.c.id)
    .where(programmes.c.code == bindparam("of"))
    .order_by(programmes.c.id)
    .limit(1)
)
_below = (
    select(programmes)
    .where(programmes.c.parent_id == bindparam("parent"))
    .order_by(programmes.c.id)
    .with_for_update()
)
_RUNNING = (ProgrammeState.EXECUTING, ProgrammeState.COMPLETED, ProgrammeState.SUSPENDED)
_state_in = func.jsonb_extract_path_text(programmes.c.body, "states", bindparam("of", type_=Text))
_running = select(programmes).where(or_(*(_state_in == state.value for state in _RUNNING)))
_term_end = func.jsonb_extract_path_text(programmes.c.body, "description", "term_end")
_ended = (
    select(programmes)
    .where(
        or_(
            programmes.c.state == ProgrammeState.EXECUTING.value,
            programmes.c.state == ProgrammeState.COMPLETED.value,
        ),
        _term_end < bindparam("day", type_=Text),
    )
    .with_for_update()
)
listed = page_of(
    programmes,
    by_year(programmes),
    by_id(programmes.c.parent_id, "parent_id"),
    by_text(programmes.c.state, "state"),
    by_text(programmes.c.line, "line"),
    by_text(programmes.c.code, "code"),
)
_COLUMNS = [column.name for column in openings.columns]
_open = insert(openings).values({c: bindparam(c) for c in _COLUMNS}).inline()
_opening = select(openings).where(openings.c.programme_id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Opening:
    """A root or part under which projects may be made, as their filers may know it."""

    programme_id: UUID
    territory: str
    line: str
    year: int
    target_level: TargetLevel
    transfer_class: TransferClass
    allocation_method: AllocationMethod
    origin: Origin
    consolidated_agricultural: bool

    def is_for(self, filer: Coordinates) -> bool:
        """Whether a filer may know of it (the second wall): its line's, and its town's if a part."""
        if filer.line != self.line or filer.district != self.territory[:6]:
            return False
        if self.target_level is TargetLevel.REGIONAL:
            return self.territory == filer.territory
        return (
            self.target_level is TargetLevel.OVERALL
            and self.allocation_method is AllocationMethod.PROJECT
        )


async def next_serial(work: Work, at: Coordinates, year: int, *, classified: bool) -> int:
    """The next serial of a unit's programme codes; a gap appears only where a command failed."""
    serial: int = await work.connection.value(
        _next, territory=at.territory, line=at.line, unit=at.unit, classified=classified, year=year
    )
    return serial


async def id_of(work: Work, programme_id: UUID | None, code: str) -> UUID:
    """The id of a programme named by id or code. Raises NotFound."""
    found: UUID | None = programme_id or await work.connection.value(_by_code, of=code)
    if found is None:
        raise NotFound
    return found


async def named(work: Work, programme_id: UUID | None, code: str) -> Programme:
    """Lock a programme named by id or code for a change of its budget.

    A person names the version it has seen; the budget system knows codes alone.
    """
    found = await id_of(work, programme_id, code)
    if work.principal.role == "budget_system":
        return await records.get(work, found)
    return await records.take(work, found)


async def below(work: Work, parent_id: UUID) -> list[Programme]:
    """Parts or projects directly below a parent, locked, as far as the caller sees them."""
    return await records.find(work, _below, parent=parent_id)


async def running(work: Work, year: int) -> list[Programme]:
    """Programmes whose release of `year` reached the spender."""
    return await records.find(work, _running, of=str(year))


async def ended(work: Work, day: date) -> list[Programme]:
    """Programmes executing or completed whose term was over before `day`, locked."""
    return await records.find(work, _ended, day=day.isoformat())


async def open_below(work: Work, programme: Programme) -> None:
    """Let projects be made under a transfer's root or part."""
    what = programme.described
    opening = Opening(
        programme.programme_id, programme.coordinates.territory, programme.coordinates.line,
        programme.year, what.target_level, what.transfer_class or TransferClass.SPECIAL,
        what.allocation_method or AllocationMethod.PROJECT, what.origin,
        what.consolidated_agricultural,
    )  # fmt: skip
    await work.connection.run(
        _open, **(converter.unstructure(opening) | {"programme_id": programme.programme_id})
    )


async def opening(work: Work, parent_id: UUID) -> Opening:
    """What is open to the caller under that id. Raises NotFound (another line, another town)."""
    row = await work.connection.first(_opening, of=parent_id)
    if row is None:
        raise NotFound
    found = converter.structure(
        {c: str(row[c]) if c == "programme_id" else row[c] for c in _COLUMNS}, Opening
    )
    if not found.is_for(work.principal.coordinates):
        raise NotFound
    return found
