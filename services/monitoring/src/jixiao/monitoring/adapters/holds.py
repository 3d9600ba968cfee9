"""Findings and payment holds in the database, and the one read behind the treasury's question."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select

from jixiao.servicekit.records import Records, converter
from jixiao.servicekit.transaction import Work

from ..domain.finding import Finding
from ..domain.hold import PaymentHold
from .tables import findings as finding_table
from .tables import holds as hold_table
from .tables import listing, programmes

findings = Records(finding_table, Finding, "finding_id")
holds = Records(hold_table, PaymentHold, "hold_id")

_IN_FORCE = or_(hold_table.c.state == "suspended", hold_table.c.state == "stopped")
_finding = select(finding_table).where(finding_table.c.id == bindparam("of")).with_for_update()
_open_holds = (
    select(hold_table)
    .where(
        hold_table.c.programme_id == bindparam("of"),
        or_(_IN_FORCE, hold_table.c.state == "proposed"),
    )
    .with_for_update()
)
_asked = (
    select(programmes, hold_table.c.body.label("hold"))
    .select_from(
        programmes.outerjoin(
            hold_table,
            and_(
                hold_table.c.programme_id == programmes.c.id,
                _IN_FORCE,
            ),
        )
    )
    .where(programmes.c.code == bindparam("of_code"))
)
finding_page = listing(
    finding_table, ("year", "programme_id"), finding_table.c.year.desc(), finding_table.c.id
)
hold_page = listing(hold_table, ("year", "programme_id"), hold_table.c.year.desc(), hold_table.c.id)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the treasury's question needs: is the programme known, and which hold is in force."""

    programme_id: UUID
    budgeted: bool
    hold: PaymentHold | None


async def asked(work: Work, code: str) -> Asked | None:
    """Programme and hold in force of a code, by one read; None where the code is unknown."""
    row = await work.connection.first(_asked, of_code=code)
    if row is None or not work.principal.sees(row):
        return None
    hold = None if row["hold"] is None else converter.structure(row["hold"], PaymentHold)
    return Asked(row["id"], row["budgeted"], hold)


async def open_holds(work: Work, programme_id: UUID) -> list[PaymentHold]:
    """The holds of a programme that are not at their end, locked."""
    return await holds.find(work, _open_holds, of=programme_id)


async def finding(work: Work, finding_id: UUID) -> Finding | None:
    """A finding of this service, locked; None for another service's."""
    found = await findings.find(work, _finding, of=finding_id)
    return found[0] if found else None
