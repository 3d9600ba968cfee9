"""Separation by person, row by row of the action table, in the domains themselves (P3.2, R-51).

Each row is an operation of the contract that "not the filer" or "two people" guards: a record as
somebody has left it, and the act that another has to do.
"""

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from jixiao.disclosure.domain import duty, package, publication
from jixiao.evaluation.domain import (
    campaign,
    errors,
    key_evaluation,
    plan,
    regional,
    self_evaluation,
    spot_check,
)
from jixiao.gateway.directory import proposals
from jixiao.gateway.routes import contract_services, operations_of
from jixiao.monitoring.domain import execution, finding, hold, report
from jixiao.results.domain import allocation, proposal, rectification
from jixiao.servicekit.access import Principal
from jixiao.servicekit.errors import Answered, OwnFiling, SecondPerson
from jixiao.servicekit.transaction import Work
from jixiao.servicekit.values import Coordinates, Money, Person
from jixiao.targets.domain import adjustment, assessment, description, library, reviewing, target
from jixiao.targets.domain.reviewing import Reviewer as R  # noqa: N817 - the table is wide

T = TypeVar("T")
DAY = date(2026, 5, 14)
AT = Coordinates("370303", "ZD103", "U201")
FILER = str(uuid4())
"""Who filed, proposed or did the step before."""
GUARDED = re.compile(
    r"^not (the (filer|checker|proposer|author)|a checker|author|of the group|who |orderer)|"
    r"two p|^2P(: not.*)?$|reviewer is not|both must sign"
)
"""Guards of the contract that name another person."""
ALREADY = {
    "AssignSpotCheck": "two others are named; each is asked again when he scores",
    "CorrectExecution": "proposes", "ProposeFindingWithdrawal": "proposes",
    "ProposeTransferApproval": "proposes", "ProposePublication": "proposes",
    "ProposeCorrection": "proposes", "HandOverPost": "proposes",
    "ConfirmIdentity": "gateway/tests/directory/test_oidc.py: system administrators lend no post",
}  # fmt: skip
"""Operations whose guard is the second person's, or is asked elsewhere."""


def left(kind: type[T], /, **given: Any) -> T:
    """A record as it stands in the middle of its way: these fields, and the defaults."""
    record = kind.__new__(kind)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.name in given:
            value = given[field.name]
        elif field.default is not dataclasses.MISSING:
            value = field.default
        elif field.default_factory is not dataclasses.MISSING:
            value = field.default_factory()
        else:
            value = AT if field.name == "coordinates" else _any(field.name)
        setattr(record, field.name, value)
    return record


def _any(name: str) -> Any:
    return uuid4() if name.endswith("_id") else 2025 if name == "year" else ""


def by(person: str) -> SimpleNamespace:
    """Somebody's act on record."""
    return SimpleNamespace(
        person=person, submitted_by=person, run_by=person, proposed_by=person, proposer=person
    )


S, M, L = spot_check.SpotCheckState, report.Level, description.GovernmentApproval
SELF, KEY = self_evaluation.SelfEvaluationState, plan.EvaluationState
OPINION = reviewing.Opinion("同意")
Act = Callable[[str], object]


def reviews(kind: type, state: Any, reviewer: R) -> Act:
    def act(who: str) -> object:
        record: Any = left(
            kind, state=state, chain=(reviewer,), filer=FILER, transfer=False, scored_review=True
        )
        return record.review(reviewer, who, DAY, OPINION)

    return act


def after_a_review(who: str) -> object:
    """A second review of one version by one person (P3.2)."""
    record = left(
        target.Target, state=target.TargetState.DEPARTMENT_REVIEWED, chain=(R.DEPARTMENT, R.DISTRICT_FINANCE),
        filer="another", reviews=(by(FILER),), transfer=False, scored_review=True,
    )  # fmt: skip
    return record.review(R.DISTRICT_FINANCE, who, DAY, OPINION)


def application(**given: Any) -> assessment.ExanteApplication:
    return left(assessment.ExanteApplication, **({"filer": FILER} | given))


