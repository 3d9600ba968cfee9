"""What this service hears from the others: stream → subject → reaction."""

from collections.abc import Mapping

from jixiao.servicekit.inbox import React
from jixiao.servicekit.rebuilding import Projection

from ..application import following

REACTIONS: Mapping[str, Mapping[str, React]] = {
    "TARGETS": {
        "jixiao.targets.programme.created": following.programme_created,
        "jixiao.targets.programme.moved": following.programme_moved,
        "jixiao.targets.programme.budget_entered": following.budget_entered,
        "jixiao.targets.programme.budget_recorded": following.budget_recorded,
        "jixiao.targets.target.released": following.target_released,
        "jixiao.targets.target.returned": following.target_returned,
        "jixiao.targets.adjustment.approved": following.adjustment_approved,
    },
    "MONITORING": {
        "jixiao.monitoring.execution.recorded": following.execution_recorded,
        "jixiao.monitoring.report.accepted": following.report_accepted,
        "jixiao.monitoring.round.opened": following.round_opened,
        "jixiao.monitoring.round.closed": following.round_closed,
        "jixiao.monitoring.key_list.chosen": following.key_list_chosen,
    },
    "RESULTS": {
        "jixiao.results.rectification.overdue": following.rectification_overdue,
        "jixiao.results.rectification.accepted": following.rectification_accepted,
        "jixiao.results.notice.issued": following.notice_issued,
    },
    "GATEWAY": {
        "jixiao.gateway.working_days.set": following.working_days_set,
        "jixiao.gateway.org_unit.recorded": following.org_unit_recorded,
    },
}
PROJECTIONS = (
    Projection("programmes", ["TARGETS", "MONITORING", "RESULTS"], ["known_programmes", "rounds"]),
    Projection("directory", ["GATEWAY"], ["calendars", "org_units"]),
)
"""What is copied here and rebuilt from its sources; other reactions act and are silent then."""
