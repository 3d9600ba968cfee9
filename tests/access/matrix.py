"""The action table of promises.md P3.5, typed in by hand: the expected value, never the contract's.

Columns: F district_finance, D department, U unit, T township_finance, t township_department;
A audit, 3 third_party, C congress, P public; W working group, R responsible person. A cell that is
no dot is a role that may; the letter says over what (D district, L own line, U own unit, T own
town, X own town and line, C commission, S submitted, P published, G member, R named). Marks: SU
step-up, 2P two people, ¬A not the author's own; the guards themselves are test_separation's.
"""

P35 = """
DLUTX DCSP GR record.read
DLUTX DCS. GR draft.save
.L... .... .. exante.submit
..... .C.. G. exante.assess_independent
D.... .... .. exante.return
D.... .... .. exante.decide ¬A
D.... .... .. transfer.record_approval 2P
.LU.X .... .. programme.create
D.... .... .. programme.admit
D.... .... .. programme.enter_budget
D.... .... .. budget.record
D.... .... .. indicator.common
.L... .... .. indicator.individual
.LU.X .... .. target.submit
.LU.X .... .. target.withdraw
.L..X .... .. target.decompose
.L..X .... .. target.review_first ¬A
...T. .... .. target.review_town ¬A
.L... .... .. target.review_line ¬A
D.... .... .. target.review_finance ¬A
DL.T. .... .. target.release SU
.LU.X .... .. target_adjustment.submit
DL.TX .... .. target_adjustment.review ¬A
DL.TX .... .. monitoring_round.open
D.... .... .. monitoring_round.close
DL.TX .... .. finding.open
DL.TX .... .. finding.close
.LU.X .... .. monitoring_report.submit
.LU.X .... .. self_evaluation.submit
DL.TX .... .. monitoring_report.accept ¬A
DL.TX .... .. monitoring_report.roll_up ¬A
DL.TX .... .. self_evaluation.accept ¬A
DL.TX .... .. self_evaluation.roll_up ¬A
D.... .... .. execution.import
D..T. .... .. monitoring.key
D..T. .... .. key_monitoring_report.draft
D..T. .... .. key_monitoring_report.report_up
D..T. .... .. key_monitoring_report.feed_back
D..T. .... .. notice.issue
D..T. .... .. interview.record
DL.TX .... .. monitoring_report.chase
DL.TX .... .. self_evaluation.chase
DL.TX .... .. warning_letter.send
D.... .... .. payment_hold.propose
D.... .... .. payment_hold.decide 2P SU
D.... .... .. payment_hold.lift 2P SU
..... .... .. payment_hold.may_pay
DL... .... .. self_evaluation.agree_list
D.... .... .. campaign.announce
D.... .... .. campaign.close
D.... .... .. self_evaluation.receive
D..T. .... .. spot_check.draw
D..T. .C.. G. spot_check.rescore ¬A
.LUTX .... .. spot_check.answer
.LUTX .... .. evaluation.answer
D..T. .... .. spot_check.conclude ¬A
DL.T. .... .. evaluation.open
DL.T. .... .. evaluation.approve_scheme 2P
..... .... G. evaluation.draft_report
DL.T. .... .. evaluation.check_quality ¬A
..... .C.. G. evaluation.score
DL.T. .... .. evaluation.conclude ¬A
D.... .... .. third_party.register
D.... .... .. third_party.suspend
DL.T. .... .. commission.create
..... .C.. G. conflict.declare
DL.TX .... .. rectification.order
.LUTX .... .. rectification.receive
.LUTX .... .. rectification.report
DL.TX D... .. rectification.check ¬A
D.... .... .. linkage.propose
D.... .... .. allocation.run
D.... .... .. allocation.choose
.L... .... .. linkage.comment
D.... .... .. linkage.decide 2P SU
D.... .... .. allocation.approve 2P SU
D.... .... .. transfer.record_cancellation 2P
DL.TX .... .. responsibility.set
..... .... .R responsibility.object
DL... .... .. disclosure.publish 2P SU
DL... .... .. disclosure.correct 2P SU
DLUTX .... .. classification.set 2P
DL... .... .. congress_package.submit
DL... .... .. congress_package.answer
D.... .... .. congress_package.check
D.... .... .. congress_package.approve
..... ..S. .. congress_package.read
..... ..S. .. congress_package.question
..... D... .. audit.opinion
..... D... .. audit.verify
DL... .... .. management_assessment.score
DLUT. .... .. rules.maintain
"""

