"""Acts 35, 36, 122–125 over gRPC: the 13 towns of 2025 and 2027, and the ranking of 2027."""

from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from grpc import aio

from jixiao.api.evaluation.v1 import events_pb as evaluation_pb
from jixiao.api.results.v1 import allocations_pb, events_pb
from jixiao.api.results.v1.allocations_pb_grpc import AllocationsClient
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.servicekit.access import system
from jixiao.servicekit.testing import refusal, request_id
from jixiao.servicekit.values import Money

FINANCE = {"territory": "370303"}
NEEDS = ("population", "elderly", "stations")
SILENT = "370303107"


def rows(figures: dict[str, Any]) -> list[dict[str, str]]:
    towns = figures["C"]["towns"]
    return [dict(zip(towns["columns"], row, strict=True)) for row in towns["rows"]]


def column(figures: dict[str, Any], name: str) -> dict[str, str]:
    return {row["code"]: row[name] for row in rows(figures)}


def scenario(
    figures: dict[str, Any], root: str, year: int, weights: str, name: str, **more: Any
) -> allocations_pb.RunAllocationRequest:
    names = figures["C"]["factors"]["names"]
    return allocations_pb.RunAllocationRequest(
        programme_id=root, year=year, scenario=name, request_id=request_id(),
        factors=[
            allocations_pb.Factor(
                code=code, name=names[code], weight=weight, performance=code == "performance"
            )
            for code, weight in figures["C"]["factors"][weights].items()
        ],
        towns=[
            allocations_pb.Town(
                code=row["code"], name=row["name"], values={need: row[need] for need in NEEDS}
            )
            for row in rows(figures)
        ],
        **more,
    )  # fmt: skip


def amounts(plan: Any, name: str) -> dict[str, str]:
    (found,) = [one for one in plan.scenarios if one.name == name]
    return {sheet.code: sheet.amount for sheet in found.sheets}


async def test_t32_the_towns_of_2025_and_2027_to_the_fen(
    others: Any, figures: dict[str, Any]
) -> None:
    client, up = AllocationsClient(others.up.channel), others.up
    root = await others.programme(
        "家庭医生", ("370303", "ZD104", "U000"), transfer=True, allocation_method="factor"
    )
    await others.tell(
        "jixiao.targets.programme.budget_entered", root,
        targets_pb.BudgetEntered(programme_id=root, year=2025, amount=figures["C"]["pool_2025"]),
    )  # fmt: skip
    second = up.caller("district_finance", person="财政局·乙", **FINANCE)
    head = up.caller("district_finance", person="财政局·丙", **FINANCE)

    for weights, more, reason in (
        ("weights_refused", {}, "performance_weight_below_minimum"),
        ("weights_chosen", {"pool": "12000000.01"}, "pool_above_ceiling"),
    ):
        with pytest.raises(aio.AioRpcError) as refused:
            await second(
                client.run_allocation, scenario(figures, root, 2025, weights, "甲", **more)
            )
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert refusal(refused.value).reason == reason
    await second(
        client.run_allocation, scenario(figures, root, 2025, "weights_alternative", "0.10")
    )
    plan = await second(
        client.run_allocation, scenario(figures, root, 2025, "weights_chosen", "0.15")
    )
    assert amounts(plan, "0.15") == column(figures, "amount_2025")
    assert {sheet.score_basis for sheet in plan.scenarios[1].sheets} == {"none_due"}

    approve = allocations_pb.ApproveAllocationRequest(
        plan_id=plan.plan_id, scenario="0.15", etag=plan.etag, request_id=request_id()
    )
    with pytest.raises(aio.AioRpcError) as own:
        await second(client.approve_allocation, approve)
    assert own.value.code() is grpc.StatusCode.PERMISSION_DENIED
    approved = await head(client.approve_allocation, approve)
    assert (approved.state, approved.chosen_by) == ("approved", "财政局·乙")

    told = await approved_as_told(up, plan.plan_id)
    assert {part.territory: part.amount for part in told.parts} == column(figures, "amount_2025")
    part = told.parts[0]
    assert set(part.shares) == {*NEEDS, "performance"}
    assert set(part.values) == set(NEEDS)
    assert (told.pool, told.weights["performance"], part.score) == ("12000000.00", "0.15", "100")
    # from what is told a town recomputes its amount: whole fen and the one given back
    composite = Fraction(part.composite) * Money.yuan(told.pool).fen
    assert Money(int(composite) + part.extra_fen) == Money.yuan(part.amount)

    await roll_ups(others, figures, root)
    name = "amount_2027"
    pool = figures["C"]["pool_2027"]
    ran = await second(
        client.run_allocation, scenario(figures, root, 2027, "weights_chosen", "0.15", pool=pool)
    )
    assert amounts(ran, "0.15") == column(figures, name)
    filed = await second(
        client.run_allocation,
        scenario(figures, root, 2027, "weights_chosen", "全部按时", had_all_filed=True),
    )
    assert amounts(filed, "全部按时") == column(figures, "amount_2027_had_all_filed")
    with pytest.raises(aio.AioRpcError) as what_if:
        await second(
            client.choose_allocation,
            allocations_pb.ChooseAllocationRequest(
                plan_id=filed.plan_id, scenario="全部按时", etag=filed.etag, request_id=request_id()
            ),
        )
    assert refusal(what_if.value).reason == "what_if_only"
    chosen = await second(
        client.choose_allocation,
        allocations_pb.ChooseAllocationRequest(
            plan_id=filed.plan_id, scenario="0.15", etag=filed.etag, request_id=request_id()
        ),
    )
    await head(
        client.approve_allocation,
        allocations_pb.ApproveAllocationRequest(
            plan_id=chosen.plan_id, etag=chosen.etag, request_id=request_id()
        ),
    )
    await sheets(up, chosen.plan_id, column(figures, name))


