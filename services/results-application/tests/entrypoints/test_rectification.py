"""Acts 65–67, 73, 101, 100, 107 over gRPC: ordered, signed for, reported, checked by another."""

from datetime import date
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import aio

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.monitoring.v1 import events_pb as monitoring_pb
from jixiao.api.results.v1 import notices_pb, rectifications_pb, responsibilities_pb
from jixiao.api.results.v1.notices_pb_grpc import NoticesClient
from jixiao.api.results.v1.rectifications_pb_grpc import RectificationsClient
from jixiao.api.results.v1.responsibilities_pb_grpc import ResponsibilitiesClient
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.results.main import SERVICE
from jixiao.servicekit.access import system
from jixiao.servicekit.testing import refusal, request_id

CENTRE = ("370303", "ZD103", "U001")
FINANCE = {"territory": "370303"}
INTERVIEWERS = (str(uuid4()), str(uuid4()))
UNIT = {"territory": "370303", "line": "ZD103", "unit": "U001"}


async def ordered(others: Any, *, person: str = "财政局·丁") -> Any:
    """A serious finding of A and the order on it."""
    programme = await others.programme("营养改善", CENTRE, is_major=True)
    finding = str(uuid4())
    await others.tell(
        "jixiao.monitoring.finding.opened", finding,
        monitoring_pb.DeviationFound(
            finding_id=finding, programme_id=programme, year=2025, severity="serious",
            text="虚增280人", article="D-18",
        ),
    )  # fmt: skip
    rectifications = RectificationsClient(others.up.channel)
    request = rectifications_pb.OrderRectificationRequest(
        programme_id=programme, year=2025, document_number="张财绩〔2025〕17号",
        source="monitoring", finding_id=finding,
        problems=[rectifications_pb.Problem(description="虚增280人", requirement="追回140000.00元")],
        request_id=request_id(),
    )  # fmt: skip
    caller = others.up.caller("district_finance", person=person, **FINANCE)
    return await caller(rectifications.order_rectification, request)


async def test_d18_d25_an_order_runs_from_receipt_to_the_check_of_another_person(
    others: Any,
) -> None:
    others.at(date(2025, 8, 7))
    order = await ordered(others)
    client, up = RectificationsClient(others.up.channel), others.up
    assert (order.state, order.term_days, order.addressee) == ("ordered", 15, "U001")
    unit = up.caller("unit", person="资助中心·一", **UNIT)

    others.at(date(2025, 8, 11))
    received = await unit(
        client.receive_rectification,
        rectifications_pb.ReceiveRectificationRequest(
            order_id=order.order_id, etag=order.etag, request_id=request_id()
        ),
    )
    assert (received.received_on, received.due_on) == ("2025-08-11", "2025-08-26")

    others.at(date(2025, 8, 22))
    reported = await unit(
        client.report_rectification,
        rectifications_pb.ReportRectificationRequest(
            order_id=order.order_id, measures="已追回140,000.00元", completion="全部完成",
            etag=received.etag, request_id=request_id(),
        ),
    )  # fmt: skip
    assert (reported.state, reported.check_due_on) == ("reported", "2025-09-06")

    check = rectifications_pb.CheckRectificationRequest(
        order_id=order.order_id, result="passed", opinion="通过", etag=reported.etag,
        request_id=request_id(),
    )  # fmt: skip
    orderer = up.caller("district_finance", person="财政局·丁", **FINANCE)
    department = up.caller("department", territory="370303", line="ZD103", person="教体局·丑")
    with pytest.raises(aio.AioRpcError) as own:
        await orderer(client.check_rectification, check)
    assert refusal(own.value).reason == "own_filing"
    with pytest.raises(aio.AioRpcError) as office:
        await department(client.check_rectification, check)
    assert refusal(office.value).reason == "not_issuer"

    checker = up.caller("district_finance", person="财政局·戊", **FINANCE)
    passed = await checker(client.check_rectification, check)
    assert (passed.state, passed.checks[0].person) == ("accepted", "财政局·戊")

    stranger = up.caller("unit", territory="370303", line="ZD103", unit="U002")
    with pytest.raises(aio.AioRpcError) as hidden:
        await stranger(
            client.get_rectification,
            rectifications_pb.GetRectificationRequest(order_id=order.order_id),
        )
    assert hidden.value.code() is grpc.StatusCode.NOT_FOUND
    listed = await unit(
        client.list_rectifications,
        rectifications_pb.ListRectificationsRequest(
            programme_id=order.programme_id, year=2025, page_size=1
        ),
    )
    assert [one.order_id for one in listed.rectifications] == [order.order_id]
    assert listed.next_page_token == ""


async def test_d25_an_order_on_an_unknown_finding_is_refused(others: Any) -> None:
    order = await ordered(others)
    other = await others.programme("别的项目", CENTRE)
    request = rectifications_pb.OrderRectificationRequest(
        programme_id=other, year=2025, document_number="号", source="monitoring",
        finding_id=order.finding_id, request_id=request_id(),
        problems=[rectifications_pb.Problem(description="情况", requirement="要求")],
    )  # fmt: skip
    caller = others.up.caller("district_finance", **FINANCE)
    with pytest.raises(aio.AioRpcError) as unknown:
        await caller(RectificationsClient(others.up.channel).order_rectification, request)
    assert refusal(unknown.value).reason == "basis_unknown"


