"""At the district's own door after the year: a post lent and taken back, a register objected to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from demo.callers import Caller
from demo.rehearsal import Walked

Callers = Callable[[str], Awaitable[Caller]]
HOLDER, DEPUTY, HEAD = "教体局·丑", "水利中心·一", "资助中心·主任"
LENT = ["monitoring_report.accept"]


@pytest.fixture
async def lent(year: Walked, callers: Callers) -> AsyncIterator[dict[str, Any]]:
    """Accepting reports, lent by a department to somebody of another line's unit."""
    holder = (await callers(HOLDER)).person
    session = await holder.call("GET", "/v1/session")
    today = date.fromisoformat(session["today"])
    made = await holder.do(
        "LendPost", grant_id=session["grant_id"],
        to_person_id=(await callers(DEPUTY)).person.person_id, actions=LENT,
        from_on=today.isoformat(), to_on=(today + timedelta(days=6)).isoformat(), basis="出差",
    )  # fmt: skip
    yield dict(made)
    await holder.do("TakeBackPost", grant_id=made.grant_id)


async def test_p31_a_deputy_does_at_the_door_what_was_lent_until_it_is_taken_back(
    year: Walked, callers: Callers, lent: dict[str, Any]
) -> None:
    deputy, programme = await callers(DEPUTY), year.world.ids["A"]
    assert (await deputy.ask("GetProgramme", programme_id=programme)).status_code == 404  # his own

    await deputy.person.act_as("department")
    assert (await deputy.ask("GetProgramme", programme_id=programme)).status_code == 200
    given = {"programme_id": programme, "post": "主任", "person": "x", "since": "2026-01-01"}
    other = await deputy.ask("SetResponsibility", given=given)  # the department may, he may not
    assert (other.status_code, other.json()["code"]) == (403, "forbidden")

    holder = (await callers(HOLDER)).person
    await holder.do("TakeBackPost", grant_id=lent["grant_id"])
    assert (await deputy.ask("GetProgramme", programme_id=programme)).status_code == 404
    await deputy.person.act_as("unit")


async def test_d29_whoever_answers_for_a_programme_objects_to_its_register(
    year: Walked, callers: Callers
) -> None:
    head = (await callers(HEAD)).person
    (register,) = (await head.do("ListResponsibilities")).responsibilities
    assert register.programme_id == year.world.ids["A"]
    done = await head.do(
        "ObjectResponsibility", register_id=register.register_id, text="任职起始日期有误。",
        etag=register.etag,
    )  # fmt: skip
    assert [one.text for one in done.objections] == ["任职起始日期有误。"]
