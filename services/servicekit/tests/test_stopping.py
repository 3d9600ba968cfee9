"""A process that is told to stop answers what it has begun, and begins nothing more (P8.5)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import psycopg
import pytest
from grpc import aio

from jixiao.api.targets.v1.programmes_pb import CreateProgrammeRequest, Description
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.access import Principal
from jixiao.servicekit.testing import Caller, request_id

SIDE_BY_SIDE, BEFORE = 8, 40
UNIT = Principal("person", "unit", "grant", "370303", "ZD103", "U001", session="s")


def a_programme(year: int = 2025) -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=year, description=description, request_id=request_id())


def made(up: Any) -> int:
    with psycopg.connect(up.admin) as admin:
        (count,) = admin.execute("SELECT count(*) FROM jx.programmes").fetchone() or (0,)
        return int(count)


async def stopped_under_load(up: Any, stop: Callable[[], Awaitable[None]]) -> "Counter[str]":
    """What each call was answered while commands and refusals ran and the service stopped."""
    answers: Counter[str] = Counter()
    enough = asyncio.Event()
    caller, create = Caller(up.minter, UNIT, "targets"), ProgrammesClient(up.channel)

    async def lane(number: int) -> None:
        for turn in range(10_000):
            faulty = (turn + number) % 4 == 0  # an aborted call is one as well
            try:
                await caller(create.create_programme, a_programme(1900 if faulty else 2025))
            except aio.AioRpcError as error:
                answers[error.code().name] += 1
                if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
                    return
            else:
                answers["OK"] += 1
            if answers.total() >= BEFORE:
                enough.set()

    lanes = [asyncio.create_task(lane(number)) for number in range(SIDE_BY_SIDE)]
    async with asyncio.timeout(60):
        await enough.wait()
        await stop()
        await up.channel.close()
        await asyncio.gather(*lanes, return_exceptions=True)
    return answers


async def test_p85_what_has_begun_is_answered_and_nothing_more_is_begun(running: Any) -> None:
    up = await running("targets")
    answers = await stopped_under_load(up, up.running.stop)

    assert set(answers) <= {"OK", "INVALID_ARGUMENT", "UNAVAILABLE"}, answers
    assert answers["UNAVAILABLE"] <= SIDE_BY_SIDE  # each lane ends with one call that found nobody
    assert made(up) == answers["OK"] >= BEFORE // 2


async def test_p85_control_a_stop_without_patience_leaves_calls_unanswered(
    running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(aio.server())
    hard = kind.stop

    async def at_once(self: Any, grace: float | None) -> None:
        del grace
        await hard(self, None)

    up = await running("targets")
    monkeypatch.setattr(kind, "stop", at_once)
    answers = await stopped_under_load(up, up.running.stop)
    assert made(up) != answers["OK"] or set(answers) - {"OK", "INVALID_ARGUMENT", "UNAVAILABLE"}
