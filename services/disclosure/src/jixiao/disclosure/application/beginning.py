"""Duties to publish begin with a release, final accounts, a final result (R-40)."""

from datetime import date
from uuid import UUID

from jixiao.measures.days import WorkingDays
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, uuid7

from ..adapters import duties, offices
from ..domain.duty import DisclosureDuty, due_after
from ..domain.events import Event
from ..domain.kinds import FINANCE, TITLES, Kind
from ..domain.known import KnownProgramme
from .publishing import ask_for


async def begin_duty(
    work: Work,
    kind: Kind,
    programme: KnownProgramme,
    year: int,
    day: date,
    *,
    finance: bool = False,
) -> list[Event]:
    """The duty for a programme's page, once; due from `day`. Articles: D-27, T-35. Rules: R-40."""
    if work.rebuilding or await duties.by_key(work, programme.programme_id, year, kind) is not None:
        return []
    duty = DisclosureDuty(
        duty_id=uuid7(), programme_id=programme.programme_id, coordinates=programme.coordinates,
        year=year, kind=kind, owner=FINANCE if finance else programme.coordinates.line,
        title=f"{programme.name}{year}年度{TITLES[kind]}",
        due_on=due_after(kind, day, await offices.calendar(work)),
    )  # fmt: skip
    return await _begun(work, duty)


async def begin_overall_picture(work: Work, territory: str, year: int, day: date) -> list[Event]:
    """Finance's duty to publish the overall picture, once a year.

    Due with the self-evaluations of the year, 20 days after the departments have the final
    accounts: by then every result that it counts is final.

    Articles: D-27. Rules: R-40.
    """
    if work.rebuilding:
        return []
    await duties.alone(work, f"overall_picture {territory} {year}")
    if await duties.by_key(work, None, year, Kind.OVERALL_PICTURE) is not None:
        return []
    return await _begun(work, _finance_duty(Kind.OVERALL_PICTURE, territory, year, day))


async def begin_notice(
    work: Work, notice_id: UUID, named: list[KnownProgramme], year: int, day: date
) -> list[Event]:
    """The duty for a notice that was decided to be published. Articles: D-27. Rules: R-40."""
    if work.rebuilding or not named:
        return []
    if await duties.by_key(work, None, year, Kind.NOTICE, notice_id) is not None:
        return []
    duty = _finance_duty(Kind.NOTICE, named[0].coordinates.district, year, day)
    duty.source = notice_id
    duty.named = tuple(programme.name for programme in named)
    duty.due_on = due_after(Kind.NOTICE, day, await offices.calendar(work))
    return await _begun(work, duty)


def _finance_duty(kind: Kind, territory: str, year: int, day: date) -> DisclosureDuty:
    return DisclosureDuty(
        duty_id=uuid7(), programme_id=None, coordinates=Coordinates(territory, FINANCE, ""),
        year=year, kind=kind, owner=FINANCE, title=f"{year}年度{TITLES[kind]}",
        due_on=due_after(Kind.OVERALL_PICTURE, day, WorkingDays()),
    )  # fmt: skip


async def _begun(work: Work, duty: DisclosureDuty) -> list[Event]:
    events = duty.create()
    await duties.records.add(work, duty)
    await ask_for(work, duty, "disclosure.publish", "公开")
    return events
