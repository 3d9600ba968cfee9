"""Grants that a record makes by naming people: commissions and working groups (P3.1).

They see that one programme and nothing else, from the day on which they are named to the end date.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from jixiao.api.evaluation.v1 import events_pb
from jixiao.servicekit.events import Received
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import uuid7

from . import grants
from .grants import Grant


async def commission_given(event: Received, work: Work) -> Sequence[object]:
    """The people of a third party get the commission's programme, until its end.

    Articles: D-22, T-25.
    """
    told = events_pb.CommissionGiven.from_binary(event.payload)
    source = f"third_party:{told.commission_id}"
    await _name(work, "third_party", source, told)
    return []


async def commission_ended(event: Received, work: Work) -> Sequence[object]:
    """The commission is over: its grants end before today."""
    told = events_pb.CommissionEnded.from_binary(event.payload)
    for grant in await grants.of_source(work.connection, f"third_party:{told.commission_id}"):
        await grants.end(work, grant, work.today - timedelta(days=1))
    return []


async def members_named(event: Received, work: Work) -> Sequence[object]:
    """The working group of a key evaluation, whole: who is no longer named loses the grant.

    Articles: D-22, T-25.
    """
    told = events_pb.MembersNamed.from_binary(event.payload)
    source = f"working_group:{told.evaluation_id}"
    await _name(work, "working_group", source, told)
    return []


async def _name(
    work: Work,
    role: str,
    source: str,
    told: events_pb.CommissionGiven | events_pb.MembersNamed,
) -> None:
    last = date.fromisoformat(told.until) if told.until else None
    named = {UUID(person_id) for person_id in told.person_ids}
    # An equal grant stays, so that a repeat of the list changes nothing.
    for held in await grants.of_source(work.connection, source):
        if held.person_id in named and held.to_on == last and held.in_force(work.today):
            named.discard(held.person_id)
        else:
            await grants.end(work, held, work.today - timedelta(days=1))
    for person_id in sorted(named):
        await grants.give(
            work,
            Grant(
                uuid7(), person_id, role, "", "", "", work.today, last, f"由记录指定：{source}",
                keys=(told.programme_id,), source=source,
            ),
        )  # fmt: skip
