"""The attacks of promises.md §10 that aim at scopes."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest
from grpc import aio

from jixiao.api.evaluation.v1.commissions_pb import RegisterThirdPartyRequest
from jixiao.api.evaluation.v1.commissions_pb_grpc import CommissionsClient
from jixiao.api.targets.v1.programmes_pb import (
    CreateProgrammeRequest,
    Description,
    ListProgrammesRequest,
)
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.api.targets.v1.targets_pb import (
    CompareTargetsRequest,
    GetTargetRequest,
    ListTargetsRequest,
)
from jixiao.api.targets.v1.targets_pb_grpc import TargetsClient
from jixiao.servicekit.testing import Caller, request_id

from . import places
from .places import HERE, PLACES, Place
from .posts import post


@pytest.fixture(scope="module")
async def targets(running: Callable[[str], Awaitable[Any]]) -> Any:
    """A targets service with a target of every place."""
    up = await running("targets")
    with psycopg.connect(up.admin) as admin:
        places.seed(admin, "targets", tuple(PLACES.values()), ())
    return up


def by(up: Any, role: str) -> Caller:
    """Whoever holds this role over HERE."""
    return Caller(up.minter, post(role), "targets")


def of(place: Place) -> str:
    """The id of a place's target."""
    return str(place.id("target_id"))


async def refused(call: Awaitable[Any], *named: str) -> tuple[Any, ...]:
    """Status, words and details of a refusal, less what was named."""
    with pytest.raises(aio.AioRpcError) as error:
        await call
    told = str(error.value.details()), str(error.value.trailing_metadata())
    for name in named:
        told = (told[0].replace(name, ""), told[1].replace(name, ""))
    return error.value.code(), *told


@pytest.mark.attack("A1")
async def test_a1_another_units_target_is_answered_as_none(targets: Any) -> None:
    unit, get = by(targets, "unit"), TargetsClient(targets.channel).get_target
    absent = str(uuid4())
    there = await refused(unit(get, GetTargetRequest(target_id=of(PLACES["unit2"]))))
    nowhere = await refused(unit(get, GetTargetRequest(target_id=absent)), absent)
    assert there == nowhere
    assert there[0] is grpc.StatusCode.NOT_FOUND
    own = await unit(get, GetTargetRequest(target_id=of(HERE)))
    assert own.target_id == of(HERE)


@pytest.mark.attack("A3")
async def test_a3_a_filter_by_anothers_coordinates_finds_nothing(targets: Any) -> None:
    unit, listed = by(targets, "unit"), TargetsClient(targets.channel).list_targets
    other = PLACES["line2"]
    for given in (
        {"line": other.line},
        {"territory": PLACES["town2"].territory},
        {"programme_id": str(other.id("programme_id"))},
    ):
        filters: dict[str, Any] = given
        answer = await unit(listed, ListTargetsRequest(**filters))
        assert (list(answer.targets), answer.next_page_token) == ([], "")
    by_code = ListProgrammesRequest(code=PLACES["unit2"].text("code"))
    assert not (await unit(ProgrammesClient(targets.channel).list_programmes, by_code)).programmes
    assert (await unit(listed, ListTargetsRequest(line=HERE.line))).targets


@pytest.mark.attack("A6")
async def test_a6_a_child_under_a_foreign_parent_finds_no_parent(targets: Any) -> None:
    unit = by(targets, "unit")
    create = ProgrammesClient(targets.channel).create_programme

    def under(parent: Any) -> CreateProgrammeRequest:
        description = Description(
            name="甲", object_type="project", target_level="project", origin="district",
            budget_type="general_public", instrument="ordinary",
        )  # fmt: skip
        return CreateProgrammeRequest(
            year=2026, description=description, parent_id=str(parent), request_id=request_id()
        )

    absent = uuid4()
    foreign = PLACES["line2"].id("parent_id")
    there = await refused(unit(create, under(foreign)), str(foreign))
    assert there == await refused(unit(create, under(absent)), str(absent))
    assert there[0] is grpc.StatusCode.NOT_FOUND
    compare = TargetsClient(targets.channel).compare_targets
    mixed = CompareTargetsRequest(target_id=of(HERE), with_target_id=of(PLACES["unit2"]))
    assert (await refused(unit(compare, mixed)))[0] is grpc.StatusCode.NOT_FOUND
    assert (await unit(create, under(HERE.id("parent_id")))).programme_id


@pytest.mark.attack("A11")
async def test_a11_the_system_administrator_reads_no_target(targets: Any) -> None:
    administrator, get = by(targets, "system_admin"), TargetsClient(targets.channel).get_target
    for target in (of(HERE), str(uuid4())):
        told = await refused(administrator(get, GetTargetRequest(target_id=target)), target)
        assert told[0] is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.attack("A5")
async def test_a5_a_code_that_a_foreign_district_has_taken_is_free_here(
    running: Callable[[str], Awaitable[Any]],
) -> None:
    up = await running("evaluation")
    register = CommissionsClient(up.channel).register_third_party
    finance = Caller(up.minter, post("district_finance"), "evaluation")

    def an_institution() -> RegisterThirdPartyRequest:
        return RegisterThirdPartyRequest(
            name="S评估咨询所", credit_code="91370303MA3S000004", request_id=request_id()
        )

    other = finance.by(territory="370304", person="another-district")
    assert (await other(register, an_institution())).third_party_id
    assert (await finance(register, an_institution())).third_party_id
    again = await refused(finance(register, an_institution()))
    assert again[0] is grpc.StatusCode.FAILED_PRECONDITION  # its own, once only
