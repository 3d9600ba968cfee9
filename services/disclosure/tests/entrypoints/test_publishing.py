"""Duties, two persons, secrets, corrections: over gRPC on real PostgreSQL."""

import json
from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import aio

from jixiao.api.disclosure.v1 import publications_pb as pb
from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.gateway.v1 import events_pb as gateway_pb
from jixiao.api.results.v1 import events_pb as results_pb
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.servicekit.testing import refusal, request_id


async def _refused(call: Awaitable[Any], code: grpc.StatusCode) -> Any:
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    assert refused.value.code() is code, refused.value
    return refusal(refused.value)


def _propose(duty: pb.Duty) -> pb.ProposePublicationRequest:
    return pb.ProposePublicationRequest(
        duty_id=duty.duty_id, etag=duty.etag, request_id=request_id()
    )


async def test_d27_t35_a_released_target_is_published_by_two_persons_of_its_department(
    scene: Any,
) -> None:
    scene.on("2025-01-16")
    unit = gateway_pb.OrgUnitRecorded(unit_id=str(uuid4()), code="ZD103", name="区教育和体育局",
                                      kind="department", territory="370303")  # fmt: skip
    await scene.hear("gateway.org_unit.recorded", unit, unit.unit_id)
    a = await scene.programme("义务教育学生营养改善计划专项资金", "ZD103", "U101")
    await scene.release(a, "5880000.00", "2025-01-16")
    duty = await scene.duty(a, "targets")
    assert (duty.owner, duty.due_on, duty.state.name) == ("ZD103", "2025-02-05", "DUE")

    scene.on("2025-01-24")
    ask = scene.publications
    await _refused(
        scene.finance("丁")(ask.propose_publication, _propose(duty)),
        grpc.StatusCode.PERMISSION_DENIED,
    )
    author = scene.department("ZD103", "寅")
    proposed = await author(ask.propose_publication, _propose(duty))
    assert proposed.state.name == "PREPARED"
    confirm = pb.ConfirmPublicationRequest(
        duty_id=duty.duty_id, etag=proposed.etag, request_id=request_id()
    )
    alone = await _refused(
        author(ask.confirm_publication, confirm), grpc.StatusCode.PERMISSION_DENIED
    )
    assert alone.reason == "second_person"
    await _refused(
        scene.department("ZD116", "卯")(ask.confirm_publication, confirm), grpc.StatusCode.NOT_FOUND
    )

    published = await scene.department("ZD103", "卯")(ask.confirm_publication, confirm)
    (version,) = published.versions
    assert version.snapshot == proposed.proposal.snapshot  # the review clears what stood there
    page = json.loads(version.snapshot)
    assert page["department"]["name"] == "区教育和体育局"
    assert [(r["target"], r["weight"]) for r in page["indicators"]] == [
        ("≥5880人", "40.00"),
        ("≥95%", "10.00"),
    ]
    assert len(published.public_id) == 8
    assert "ZD103-U101" not in version.snapshot
    assert str(a) not in version.snapshot
    done = await scene.duty(a, "targets")
    assert (done.state.name, done.published_on, done.days_late) == ("PUBLISHED", "2025-01-24", 0)

    mistaken = pb.ProposeCorrectionRequest(publication_id=published.publication_id, what="目标文字",
                                           why="录入有误", etag=published.etag, request_id=request_id())  # fmt: skip
    waiting = await author(ask.propose_correction, mistaken)
    corrected = await scene.department("ZD103", "卯")(
        ask.confirm_correction,
        pb.ConfirmCorrectionRequest(
            publication_id=published.publication_id, etag=waiting.etag, request_id=request_id()
        ),
    )
    assert [(v.number, v.what) for v in corrected.versions] == [(1, ""), (2, "目标文字")]
    assert corrected.public_id == published.public_id


async def test_d27_r40_a_duty_is_overdue_from_midnight_and_published_six_days_late(
    scene: Any,
) -> None:
    scene.on("2025-01-16")
    g = await scene.programme("水旱灾害防御经费", "ZD118", "U118")
    await scene.release(g, "8800000.00", "2025-01-16")
    scene.on("2025-02-05")
    await scene.turn()
    assert (await scene.duty(g, "targets")).state.name == "DUE"
    scene.on("2025-02-06")
    await scene.turn()
    overdue = await scene.duty(g, "targets")
    assert (overdue.state.name, overdue.days_late) == ("OVERDUE", 1)

    scene.on("2025-02-11")
    await scene.publish(overdue, scene.department("ZD118", "寅"), scene.department("ZD118", "卯"))
    late = await scene.duty(g, "targets")
    assert (late.state.name, late.days_late) == ("PUBLISHED", 6)


