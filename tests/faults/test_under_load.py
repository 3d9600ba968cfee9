"""Each part killed, stopped, paused, cut off or slow while commands run (P1, P2, P7, §9.5).

Afterwards the history is checked: what was acknowledged is there once, refused is absent, unknown
is there at most once; each event was told once and heard; the audit trail is whole.
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from faults.history import Command, History, findings
from faults.proxy import Proxy
from faults.station import Station

Disturb = Callable[[Station], Awaitable[None]]
HELD = 3.0
"""Seconds for which a part is away: longer than a command's lock and pool waits."""


@pytest.fixture(scope="module")
async def station(build: Any) -> AsyncIterator[Station]:
    """One installation, whose links to targets are proxies."""
    made: Station = build()
    with Proxy(made.cluster.port) as database, Proxy(made.nats.port) as broker:
        made.links = {"database": database.port, "nats": broker.port}
        proxies.update({"database": database, "nats": broker})
        made.start("monitoring")
        made.start("targets")
        yield made
        await made.close()


proxies: dict[str, Proxy] = {}
histories: list[History] = []
"""All commands since the module began: nothing of an earlier fault may be lost later."""


@asynccontextmanager
async def load(station: Station) -> AsyncIterator[History]:
    """Commands from six callers until the block ends and each has its answer."""
    history = History(station)
    histories.append(history)
    running = asyncio.create_task(history.run())
    await history.at_least(10)
    yield history
    station.revive()
    await history.at_least(10)  # work goes on
    history.stopped.set()
    await running
    await asyncio.to_thread(station.settle)


def everything(station: Station) -> History:
    """One history of all."""
    return History(station, [command for history in histories for command in history.commands])


async def database_crashed(station: Station) -> None:
    await asyncio.to_thread(station.cluster.crash)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(station.cluster.start)


async def database_stopped(station: Station) -> None:
    await asyncio.to_thread(station.cluster.stop)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(station.cluster.start)


async def database_killed(station: Station) -> None:
    await asyncio.to_thread(station.cluster.kill)
    await asyncio.to_thread(station.cluster.start)


async def database_paused(station: Station) -> None:
    station.cluster.pause()
    await asyncio.sleep(HELD)
    station.cluster.resume()


async def broker_stopped(station: Station) -> None:
    await asyncio.to_thread(station.nats.stop)
    await asyncio.sleep(HELD)
    await asyncio.to_thread(station.nats.start)


async def broker_killed(station: Station) -> None:
    station.nats.kill()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(station.nats.start)


async def broker_paused(station: Station) -> None:
    assert station.nats.process is not None
    os.kill(station.nats.process.pid, signal.SIGSTOP)
    await asyncio.sleep(HELD)
    os.kill(station.nats.process.pid, signal.SIGCONT)


async def service_killed(station: Station) -> None:
    station.kill("targets")
    station.revive()


async def reader_killed(station: Station) -> None:
    station.kill("monitoring")
    station.revive()


async def service_paused(station: Station) -> None:
    station.processes["targets"].send_signal(signal.SIGSTOP)
    await asyncio.sleep(HELD)
    station.processes["targets"].send_signal(signal.SIGCONT)


def link(name: str, mode: str) -> Disturb:
    async def disturbed(_: Station) -> None:
        proxy = proxies[name]
        if mode == "refuse":
            proxy.refuse()
        elif mode == "reset":
            proxy.reset_after = 2_000
        else:
            proxy.mode = mode
        await asyncio.sleep(HELD)
        proxy.mode = "pass"  # what has become half-open stays so: the services must give it up

    disturbed.__name__ = f"link_to_{name}_{mode}"
    return disturbed


async def database_cut_after_commit_is_sent(_: Station) -> None:
    for _again in range(5):
        was = proxies["database"].cuts
        proxies["database"].cut_after = b"COMMIT\0"
        while proxies["database"].cuts == was:  # noqa: ASYNC110 - another thread's count
            await asyncio.sleep(0.01)


FAULTS: tuple[Disturb, ...] = (
    database_crashed, database_stopped, database_killed, database_paused,
    broker_stopped, broker_killed, broker_paused,
    service_killed, reader_killed, service_paused,
    *(link("database", mode) for mode in ("refuse", "swallow", "one-way", "delay", "reset")),
    *(link("nats", mode) for mode in ("refuse", "swallow", "delay")),
    database_cut_after_commit_is_sent,
)  # fmt: skip


@pytest.mark.parametrize("disturb", FAULTS, ids=lambda disturb: disturb.__name__)
async def test_nothing_acknowledged_is_lost_and_nothing_doubled(
    station: Station, disturb: Disturb
) -> None:
    async with load(station) as history:
        await disturb(station)

    assert findings(everything(station)) == []
    assert not [c for c in history.commands if c.outcome == "refused"]


async def test_p13_sixteen_twins_tried_again_through_a_crash_execute_once(station: Station) -> None:
    history = History(station)
    histories.append(history)
    twins = [Command(str(uuid4()))] * 16  # one command, sixteen callers of it

    tried = asyncio.gather(*(history.create(command) for command in twins))
    await asyncio.to_thread(station.cluster.crash)
    await asyncio.to_thread(station.cluster.start)
    answers = await tried
    history.commands.append(twins[0])
    await asyncio.to_thread(station.settle)

    assert len({answer.to_binary() for answer in answers}) == 1
    assert findings(everything(station)) == []


async def test_control_the_checker_sees_a_lost_a_doubled_and_an_unheard_record(
    station: Station,
) -> None:
    history = everything(station)
    assert history.acknowledged > 100
    one = next(command for command in history.commands if command.outcome == "acknowledged")
    with station.cluster.admin("jx_targets") as targets:
        targets.execute("UPDATE jx.outbox SET seq = 7 WHERE id = (SELECT max(id) FROM jx.outbox)")
    with station.cluster.admin("jx_monitoring") as monitoring:
        monitoring.execute("DELETE FROM jx.programmes WHERE id = %s", [one.programme])
    history.commands += [
        type(one)("never-sent", "acknowledged"),
        type(one)(one.name, "refused"),
    ]

    found = "\n".join(findings(history))

    assert "acknowledged programme never-sent is there 0 times" in found
    assert f"refused programme {one.name}" in found or "there 0 times" in found
    assert re.search(r"has told \[(1, )?7\]", found)  # the last row told is a first or a second
    assert f"{one.programme}" in found
