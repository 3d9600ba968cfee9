"""The events of this service and how each is told (A-4)."""

from jixiao.api.results.v1 import events_pb
from jixiao.servicekit.events import Catalogue, Telling

from ..domain import events, linkage_events

_MOVED = {
    events.RectificationReceived: "received",
    events.RectificationReported: "reported",
    events.RectificationAccepted: "accepted",
    events.RectificationRejected: "rejected",
    events.RectificationOverdue: "overdue",
    events.RectificationEscalated: "escalated",
    events.RectificationExtended: "extended",
}
_NOTED = (
    (linkage_events.LinkageConsulted, "linkage", "proposal_id", "consulted"),
    (linkage_events.LinkageCommented, "linkage", "proposal_id", "commented"),
    (linkage_events.LinkageRecomputed, "linkage", "proposal_id", "recomputed"),
    (
        linkage_events.LinkageSubmittedToGovernment,
        "linkage",
        "proposal_id",
        "submitted_to_government",
    ),
    (linkage_events.LinkageGovernmentDecided, "linkage", "proposal_id", "government_decided"),
    (linkage_events.LinkageSent, "linkage", "proposal_id", "sent"),
    (linkage_events.LinkageApplied, "linkage", "proposal_id", "applied"),
    (events.AllocationScenarioRun, "allocation", "plan_id", "scenario_run"),
    (events.AllocationChosen, "allocation", "plan_id", "chosen"),
    (events.AllocationReleased, "allocation", "plan_id", "released"),
    (events.InterviewRecorded, "interview", "interview_id", "recorded"),
    (events.ResponsibilityObjected, "responsibility", "register_id", "objected"),
)

CATALOGUE = Catalogue(
    "results",
    [
        Telling(events.RectificationOrdered, events_pb.RectificationOrdered, "rectification", "order_id", "ordered"),
        *(
            Telling(kind, events_pb.RectificationMoved, "rectification", "order_id", name)
            for kind, name in _MOVED.items()
        ),
        Telling(linkage_events.LinkageProposed, events_pb.LinkageMoved, "linkage", "proposal_id", "proposed"),
        Telling(linkage_events.LinkageDecided, events_pb.LinkageMoved, "linkage", "proposal_id", "decided"),
        Telling(events.AllocationApproved, events_pb.AllocationApproved, "allocation", "plan_id", "approved"),
        Telling(events.ResponsibilitySet, events_pb.ResponsibilitySet, "responsibility", "register_id", "set"),
        Telling(events.NoticeIssued, events_pb.NoticeIssued, "notice", "notice_id", "issued"),
        *(
            Telling(kind, events_pb.Noted, aggregate, key, name)
            for kind, aggregate, key, name in _NOTED
        ),
    ],
)  # fmt: skip
