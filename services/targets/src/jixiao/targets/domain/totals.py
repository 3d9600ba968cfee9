"""Totals of a year: each yuan once, at the programme that spends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from jixiao.servicekit.values import Money

from . import budget
from .kinds import TargetLevel
from .library import Programme

NOTHING = Money()
NOT_A_TRANSFER = "not_a_transfer"


@dataclass(frozen=True, slots=True)
class Total:
    """Count and sums of one town, department or origin; `key` is empty for all."""

    key: str
    count: int = 0
    initial_budget: Money = NOTHING
    full_year_budget: Money = NOTHING
    executed: Money = NOTHING


@dataclass(frozen=True, slots=True)
class Totals:
    """Released spending programmes of a year, by town, department and origin."""

    year: int
    all: Total
    by_town: tuple[Total, ...]
    by_department: tuple[Total, ...]
    by_origin: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class _Spender:
    town: str
    department: str
    origin: str
    initial: Money
    full_year: Money
    executed: Money


def count(year: int, running: Iterable[Programme], executed: dict[UUID, Money]) -> Totals:
    """Add up the programmes whose release of `year` reached the spender.

    Roots and parts of transfers are left out: their money is at the projects below. What is
    classified has no description and is never running.

    Articles: D-6(7), D-27.
    """
    spenders = [
        _spender(programme, year, executed.get(programme.programme_id, NOTHING))
        for programme in running
        if not programme.classified and programme.described.target_level is TargetLevel.PROJECT
    ]
    return Totals(
        year,
        _total("", spenders),
        _by("town", spenders),
        _by("department", spenders),
        _by("origin", spenders),
    )


def _spender(programme: Programme, year: int, executed: Money) -> _Spender:
    what, at = programme.described, programme.coordinates
    below = programme.parent_id is not None
    initial = (
        programme.entered_amount(year) if below else budget.initial_of(programme.budget_rows, year)
    )
    return _Spender(
        at.territory,
        at.line,
        what.origin.value if what.transfer else NOT_A_TRANSFER,
        initial or NOTHING,
        programme.current_budget(year) or NOTHING,
        executed,
    )


def _by(field: str, spenders: list[_Spender]) -> tuple[Total, ...]:
    keys = sorted({getattr(one, field) for one in spenders})
    return tuple(
        _total(key, [one for one in spenders if getattr(one, field) == key]) for key in keys
    )


def _total(key: str, spenders: list[_Spender]) -> Total:
    return Total(
        key,
        len(spenders),
        sum((one.initial for one in spenders), NOTHING),
        sum((one.full_year for one in spenders), NOTHING),
        sum((one.executed for one in spenders), NOTHING),
    )