ADDED = """
.L... .... .. exante.withdraw | §8: a filer may withdraw a submission
D..T. .... .. target.return | §8: passed → returned when the approved budget differs (D-14, T-17)
.L.TX .... .. target.take_back | §8: a reviewer takes back a pass until the next level has acted
.LU.X .... .. target_adjustment.withdraw | §8: withdrawn
.LU.X .... .. finding.explain | §8: finding explained, by whoever files the programme's reports
D.... .... .. finding.withdraw 2P | §11: a decision document withdraws a finding; two people
DLU.X .... .. self_evaluation.preview | R-10: shows the score of a form before it is filed or published
DL.TX .... .. self_evaluation.return | §8: returned, by the levels that take it (D-20, T-23)
D.... .... .. spot_check.assign | §8: sampled → assigned
D..T. .... .. spot_check.feed_back | §8: rescored → feedback (D-21, T-24)
DL.T. .... .. evaluation.propose_scheme | §8: the first of approve_scheme's two people
..... .... G. evaluation.answer_objection | §4: each objection answered by the group
DL.T. .... .. commission.terminate | §8: terminated, by who may commission
DL.TX .... .. rectification.extend | §8: one extension by the issuer
D.... .... .. linkage.consult | §8: proposed → consulted
DL... .... .. disclosure.exempt | §8: exempt, own matter
DL... .... .. disclosure.withdraw | §12: raising a classification takes the page down
D.... .... .. congress_package.create | §8: drafting
D.... ..S. .. congress_package.close | §8: closed, once everything is answered
"""
"""A transition of domain.md without a row of its own gets one with its operation (P3.5)."""

CLIENTS = {
    "treasury": ("execution.import", "payment_hold.may_pay"),
    "budget_system": (
        "programme.enter_budget", "programme.may_enter", "budget.record", "linkage.fetch"
    ),
}  # fmt: skip
ADMINISTRATORS = {
    "system_admin": (
        "account.manage", "password.reset SU", "org.manage", "config.set", "parked.read", "parked.retry", "parked.skip",
        "events.rebuild", "events.reconcile",
    ),
    "security_admin": (
        "grant.propose", "grant.confirm", "post.hand_over", "access.explain", "session.end",
        "factor.reset SU",
    ),
    "audit_admin": ("accesslog.read", "audit.verify"),
}  # fmt: skip
"""`parked.read` shows what may be retried; `factor.reset` and `password.reset` are P4.3's."""
EVERYONE = (
    "session.login", "session.logout", "session.read", "session.step_up", "session.choose_grant",
    "session.change_password", "session.end_others", "factor.enrol", "factor.confirm",
    "delegation.give", "delegation.read", "delegation.take_back", "task.list", "file.upload",
    "client.issue_token", "org.read", "person.read", "rules.read", "indicator.read",
)  # fmt: skip
"""Own password, factor, session and delegation, work list, files; and the books that everybody
looks things up in: offices, names, rules, common indicators. They show no record of a programme."""

WAITING = {
    "transfer.record_cancellation": "no operation yet: T-31's proposal ends as a linkage decision",
    "classification.set": "no operation yet: what is a secret is said when the programme is created",
    "audit.opinion": "no operation yet: finance or the department orders rectification of source audit",
    "management_assessment.score": "no operation yet: D-5(2), D-6(2), R-49",
    "config.set": "no operation: configuration is checked at start, not set while running",
    "file.upload": "not in the contract: the door takes files itself (services/gateway/files.py)",
}
"""Rows without any operation."""

ROLES = {
    "F": "district_finance", "D": "department", "U": "unit", "T": "township_finance",
    "t": "township_department", "A": "audit", "3": "third_party", "C": "congress",
    "W": "working_group", "R": "responsible_person",
    "$": "treasury",
}  # fmt: skip

SUBMITTED = ("Packages.GetPackage", "Packages.ListPackages")
"""What S of record.read covers."""
NAMED = (
    "Programmes.GetProgramme", "Programmes.ListProgrammes", "Responsibilities.ListResponsibilities"
)  # fmt: skip
"""What R of record.read covers: the programme and the register on which he is named (D-29)."""