async def approved_as_told(up: Any, plan_id: str) -> Any:
    """The event `allocation.approved` as it lies in the outbox."""

    async def look(work: Any) -> tuple[bytes, list[object]]:
        payload = await work.connection.raw.fetchval(
            "SELECT payload FROM jx.outbox WHERE subject = $1 AND aggregate_id = $2",
            "jixiao.results.allocation.approved",
            UUID(plan_id),
        )
        return bytes(payload), []

    payload = await up.running.transactions.act(system("test"), "look", look)
    return events_pb.AllocationApproved.from_binary(payload)


async def roll_ups(others: Any, figures: dict[str, Any], root: str) -> None:
    """The parts of 2025 and their roll-ups, closed."""
    for row in rows(figures):
        part = await others.programme(
            row["name"], (row["code"], "ZD104", "-"), parent_id=root, target_level="regional"
        )
        roll_up = str(uuid4())
        await others.tell(
            "jixiao.evaluation.roll_up.closed", roll_up,
            evaluation_pb.RolledUp(
                roll_up_id=roll_up, programme_id=part, year=2025, level="town",
                territory=row["code"], displayed_score=row["displayed"],
                binding_score=row["binding"], anything_filed=True,
            ),
        )  # fmt: skip


async def sheets(up: Any, plan_id: str, expected: dict[str, str]) -> None:
    """Each town sees its own sheet alone."""
    client = AllocationsClient(up.channel)
    request = allocations_pb.GetAllocationSheetRequest(plan_id=plan_id, territory=SILENT)
    town = await up.caller("township_finance", territory=SILENT)(
        client.get_allocation_sheet, request
    )
    assert (town.sheet.amount, town.sheet.score) == (expected[SILENT], "2827/50")
    assert town.sheet.score_basis == "filed"
    assert [factor.code for factor in town.sheet.factors] == [*NEEDS]
    with pytest.raises(aio.AioRpcError) as hidden:
        await up.caller("township_finance", territory="370303103")(
            client.get_allocation_sheet, request
        )
    assert hidden.value.code() is grpc.StatusCode.NOT_FOUND
    listed = await up.caller("township_finance", territory=SILENT)(
        client.list_allocation_sheets, allocations_pb.ListAllocationSheetsRequest(year=2027)
    )
    assert [one.coordinates.territory for one in listed.sheets] == [SILENT]


async def test_t32_r38_projects_rank_by_their_last_governing_score(
    others: Any, figures: dict[str, Any]
) -> None:
    root = await others.programme(
        "农村公路", ("370303", "ZD117", "U000"), transfer=True, allocation_method="project"
    )
    applications = []
    for given in figures["D"]["ranking_2027"]["applications"]:
        earlier = ""
        if given["score"] is not None:
            earlier = await others.programme(
                given["code"], ("370303", "ZD117", "S"), parent_id=root
            )
            own = str(uuid4())
            await others.tell(
                "jixiao.evaluation.self_evaluation.submitted", own,
                evaluation_pb.SelfEvaluationSubmitted(
                    self_evaluation_id=own, programme_id=earlier, year=2025, total=given["score"]
                ),
            )  # fmt: skip
        applications.append(
            allocations_pb.ProjectApplication(
                code=given["code"], request=given["request"], programme_id=earlier,
                exante_score=given.get("exante_score", ""),
            )
        )  # fmt: skip
    ranked = await others.up.caller("district_finance", **FINANCE)(
        AllocationsClient(others.up.channel).run_project_ranking,
        allocations_pb.RunProjectRankingRequest(
            programme_id=root, year=2027, pool="8100000.00", applications=applications,
            request_id=request_id(),
        ),
    )  # fmt: skip
    order = figures["D"]["ranking_2027"]["expected"]["order"]
    assert [one.code for one in ranked.ranking] == order
    assert ranked.ranking[-1].requested_so_far == "10800000.00"
    assert [one.within_ceiling for one in ranked.ranking] == [True, True, True, False]
