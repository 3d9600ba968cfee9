"""The one gate into library, plan and budget (D-9, T-11)."""

from typing import TYPE_CHECKING

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Money

from .assessment import ApplicationState, Conclusion, ExanteApplication
from .budget import BudgetKind, BudgetRow, initial_of
from .description import ENDED, STATE_NAMES, Description
from .errors import (
    AmountAboveDecision,
    ApprovalMissing,
    AssessmentLapsed,
    AssessmentMissing,
    AssessmentPoor,
    AssessmentUndecided,
    NotSupported,
    WrongState,
)
from .kinds import ObjectType, Origin

if TYPE_CHECKING:  # the gate is called by the programme it looks at
    from .library import Programme


MAJOR_ANNUAL = Money.yuan("1000000.00")
MAJOR_TOTAL = Money.yuan("3000000.00")


def is_new(programme: "Programme", year: int, amount: Money) -> bool:
    """Say whether it is new in `year`, from recorded budgets, never from what is filed.

    New: no budget in the previous year, grown by more than 30 %, or renewed after expiry.

    Articles: D-9, T-11. Rules: R-17.
    """
    last = initial_of(programme.budget_rows, year - 1)
    if not last or programme.renewed_for == year:
        return True
    return amount.fen * 10 > last.fen * 13


def is_major_at(what: Description, amount: Money) -> bool:
    """Say whether it counts as major at this annual amount of district money (R-17)."""
    district = what.origin is Origin.DISTRICT
    large = amount >= MAJOR_ANNUAL or what.total_amount >= MAJOR_TOTAL
    return what.is_major or (district and large)


def has_exante_duty(programme: "Programme", year: int, amount: Money) -> bool:
    """Say whether it must be assessed before it may enter.

    Parts of a transfer enter with their root, within its money; an exemption is finance's
    record (relief ordered by government, money assessed above).

    Articles: D-9, T-10, T-11, T-37. Rules: R-17.
    """
    what = programme.described
    if programme.parent_id is not None or programme.exemption is not None:
        return False
    if what.object_type is ObjectType.DEPARTMENT_OVERALL:
        return False
    subject = what.special_fund or what.transfer or is_major_at(what, amount)
    return subject and is_new(programme, year, amount)


def exante_gate(
    programme: "Programme", application: ExanteApplication | None, *, year: int, amount: Money
) -> None:
    """Let `amount` pass into library, plan or budget of `year`, or refuse.

    The one gate: admit, enter, may_enter, budget requests and whatever raises an amount
    call it, and no role, import, event or administrator goes around it. Passes where there
    is no duty; else the governing grade is not poor, finance supports at least `amount`,
    and a new transfer has the recorded approval of committee or government.
    Raises AssessmentMissing, AssessmentPoor, AssessmentUndecided, NotSupported,
    AssessmentLapsed, AmountAboveDecision, ApprovalMissing.

    Articles: D-9, D-10, T-11, T-12.
    """
    if not has_exante_duty(programme, year, amount):
        return
    if application is None or application.programme_id != programme.programme_id:
        raise AssessmentMissing
    _require_support(application, amount)
    approval = programme.approval
    if programme.described.transfer and (approval is None or not approval.confirmer):
        raise ApprovalMissing


def _require_support(application: ExanteApplication, amount: Money) -> None:
    filed = (ApplicationState.DRAFT, ApplicationState.RETURNED)
    governing = application.governing
    if governing is None or application.state in filed:
        raise AssessmentMissing
    if governing.grade is Grade.POOR:
        raise AssessmentPoor
    if application.state is ApplicationState.LAPSED or application.outgrown_by(amount):
        raise AssessmentLapsed
    if application.state is not ApplicationState.DECIDED or application.amount is None:
        raise AssessmentUndecided
    if application.conclusion is Conclusion.NOT_SUPPORT:
        raise NotSupported
    if amount > application.amount:
        raise AmountAboveDecision(amount=amount, supported=application.amount)


def require_enterable(programme: "Programme", year: int) -> None:
    """Refuse a year outside its term, already approved, or before the library. Raises WrongState.

    Articles: D-9, D-12.
    """
    what = programme.described
    first = what.term_start.year if what.term_start else programme.year
    last = what.term_end.year if what.term_end else year
    admitted = programme.admitted_on is not None and programme.state not in ENDED
    open_year = initial_of(programme.budget_rows, year) is None
    if programme.parent_id is not None or not (admitted and first <= year <= last and open_year):
        raise WrongState(state=STATE_NAMES[programme.state_in(year)], act=f"列入{year}年预算")


def gate_raise(
    programme: "Programme", row: BudgetRow, application: ExanteApplication | None
) -> None:
    """Let a recorded row that raises the amount entered pass the same gate.

    Raises WrongState where nothing was entered; what `exante_gate` raises.

    Articles: D-9, T-12.
    """
    if row.year < programme.year or row.kind not in (BudgetKind.INITIAL, BudgetKind.ADJUSTMENT):
        return
    entered = programme.entered_amount(row.year)
    if entered is None:
        raise WrongState(state=STATE_NAMES[programme.state_in(row.year)], act="登记未列入的预算")
    amount = row.amount if row.kind is BudgetKind.INITIAL else entered + row.amount
    if amount > entered:
        exante_gate(programme, application, year=row.year, amount=amount)
