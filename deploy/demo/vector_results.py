"""Vectors of results application: allocation, linkage, governing result, ranking."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from demo.vector_cells import names, number, shown, yuan
from jixiao.measures.score import Grade
from jixiao.results.domain.factors import Factor, PerformanceMode, Town, allocate
from jixiao.results.domain.governing import Result, Source, governing_result
from jixiao.results.domain.linkage import Flag, LinkageCase, link
from jixiao.results.domain.ranking import Application, rank
from jixiao.servicekit.values import Money


def _factor_allocation(stated: dict[str, Any]) -> dict[str, Any]:
    factors = tuple(
        Factor(
            code=row["code"],
            name=row["code"],
            weight=Decimal(row["weight"]),
            performance=row.get("performance", False),
            inverse=row.get("inverse", False),
        )
        for row in stated["factors"]
    )
    towns = tuple(
        Town(
            code=row["code"],
            name=row["code"],
            values={code: Decimal(value) for code, value in row["values"].items()},
            score=number(row.get("score")),
            not_filed=row.get("not_filed", False),
            minimum=yuan(row.get("min")),
            maximum=yuan(row.get("max")),
        )
        for row in stated["towns"]
    )
    mode = PerformanceMode(stated.get("performance_mode", PerformanceMode.SCALED))
    amounts = allocate(Money.yuan(stated["pool"]), mode, factors, towns).amounts
    return {
        "amounts": {code: str(amount) for code, amount in amounts.items()},
        "total": str(Money(sum(amount.fen for amount in amounts.values()))),
    }


def _linkage(stated: dict[str, Any]) -> dict[str, Any]:
    linked = link(
        LinkageCase(
            current_budget=Money.yuan(stated["current_budget"]),
            next_request=yuan(stated.get("next_request")),
            is_transfer=stated["is_transfer"],
            grade=Grade(stated["grade"]) if stated.get("grade") else None,
            grade_source=Source(stated.get("grade_source", Source.FINANCE_EVALUATION)),
            flags=tuple(Flag(flag) for flag in stated.get("flags", ())),
            finance_rate=number(stated.get("finance_rate")),
            rate_reason=stated.get("rate_reason") or "",
            merge_into=stated.get("merge_into") or "",
            dormant_balance=yuan(stated.get("dormant_balance")) or Money(),
        )
    )
    if linked.no_proposal:
        return {"actions": names(linked.actions), "no_proposal": True}
    return {
        "actions": names(linked.actions),
        "base": str(linked.base),
        "rate": str(linked.rate),
        "cut": str(linked.cut),
        "proposed_max": str(linked.proposed_max),
        "take_back": str(linked.take_back),
    }


def _governing_result(stated: dict[str, Any]) -> dict[str, Any]:
    governing = governing_result(
        Result(row["year"], Source(row["source"]), Decimal(row["score"]))
        for row in stated["results"]
    )
    if governing is None:
        return {"year": None, "source": None, "score": None, "grade": None}
    return {
        "year": governing.year,
        "source": shown(governing.source),
        "score": shown(governing.score),
        "grade": shown(governing.grade),
    }


def _project_ranking(stated: dict[str, Any]) -> dict[str, Any]:
    applications = [
        Application(
            code=row["code"],
            request=Money.yuan(row["request"]),
            score=number(row.get("score")),
            exante_score=number(row.get("exante_score")),
            not_filed=row.get("not_filed", False),
        )
        for row in stated["projects"]
    ]
    # The vector asks for the order alone; the ceiling only marks who is still inside it.
    whole = Money(sum(application.request.fen for application in applications))
    return {"order": [ranked.application.code for ranked in rank(applications, whole)]}


RESULTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "factor_allocation": _factor_allocation,
    "linkage": _linkage,
    "governing_result": _governing_result,
    "project_ranking": _project_ranking,
}
