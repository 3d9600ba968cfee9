"""Key lists, their entries and reports, and who is watched, in the database."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..domain.key_monitoring import KeyMonitored, KeyMonitoringList, KeyMonitoringReport, Watched
from ..domain.known import KnownProgramme
from .tables import key_choices, key_lists, key_reports, listing, watched_programmes

lists = Records(key_lists, KeyMonitoringList, "list_id")
entries = Records(key_choices, KeyMonitored, "entry_id", "points")
reports = Records(key_reports, KeyMonitoringReport, "report_id")
# Follows from the entries, which are audited, and the tree of programmes.
watched = Records(watched_programmes, Watched, "watched_id", audited=False)

_mine = (
    select(key_lists)
    .where(
        key_lists.c.territory == bindparam("of_territory"),
        key_lists.c.year == bindparam("of_year"),
    )
    .with_for_update()
)
entry_page = listing(
    key_choices, ("year", "programme_id"), key_choices.c.points.desc(), key_choices.c.id
)
report_page = listing(
    key_reports, ("year", "programme_id"), key_reports.c.year.desc(), key_reports.c.id
)

_of_year = select(watched_programmes).where(watched_programmes.c.year == bindparam("of_year"))
_of_programme = select(watched_programmes).where(
    watched_programmes.c.programme_id == bindparam("of")
)


async def watched_in(work: Work, year: int) -> frozenset[UUID]:
    """Programmes of the caller's scope that are watched in a year. Articles: D-18, T-21."""
    return frozenset(one.programme_id for one in await watched.find(work, _of_year, of_year=year))


async def watched_years(work: Work, programme_id: UUID) -> frozenset[int]:
    """Years in which a programme is watched. Articles: D-18, T-21."""
    return frozenset(one.year for one in await watched.find(work, _of_programme, of=programme_id))


async def watch(work: Work, programme: KnownProgramme, years: Iterable[int]) -> None:
    """Watch a programme in more years."""
    for year in sorted(frozenset(years) - await watched_years(work, programme.programme_id)):
        one = Watched(uuid7(), programme.programme_id, programme.coordinates, year)
        await watched.add(work, one)


async def list_of(work: Work, at: Coordinates, year: int) -> KeyMonitoringList | None:
    """The key list of a finance and year, locked."""
    found = await lists.find(work, _mine, of_territory=at.territory, of_year=year)
    return found[0] if found else None
