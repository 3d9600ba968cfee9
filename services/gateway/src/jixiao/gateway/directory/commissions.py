"""Grants that a record makes by naming people: commissions, working groups, responsible persons.

They see that one programme and nothing else, from the day on which they are named to the end date
(P3.1).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

import structlog

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.results.v1 import events_pb
from jixiao.servicekit.events import Received
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import access_log, accounts, grants
from .access_log import Entry
from .grants import Grant

log = structlog.get_logger()


async def commission_given(event: Received, work: Work) -> Sequence[object]:
    """The people of a third party get the commission's programme, until its end.

    Articles: D-22, T-25.
    """
    told = evaluation_pb.CommissionGiven.from_binary(event.payload)
    source = f"third_party:{told.commission_id}"
    await _name(work, "third_party", source, told)
    return []


async def commission_ended(event: Received, work: Work) -> Sequence[object]:
    """The commission is over: its grants end before today."""
    told = evaluation_pb.CommissionEnded.from_binary(event.payload)
    for grant in await grants.of_source(work.connection, f"third_party:{told.commission_id}"):
        await grants.end(work, grant, work.today - timedelta(days=1))
    return []


async def members_named(event: Received, work: Work) -> Sequence[object]:
    """The working group of a key evaluation, whole: who is no longer named loses the grant.

    Articles: D-22, T-25.
    """
    told = evaluation_pb.MembersNamed.from_binary(event.payload)
    source = f"working_group:{told.evaluation_id}"
    await _name(work, "working_group", source, told)
    return []


async def responsibility_set(event: Received, work: Work) -> Sequence[object]:
    """Whoever answers for a programme sees it and may object, for as long as the register stands.

    It follows the person, not the post, and for major programmes is for life: who answered before
    keeps it. Articles: D-29.
    """
    told = events_pb.ResponsibilitySet.from_binary(event.payload)
    source = f"responsible_person:{told.record_id}"
    known = {str(held.person_id) for held in await grants.of_source(work.connection, source)}
    for person_id in await _nameable({told.person} - known, source, work):
        await _give(work, "responsible_person", source, person_id, told.programme_id, None)
    return []


async def _name(
    work: Work,
    role: str,
    source: str,
    told: evaluation_pb.CommissionGiven | evaluation_pb.MembersNamed,
) -> None:
    last = date.fromisoformat(told.until) if told.until else None
    named = await _nameable(told.person_ids, source, work)
    # An equal grant stays, so that a repeat of the list changes nothing.
    for held in await grants.of_source(work.connection, source):
        if held.person_id in named and held.to_on == last and held.in_force(work.today):
            named.remove(held.person_id)
        else:
            await grants.end(work, held, work.today - timedelta(days=1))
    for person_id in named:
        await _give(work, role, source, person_id, told.programme_id, last)


async def _nameable(person_ids: Iterable[str], source: str, work: Work) -> list[UUID]:
    """Those named who may hold a grant of a record, in order of their ids.

    An administrator holds no business role (P3.2): the record keeps his name, he gets nothing, and
    the access log says so, as of one whom the directory does not know.
    """
    found = []
    for named in sorted(set(person_ids)):
        reason = await _unfit(named, work)
        if not reason:
            found.append(UUID(named))
            continue
        entry = Entry("grant.by_record", "denied", reason, person_id=named, role=source)
        await access_log.write(entry, work)
        log.error("grant_by_record_refused", source=source, person=named, reason=reason)
    return found


async def _unfit(named: str, work: Work) -> str:
    try:
        person_id = UUID(named)
    except ValueError:
        return "unknown"
    if not await accounts.name_of(work.connection, person_id):
        return "unknown"
    roles = await grants.roles_from(work.connection, person_id, work.today)
    return "separation" if roles & grants.ADMINISTRATORS else ""


async def _give(
    work: Work, role: str, source: str, person_id: UUID, programme_id: str, last: date | None
) -> None:
    grant = Grant(
        uuid7(), person_id, role, "", "", "", work.today, last, f"由记录指定：{source}",
        keys=(programme_id,), source=source,
    )  # fmt: skip
    await grants.give(work, grant)
