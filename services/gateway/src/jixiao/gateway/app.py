"""The HTTP side of the door: one route for the whole contract (A-1), in the order of P5.1.

Length, path, caller, rate, wall 1, and only then the body: nobody who may not call an operation
learns what it makes of a message.
"""

import contextlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from fastapi import FastAPI
from grpc import aio
from opentelemetry import trace
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from jixiao.servicekit import telemetry
from jixiao.servicekit.errors import Answered
from jixiao.servicekit.rpc import ADDRESS

from . import arrival, openapi
from .arrival import FILES, address_of
from .calling import BUDGET, NOBODY, Caller, CallerOf, Peers, Source
from .directory.access_log import Entry
from .fields import check_of
from .files import FileStore
from .limits import Limiter
from .oidc_door import BEGIN, CALLBACK, OidcDoor
from .pages import Pages
from .problems import Problem, of_refusal, of_rpc
from .reads import read_entries
from .routes import UNSAFE, Operation, Routes
from .tokens import Minter
from .transcoding import message_of

log = structlog.get_logger()
STATUS = "http.response.status_code"
_SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HSTS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
Handler = Callable[[Request], Awaitable[Response]]
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_OWN = ("/v1/files", "/v1/permissions", "/v1/oidc/")


@dataclass(slots=True)
class Wiring:
    """What the door needs; `main` puts it together."""

    routes: Routes
    peers: Peers
    minter: Minter
    caller_of: CallerOf
    limiter: Limiter
    secure: bool = True
    """Cookie `__Host-jx` with Secure, and HSTS; off for plain http on localhost alone."""
    files: FileStore | None = None
    portal: Path | None = None
    """Folder of the portal's built files."""
    ready: Callable[[], Awaitable[bool]] | None = None
    note: Callable[[Entry], None] | None = None
    """Takes what is to be in the access log."""
    oidc: OidcDoor | None = None
    """Sign-in by an OpenID provider, where there is one."""

    @property
    def cookie(self) -> str:
        """Name of the session's cookie (P4.1)."""
        return "__Host-jx" if self.secure else "jx"


class Application(FastAPI):
    """Answers the contract's operations at once; all other paths go the framework's way."""

    operations: Handler | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if self.operations is None or not _of_contract(scope):
            await super().__call__(scope, receive, send)
            return
        response = await self.operations(Request(scope, receive))
        await response(scope, receive, send)


def _of_contract(scope: Scope) -> bool:
    """Whether the one route of the contract takes it."""
    if scope["type"] != "http" or scope["method"] not in _METHODS:
        return False
    path: str = scope["path"]
    return path.startswith("/v1/") and not path.startswith(_OWN)


def create(wiring: Wiring) -> Application:
    """The gateway's HTTP application. Raises ContractFault for what it cannot speak."""
    app = Application(
        docs_url=None, redoc_url=None, openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )  # fmt: skip
    for operation in wiring.routes.by_method.values():
        check_of(operation.input.desc())
    door = HttpDoor(wiring)
    document = cache(lambda: JSONResponse(openapi.document(wiring.routes, wiring.cookie)))
    table = JSONResponse({"permissions": openapi.permissions(wiring.routes)})
    for path, handler in (
        ("/openapi.json", _constant(document)),  # large: made when first asked for
        ("/v1/permissions", _constant(lambda: table)),
        ("/healthz", _constant(lambda: JSONResponse({"status": "ok"}))),
        ("/readyz", door.readiness),
    ):
        app.add_route(path, handler, methods=["GET"], include_in_schema=False)
    app.add_route(FILES, door.guarded("files", door.upload), methods=["POST"])
    app.add_route(f"{FILES}/{{file_id}}", door.guarded("files", door.download), methods=["GET"])
    app.add_route(BEGIN, door.guarded("oidc", door.oidc_begin), methods=["GET"])
    app.add_route(CALLBACK, door.guarded("oidc", door.oidc_callback), methods=["GET"])
    app.operations = door.guarded("", door.transcode)
    app.add_route("/v1/{path:path}", app.operations, methods=_METHODS)
    app.add_route("/{path:path}", door.guarded("page", door.page), methods=["GET", "HEAD"])
    return app


def _constant(made: Callable[[], Response]) -> Handler:
    async def answer(_: Request) -> Response:
        response = made()
        response.headers.update({k: v for k, v in _SECURITY.items() if k != "Cache-Control"})
        return response

    return answer


