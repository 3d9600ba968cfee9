"""Grants: a post given to a person for a time, and the rules of giving (P3.1, P3.2)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, or_, select, update

from jixiao.servicekit.access import ROLE_KINDS, Principal
from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import Finding
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates

from . import tables

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
GRANTABLE = ADMINISTRATORS | {
    "district_finance", "department", "unit", "township_finance", "township_department",
    "audit", "congress",
}  # fmt: skip
"""Roles that a proposal may give; commissions come from the record, clients have their own."""
NOWHERE = Coordinates("000000", "-", "-")
"""Coordinates of what belongs to the whole installation, in the audit trail."""
ITSELF = "U000"
"""Unit of a department's own programmes."""
_NEEDED = {
    "s_district": (("territory", 6),),
    "s_congress": (("territory", 6),),
    "s_line": (("territory", 6), ("line", 0)),
    "s_unit": (("territory", 0), ("line", 0), ("unit", 0)),
    "s_town": (("territory", 9),),
    "s_townline": (("territory", 9), ("line", 0)),
    "s_none": (),
}

_of_person = (
    select(tables.grants)
    .where(tables.grants.c.person_id == bindparam("person_id"))
    .order_by(tables.grants.c.id)
)
_of_source = (
    select(tables.grants)
    .where(tables.grants.c.source == bindparam("source"))
    .order_by(tables.grants.c.id)
    .with_for_update()
)
_people = any_(bindparam("people", type_=ARRAY(Uuid)))
_loans = (
    select(tables.grants)
    .where(
        tables.grants.c.lent_by.is_not(None),
        or_(tables.grants.c.person_id == _people, tables.grants.c.lent_by == _people),
        tables.grants.c.to_on >= bindparam("day"),
    )
    .order_by(tables.grants.c.id)
)
_lent_from = (
    select(tables.grants)
    .where(tables.grants.c.lent_from == bindparam("grant_id"))
    .order_by(tables.grants.c.id)
    .with_for_update()
)
_lock = select(tables.grants).where(tables.grants.c.id == bindparam("id")).with_for_update()
_add = tables.adding(tables.grants)
_end = (
    update(tables.grants)
    .where(tables.grants.c.id == bindparam("of"))
    .values(to_on=bindparam("to_on"), version=tables.grants.c.version + 1)
    .returning(tables.grants.c.version)
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One post of one person; (role, territory, line, unit) is the post."""

    grant_id: UUID
    person_id: UUID
    role: str
    territory: str
    line: str
    unit: str
    from_on: date
    to_on: date | None
    """Last day in force; None: until it is ended."""
    basis: str
    cleared: bool = False
    keys: tuple[str, ...] = ()
    """Programme ids of a commission."""
    source: str = "confirmed"
    """What made it: a confirmation, `install`, a delegation, or the record that named the person."""
    lent_by: UUID | None = None
    """Whose post it is; None: the person's own."""
    lent_from: UUID | None = None
    """The grant that it is lent from."""
    actions: tuple[str, ...] = ()
    """What was lent of it."""

    @property
    def post(self) -> tuple[str, str, str, str]:
        """The post that it gives."""
        return self.role, self.territory, self.line, self.unit

    def in_force(self, day: date) -> bool:
        """Say whether it holds on a business day."""
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)

    @property
    def office(self) -> Coordinates | None:
        """Where it serves, on the side of those who are evaluated; None for all others (R-51)."""
        match self.role:
            case "unit":
                return Coordinates(self.territory, self.line, self.unit)
            case "department":
                return Coordinates(self.territory, self.line, ITSELF)
            case "township_department":
                return Coordinates(self.territory, self.line, "")
            case _:
                return None

    def principal(self, session: str, tied: tuple[str, ...] = ()) -> Principal:
        """The principal of a request under this grant; a deputy's acts for whom he holds it."""
        return Principal(
            person=str(self.person_id), role=self.role, grant=str(self.grant_id),
            territory=self.territory, line=self.line, unit=self.unit, cleared=self.cleared,
            keys=self.keys, session=session, obo=str(self.lent_by or ""), tied=tied,
            actions=self.actions,
        )  # fmt: skip