_LEVEL_ORDER = "level order (domain.md §8): "
_AT_DISTRICT = "lies at the district, or at a line of it: no such scope holds one"
_INVITED = "named before any grant: the commission is made when no conflict is declared (D-6(8))"
_SPOT_CHECK = "not built for towns: a town's recheck would bind the line's roll-up (R-12) from a scope without it"
_READS = "DUTt3W"
DEVIATES: dict[str, tuple[str, str, str]] = {
    "MonitoringRounds.OpenMonitoringRound": ("DTt", "", "not built for lines and towns: a round's"
        " calendar is the whole district's, and its close locks the treasury's figures (R-52)"),
    "MonitoringRounds.ReopenMonitoringRound": ("DTt", "", "R-52: only finance reopens a round"),
    "MonitoringReports.AcceptMonitoringReport": ("T", "", _LEVEL_ORDER
        + "in a town the department accepts, its finance takes it by roll_up (T-20)"),
    "MonitoringRounds.RollUpMonitoring": ("t", "", _LEVEL_ORDER
        + "the township department is the first level: it accepts, and nothing lies below"),
    "SelfEvaluations.AcceptSelfEvaluation": ("FT", "", _LEVEL_ORDER
        + "a town's finance takes it by the roll-up (T-23), the district's by receiving it"),
    "RollUps.RollUpSelfEvaluations": ("F", "", _LEVEL_ORDER
        + "a line's roll-up is the last, district finance receives it (T-23)"),
    "RollUps.ReceiveRollUp": ("Dt", "", _LEVEL_ORDER
        + "a town's is for its finance to take, a line's for district finance"),
    "RollUps.ReturnRollUp": ("t", "", _LEVEL_ORDER + "a roll-up comes from its level or above it"),
    "SelfEvaluations.ReturnSelfEvaluation": ("T", "", _LEVEL_ORDER
        + "a town's finance sends its department's roll-up back"),
    "SelfEvaluations.PreviewSelfEvaluation": ("F", "", "of a filer's own form"),
    "Forms.PreviewPublishedForm": ("t", "", "for those who publish: D-27"),
    "SpotChecks.DrawSpotCheck": ("T", "", _SPOT_CHECK),
    "SpotChecks.ConcludeSpotCheck": ("T", "", _SPOT_CHECK),
    "Rectifications.CheckRectification": ("A", "", "the issuer checks (R-28), and audit issues"
        " none before audit.opinion has its operation"),
    "Commissions.DeclareConflict": ("3W", "signed_in", _INVITED),
    "KeyEvaluations.DeclareInterest": ("3", "", "a third party declares on its commission"),
    "Commissions.GetCommission": ("", "signed_in", _INVITED),
    "Commissions.ListCommissions": ("", "signed_in", _INVITED),
    "Packages.SubmitPackage": ("D", "", "D-28: finance hands the whole package over"),
    "Plans.SetWorkingDays": ("DUT", "", "R-39: the State Council's table, one for the district"),
    "Executions.CorrectExecution": ("$", "", "a person's correction; the treasury sends anew"),
    "Executions.ConfirmExecutionCorrection": ("$", "", "2P: a second person's"),
    "Executions.WithdrawExecutionRow": ("F", "", "a queued row is withdrawn by whoever sent it"),
    "Executions.ListQueuedExecution": (_READS, "treasury", "queued rows are of no known programme;"
        " the treasury sees which of its rows wait"),
    "Packages.GetPackage": ("UTt3W", "", _AT_DISTRICT),
    "Packages.ListPackages": ("UTt3W", "", _AT_DISTRICT),
    "Campaigns.GetList": ("UTt3W", "", _AT_DISTRICT),
    "Campaigns.GetCampaign": ("3W", "", _AT_DISTRICT),
    "MonitoringRounds.GetMonitoringRound": ("3W", "", _AT_DISTRICT),
    "MonitoringRounds.ListMonitoringRounds": ("3W", "", _AT_DISTRICT),
    "Commissions.ListThirdParties": ("Ut3W", "", "the register is for those who commission (D-6(8))"),
    "SpotChecks.GetDraw": (_READS, "", _AT_DISTRICT),
    "Budgets.GetTotals": (_READS, "", "sums over the whole district"),
    "Allocations.GetAllocation": ("UTt", "", _AT_DISTRICT),
    "Allocations.ListAllocations": ("UTt", "", _AT_DISTRICT),
    "Allocations.GetAllocationSheet": ("U", "", "a sheet is a town's, not a unit's"),
    "Allocations.ListAllocationSheets": ("U", "", "a sheet is a town's, not a unit's"),
    "Linkages.GetLinkage": ("Tt", "", "R-12, §9: a town feels its result through T-32, no proposal is its own"),
    "Linkages.ListLinkage": ("Tt", "", "R-12, §9: a town feels its result through T-32, no proposal is its own"),
    "Dossiers.GetDossierPart": ("3W", "", "R-14: the trail holds every judge's own marks"),
    "Overviews.GetDossier": ("3W", "", "R-14: the trail holds every judge's own marks"),
}  # fmt: skip
"""Operation -> roles of its row that may not, others that may, and why."""


def rows() -> dict[str, tuple[frozenset[str], bool]]:
    """By action: who may, and whether only after a step-up."""
    made: dict[str, tuple[frozenset[str], bool]] = {}
    for line in f"{P35}{ADDED}".strip().splitlines():
        if not line:
            continue
        cells, rest = line[:13].replace(" ", ""), line[14:].partition("|")[0].split()
        by_letter = zip("FDUTtA3CPWR", cells, strict=True)
        people = {ROLES[one] for one, cell in by_letter if cell != "." and one != "P"}
        assert rest[0] not in made, f"{rest[0]} stands twice"
        made[rest[0]] = frozenset(people), "SU" in rest
    for holders in (CLIENTS, ADMINISTRATORS):
        for role, actions in holders.items():
            for action, *marks in map(str.split, actions):
                row, step_up = made.get(action, (frozenset(), "SU" in marks))
                made[action] = row | {role}, step_up
    return made | dict.fromkeys(EVERYONE, (frozenset({"signed_in"}), False))
