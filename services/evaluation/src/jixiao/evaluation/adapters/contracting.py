"""Commissions and third parties as those see them whom no grant covers yet."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from jixiao.servicekit.database import Row
from jixiao.servicekit.errors import EtagMissing, NotFound, Stale
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from ..domain.commission import ASSESSED, Commission, CommissionState, Subject
from . import store
from .tables import commissions

_lock = select(commissions).where(commissions.c.id == bindparam("id")).with_for_update()
_see = select(commissions).where(commissions.c.id == bindparam("id"))
_in_sight = select(commissions).order_by(commissions.c.id)
_for_objects = (
    select(commissions)
    .where(commissions.c.programme_id == any_(bindparam("programme_ids", type_=ARRAY(Uuid))))
    .order_by(commissions.c.id)
)


async def assessed(work: Work, programme_ids: Collection[UUID]) -> list[Commission]:
    """Commissions in scope under which one of these programmes was assessed ex ante."""
    found = await store.commissions.find(work, _for_objects, programme_ids=list(programme_ids))
    return [one for one in found if one.subject is Subject.EXANTE and one.state in ASSESSED]


async def named_on(work: Work, commission_id: UUID) -> Commission:
    """A commission for one of its persons, locked, with the version that the caller has seen.

    Before the declaration no grant covers it: being named on it is what opens it (D-6(8)).
    Raises NotFound to everybody else, EtagMissing, Stale.
    """
    row = await work.connection.first(_lock, id=commission_id)
    if row is None or not _is_named(work, row):
        raise NotFound
    if not work.etag:
        raise EtagMissing
    if work.etag != str(row["version"]):
        raise Stale(current=row["version"])
    work.loaded[(store.commissions.name, commission_id)] = (row["version"], row["body"])
    return store.commissions.of(row)


async def see(work: Work, commission_id: UUID) -> tuple[Commission, int]:
    """A commission in scope, or one that the caller is invited to. Raises NotFound."""
    row = await work.connection.first(_see, id=commission_id)
    if row is None or not _may_see(work, row):
        raise NotFound
    return store.commissions.of(row), row["version"]


async def in_sight(
    work: Work, year: int, programme_id: UUID | None
) -> list[tuple[Commission, int]]:
    """All commissions that the caller may see, oldest first."""
    rows = await work.connection.rows(_in_sight)
    return [
        (store.commissions.of(row), row["version"])
        for row in rows
        if _may_see(work, row)
        and year in (0, row["year"])
        and programme_id in (None, row["programme_id"])
    ]


def _may_see(work: Work, row: Row) -> bool:
    """The second wall: the grant covers it, or it waits for the caller's declaration."""
    at = Coordinates(row["territory"], row["line"], row["unit"])
    if work.principal.covers(at, record=row["programme_id"], classified=row["classified"]):
        return True
    return _is_named(work, row) and row["state"] == CommissionState.INVITED


def _is_named(work: Work, row: Row) -> bool:
    """Whether the caller is a person of it, and may know of its programme at all (P3.4)."""
    return work.person in row["persons"] and (work.principal.cleared or not row["classified"])
