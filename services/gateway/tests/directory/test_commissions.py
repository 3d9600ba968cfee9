"""Grants that records make by naming people, from the events of the evaluation service."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from jixiao.api.evaluation.v1 import events_pb
from jixiao.api.gateway.v1 import directory_pb
from jixiao.api.results.v1 import events_pb as results_pb
from jixiao.gateway.directory import grants
from jixiao.gateway.directory.grants import Grant
from jixiao.gateway.subscriptions import REACTIONS
from jixiao.servicekit.access import system
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import Inbox

NAMED = "jixiao.evaluation.key_evaluation.members_named"
GIVEN = "jixiao.evaluation.commission.given"
ENDED = "jixiao.evaluation.commission.ended"
RESPONSIBLE = "jixiao.results.responsibility.set"


async def hear(gateway: Any, subject: str, place: tuple[UUID, int], day: date, told: Any) -> None:
    stream = subject.split(".")[1].upper()
    inbox = Inbox("gateway", stream, REACTIONS[stream], gateway.up.running.transactions, (1,))
    event = Received(subject, uuid4(), place[0], 1, place[1], day, told.to_binary(), {})
    await inbox.apply(event)


async def held(gateway: Any, person: str) -> list[Grant]:
    transactions = gateway.up.running.transactions
    async with transactions.database.snapshot(system("test")) as (connection, _):
        return await grants.of_person(connection, UUID(person))


async def test_d22_t25_a_commission_shows_its_programme_until_it_ends(gateway: Any) -> None:
    (person,) = await gateway.accounts("r-office")
    commission, programme = uuid4(), str(uuid4())
    day = date(2026, 5, 6)
    given = events_pb.CommissionGiven(
        commission_id=str(commission), person_ids=[person], programme_id=programme,
        until="2026-07-31",
    )  # fmt: skip
    for _ in range(2):  # a repeat gives nothing more
        await hear(gateway, GIVEN, (commission, 1), day, given)

    (grant,) = await held(gateway, person)
    assert (grant.role, grant.keys) == ("third_party", (programme,))
    assert [grant.in_force(d) for d in (day, date(2026, 7, 31), date(2026, 8, 1))] == [
        True, True, False,
    ]  # fmt: skip
    ended = events_pb.CommissionEnded(commission_id=str(commission), person_ids=[person])
    await hear(gateway, ENDED, (commission, 2), date(2026, 6, 20), ended)
    (grant,) = await held(gateway, person)
    assert not grant.in_force(date(2026, 6, 20))


async def test_d22_t25_who_is_no_longer_named_loses_the_working_groups_grant(
    gateway: Any,
) -> None:
    stays, leaves, comes = await gateway.accounts("member-1", "member-2", "member-3")
    evaluation, programme = uuid4(), str(uuid4())
    for seq, people, day in ((1, [stays, leaves], 6), (2, [stays, comes], 9)):
        named = events_pb.MembersNamed(
            evaluation_id=str(evaluation), programme_id=programme, person_ids=people,
            until="2026-07-31",
        )  # fmt: skip
        await hear(gateway, NAMED, (evaluation, seq), date(2026, 5, day), named)
    now = date(2026, 5, 9)
    in_force = [[g.in_force(now) for g in await held(gateway, p)] for p in (stays, leaves, comes)]
    assert in_force == [[True], [False], [True]]
    assert (await held(gateway, comes))[0].role == "working_group"


async def test_p32_naming_an_administrator_in_a_record_gives_him_nothing(gateway: Any) -> None:
    (member,) = await gateway.accounts("member-4")
    administrator, nobody = str(gateway.first[0].person_id), str(uuid4())
    evaluation, day = uuid4(), date(2026, 5, 6)
    named = events_pb.MembersNamed(
        evaluation_id=str(evaluation), programme_id=str(uuid4()),
        person_ids=[administrator, member, nobody], until="2026-07-31",
    )  # fmt: skip
    await hear(gateway, NAMED, (evaluation, 1), day, named)

    assert [g.role for g in await held(gateway, administrator)] == ["system_admin"]
    assert [g.role for g in await held(gateway, member)] == ["working_group"]  # control
    log = await gateway.admin(4)(
        gateway.directory.list_access_log, directory_pb.ListAccessLogRequest(outcome="denied")
    )
    assert {(e.person_id, e.reason) for e in log.entries} == {
        (administrator, "separation"), (nobody, "unknown"),
    }  # fmt: skip


async def test_d29_p31_who_answers_for_a_programme_sees_it_for_good(gateway: Any) -> None:
    first, second = await gateway.accounts("answers-1", "answers-2")
    register, programme = uuid4(), str(uuid4())
    for seq, person in ((1, first), (2, second), (3, first)):  # the first once more, another post
        told = results_pb.ResponsibilitySet(
            record_id=str(register), programme_id=programme, state="kept", person=person
        )
        await hear(gateway, RESPONSIBLE, (register, seq), date(2026, 5, 6), told)

    for person in (first, second):
        (grant,) = await held(gateway, person)
        assert (grant.role, grant.keys, grant.to_on) == ("responsible_person", (programme,), None)
