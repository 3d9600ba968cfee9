"""Giving grants takes two security administrators: one proposes, another confirms (P3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select, update

from jixiao.servicekit.database import Connection, Row
from jixiao.servicekit.errors import EtagMissing, Faulty, Finding, NotFound, SecondPerson, Stale
from jixiao.servicekit.records import converter
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import is_own, uuid7

from . import grants, tables
from .errors import OwnGrant, ProposalClosed
from .events import PostHandedOver
from .grants import Grant

_t = tables.proposals
_add = tables.adding(_t)
_lock = select(_t).where(_t.c.id == bindparam("id")).with_for_update()
_open = (
    select(_t)
    .where(_t.c.state == "proposed", _t.c.id > bindparam("after"))
    .order_by(_t.c.id)
    .limit(bindparam("size"))
)
_confirm = (
    update(_t)
    .where(_t.c.id == bindparam("of"))
    .values(state="confirmed", confirmed_by=bindparam("person"), version=_t.c.version + 1)
)
_known_persons = select(tables.persons.c.id).where(
    tables.persons.c.id == bindparam("id")
)  # one at a time: a batch names few people
_known_codes = select(tables.org_units.c.code, tables.org_units.c.kind)


@dataclass(frozen=True, slots=True)
class Ending:
    """A grant to be ended, with its last day in force."""

    grant_id: UUID
    to_on: date


@dataclass(frozen=True, slots=True)
class Proposal:
    """Grants to give and to end, as one security administrator proposed them."""

    proposal_id: UUID
    state: str
    proposed_by: UUID
    confirmed_by: UUID | None
    grants: tuple[Grant, ...]
    endings: tuple[Ending, ...]
    version: int

    def confirmable_by(self, person: str) -> None:
        """Raise SecondPerson, OwnGrant or ProposalClosed unless this person may confirm."""
        if is_own(person, str(self.proposed_by)):
            raise SecondPerson
        refuse_own(person, self.grants)
        if self.state != "proposed":
            raise ProposalClosed


def refuse_own(person: str, wanted: Sequence[Grant]) -> None:
    """Raise OwnGrant where the person would give a grant to himself."""
    if any(str(grant.person_id) == person for grant in wanted):
        raise OwnGrant


async def propose(
    wanted: Sequence[Grant], endings: Sequence[Ending], work: Work
) -> tuple[Proposal, list[object]]:
    """Store a proposal; nothing is in force. Raises OwnGrant, Faulty with all findings.

    Articles: D-4.
    """
    refuse_own(work.person, wanted)
    if found := await _findings(work.connection, wanted, endings):
        raise Faulty(*found)
    proposal = Proposal(
        uuid7(), "proposed", UUID(work.person), None, tuple(wanted), tuple(endings), 1
    )
    await work.connection.run(
        _add, id=proposal.proposal_id, state=proposal.state, proposed_by=proposal.proposed_by,
        confirmed_by=None, grants=converter.unstructure(proposal.grants),
        endings=converter.unstructure(proposal.endings), version=1,
    )  # fmt: skip
    _audit(work, proposal, None)
    return proposal, []


async def confirm(proposal_id: UUID, work: Work) -> tuple[Proposal, list[object]]:
    """Put a proposal into force, by a second person.

    Raises NotFound, SecondPerson, OwnGrant, ProposalClosed, EtagMissing, Stale, and Faulty where
    the directory has changed since. Articles: D-4.
    """
    row = await work.connection.first(_lock, id=proposal_id)
    if row is None:
        raise NotFound
    before = read(row)
    before.confirmable_by(work.person)
    if not work.etag:
        raise EtagMissing
    if work.etag != str(before.version):
        raise Stale(current=before.version)
    if found := await _findings(work.connection, before.grants, before.endings):
        raise Faulty(*found)
    for grant in before.grants:
        await grants.give(work, grant)
    events: list[object] = []
    for ending in before.endings:
        if (held := await grants.locked(work.connection, ending.grant_id)) is not None:
            await grants.end(work, held, ending.to_on)
            events += _handed_over(held, ending, before.grants)
    await work.connection.run(_confirm, of=proposal_id, person=UUID(work.person))
    after = Proposal(
        proposal_id, "confirmed", before.proposed_by, UUID(work.person),
        before.grants, before.endings, before.version + 1,
    )  # fmt: skip
    _audit(work, after, before)
    return after, events


async def waiting(connection: Connection, after: UUID, size: int) -> list[Proposal]:
    """Proposals not yet confirmed, oldest first."""
    return [read(row) for row in await connection.rows(_open, after=after, size=size)]


def read(row: Row) -> Proposal:
    """A proposal from its row."""
    return Proposal(
        row["id"], row["state"], row["proposed_by"], row["confirmed_by"],
        converter.structure(row["grants"], tuple[Grant, ...]),
        converter.structure(row["endings"], tuple[Ending, ...]), row["version"],
    )  # fmt: skip


def _handed_over(held: Grant, ending: Ending, following: Sequence[Grant]) -> list[PostHandedOver]:
    """The same post goes on with another person from the day after."""
    return [
        PostHandedOver(
            held.grant_id, one.grant_id, one.role, one.territory, one.line, one.unit,
            held.person_id, one.person_id, one.from_on,
        )
        for one in following
        if one.post == held.post and one.from_on == ending.to_on + timedelta(days=1)
        and one.person_id != held.person_id
    ]  # fmt: skip


async def _findings(
    connection: Connection, wanted: Sequence[Grant], endings: Sequence[Ending]
) -> list[Finding]:
    if not wanted and not endings:
        return [Finding("/grants", "required", "请至少填写一项授权或一项终止。")]
    codes = {row["code"]: row["kind"] for row in await connection.rows(_known_codes)}
    found = []
    roles: dict[UUID, set[str]] = {}
    for number, grant in enumerate(wanted):
        pointer = f"/grants/{number}"
        found += grants.post_findings(grant, pointer) + _unknown(grant, codes, pointer)
        if await connection.value(_known_persons, id=grant.person_id) is None:
            found.append(Finding(f"{pointer}/person_id", "unknown", "没有这个人员，请先建立账号。"))
            continue
        if grant.person_id not in roles:
            roles[grant.person_id] = await grants.roles_from(
                connection, grant.person_id, grant.from_on
            )
        roles[grant.person_id].add(grant.role)
        if not grants.separated(roles[grant.person_id]):
            found.append(
                Finding(f"{pointer}/role", "separation", "三类管理员须分设，且不得兼任业务岗位。")
            )
    for number, ending in enumerate(endings):
        if await grants.locked(connection, ending.grant_id) is None:
            found.append(
                Finding(f"/endings/{number}/grant_id", "unknown", "没有这项授权，请核对编号。")
            )
    return found


def _unknown(grant: Grant, codes: dict[str, str], pointer: str) -> list[Finding]:
    """Lines, units and towns of a grant that the directory does not know."""
    found = []
    if grant.line and codes.get(grant.line) != "department":
        found.append(Finding(f"{pointer}/line", "unknown", "没有这个主管部门代码，请先登记机构。"))
    if grant.unit and grant.unit not in codes:
        found.append(Finding(f"{pointer}/unit", "unknown", "没有这个单位代码，请先登记机构。"))
    if len(grant.territory) == 9 and codes.get(grant.territory) != "town":
        found.append(Finding(f"{pointer}/territory", "unknown", "没有这个镇办代码，请先登记机构。"))
    return found


def _audit(work: Work, after: Proposal, before: Proposal | None) -> None:
    work.changed(
        aggregate="grant_proposal", aggregate_id=after.proposal_id, version=after.version,
        programme_id=None, at=grants.NOWHERE, classified=False,
        before=converter.unstructure(before) if before else None,
        after=converter.unstructure(after),
    )  # fmt: skip
