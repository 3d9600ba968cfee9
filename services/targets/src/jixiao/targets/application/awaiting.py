"""Whose turn it is: the work list follows a target or an adjustment through its reviews (A-9)."""

from uuid import UUID

from jixiao.servicekit import drafts, tasks
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..adapters import programmes
from ..domain.describing import OWN_UNIT
from ..domain.kinds import TargetLevel
from ..domain.reviewing import Reviewer
from ..domain.target import Target, TargetState

_BACK = (TargetState.RETURNED, TargetState.BLOCKED)


async def await_review(
    work: Work, record: UUID, programme_id: UUID, at: Coordinates, chain: tuple[Reviewer, ...],
    done: int, *, kind: str = "target.review", what: str = "绩效目标",
) -> None:  # fmt: skip
    """Put the record on the list of whoever reviews next, `done` reviews being on record."""
    await tasks.close_tasks(work, record=record)
    if done < len(chain):
        name = await _name(work, programme_id)
        await tasks.open_task(
            work, role=chain[done], at=at, kind=kind, title=f"审核{what}：{name}",
            record=record, programme_id=programme_id,
        )  # fmt: skip


async def follow(work: Work, target: Target) -> None:
    """Move a target's task to who acts next: the reviewer, or the filer where it came back."""
    if target.state not in _BACK:
        await await_review(
            work, target.target_id, target.programme_id, target.coordinates, target.chain,
            len(target.reviews),
        )  # fmt: skip
        return
    await reopen(work, target)
    await tasks.close_tasks(work, record=target.target_id)
    await tasks.open_task(
        work, role=_filer(target), at=target.coordinates, kind="target.submit",
        title=f"修改绩效目标：{await _name(work, target.programme_id)}", record=target.target_id,
        programme_id=target.programme_id,
    )  # fmt: skip


async def reopen(work: Work, target: Target) -> None:
    """A filing that came back is its filer's draft again (P5.8)."""
    await drafts.reopen(work, "target", target.programme_id, target.year)


def _filer(target: Target) -> str:
    if target.target_level is TargetLevel.REGIONAL:
        return "township_department"
    return "department" if target.coordinates.unit == OWN_UNIT else "unit"


async def _name(work: Work, programme_id: UUID) -> str:
    programme = await programmes.records.see(work, programme_id)
    return programme.described.name
