"""Values that every service must treat alike: money, division codes, a record's coordinates."""

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self
from uuid import UUID

_YUAN = re.compile(r"-?(0|[1-9]\d{0,12})\.\d{2}", re.ASCII)
_DIVISION = re.compile(r"\d{2}(\d{2}(\d{2}(\d{3})?)?)?", re.ASCII)


def uuid7() -> UUID:
    """A time-ordered random id (A-7, RFC 9562); the standard library of 3.11 has none."""
    stamp, noise = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10))
    number = (stamp & (1 << 48) - 1) << 80 | noise
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount in fen, the hundredth of a yuan; never a float (A-7)."""

    fen: int = 0

    @classmethod
    def yuan(cls, text: str) -> Self:
        """Read "12.30", as the contract writes it; any other spelling raises ValueError."""
        if not _YUAN.fullmatch(text) or text == "-0.00":
            raise ValueError(f"not an amount in yuan: {text!r}")
        return cls(int(Decimal(text) * 100))

    def __str__(self) -> str:
        """Print as the contract writes it: yuan with two decimals."""
        sign, fen = ("-" if self.fen < 0 else ""), abs(self.fen)
        return f"{sign}{fen // 100}.{fen % 100:02d}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.fen + other.fen)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.fen - other.fen)

    def __neg__(self) -> "Money":
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0


@dataclass(frozen=True, slots=True, order=True)
class DivisionCode:
    """An unpadded administrative division code: 37, 3703, 370303 or 370303101."""

    digits: str

    def __post_init__(self) -> None:
        """Raise ValueError unless it has 2, 4, 6 or 9 digits."""
        if not _DIVISION.fullmatch(self.digits):
            raise ValueError(f"not a division code: {self.digits!r}")

    def covers(self, other: "DivisionCode") -> bool:
        """Say whether `other` lies in this territory. This line is the territory rule."""
        return other.digits.startswith(self.digits)

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where a record belongs: territory (division code), line (department), unit."""

    territory: str
    line: str
    unit: str

    @property
    def district(self) -> str:
        """The six digits of the district."""
        return self.territory[:6]


class Person(str):
    """Id of who acts, with what separation of duties asks of him (P3.2).

    `tied`: ids of those who are not "another" to him; `offices`: where he serves, an empty unit
    standing for each of its line and town. Kept and compared as a plain id.
    """

    tied: frozenset[str]
    offices: frozenset[Coordinates]

    def __new__(
        cls, person_id: str, tied: Iterable[str] = (), offices: Iterable[Coordinates] = ()
    ) -> Self:
        """An id with its ties and offices."""
        person = super().__new__(cls, person_id)
        person.tied = frozenset(tied) - {person_id, ""}
        person.offices = frozenset(offices)
        return person


def is_own(person: str, *earlier: str) -> bool:
    """Say whether one of those who acted `earlier` is this person, or is tied to him.

    This is the rule of separation by person: who lent him a post, who holds one of his, and for
    whom he acts count as himself. A plain id has no ties. Promises: P3.2. Rules: R-51.
    """
    tied = person.tied if isinstance(person, Person) else frozenset[str]()
    return person in earlier or not tied.isdisjoint(earlier)


def serves_at(person: str, at: Coordinates) -> bool:
    """Say whether this person serves in the office that a record belongs to. Rules: R-51."""
    return isinstance(person, Person) and any(
        (one.territory, one.line) == (at.territory, at.line) and one.unit in ("", at.unit)
        for one in person.offices
    )
