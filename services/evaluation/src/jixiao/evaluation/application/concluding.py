"""The result that governs a programme: for the next target, linkage and allocation (R-13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Table, bindparam, select
from sqlalchemy.sql import ClauseElement

from jixiao.measures.score import Grade, grade
from jixiao.servicekit.errors import NotFound
from jixiao.servicekit.records import Aggregate, Records
from jixiao.servicekit.transaction import Work

from ..adapters import store, tables
from ..domain.indicator import Indicator
from ..domain.key_evaluation import KeyEvaluation
from ..domain.plan import EvaluationState
from ..domain.regional import RollUp, RollUpLevel
from ..domain.scoring import ProgrammeScore
from ..domain.self_evaluation import SelfEvaluation
from ..domain.spot_check import SpotCheck
from .binding import FINAL

A = TypeVar("A", bound=Aggregate)
RANKS = ("self_evaluation", "recheck", "roll_up", "department_evaluation", "finance_evaluation")


@dataclass(frozen=True, slots=True)
class Missed:
    """An indicator that lost points."""

    code: str
    name: str
    weight: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a year; the highest rank of the newest year governs."""

    programme_id: UUID
    year: int
    source: str
    total: Decimal
    grade: Grade
    missed: tuple[Missed, ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Newest year first, within it the strongest source."""
        return self.year, RANKS.index(self.source) if self.source in RANKS else len(RANKS)


async def latest_result(work: Work, programme_id: UUID, year: int) -> Result:
    """The governing result of a programme in a year, else in the newest before it.

    Finance evaluation before department evaluation before roll-up or recheck before self score.
    Raises NotFound where nothing is known.

    Rules: R-13. Articles: D-26, T-34.
    """
    results = [
        *_of_self(await _up_to(work, store.self_evaluations, _self, programme_id, year)),
        *_of_checks(await _up_to(work, store.spot_checks, _checks, programme_id, year)),
        *_of_roll_ups(await _up_to(work, store.roll_ups, _roll_ups, programme_id, year)),
        *_of_key(await _up_to(work, store.key_evaluations, _key, programme_id, year)),
    ]
    if not results:
        raise NotFound
    return max(results, key=lambda each: each.place)


def _until(table: Table) -> ClauseElement:
    return (
        select(table)
        .where(table.c.programme_id == bindparam("programme_id"), table.c.year <= bindparam("year"))
        .order_by(table.c.id)
    )


_self, _checks = _until(tables.self_evaluations), _until(tables.spot_checks)
_roll_ups, _key = _until(tables.roll_ups), _until(tables.key_evaluations)


async def _up_to(
    work: Work, records: Records[A], statement: ClauseElement, programme_id: UUID, year: int
) -> list[A]:
    return await records.find(work, statement, programme_id=programme_id, year=year)


def _of_self(found: Iterable[SelfEvaluation]) -> Iterable[Result]:
    for each in found:
        if each.score is not None:
            missed = _missed(each.indicators, each.score)
            yield Result(
                each.programme_id, each.year, "self_evaluation", each.score.total,
                each.score.grade, missed,
            )  # fmt: skip


def _of_checks(found: Iterable[SpotCheck]) -> Iterable[Result]:
    for each in found:
        if each.state in FINAL and each.recheck is not None:
            missed = _missed(each.indicators, each.recheck)
            yield Result(
                each.programme_id, each.year, "recheck", each.recheck.total,
                each.recheck.grade, missed,
            )  # fmt: skip


def _of_roll_ups(found: Iterable[RollUp]) -> Iterable[Result]:
    for each in found:
        score = each.score.binding_score if each.score and each.bound_on else None
        if score is not None and each.level is RollUpLevel.LINE:
            yield Result(each.programme_id, each.year, "roll_up", score, grade(score))


def _of_key(found: Iterable[KeyEvaluation]) -> Iterable[Result]:
    for each in found:
        if each.state is EvaluationState.FINAL and each.total is not None and each.scheme:
            names = {row.code: row.name for row in each.scheme.indicators}
            missed = tuple(
                Missed(row.code, names[row.code], row.weight, row.score)
                for row in each.scores
                if row.score < row.weight
            )
            yield Result(
                each.programme_id, each.year, each.kind, each.total, grade(each.total), missed
            )


def _missed(indicators: tuple[Indicator, ...], score: ProgrammeScore) -> tuple[Missed, ...]:
    names = {each.code: each.name for each in indicators}
    return tuple(
        Missed(each.code, names.get(each.code, each.code), each.weight, each.score)
        for each in score.items
        if each.score < each.weight
    )
