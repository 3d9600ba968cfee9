"""What a programme is: its description, its states, and the papers kept with it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jixiao.servicekit.values import Money

from .kinds import (
    AllocationMethod,
    BudgetType,
    Instrument,
    ObjectType,
    Origin,
    TargetLevel,
    TransferClass,
)


class ProgrammeState(StrEnum):
    """States of a programme (§8); from `budgeted` on they are kept per budget year."""

    DRAFT = "draft"
    ASSESSED = "assessed"
    IN_LIBRARY = "in_library"
    BUDGETED = "budgeted"
    EXECUTING = "executing"
    COMPLETED = "completed"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    MERGED = "merged"


STATE_NAMES = {
    ProgrammeState.DRAFT: "草稿",
    ProgrammeState.ASSESSED: "已评估",
    ProgrammeState.IN_LIBRARY: "已入库",
    ProgrammeState.BUDGETED: "已列预算",
    ProgrammeState.EXECUTING: "执行中",
    ProgrammeState.COMPLETED: "已完成",
    ProgrammeState.EXPIRED: "到期",
    ProgrammeState.SUSPENDED: "暂停",
    ProgrammeState.CANCELLED: "取消",
    ProgrammeState.MERGED: "已整合",
}
NOTHING = Money()
ENDED = (ProgrammeState.CANCELLED, ProgrammeState.MERGED, ProgrammeState.EXPIRED)


class ExemptionKind(StrEnum):
    """Why a new programme needs no assessment of its own (R-17)."""

    EMERGENCY_RELIEF = "emergency_relief"
    PASSED_THROUGH = "passed_through"


@dataclass(frozen=True, slots=True)
class Exemption:
    """An exemption finance recorded, with the order or higher decision it rests on."""

    kind: ExemptionKind
    document_number: str
    day: date


@dataclass(frozen=True, slots=True)
class GovernmentApproval:
    """Approval of a new transfer by district committee or government (T-11)."""

    document_number: str
    day: date
    file: str
    proposer: str
    confirmer: str = ""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """Who answers for the programme, from when; entries are appended, never deleted (D-29)."""

    post: str
    person: str
    since: date
    lifelong: bool


@dataclass(frozen=True, slots=True)
class Description:
    """What a programme is; a state secret has none of this on record.

    Articles: D-2, D-3, T-2.
    """

    name: str
    object_type: ObjectType = ObjectType.PROJECT
    special_fund: bool = False
    is_major: bool = False
    transfer: bool = False
    transfer_class: TransferClass | None = None
    allocation_method: AllocationMethod | None = None
    target_level: TargetLevel = TargetLevel.PROJECT
    origin: Origin = Origin.DISTRICT
    budget_type: BudgetType = BudgetType.GENERAL_PUBLIC
    instrument: Instrument = Instrument.ORDINARY
    is_investment: bool = False
    consolidated_agricultural: bool = False
    term_start: date | None = None
    term_end: date | None = None
    total_amount: Money = NOTHING
