"""Publications in the database."""

import base64
import os
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, or_, select

from jixiao.servicekit.records import Records
from jixiao.servicekit.transaction import Work

from ..domain.publication import Publication
from .tables import publications

records = Records(publications, Publication, "publication_id", "kind", "public_id")

_of_programme = (
    select(publications)
    .where(publications.c.programme_id == bindparam("of_programme"))
    .order_by(publications.c.id)
    .limit(1)
)
_listed = (
    select(publications)
    .where(
        or_(bindparam("of_year", type_=Integer) == 0, publications.c.year == bindparam("of_year")),
        or_(
            bindparam("of_programme", type_=Uuid).is_(None),
            publications.c.programme_id == bindparam("of_programme", type_=Uuid),
        ),
    )
    .order_by(publications.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)


async def public_id(work: Work, programme_id: UUID | None) -> str:
    """The programme's name in public addresses: of its first publication, or a fresh one.

    Random (40 bits), so that neither order nor gap tells of what is not published. Rules: R-41.
    """
    if programme_id is not None:
        for first in await records.find(work, _of_programme, of_programme=programme_id):
            return first.public_id
    return base64.b32encode(os.urandom(5)).decode("ascii").lower()


async def listed(
    work: Work, *, year: int, programme_id: UUID | None, most: int, skip: int
) -> list[Publication]:
    """Publications in the caller's scope, newest first."""
    return await records.find(
        work, _listed, of_year=year, of_programme=programme_id, most=most, skip=skip
    )
