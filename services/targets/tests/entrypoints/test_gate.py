"""Tracks A, B, E and G: ex-ante, the gate for everyone, reviews, release, adjustment."""

from typing import Any
from uuid import uuid4

import pytest

from jixiao.api.evaluation.v1.events_pb import (
    CommissionGiven,
    ScoredIndicator,
    SelfEvaluationSubmitted,
    SpotCheckConcluded,
)
from jixiao.api.measures.v1.indicators_pb import Grade
from jixiao.api.monitoring.v1.events_pb import ExecutionRecorded, PaymentResumed, PaymentStopped
from jixiao.api.results.v1.events_pb import RectificationMoved, RectificationOrdered
from jixiao.api.targets.v1 import adjustments_pb as a
from jixiao.api.targets.v1 import budgets_pb as b
from jixiao.api.targets.v1 import events_pb, programmes_pb, targets_pb
from jixiao.api.targets.v1 import exante_pb as x
from jixiao.api.targets.v1.libraries_pb import (
    GetIndicatorLibraryRequest,
    PublishIndicatorLibraryRequest,
)
from jixiao.servicekit.tasks import list_tasks
from jixiao.servicekit.transaction import Work

from ..domain.builders import AUTUMN, year
from .forms import FUND, asked, described, form, marks, refused, rows, table
from .steps import (
    admit,
    assessed,
    decide,
    entered,
    filed,
    made,
    programme_now,
    recorded,
    release,
    review,
)

EDUCATION, CULTURE = "ZD103", "ZD116"


@pytest.mark.attack("A14")
async def test_a14_d9_d10_a_poor_assessment_closes_library_and_budget_to_everyone(
    district: Any,
) -> None:
    figures = year()["B"]
    programme = await made(district, CULTURE, "U002", figures["programme"]["name"])
    own = figures["department_assessment"]["questions"]
    filed = await assessed(district, programme, CULTURE, own, figures["requested"])
    assert (filed.state.name, filed.department_assessment.total) == ("SUBMITTED", "82.00")
    given = CommissionGiven(
        commission_id=str(uuid4()), programme_id=programme.programme_id, subject="exante",
        subject_id=filed.application_id,
    )  # fmt: skip
    await district.hear("EVALUATION", "commission.given", given)

    third = district.of("third_party", person="P所", keys=(programme.programme_id,))
    seen = await third(
        district.exante.get_exante, x.GetExanteRequest(application_id=filed.application_id)
    )
    assert seen.state.name == "INDEPENDENT_REVIEW"
    governing = await third(
        district.exante.assess_exante_independently,
        asked(
            x.AssessExanteIndependentlyRequest, application_id=filed.application_id, etag=seen.etag,
            assessment=table(figures["independent_assessment"]["questions"]),
        ),
    )  # fmt: skip
    independent = governing.independent_assessment
    assert (independent.total, independent.grade, independent.suggested) == (
        "54.50",
        Grade.POOR,
        "not_support",
    )

    assert (await refused(decide(district, governing, "support"))).reason == "SUPPORT_OF_POOR"
    assert (await decide(district, governing, "not_support")).state.name == "DECIDED"
    closed = await refused(admit(district, programme))
    sentence = "事前绩效评估结果为差，不得列入中期财政规划和年度预算，不得纳入项目库。"
    assert (closed.article, closed.message) == ("D-9", sentence)
    client = district.of("budget_system", person="一体化")
    entry = {"code": programme.code, "year": 2025, "amount": "4800000.00"}
    may = await client(district.budgets.may_enter, b.MayEnterRequest(**entry))
    assert (may.allowed, may.article) == (False, "D-9")
    tried = await refused(
        client(district.budgets.enter_budget, asked(b.EnterBudgetRequest, **entry))
    )
    assert tried.article == "D-9"
    assert (await programme_now(district, programme)).state.name == "DRAFT"


