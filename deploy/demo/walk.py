"""The walk through the demo year: acts in date order against a running stack.

How a season is written (`demo/acts/<season>.py`): a list ACTS of `Act`s, each a row of the
storyboard; its `steps` are a mapping from the day to an `async def step(w: World) -> str | None`,
whose text is shown as the result. Steps of all acts are walked by day, then by the act's number;
the clock is advanced between days, and everything is settled after each step.

In a step:
- `w.figures.A.exante.requested`: every amount, mark, factor and expected result comes from there.
  Rows about towns or projects that this year does not have are skipped (`w.figures.town(code)`).
- `await w["财政局·甲"].do("AdmitProgramme", programme_id=w.ids["A"])`: a person calls an rpc by
  name over HTTP (`demo/officials.py`); `w["财政所·甲", town]` and `w["医院·一", key]` are the
  people of a place; `w.treasury` and `w.budget_system` call over gRPC (`demo/systems.py`).
- `async with refused(409, "D-9") as caught:` expects a refusal that names all the texts.
- `w.ids["A"]` is a programme's id by its key in the figures; `w.ids["C@370303101"]` a part's;
  `w.ids["A.target"]` its latest target of 2025 (`"A.target.2026"` of another year),
  `"B.exante"` its application, and so on: `<key>.<what>`.
- `w.check("A自评得分", answer.total, figures.A.self_evaluation.expected.total)` compares; a
  difference fails the walk, but does not stop it.
- `await w.each(rows, one)` does the same for many towns, a few at a time; it returns the answers.
- `w.show("A", "自评", "99.25")` puts a figure into the district's table of results.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

from .figures import Figures
from .offices import Offices
from .officials import Person
from .systems import System

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 6
"""How many people act at the same time where the storyboard says ×13."""
_number: contextvars.ContextVar[int] = contextvars.ContextVar("act", default=0)


class Stack(Protocol):
    """What the walk needs of an installation (`local.stack.Stack`)."""

    @property
    def url(self) -> str:
        """The gateway's address."""

    @property
    def door(self) -> str:
        """The gateway's gRPC door."""

    @property
    def site_url(self) -> str:
        """The public site's address."""

    def today(self) -> date:
        """The business day."""

    def advance(self, day: date) -> None:
        """Turn the clock forward."""

    def settle(self, day: date | None = None) -> None:
        """Wait until all events are applied."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A computed figure beside the expected one."""

    act: int
    what: str
    got: str
    expected: str

    @property
    def equal(self) -> bool:
        """Equal as text, or as decimals of the same value."""
        if self.got == self.expected:
            return True
        try:
            return Decimal(self.got) == Decimal(self.expected)
        except InvalidOperation:
            return False


@dataclass
class World:
    """The stack, the people, and what they remember: the one argument of every step."""

    figures: Figures
    stack: Stack
    offices: Offices = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """Anything else that a later act needs, by name."""
    comparisons: list[Comparison] = field(default_factory=list)
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    treasury: System = field(init=False)
    budget_system: System = field(init=False)

    def __post_init__(self) -> None:
        self.offices = Offices(self.figures)
        self.treasury = System("国库", self.stack.url, self.stack.door)
        self.budget_system = System("一体化", self.stack.url, self.stack.door)

    def __getitem__(self, key: str | tuple[str, str]) -> Person:
        name = key if isinstance(key, str) else f"{key[0]}@{key[1]}"
        return self.people[name]

    def check(self, what: str, got: Any, expected: Any) -> None:
        """Compare a computed figure; amounts and scores as exact decimals."""
        self.comparisons.append(Comparison(_number.get(), what, _text(got), _text(expected)))

    def show(self, row: str, column: str, value: Any) -> None:
        """Put a figure into the district's table of results."""
        self.shown.setdefault(row, {})[column] = _text(value)

    async def each(self, rows: Iterable[T], act: Callable[[T], Awaitable[R]]) -> list[R]:
        """Let several people act, a few at a time; the answers in order of the rows."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(row: T) -> R:
            async with room:
                return await act(row)

        return await asyncio.gather(*(one(row) for row in rows))

    async def settle(self) -> None:
        """Wait until every event is applied everywhere."""
        await asyncio.to_thread(self.stack.settle)

    async def close(self) -> None:
        """Close every connection."""
        for person in self.people.values():
            await person.close()
        for system in (self.treasury, self.budget_system):
            await system.close()


Step = Callable[[World], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Act:
    """A row of the storyboard; `steps` by day (several in a day: a tuple)."""

    no: int
    track: str
    article: str
    who: str
    what: str
    steps: Mapping[str, Step]


@dataclass(slots=True)
class Outcome:
    """What became of an act."""

    act: Act
    results: list[str] = field(default_factory=list)
    failure: str = ""
    done: int = 0


class Stopped(Exception):
    """An act went wrong where the walk is to stop at the first one."""


async def walk(
    world: World,
    acts: Iterable[Act],
    *,
    until: int | None = None,
    strict: bool = False,
    tell: Callable[[date, Act, str], None] = lambda *_: None,
) -> list[Outcome]:
    """Walk the acts by day; what went wrong is noted with its act.

    Args:
        world: Where everything is remembered.
        acts: Of one season or of all.
        until: The last act's number; None for all.
        strict: Stop at the first act that goes wrong.
        tell: Called after each step with the day, the act and the result.

    Raises:
        Stopped: with `strict`.
    """
    chosen = [act for act in acts if until is None or act.no <= until]
    outcomes = {act.no: Outcome(act) for act in chosen}
    steps = sorted((day, act.no, act) for act in chosen for day in act.steps)
    for day, number, act in steps:
        _number.set(number)
        result = await _step(world, outcomes[number], date.fromisoformat(day), act.steps[day])
        tell(date.fromisoformat(day), act, result)
        if strict and outcomes[number].failure:
            raise Stopped(f"第{number}幕 {act.what}：{outcomes[number].failure}")
    return list(outcomes.values())


async def _step(world: World, outcome: Outcome, day: date, step: Step) -> str:
    try:
        if world.stack.today() < day:
            await asyncio.to_thread(world.stack.advance, day)
        result = await step(world) or "完成"
        await world.settle()
    except Exception as error:  # noqa: BLE001 - the walk notes whatever goes wrong
        outcome.failure = f"{type(error).__name__}: {error}"
        return outcome.failure
    outcome.done += 1
    outcome.results.append(result)
    return result


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "、".join(map(_text, value))
    return str(value)
