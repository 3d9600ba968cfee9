"""Rows of a programme's budget as they are recorded, and what they come to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

from .errors import AboveParent, BudgetRowWrong
from .events import BudgetRecorded


class BudgetKind(StrEnum):
    """What a row of the budget records."""

    INITIAL = "initial"
    ADJUSTMENT = "adjustment"
    CARRY_IN = "carry_in"
    FINAL_ACCOUNTS = "final_accounts"


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One recorded act on a budget year.

    `amount` may be negative for an adjustment only; `first_budget_year` says from when the
    age of carried-in money runs; `received_on` is the department's receipt of approved
    (final) figures; `standing_committee` marks a late reduction it approved (R-4).

    Articles: D-14, D-26. Rules: R-4, R-32.
    """

    year: int
    kind: BudgetKind
    amount: Money
    day: date
    document_number: str = ""
    first_budget_year: int | None = None
    received_on: date | None = None
    standing_committee: bool = False


@dataclass(frozen=True, slots=True)
class BudgetEntry:
    """The amount entered into a year's budget, before the congress approves it."""

    year: int
    amount: Money
    day: date


def initial_of(rows: Iterable[BudgetRow], year: int) -> Money | None:
    """Return the initial budget on record for `year`; None where there is none."""
    for row in rows:
        if row.year == year and row.kind is BudgetKind.INITIAL:
            return row.amount
    return None


def approved_of(rows: tuple[BudgetRow, ...], year: int) -> Money | None:
    """Return initial ± adjustments of `year`; None before its approval."""
    initial = initial_of(rows, year)
    if initial is None:
        return None
    moved = (r.amount for r in rows if r.year == year and r.kind is BudgetKind.ADJUSTMENT)
    return sum(moved, initial)


def current_of(rows: tuple[BudgetRow, ...], year: int) -> Money | None:
    """Return initial ± adjustments + carried in of `year` (R-23); None before its approval."""
    approved = approved_of(rows, year)
    if approved is None:
        return None
    carried = (r.amount for r in rows if r.year == year and r.kind is BudgetKind.CARRY_IN)
    return sum(carried, approved)


def check_row(rows: tuple[BudgetRow, ...], row: BudgetRow) -> None:
    """Refuse a row that contradicts what is on record. Raises BudgetRowWrong, all findings.

    Articles: D-14. Rules: R-32.
    """
    found = []
    initial = initial_of(rows, row.year)
    if row.kind is BudgetKind.INITIAL and initial is not None:
        message = f"{row.year}年年初预算已登记，变动请登记为预算调整。"
        found.append(Finding("/kind", "initial_on_record", message))
    if row.kind is BudgetKind.ADJUSTMENT:
        if initial is None:
            message = f"{row.year}年年初预算尚未登记，不能登记调整。"
            found.append(Finding("/kind", "initial_missing", message))
        elif ((approved_of(rows, row.year) or initial) + row.amount).fen < 0:
            found.append(Finding("/amount", "below_zero", "调整后预算不能为负数。"))
    elif row.amount.fen < 0:
        found.append(Finding("/amount", "negative", "金额不能为负数。"))
    if row.kind is BudgetKind.CARRY_IN and not (row.first_budget_year or row.year) < row.year:
        message = "结转资金须注明最初列入预算的年度，且早于本年度。"
        found.append(Finding("/first_budget_year", "first_budget_year_wrong", message))
    if found:
        raise BudgetRowWrong(*found)


def require_within(parent: Money, total: Money) -> None:
    """Refuse parts that hold more than their parent. Raises AboveParent.

    Articles: T-15, T-17. Rules: R-19.
    """
    if total > parent:
        message = f"下级合计{total}元超过上级{parent}元。"
        found = Finding("/amount", "above_parent", message)
        raise AboveParent(found, total=total, parent=parent)


def recorded(programme_id: UUID, row: BudgetRow, rows: tuple[BudgetRow, ...]) -> BudgetRecorded:
    """Tell that a row was recorded, and what the year's budget is now (`rows` with it)."""
    initial, approved, current = (
        of(rows, row.year) or Money() for of in (initial_of, approved_of, current_of)
    )
    return BudgetRecorded(
        programme_id,
        row.year,
        row.kind,
        row.amount,
        row.day,
        initial,
        approved,
        current,
        row.first_budget_year,
        row.received_on,
        row.standing_committee,
        row.document_number,
    )