async def test_d12_d14_d15_a_programme_goes_from_application_to_adjusted_target(
    district: Any,
) -> None:
    figures = year()["A"]
    unit = district.of("unit", EDUCATION, unit="U001", person="一")
    department = district.of("department", EDUCATION, person="丑")
    facts = {"term_start": "2025-01-01", "term_end": "2027-12-31"}
    programme = await made(district, EDUCATION, "U001", figures["programme"]["name"], **facts)
    created = events_pb.ProgrammeCreated.from_binary((await district.told("programme.created"))[-1])
    assert (created.special_fund, created.term_end, created.origin) == (
        True,
        "2027-12-31",
        "district",
    )
    responsible = asked(
        programmes_pb.SetResponsibilityRequest, programme_id=programme.programme_id, person="person-1",
        post="区学生资助管理中心主任", since="2024-08-28", etag=programme.etag,
    )  # fmt: skip
    named = await department(district.programmes.set_responsibility, responsible)
    assert named.responsibilities[0].lifelong
    application = await assessed(
        district, programme, EDUCATION, figures["exante"]["questions"], "5880000.00"
    )
    assert application.department_assessment.total == "88.50"
    assert (await decide(district, application, "support")).conclusion == "support"
    assert (await programme_now(district, programme)).state.name == "ASSESSED"

    first = await filed(district, unit, programme, form(
        rows("A", "indicators_v1"), "5880000.00", figures["reason_for_weights_v1"]
    ))  # fmt: skip
    assert {f.code for f in first.warnings} >= {"weights_off_profile", "input_among_outputs"}
    sent_back = await review(
        district, department, first, "first", figures["reviews"]["v1_department"]["questions"]
    )
    assert sent_back.state.name == "RETURNED"
    second = await filed(district, unit, programme, form(rows("A", "indicators_v2"), "5880000.00"))
    compare = targets_pb.CompareTargetsRequest(
        target_id=second.target_id, with_target_id=first.target_id
    )
    assert (await unit(district.targets.compare_targets, compare)).changes
    assert (await refused(admit(district, programme))).reason == "TARGET_NOT_PASSED"
    own = district.of("department", EDUCATION, person="一")
    assert (await refused(review(district, own, second, "first"))).reason == "own_filing"
    target = await review(district, department, second, "first")
    target = await review(
        district, district.finance("甲"), target, "finance",
        figures["reviews"]["v2_finance"]["questions"],
    )  # fmt: skip
    assert (target.state.name, target.reviews[-1].total) == ("PASSED", "89.00")
    assert (await admit(district, programme)).state.name == "IN_LIBRARY"
    assert (
        await refused(release(district, district.finance(), target))
    ).reason == "NO_APPROVED_BUDGET"

    await entered(district, programme, "5880000.00")
    client = district.of("budget_system", person="一体化")
    approval = asked(
        b.RecordBudgetRequest, code=programme.code, year=2025, kind="initial", amount="5880000.00"
    )
    await client(district.budgets.record_budget, approval)
    ahead = release(district, district.of("department", EDUCATION, person="寅"), target)
    assert (await refused(ahead)).reason == "RELEASE_OUT_OF_ORDER"
    (target,) = await release(district, district.finance(), target)
    assert (await programme_now(district, programme)).states["2025"] == "budgeted"
    (target,) = await release(district, district.of("department", EDUCATION, person="寅"), target)
    assert [act.receiver for act in target.releases] == [EDUCATION, "U001"]
    assert (await programme_now(district, programme)).states["2025"] == "executing"
    told = events_pb.TargetReleased.from_binary((await district.told("target.released"))[-1])
    assert (told.reaches_unit, len(told.indicators)) == (True, 10)

    adjustment = await adjusted(district, unit, department, target)
    assert (adjustment.state.name, adjustment.difference) == ("APPROVED", "-280000.00")
    after = await recorded(
        district, programme, "adjustment", "-280000.00", document_number="张财教〔2025〕31号"
    )
    assert after.budgets[0].current == "5600000.00"
    listing = targets_pb.ListTargetsRequest(programme_id=programme.programme_id, state="passed")
    third = (await unit(district.targets.list_targets, listing)).targets[0]
    (third,) = await release(district, district.finance(), third, number="张财教〔2025〕31号")
    read = targets_pb.GetTargetRequest(target_id=target.target_id)
    assert (await unit(district.targets.get_target, read)).state.name == "SUPERSEDED"
    assert (third.number, third.state.name) == (3, "RELEASED")
    await follows(district, programme, unit)


