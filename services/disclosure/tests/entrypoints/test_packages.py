"""The congress package from drafting to closed, over gRPC on real PostgreSQL (D-28)."""

import json
from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import aio

from jixiao.api.disclosure.v1 import packages_pb as pb
from jixiao.api.disclosure.v1.packages_pb_grpc import PackagesClient
from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.servicekit.testing import refusal, request_id


async def _refused(call: Awaitable[Any], code: grpc.StatusCode) -> Any:
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    assert refused.value.code() is code, refused.value
    return refusal(refused.value)


def _named(package: pb.Package, *programmes: object) -> pb.SubmitPackageItemsRequest:
    items = [pb.NamedItem(programme_id=str(p)) for p in programmes]
    return pb.SubmitPackageItemsRequest(
        package_id=package.package_id, items=items, etag=package.etag, request_id=request_id()
    )


async def test_d28_a_package_is_put_together_checked_approved_submitted_read_asked_and_answered(
    scene: Any,
) -> None:
    scene.on("2026-06-22")
    ask = PackagesClient(scene.up.channel)
    congress = scene.up.caller("congress", person="人大甲", territory="370303")
    education, health = scene.department("ZD103", "教子"), scene.department("ZD104", "卫子")
    a = await scene.programme("营养改善计划", "ZD103", "U101")
    c = await scene.programme("家庭医生签约服务", "ZD104", "U000")
    await scene.release(a, "5880000.00", "2025-01-16")
    await scene.self_evaluation(a)
    opened = await scene.finance("丁")(
        ask.create_package,
        pb.CreatePackageRequest(year=2025, kind="draft_final_accounts", title="2025年决算草案绩效材料",
                                session_on="2026-07-30", request_id=request_id()),
    )  # fmt: skip
    look = pb.GetPackageRequest(package_id=opened.package_id)
    reading = pb.ReadPackageRequest(
        package_id=opened.package_id, etag=opened.etag, request_id=request_id()
    )
    await _refused(congress(ask.read_package, reading), grpc.StatusCode.NOT_FOUND)
    await _refused(congress(ask.get_package, look), grpc.StatusCode.NOT_FOUND)

    first = await education(ask.submit_package_items, _named(opened, a))
    foreign = await _refused(
        education(ask.submit_package_items, _named(first, c)), grpc.StatusCode.FAILED_PRECONDITION
    )
    second = await health(ask.submit_package_items, _named(first, c))
    assert [i.name for i in second.items] == ["家庭医生签约服务"]  # a department sees its own rows
    e = uuid4()
    await scene.hear(
        "targets.programme.created",
        targets_pb.ProgrammeCreated(programme_id=str(e), classified=True),
        e,
    )
    secret = await _refused(
        scene.finance("丁")(ask.submit_package_items, _named(second, e)),
        grpc.StatusCode.FAILED_PRECONDITION,
    )
    assert secret.message == foreign.message  # a secret is told apart from nothing else
    assert "国家秘密" in secret.message

    package_id = opened.package_id
    checked = await scene.finance("甲")(
        ask.check_package,
        pb.CheckPackageRequest(package_id=package_id, etag=second.etag, request_id=request_id()),
    )
    approve = pb.ApprovePackageRequest(package_id=package_id, document_number="张政会纪〔2026〕9号",
                                       etag=checked.etag, request_id=request_id())  # fmt: skip
    own = await _refused(
        scene.finance("甲")(ask.approve_package, approve), grpc.StatusCode.PERMISSION_DENIED
    )
    assert own.reason == "own_filing"
    approved = await scene.finance("丙")(ask.approve_package, approve)
    scene.on("2026-06-29")
    submitted = await scene.finance("丁")(
        ask.submit_package,
        pb.SubmitPackageRequest(package_id=package_id, document_number="张财绩〔2026〕5号",
                                etag=approved.etag, request_id=request_id()),
    )  # fmt: skip
    assert (submitted.state.name, submitted.days_before_session) == ("SUBMITTED", 31)
    late = await _refused(
        education(ask.submit_package_items, _named(submitted, a)),
        grpc.StatusCode.FAILED_PRECONDITION,
    )
    assert late.reason == "package_frozen"

    scene.on("2026-07-02")
    reading.etag = submitted.etag
    read = await congress(ask.read_package, reading)
    assert [i.name for i in read.items] == ["营养改善计划", "家庭医生签约服务"]
    assert json.loads(read.items[0].snapshot)["self_score"] == "99.25"
    scene.on("2026-07-06")
    asked = await congress(
        ask.ask_question,
        pb.AskQuestionRequest(
            package_id=package_id,
            programme_id=str(a),
            text="差在哪里？",
            etag=read.etag,
            request_id=request_id(),
        ),
    )
    assert (asked.state.name, asked.questions[0].due_on) == ("QUESTIONED", "2026-07-21")
    scene.on("2026-07-10")
    more = await scene.finance("丁")(
        ask.add_supplement,
        pb.AddSupplementRequest(package_id=package_id, text="补充重点评价结果",
                                items=[pb.NamedItem(programme_id=str(c))], etag=asked.etag, request_id=request_id()),
    )  # fmt: skip
    scene.on("2026-07-15")
    answer = pb.AnswerQuestionRequest(
        package_id=package_id,
        number=1,
        answer="已逐校重核。",
        etag=more.etag,
        request_id=request_id(),
    )
    await _refused(health(ask.answer_question, answer), grpc.StatusCode.PERMISSION_DENIED)
    answered = await education(ask.answer_question, answer)
    assert (answered.state.name, answered.questions[0].days_late) == ("ANSWERED", 0)
    closed = await scene.finance("丁")(
        ask.close_package,
        pb.ClosePackageRequest(package_id=package_id, etag=answered.etag, request_id=request_id()),
    )
    assert closed.state.name == "CLOSED"
    assert [i.snapshot for i in closed.items] == [i.snapshot for i in submitted.items]  # unchanged


async def test_d28_a_key_result_in_time_for_the_package_stands_in_its_row(scene: Any) -> None:
    scene.on("2026-07-20")
    d = await scene.programme("农村公路提档升级补助资金", "ZD117", "U000", transfer=True)
    key = evaluation_pb.EvaluationConcluded(
        evaluation_id=str(uuid4()), programme_id=str(d), year=2026, source="finance_evaluation",
        total="58.75", grade="poor", evaluator="R所", day="2026-07-08",
    )  # fmt: skip
    await scene.hear("evaluation.key_evaluation.concluded", key, key.evaluation_id)
    ask = PackagesClient(scene.up.channel)
    opened = await scene.finance("丁")(
        ask.create_package,
        pb.CreatePackageRequest(
            year=2026,
            kind="draft_budget",
            title="材料",
            session_on="2026-12-30",
            request_id=request_id(),
        ),
    )
    put_in = await scene.department("ZD117", "交子")(ask.submit_package_items, _named(opened, d))
    assert json.loads(put_in.items[0].snapshot)["key"]["total"] == "58.75"
