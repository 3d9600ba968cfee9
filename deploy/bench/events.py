"""From the commit of a command to its event at the consumer, against raw JetStream."""

import asyncio
import statistics
import time
from datetime import UTC, datetime

import nats
from nats.js.api import StorageType, StreamConfig

from local.stack import Stack

from . import report
from .district import District
from .report import Figure

EVENTS = 200
# The source's commit instant is the outbox row's; the consumer's is when its row was written.
_TOLD = "SELECT aggregate_id::text, created_at FROM jx.outbox WHERE subject = 'jixiao.targets.programme.created'"
_HEARD = "SELECT id::text, created_at FROM jx.programmes"


async def latency(stack: Stack, district: District) -> list[Figure]:
    """p50 and p99 in milliseconds of our whole way and of raw publish-to-pull."""
    began = datetime.now(UTC)
    for _ in range(EVENTS):
        await district.unit.do(
            "CreateProgramme",
            year=2025,
            description={
                "name": "事件", "object_type": "project", "target_level": "project", "origin": "district",
                "budget_type": "general_public", "instrument": "ordinary",
            },
        )  # fmt: skip
    stack.settle()
    with stack.postgres.admin(stack.database("targets")) as source:
        told = {str(row[0]): row[1] for row in source.execute(_TOLD) if row[1] >= began}  # type: ignore[operator]
    with stack.postgres.admin(stack.database("monitoring")) as reader:
        heard = {str(row[0]): row[1] for row in reader.execute(_HEARD)}
    ours = [(heard[k] - told[k]).total_seconds() * 1000 for k in told if k in heard]  # type: ignore[operator]
    if len(ours) < EVENTS:
        raise RuntimeError(f"only {len(ours)} of {EVENTS} events were heard")
    raw = await _raw(stack)
    return [
        report.duration(
            f"event {name}", _quantile(ours, q), _quantile(raw, q), "ms, commit to consumer"
        )
        for name, q in (("p50", 50), ("p99", 99))
    ]


async def _raw(stack: Stack) -> list[float]:
    """The same broker: publish with acknowledgement, pull, one at a time."""
    connection = await nats.connect(stack.nats.url)
    jetstream = connection.jetstream()
    await jetstream.add_stream(
        StreamConfig(
            name="BENCH", subjects=["bench.>"], storage=StorageType.FILE, max_bytes=64 * 2**20
        )
    )
    pull = await jetstream.pull_subscribe("bench.>", durable="bench", stream="BENCH")
    times = []
    for _ in range(EVENTS):
        began = time.perf_counter()
        waiting = asyncio.create_task(pull.fetch(1, timeout=5))
        await jetstream.publish("bench.x", b"x" * 400)
        (message,) = await waiting
        times.append((time.perf_counter() - began) * 1000)
        await message.ack()
    await connection.close()
    return times


def _quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]
