"""What this service tells the others."""

from jixiao.api.monitoring.v1 import events_pb as pb
from jixiao.servicekit.events import Catalogue, Telling

from ..domain import events as e

CATALOGUE = Catalogue(
    "monitoring",
    [
        Telling(e.ExecutionRecorded, pb.ExecutionRecorded, "execution", "execution_id", "recorded"),
        Telling(e.ExecutionRowQueued, pb.Noted, "queued_row", "queue_id", "queued"),
        Telling(e.ExecutionRowSettled, pb.Noted, "queued_row", "queue_id", "settled"),
        Telling(e.MonitoringRoundOpened, pb.RoundOpened, "round", "round_id", "opened"),
        Telling(e.MonitoringRoundClosed, pb.RoundClosed, "round", "round_id", "closed"),
        Telling(
            e.MonitoringReportSubmitted, pb.ReportSubmitted, "report", "report_id", "submitted"
        ),
        Telling(e.MonitoringReportAccepted, pb.ReportAccepted, "report", "report_id", "accepted"),
        Telling(e.MonitoringReportReturned, pb.Noted, "report", "report_id", "returned"),
        Telling(e.MonitoringReportWithdrawn, pb.Noted, "report", "report_id", "withdrawn"),
        Telling(e.MonitoringReportRolledUp, pb.Noted, "report", "report_id", "rolled_up"),
        Telling(e.MonitoringReportChased, pb.Noted, "report", "report_id", "chased"),
        Telling(e.MonitoringReportOverdue, pb.Noted, "report", "report_id", "overdue"),
        Telling(e.WarningLetterSent, pb.Noted, "report", "report_id", "warned"),
        Telling(e.KeyMonitoringListed, pb.KeyMonitoringChosen, "key_list", "entry_id", "chosen"),
        Telling(e.KeyMonitoringReportedUp, pb.Noted, "key_report", "report_id", "reported_up"),
        Telling(e.KeyMonitoringFedBack, pb.Noted, "key_report", "report_id", "fed_back"),
        Telling(e.DeviationFound, pb.DeviationFound, "finding", "finding_id", "opened"),
        Telling(e.FindingClosed, pb.FindingClosed, "finding", "finding_id", "closed"),
        Telling(e.PaymentHoldProposed, pb.Noted, "hold", "hold_id", "proposed"),
        Telling(e.PaymentHoldRejected, pb.Noted, "hold", "hold_id", "rejected"),
        Telling(e.PaymentSuspended, pb.PaymentSuspended, "hold", "hold_id", "suspended"),
        Telling(e.PaymentStopped, pb.PaymentStopped, "hold", "hold_id", "stopped"),
        Telling(e.PaymentResumed, pb.PaymentResumed, "hold", "hold_id", "lifted"),
    ],
)
