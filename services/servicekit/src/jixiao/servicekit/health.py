"""`grpc.health.v1.Health/Check`: readiness ("") asks the database, "liveness" asks nobody (P8.5)."""

import asyncio
from typing import Any

import grpc
from grpc import aio

from .database import Database

_SERVING, _NOT_SERVING = b"\x08\x01", b"\x08\x02"
_LIVENESS = b"\x0a\x08liveness"


class Health(grpc.GenericRpcHandler):
    """Answers the standard health check; two fixed messages need no generated code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of the one method."""
        if handler_call_details.method != "/grpc.health.v1.Health/Check":
            return None
        return grpc.unary_unary_rpc_method_handler(self._check)

    async def _check(self, request: bytes, context: "aio.ServicerContext[bytes, bytes]") -> bytes:
        del context
        if request == _LIVENESS:
            return _SERVING
        try:
            async with asyncio.timeout(2):
                await self._database.ping()
        except Exception:  # noqa: BLE001 - whatever is wrong with it, we are not ready
            return _NOT_SERVING
        return _SERVING
