"""What this service hears from the others: stream → subject → reaction."""

from collections.abc import Mapping, Sequence

from jixiao.api.gateway.v1 import events_pb
from jixiao.servicekit.events import Received
from jixiao.servicekit.inbox import React
from jixiao.servicekit.rebuilding import Projection
from jixiao.servicekit.transaction import Work

from ..adapters import offices
from .hearing_results import EVALUATION, MONITORING, RESULTS
from .hearing_targets import TARGETS


async def working_days_set(event: Received, work: Work) -> Sequence[object]:
    """Keep the table of working days. Rules: R-39."""
    told = events_pb.WorkingDaysSet.from_binary(event.payload)
    await offices.set_calendar(work, told.holidays, told.working_weekends)
    return []


async def org_unit_recorded(event: Received, work: Work) -> Sequence[object]:
    """Keep the names that pages show."""
    told = events_pb.OrgUnitRecorded.from_binary(event.payload)
    await offices.keep(work, told.code, told.name, told.kind, told.territory)
    return []


GATEWAY = {
    "jixiao.gateway.working_days.set": working_days_set,
    "jixiao.gateway.org_unit.recorded": org_unit_recorded,
}
REACTIONS: Mapping[str, Mapping[str, React]] = {
    "TARGETS": TARGETS,
    "MONITORING": MONITORING,
    "EVALUATION": EVALUATION,
    "RESULTS": RESULTS,
    "GATEWAY": GATEWAY,
}
PROJECTIONS = (
    Projection(
        "programmes", ["TARGETS", "MONITORING", "EVALUATION", "RESULTS"], ["programmes", "secrets"]
    ),
    Projection("directory", ["GATEWAY"], ["offices", "calendars"]),
)
"""What is copied here and rebuilt from its sources; other reactions act and are silent then."""
