"""What the gateway hears from the others."""

from jixiao.servicekit.inbox import React
from jixiao.servicekit.sealing import keep_head

from .directory import commissions

AUDITED = ("targets", "monitoring", "evaluation", "results", "disclosure")
"""Whose chains' heads are kept here (P6.3); the gateway's own are kept by results."""
_HEADS: dict[str, dict[str, React]] = {
    name.upper(): {f"jixiao.{name}.audit_head.published": keep_head} for name in AUDITED
}
REACTIONS: dict[str, dict[str, React]] = _HEADS | {
    "EVALUATION": {
        **_HEADS["EVALUATION"],
        "jixiao.evaluation.commission.given": commissions.commission_given,
        "jixiao.evaluation.commission.ended": commissions.commission_ended,
        "jixiao.evaluation.key_evaluation.members_named": commissions.members_named,
    },
    "RESULTS": {"jixiao.results.responsibility.set": commissions.responsibility_set},
}
"""Stream to (subject to reaction)."""
