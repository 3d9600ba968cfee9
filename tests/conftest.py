"""The whole demo year, walked once a session through the doors that officials use."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from demo.callers import Caller
from demo.officials import Person
from demo.rehearsal import Walked, rehearsed
from local.embedded import Postgres

Callers = Callable[[str], Awaitable[Caller]]
UNTIL = "2026-12-31"
MEMBER, ASSESSOR = "专家·一", "专家·四"


@pytest.fixture(scope="session")
def year(postgres: Postgres, folder: Path) -> Iterator[Walked]:
    """All acts, walked; the stack stays up until the session ends."""
    with rehearsed(postgres, folder / "year", "year_") as walked:
        yield walked


@pytest.fixture(scope="session")
async def callers(year: Walked) -> AsyncIterator[Callers]:
    """People of the walked year by their name in the storyboard, each signed in once anew."""
    seated: dict[str, Caller] = {}

    async def seat(name: str) -> Caller:
        if name not in seated:
            known = year.world.people[name]
            person = Person(
                name, known.login, known.password, known.url, known.first_password, role=known.role
            )
            await person.call("GET", "/v1/session")
            known.first_password = ""  # changed at the first login
            seated[name] = Caller(person)
        return seated[name]

    yield seat
    for one in seated.values():
        await one.person.close()


@pytest.fixture(scope="session")
async def appointed(year: Walked, callers: Callers) -> Callers:
    """People by name, after G's key evaluation named a group and a third party until year's end."""
    w = year.world
    finance = (await callers("财政局·丁")).person
    named = {name: w.people[name].person_id for name in (MEMBER, ASSESSOR)}
    opened = await finance.do(
        "OpenKeyEvaluation", programme_id=w.ids["G"], year=2025, kind="finance_evaluation",
        plan={"leader": w.people["财政局·己"].person_id, "members": [named[MEMBER]],
              "text": "评价水利项目。", "organisation": "区财政局绩效评价工作组"},
        until=UNTIL,
    )  # fmt: skip
    institution = await finance.do(
        "RegisterThirdParty", name="S评估咨询所", credit_code="91370303MA3S000004"
    )
    commission = await finance.do(
        "CreateCommission", third_party_id=institution.third_party_id, programme_id=w.ids["G"],
        year=2025, subject="key_evaluation", subject_id=opened.evaluation_id,
        persons=[named[ASSESSOR]], lead_evaluator=named[ASSESSOR], ends_on=UNTIL,
    )  # fmt: skip
    assessor = (await callers(ASSESSOR)).person
    await assessor.do(
        "DeclareConflict", commission_id=commission.commission_id, etag=commission.etag,
        declarations=[{"person": ""}, {"person": named[ASSESSOR]}],
    )  # fmt: skip
    await asyncio.to_thread(w.stack.settle)
    await assessor.act_as("third_party")
    return callers