@pytest.mark.attack("A18")
async def test_a18_d27_t35_a_classified_stub_is_refused_to_the_cleared_and_absent_to_others(
    scene: Any,
) -> None:
    e = uuid4()
    await scene.hear(
        "targets.programme.created",
        targets_pb.ProgrammeCreated(programme_id=str(e), classified=True),
        e,
    )
    moved = targets_pb.ProgrammeMoved(programme_id=str(e), state="budgeted")
    await scene.hear("targets.programme.moved", moved, e)
    asked = pb.ProposePublicationRequest(
        programme_id=str(e), year=2025, kind="targets", request_id=request_id()
    )
    propose = scene.publications.propose_publication

    cleared = scene.department("ZD120", "子", cleared=True)
    told = await _refused(cleared(propose, asked), grpc.StatusCode.FAILED_PRECONDITION)
    assert (told.reason, told.message) == ("classified", "涉密，不得公开。")
    for other in (
        scene.department("ZD120", "丑"),
        scene.department("ZD103", "寅"),
        scene.finance("丁"),
    ):
        await _refused(other(propose, asked), grpc.StatusCode.NOT_FOUND)


async def test_d27_results_are_published_with_the_recheck_beside_and_the_key_evaluation_in_time(
    scene: Any,
) -> None:
    scene.on("2026-02-20")
    a = await scene.programme("营养改善计划", "ZD104", "U104")
    await scene.release(a, "5880000.00", "2025-01-16")
    await scene.self_evaluation(a)
    check = evaluation_pb.SpotCheckConcluded(
        spot_check_id=str(uuid4()), programme_id=str(a), year=2025, self_score="99.25",
        recheck_score="78.19", grade="fair", difference="21.06", large_difference=True,
        problems=["多结算资金140000.00元"],
    )  # fmt: skip
    await scene.hear("evaluation.spot_check.concluded", check, check.spot_check_id)
    order = results_pb.RectificationOrdered(order_id=str(uuid4()), programme_id=str(a),
                                            source="spot_check", day="2026-05-22")  # fmt: skip
    await scene.hear("results.rectification.ordered", order, order.order_id)
    report = results_pb.RectificationMoved(order_id=order.order_id, programme_id=str(a),
                                           state="reported", measures="已全部抵扣。")  # fmt: skip
    await scene.hear("results.rectification.reported", report, order.order_id)
    key = evaluation_pb.EvaluationConcluded(
        evaluation_id=str(uuid4()), programme_id=str(a), year=2025, source="finance_evaluation",
        total="58.75", grade="poor", problems=["未完工"], evaluator="R所", day="2026-07-08",
    )  # fmt: skip
    await scene.hear("evaluation.key_evaluation.concluded", key, key.evaluation_id)
    scene.on("2026-08-06")
    await scene.final_accounts(a, "2026-07-30", "2026-08-06")

    own, of_finance, picture = [await scene.duty(a, "self"), await scene.duty(a, "key"),
                                await scene.duty(None, "overall_picture")]  # fmt: skip
    assert (own.due_on, own.owner) == ("2026-08-26", "ZD104")
    assert (of_finance.due_on, of_finance.owner) == ("2026-08-05", "finance")
    assert (picture.due_on, picture.owner) == ("2026-08-26", "finance")

    published = await scene.publish(
        own, scene.department("ZD104", "寅"), scene.department("ZD104", "卯")
    )
    page = json.loads(published.versions[0].snapshot)
    assert (page["self_score"], page["recheck_score"], page["grade"]) == ("99.25", "78.19", "fair")
    assert (page["problems"], page["measures"]) == (["多结算资金140000.00元"], ["已全部抵扣。"])
    overall = await scene.publish(picture, scene.finance("丁"), scene.finance("戊"))
    totals = json.loads(overall.versions[0].snapshot)
    assert totals["note"] == "不含涉密内容"
    assert totals["totals"]["grades"]["poor"] >= 1