def post_findings(grant: Grant, pointer: str) -> list[Finding]:
    """What is wrong with a proposed grant by itself: role, scope keys, days."""
    found = []
    if grant.role not in GRANTABLE:
        return [Finding(f"{pointer}/role", "role", "该角色不能由授权申请给予。")]
    for name, length in _NEEDED[ROLE_KINDS[grant.role]]:
        held = getattr(grant, name)
        if not held or (length and len(held) != length):
            need = f"{length} 位代码" if length else "代码"
            found.append(Finding(f"{pointer}/{name}", "scope", f"该岗位须填写 {name} 的{need}。"))
    if grant.to_on is not None and grant.to_on < grant.from_on:
        found.append(Finding(f"{pointer}/to_on", "days", "截止日期不能早于起始日期。"))
    if grant.cleared and grant.role in ADMINISTRATORS:
        found.append(Finding(f"{pointer}/cleared", "cleared", "管理员不接触业务数据，不授涉密。"))
    return found


def separated(roles: Iterable[str]) -> bool:
    """Say whether one person may hold these roles: an administrator holds one and no other."""
    held = set(roles)
    return not held & ADMINISTRATORS or len(held) == 1


def ties(person: UUID, under: Grant | None, loans: Iterable[Grant], day: date) -> tuple[str, ...]:
    """Ids of all who are not "another" to a person acting under a grant (P3.2).

    Who lent him a post that day or holds one of his; as a deputy, those of whom he acts for too.
    """
    near = {person} | ({under.lent_by} if under and under.lent_by else set())
    pairs = [{loan.person_id, loan.lent_by} for loan in loans if loan.in_force(day)]
    tied = near.union(*(pair for pair in pairs if pair & near))
    return tuple(sorted(str(one) for one in tied - {person, None}))


async def loans_of(connection: Connection, people: Collection[UUID], day: date) -> list[Grant]:
    """What these people have lent and borrowed that is not over by a day."""
    return [read(row) for row in await connection.rows(_loans, people=list(people), day=day)]


async def loans_ever(connection: Connection, person: str) -> tuple[list[Grant], list[Grant]]:
    """What a person has ever lent, and what was ever lent to him."""
    found = await loans_of(connection, (UUID(person),), date.min)
    given = [loan for loan in found if str(loan.lent_by) == person]
    return given, [loan for loan in found if str(loan.person_id) == person]


async def roles_from(connection: Connection, person_id: UUID, day: date) -> set[str]:
    """Roles that a person holds on a day or later."""
    held = await of_person(connection, person_id)
    return {grant.role for grant in held if grant.to_on is None or grant.to_on >= day}


async def of_person(connection: Connection, person_id: UUID) -> list[Grant]:
    """All grants of a person, past ones too, oldest first."""
    return [read(row) for row in await connection.rows(_of_person, person_id=person_id)]


async def of_source(connection: Connection, source: str) -> list[Grant]:
    """The grants that one record made, locked."""
    return [read(row) for row in await connection.rows(_of_source, source=source)]


async def locked(connection: Connection, grant_id: UUID) -> Grant | None:
    """One grant, locked."""
    row = await connection.first(_lock, id=grant_id)
    return read(row) if row else None


async def give(work: Work, grant: Grant) -> None:
    """Put a grant into force and on the audit trail."""
    values = {
        name: getattr(grant, name)
        for name in (
            "person_id", "role", "territory", "line", "unit", "from_on", "to_on", "basis",
            "cleared", "source", "lent_by", "lent_from",
        )
    }  # fmt: skip
    await work.connection.run(
        _add, id=grant.grant_id, keys=list(grant.keys), actions=list(grant.actions), version=1,
        **values,
    )  # fmt: skip
    _audit(work, grant, None, 1)


async def end(work: Work, grant: Grant, last: date) -> Grant:
    """End a grant with its last day in force, and what was lent of it; an earlier end stays."""
    if grant.to_on is not None and grant.to_on <= last:
        return grant
    version = await work.connection.value(_end, of=grant.grant_id, to_on=last)
    ended = replace(grant, to_on=last)
    _audit(work, ended, grant, version)
    for row in await work.connection.rows(_lent_from, grant_id=grant.grant_id):
        await end(work, read(row), last)
    return ended


def read(row: Row) -> Grant:
    """A grant from its row."""
    values = dict(row)
    version = values.pop("version")
    assert version >= 1  # noqa: S101 - the column is not part of the value
    return Grant(
        grant_id=values.pop("id"),
        keys=tuple(values.pop("keys")),
        actions=tuple(values.pop("actions")),
        **values,
    )


def _audit(work: Work, after: Grant, before: Grant | None, version: int) -> None:
    work.changed(
        aggregate="grant", aggregate_id=after.grant_id, version=version, programme_id=None,
        at=NOWHERE, classified=False,
        before=converter.unstructure(before) if before else None,
        after=converter.unstructure(after),
    )  # fmt: skip