class HttpDoor:
    """Answers HTTP requests: finds the operation and the caller, calls the service, answers."""

    def __init__(self, wiring: Wiring) -> None:
        self._ = wiring
        self._headers = _SECURITY | (_HSTS if wiring.secure else {})
        self._pages = Pages(wiring.portal)

    def guarded(self, name: str, handle: Handler) -> Handler:
        """Wrap a handler: root span, problems for refusals, security headers, no text of a bug."""

        async def answer(request: Request) -> Response:
            with telemetry.span(f"http {name}".strip()) as span:
                traced = telemetry.trace_id() or secrets.token_hex(16)
                try:
                    arrival.short_enough(request)
                    response = await handle(request)
                except Exception as error:  # noqa: BLE001 - the outermost handler (P5.6)
                    response = _answer(error).response(request.url.path, traced)
                for header, value in self._headers.items():
                    response.headers.setdefault(header, value)
                span.set_attribute(STATUS, response.status_code)
                return response

        return answer

    async def readiness(self, _: Request) -> Response:
        """Ready when the database answers (P8.5)."""
        ready = self._.ready is None or await self._.ready()
        return JSONResponse({"status": "ok" if ready else "starting"}, 200 if ready else 503)

    async def transcode(self, request: Request) -> Response:
        """Any operation of the contract; its time runs from the request's arrival (P8.1)."""
        ends = time.monotonic() + BUDGET
        operation, values = self._operation(request)
        caller = await self.caller(request, for_anyone=operation.for_anyone)
        _name_span(operation, caller)
        self._admit(request, operation, caller)
        who = address_of(request) if caller is NOBODY else caller.person
        client = "authorization" in request.headers
        with self._.limiter.place(who, "client" if client else "person"):
            return await self._ask(request, operation, values, caller, ends)

    async def _ask(
        self, request: Request, operation: Operation, values: tuple[str, ...], caller: Caller,
        ends: float,
    ) -> Response:  # fmt: skip
        """Read the message, hand it to the service, answer."""
        message = message_of(
            operation,
            values,
            request.url.query,
            request.headers,
            await arrival.body(request),
        )
        if operation.signs_in:
            self._.limiter.admit_sign_in(getattr(message, "login_name", ""), address_of(request))
        if (owner := self._.routes.owner_of(operation, message)) is None:
            raise Problem(404, "not_found")
        token = self._.minter.token(caller.principal, operation.method, owner, caller.ends_at)
        answer = await self._.peers.call(
            owner,
            operation.method,
            message.to_binary(),
            token,
            repeatable=operation.http == "GET" or bool(getattr(message, "request_id", "")),
            within=ends - time.monotonic(),
            more=((ADDRESS, address_of(request)),),
        )
        if self._.note is not None:
            for entry in read_entries(operation, caller, message, answer, address_of(request)):
                self._.note(entry)
        return self._response(operation, answer)

    async def caller(self, request: Request, *, for_anyone: bool) -> Caller:
        """Who calls, by bearer token or session cookie. Raises Problem 401 or 403.

        An unsafe call that a browser sends must come from our own pages (P4.2). What anyone may
        do is done without the cookie's session, except that a read sees it.
        """
        unsafe = request.method in UNSAFE
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else None
        cookie = None if token else request.cookies.get(self._.cookie)
        if unsafe and not token:
            arrival.same_origin(request, required=cookie is not None and not for_anyone)
        if for_anyone and (unsafe or not (token or cookie)):
            return NOBODY
        csrf = request.headers.get("x-csrf-token")
        found = await self._.caller_of(cookie, token, csrf, unsafe) if token or cookie else None
        if found is None and not for_anyone:
            raise Problem(401, "unauthenticated", headers={"WWW-Authenticate": "Bearer"})
        caller = found or NOBODY
        caller.permit_from(Source(address_of(request)))
        return caller

    def _operation(self, request: Request) -> tuple[Operation, tuple[str, ...]]:
        raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
        match = self._.routes.match(raw.partition(b"?")[0].decode("ascii", "replace"))
        if match is None:
            raise Problem(404, "not_found")
        if request.method not in match.operations:
            allowed = ", ".join(sorted(match.operations))
            raise Problem(
                405, "method_not_allowed", f"该地址只接受 {allowed}。", headers={"Allow": allowed}
            )
        return match.operations[request.method], match.values

    def _admit(self, request: Request, operation: Operation, caller: Caller) -> None:
        """Rate and wall 1, before the body is read."""
        limiter = self._.limiter
        if caller is NOBODY:
            limiter.admit(address_of(request), "anyone")
        else:
            client = "authorization" in request.headers
            limiter.admit(caller.person, "client" if client else "person", caller.per_second)
            if operation.http in UNSAFE and not client:
                limiter.admit(caller.person, "commands")
        if not operation.admits(caller.principal):
            log.info("denied", action=operation.access.action, role=caller.principal.role)
            raise Problem(*operation.refusal(caller.principal.role))
        operation.permit_now(caller.principal)

    def _response(self, operation: Operation, answer: bytes) -> Response:
        """ProtoJSON under the contract's names; etag as a header, a session token as the cookie."""
        message = operation.output.from_binary(answer)
        text = message.to_json(use_proto_field_name=True, always_emit_implicit=True)
        if operation.free:
            text = json.dumps(json.loads(text, parse_float=_whole), ensure_ascii=False)
        if "session_token" not in operation.answers:
            response = Response(text, media_type="application/json")
        else:
            tree = json.loads(text)
            session = tree.pop("session_token", "")
            response = JSONResponse(tree)
            self._set_cookie(response, session)
        if etag := getattr(message, "etag", ""):
            response.headers["ETag"] = f'"{etag}"'
        return response

    def _set_cookie(self, response: Response, session: str) -> None:
        """A new session's cookie; an answer with an empty token ends the session (P4.1)."""
        response.set_cookie(
            self._.cookie,
            session,
            max_age=None if session else 0,
            path="/",
            secure=self._.secure,
            httponly=True,
            samesite="lax",
        )

    async def page(self, request: Request) -> Response:
        """What is no operation: the portal's files."""
        return self._pages.get(request.url.path)

    async def upload(self, request: Request) -> Response:
        """`POST /v1/files` (A-10)."""
        store, caller = self._store(), await self.caller(request, for_anyone=False)
        self._.limiter.admit(caller.person, "commands")
        with self._.limiter.place(caller.person, "files"):
            kept = await store.take(request, caller.principal)
        return JSONResponse(kept.document(), 201)

    async def download(self, request: Request) -> Response:
        """`GET /v1/files/{file_id}`."""
        store, caller = self._store(), await self.caller(request, for_anyone=False)
        self._.limiter.admit(caller.person, "person")
        with contextlib.ExitStack() as place:
            place.enter_context(self._.limiter.place(caller.person, "files"))
            sent = await store.give(request.path_params["file_id"], caller.principal)
            sent.held = place.pop_all()  # until the last byte has gone
            return sent

    async def oidc_begin(self, request: Request) -> Response:
        """`GET /v1/oidc/begin`: to the provider (P4.4)."""
        self._.limiter.admit(address_of(request), "anyone")
        return await self._oidc().begin()

    async def oidc_callback(self, request: Request) -> Response:
        """`GET /v1/oidc/callback`: back from the provider, into the portal."""
        address = address_of(request)
        self._.limiter.admit(address, "anyone")
        return await self._oidc().callback(request, address, self._set_cookie)

    def _oidc(self) -> OidcDoor:
        if self._.oidc is None:
            raise Problem(404, "not_found")
        return self._.oidc

    def _store(self) -> FileStore:
        if self._.files is None:
            raise Problem(404, "not_found")
        return self._.files


def _whole(spelled: str) -> float | int:
    """A number of free JSON: what was typed as 2026 is not 2026.0."""
    number = float(spelled)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _answer(error: Exception) -> Problem:
    """The problem of whatever came out of a handler; an unmapped exception is a bug."""
    match error:
        case Problem():
            return error
        case Answered():
            return of_refusal(error)
        case aio.AioRpcError():
            return of_rpc(error)
        case ClientDisconnect():
            return Problem(400, "disconnected", "连接中断，请重试。")
        case _:
            log.error("bug", kind=type(error).__name__, exc_info=error)
            return Problem(500, "internal")


def _name_span(operation: Operation, caller: Caller) -> None:
    span = trace.get_current_span()
    span.update_name(f"http {operation.access.action}")
    span.set_attribute(telemetry.ACTION, operation.access.action)
    span.set_attribute(telemetry.ROLE, caller.principal.role)