def evaluation(**given: Any) -> key_evaluation.KeyEvaluation:
    planned = plan.Plan("leader", ("member",), "方案", "财政局")
    kind = plan.EvaluationKind.FINANCE_EVALUATION
    return left(key_evaluation.KeyEvaluation, **({"plan": planned, "kind": kind} | given))


def checked(**given: Any) -> spot_check.SpotCheck:
    return left(spot_check.SpotCheck, **({"checkers": ("one", "other")} | given))


def evaluated(**given: Any) -> self_evaluation.SelfEvaluation:
    return left(self_evaluation.SelfEvaluation, **({"filer": FILER, "is_transfer": False} | given))


def monitored(state: report.ReportState) -> report.MonitoringReport:
    return left(
        report.MonitoringReport, state=state, path=(M.DEPARTMENT,),
        acts=(report.Act("unit", "submit", FILER, DAY, ""),),
    )  # fmt: skip


def suspended(change: hold.Change) -> hold.PaymentHold:
    pending = hold.ProposedChange(change, "1号", FILER, DAY)
    return left(hold.PaymentHold, state=hold.HoldState.SUSPENDED, pending=pending)


def office(who: str) -> duty.Office:
    return duty.Office("ZD103", who)


def published(**given: Any) -> duty.DisclosureDuty:
    proposed = duty.Proposal("{}", "", FILER, DAY)
    return left(
        duty.DisclosureDuty, owner="ZD103", state=duty.State.PREPARED, proposal=proposed, **given
    )


def corrected() -> publication.Publication:
    correction = SimpleNamespace(
        proposal=duty.Proposal("{}", "", FILER, DAY), what="数字", why="笔误"
    )
    return left(publication.Publication, owner="ZD103", correction=correction)


def packed(state: package.State, **given: Any) -> package.CongressPackage:
    return left(package.CongressPackage, state=state, **given)


def listed(who: str) -> None:
    signature = campaign.Signature("ZD103", campaign.Side.DEPARTMENT, FILER, DAY)
    one = SimpleNamespace(programme_code="1", coordinates=AT)
    record = left(campaign.LineList, programmes=(one,), signatures=(signature,))
    record.agree((one,), campaign.Side.FINANCE, who, DAY)  # type: ignore[arg-type]


def rolled() -> regional.RollUp:
    return left(regional.RollUp, filer=FILER, state=regional.RollUpState.SUBMITTED)


def grants_proposed(who: str) -> None:
    proposals.Proposal(uuid4(), "proposed", UUID(FILER), None, (), (), 1).confirmable_by(who)


