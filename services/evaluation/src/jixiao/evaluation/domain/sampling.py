"""The spot-check sample: anyone with the campaign's id and the list draws the same (R-47)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from jixiao.evaluation.domain.errors import NobodyFiled
from jixiao.servicekit.values import Money

AT_LEAST = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A programme that filed, with its risk points and its budget."""

    programme_code: str
    points: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Sample:
    """The codes drawn; `seed` is the campaign's id as hashed."""

    seed: str
    size: int
    by_risk: tuple[str, ...]
    at_random: tuple[str, ...]


def sample_size(required: int, filed: int) -> int:
    """Return how many to draw: a tenth of those required, at least 5, never more than filed.

    Rules: R-47. Articles: D-21.
    """
    return min(max(-(-required // 10), AT_LEAST), filed)


def draw(campaign_id: UUID, required: int, candidates: Sequence[Candidate]) -> Sample:
    """Draw half (rounded up) by risk points, the rest by the hash of campaign and code.

    Order by risk: points descending, amount descending, code ascending. The order of
    `candidates` changes nothing. Raises NobodyFiled.

    Rules: R-26, R-47. Articles: D-21, T-24.
    """
    if not candidates:
        raise NobodyFiled
    seed = str(campaign_id)
    size = sample_size(required, len(candidates))
    ranked = sorted(
        candidates, key=lambda each: (-each.points, -each.amount.fen, each.programme_code)
    )
    risky = -(-size // 2)
    by_risk = tuple(each.programme_code for each in ranked[:risky])
    rest = sorted(
        (each.programme_code for each in ranked[risky:]),
        key=lambda code: sha256(f"{seed}:{code}".encode()).hexdigest(),
    )
    return Sample(seed, size, by_risk, tuple(rest[: size - risky]))
