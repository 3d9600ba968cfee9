"""The treasury and the integrated budget system: clients at the gateway's gRPC door (A-6, P4.5).

`await system.do("ImportExecution", …)` calls the generated client of the rpc's service with a
bearer token for its own proof, an assertion signed with its key or a secret; an interrupted call is
repeated with the same request id.
"""

import asyncio
import importlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from grpc import aio

from jixiao.api.access.v1 import refusal_pb

from .contract import operation, plain
from .figures import Node
from .officials import ATTEMPTS, NotRefused

DETAILS = "jx-refusal-bin"
_AGAIN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNAUTHENTICATED,
)


class SystemRefusal(Exception):
    """A refusal at the gRPC door, with the details of its trailing metadata."""

    def __init__(self, error: aio.AioRpcError) -> None:
        self.status = error.code()
        details = refusal_pb.Refusal(reason=error.details() or "")
        for key, value in error.trailing_metadata() or ():
            if key == DETAILS and isinstance(value, bytes):
                details = refusal_pb.Refusal.from_binary(value)
        self.code, self.article = details.reason, details.article
        self.detail = details.message
        super().__init__(self.words)

    @property
    def words(self) -> str:
        """Everything that it says, for a person."""
        return f"{self.status.name} {self.code} {self.article} {self.detail}".strip()

    def must_name(self, status: str, *texts: str) -> "SystemRefusal":
        """Check the gRPC status and what is said. Raises NotRefused."""
        if self.status.name != status or any(text not in self.words for text in texts):
            raise NotRefused(f"expected {status} {texts}, got {self.words}")
        return self


@dataclass(slots=True)
class System:
    """One client system with its secret."""

    name: str
    url: str
    door: str
    client_id: str = ""
    client_secret: str = ""
    key: Ed25519PrivateKey | None = None
    """Made by `own_key`; it then has no secret."""
    token: str = ""
    channel: aio.Channel | None = None

    def own_key(self) -> str:
        """Make its key; the public part as PEM, to be registered."""
        self.key = Ed25519PrivateKey.generate()
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def _proof(self) -> dict[str, str]:
        """An assertion signed with its key (RFC 7523), or its secret."""
        if self.key is None:
            return {"client_secret": self.client_secret}
        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": "jixiao-gateway",
            "jti": str(uuid4()), "iat": now, "exp": now + 60,
        }  # fmt: skip
        return {"client_assertion": jwt.encode(claims, self.key, "EdDSA")}

    async def do(self, rpc: str, **given: Any) -> Node:
        """Call an rpc by name; fields by their name in the contract. Raises SystemRefusal."""
        one = operation(rpc)
        if "request_id" in one.fields:
            given.setdefault("request_id", str(uuid4()))
        request = one.input.from_json(json.dumps(given))
        answer = await self._patiently(one.method, request)
        tree = json.loads(answer.to_json(use_proto_field_name=True, always_emit_implicit=True))
        return Node(plain(tree, one.output.desc()))

    async def refused(self, rpc: str, status: str, *texts: str, **given: Any) -> SystemRefusal:
        """Call what must be refused. Raises NotRefused."""
        try:
            await self.do(rpc, **given)
        except SystemRefusal as refusal:
            return refusal.must_name(status, *texts)
        raise NotRefused(f"expected {status} {' '.join(texts)}, but it was done")

    async def close(self) -> None:
        """Give the connection back."""
        if self.channel is not None:
            await self.channel.close()
            self.channel = None

    async def _patiently(self, method: str, request: Any) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(method, request)
            except aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                    self.token = ""
                if error.code() not in _AGAIN or attempt == ATTEMPTS:
                    raise SystemRefusal(error) from None
            await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
        raise AssertionError

    async def _once(self, method: str, request: Any) -> Any:
        if not self.token:
            await self.authenticate()
        if self.channel is None:
            self.channel = aio.insecure_channel(self.door)
        call = getattr(_client(method)(self.channel), _snake(method.rpartition("/")[2]))
        return await call(
            request, timeout=20, metadata=(("authorization", f"Bearer {self.token}"),)
        )

    async def authenticate(self) -> None:
        """Get a token of ten minutes."""
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            response = await client.post(
                "/v1/clients:issueToken",
                json={"client_id": self.client_id, **self._proof()},
            )
        response.raise_for_status()
        self.token = response.json()["access_token"]


def _client(method: str) -> Any:
    """The generated client class of a method: `/jixiao.targets.v1.Targets/…` → TargetsClient."""
    service = method.lstrip("/").partition("/")[0]
    for descriptor, module in _modules():
        if descriptor == service:
            return getattr(module, f"{service.rpartition('.')[2]}Client")
    raise KeyError(service)


def _modules() -> Any:
    from jixiao.gateway.routes import contract_services  # noqa: PLC0415 - reads the whole contract

    for service in contract_services():
        file = service.file.name.removesuffix(".proto").replace("/", ".")
        yield service.type_name, importlib.import_module(f"jixiao.api.{file}_pb_grpc")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
