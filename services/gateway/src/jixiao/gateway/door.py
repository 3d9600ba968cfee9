"""The gRPC door for other systems: treasury, budget, audit (A-6, P4.5).

Takes any method of the contract as raw bytes, finds the client by its bearer token, passes the
same gate and the same checks as HTTP, mints the principal token and hands the call on. What a
client sends as `x-jx-*` is never read.
"""

import functools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import grpc
import structlog
from grpc import aio

from jixiao.api.access.v1 import refusal_pb
from jixiao.servicekit import telemetry
from jixiao.servicekit.errors import Answered
from jixiao.servicekit.rpc import ADDRESS, DETAILS, Context

from .calling import BUDGET, HOP, LEAST, NOBODY, Caller, CallerOf, Peers, Source
from .directory.access_log import Entry
from .directory.answering import CERTIFICATE
from .directory.proofs import thumbprint
from .limits import BODY, Limiter
from .problems import SENTENCES, Problem, of_refusal
from .reads import read_entries
from .routes import Operation, Routes
from .tokens import Minter
from .transcoding import cleaned

log = structlog.get_logger()
_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.FAILED_PRECONDITION,
    412: grpc.StatusCode.ABORTED,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    428: grpc.StatusCode.FAILED_PRECONDITION,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}
_BY_REASON = {
    (409, "busy"): grpc.StatusCode.ABORTED,
    (409, "request_running"): grpc.StatusCode.ABORTED,
    (503, "busy"): grpc.StatusCode.RESOURCE_EXHAUSTED,
}
"""What a status and its reason say together: what was shed invites no retry (P5.6)."""

_MOST_DETAILS = 5_000
"""Bytes: gRPC implementations take 8 KiB of metadata, of which base64 leaves 6."""


class GrpcDoor(grpc.GenericRpcHandler):
    """Answers every method of the contract by asking the service that owns it."""

    def __init__(
        self, routes: Routes, peers: Peers, minter: Minter, caller_of: CallerOf, limiter: Limiter,
        *, note: Callable[[Entry], None] | None = None,
    ) -> None:  # fmt: skip
        """`note` takes what is to be in the access log."""
        self._note = note
        self._routes, self._peers, self._minter = routes, peers, minter
        self._caller_of, self._limiter = caller_of, limiter

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        """The handler of a method; None (UNIMPLEMENTED) for what the contract does not have."""
        operation = self._routes.by_method.get(details.method)
        if operation is None:
            return None
        return grpc.unary_unary_rpc_method_handler(functools.partial(self._answer, operation))

    async def _answer(self, operation: Operation, payload: bytes, context: Context) -> bytes:
        metadata = {k: v for k, v in context.invocation_metadata() or () if isinstance(v, str)}
        with telemetry.span(f"grpc {operation.access.action}", action=operation.access.action):
            traced = telemetry.trace_id() or secrets.token_hex(16)
            try:
                return await self._forward(operation, payload, context, metadata)
            except aio.AioRpcError as error:
                await _pass_on(error, context)
            except Problem as problem:
                await _refuse(problem, context, traced)
            except Answered as refusal:
                await _refuse(of_refusal(refusal), context, traced)
            except Exception:
                log.exception("bug", method=operation.method)
                await context.abort(grpc.StatusCode.INTERNAL, traced)
        raise AssertionError  # abort has raised

    async def _forward(
        self, operation: Operation, payload: bytes, context: Context, metadata: dict[str, str]
    ) -> bytes:
        left: float | None = context.time_remaining()  # None where the caller names no deadline
        within = BUDGET if left is None else min(BUDGET, left)
        if within < LEAST + HOP:
            raise Problem(503, "deadline")
        ends = time.monotonic() + within
        source = source_of(context)
        caller = await self._caller(operation, metadata)
        known = caller is not NOBODY
        who = caller.person if known else source.address
        self._limiter.admit(who, "client" if known else "anyone", caller.per_second)
        caller.permit_from(source)
        if not operation.admits(caller.principal):
            log.info("denied", action=operation.access.action, role=caller.principal.role)
            raise Problem(*operation.refusal(caller.principal.role))
        operation.permit_now(caller.principal)
        with self._limiter.place(who, "client" if known else "person"):
            message = cleaned(operation, payload)
            if (owner := self._routes.owner_of(operation, message)) is None:
                raise Problem(404, "not_found")
            token = self._minter.token(caller.principal, operation.method, owner, caller.ends_at)
            answer = await self._peers.call(
                owner, operation.method, message.to_binary(), token,
                repeatable=False, within=ends - time.monotonic(),
                more=((ADDRESS, source.address), (CERTIFICATE, source.certificate)),
            )  # fmt: skip
        if self._note is not None:
            for entry in read_entries(operation, caller, message, answer, source.address):
                self._note(entry)
        return answer

    async def _caller(self, operation: Operation, metadata: dict[str, str]) -> Caller:
        scheme, _, bearer = metadata.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and bearer:
            found = await self._caller_of(None, bearer, None, True)  # noqa: FBT003
            if found is not None:
                return found
        elif operation.for_anyone:
            return NOBODY
        raise Problem(401, "unauthenticated")


