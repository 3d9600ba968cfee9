"""What the directory tells the others, on the stream GATEWAY (A-4)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from jixiao.api.gateway.v1 import events_pb
from jixiao.servicekit.events import Catalogue, Telling


@dataclass(frozen=True, slots=True)
class OrgUnitRecorded:
    """An organisation entered or changed."""

    unit_id: UUID
    code: str
    name: str
    kind: str
    territory: str
    line: str
    on_from: date
    on_to: date | None


@dataclass(frozen=True, slots=True)
class WorkingDaysSet:
    """The table of working days, whole. Rules: R-39."""

    calendar_id: UUID
    holidays: tuple[date, ...]
    working_weekends: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One date of a work plan."""

    name: str
    due_on: date


@dataclass(frozen=True, slots=True)
class PlanSet:
    """An organisation's work plan of a year is in force. Articles: D-5(1), D-6(1)."""

    plan_id: UUID
    office: str
    year: int
    items: tuple[PlanItem, ...]


@dataclass(frozen=True, slots=True)
class PostHandedOver:
    """A post goes from one person to another on a day. Articles: D-4."""

    grant_id: UUID
    next_grant_id: UUID
    role: str
    territory: str
    line: str
    unit: str
    from_person_id: UUID
    to_person_id: UUID
    from_on: date


CATALOGUE = Catalogue(
    "gateway",
    [
        Telling(OrgUnitRecorded, events_pb.OrgUnitRecorded, "org_unit", "unit_id", "recorded"),
        Telling(WorkingDaysSet, events_pb.WorkingDaysSet, "working_days", "calendar_id", "set"),
        Telling(PlanSet, events_pb.PlanSet, "plan", "plan_id", "set"),
        Telling(PostHandedOver, events_pb.PostHandedOver, "post", "next_grant_id", "handed_over"),
    ],
)
