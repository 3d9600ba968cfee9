"""A deputy files and reviews over gRPC: what is his own, what is his principal's (P3.1, P3.2)."""

from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import aio

from jixiao.servicekit.testing import Caller, refusal, request_id

from .forms import FUND
from .steps import filed, made, review
from .test_filing import CENTRE, EDUCATION, a_form

ACTIONS = ("record.read", "target.review_first", "target.submit")
FIRST = "first"


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return caught.value.code(), refusal(caught.value).reason


@pytest.fixture
async def people() -> tuple[str, str, str]:
    """Somebody of the unit, somebody of the department, and a third."""
    return str(uuid4()), str(uuid4()), str(uuid4())


async def programme(district: Any) -> Any:
    return await made(district, "ZD103", "U001", f"专项{request_id()[:8]}", **FUND)


def deputy(caller: Caller, person: str, whom: str, *actions: str) -> Caller:
    """A person acting for another, tied to him for the time."""
    return caller.by(person=person, obo=whom, tied=(whom,), actions=actions or ACTIONS)


@pytest.mark.attack("A9")
async def test_a9_p32_a_deputy_does_not_review_what_he_filed_himself(
    district: Any, people: tuple[str, str, str]
) -> None:
    clerk, reviewer, third = people
    unit = district.up.caller("unit", **CENTRE, person=clerk)
    department = district.up.caller("department", **EDUCATION, person=reviewer)
    target = await filed(district, unit, await programme(district), a_form())

    own = deputy(department, clerk, reviewer)
    assert await refused(review(district, own, target, FIRST)) == (
        grpc.StatusCode.PERMISSION_DENIED, "own_filing",
    )  # fmt: skip
    # Nor the holder himself, to whom the clerk is no "another" while the loan lasts.
    tied = department.by(tied=(clerk,))
    assert (await refused(review(district, tied, target, FIRST)))[1] == "own_filing"
    done = await review(district, deputy(department, third, reviewer), target, FIRST)
    assert done.state.name == "DEPARTMENT_REVIEWED"  # control: a deputy who filed nothing


async def test_p32_what_was_filed_for_somebody_stays_his_when_the_loan_is_over(
    district: Any, people: tuple[str, str, str]
) -> None:
    holder, helper, third = people
    unit = district.up.caller("unit", **CENTRE, person=holder)
    department = district.up.caller("department", **EDUCATION)
    target = await filed(
        district, deputy(unit, helper, holder), await programme(district), a_form()
    )
    # No tie any more: the record itself remembers for whom it was filed.
    for person in (holder, helper):
        call = review(district, department.by(person=person), target, FIRST)
        assert (await refused(call))[1] == "own_filing"
    done = await review(district, department.by(person=third), target, FIRST)
    assert done.state.name == "DEPARTMENT_REVIEWED"


async def test_p36_wall_2_lets_a_deputy_do_what_was_lent_and_nothing_else(
    district: Any, people: tuple[str, str, str]
) -> None:
    clerk, reviewer, third = people
    unit = district.up.caller("unit", **CENTRE, person=clerk)
    department = district.up.caller("department", **EDUCATION, person=reviewer)
    target = await filed(district, unit, await programme(district), a_form())
    reader = deputy(department, third, reviewer, "record.read")
    assert await refused(review(district, reader, target, FIRST)) == (
        grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN",
    )  # fmt: skip
