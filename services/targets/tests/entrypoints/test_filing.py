"""Filing over gRPC on real PostgreSQL: the whole path of a command."""

from typing import Any

import grpc
import pytest
from grpc import aio

from jixiao.api.measures.v1.indicators_pb import Indicator, Level1, Level2, Operator, StandardType
from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, GetProgrammeRequest
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.api.targets.v1.targets_pb import GetTargetRequest, SubmitTargetRequest, TargetForm
from jixiao.api.targets.v1.targets_pb_grpc import TargetsClient
from jixiao.servicekit.testing import refusal, request_id

from .forms import FUND, described

DESCRIPTION = described("义务教育学生营养改善计划专项资金", **FUND)
EDUCATION = {"territory": "370303", "line": "ZD103"}
CENTRE = {**EDUCATION, "unit": "U001"}


def a_form() -> TargetForm:
    """A form whose weights fit the profile of 2025: 20, 40, 20, 10."""
    rows = [
        (
            "C1",
            "生均补助标准",
            Level1.COST,
            Level2.ECONOMIC_COST,
            "20.00",
            Operator.LE,
            "1000",
            "元",
        ),
        (
            "O1",
            "学生受资助人数",
            Level1.OUTPUT,
            Level2.QUANTITY,
            "20.00",
            Operator.GE,
            "5880",
            "人",
        ),
        (
            "O2",
            "营养改善计划覆盖率",
            Level1.OUTPUT,
            Level2.QUALITY,
            "20.00",
            Operator.GE,
            "100",
            "%",
        ),
        ("B1", "政策知晓率", Level1.BENEFIT, Level2.SOCIAL, "20.00", Operator.GE, "95", "%"),
        (
            "S1",
            "学生满意度",
            Level1.SATISFACTION,
            Level2.SERVICE_OBJECT,
            "10.00",
            Operator.GE,
            "95",
            "%",
        ),
    ]
    indicators = [
        Indicator(
            code=code, name=name, level1=one, level2=two, weight=weight, operator=op,
            target_value=value, unit=unit, standard_type=StandardType.PLAN,
            standard_source="实施方案", explanation="达标数÷总数×100%",
        )
        for code, name, one, two, weight, op, value, unit in rows
    ]  # fmt: skip
    return TargetForm(
        annual_text="为5880名学生提供营养膳食补助。", amount="5880000.00", indicators=indicators
    )


async def test_d12_d13_a_unit_files_a_target_once_and_another_unit_never_learns_of_it(
    district: Any,
) -> None:
    up = district.up
    department = up.caller("department", **EDUCATION)
    unit = up.caller("unit", **CENTRE)
    programmes, targets = ProgrammesClient(up.channel), TargetsClient(up.channel)
    made = await department(
        programmes.create_programme,
        CreateProgrammeRequest(
            year=2025, description=DESCRIPTION, unit="U001", request_id=request_id()
        ),
    )
    assert made.code == "ZD103-U001-2025-0001"

    request = SubmitTargetRequest(
        programme_id=made.programme_id, year=2025, form=a_form(), request_id=request_id()
    )
    filed = await unit(targets.submit_target, request)
    again = await unit(targets.submit_target, request)
    assert filed.to_binary() == again.to_binary()  # the same request id does the thing once
    assert filed.form is not None
    assert (filed.number, filed.form.amount, filed.state.name) == (1, "5880000.00", "SUBMITTED")

    assert request.form is not None
    request.form.amount = "1.00"
    with pytest.raises(aio.AioRpcError) as reused:
        await unit(targets.submit_target, request)
    assert refusal(reused.value).reason == "request_id_reused"

    stranger = up.caller("unit", **{**EDUCATION, "unit": "U002"})
    for method, ask in (
        (targets.get_target, GetTargetRequest(target_id=filed.target_id)),
        (programmes.get_programme, GetProgrammeRequest(programme_id=made.programme_id)),
    ):
        with pytest.raises(aio.AioRpcError) as hidden:
            await stranger(method, ask)
        assert hidden.value.code() is grpc.StatusCode.NOT_FOUND
    seen = await unit(targets.get_target, GetTargetRequest(target_id=filed.target_id))
    assert seen.to_binary() == filed.to_binary()


async def test_d12_t14_a_faulty_form_is_refused_with_every_finding(district: Any) -> None:
    up = district.up
    department = up.caller("department", **EDUCATION)
    unit = up.caller("unit", **CENTRE)
    made = await department(
        ProgrammesClient(up.channel).create_programme,
        CreateProgrammeRequest(
            year=2025, description=DESCRIPTION, unit="U001", request_id=request_id()
        ),
    )
    form = a_form()
    form.indicators[1].target_value = ""
    form.indicators[4].weight = "9.00"

    with pytest.raises(aio.AioRpcError) as faulty:
        await unit(
            TargetsClient(up.channel).submit_target,
            SubmitTargetRequest(
                programme_id=made.programme_id, year=2025, form=form, request_id=request_id()
            ),
        )

    assert faulty.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    found = {f.pointer: f.code for f in refusal(faulty.value).findings}
    assert found["/form/indicators/1/target_value"] == "target_value_missing"
    assert len(found) >= 2
