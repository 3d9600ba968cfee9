"""gRPC server and clients: the caller's token, deadlines, limits, and refusals on the wire.

The outermost wrapper of each method verifies the principal token, checks that it was minted for
this very method and that the role is in the method's access rule, runs the handler, and maps a
refusal to its status (P5.6). An unmapped exception is a bug: INTERNAL with the trace id, no text.
"""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar, cast

import grpc
import jwt
import protovalidate
import structlog
from grpc import aio
from opentelemetry import propagate
from opentelemetry import trace as otel
from protobuf import Message

from jixiao.api.access.v1 import access_pb, refusal_pb

from . import drafts, telemetry
from .access import LEEWAY, Principal, TokenReader
from .claims import Claim
from .database import Database
from .errors import (
    Answered,
    Busy,
    EtagMissing,
    Faulty,
    Finding,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Refused,
    RequestReused,
    Stale,
    StepUpRequired,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from .health import Health
from .transaction import Handler, Transactions, Work

log = structlog.get_logger()
R = TypeVar("R")
M = TypeVar("M", bound=Message[Any])
Context = aio.ServicerContext[Any, Any]
TOKEN = "x-jx-principal"  # noqa: S105 - a header's name
ADDRESS = "x-jx-address"
"""Metadata by which the gateway names the caller's network address; clients' own is dropped."""
DETAILS = "jx-refusal-bin"
LIMIT = 64
"""Calls answered at a time; the next is told to come back (P8.3)."""
LEAST = 0.05
"""Seconds that must be left of the caller's time for anything to begin (P8.1)."""
WORK = 8.0
"""Seconds that a service works on one call, whatever its caller's time (P8.1)."""
_tracer = otel.get_tracer("jixiao")

_CODES: Sequence[tuple[tuple[type[Answered], ...], grpc.StatusCode]] = (
    ((RequestReused, Faulty), grpc.StatusCode.INVALID_ARGUMENT),
    ((Unauthenticated,), grpc.StatusCode.UNAUTHENTICATED),
    ((Forbidden,), grpc.StatusCode.PERMISSION_DENIED),
    ((NotFound,), grpc.StatusCode.NOT_FOUND),
    ((Stale, Busy), grpc.StatusCode.ABORTED),
    ((EtagMissing, Refused), grpc.StatusCode.FAILED_PRECONDITION),
    ((Unavailable,), grpc.StatusCode.UNAVAILABLE),
    ((Overloaded, TooManyRequests), grpc.StatusCode.RESOURCE_EXHAUSTED),
)


@dataclass(frozen=True, slots=True)
class Call:
    """The call being answered: its principal, full method name and the caller's address."""

    principal: Principal
    method: str
    address: str = ""
    form: drafts.Form | None = None
    """The form that this method files, if it files one."""


_call: contextvars.ContextVar[Call] = contextvars.ContextVar("call")


def current() -> Call:
    """The call being answered in this task."""
    return _call.get()


def validated(request: Message[Any]) -> None:
    """Check the message rules of the contract. Raises Faulty with every finding."""
    findings = []
    for violation in protovalidate.collect_violations(request):
        path = violation.proto.field
        pointer = "".join(_step(e) for e in path.elements) if path else ""
        findings.append(Finding(pointer, violation.proto.rule_id, violation.proto.message))
    if findings:
        raise Faulty(*findings)


def _step(element: Any) -> str:
    index = element.subscript
    return f"/{element.field_name}" + (f"/{index.value}" if index is not None else "")


class Servicer:
    """Root of a service's gRPC classes: a command runs once, a read on one snapshot."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions

    async def once(
        self, request: Any, handle: "Handler[tuple[R, int]]", render: Callable[[R, int], M]
    ) -> M:
        """Run a command in the one transaction; request id and etag are the message's own.

        `handle` gives the aggregate with its version, `render` the answer. The answer comes back
        as its stored bytes (the server sends them as they are), typed as the message they hold.
        """
        if not request.request_id:
            raise Faulty(Finding("/request_id", "required", "缺少请求编号（Idempotency-Key）"))
        call = current()
        if (form := call.form) is not None:
            handle = _filing(form, request, handle)
        claim = Claim.of(call.principal, call.method, request, request.request_id)
        answer = await self.transactions.once(
            claim,
            call.principal,
            handle,
            lambda result: render(*result),
            etag=getattr(request, "etag", ""),
            address=call.address,
            reason=reason_of(request),
        )
        return cast("M", answer)

    async def read(self, request: Message[Any], look: Callable[[Work], Awaitable[R]]) -> R:
        """Answer a request from one snapshot under the caller's scope; nothing can be written."""
        del request  # its rules were checked at the door; `look` holds what it asks
        principal = current().principal
        async with self.transactions.database.snapshot(principal) as (connection, at):
            return await look(Work(connection, principal, at, self.transactions.clock.day(at)))


def reason_of(request: Any) -> str:
    """The reason that a command carries, where its message has one."""
    reason = getattr(request, "reason", "")
    return reason if isinstance(reason, str) else ""


def _filing(
    form: drafts.Form, request: Message[Any], handle: "Handler[tuple[R, int]]"
) -> "Handler[tuple[R, int]]":
    """The handler, with the draft of what it files ended in the same transaction (P5.8)."""

    async def file(work: Work) -> tuple[tuple[R, int], Sequence[object]]:
        done = await handle(work)
        await drafts.filed(work, form, request)
        return done

    return file


def access_of(service: Any) -> dict[str, access_pb.Access]:
    """Access rule by full method name; a method without one does not start (A-1)."""
    rules = {}
    for method in service.methods:
        name = f"/{service.type_name}/{method.name}"
        if access_pb.ext_access not in method.proto.options:
            raise RuntimeError(f"{name} has no access rule")
        rules[name] = method.proto.options[access_pb.ext_access]
        if rules[name].services and "request_id" in {f.name for f in method.input.fields}:
            raise RuntimeError(f"{name} is a command; services may call reads alone (P4.7)")
    return rules


def roles_of(rule: access_pb.Access) -> frozenset[str]:
    """Lower-case names of the roles that an access rule names."""
    return frozenset(role.name.lower() for role in rule.roles)


class Door(aio.ServerInterceptor):
    """The outermost wrapper of every method of a service."""

    def __init__(
        self,
        tokens: TokenReader,
        rules: dict[str, access_pb.Access],
        forms: Mapping[str, drafts.Form] = MappingProxyType({}),
    ) -> None:
        self._tokens, self._rules, self._forms = tokens, rules, forms
        self._roles = {method: roles_of(rule) for method, rule in rules.items()}
        self._free = asyncio.Semaphore(LIMIT)

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """Wrap the method's handler."""
        handler = await continuation(details)
        if handler is None or details.method not in self._rules:
            return handler
        method = details.method

        async def answer(request: Any, context: Context) -> Any:
            return await self._answer(method, handler.unary_unary, request, context)

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=handler.request_deserializer,
            response_serializer=_serialise(handler.response_serializer),
        )

    async def _answer(self, method: str, handle: Any, request: Any, context: Context) -> Any:
        metadata = {k: v for k, v in context.invocation_metadata() or () if isinstance(v, str)}
        rule = self._rules[method]
        with _tracer.start_as_current_span(
            f"rpc {rule.action}",
            context=propagate.extract(metadata),
            attributes={telemetry.ACTION: rule.action, telemetry.ARTICLES: ",".join(rule.articles)},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            if self._free.locked():
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "busy")
            left: float | None = context.time_remaining()  # None where there is no deadline
            if left is not None and left < LEAST:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "deadline")
            async with self._free:
                try:
                    principal = self._tokens.read(metadata.get(TOKEN, ""))
                except jwt.InvalidTokenError:
                    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "principal token")
                    raise
                try:
                    self._allow(principal, method, rule)
                    span.set_attribute(telemetry.ROLE, principal.role)
                    validated(request)
                    _call.set(
                        Call(principal, method, metadata.get(ADDRESS, ""), self._forms.get(method))
                    )
                    async with asyncio.timeout(WORK):
                        return await handle(request, context)
                except TimeoutError:  # a command may be in its COMMIT, never cut short (P1.2)
                    unknown = OutcomeUnknown if getattr(request, "request_id", "") else Unavailable
                    await refuse(context, unknown())
                except Answered as refusal:
                    span.set_attribute(telemetry.REFUSAL, refusal.reason)
                    await refuse(context, refusal)
                except aio.AbortError:
                    raise
                except Exception:
                    log.exception("bug", method=method)
                    await context.abort(grpc.StatusCode.INTERNAL, telemetry.trace_id())

    def _allow(self, principal: Principal, method: str, rule: access_pb.Access) -> None:
        if principal.action != method:
            raise Forbidden
        if principal.role == "system":  # a service, by its own proof (P4.7)
            if principal.person.removeprefix("system:") not in rule.services:
                raise Forbidden
            return
        if not principal.may_call(rule.action, self._roles[method]):
            raise Forbidden
        if rule.step_up and not principal.stepped_up(time.time() - LEEWAY):
            raise StepUpRequired


