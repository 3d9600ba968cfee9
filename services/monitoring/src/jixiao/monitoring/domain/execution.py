"""Execution figures: cumulative from 1 January, by day and by the year of first budgeting."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from jixiao.servicekit.errors import Finding, SecondPerson
from jixiao.servicekit.values import Coordinates, Money, is_own

from .errors import CorrectionNeeded, FiguresLocked, Incomplete, WrongState
from .events import ExecutionRecorded, ExecutionRowQueued, ExecutionRowSettled
from .known import KnownProgramme

CORRECTION_BY_TWO_PCT = 5
EARLIEST_BUDGET_YEAR = 2015
"""No money was first budgeted before the Budget Law in force: the range of every budget year."""


@dataclass(frozen=True, slots=True)
class TreasuryRow:
    """One row of a batch: executed from 1 January to the end of `day`, in the year of `day`.

    `first_budget_year` tells carried-in money from the year's own; each counts by itself.
    """

    code: str
    day: date
    first_budget_year: int
    executed: Money


@dataclass(frozen=True, slots=True)
class ExecutionFigure:
    """A figure as it stands in the ledger; a later revision of the same day replaces it.

    `alone`: one person's correction; the next one is measured against what stood before it.
    """

    day: date
    first_budget_year: int
    executed: Money
    revision: int
    batch: str
    alone: bool = False


@dataclass(frozen=True, slots=True)
class PendingCorrection:
    """A person's correction above 5 %, waiting for a second person."""

    figure: ExecutionFigure
    proposer: str
    reason: str


class LedgerState(StrEnum):
    """Whether a correction waits for its second person."""

    KEPT = "kept"
    CORRECTION_PROPOSED = "correction_proposed"


@dataclass(slots=True)
class ExecutionLedger:
    """The executed money of one programme in one budget year (D-16, T-19)."""

    execution_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    code: str
    figures: tuple[ExecutionFigure, ...] = ()
    locked_until: date | None = None
    pending: PendingCorrection | None = None
    state: LedgerState = LedgerState.KEPT
    version: int = 0

    def record(self, row: TreasuryRow, *, batch: str) -> list[ExecutionRecorded]:
        """Take a treasury row; the same figure again changes nothing.

        Raises Incomplete where the row is another programme's or year's, FiguresLocked where
        it would change a day at or before a cut-off.

        Articles: D-16, T-19.
        """
        self._fits(row)
        if self._known(row.day, row.first_budget_year) == row.executed:
            return []
        self._unlocked(row)
        return self._append(self._next(row, batch))

    def admit(self, row: TreasuryRow, *, by_hand: bool) -> None:
        """Refuse a row that needs a correction: the treasury's in a locked period, a person's too.

        Raises FiguresLocked; CorrectionNeeded where a person's row would change what was executed
        up to a day for which anything is recorded, whatever year the money was budgeted in.

        Articles: D-16.
        """
        if self._known(row.day, row.first_budget_year) == row.executed:
            return
        self._unlocked(row)
        if by_hand and self._would_change(row):
            raise CorrectionNeeded(code=row.code, day=row.day)

    def lock(self, cut_off: date) -> None:
        """Lock the figures up to a round's cut-off; the lock only moves forward. (§8)"""
        self.locked_until = max(self.locked_until or cut_off, cut_off)

    def correct(
        self, row: TreasuryRow, *, person: str, reason: str, document: str
    ) -> list[ExecutionRecorded]:
        """Correct a figure by hand, as a revision; above 5 % it waits for a second person.

        The change is measured against what the treasury or two people last said of the money up
        to that day: small corrections do not add up to a large one. Raises Incomplete.

        Articles: D-16.
        """
        self._fits(row)
        if not reason.strip() or not document.strip():
            message = "更正执行数须写明理由和依据文号。"
            raise Incomplete(Finding("/reason", "reason_missing", message))
        figure = self._next(row, document)
        vouched = self._standing(row.first_budget_year, row.day, vouched=True)
        before = Money() if vouched is None else vouched.executed
        changed = abs(row.executed.fen - before.fen)
        if changed * 100 > abs(before.fen) * CORRECTION_BY_TWO_PCT:
            self.pending = PendingCorrection(figure, person, reason)
            self.state = LedgerState.CORRECTION_PROPOSED
            return []
        return self._append(replace(figure, alone=True))

    def confirm_correction(self, *, person: str) -> list[ExecutionRecorded]:
        """Confirm the correction that waits. Raises SecondPerson, WrongState.

        Articles: D-16.
        """
        if self.pending is None:
            raise WrongState(self.state)
        if is_own(person, self.pending.proposer):
            raise SecondPerson
        figure, self.pending = self.pending.figure, None
        self.state = LedgerState.KEPT
        # Numbered now: the treasury may have sent a revision since it was proposed.
        row = TreasuryRow(self.code, figure.day, figure.first_budget_year, figure.executed)
        return self._append(self._next(row, figure.batch))

    def executed_at(self, day: date) -> Money:
        """All money executed from 1 January to a day, whatever year it was budgeted in."""
        return Money(sum(self.executed_of(year, day).fen for year in self.budget_years()))

    def executed_of(self, first_budget_year: int, day: date) -> Money:
        """What of the money first budgeted in a year was executed from 1 January to a day.

        Rules: R-32.
        """
        standing = self._standing(first_budget_year, day)
        return Money() if standing is None else standing.executed

    def budget_years(self) -> tuple[int, ...]:
        """The years of first budgeting that occur."""
        return tuple(sorted({figure.first_budget_year for figure in self.figures}))

    def _of(self, first_budget_year: int) -> list[ExecutionFigure]:
        return [f for f in self.figures if f.first_budget_year == first_budget_year]

    def _standing(
        self, first_budget_year: int, day: date, *, vouched: bool = False
    ) -> ExecutionFigure | None:
        return max(
            (
                figure
                for figure in self._of(first_budget_year)
                if figure.day <= day and not (vouched and figure.alone)
            ),
            key=lambda figure: (figure.day, figure.revision),
            default=None,
        )

    def _would_change(self, row: TreasuryRow) -> bool:
        """Whether the row says otherwise than what stands for a day with any figure."""
        for day in {figure.day for figure in self.figures if figure.day >= row.day}:
            standing = self._standing(row.first_budget_year, day)
            if standing is not None and standing.day > row.day:
                continue
            if (Money() if standing is None else standing.executed) != row.executed:
                return True
        return False

    def _unlocked(self, row: TreasuryRow) -> None:
        if self.locked_until is not None and row.day <= self.locked_until:
            raise FiguresLocked(day=self.locked_until)

    def _known(self, day: date, first_budget_year: int) -> Money | None:
        found = [f for f in self._of(first_budget_year) if f.day == day]
        return max(found, key=lambda figure: figure.revision).executed if found else None

    def _next(self, row: TreasuryRow, batch: str) -> ExecutionFigure:
        revision = sum(f.day == row.day for f in self._of(row.first_budget_year)) + 1
        return ExecutionFigure(row.day, row.first_budget_year, row.executed, revision, batch)

    def _append(self, figure: ExecutionFigure) -> list[ExecutionRecorded]:
        self.figures += (figure,)
        return [
            ExecutionRecorded(
                self.execution_id,
                self.programme_id,
                self.year,
                figure.day,
                self.executed_at(figure.day),
                {str(y): self.executed_of(y, figure.day) for y in self.budget_years()},
                figure.revision,
            )
        ]

    def _fits(self, row: TreasuryRow) -> None:
        if row.code != self.code or row.day.year != self.year or row.first_budget_year > self.year:
            message = f"代码{row.code}、日期{row.day}或资金年度{row.first_budget_year}与台账不符。"
            raise Incomplete(Finding("/rows", "row", message))


