"""What the treasury is told: its three answers, and of what it does not know (D-18, D-16)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from demo.callers import Caller
from demo.figures import Node
from demo.rehearsal import Walked

Callers = Callable[[str], Awaitable[Caller]]
CAPPED, HELD = "G", "D-104"


async def _asked(year: Walked, code: str, amount: str = "1.00") -> Node:
    await year.world.settle()
    try:
        return await year.world.treasury.do("MayPay", programme_code=code, amount=amount)
    finally:
        await year.world.treasury.close()


async def _held(year: Walked, callers: Callers, key: str, **more: Any) -> Node:
    """A hold on 2026's money of a programme, proposed by one and decided by another."""
    first, second = [(await callers(who)).person for who in ("财政局·乙", "财政局·丙")]
    found = await first.do(
        "OpenFinding", programme_id=year.world.ids[key], year=2026, severity="serious",
        text="多结算工程款。", amount="1000.00",
    )  # fmt: skip
    hold = await first.do(
        "ProposeHold", finding_id=found.finding_id, document_number="张财绩〔2026〕40号", **more
    )
    # a proposal holds nothing yet
    assert (await _asked(year, year.world.kept[f"{key}.code"])).verdict == "allow"
    return await second.do("DecideHold", hold_id=hold.hold_id, agreed=True)


async def test_d18_r27_the_treasury_may_pay_up_to_the_cap_of_a_hold(
    year: Walked, callers: Callers
) -> None:
    await _held(year, callers, CAPPED, cap="5000.00")
    told = await _asked(year, year.world.kept[f"{CAPPED}.code"], "5000.00")
    assert (told.verdict, told.limit, told.state) == ("allow_up_to", "5000.00", "suspended")
    assert told.article.startswith("D-18")


async def test_d18_r27_the_treasury_is_denied_from_the_decision_on_and_told_what_lifts_it(
    year: Walked, callers: Callers
) -> None:
    code = year.world.kept[f"{HELD}.code"]
    hold = await _held(year, callers, HELD)
    told = await _asked(year, code)
    assert (told.verdict, told.state, told.hold_id) == ("deny", "suspended", hold.hold_id)
    assert (told.document_number, told.article) == ("张财绩〔2026〕40号", "D-18")
    assert told.lifted_by
    named, stop = {"hold_id": hold.hold_id}, "张财绩〔2026〕41号"
    await (await callers("财政局·乙")).person.do("ProposeStop", **named, document_number=stop)
    assert (await _asked(year, code)).state == "suspended"
    await (await callers("财政局·丙")).person.do("ConfirmStop", **named)
    told = await _asked(year, code)
    assert (told.verdict, told.state, told.document_number) == ("deny", "stopped", stop)


async def test_d18_the_treasury_is_allowed_what_was_lifted_and_knows_nothing_of_the_unknown(
    year: Walked,
) -> None:
    assert (await _asked(year, year.world.kept["A.code"])).verdict == "allow"
    assert (await _asked(year, "ZD103-U201-2025-9999")).verdict == "not_found"
    assert (await _asked(year, year.world.kept["E.code"])).verdict == "not_found"


async def test_d16_p13_a_batch_sent_twice_is_one_answer_and_another_under_its_id_is_refused(
    year: Walked,
) -> None:
    treasury, key = year.world.treasury, str(uuid4())
    row = {"programme_code": f"X-{uuid4().hex[:8]}", "day": "2026-10-31", "executed": "12.30"}
    once = await treasury.do("ImportExecution", rows=[row], request_id=key)
    again = await treasury.do("ImportExecution", rows=[row], request_id=key)
    assert once.tree == again.tree
    await treasury.refused(
        "ImportExecution", "INVALID_ARGUMENT", "request_id_reused",
        rows=[row | {"executed": "12.31"}], request_id=key,
    )  # fmt: skip
    await treasury.close()
