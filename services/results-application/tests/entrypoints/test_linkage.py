"""Acts 114–121 over gRPC: A held, D cut, G taken back, by figures told by the other services."""

from datetime import date
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import aio

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.gateway.v1 import events_pb as gateway_pb
from jixiao.api.monitoring.v1 import events_pb as monitoring_pb
from jixiao.api.results.v1 import linkages_pb
from jixiao.api.results.v1.linkages_pb_grpc import LinkagesClient
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.servicekit.testing import refusal, request_id

FINANCE = {"territory": "370303"}
LINES = {"A": "ZD103", "D": "ZD117", "G": "ZD118"}


async def known(others: Any, track: str, given: dict[str, Any]) -> str:
    """A programme with its budgets and request as told; its id."""
    transfer = given["is_transfer"]
    programme: str = await others.programme(
        track, ("370303", LINES[track], "U001"), transfer=transfer,
        allocation_method="project" if transfer else "",
    )  # fmt: skip
    await others.initial(programme, 2026, given["deciding_year_budget"])
    await others.request(programme, 2027, given["next_request"])
    return programme


async def self_score(others: Any, programme: str, total: str) -> None:
    own = str(uuid4())
    await others.tell(
        "jixiao.evaluation.self_evaluation.submitted", own,
        evaluation_pb.SelfEvaluationSubmitted(
            self_evaluation_id=own, programme_id=programme, year=2025, total=total
        ),
    )  # fmt: skip


async def results_of_a(others: Any, programme: str) -> None:
    check = str(uuid4())
    await self_score(others, programme, "99.25")
    await others.tell(
        "jixiao.evaluation.spot_check.concluded", check,
        evaluation_pb.SpotCheckConcluded(
            spot_check_id=check, programme_id=programme, year=2025, recheck_score="78.19",
            large_difference=True,
        ),
    )  # fmt: skip


async def results_of_d(others: Any, programme: str) -> None:
    evaluation, roll_up = str(uuid4()), str(uuid4())
    await others.tell(
        "jixiao.evaluation.roll_up.closed", roll_up,
        evaluation_pb.RolledUp(
            roll_up_id=roll_up, programme_id=programme, year=2025, level="line",
            displayed_score="74.00", binding_score="74.00", anything_filed=True,
        ),
    )  # fmt: skip
    await others.tell(
        "jixiao.evaluation.key_evaluation.concluded", evaluation,
        evaluation_pb.EvaluationConcluded(
            evaluation_id=evaluation, programme_id=programme, year=2025,
            source="finance_evaluation", total="58.75", grade="poor",
        ),
    )  # fmt: skip


async def results_of_g(others: Any, programme: str, figures: dict[str, Any]) -> None:
    await self_score(others, programme, "99.91")
    await others.tell(
        "jixiao.targets.programme.budget_recorded", programme,
        targets_pb.BudgetRecorded(
            programme_id=programme, year=2025, kind="carry_in", first_budget_year=2024,
            amount=figures["G"]["budget_2025"]["carry_in_from_2024"], initial_budget="8800000.00",
        ),
    )  # fmt: skip
    execution = str(uuid4())
    await others.tell(
        "jixiao.monitoring.execution.recorded", execution,
        monitoring_pb.ExecutionRecorded(
            execution_id=execution, programme_id=programme, year=2025, day="2025-12-31",
            executed="9035000.00",
            by_first_budget_year={
                "2025": "8800000.00", "2024": figures["G"]["executed_of_2024_money"],
            },
        ),
    )  # fmt: skip


def propose(programme: str, **more: Any) -> linkages_pb.ProposeLinkageRequest:
    return linkages_pb.ProposeLinkageRequest(
        programme_id=programme, year=2027, request_id=request_id(), **more
    )


