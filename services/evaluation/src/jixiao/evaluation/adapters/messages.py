"""Between the contract and the domain: what equal names do not already say."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jixiao.api.evaluation.v1 import (
    campaigns_pb,
    commissions_pb,
    key_evaluations_pb,
    roll_ups_pb,
    self_evaluations_pb,
    spot_checks_pb,
)
from jixiao.api.measures.v1 import indicators_pb
from jixiao.servicekit import wire

from ..domain.campaign import Campaign, LineList
from ..domain.commission import Commission
from ..domain.draw import Draw
from ..domain.indicator import Actual, Indicator
from ..domain.key_evaluation import KeyEvaluation
from ..domain.plan import EvaluationState
from ..domain.regional import RollUp
from ..domain.self_evaluation import SelfEvaluation
from ..domain.spot_check import SpotCheck
from ..domain.third_party import ThirdParty

_SHOWN = frozenset(
    {EvaluationState.CONSULTATION, EvaluationState.QUALITY_CHECKED, EvaluationState.FINAL}
)
_EVALUATED = frozenset({"department", "unit", "township_finance", "township_department"})


def indicators(messages: Sequence[indicators_pb.Indicator]) -> tuple[Indicator, ...]:
    """The indicators of a released target; an unspecified kind is a figure."""
    found = []
    for message in messages:
        if int(message.kind) == 0:
            message.kind = indicators_pb.Kind.QUANTITATIVE
        level1, level2 = (each.name.lower() for each in (message.level1, message.level2))
        found.append(replace(wire.read(message, Indicator), level1=level1, level2=level2))
    return tuple(found)


def actuals(messages: Sequence[indicators_pb.Actual]) -> dict[str, Actual]:
    """The actual values of a monitoring report, by indicator code."""
    return {
        message.code: replace(wire.read(message, Actual), reason=message.deviation_reason)
        for message in messages
    }


def line_list(value: LineList, version: int) -> campaigns_pb.LineList:
    """A line's list as it is read."""
    return wire.write(value, campaigns_pb.LineList, etag=wire.etag(version))


def campaign(
    value: Campaign, version: int, due: Sequence[SelfEvaluation] | None = None
) -> campaigns_pb.Campaign:
    """A round as it is read: counts and names of `due`, what is in the reader's scope.

    Without `due`, as the round itself has them: all its programmes, and who is known as missing.
    """
    if due is None:
        silent = [each for each in value.programmes if each.programme_id in value.not_filed]
        whole, closed = len(value.programmes), value.closed_on is not None
        return wire.write(
            value, campaigns_pb.Campaign, etag=wire.etag(version), due=whole,
            filed=whole - len(silent) if closed else 0,
            missing=[wire.write(each, campaigns_pb.DueProgramme) for each in silent],
        )  # fmt: skip
    levels: dict[tuple[str, str], list[SelfEvaluation]] = {}
    for each in due:
        at = each.coordinates
        levels.setdefault((at.territory, at.line), []).append(each)
    return wire.write(
        value, campaigns_pb.Campaign, etag=wire.etag(version), **_counts(due),
        levels=[
            campaigns_pb.Campaign.Level(territory=territory, line=line, **_counts(rows))
            for (territory, line), rows in sorted(levels.items())
        ],
    )  # fmt: skip


def _counts(due: Sequence[SelfEvaluation]) -> dict[str, Any]:
    return {
        "due": len(due),
        "filed": sum(each.filed for each in due),
        "missing": [wire.write(each, campaigns_pb.DueProgramme) for each in due if not each.filed],
    }


def self_evaluation(value: SelfEvaluation, version: int) -> self_evaluations_pb.SelfEvaluation:
    """A self-evaluation as it is read."""
    return wire.write(value, self_evaluations_pb.SelfEvaluation, etag=wire.etag(version))


def roll_up(value: RollUp, version: int) -> roll_ups_pb.RollUp:
    """A roll-up as it is read; binding scores from the close on."""
    score = value.score
    shown: dict[str, Any] = {}
    if score is not None:
        shown = {
            "displayed_score": score.score, "displayed_grade": score.grade,
            "coverage_pct": score.coverage_pct, "missing": score.missing,
        }  # fmt: skip
        if value.bound_on is not None:
            shown |= {"binding_score": score.binding_score, "binding_grade": score.binding_grade}
    names = (
        "roll_up_id", "programme_id", "coordinates", "year", "level", "projects", "actuals",
        "text", "filed_on", "bound_on", "state",
    )  # fmt: skip
    whole = {name: getattr(value, name) for name in names} | shown
    return wire.write(whole, roll_ups_pb.RollUp, etag=wire.etag(version))


def draw(value: Draw, version: int) -> spot_checks_pb.Draw:
    """A draw as it is read."""
    return wire.write(value, spot_checks_pb.Draw, etag=wire.etag(version))


def spot_check(value: SpotCheck, version: int) -> spot_checks_pb.SpotCheck:
    """A spot check as it is read."""
    return wire.write(value, spot_checks_pb.SpotCheck, etag=wire.etag(version))


def key_evaluation(
    value: KeyEvaluation, version: int, role: str = ""
) -> key_evaluations_pb.KeyEvaluation:
    """A key evaluation as it is read; to the evaluated party no marks before the consultation."""
    answers = {None: "", True: "yes", False: "no"}
    objections = [
        key_evaluations_pb.KeyEvaluation.Objection(
            number=each.number, text=each.text, accepted=answers[each.accepted], reply=each.reply
        )
        for each in value.objections
    ]
    if role in _EVALUATED and value.state not in _SHOWN:
        value = replace(
            value, marks=(), computed=(), scores=(), total=None, grade=None, report=None
        )
    return wire.write(
        value, key_evaluations_pb.KeyEvaluation, etag=wire.etag(version), objections=objections
    )


def third_party(value: ThirdParty, version: int) -> commissions_pb.ThirdParty:
    """A third party as it is read."""
    return wire.write(value, commissions_pb.ThirdParty, etag=wire.etag(version))


def commission(value: Commission, version: int) -> commissions_pb.Commission:
    """A commission as it is read."""
    return wire.write(value, commissions_pb.Commission, etag=wire.etag(version))
