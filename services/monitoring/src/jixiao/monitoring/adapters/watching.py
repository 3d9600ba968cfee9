"""Key lists, their entries and reports, in the database."""

from sqlalchemy import bindparam, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..domain.key_monitoring import KeyMonitored, KeyMonitoringList, KeyMonitoringReport
from .tables import key_choices, key_lists, key_reports, listing

lists = Records(key_lists, KeyMonitoringList, "list_id")
entries = Records(key_choices, KeyMonitored, "entry_id", "points")
reports = Records(key_reports, KeyMonitoringReport, "report_id")

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


async def list_of(work: Work, at: Coordinates, year: int) -> KeyMonitoringList | None:
    """The key list of a finance and year, locked."""
    found = await lists.find(work, _mine, of_territory=at.territory, of_year=year)
    return found[0] if found else None