FILED = report.ReportState.SUBMITTED
FIRST, LINE = target.TargetState.SUBMITTED, adjustment.AdjustmentState.SUBMITTED
ROWS: dict[str, Act] = {
    "ReviewTargetFirst": reviews(target.Target, FIRST, R.DEPARTMENT),
    "ReviewTargetTown": reviews(target.Target, FIRST, R.TOWNSHIP_FINANCE),
    "ReviewTargetLine": reviews(target.Target, FIRST, R.DEPARTMENT),
    "ReviewTargetFinance": reviews(target.Target, FIRST, R.DISTRICT_FINANCE),
    "ReviewTargetFinance after a review": after_a_review,
    "ReviewAdjustment": reviews(adjustment.TargetAdjustment, LINE, R.DEPARTMENT),
    "ReturnExante": lambda who: application(
        state=assessment.ApplicationState.SUBMITTED
    ).send_back(who, "补充"),
    "DecideExante": lambda who: application(
        filer="another", assessor=FILER, state=assessment.ApplicationState.SUBMITTED
    ).decide(who, DAY, assessment.Conclusion.SUPPORT, "同意", None),
    "AssessExanteIndependently": lambda who: application(
        state=assessment.ApplicationState.INDEPENDENT_REVIEW
    ).assess_independently(who, assessment.Assessment(())),
    "ConfirmTransferApproval": lambda who: left(
        library.Programme, approval=L("86号", DAY, "file", FILER)
    ).confirm_approval(who),
    "AcceptMonitoringReport": lambda who: monitored(FILED).accept(M.DEPARTMENT, person=who, day=DAY),
    "RollUpMonitoring": lambda who: monitored(report.ReportState.ACCEPTED).roll_up(
        M.DEPARTMENT, person=who, day=DAY
    ),
    "ReturnMonitoringReport": lambda who: monitored(FILED).send_back(
        M.DEPARTMENT, "补充", person=who, day=DAY
    ),
    "ConfirmExecutionCorrection": lambda who: left(
        execution.ExecutionLedger,
        pending=execution.PendingCorrection(
            execution.ExecutionFigure(DAY, 2026, Money(1), 2, "1号"), FILER, "更正"
        ),
    ).confirm_correction(person=who),
    "CloseFinding": lambda who: left(
        finding.Finding, severity=finding.Severity.MINOR, state=finding.FindingState.EXPLAINED,
        explained_by=FILER,
    ).close(person=who, day=DAY),
    "ConfirmFindingWithdrawal": lambda who: left(
        finding.Finding, withdrawal_number="1号", withdrawal_proposer=FILER,
    ).confirm_withdrawal(person=who, day=DAY),
    "DecideHold": lambda who: left(
        hold.PaymentHold, proposer=FILER, start_on=DAY
    ).decide(person=who, day=DAY),
    "DecideHold a second time": lambda who: left(
        hold.PaymentHold, proposer="another", first_confirmer=FILER, start_on=DAY,
        exemption=hold.Exemption.WAGES,
    ).decide(person=who, day=DAY),
    "ConfirmStop": lambda who: suspended(hold.Change.STOP).confirm_change(person=who, day=DAY),
    "ConfirmLift": lambda who: suspended(hold.Change.LIFT).confirm_change(person=who, day=DAY),
    "AgreeList": listed,
    "AcceptSelfEvaluation": lambda who: evaluated(state=SELF.SUBMITTED).accept_by_department(
        who, DAY
    ),
    "ReturnSelfEvaluation": lambda who: evaluated(state=SELF.SUBMITTED).send_back("补充", who),
    "ReceiveSelfEvaluation": lambda who: evaluated(state=SELF.DEPARTMENT_ACCEPTED).receive(
        who, DAY
    ),
    "ReceiveRollUp": lambda who: rolled().accept(who),
    "ReturnRollUp": lambda who: rolled().send_back(who),
    "RescoreSpotCheck": lambda who: checked(
        checkers=(who, "other"), involved=(FILER,), state=S.ASSIGNED
    ).rescore({}, (), who),
    "AnswerSpotCheck": lambda who: checked(
        checkers=(FILER, "other"), state=S.FEEDBACK
    ).reply("无异议", who, DAY),
    "ConcludeSpotCheck": lambda who: checked(
        involved=(FILER,), answered_on=DAY, state=S.FEEDBACK
    ).conclude(who, DAY),
    "ApproveScheme": lambda who: evaluation(
        proposed_scheme=object(), proposed_by=FILER
    ).approve_scheme(who),
    "ScoreKeyEvaluation": lambda who: evaluation(
        scheme=SimpleNamespace(judges=(who,)), involved=(FILER,), state=KEY.SCORING
    ).mark((), who),
    "AnswerKeyEvaluation": lambda who: evaluation(author=FILER, state=KEY.CONSULTATION).answer(
        [], who, DAY
    ),
    "CheckQuality": lambda who: evaluation(author=FILER, state=KEY.CONSULTATION).check_quality(
        "", who, DAY, passed=True
    ),
    "ConcludeKeyEvaluation": lambda who: evaluation(
        quality_checker=FILER, state=KEY.QUALITY_CHECKED
    ).conclude(who, DAY),
    "CheckRectification": lambda who: left(
        rectification.RectificationOrder, issuer="another", issuing_office="370303",
        reports=(by(FILER),), state=rectification.RectificationState.REPORTED,
    ).check(rectification.CheckResult.PASSED, "", person=who, office="370303", day=DAY),
    "DecideLinkage": lambda who: left(
        proposal.LinkageProposal, proposer=FILER, state=proposal.LinkageState.DECIDED
    ).decide(proposal.Decision.ACCEPTED, person=who, day=DAY),
    "ApproveAllocation": lambda who: left(
        allocation.AllocationPlan, chosen_by="another", scenarios=(by(FILER),)
    ).approve(person=who, day=DAY),
    "ConfirmPublication": lambda who: published().confirm(office(who), DAY, uuid4()),
    "ReturnPublication": lambda who: published().send_back("不得公开", office(who)),
    "ConfirmCorrection": lambda who: corrected().confirm_correction(office(who), DAY),
    "CheckPackage": lambda who: packed(package.State.DRAFTING, items=(by(FILER),)).check(
        "", who, DAY
    ),
    "ApprovePackage": lambda who: packed(
        package.State.FINANCE_CHECKED, checked_by=FILER
    ).approve("1号", who, DAY),
    "ConfirmGrants": grants_proposed,
}  # fmt: skip
"""By the operation; more than one row where more than one person may have acted before."""


