"""Acts that several tracks share, each one call as the office that does it."""

from typing import Any

from jixiao.api.targets.v1 import budgets_pb as b
from jixiao.api.targets.v1 import exante_pb as x
from jixiao.api.targets.v1 import programmes_pb, targets_pb

from .forms import FUND, asked, described, marks, table


async def made(district: Any, line: str, unit: str, name: str, **facts: Any) -> Any:
    """A new programme of a department."""
    what = described(name, **FUND | facts)
    department = district.of("department", line, person="子")
    request = asked(programmes_pb.CreateProgrammeRequest, year=2025, description=what, unit=unit)
    return await department(district.programmes.create_programme, request)


async def below(district: Any, caller: Any, parent: Any, name: str) -> Any:
    """A project under a transfer's root or part."""
    request = asked(
        programmes_pb.CreateProgrammeRequest, year=2025, description=described(name, **FUND),
        parent_id=parent.programme_id,
    )  # fmt: skip
    return await caller(district.programmes.create_programme, request)


async def assessed(district: Any, programme: Any, line: str, questions: Any, amount: str) -> Any:
    """A filed application."""
    request = asked(
        x.SubmitExanteRequest, programme_id=programme.programme_id, year=2025, requested=amount,
        assessment=table(questions), report_file="report",
    )  # fmt: skip
    return await district.of("department", line, person="子")(
        district.exante.submit_exante, request
    )


async def decide(district: Any, application: Any, conclusion: str) -> Any:
    """Finance's decision."""
    request = asked(
        x.DecideExanteRequest, application_id=application.application_id, conclusion=conclusion,
        opinion="意见。", etag=application.etag,
    )  # fmt: skip
    return await district.finance("甲")(district.exante.decide_exante, request)


async def filed(district: Any, caller: Any, programme: Any, whole: Any) -> Any:
    """A filed target of 2025."""
    request = asked(
        targets_pb.SubmitTargetRequest, programme_id=programme.programme_id, year=2025, form=whole
    )
    return await caller(district.targets.submit_target, request)


async def review(district: Any, caller: Any, target: Any, method: str, given: Any = None) -> Any:
    """A review by default marks or those given."""
    request = asked(
        targets_pb.ReviewTargetRequest, target_id=target.target_id, opinion="意见。", marks=marks(given),
        etag=target.etag,
    )  # fmt: skip
    return await caller(getattr(district.targets, f"review_target_{method}"), request)


async def programme_now(district: Any, programme: Any) -> Any:
    """The programme as finance reads it."""
    request = programmes_pb.GetProgrammeRequest(programme_id=programme.programme_id)
    return await district.finance()(district.programmes.get_programme, request)


async def admit(district: Any, programme: Any) -> Any:
    """Admission, as it stands now."""
    now = await programme_now(district, programme)
    request = asked(
        programmes_pb.AdmitProgrammeRequest, programme_id=now.programme_id, etag=now.etag
    )
    return await district.finance()(district.programmes.admit_programme, request)


async def entered(district: Any, programme: Any, amount: str) -> Any:
    """Into the budget of 2025."""
    now = await programme_now(district, programme)
    request = asked(
        b.EnterBudgetRequest, programme_id=now.programme_id, year=2025, amount=amount, etag=now.etag
    )
    return await district.finance()(district.budgets.enter_budget, request)


async def recorded(district: Any, programme: Any, kind: str, amount: str, **more: Any) -> Any:
    """A budget row by finance."""
    now = await programme_now(district, programme)
    fields = {"year": 2025, "kind": kind, "amount": amount, "etag": now.etag} | more
    request = asked(b.RecordBudgetRequest, programme_id=now.programme_id, **fields)
    return await district.finance()(district.budgets.record_budget, request)


async def release(
    district: Any, caller: Any, *targets: Any, number: str = "张财预〔2025〕1号"
) -> Any:
    """One act of release."""
    items = [targets_pb.Releasing(target_id=one.target_id, etag=one.etag) for one in targets]
    request = asked(targets_pb.ReleaseTargetsRequest, targets=items, document_number=number)
    return (await caller(district.targets.release_targets, request)).targets
