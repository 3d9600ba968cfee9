"""The treasury's question through the gateway's gRPC door, against a bare select over grpc.aio."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import grpc
from grpc import aio

from local.stack import Stack

from . import report
from .district import District
from .report import Figure

QUESTIONS = 400


async def payment(stack: Stack, district: District) -> list[Figure]:
    """p50 and p99 of may_pay; its goal is 100 ms at p99, whatever else."""
    await district.treasury.do("MayPay", programme_code="ZD103-U001-2025-0001", amount="1.00")
    ours = await _times(
        lambda: district.treasury.do(
            "MayPay", programme_code="ZD103-U001-2025-0001", amount="350000.00"
        )
    )
    bare = await _bare(stack)
    await district.treasury.close()
    cuts, bare_cuts = statistics.quantiles(ours, n=100), statistics.quantiles(bare, n=100)
    return [
        report.duration("treasury question p50", cuts[49], bare_cuts[49], "ms"),
        report.duration("treasury question p99", cuts[98], bare_cuts[98], "ms"),
    ]


async def _times(ask: Callable[[], Awaitable[object]]) -> list[float]:
    times = []
    for _ in range(QUESTIONS):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    return times


async def _bare(stack: Stack) -> list[float]:
    """One select by code behind one grpc.aio method, nothing else."""
    pool = await asyncpg.create_pool(
        stack.postgres.dsn("postgres", stack.database("monitoring")), min_size=1
    )

    async def answer(code: bytes, context: Any) -> bytes:
        del context
        await pool.fetchrow("SELECT id FROM jx.programmes WHERE body->>'code' = $1", code.decode())
        return b"yes"

    handlers: dict[str, Any] = {"Ask": grpc.unary_unary_rpc_method_handler(answer)}
    server = aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bare.Bare", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call: Any = channel.unary_unary("/bare.Bare/Ask")
        times = await _times(lambda: call(b"ZD103-U001-2025-0001"))
    await server.stop(None)
    await asyncio.wait_for(pool.close(), 5)
    return times
