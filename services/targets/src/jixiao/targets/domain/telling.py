"""What the others are told of a new programme: what they keep a copy of, of a stub its id."""

from typing import TYPE_CHECKING

from .events import ProgrammeCreated

if TYPE_CHECKING:  # the programme tells of itself
    from .library import Programme


def created(programme: "Programme") -> ProgrammeCreated:
    """Return the event of a new programme; of a state secret the id alone.

    Articles: D-2, D-27. Rules: R-41.
    """
    if programme.classified:
        return ProgrammeCreated(programme.programme_id, "", "", None, 0, None, classified=True)
    what = programme.described
    return ProgrammeCreated(
        programme.programme_id,
        programme.code,
        what.name,
        programme.coordinates,
        programme.year,
        programme.parent_id,
        classified=False,
        object_type=what.object_type,
        special_fund=what.special_fund,
        is_major=what.is_major,
        transfer=what.transfer,
        transfer_class=what.transfer_class or "",
        allocation_method=what.allocation_method or "",
        target_level=what.target_level,
        origin=what.origin,
        consolidated_agricultural=what.consolidated_agricultural,
        term_start=what.term_start,
        term_end=what.term_end,
    )
