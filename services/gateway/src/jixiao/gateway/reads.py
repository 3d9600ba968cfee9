"""What sensitive things were read goes into the access log (P6.1).

Two kinds: operations that the contract marks `recorded`, and whatever shows a classified record,
whoever reads it and by which operation. Only a cleared caller can be shown one, so that nobody
else's answers are looked through.
"""

from collections.abc import Iterator
from typing import Any

from protobuf import Message

from .calling import Caller
from .directory.access_log import Entry
from .routes import UNSAFE, Operation

OPEN = frozenset({"", "public", "internal"})
"""Classifications that need no clearance (P3.4)."""


def read_entries(
    operation: Operation, caller: Caller, asked: Message[Any], answer: bytes, address: str
) -> Iterator[Entry]:
    """The entries of one successful answer."""
    if operation.access.recorded:
        record = str(getattr(asked, operation.variables[-1], "")) if operation.variables else ""
        programme = str(getattr(asked, "programme_id", ""))
        yield _entry(operation, caller, address, "recorded", record, programme)
    if caller.principal.cleared and operation.http not in UNSAFE:
        for programme in _classified(operation.output.from_binary(answer)):
            yield _entry(operation, caller, address, "classified", programme, programme)


def _classified(message: Message[Any]) -> Iterator[str]:
    """Programme ids of the classified records that an answer shows."""
    if getattr(message, "classification", "") not in OPEN:
        yield str(getattr(message, "programme_id", ""))
    for described in message.desc().fields:
        held = getattr(message, described.local_name)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, Message):
                yield from _classified(one)


def _entry(
    operation: Operation, caller: Caller, address: str, reason: str, record: str, programme: str
) -> Entry:
    return Entry(
        operation.access.action, "read", reason, person_id=caller.person,
        role=caller.principal.role, grant_id=caller.grant_id, address=address, record=record,
        programme_id=programme,
    )  # fmt: skip
