"""What the gateway hears from the others."""

from jixiao.servicekit.inbox import React

from .directory import commissions

REACTIONS: dict[str, dict[str, React]] = {
    "EVALUATION": {
        "jixiao.evaluation.commission.given": commissions.commission_given,
        "jixiao.evaluation.commission.ended": commissions.commission_ended,
        "jixiao.evaluation.key_evaluation.members_named": commissions.members_named,
    },
    "RESULTS": {"jixiao.results.responsibility.set": commissions.responsibility_set},
}
"""Stream to (subject to reaction)."""
