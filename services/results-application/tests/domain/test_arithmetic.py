"""Properties: no fen is lost, no cut falls below its minimum."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.score import Grade
from jixiao.results.domain.clamping import Limits, share_out
from jixiao.results.domain.factors import Factor, PerformanceMode, Town, allocate
from jixiao.results.domain.governing import Source
from jixiao.results.domain.linkage import Action, Flag, LinkageCase, link, merged_ceiling
from jixiao.servicekit.errors import Faulty
from jixiao.servicekit.values import Money

MONEY = st.integers(0, 10**13).map(Money)
SCORES = st.none() | st.decimals(0, 100, places=2)


@st.composite
def town_lists(draw: st.DrawFn) -> tuple[Town, ...]:
    count = draw(st.integers(1, 8))
    return tuple(
        Town(
            f"3703031{i:02d}",
            "",
            {"need": Decimal(draw(st.integers(0, 10**6)) + (i == 0))},
            draw(SCORES),
            draw(st.booleans()),
        )
        for i in range(count)
    )


@given(MONEY, town_lists(), st.sampled_from(PerformanceMode), st.integers(1000, 9999))
def test_t32_r35_the_amounts_add_up_to_the_pool_whatever_comes_in(
    pool: Money, towns: tuple[Town, ...], mode: PerformanceMode, weight: int
) -> None:
    performance = Decimal(weight).scaleb(-4)
    factors = (
        Factor("need", "", 1 - performance),
        Factor("performance", "", performance, performance=True),
    )
    allocation = allocate(pool, mode, factors, towns)
    assert sum(amount.fen for amount in allocation.amounts.values()) == pool.fen
    assert sum(Fraction(sheet.composite) for sheet in allocation.sheets) == 1
    for sheet in allocation.sheets:
        assert 0 <= pool.fen * Fraction(sheet.composite) - sheet.floor.fen < 1
        assert sheet.amount == Money(sheet.floor.fen + sheet.extra_fen)


@given(
    st.integers(0, 10**9),
    st.lists(
        st.tuples(
            st.integers(0, 50),
            st.none() | st.integers(0, 10**8),
            st.none() | st.integers(0, 10**9),
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_r36_floors_and_caps_hold_or_the_plan_is_infeasible(
    pool: int, rows: list[tuple[int, int | None, int | None]]
) -> None:
    limits = [
        Limits(None if low is None else Money(low), None if cap is None else Money(cap))
        for _, low, cap in rows
    ]
    whole = sum(part for part, _, _ in rows)
    shares = [Fraction(part, whole) if whole else Fraction(0) for part, _, _ in rows]
    try:
        portions = share_out(Money(pool), shares, limits)
    except Faulty:
        lows = sum(low or 0 for _, low, _ in rows)
        caps = [cap for _, _, cap in rows if cap is not None]
        crossed = any(cap is not None and (low or 0) > cap for _, low, cap in rows)
        assert crossed or lows > pool or (len(caps) == len(rows) and sum(caps) < pool)
        return
    assert sum(portion.amount.fen for portion in portions) == pool
    for portion, (_, low, cap) in zip(portions, rows, strict=True):
        assert (low or 0) <= portion.amount.fen
        assert cap is None or portion.amount.fen <= cap


@st.composite
def cases(draw: st.DrawFn) -> LinkageCase:
    return LinkageCase(
        current_budget=draw(MONEY),
        next_request=draw(st.none() | MONEY),
        is_transfer=draw(st.booleans()),
        is_department_overall=draw(st.booleans()),
        grade=draw(st.none() | st.sampled_from(Grade)),
        grade_source=draw(st.sampled_from(Source)),
        flags=tuple(draw(st.sets(st.sampled_from(Flag)))),
        finance_rate=draw(st.none() | st.decimals(0, 2, places=4)),
        rate_reason=draw(st.sampled_from(["", "理由"])),
        merge_into=draw(st.sampled_from(["", "370303-0451"])),
        dormant_balance=draw(st.just(Money()) | MONEY),
    )


@given(cases())
def test_t31_r30_a_cut_is_never_below_its_minimum_nor_above_its_base(case: LinkageCase) -> None:
    try:
        linkage = link(case)
    except Faulty:
        assert case.finance_rate is not None
        return
    assert linkage.rate >= linkage.minimum
    assert linkage.cut.fen >= linkage.base.fen * Fraction(linkage.minimum)
    assert linkage.cut <= linkage.base
    assert linkage.no_proposal == (not linkage.actions)
    if Action.PRIORITY not in linkage.actions and linkage.actions != (Action.TAKE_BACK,):
        assert linkage.proposed_max == linkage.base - linkage.cut
    else:
        assert set(linkage.actions) <= {Action.PRIORITY, Action.TAKE_BACK}


@given(st.lists(MONEY, max_size=4))
def test_d26_a_merged_programme_gets_at_most_its_capped_parts(parts: list[Money]) -> None:
    assert merged_ceiling(tuple(parts)).fen == sum(part.fen for part in parts)


def test_r48_a_poor_department_overall_is_held_not_cut() -> None:
    linkage = link(
        LinkageCase(Money(100), is_department_overall=True, grade=Grade.POOR, score=Decimal("55"))
    )
    assert linkage.actions == (Action.HOLD,)
    assert linkage.proposed_max == Money(100)
    assert linkage.consequences == ("interview", "notice")
