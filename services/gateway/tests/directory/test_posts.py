"""Posts handed over, and who may do what and why, on real PostgreSQL and gRPC."""

from datetime import date, timedelta
from typing import Any

import pytest
from people import DEPARTMENT, UNIT, Installed, codes, day_of, post, refused, signed_in

from jixiao.api.access.v1.access_pb import Role
from jixiao.api.gateway.v1 import directory_pb, posts_pb
from jixiao.servicekit.testing import request_id


async def handed_over(offices: Installed, grant_id: str, to: str, last: date, by: int = 2) -> Any:
    request = posts_pb.HandOverPostRequest(
        grant_id=grant_id, to_person_id=to, last_on=last.isoformat(), basis="任免文件",
        request_id=request_id(),
    )  # fmt: skip
    return await offices.admin(by)(offices.posts.hand_over_post, request)


async def test_p35_a_post_is_handed_over_in_one_act_of_two_people(offices: Installed) -> None:
    today = await day_of(offices)
    leaves = await signed_in(offices, "leaves", post())
    comes = await signed_in(offices, "comes")
    grant_id = (await leaves.seen()).grant_id
    yesterday = today - timedelta(days=1)
    assert await codes(handed_over(offices, grant_id, leaves.person, yesterday)) == ["same_person"]
    proposal = await handed_over(offices, grant_id, comes.person, yesterday)
    assert (await refused(offices.confirm(proposal, by=2))).reason == "second_person"
    assert (await leaves.seen()).grant_id == grant_id  # control: only proposed

    await offices.confirm(proposal)
    offices.callers.forget()

    assert (await leaves.seen()).principal.role == "anyone"
    following = proposal.grants[0].grant_id
    await comes.choose(following)
    taken = (await comes.seen()).principal
    assert (taken.role, taken.line) == ("department", DEPARTMENT)
    transactions = offices.up.running.transactions
    async with transactions.database.begin(job=True) as connection:
        await connection.raw.execute("SET LOCAL ROLE s_system")
        told = await connection.raw.fetch(
            "SELECT aggregate_id FROM jx.outbox WHERE subject = 'jixiao.gateway.post.handed_over'"
        )
    assert [str(row["aggregate_id"]) for row in told] == [following]


@pytest.mark.attack("A10")
async def test_a10_p32_nobody_hands_a_post_to_himself_or_an_administrator_a_business_post(
    offices: Installed,
) -> None:
    today = await day_of(offices)
    holder = await signed_in(offices, "holder-7", post())
    grant_id = (await holder.seen()).grant_id
    security, system = (str(offices.first[n].person_id) for n in (2, 0))
    assert (await refused(handed_over(offices, grant_id, security, today))).reason == "own_grant"
    assert await codes(handed_over(offices, grant_id, system, today)) == ["separation"]


async def listed(offices: Installed, **filters: Any) -> list[Any]:
    found: list[Any] = []
    token = ""
    while True:
        page = await offices.admin(2)(
            offices.posts.list_posts,
            posts_pb.ListPostsRequest(page_size=2, page_token=token, **filters),
        )
        found += page.posts
        token = page.next_page_token
        if not token:
            return found


async def test_p31_posts_are_listed_with_their_holders_and_vacant_ones_show(
    offices: Installed,
) -> None:
    today = await day_of(offices)
    holder = await signed_in(offices, "clerk", post(Role.UNIT, unit=UNIT, to_on=today.isoformat()))
    everything = await listed(offices)
    keys = [(p.role.name, p.territory, p.line, p.unit) for p in everything]
    assert len(set(keys)) == len(keys)
    assert ("TOWNSHIP_FINANCE", "370303101", "", "") in keys
    vacant = await listed(offices, vacant=True)
    assert all(p.vacant for p in vacant)
    names = {p.role.name for p in vacant}
    assert "TOWNSHIP_FINANCE" in names  # nobody was ever given it
    assert "UNIT" not in names
    (unit,) = await listed(offices, role=Role.UNIT)
    assert not unit.vacant
    (mine,) = [h for h in unit.holders if h.person_id == holder.person]
    assert (mine.person_name, mine.to_on, mine.in_force) == ("clerk", today.isoformat(), True)


