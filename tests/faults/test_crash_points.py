"""SIGKILL at every step of a command, of the relay and of the inbox (P1.1, P2.1 to P2.3).

After each death the service starts again and the caller tries the same request again: done once,
or the stored answer, byte for byte; no half rows; each event sent and heard.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from grpc import aio

from faults import dying
from faults.history import History, findings
from faults.station import DEPARTMENT, UNIT, Station
from jixiao.api.targets.v1.programmes_pb import (
    CreateProgrammeRequest,
    Description,
    Programme,
    SetResponsibilityRequest,
)
from jixiao.api.targets.v1.programmes_pb_grpc import ProgrammesClient
from jixiao.servicekit.testing import request_id

TABLES = (
    "programmes", "requests", "audit WHERE aggregate = 'programme'",
    "outbox WHERE subject LIKE '%.programme.%'",
    "heads WHERE aggregate_id IN (SELECT id FROM jx.programmes)",
)  # fmt: skip
"""What a command writes; the sealer's own acts are none of its."""
BEFORE, AFTER = ("A", "B", "C", "D", "F", "G"), ("H-done", "I")


@pytest.fixture(scope="module")
async def station(build: Any) -> AsyncIterator[Station]:
    """One installation for all points: each leaves it whole, or the test fails."""
    made: Station = build()
    made.start("monitoring")
    made.start("targets")
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def programme(station: Station) -> Programme:
    """A programme that stands."""
    made: Programme = await call(station, a_programme())
    return made


def a_programme() -> CreateProgrammeRequest:
    description = Description(
        name="甲", object_type="project", target_level="project", origin="district",
        budget_type="general_public", instrument="ordinary",
    )  # fmt: skip
    return CreateProgrammeRequest(year=2026, description=description, request_id=request_id())


def a_change(programme: Programme) -> SetResponsibilityRequest:
    return SetResponsibilityRequest(
        programme_id=programme.programme_id, post="科长", person="p-1", since="2026-01-01",
        etag=programme.etag, request_id=request_id(),
    )  # fmt: skip


async def call(station: Station, request: Any) -> Any:
    """Send a command as whoever may."""
    client = ProgrammesClient(station.channel)
    if isinstance(request, CreateProgrammeRequest):
        return await station.caller("unit", "u-1", **UNIT)(client.create_programme, request)
    return await station.caller("department", "d-1", **DEPARTMENT)(
        client.set_responsibility, request
    )


def counts(station: Station) -> list[int]:
    (row,) = station.rows(
        "targets",
        "SELECT " + ", ".join(f"(SELECT count(*) FROM jx.{t})" for t in TABLES),  # noqa: S608
    )
    return [int(str(n)) for n in row]


def answered(station: Station, request: Any) -> bytes | None:
    rows = station.rows(
        "targets",
        f"SELECT answer FROM jx.requests WHERE request_id = '{request.request_id}'",  # noqa: S608
    )
    return bytes(rows[0][0]) if rows else None  # type: ignore[call-overload]


async def swap(station: Station, service: str, *dying: str) -> None:
    """Replace a service's process by one that dies at a point, or by an ordinary one.

    The channel is a new one as well: a call must not meet the end of the old process.
    """
    await station.close()
    if station.processes[service].poll() is None:
        station.kill(service)
    station.start(service, dying=dying)
    station.wait_for(service)


async def killed_in(station: Station, request: Any) -> None:
    with pytest.raises(aio.AioRpcError):
        await call(station, request)
    assert station.died("targets")


@pytest.mark.parametrize("point", [*BEFORE, "H-sent", *AFTER])
async def test_p11_killed_anywhere_a_command_is_done_once_or_not_at_all(
    station: Station, programme: Programme, point: str
) -> None:
    station.settle()
    before = counts(station)
    request = a_change(programme) if point == "C" else a_programme()
    more = [0, 1, 1, 1, 0] if point == "C" else [1, 1, 1, 1, 1]

    await swap(station, "targets", point)
    await killed_in(station, request)
    if point in BEFORE:
        assert counts(station) == before  # no row anywhere, the id is free
    stored = answered(station, request)
    assert (stored is not None) == (point in AFTER) or point == "H-sent"
    await swap(station, "targets")
    answer = await call(station, request)
    again = await call(station, request)

    assert answer.to_binary() == again.to_binary() == answered(station, request)
    assert stored in (None, answer.to_binary())
    assert counts(station) == [then + n for then, n in zip(before, more, strict=True)]
    station.settle()


@pytest.mark.parametrize("point", dying.RELAY)
async def test_p21_p22_killed_anywhere_the_relay_loses_and_doubles_nothing(
    station: Station, point: str
) -> None:
    station.settle()
    await swap(station, "targets", point)
    request = a_programme()
    made = await call(station, request)
    assert station.died("targets")

    await swap(station, "targets")
    station.settle()

    assert heard(station, made.programme_id) == [(1, 1)]


async def test_p23_killed_anywhere_the_inbox_applies_each_event_once(station: Station) -> None:
    """All points in turn, one wait: what a dead reader has taken comes again after 30 s."""
    station.settle()
    made = []
    for point in dying.INBOX:
        await swap(station, "monitoring", point)
        made.append(await call(station, a_programme()))
        assert await asyncio.to_thread(station.died, "monitoring", seconds=40), point

    await swap(station, "monitoring")
    await asyncio.to_thread(station.settle)

    assert [heard(station, one.programme_id) for one in made] == [[(1, 1)]] * len(dying.INBOX)


def heard(station: Station, programme_id: str) -> list[tuple[object, ...]]:
    """Copies at the reader, and the place in the source's order that it has reached."""
    return station.rows(
        "monitoring",
        "SELECT (SELECT count(*) FROM jx.programmes p WHERE p.id = a.aggregate_id), a.seq"  # noqa: S608
        f" FROM jx.applied a WHERE aggregate_id = '{programme_id}'",
    )


async def test_all_deaths_together_leave_source_reader_and_trail_alike(station: Station) -> None:
    station.settle()
    everything = [line for line in findings(History(station)) if "never asked for" not in line]
    assert everything == []


async def test_control_an_outbox_in_a_second_transaction_loses_its_event(station: Station) -> None:
    station.settle()
    await swap(station, "targets", dying.SECOND)
    request = a_programme()
    await killed_in(station, request)
    await swap(station, "targets")

    made = await call(station, request)  # the stored answer: all looks well to the caller
    station.settle()

    lost = [line for line in findings(History(station)) if made.programme_id in line]
    assert any("has told []" in line for line in lost)
    assert any("is not known to the reader" in line for line in lost)