def require_budgeted(
    rows: Iterable[tuple[str, TreasuryRow, KnownProgramme | None]],
) -> None:
    """Refuse rows of money that was budgeted in no such year; each comes with its pointer.

    The year is the day's own, or an earlier one of which money is known to have been carried in;
    of an unknown code (no programme) it is known only when the code is. Raises Incomplete.

    Articles: D-16. Rules: R-32.
    """
    found = []
    for pointer, row, programme in rows:
        first, year = row.first_budget_year, row.day.year
        if first == year:
            continue
        where = f"代码{row.code}截至{row.day}的资金年度{first}"
        if not EARLIEST_BUDGET_YEAR <= first <= year:
            words = f"{where}须在{EARLIEST_BUDGET_YEAR}至{year}之间，当年资金可不填。"
        elif programme is not None and not programme.has_money_of(first, year):
            words = f"{where}未登记结转至{year}年度，请先由区财政局登记结转资金。"
        else:
            continue
        found.append(Finding(f"{pointer}/first_budget_year", "first_budget_year_wrong", words))
    if found:
        raise Incomplete(*found)


def known_rows(
    rows: Iterable[TreasuryRow], codes: Container[str]
) -> tuple[tuple[TreasuryRow, ...], tuple[TreasuryRow, ...]]:
    """Part a batch into rows of known programmes and rows to be queued.

    Articles: D-16.
    """
    known: list[TreasuryRow] = []
    unknown: list[TreasuryRow] = []
    for row in rows:
        (known if row.code in codes else unknown).append(row)
    return tuple(known), tuple(unknown)


class QueueState(StrEnum):
    """What became of a row with an unknown code."""

    QUEUED = "queued"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class QueuedRow:
    """A row whose code is not known: kept and named, never counted until settled (D-16).

    `by_hand`: a person of finance sent it; it may then add a figure, never change one.
    """

    queue_id: UUID
    coordinates: Coordinates
    year: int
    row: TreasuryRow
    batch: str
    fate: str = ""
    settled_on: date | None = None
    by_hand: bool = False
    state: QueueState = QueueState.QUEUED
    version: int = 0

    @property
    def code(self) -> str:
        """The code that is not known."""
        return self.row.code

    def queue(self) -> list[ExecutionRowQueued]:
        """Name the row to treasury and finance."""
        return [ExecutionRowQueued(self.queue_id, self.row.code, self.row.day, self.row.executed)]

    def apply(self, *, day: date) -> list[ExecutionRowSettled]:
        """The code has become known; the row goes into its ledger. Articles: D-16."""
        return self._settle(QueueState.APPLIED, "代码已登记，数据已入账", day)

    def withdraw(self, fate: str, *, day: date) -> list[ExecutionRowSettled]:
        """The treasury takes the row back and says what it was; the row is kept with its fate.

        Articles: D-16.
        """
        if not fate.strip():
            raise Incomplete(Finding("/fate", "missing", "撤回须说明该笔数据的去向。"))
        return self._settle(QueueState.WITHDRAWN, fate.strip(), day)

    def _settle(self, state: QueueState, fate: str, day: date) -> list[ExecutionRowSettled]:
        if self.state is not QueueState.QUEUED:
            raise WrongState(self.state)
        self.state, self.fate, self.settled_on = state, fate, day
        return [ExecutionRowSettled(self.queue_id, self.row.code, fate, state)]
