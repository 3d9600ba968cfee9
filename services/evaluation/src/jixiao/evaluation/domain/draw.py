"""The draw of a campaign's spot checks, kept so that anyone can repeat it (R-47, D-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from jixiao.evaluation.domain.risk import RiskPoints
from jixiao.evaluation.domain.sampling import Candidate, draw
from jixiao.servicekit.values import Coordinates, Money


class DrawState(StrEnum):
    """A draw is made once."""

    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Listed:
    """A candidate as listed, with the grounds of its points and the hash it is ordered by."""

    programme_id: UUID
    programme_code: str
    points: int
    amount: Money
    risks: tuple[str, ...]
    hash: str


@dataclass(slots=True)
class Draw:
    """Seed, list and result of a draw: whoever has the first two gets the third."""

    draw_id: UUID
    coordinates: Coordinates
    year: int
    campaign_id: UUID
    seed: str
    required: int
    size: int
    candidates: tuple[Listed, ...]
    list_hash: str
    by_risk: tuple[str, ...]
    at_random: tuple[str, ...]
    drawn_by: str
    drawn_on: date
    spot_check_ids: tuple[UUID, ...] = ()
    state: DrawState = DrawState.DRAWN
    version: int = 0


def listed(
    campaign_id: UUID, programme_id: UUID, code: str, amount: Money, risks: RiskPoints
) -> Listed:
    """List a programme that filed. Rules: R-26, R-47. Articles: D-21."""
    digest = sha256(f"{campaign_id}:{code}".encode()).hexdigest()
    return Listed(programme_id, code, risks.total, amount, tuple(risks.risks), digest)


def drawn(
    draw_id: UUID, coordinates: Coordinates, year: int, campaign_id: UUID, required: int,
    candidates: Sequence[Listed], person: str, today: date,
) -> Draw:  # fmt: skip
    """Draw from the list, and keep the list's hash: one line "code,points,amount" each, by code.

    Raises NobodyFiled.

    Rules: R-26, R-47. Articles: D-21, T-24.
    """
    ordered = tuple(sorted(candidates, key=lambda each: each.programme_code))
    sample = draw(
        campaign_id,
        required,
        [Candidate(each.programme_code, each.points, each.amount) for each in ordered],
    )
    lines = "".join(f"{each.programme_code},{each.points},{each.amount}\n" for each in ordered)
    return Draw(
        draw_id=draw_id,
        coordinates=coordinates,
        year=year,
        campaign_id=campaign_id,
        seed=sample.seed,
        required=required,
        size=sample.size,
        candidates=ordered,
        list_hash=sha256(lines.encode()).hexdigest(),
        by_risk=sample.by_risk,
        at_random=sample.at_random,
        drawn_by=person,
        drawn_on=today,
    )
