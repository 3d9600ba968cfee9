"""Callers, a service and a client for the door's tests."""

import importlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from jixiao.gateway.app import Wiring
from jixiao.gateway.calling import Caller, Source
from jixiao.gateway.directory.access_log import Entry
from jixiao.servicekit.access import Principal
from jixiao.servicekit.errors import Forbidden
from jixiao.servicekit.rpc import current, validated

SAMPLE_ID = "0190a000-0000-7000-8000-000000000001"
GOOD: dict[str, Any] = {
    "display_name": "高标准农田建设", "budget": "1200.00", "opinion": "同意", "day": "2025-01-09",
    "year": 2025, "code": "agri-u1-2025-0001", "mark": "MARK_GOOD", "major": True,
    "rows": [{"name": "面积", "weight": "10.00"}],
}  # fmt: skip


def raw(**changes: Any) -> str:
    return json.dumps(GOOD | changes, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Person:
    person: str
    session: str
    grant_id: str
    principal: Principal
    ends_at: float
    per_second: int = 0

    def permit_from(self, source: Source) -> None:
        """From anywhere."""


def person(role: str, name: str) -> Person:
    principal = Principal(name, role, "g", "370303", "agri", "u1", session=f"s-{name}")
    return Person(name, f"s-{name}", "g", principal, time.time() + 600)


@dataclass(slots=True)
class Directory:
    """Callers by cookie or bearer token, as the directory would find them."""

    known: dict[str, Person] = field(default_factory=dict)

    async def caller_of(
        self,
        cookie: str | None,
        bearer: str | None,
        csrf: str | None,
        unsafe: bool,  # noqa: FBT001
        /,
    ) -> Caller | None:
        if bearer is None and cookie in self.known and unsafe and csrf != f"csrf-{cookie}":
            raise Forbidden
        return self.known.get(bearer or cookie or "")


@dataclass(slots=True)
class Backend:
    """What the service saw, and what it shall answer."""

    seen: list[Any] = field(default_factory=list)
    principals: list[Principal] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    refusals: list[BaseException] = field(default_factory=list)

    metadata: list[dict[str, Any]] = field(default_factory=list)
    """What came with each call, by name."""
    left: list[float] = field(default_factory=list)
    """Seconds that each call still had."""

    def take(self, request: Any, context: Any) -> None:
        validated(request)
        self.left.append(context.time_remaining())
        self.metadata.append(dict(context.invocation_metadata() or ()))
        self.seen.append(request)
        self.principals.append(current().principal)
        self.addresses.append(current().address)
        if self.refusals:
            raise self.refusals.pop(0)


@dataclass(slots=True)
class System:
    """The running door with a client as one unit's filer and access to what lies behind."""

    http: httpx.AsyncClient
    backend: Backend
    wiring: Wiring
    directory: Directory
    noted: list[Entry] = field(default_factory=list)
    """What the door wrote into the access log."""

    async def file(self, raw: bytes | str | None = None, **changes: Any) -> httpx.Response:
        """File a sample, by default a good one with `changes`."""
        headers = {
            "If-Match": '"3"',
            "Idempotency-Key": str(uuid4()),
            "Content-Type": "application/json",
            "Authorization": "Bearer unit",
            **changes.pop("headers", {}),
        }
        content = raw if raw is not None else changes.pop("content", None)
        return await self.http.post(
            f"/v1/samples/{SAMPLE_ID}:file",
            content=content,
            headers={k: v for k, v in headers.items() if v},
        )


def servicer(sample_pb: Any, backend: Backend) -> Any:
    generated = importlib.import_module("jixiao.api.sample.v1.sample_pb_grpc")

    class Samples(generated.SamplesService):  # type: ignore[name-defined,misc]
        async def file_sample(self, request: Any, context: Any) -> Any:
            backend.take(request, context)
            return sample_pb.Sample(
                sample_id=request.sample_id,
                etag="4",
                display_name=request.display_name,
                opinion=request.opinion,
                mark=sample_pb.Mark.GOOD,
            )

        async def get_sample(self, request: Any, context: Any) -> Any:
            backend.take(request, context)
            return sample_pb.Sample(sample_id=request.sample_id, etag="3")

        async def list_samples(self, request: Any, context: Any) -> Any:
            backend.take(request, context)
            return sample_pb.ListSamplesResponse()

        async def enter(self, request: Any, context: Any) -> Any:
            backend.take(request, context)
            return sample_pb.EnterResponse(session_token="secret", name=request.name)

    return Samples()
