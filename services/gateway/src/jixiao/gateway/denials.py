"""What was denied goes into the access log, whichever wall denied it (D-7, T-9; P6.1).

Beside the doors, not in them: an answer of 403, the door's own or a service's, is noted with who
asked for what, after it was sent.
"""

import json
from collections.abc import Callable

import grpc
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jixiao.servicekit.rpc import Context

from .calling import Caller, CallerOf
from .directory.access_log import Entry
from .directory.errors import LoginFailed
from .door import GrpcDoor, address_of
from .routes import Operation, Routes

Note = Callable[[Entry], None]


class HttpDenials:
    """Wraps the HTTP application."""

    def __init__(
        self, app: ASGIApp, routes: Routes, caller_of: CallerOf, cookie: str, note: Note
    ) -> None:
        self._app, self._routes, self._caller_of = app, routes, caller_of
        self._cookie, self._note = cookie, note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note a 403 when its body has gone."""
        denied = False
        body = b""

        async def sending(message: Message) -> None:
            nonlocal denied, body
            if message["type"] == "http.response.start":
                denied = message["status"] == 403
            elif denied:
                body += message.get("body", b"")
            await send(message)

        await self._app(scope, receive, sending)
        if denied:
            await self._remember(Request(scope), body)

    async def _remember(self, request: Request, body: bytes) -> None:
        raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
        match = self._routes.match(raw.decode("ascii", "replace"))
        operation = match.operations.get(request.method) if match else None
        if operation is None:
            return
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        bearer = token if scheme.lower() == "bearer" else None
        cookie = None if bearer else request.cookies.get(self._cookie)
        caller = await self._caller_of(cookie, bearer, None, False)  # noqa: FBT003
        address = request.client.host if request.client else ""
        problem = json.loads(body or b"{}")
        if problem.get("code") == LoginFailed.reason:
            return  # the login itself has noted it
        self._note(
            entry_of(operation, caller, problem.get("code", ""), address, problem.get("trace", ""))
        )


class NotedGrpcDoor(GrpcDoor):
    """The gRPC door, with its denials noted."""

    async def _answer(self, operation: Operation, payload: bytes, context: Context) -> bytes:
        try:
            return await super()._answer(operation, payload, context)
        finally:
            if context.code() == grpc.StatusCode.PERMISSION_DENIED:
                metadata = dict(context.invocation_metadata() or ())
                bearer = str(metadata.get("authorization", "")).partition(" ")[2]
                caller = await self._caller_of(None, bearer, None, False)  # noqa: FBT003
                reason = str(context.details() or "")
                if reason != LoginFailed.reason and self._note is not None:
                    self._note(entry_of(operation, caller, reason, address_of(context), ""))


def entry_of(
    operation: Operation, caller: Caller | None, reason: str, address: str, trace: str
) -> Entry:
    """The entry of one denial."""
    return Entry(
        operation.access.action, "denied", reason,
        person_id=caller.person if caller else "", role=caller.principal.role if caller else "",
        grant_id=caller.grant_id if caller else "", address=address, trace=trace,
    )  # fmt: skip
