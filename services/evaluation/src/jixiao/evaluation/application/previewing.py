"""A published form held against the rule, row by row; nothing is stored. Articles: D-20, T-23."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from jixiao.measures.values import read_value

from ..domain.published import (
    Check,
    FundsRow,
    IndicatorRow,
    check_funds,
    check_indicator,
    form_decimals,
)


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """Raw cells; `form_year` completes days without a year, `unit` is that of the funds."""

    funds: tuple[FundsRow, ...]
    indicators: tuple[IndicatorRow, ...]
    form_year: int | None = None
    unit: str = "万元"
    total: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row's check, and what its cells were read as."""

    outcome: str
    score_by_rule: str | None
    note: str | None
    doubts: tuple[str, ...] = ()
    target_kind: str = ""
    actual_kind: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """All rows; the totals are of the rows that can be computed."""

    form_decimals: int
    funds: tuple[Row, ...]
    indicators: tuple[Row, ...]
    total_low: Decimal
    total_high: Decimal
    total_published: str | None
    counts: dict[str, int] = field(default_factory=dict)


def check_form(form: PublishedForm) -> Checks:
    """Score every row by the rule and hold what was printed against it.

    Rules: R-4, R-5, R-6, R-7, R-9. Articles: D-20, T-23.
    """
    printed = [*(row.score for row in form.funds), *(row.score for row in form.indicators)]
    decimals = form_decimals([*printed, form.total])
    funds = [check_funds(row, decimals=decimals, form_unit=form.unit) for row in form.funds]
    items = [
        check_indicator(row, decimals=decimals, form_year=form.form_year) for row in form.indicators
    ]
    computed = [each for each in (*funds, *items) if each.low is not None]
    counted = [each for each in funds if each.note != "no weight on this row"]
    return Checks(
        form_decimals=decimals,
        funds=tuple(_row(each) for each in funds),
        indicators=tuple(
            _row(each, row, form.form_year)
            for each, row in zip(items, form.indicators, strict=True)
        ),
        total_low=sum((each.low or Decimal(0) for each in computed), Decimal("0.00")),
        total_high=sum((each.high or Decimal(0) for each in computed), Decimal("0.00")),
        total_published=form.total,
        counts=dict(Counter(str(each.outcome) for each in (*counted, *items))),
    )


def _row(check: Check, cells: IndicatorRow | None = None, year: int | None = None) -> Row:
    kinds = ("", "")
    if cells is not None:
        kinds = (str(read_value(cells.target, year).kind), str(read_value(cells.actual, year).kind))
    return Row(check.outcome, check.score_by_rule, check.note, check.doubts, *kinds)
