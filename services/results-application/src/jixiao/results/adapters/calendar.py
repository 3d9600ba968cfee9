"""The State Council's table of working days, as the gateway told it last (R-39)."""

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from jixiao.measures.days import WorkingDays
from jixiao.servicekit.transaction import Work

from .tables import calendars

_NAME = "working_days"
_read = select(calendars.c.body).where(calendars.c.name == _NAME)
_first = insert(calendars).values(name=_NAME, body=bindparam("body"))
_keep = _first.on_conflict_do_update(
    index_elements=["name"], set_={"body": _first.excluded.body}
)  # fmt: skip


async def read_calendar(work: Work) -> WorkingDays:
    """The table; without one, weekends alone are free."""
    body = await work.connection.value(_read)
    days = {key: frozenset(map(date.fromisoformat, body[key])) for key in body} if body else {}
    return WorkingDays(
        holidays=days.get("holidays", frozenset()),
        working_weekends=days.get("working_weekends", frozenset()),
    )


async def keep_calendar(work: Work, holidays: list[str], working_weekends: list[str]) -> None:
    """Replace the table."""
    body = {"holidays": list(holidays), "working_weekends": list(working_weekends)}
    await work.connection.run(_keep, body=body)