async def adjusted(district: Any, unit: Any, department: Any, target: Any) -> Any:
    """Act 77: asked, reviewed twice, approved."""
    whole = form(rows("A", "indicators_v2", O1="5600"), "5600000.00")
    grounds = a.AdjustmentGrounds(reason="budget_change", explanation="按学籍核准人数调减。")
    request = asked(
        a.SubmitAdjustmentRequest, target_id=target.target_id, form=whole, grounds=grounds
    )
    asked_for = await unit(district.adjustments.submit_adjustment, request)
    assert [change.code for change in asked_for.changes] == ["O1"]
    for caller in (department, district.finance("甲")):
        request = asked(
            a.ReviewAdjustmentRequest, adjustment_id=asked_for.adjustment_id, opinion="同意。",
            marks=marks(), etag=asked_for.etag,
        )  # fmt: skip
        asked_for = await caller(district.adjustments.review_adjustment, request)
    return asked_for


async def follows(district: Any, programme: Any, unit: Any) -> None:
    """What monitoring, evaluation and results tell is followed and stands beside the pen."""
    ids = {"programme_id": programme.programme_id, "year": 2025}
    spent = ExecutionRecorded(
        execution_id=str(uuid4()), day="2025-12-31", executed="5432000.00", **ids
    )
    await district.hear("MONITORING", "execution.recorded", spent)
    await district.hear("MONITORING", "hold.stopped", PaymentStopped(hold_id=str(uuid4()), **ids))
    assert (await programme_now(district, programme)).states["2025"] == "suspended"
    await district.hear("MONITORING", "hold.lifted", PaymentResumed(hold_id=str(uuid4()), **ids))
    assert (await programme_now(district, programme)).states["2025"] == "executing"
    missed = ScoredIndicator(code="B2", name="政策知晓率", weight="10.00", score="9.80")
    own = SelfEvaluationSubmitted(total="99.25", grade="excellent", indicators=[missed], **ids)
    await district.hear("EVALUATION", "self_evaluation.submitted", own)
    recheck = SpotCheckConcluded(self_score="99.25", recheck_score="78.19", grade="fair", **ids)
    await district.hear("EVALUATION", "spot_check.concluded", recheck)
    order = {"order_id": str(uuid4()), "programme_id": programme.programme_id}
    ordered = RectificationOrdered(
        document_number="张财绩〔2026〕9号", problems=["基数不实"], **order
    )
    await district.hear("RESULTS", "rectification.ordered", ordered)
    moved = RectificationMoved(state="received", due_on="2026-06-21", **order)
    await district.hear("RESULTS", "rectification.received", moved)

    beside = targets_pb.LastYearRequest(programme_id=programme.programme_id, year=2027)
    last = await unit(district.targets.last_year, beside)
    assert (last.source, last.score, last.self_score, list(last.missed)) == (
        "recheck", "78.19", "99.25", ["政策知晓率"]
    )  # fmt: skip
    assert [(one.state, one.open) for one in last.rectifications] == [("received", True)]
    totals = await district.of("audit")(district.budgets.get_totals, b.GetTotalsRequest(year=2025))
    mine = next(one for one in totals.by_department if one.key == EDUCATION)
    assert (mine.count, mine.initial_budget, mine.full_year_budget, mine.executed) == (
        1, "5880000.00", "5600000.00", "5432000.00"
    )  # fmt: skip