async def test_r28_unsigned_orders_are_deemed_received_then_overdue_then_escalated(
    others: Any,
) -> None:
    others.at(date(2025, 8, 7))
    order = await ordered(others)
    reader = others.up.caller("district_finance", **FINANCE)
    states = []
    for day in (date(2025, 8, 14), date(2025, 8, 15), date(2025, 8, 30), date(2025, 9, 14)):

        async def turn(work: Any, day: date = day) -> tuple[None, list[object]]:
            return None, list(await SERVICE.days[0](day, work))

        await others.up.running.transactions.act(system("schedule"), "day.turned", turn)
        seen = await reader(
            RectificationsClient(others.up.channel).get_rectification,
            rectifications_pb.GetRectificationRequest(order_id=order.order_id),
        )
        states.append((seen.state, seen.due_on))
    due = "2025-08-29"  # deemed received on Thursday 2025-08-14
    assert states == [("ordered", ""), ("received", due), ("overdue", due), ("escalated", due)]


async def test_d21_t24_a_notice_carries_the_figures_on_record_and_shows_each_line_its_own(
    others: Any,
) -> None:
    others.at(date(2026, 5, 20))
    a = await others.programme("营养改善", CENTRE)
    c = await others.programme("家庭医生", ("370303107", "ZD104", "U107"))
    own, check = str(uuid4()), str(uuid4())
    await others.tell(
        "jixiao.evaluation.self_evaluation.submitted", own,
        evaluation_pb.SelfEvaluationSubmitted(
            self_evaluation_id=own, programme_id=a, year=2025, total="99.25"
        ),
    )  # fmt: skip
    await others.tell(
        "jixiao.evaluation.spot_check.concluded", check,
        evaluation_pb.SpotCheckConcluded(
            spot_check_id=check, programme_id=a, year=2025, recheck_score="78.19",
            large_difference=True,
        ),
    )  # fmt: skip
    request = notices_pb.IssueNoticeRequest(
        year=2025, document_number="张财绩〔2026〕8号", text="通报", recipients=["区教育和体育局"],
        entries=[
            notices_pb.NoticeEntry(programme_id=a, reason="large_difference"),
            notices_pb.NoticeEntry(programme_id=c, reason="not_filed"),
        ],
        request_id=request_id(),
    )  # fmt: skip
    notices = NoticesClient(others.up.channel)
    issued = await others.up.caller("district_finance", **FINANCE)(notices.issue_notice, request)
    assert [e.difference for e in issued.entries] == ["21.06", ""]
    department = others.up.caller("department", territory="370303", line="ZD103")
    seen = await department(notices.list_notices, notices_pb.ListNoticesRequest(year=2025))
    assert [[e.programme_id for e in notice.entries] for notice in seen.notices] == [[a]]


async def test_r48_commitments_of_an_interview_become_orders_received_at_once(others: Any) -> None:
    others.at(date(2026, 7, 17))
    root = await others.programme(
        "农村公路", ("370303", "ZD117", "U000"), transfer=True, allocation_method="project"
    )
    request = notices_pb.RecordInterviewRequest(
        programme_id=root, year=2025, interviewed_on="2026-07-17", place="区财政局",
        interviewers=[INTERVIEWERS[0]], interviewee="交通局·责任人", interviewee_kind="responsible_person",
        reason="重点评价为差", points="加快征地", signed=True, document_number="约谈〔2026〕1号",
        commitments=[notices_pb.Commitment(text="按期完工", due_on="2026-08-14")],
        request_id=request_id(),
    )  # fmt: skip
    notices = NoticesClient(others.up.channel)
    finance = others.up.caller("district_finance", person="财政局·丁", **FINANCE)
    with pytest.raises(aio.AioRpcError) as alone:
        await finance(notices.record_interview, request)
    assert alone.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    request.interviewers.append(INTERVIEWERS[1])
    interview = await finance(notices.record_interview, request)
    department = others.up.caller("department", territory="370303", line="ZD117")
    order = await department(
        RectificationsClient(others.up.channel).get_rectification,
        rectifications_pb.GetRectificationRequest(order_id=interview.commitments[0].order_id),
    )
    assert (order.state, order.due_on, order.addressee) == ("received", "2026-08-14", "ZD117")


async def test_d29_the_register_names_who_was_responsible_on_a_day(others: Any) -> None:
    programme = await others.programme("营养改善", CENTRE, is_major=True)
    for person, since in (("甲", "2024-08-28"), ("乙", "2026-03-01")):
        await others.tell(
            "jixiao.targets.programme.responsibility_set", programme,
            targets_pb.ResponsibilitySet(
                programme_id=programme, person=person, post="主任", since=since, lifelong=True
            ),
        )  # fmt: skip
    finance = others.up.caller("district_finance", **FINANCE)
    found = await finance(
        ResponsibilitiesClient(others.up.channel).list_responsibilities,
        responsibilities_pb.ListResponsibilitiesRequest(programme_id=programme, on="2025-06-01"),
    )
    (register,) = found.responsibilities
    assert [(e.person, e.lifelong, e.until) for e in register.entries] == [
        ("甲", True, "2026-03-01")
    ]
