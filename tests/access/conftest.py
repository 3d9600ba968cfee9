"""Who holds which post on the day after the year: a commission and a group in force among them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from demo.callers import Caller
from demo.rehearsal import Walked

Callers = Callable[[str], Awaitable[Caller]]
UNTIL = "2026-12-31"
MEMBER, ASSESSOR = "专家·一", "专家·四"


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