async def test_d14_a_target_that_the_approved_budget_does_not_fit_falls_back(district: Any) -> None:
    programme = await made(district, EDUCATION, "U001", "水旱灾害防御经费", special_fund=False)
    await recorded(
        district, programme, "initial", "8500000.00", year=2024
    )  # so it is not new
    unit = district.of("unit", EDUCATION, unit="U001", person="一")
    target = await filed(district, unit, programme, form(rows("A", "indicators_v2"), "8800000.00"))
    target = await review(
        district, district.of("department", EDUCATION, person="丑"), target, "first"
    )
    assert await on_the_list(district, district.finance("甲")) == ["审核绩效目标：水旱灾害防御经费"]
    target = await review(district, district.finance("甲"), target, "finance")
    await admit(district, programme)
    await entered(district, programme, "8800000.00")
    await recorded(district, programme, "initial", "8700000.00")
    read = targets_pb.GetTargetRequest(target_id=target.target_id)
    back = await unit(district.targets.get_target, read)
    assert (back.state.name, back.returns) == ("RETURNED", 1)
    assert await on_the_list(district, unit) == ["修改绩效目标：水旱灾害防御经费"]
    carried = await recorded(district, programme, "carry_in", "320000.00", first_budget_year=2024)
    assert [(y.year, y.current) for y in carried.budgets] == [
        (2024, "8500000.00"),
        (2025, "9020000.00"),
    ]


async def on_the_list(district: Any, caller: Any) -> list[object]:
    """Titles on a caller's work list."""
    database = district.up.running.transactions.database
    async with database.snapshot(caller.principal) as (connection, at):
        found = await list_tasks(Work(connection, caller.principal, at, AUTUMN))
    return [one["title"] for one in found]


async def test_d27_t35_a_stub_takes_no_content_and_shows_to_cleared_grants_alone(
    district: Any,
) -> None:
    cleared = district.of("department", "ZD120", cleared=True)
    request = asked(
        programmes_pb.CreateProgrammeRequest, year=2025, classification="state_secret_basic",
        secrecy_basis="有关国家秘密事项范围的规定",
    )  # fmt: skip
    stub = await cleared(district.programmes.create_programme, request)
    assert stub.code == "ZD120-U000-2025-m0001"
    told = events_pb.ProgrammeCreated.from_binary((await district.told("programme.created"))[-1])
    assert told == events_pb.ProgrammeCreated(programme_id=stub.programme_id, classified=True)
    content = await refused(
        filed(district, cleared, stub, form(rows("A", "indicators_v2"), "5880000.00"))
    )
    assert (content.message, content.article) == ("涉密内容严禁录入本系统", "D-27")
    read = programmes_pb.GetProgrammeRequest(programme_id=stub.programme_id)
    for other in (district.of("department", "ZD120", person="丑"), district.finance()):
        assert (await refused(other(district.programmes.get_programme, read))).reason == "not_found"


async def test_r50_a_library_version_is_followed_never_changed(district: Any) -> None:
    publish = district.libraries.publish_indicator_library
    for number in (1, 2):
        request = asked(
            PublishIndicatorLibraryRequest,
            year=2025,
            indicators=rows("A", "indicators_v2")[:number],
        )
        assert (await district.finance("丁")(publish, request)).number == number
    unit = district.of("unit", EDUCATION, unit="U001")
    for number, size in ((0, 2), (1, 1)):
        read = GetIndicatorLibraryRequest(number=number)
        assert len((await unit(district.libraries.get_indicator_library, read)).indicators) == size


async def test_d4_p35_roles_without_the_act_are_refused(district: Any) -> None:
    whole = form(rows("A", "indicators_v2"), "5880000.00")
    request = asked(
        targets_pb.SubmitTargetRequest, programme_id=str(uuid4()), year=2025, form=whole
    )
    assert (
        await refused(district.finance("甲")(district.targets.submit_target, request))
    ).reason == "FORBIDDEN"
    row = asked(b.RecordBudgetRequest, code="X", year=2025, kind="initial", amount="1.00")
    treasury = district.of("treasury", person="国库")
    assert (await refused(treasury(district.budgets.record_budget, row))).reason == "FORBIDDEN"
    unknown = asked(
        programmes_pb.CreateProgrammeRequest,
        year=2025,
        description=described("资金", **FUND),
        unit="U999",
    )
    found = await refused(
        district.of("department", EDUCATION)(district.programmes.create_programme, unknown)
    )
    assert [f.pointer for f in found.findings] == ["/unit"]
