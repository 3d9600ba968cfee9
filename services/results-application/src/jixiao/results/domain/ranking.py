"""Project method: the order in which applications are served (R-38)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from jixiao.servicekit.values import Money


@dataclass(frozen=True, slots=True)
class Application:
    """A project's request; without a score (new) it ranks by its ex-ante score.

    `not_filed`: due and not filed, counts 0 behind every filed score.
    """

    code: str
    request: Money
    score: Decimal | None = None
    exante_score: Decimal | None = None
    not_filed: bool = False


@dataclass(frozen=True, slots=True)
class RankedApplication:
    """An application with its place, and the requests up to and including it."""

    place: int
    application: Application
    ranked_by: str
    requested_so_far: Money
    within_ceiling: bool


def rank(applications: Iterable[Application], ceiling: Money) -> tuple[RankedApplication, ...]:
    """Order applications: score desc, requested amount asc, code asc; not filed last.

    Articles: T-32. Rules: R-38.
    """
    ranked: list[RankedApplication] = []
    so_far = Money()
    for place, application in enumerate(sorted(applications, key=_key), start=1):
        so_far = so_far + application.request
        ranked.append(
            RankedApplication(
                place, application, _ranked_by(application), so_far, so_far <= ceiling
            )
        )
    return tuple(ranked)


def _key(application: Application) -> tuple[bool, Decimal, Money, str]:
    score = application.score if application.score is not None else application.exante_score
    if application.not_filed or score is None:
        score = Decimal(0)
    return application.not_filed, -score, application.request, application.code


def _ranked_by(application: Application) -> str:
    if application.not_filed:
        return "not_filed"
    return "score" if application.score is not None else "exante_score"
