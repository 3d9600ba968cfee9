"""The hold of August over gRPC (acts 58, 65 to 75)."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from grpc import aio

from jixiao.api.measures.v1.indicators_pb import Coordinates
from jixiao.api.monitoring.v1.execution_pb import ExecutionRow, ImportExecutionRequest
from jixiao.api.monitoring.v1.execution_pb_grpc import ExecutionsClient
from jixiao.api.monitoring.v1.findings_pb import GetFindingRequest, OpenFindingRequest
from jixiao.api.monitoring.v1.findings_pb_grpc import FindingsClient
from jixiao.api.monitoring.v1.holds_pb import (
    ConfirmLiftRequest,
    DecideHoldRequest,
    GetHoldRequest,
    MayPayRequest,
    ProposeHoldRequest,
    ProposeLiftRequest,
)
from jixiao.api.monitoring.v1.holds_pb_grpc import PaymentHoldsClient
from jixiao.api.results.v1.events_pb import RectificationMoved, RectificationOrdered
from jixiao.api.targets.v1.events_pb import ProgrammeCreated
from jixiao.servicekit.testing import refusal, request_id

CENTRE = {"territory": "370303", "line": "ZD103", "unit": "U001"}
CODE = "ZD103-U001-2025-0001"


async def test_d18_r27_payments_are_held_and_resumed_by_two_people(monitoring: Any) -> None:
    up = monitoring.up
    monitoring.on(date(2025, 8, 8))
    programme = await monitoring.programme(CODE, "5880000.00", **CENTRE)
    proposer = up.caller("district_finance", territory="370303", person="乙")
    head = proposer.by(person="丙")
    treasury = up.caller("treasury", territory="370303")
    findings, holds = FindingsClient(up.channel), PaymentHoldsClient(up.channel)
    question = MayPayRequest(programme_code=CODE, amount="260000.00")

    async def asked() -> tuple[str, str, str, str]:
        told = await treasury(holds.may_pay, question)
        return told.verdict.name, told.state, told.document_number, told.article

    assert await asked() == ("ALLOW", "", "", "")
    nobody = await treasury(holds.may_pay, MayPayRequest(programme_code="ZD9-X", amount="1.00"))
    assert nobody.verdict.name == "NOT_FOUND"
    with pytest.raises(aio.AioRpcError) as role:
        await up.caller("budget_system", territory="370303")(holds.may_pay, question)
    assert role.value.code() is grpc.StatusCode.PERMISSION_DENIED

    serious = OpenFindingRequest(
        programme_id=str(programme), year=2025, severity="serious", amount="140000.00",
        text="两所学校虚增用餐人数280人。", request_id=request_id(),
    )  # fmt: skip
    with pytest.raises(aio.AioRpcError) as graver:
        await up.caller("department", territory="370303", line="ZD103")(
            findings.open_finding, serious
        )
    assert refusal(graver.value).reason == "only_finance"
    finding = await proposer(findings.open_finding, serious)
    order = uuid4()
    await monitoring.tell(
        "RESULTS", "rectification.ordered", order,
        RectificationOrdered(
            order_id=str(order), programme_id=str(programme), finding_id=finding.finding_id,
            source="monitoring", document_number="张财绩〔2025〕17号", day="2025-08-08",
        ),
    )  # fmt: skip

    hold = await proposer(
        holds.propose_hold,
        ProposeHoldRequest(
            finding_id=finding.finding_id, document_number="张财绩〔2025〕18号",
            request_id=request_id(),
        ),
    )  # fmt: skip
    assert (hold.state, hold.would_answer.verdict.name) == ("proposed", "DENY")
    assert await asked() == ("ALLOW", "", "", "")
    decide = DecideHoldRequest(
        hold_id=hold.hold_id, agreed=True, etag=hold.etag, request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as own:
        await proposer(holds.decide_hold, decide)
    assert own.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert refusal(own.value).reason == "second_person"
    held = await head(holds.decide_hold, decide)
    assert held.state == "suspended"
    assert await asked() == ("DENY", "suspended", "张财绩〔2025〕18号", "D-18")

    lift = ProposeLiftRequest(
        hold_id=hold.hold_id, document_number="张财绩〔2025〕20号", etag=held.etag,
        request_id=request_id(),
    )  # fmt: skip
    with pytest.raises(aio.AioRpcError) as early:
        await proposer(holds.propose_lift, lift)
    assert refusal(early.value).reason == "rectification_not_accepted"
    await _accepted(monitoring, order, programme, finding.finding_id)
    done = await proposer(findings.get_finding, GetFindingRequest(finding_id=finding.finding_id))
    assert (done.state, done.order_number) == ("closed", "张财绩〔2025〕17号")

    seen = await proposer(holds.get_hold, GetHoldRequest(hold_id=hold.hold_id))
    lift.etag, lift.request_id = seen.etag, request_id()
    proposed = await proposer(holds.propose_lift, lift)
    confirm = ConfirmLiftRequest(hold_id=hold.hold_id, etag=proposed.etag, request_id=request_id())
    with pytest.raises(aio.AioRpcError):
        await proposer(holds.confirm_lift, confirm)
    lifted = await head(holds.confirm_lift, confirm)
    assert (lifted.state, lifted.lift_number) == ("lifted", "张财绩〔2025〕20号")
    assert await asked() == ("ALLOW", "", "", "")


async def _accepted(monitoring: Any, order: UUID, programme: UUID, finding: str) -> None:
    moved = RectificationMoved(
        order_id=str(order), programme_id=str(programme), finding_id=finding, state="accepted",
        day="2025-08-26",
    )  # fmt: skip
    await monitoring.tell("RESULTS", "rectification.accepted", order, moved)


async def test_d18_a_minor_finding_is_no_ground_to_hold(monitoring: Any) -> None:
    up = monitoring.up
    programme = await monitoring.programme("ZD103-U001-2025-0002", "1.00", **CENTRE)
    finance = up.caller("district_finance", territory="370303", person="丁")
    finding = await finance(
        FindingsClient(up.channel).open_finding,
        OpenFindingRequest(
            programme_id=str(programme), year=2025, severity="major", text="开工滞后。",
            request_id=request_id(),
        ),
    )  # fmt: skip
    with pytest.raises(aio.AioRpcError) as groundless:
        await finance(
            PaymentHoldsClient(up.channel).propose_hold,
            ProposeHoldRequest(
                finding_id=finding.finding_id, document_number="号", request_id=request_id()
            ),
        )
    assert refusal(groundless.value).reason == "no_ground"


async def test_d18_r27_a_capped_hold_leaves_what_is_left_of_the_cap(monitoring: Any) -> None:
    up, code = monitoring.up, "ZD103-U001-2025-0003"
    monitoring.on(date(2025, 8, 12))
    programme = await monitoring.programme(code, "1000000.00", **CENTRE)
    finance = up.caller("district_finance", territory="370303", person="乙")
    treasury = up.caller("treasury", territory="370303")
    holds = PaymentHoldsClient(up.channel)
    finding = await finance(
        FindingsClient(up.channel).open_finding,
        OpenFindingRequest(
            programme_id=str(programme), year=2025, severity="serious", text="多结算。",
            request_id=request_id(),
        ),
    )  # fmt: skip
    hold = await finance(
        holds.propose_hold,
        ProposeHoldRequest(
            finding_id=finding.finding_id, document_number="号", cap="100000.00",
            request_id=request_id(),
        ),
    )  # fmt: skip
    await finance.by(person="丙")(
        holds.decide_hold,
        DecideHoldRequest(hold_id=hold.hold_id, agreed=True, etag="1", request_id=request_id()),
    )
    monitoring.on(date(2025, 9, 3))
    rows = [("2025-07-31", "200000.00"), ("2025-08-31", "230000.00")]
    await treasury(
        ExecutionsClient(up.channel).import_execution,
        ImportExecutionRequest(
            rows=[ExecutionRow(programme_code=code, day=d, executed=e) for d, e in rows],
            request_id=request_id(),
        ),
    )
    told = await treasury(holds.may_pay, MayPayRequest(programme_code=code, amount="1.00"))
    assert (told.verdict.name, told.limit) == ("ALLOW_UP_TO", "70000.00")
    assert "整改" in told.lifted_by


async def test_d18_a_draft_is_not_known_to_the_treasury(monitoring: Any) -> None:
    key = uuid4()
    draft = ProgrammeCreated(
        programme_id=str(key), code="ZD103-U001-2025-0004", name="草稿", year=2025,
        coordinates=Coordinates(**CENTRE),
    )  # fmt: skip
    await monitoring.tell("TARGETS", "programme.created", key, draft)
    secret = uuid4()
    stub = ProgrammeCreated(programme_id=str(secret), classified=True)
    await monitoring.tell("TARGETS", "programme.created", secret, stub)
    told = await monitoring.up.caller("treasury", territory="370303")(
        PaymentHoldsClient(monitoring.up.channel).may_pay,
        MayPayRequest(programme_code=draft.code, amount="1.00"),
    )
    assert told.verdict.name == "NOT_FOUND"


@pytest.mark.attack("A33")
async def test_a33_sixteen_decisions_at_once_are_one(monitoring: Any) -> None:
    up, code = monitoring.up, "ZD103-U001-2025-0033"
    programme = await monitoring.programme(code, "100000.00", **CENTRE)
    proposer = up.caller("district_finance", territory="370303", person="乙")
    findings, holds = FindingsClient(up.channel), PaymentHoldsClient(up.channel)
    finding = await proposer(
        findings.open_finding,
        OpenFindingRequest(
            programme_id=str(programme), year=2025, severity="serious", amount="1000.00",
            text="虚列支出。", request_id=request_id(),
        ),
    )  # fmt: skip
    hold = await proposer(
        holds.propose_hold,
        ProposeHoldRequest(
            finding_id=finding.finding_id, document_number="33号", request_id=request_id()
        ),
    )

    async def decide(number: int) -> str:
        decided = DecideHoldRequest(
            hold_id=hold.hold_id, agreed=True, etag=hold.etag, request_id=request_id()
        )
        try:
            await proposer.by(person=f"丙{number}")(holds.decide_hold, decided)
        except aio.AioRpcError as refused:
            return refusal(refused).reason
        return "decided"

    answers = await asyncio.gather(*(decide(number) for number in range(16)))
    assert answers.count("decided") == 1
    assert set(answers) - {"decided"} <= {"stale", "busy", "WRONG_STATE"}
    now = await proposer(holds.get_hold, GetHoldRequest(hold_id=hold.hold_id))
    assert (now.state, now.etag) == ("suspended", "2")
