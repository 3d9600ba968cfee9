"""What a service tells the others: its catalogue of events, and one event as received (A-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from protobuf import Message

from . import wire
from .errors import Refused

LARGEST = 256 * 2**10
"""Bytes of an event's payload (P2.2)."""
VERSION = 1
"""Version of the events that we tell and understand; within one they only gain fields (P7.4)."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How one domain event is told: its message, its aggregate and the field with that id.

    The subject is `jixiao.<service>.<aggregate>.<name>`; fields travel by equal names.
    """

    event: type
    message: type[Message[Any]]
    aggregate: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event ready for the outbox."""

    subject: str
    aggregate_id: UUID
    payload: bytes


class EventTooLarge(Refused):
    """What would have to be told is more than the others take; nothing was done."""

    reason = "event_too_large"
    sentence = "本次提交的内容过多（通知其他系统的部分达{size}千字节，上限256千字节），请精简文字或分次提交。"


class Catalogue:
    """All events of a service, and its stream."""

    def __init__(self, service: str, tellings: Sequence[Telling]) -> None:
        self.service = service
        self.stream = service.upper()
        self._by_type = {telling.event: telling for telling in tellings}

    def tell(self, event: object) -> Told:
        """The outbox row of a domain event; an event that is not in the catalogue is a bug.

        Raises EventTooLarge: in the outbox it would hold back its aggregate for ever.
        """
        telling = self._by_type[type(event)]
        payload = wire.write(event, telling.message).to_binary()
        if len(payload) > LARGEST:
            raise EventTooLarge(size=len(payload) // 2**10)
        return Told(
            f"jixiao.{self.service}.{telling.aggregate}.{telling.name}",
            getattr(event, telling.key),
            payload,
        )


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it came from the stream (or from the source's outbox)."""

    subject: str
    event_id: UUID
    aggregate_id: UUID
    epoch: int
    seq: int
    day: date
    """The business day on which it happened; what it starts counts from here (P1.7)."""
    payload: bytes
    headers: Mapping[str, str]

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the events of its aggregate: (epoch, seq)."""
        return self.epoch, self.seq

    @property
    def known(self) -> bool:
        """Whether we understand events of its version."""
        return self.headers.get("jx-version", "1") == str(VERSION)

    @classmethod
    def of(cls, subject: str, payload: bytes, headers: Mapping[str, str]) -> "Received":
        """The event under these headers. Raises KeyError, ValueError where they are not ours."""
        return cls(
            subject=subject,
            event_id=UUID(headers["ce-id"]),
            aggregate_id=UUID(headers["ce-subject"]),
            epoch=int(headers["jx-epoch"]),
            seq=int(headers["jx-seq"]),
            day=date.fromisoformat(headers["jx-day"]),
            payload=payload,
            headers=headers,
        )