async def test_p35_explains_what_each_grant_allows_and_why_not(offices: Installed) -> None:
    today = await day_of(offices)
    later = (today + timedelta(days=30)).isoformat()
    holder = await signed_in(offices, "asked", post(), post(Role.UNIT, unit=UNIT, from_on=later))
    deputy = await signed_in(offices, "asked-deputy", post(Role.UNIT, unit=UNIT))
    await holder.lend(deputy)

    async def explained(person: str, **page: Any) -> Any:
        request = directory_pb.ExplainAccessRequest(person_id=person, **page)
        return await offices.admin(2)(offices.directory.explain_access, request)

    answer = await explained(holder.person)
    unit, department = sorted(answer.explained, key=lambda one: one.why_not, reverse=True)
    assert department.why_not == ""
    assert (department.scope_kind, DEPARTMENT in department.scope) == ("s_line", True)
    by_action = {allowed.action: allowed for allowed in department.allows}
    review = by_action["target.review_line"]
    assert "not the filer" in review.guards
    assert "T-15(3)" in review.articles
    assert "grant.confirm" not in by_action
    assert later in unit.why_not
    assert list(answer.tied) == [deputy.person]
    of_deputy = await explained(deputy.person)
    assert [a.action for a in of_deputy.explained[1].allows] == [
        "record.read",
        "target.review_line",
    ]
    assert of_deputy.grants[1].lent_by == holder.person
    first = await explained(holder.person, page_size=1)
    second = await explained(holder.person, page_size=1, page_token=first.next_page_token)
    assert [len(p.explained) for p in (first, second)] == [1, 1]
    both = [p.explained[0].grant_id for p in (first, second)]
    assert sorted(both) == sorted([department.grant_id, unit.grant_id])


async def test_p35_tells_who_may_do_an_action_on_records_of_a_place(offices: Installed) -> None:
    holder = await signed_in(offices, "holder-8", post())
    deputy = await signed_in(offices, "deputy-8", post(Role.UNIT, unit=UNIT))
    finance = await signed_in(offices, "finance-8", offices.finance(""))
    await holder.lend(deputy)

    async def people(action: str, **place: Any) -> set[str]:
        found: set[str] = set()
        token = ""
        while True:
            page = await offices.admin(2)(
                offices.posts.list_holders,
                posts_pb.ListHoldersRequest(
                    action=action, page_size=3, page_token=token, **place
                ),
            )  # fmt: skip
            found |= {holder.grant.person_id for holder in page.holders}
            token = page.next_page_token
            if not token:
                return found

    here = {"territory": "370303", "line": DEPARTMENT, "unit": UNIT}
    may = await people("target.review_line", **here)
    assert {holder.person, deputy.person} <= may
    assert finance.person not in may
    reading = await people("record.read", **here)
    assert {holder.person, deputy.person, finance.person} <= reading
    assert not await people("target.review_line", **(here | {"line": "ZD104", "unit": "X"}))
    assert finance.person not in await people("record.read", **here, classified=True)
    assert not await people("record.read", **(here | {"territory": "370304"})) & {finance.person}
    assert (await refused(people("no.such_action"))).reason == "not_found"
    administrators = await people("grant.confirm")
    assert administrators == set()  # their initial passwords are not changed yet


async def test_p37_a_grant_reaches_the_whole_district_and_no_shorter_code(
    offices: Installed,
) -> None:
    """The third wall keys on six digits, so that a city's code would open nothing: refused."""
    (person,) = await offices.accounts("city")
    assert await codes(offices.propose(offices.finance(person, territory="3703"))) == [
        "division_format"
    ]
    assert await codes(offices.propose(offices.finance(person, territory="370303101"))) == ["scope"]
    town = post(Role.TOWNSHIP_FINANCE, person_id=person, territory="370303", line="")
    assert await codes(offices.propose(town)) == ["scope"]