async def test_d26_t30_t31_three_programmes_run_to_the_budget_system(
    others: Any, figures: dict[str, Any]
) -> None:
    given = {track: figures[track]["linkage_2027"] for track in "ADG"}
    ids = {track: await known(others, track, given[track]) for track in "ADG"}
    await results_of_a(others, ids["A"])
    await results_of_d(others, ids["D"])
    await results_of_g(others, ids["G"], figures)
    table = str(uuid4())
    await others.tell(
        "jixiao.gateway.working_days.set", table,
        gateway_pb.WorkingDaysSet(
            calendar_id=table, holidays=[f"2026-10-0{d}" for d in range(1, 8)],
            working_weekends=["2026-10-10"],
        ),
    )  # fmt: skip
    client = LinkagesClient(others.up.channel)
    second = others.up.caller("district_finance", person="财政局·乙", **FINANCE)
    head = others.up.caller("district_finance", person="财政局·丙", **FINANCE)
    proposed: dict[str, Any] = {}
    for track in "ADG":
        others.at(date(2026, 10, 12))
        proposed[track] = await second(client.propose_linkage, propose(ids[track]))
        assert list(proposed[track].actions) == given[track]["expected"]["actions"]
        assert proposed[track].case.grade_source == given[track]["grade_source"]
        assert all(reason.rule and reason.article for reason in proposed[track].reasons)
        others.at(date(2026, 10, 13))
        proposed[track] = await second(
            client.consult_linkage,
            linkages_pb.ConsultLinkageRequest(
                proposal_id=proposed[track].proposal_id, etag=proposed[track].etag,
                request_id=request_id(),
            ),
        )  # fmt: skip
        assert proposed[track].consultation_due_on == "2026-10-27"

    others.at(date(2026, 10, 14))
    refused = given["D"]["refused"]
    with pytest.raises(aio.AioRpcError) as below:
        await second(
            client.propose_linkage,
            propose(
                ids["D"], finance_rate=refused["finance_rate"], rate_reason=refused["rate_reason"],
                etag=proposed["D"].etag,
            ),
        )  # fmt: skip
    assert below.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(below.value).reason == refused["expected"]["error"]
    assert "压减不低于10%" in refusal(below.value).findings[0].message

    department = others.up.caller(
        "department", person="交通局·子", territory="370303", line="ZD117"
    )
    proposed["D"] = await department(
        client.comment_linkage,
        linkages_pb.CommentLinkageRequest(
            proposal_id=proposed["D"].proposal_id, comment="建议保留续建项目资金。",
            etag=proposed["D"].etag, request_id=request_id(),
        ),
    )  # fmt: skip
    stranger = others.up.caller("department", territory="370303", line="ZD103")
    with pytest.raises(aio.AioRpcError) as hidden:
        await stranger(
            client.get_linkage,
            linkages_pb.GetLinkageRequest(proposal_id=proposed["D"].proposal_id),
        )
    assert hidden.value.code() is grpc.StatusCode.NOT_FOUND

    others.at(date(2026, 10, 30))
    for track in "ADG":
        decide = linkages_pb.DecideLinkageRequest(
            proposal_id=proposed[track].proposal_id, decision="accepted",
            etag=proposed[track].etag, request_id=request_id(),
        )  # fmt: skip
        with pytest.raises(aio.AioRpcError) as own:
            await second(client.decide_linkage, decide)
        assert own.value.code() is grpc.StatusCode.PERMISSION_DENIED
        decided = await head(client.decide_linkage, decide)
        expected = given[track]["expected"]
        assert (decided.cut, decided.ceiling) == (expected["cut"], expected["proposed_max"])
        assert (decided.base, decided.take_back) == (expected["base"], expected["take_back"])

    others.at(date(2026, 11, 2))
    budget = others.up.caller("budget_system", **FINANCE)
    for _ in range(2):  # fetched once more, the same comes again
        fetched = await budget(
            client.fetch_linkage_decisions,
            linkages_pb.FetchLinkageDecisionsRequest(year=2027, request_id=request_id()),
        )
        assert {d.programme_code: (d.ceiling, d.take_back) for d in fetched.decisions} == {
            "A": ("5700000.00", "0.00"),
            "D": ("8100000.00", "0.00"),
            "G": ("9450000.00", "85000.00"),
        }
    dormant = await head(client.list_dormant_balances, linkages_pb.ListDormantBalancesRequest())
    assert [(b.name, b.first_budget_year, b.balance) for b in dormant.balances] == [
        ("G", 2024, "85000.00")
    ]


async def test_r29_without_a_result_and_below_a_root_there_is_no_proposal(others: Any) -> None:
    client = LinkagesClient(others.up.channel)
    finance = others.up.caller("district_finance", **FINANCE)
    root = await others.programme("根", ("370303", "ZD104", "U000"), transfer=True)
    part = await others.programme("部分", ("370303107", "ZD104", "U107"), parent_id=root)
    for programme, reason in ((root, "no_proposal"), (part, "not_linked")):
        with pytest.raises(aio.AioRpcError) as refused:
            await finance(client.propose_linkage, propose(programme))
        assert refusal(refused.value).reason == reason


async def test_t24_a_project_not_filed_is_cut_until_it_is_rechecked(others: Any) -> None:
    programme = await others.programme("未报", ("370303", "ZD103", "U001"))
    await others.initial(programme, 2026, "1000.00")
    campaign = str(uuid4())
    await others.tell(
        "jixiao.evaluation.campaign.closed", campaign,
        evaluation_pb.CampaignClosed(
            campaign_id=campaign, year=2025, closed_on="2026-04-02",
            not_filed_programme_ids=[programme],
        ),
    )  # fmt: skip
    await self_score(others, programme, "95.00")  # filed after the close: does not bind
    finance = others.up.caller("district_finance", **FINANCE)
    client = LinkagesClient(others.up.channel)
    cut = await finance(client.propose_linkage, propose(programme))
    assert (list(cut.actions), cut.cut, cut.case.score) == (["cut"], "100.00", "")
    check = str(uuid4())
    await others.tell(
        "jixiao.evaluation.spot_check.concluded", check,
        evaluation_pb.SpotCheckConcluded(
            spot_check_id=check, programme_id=programme, year=2025, recheck_score="91.00"
        ),
    )  # fmt: skip
    again = await finance(client.propose_linkage, propose(programme, etag=cut.etag))
    assert (list(again.actions), again.case.grade) == (["priority"], "excellent")