def address_of(context: Context) -> str:
    """The client's network address, without its port: `ipv4:10.0.0.7:51022` is `10.0.0.7`."""
    kind, _, rest = unquote(str(context.peer())).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind.startswith("ipv") else ""


def source_of(context: Context) -> Source:
    """Where a call comes from: its address, and the certificate that its connection has proved."""
    proved = list(context.auth_context().get("x509_pem_cert", ()))
    return Source(address_of(context), thumbprint(proved[0]) if proved else "")


async def _pass_on(error: aio.AioRpcError, context: Context) -> None:
    """The service's own answer: status, reason, details, and nothing else of its metadata."""
    kept = tuple(
        (DETAILS, _fitting(refusal_pb.Refusal.from_binary(value)))
        for key, value in error.trailing_metadata() or ()
        if key == DETAILS and isinstance(value, bytes)
    )
    await context.abort(error.code(), error.details() or "", trailing_metadata=kept)


def _fitting(details: refusal_pb.Refusal) -> bytes:
    """Details with as many findings as another system's gRPC takes; the message says how many."""
    while len(written := details.to_binary()) > _MOST_DETAILS:
        details.findings = details.findings[: len(details.findings) * 3 // 4]
    return written


async def _refuse(problem: Problem, context: Context, traced: str) -> None:
    """The door's own refusal, in the same details as a service's."""
    details = refusal_pb.Refusal(
        reason=problem.code,
        article=problem.article,
        message=problem.detail or SENTENCES.get(problem.status, ""),
        facts={"trace": traced},
        findings=[
            refusal_pb.Finding(pointer=f.pointer, code=f.code, message=f.message)
            for f in problem.findings
        ],
    )
    await context.abort(
        _BY_REASON.get(
            (problem.status, problem.code),
            _CODES.get(problem.status, grpc.StatusCode.INTERNAL),
        ),
        problem.code,
        trailing_metadata=((DETAILS, _fitting(details)),),
    )


@dataclass(frozen=True, slots=True)
class DoorKeys:
    """PEM files of the door's TLS; with an authority, every client must show its certificate."""

    certificate: Path
    key: Path
    client_authority: Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Read them."""
        pair = (self.key.read_bytes(), self.certificate.read_bytes())
        if self.client_authority is None:
            return grpc.ssl_server_credentials([pair])
        authority = self.client_authority.read_bytes()
        return grpc.ssl_server_credentials([pair], authority, require_client_auth=True)


async def open_door(
    listen: str, door: GrpcDoor, keys: DoorKeys | None = None
) -> tuple[aio.Server, int]:
    """Start the gRPC server for other systems, with TLS where it has keys; the port that it got."""
    server = aio.server(
        options=[("grpc.max_receive_message_length", BODY), ("grpc.so_reuseport", 0)]
    )
    server.add_generic_rpc_handlers((door,))
    port = (
        server.add_secure_port(listen, keys.credentials())
        if keys
        else server.add_insecure_port(listen)
    )
    await server.start()
    return server, port
