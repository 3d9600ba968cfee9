"""What a service answered, as a stranger could compare it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from grpc import aio

from jixiao.gateway.routes import Operation
from jixiao.servicekit.access import Principal
from jixiao.servicekit.rpc import DETAILS, TOKEN
from jixiao.servicekit.testing import Minter

from .asking import OPERATIONS
from .places import Place

AT_ONCE = 3
BUSY = ("UNAVAILABLE", "RESOURCE_EXHAUSTED")
"""What a loaded machine answers; it says nothing of records, so it is asked again."""
T = TypeVar("T")


def _ids_in(message: Any, deep: int = 8) -> set[str]:
    found = {f.name.removesuffix("s") for f in message.fields if f.name.endswith(("_id", "_ids"))}
    for field in message.fields if deep else ():
        inner = getattr(field.value, "message", None) or getattr(field.value, "element", None)
        if hasattr(inner, "fields"):
            found |= _ids_in(inner, deep - 1)
    return found - {"request_id"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and the details of a refusal."""

    code: str
    body: bytes
    details: bytes

    def tells_of(self, place: Place) -> bool:
        """Whether a text or id of the place's records is in it."""
        texts = (f"-{place.name}".encode(), *(str(place.id(n)).encode() for n in _NAMES))
        return any(text in self.body + self.details for text in texts)

    def less(self, place: Place) -> tuple[str, bytes, bytes]:
        """As it reads without the names and ids that were asked for."""
        return self.code, _less(self.body, place), _less(self.details, place)


_NAMES = sorted({name for one in OPERATIONS for name in _ids_in(one.input.desc())})
"""All fields that hold an id of a record."""


def _less(text: bytes, place: Place) -> bytes:
    text = text.replace(f"-{place.name}".encode(), b"-")
    for name in _NAMES:
        text = text.replace(str(place.id(name)).encode(), b"-")
    return text


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one service under any post."""

    channel: aio.Channel
    minter: Minter

    async def __call__(self, operation: Operation, who: Principal, request: Any) -> Answer:
        """The answer to a request."""
        answer = await self._once(operation, who, request)
        return answer if answer.code not in BUSY else await self(operation, who, request)

    async def _once(self, operation: Operation, who: Principal, request: Any) -> Answer:
        token = self.minter.token(who, operation.method, audience=operation.owner)
        call: Any = self.channel.unary_unary(operation.method)
        try:
            body = await call(request.to_binary(), metadata=((TOKEN, token),), timeout=30)
        except aio.AioRpcError as error:
            told: Any = dict(error.trailing_metadata() or ())
            return Answer(error.code().name, b"", told.get(DETAILS, b""))
        return Answer("OK", body, b"")


async def each(tasks: Iterable[T], act: Callable[[T], Awaitable[str]]) -> list[str]:
    """What was found wrong, a few at a time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(task: T) -> str:
        async with room:
            return await act(task)

    return [found for found in await asyncio.gather(*map(one, tasks)) if found]
