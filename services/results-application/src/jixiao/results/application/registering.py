"""The register of responsibility follows what the others tell. Articles: D-29."""

from datetime import date
from uuid import UUID

from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from ..adapters import stores
from ..domain.known import KnownProgramme
from ..domain.responsibility import Outcome, ResponsibilityRegister, ResponsibilityRole


async def set_responsible(
    programme: KnownProgramme, person: str, post: str, since: date, work: Work, *, lifelong: bool
) -> list[object]:
    """Enter who is responsible from a day on; entries end, they are never deleted.

    Articles: D-29. Rules: R-44.
    """
    if work.rebuilding:
        return []
    known = await stores.register_of(work, programme.programme_id)
    register = known or ResponsibilityRegister(
        uuid7(), programme.programme_id, programme.coordinates, programme.year, is_major=lifelong
    )
    overall = programme.object_type == "department_overall"
    role = (
        ResponsibilityRole.DEPARTMENT_HEAD if overall else ResponsibilityRole.PROGRAMME_RESPONSIBLE
    )
    events: list[object] = [*register.set(person, "", post, role, day=since)]
    if known is None:
        await stores.registers.add(work, register)
    else:
        await stores.registers.save(work, register)
    return events


async def hold_against(programme_id: UUID, outcome: Outcome, work: Work) -> None:
    """Append a result to the register, for those responsible in its year. Articles: D-29."""
    register = None if work.rebuilding else await stores.register_of(work, programme_id)
    if register is not None:
        register.record_outcome(outcome)
        await stores.registers.save(work, register)


async def object_to(
    register_id: UUID, text: str, work: Work
) -> tuple[tuple[ResponsibilityRegister, int], list[object]]:
    """Take an objection of a person named. Articles: D-29."""
    register = await stores.registers.take(work, register_id)
    events: list[object] = [*register.object(text, person=work.person, day=work.today)]
    await stores.registers.save(work, register)
    return (register, stores.registers.version_of(work, register_id)), events