DEPUTY, THIRD = str(uuid4()), str(uuid4())


def acting(
    person: str, *acted_for: tuple[str, str], role: str = "department", **more: Any
) -> Person:
    """Who acts under a grant, with all who count as himself, as a transaction knows him.

    `acted_for`: (deputy, for whom he acted) as the record remembers it.
    """
    connection: Any = None
    at = datetime(2026, 5, 14, tzinfo=UTC)
    work = Work(connection, Principal(person, role, **more), at, DAY)
    work.acted_for.update(acted_for)
    return work.person


TRIED = {
    "the filer himself": acting(FILER, role="unit", grant="first"),
    "the filer under a second grant": acting(FILER, role="district_finance", grant="second"),
    "the filer, who acts for another": acting(FILER, obo=THIRD, tied=(THIRD,)),
    "a deputy, who acts for the filer": acting(DEPUTY, obo=FILER),
    "who has lent the filer his post": acting(DEPUTY, tied=(FILER,)),
    "for whom the filer acted when he filed": acting(DEPUTY, (FILER, DEPUTY)),
    "who acted for the filer when it was filed": acting(DEPUTY, (DEPUTY, FILER)),
}
"""Everybody who counts as the filer."""
OTHERS = {
    "another": acting(str(uuid4()), tied=(THIRD,)),
    "the same deputy, when the loan is over": acting(DEPUTY),
    "whose deputy filed something else": acting(DEPUTY, (THIRD, str(uuid4()))),
}
"""Who does not, by the same means."""


def _refused(act: Act, who: str) -> bool:
    try:
        act(who)
    except (OwnFiling, SecondPerson):
        return True
    except (Answered, AttributeError):  # past the check: the next thing it asks of the record
        return False
    return False


@pytest.mark.attack("A8", "A9")
@pytest.mark.parametrize("row", ROWS)
def test_a8_a9_p32_r51_nobody_reviews_confirms_or_decides_his_own_nor_what_is_tied_to_him(
    row: str,
) -> None:
    assert [what for what, person in TRIED.items() if not _refused(ROWS[row], person)] == []


@pytest.mark.parametrize("row", ROWS)
def test_p32_control_another_person_gets_past_the_check(row: str) -> None:
    assert [what for what, person in OTHERS.items() if _refused(ROWS[row], person)] == []


def test_p32_every_operation_guarded_by_another_person_is_a_row() -> None:
    guarded = {
        one.method.rpartition("/")[2]
        for service in contract_services()
        for one in operations_of(service)
        if any(GUARDED.search(guard) for guard in one.access.guards)
    }
    assert len(guarded) > 30  # the control: the contract says so
    assert not guarded - {row.partition(" ")[0] for row in ROWS} - set(ALREADY)


@pytest.mark.parametrize("act", ["RescoreSpotCheck", "ScoreKeyEvaluation"])
def test_r51_nobody_evaluates_the_organisation_he_serves_in(act: str) -> None:
    def tried(*offices: Coordinates) -> bool:
        try:
            ROWS[act](Person(DEPUTY, (), offices))
        except errors.OwnOrganisation:
            return True
        except (Answered, AttributeError):
            return False
        return False

    assert tried(AT)
    assert tried(Coordinates("370303", "ZD103", ""))  # an office of the whole line there
    assert not tried(Coordinates("370303", "ZD103", "U202"))
    assert not tried()
