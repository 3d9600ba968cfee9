"""What this service tells: each domain event with its message and subject (A-4)."""

from jixiao.api.evaluation.v1 import events_pb as told
from jixiao.servicekit.events import Catalogue, Telling

from ..domain import commission_events, events

CATALOGUE = Catalogue(
    "evaluation",
    [
        Telling(*row)
        for row in (
            (events.CampaignAnnounced, told.CampaignAnnounced, "campaign", "campaign_id", "announced"),
            (events.CampaignClosed, told.CampaignClosed, "campaign", "campaign_id", "closed"),
            (events.CampaignReopened, told.Noted, "campaign", "campaign_id", "reopened"),
            (events.SelfEvaluationOpened, told.SelfEvaluationMoved, "self_evaluation",
             "self_evaluation_id", "opened"),
            (events.SelfEvaluationSubmitted, told.SelfEvaluationSubmitted, "self_evaluation",
             "self_evaluation_id", "submitted"),
            (events.SelfEvaluationAccepted, told.SelfEvaluationMoved, "self_evaluation",
             "self_evaluation_id", "accepted"),
            (events.SelfEvaluationReceived, told.SelfEvaluationMoved, "self_evaluation",
             "self_evaluation_id", "received"),
            (events.SelfEvaluationReturned, told.SelfEvaluationMoved, "self_evaluation",
             "self_evaluation_id", "returned"),
            (events.SelfEvaluationOverdue, told.SelfEvaluationMoved, "self_evaluation",
             "self_evaluation_id", "overdue"),
            (events.SelfEvaluationChased, told.Noted, "self_evaluation", "record_id", "chased"),
            (events.RollUpSubmitted, told.RolledUp, "roll_up", "roll_up_id", "reported"),
            (events.RollUpBound, told.RolledUp, "roll_up", "roll_up_id", "closed"),
            (events.SpotCheckSampled, told.Noted, "spot_check", "spot_check_id", "sampled"),
            (events.SpotCheckFedBack, told.Noted, "spot_check", "spot_check_id", "fed_back"),
            (events.SpotCheckConcluded, told.SpotCheckConcluded, "spot_check", "spot_check_id",
             "concluded"),
            (events.MembersNamed, told.MembersNamed, "key_evaluation", "evaluation_id",
             "members_named"),
            (events.EvaluationOpened, told.Noted, "key_evaluation", "evaluation_id", "opened"),
            (events.EvaluationConsulted, told.Noted, "key_evaluation", "evaluation_id", "consulted"),
            (events.EvaluationConcluded, told.EvaluationConcluded, "key_evaluation",
             "evaluation_id", "concluded"),
            (commission_events.ThirdPartyRegistered, told.Noted, "third_party", "third_party_id", "registered"),
            (commission_events.ThirdPartySuspended, told.Noted, "third_party", "third_party_id", "suspended"),
            (commission_events.CommissionInvited, told.CommissionCreated, "commission", "commission_id",
             "created"),
            (commission_events.CommissionContracted, told.CommissionGiven, "commission", "commission_id",
             "given"),
            (commission_events.CommissionTerminated, told.Noted, "commission", "commission_id", "terminated"),
            (commission_events.CommissionEnded, told.CommissionEnded, "commission", "commission_id", "ended"),
        )
    ],
)  # fmt: skip
