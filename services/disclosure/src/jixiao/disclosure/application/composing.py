"""What stands on a page is taken from the copies at the moment of the proposal (D-27, T-35)."""

import json
from typing import Any

from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.transaction import Work

from ..adapters import offices, programmes
from ..domain import snapshot
from ..domain.duty import DisclosureDuty
from ..domain.kinds import Kind
from ..domain.known import KnownProgramme, Names


async def compose(work: Work, duty: DisclosureDuty) -> str:
    """The page of a duty as JSON, in one fixed order of keys.

    Raises ContentMissing where what has to stand on it does not exist yet.

    Articles: D-27, T-35.
    """
    names = await offices.names(work)
    if duty.kind is Kind.NOTICE:
        return _by(duty, names, snapshot.notice_page(duty.named, duty.year, names))
    if duty.kind is Kind.OVERALL_PICTURE:
        of_year = await programmes.of_year(work, duty.year)
        district = duty.coordinates.district
        return _by(duty, names, snapshot.overall_page(of_year, duty.year, district, names))
    if duty.programme_id is None:
        raise NotFound
    programme = await programmes.records.see(work, duty.programme_id)
    return _by(duty, names, await _page(work, duty, programme, names))


def _by(duty: DisclosureDuty, names: Names, page: snapshot.Page) -> str:
    """The page with who publishes it, which is not always who manages the programme."""
    return text(page | {"publisher": names.of(duty.owner)})


async def _page(
    work: Work, duty: DisclosureDuty, programme: KnownProgramme, names: Names
) -> snapshot.Page:
    if duty.kind is Kind.KEY:
        return snapshot.key_page(programme, duty.year, names)
    if duty.kind is Kind.ALLOCATION:
        return snapshot.allocation_page(programme, duty.year, names)
    children = await programmes.below(work, programme.programme_id)
    if duty.kind is Kind.SELF:
        return snapshot.self_page(programme, duty.year, children, names)
    return snapshot.targets_page(programme, duty.year, children, names)


def text(page: dict[str, Any]) -> str:
    """A page as JSON text."""
    return json.dumps(page, ensure_ascii=False, separators=(",", ":"))