def _serialise(serializer: Any) -> Any:
    """Answers of commands are stored bytes already."""
    return lambda answer: answer if isinstance(answer, bytes) else serializer(answer)


def code_of(refusal: Answered) -> grpc.StatusCode:
    """The gRPC status of a refusal (P5.6)."""
    return next(
        (code for kinds, code in _CODES if isinstance(refusal, kinds)), grpc.StatusCode.INTERNAL
    )


async def refuse(context: Context, refusal: Answered) -> None:
    """End the call with a refusal and its details."""
    findings = refusal.findings if isinstance(refusal, Faulty) else ()
    details = refusal_pb.Refusal(
        reason=refusal.reason,
        article=refusal.article,
        message=refusal.message,
        facts=refusal.facts,
        findings=[
            refusal_pb.Finding(pointer=f.pointer, code=f.code, message=f.message)
            for f in findings[:200]
        ],
    )
    await context.abort(
        code_of(refusal), refusal.reason, trailing_metadata=((DETAILS, details.to_binary()),)
    )


async def serve(
    listen: str,
    servicers: Iterable[Any],
    services: Iterable[Any],
    tokens: TokenReader,
    database: Database,
) -> tuple[aio.Server, int]:
    """Start the server; the port that it got."""
    rules: dict[str, access_pb.Access] = {}
    services = list(services)
    for service in services:
        rules |= access_of(service)
    server = aio.server(
        interceptors=[Door(tokens, rules, drafts.forms_of(services))],
        options=[("grpc.max_receive_message_length", 2 * 2**20), ("grpc.so_reuseport", 0)],
    )
    for servicer in servicers:
        servicer.add_to_server(server)
    server.add_generic_rpc_handlers((Health(database),))
    port = server.add_insecure_port(listen)
    await server.start()
    return server, port
