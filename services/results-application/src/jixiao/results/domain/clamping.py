"""Floors, caps and the last fen: composite shares become exact amounts (R-35, R-36)."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor

from jixiao.servicekit.errors import Finding
from jixiao.servicekit.values import Money

from .errors import Infeasible


class Clamp(StrEnum):
    """Whether an amount is free or frozen at its floor or cap."""

    FREE = "free"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


@dataclass(frozen=True, slots=True)
class Limits:
    """Floor and cap of a town; None: none."""

    minimum: Money | None = None
    maximum: Money | None = None

    def clamp(self, amount: Fraction) -> tuple[Fraction, Clamp]:
        """The amount within the limits (fen), and which limit it met."""
        if self.minimum is not None and amount < self.minimum.fen:
            return Fraction(self.minimum.fen), Clamp.MINIMUM
        if self.maximum is not None and amount > self.maximum.fen:
            return Fraction(self.maximum.fen), Clamp.MAXIMUM
        return amount, Clamp.FREE


@dataclass(frozen=True, slots=True)
class Portion:
    """A town's amount: whole fen, the fraction cut off, the fen given back for it."""

    clamp: Clamp
    floor: Money
    remainder: Fraction
    extra_fen: int

    @property
    def amount(self) -> Money:
        """The amount in fen."""
        return Money(self.floor.fen + self.extra_fen)


def share_out(pool: Money, composite: list[Fraction], limits: list[Limits]) -> list[Portion]:
    """Divide the pool by the composite shares within the limits; Σ = pool always.

    The missing fen go one each by largest fractional part, ties to the earlier entry, so the
    entries must come in the order of their division codes.

    Raises Infeasible unless Σ floors ≤ pool ≤ Σ caps.

    Rules: R-35, R-36.
    """
    _feasible(pool, limits)
    frozen = _freeze(pool, composite, limits)
    free = _proportional(pool, composite, frozen)
    exact = [frozen[i][0] if i in frozen else free[i] for i in range(len(composite))]
    floors = [floor(amount) for amount in exact]
    missing = pool.fen - sum(floors)
    order = sorted(
        (i for i in range(len(exact)) if i not in frozen),
        key=lambda i: (floors[i] - exact[i], i),
    )
    extra = set(order[:missing])
    return [
        Portion(
            clamp=frozen[i][1] if i in frozen else Clamp.FREE,
            floor=Money(floors[i]),
            remainder=exact[i] - floors[i],
            extra_fen=int(i in extra),
        )
        for i in range(len(exact))
    ]


def _feasible(pool: Money, limits: list[Limits]) -> None:
    minimum = sum(limit.minimum.fen for limit in limits if limit.minimum)
    caps = [limit.maximum.fen for limit in limits if limit.maximum is not None]
    maximum = sum(caps) if len(caps) == len(limits) else None
    crossed = any(
        limit.maximum is not None and (limit.minimum or Money()) > limit.maximum for limit in limits
    )
    if crossed or minimum > pool.fen or (maximum is not None and maximum < pool.fen):
        facts = {
            "minimum": Money(minimum),
            "maximum": "不限" if maximum is None else Money(maximum),
            "pool": pool,
        }
        message = Infeasible.sentence.format(**facts)
        raise Infeasible(Finding("/towns", Infeasible.reason, message), **facts)


def _freeze(
    pool: Money, composite: list[Fraction], limits: list[Limits]
) -> dict[int, tuple[Fraction, Clamp]]:
    """Freeze violators round by round: at floors where clamping costs, at caps where it frees."""
    frozen: dict[int, tuple[Fraction, Clamp]] = {}
    while True:
        free = _proportional(pool, composite, frozen)
        clamped = {i: limits[i].clamp(amount) for i, amount in free.items()}
        violators = {i: c for i, c in clamped.items() if c[1] is not Clamp.FREE}
        if not violators:
            return frozen
        excess = sum((c[0] - free[i] for i, c in violators.items()), Fraction(0))
        kept = {Clamp.MINIMUM, Clamp.MAXIMUM}
        if excess:
            kept = {Clamp.MINIMUM if excess > 0 else Clamp.MAXIMUM}
        frozen.update({i: c for i, c in violators.items() if c[1] in kept})


def _proportional(
    pool: Money, composite: list[Fraction], frozen: dict[int, tuple[Fraction, Clamp]]
) -> dict[int, Fraction]:
    free = [i for i in range(len(composite)) if i not in frozen]
    rest = pool.fen - sum((amount for amount, _ in frozen.values()), Fraction(0))
    whole = sum((composite[i] for i in free), Fraction(0))
    if whole == 0:
        return {i: rest / len(free) for i in free}
    return {i: rest * composite[i] / whole for i in free}
