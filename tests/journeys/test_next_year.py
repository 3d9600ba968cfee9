"""What this year's results do to the next ones (D-26, T-34)."""

from collections.abc import Awaitable, Callable

import pytest

from demo.callers import Caller
from demo.rehearsal import Walked

Callers = Callable[[str], Awaitable[Caller]]


@pytest.mark.parametrize(
    ("who", "key"), [("资助中心·一", "A"), ("水利中心·一", "G"), ("交通局·子", "D")]
)
async def test_d26_t34_whoever_files_next_year_sees_last_years_result_and_its_orders(
    year: Walked, callers: Callers, who: str, key: str
) -> None:
    w, filer = year.world, (await callers(who)).person
    beside = await filer.do("LastYear", programme_id=w.ids[key], year=2027)
    latest = await filer.do("GetLatestResult", programme_id=w.ids[key], year=2025)
    assert beside.year == latest.year == 2025
    assert (beside.score, beside.grade) == (latest.total, latest.grade)
    if key == "A":  # the recheck governs, the own score stays beside it, so do both orders
        assert beside.score == w.figures.A.spot_check.rescored.total
        assert beside.self_score == w.figures.A.self_evaluation.expected.total
        assert len(beside.rectifications) >= 2
    if key == "D":
        assert (beside.score, beside.grade) == (w.figures.D.key_evaluation.total, "poor")
