"""Rows of their own for whom a notice or a plan concerns, so that each reader sees its part."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.servicekit.values import Coordinates, Money

from .allocation import AllocationPlan
from .factors import PerformanceMode, TownSheet
from .notice import Notice, NoticeEntry


@dataclass(slots=True)
class NamedInNotice:
    """One entry of a notice at the coordinates of the programme named (D-21, T-24)."""

    entry_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    notice_id: UUID
    entry: NoticeEntry
    notice: Notice
    state: str = "issued"
    version: int = 0


@dataclass(slots=True)
class AllocationSheet:
    """One town's “为什么是这个数” of an approved plan, at the town's coordinates (T-32)."""

    sheet_id: UUID
    programme_id: UUID
    coordinates: Coordinates
    year: int
    plan_id: UUID
    pool: Money
    performance_mode: PerformanceMode
    document_number: str
    approved_on: date
    sheet: TownSheet
    state: str = "approved"
    version: int = 0

    @classmethod
    def of(
        cls, sheet_id: UUID, plan: AllocationPlan, sheet: TownSheet, day: date
    ) -> "AllocationSheet":
        """The sheet of a town at its division code and the transfer's line. Articles: T-32."""
        return cls(
            sheet_id,
            plan.programme_id,
            Coordinates(sheet.code, plan.coordinates.line, ""),
            plan.year,
            plan.plan_id,
            plan.pool,
            plan.chosen.allocation.performance_mode,
            plan.document_number,
            day,
            sheet,
        )
