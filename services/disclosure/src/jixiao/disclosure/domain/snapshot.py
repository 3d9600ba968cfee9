"""What a public page shows, fixed when it is proposed (domain.md §12).

A snapshot is plain JSON: names, figures as decimal strings, no internal id, no programme code
(whose serial would tell of what is not published), of persons only the responsible post.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from jixiao.measures.score import round2
from jixiao.servicekit.values import Money

from .errors import ContentMissing
from .kinds import TITLES, Kind
from .known import KnownAllocation, KnownProgramme, Names, ScoredRow, TargetRow, YearFacts

Page = dict[str, Any]
WITHOUT_SECRETS = "不含涉密内容"


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _head(kind: Kind, programme: KnownProgramme, year: int, names: Names) -> Page:
    at, facts = programme.coordinates, programme.of(year)
    return {
        "kind": str(kind), "title": f"{programme.name}{year}年度{TITLES[kind]}",
        "name": programme.name, "year": year,
        "department": {"code": at.line, "name": names.of(at.line)},
        "unit": names.carrier(at),
        "territory": {"code": at.territory, "name": names.of(at.territory)},
        "object_type": programme.object_type, "transfer": programme.transfer,
        "target_level": programme.target_level, "origin": programme.origin,
        "responsible_post": programme.responsible_post,
        "initial_budget": _plain(facts.initial_budget), "budget": _plain(facts.current_budget),
        "executed": _plain(facts.executed), "executed_on": _plain(facts.executed_on),
    }  # fmt: skip


def _target_rows(rows: Sequence[TargetRow]) -> list[Page]:
    return [
        {
            "code": row.code, "name": row.name, "level1": row.level1, "level2": row.level2,
            "target": row.target_text, "actual": None, "weight": str(row.weight), "score": None,
            "deviation_reason": "",
        }
        for row in rows
    ]  # fmt: skip


def _scored_rows(rows: Sequence[ScoredRow]) -> list[Page]:
    return [
        {
            "code": row.code, "name": row.name, "level1": row.level1, "level2": row.level2,
            "target": row.target_text, "actual": row.actual_text, "weight": row.weight,
            "score": row.score, "deviation_reason": row.deviation_reason,
        }
        for row in rows
    ]  # fmt: skip


def targets_page(
    programme: KnownProgramme, year: int, children: Iterable[KnownProgramme], names: Names
) -> Page:
    """Target of a programme; of a transfer the overall, regional and project targets together.

    Raises ContentMissing before the target is released.

    Articles: D-27, T-35.
    """
    target = programme.of(year).target
    if target is None:
        raise ContentMissing(missing="已批复下达的绩效目标")
    page = _head(Kind.TARGETS, programme, year, names)
    page |= {
        "annual_text": target.annual_text, "overall_text": target.overall_text,
        "amount": str(target.amount), "document_number": target.document_number,
        "released_on": str(target.released_on), "indicators": _target_rows(target.indicators),
        "parts": [_part(child, year, names) for child in children if child.of(year).target],
    }  # fmt: skip
    return page


def _part(child: KnownProgramme, year: int, names: Names) -> Page:
    target = child.of(year).target
    assert target is not None  # noqa: S101 - the caller has looked
    at = child.coordinates
    return {
        "name": child.name, "target_level": child.target_level,
        "territory": {"code": at.territory, "name": names.of(at.territory)},
        "unit": names.carrier(at), "amount": str(target.amount),
        "annual_text": target.annual_text, "indicators": _target_rows(target.indicators),
    }  # fmt: skip


def self_page(
    programme: KnownProgramme, year: int, children: Iterable[KnownProgramme], names: Names
) -> Page:
    """Self-evaluation, self score and recheck side by side; of a transfer its roll-up and parts.

    Raises ContentMissing where nothing was filed.

    Articles: D-27, T-35.
    """
    facts = programme.of(year)
    if facts.self_evaluation is None and facts.roll_up is None:
        raise ContentMissing(missing="绩效自评结果")
    page = _head(Kind.SELF, programme, year, names) | _target_words(facts)
    if (own := facts.self_evaluation) is not None:
        page |= {
            "budget": str(own.full_year_budget), "executed": str(own.executed),
            "rate_pct": own.rate_pct, "execution_score": own.execution_score,
            "completion_text": own.completion_text, "indicators": _scored_rows(own.indicators),
            "self_score": str(own.total), "total": str(own.total), "grade": own.grade,
        }  # fmt: skip
    page |= _recheck(facts) | _rolled_up(facts)
    page["parts"] = [_part_result(c, year, names) for c in children if c.of(year).self_evaluation]
    page["measures"] = programme.measures_of(year)
    return page


def _target_words(facts: YearFacts) -> Page:
    target = facts.target
    return {
        "annual_text": target.annual_text if target else "",
        "overall_text": target.overall_text if target else "",
        "document_number": target.document_number if target else "",
        "indicators": _target_rows(target.indicators) if target else [],
    }


def _recheck(facts: YearFacts) -> Page:
    recheck = facts.recheck
    if recheck is None:
        return {"recheck_score": None, "difference": None, "problems": [], "reasons": []}
    return {
        "recheck_score": str(recheck.recheck_score), "recheck_grade": recheck.grade,
        "difference": str(recheck.difference), "large_difference": recheck.large_difference,
        "grade": recheck.grade, "problems": list(recheck.problems), "reasons": list(recheck.reasons),
    }  # fmt: skip


def _rolled_up(facts: YearFacts) -> Page:
    rolled = facts.roll_up
    if rolled is None:
        return {}
    page: Page = {
        "roll_up": {
            "displayed_score": rolled.displayed_score, "displayed_grade": rolled.displayed_grade,
            "coverage_pct": rolled.coverage_pct, "binding_score": rolled.binding_score,
            "binding_grade": rolled.binding_grade,
        }
    }  # fmt: skip
    if facts.self_evaluation is None:
        page["total"] = rolled.binding_score or rolled.displayed_score
        page["grade"] = rolled.binding_grade or rolled.displayed_grade
    return page


def _part_result(child: KnownProgramme, year: int, names: Names) -> Page:
    facts, at = child.of(year), child.coordinates
    own, recheck = facts.self_evaluation, facts.recheck
    assert own is not None  # noqa: S101 - the caller has looked
    return {
        "name": child.name, "territory": {"code": at.territory, "name": names.of(at.territory)},
        "unit": names.carrier(at), "budget": str(own.full_year_budget),
        "executed": str(own.executed), "self_score": str(own.total),
        "recheck_score": str(recheck.recheck_score) if recheck else None,
        "grade": recheck.grade if recheck else own.grade,
    }  # fmt: skip


def key_page(programme: KnownProgramme, year: int, names: Names) -> Page:
    """Key evaluation: marks, problems, measures, and who evaluated (third parties by name).

    Raises ContentMissing before it is final.

    Articles: D-27, T-35.
    """
    key = programme.of(year).key
    if key is None:
        raise ContentMissing(missing="重点绩效评价最终结果")
    page = _head(Kind.KEY, programme, year, names) | _target_words(programme.of(year))
    page |= {
        "source": key.source, "total": str(key.total), "grade": key.grade,
        "evaluator": key.evaluator, "concluded_on": str(key.day), "problems": list(key.problems),
        "objections_answer": key.objections_answer, "measures": programme.measures_of(year),
    }  # fmt: skip
    if key.indicators:
        page["indicators"] = _scored_rows(key.indicators)
    return page


def allocation_page(programme: KnownProgramme, year: int, names: Names) -> Page:
    """Allocation by town, with all that a town needs to recompute its amount to the fen.

    Raises ContentMissing before it is approved.

    Articles: D-27, T-32, T-35.
    """
    plan: KnownAllocation | None = programme.of(year).allocation
    if plan is None:
        raise ContentMissing(missing="已批准的分配方案")
    page = _head(Kind.ALLOCATION, programme, year, names)
    page |= {
        "pool": str(plan.pool), "budget": page["budget"] or str(plan.pool), "weights": dict(plan.weights),
        "performance_mode": plan.performance_mode, "approved_on": str(plan.day),
        "parts": [
            {
                "territory": {"code": part.territory, "name": part.name or names.of(part.territory)},
                "values": dict(part.values), "shares": dict(part.shares), "score": part.score,
                "composite": part.composite, "amount": str(part.amount),
            }
            for part in plan.parts
        ],
    }  # fmt: skip
    return page


def _governing(facts: YearFacts) -> tuple[Decimal, str] | None:
    """The result that counts: key evaluation, else recheck, else self-evaluation."""
    if facts.key is not None:
        return facts.key.total, facts.key.grade
    if facts.recheck is not None:
        return facts.recheck.recheck_score, facts.recheck.grade
    if facts.self_evaluation is not None:
        return facts.self_evaluation.total, facts.self_evaluation.grade
    return None


def overall_page(
    programmes: Sequence[KnownProgramme], year: int, territory: str, names: Names
) -> Page:
    """Overall picture of evaluation: each yuan once, at the programme that spends it.

    Parents of others carry the same money again and are left out; so is everything classified.
    Raises ContentMissing where no programme was released.

    Articles: D-27.
    """
    parents = {p.parent_id for p in programmes if p.of(year).target}
    spending = [p for p in programmes if p.of(year).target and p.programme_id not in parents]
    if not spending:
        raise ContentMissing(missing=f"{year}年度已下达的项目")
    departments: dict[str, list[KnownProgramme]] = {}
    for programme in spending:
        departments.setdefault(programme.coordinates.line, []).append(programme)
    return {
        "kind": str(Kind.OVERALL_PICTURE), "title": f"{year}年度预算绩效评价总体情况",
        "name": "预算绩效评价总体情况", "year": year, "note": WITHOUT_SECRETS,
        "department": {"code": "finance", "name": names.of("finance")},
        "territory": {"code": territory, "name": names.of(territory)},
        "totals": _totals(spending, year),
        "departments": [
            {"department": {"code": line, "name": names.of(line)}} | _totals(departments[line], year)
            for line in sorted(departments)
        ],
    }  # fmt: skip


def _totals(programmes: Sequence[KnownProgramme], year: int) -> Page:
    facts = [p.of(year) for p in programmes]
    results = [r for f in facts if (r := _governing(f)) is not None]
    grades = {g: sum(r[1] == g for r in results) for g in ("excellent", "good", "fair", "poor")}
    scores = [r[0] for r in results]
    return {
        "count": len(programmes),
        "initial_budget": str(_sum(f.initial_budget or (f.target.amount if f.target else None) for f in facts)),
        "budget": str(_sum(_full_year(f) for f in facts)),
        "executed": str(_sum(_executed(f) for f in facts)),
        "evaluated": len(results), "not_filed": sum(f.not_filed for f in facts),
        "key_evaluated": sum(f.key is not None for f in facts),
        "rechecked": sum(f.recheck is not None for f in facts),
        "grades": grades,
        "average_score": str(round2(sum(scores, Decimal(0)) / len(scores))) if scores else None,
    }  # fmt: skip


def _full_year(facts: YearFacts) -> Money | None:
    if facts.self_evaluation is not None:
        return facts.self_evaluation.full_year_budget
    return facts.current_budget or (facts.target.amount if facts.target else None)


def _executed(facts: YearFacts) -> Money | None:
    if facts.executed is not None:
        return facts.executed
    return facts.self_evaluation.executed if facts.self_evaluation else None


def _sum(amounts: Iterable[Money | None]) -> Money:
    return Money(sum(amount.fen for amount in amounts if amount is not None))


def package_row(programme: KnownProgramme, year: int, names: Names) -> Page:
    """A programme's row in a congress package: target, money, results as known. Articles: D-28."""
    facts = programme.of(year)
    page = _head(Kind.TARGETS, programme, year, names) | _target_words(facts) | _recheck(facts)
    amount = facts.target.amount if facts.target else facts.requested
    page |= {
        "title": programme.name,
        "amount": _plain(amount),
        "measures": programme.measures_of(year),
    }
    if (own := facts.self_evaluation) is not None:
        page |= {
            "self_score": str(own.total), "grade": page.get("grade", own.grade),
            "indicators": _scored_rows(own.indicators),
        }  # fmt: skip
    if (key := facts.key) is not None:
        page["key"] = {
            "total": str(key.total), "grade": key.grade, "evaluator": key.evaluator,
            "problems": list(key.problems),
        }  # fmt: skip
    return page | _rolled_up(facts)


def notice_page(names_of_programmes: Sequence[str], year: int, names: Names) -> Page:
    """A notice decided to be published: the programmes named in it. Articles: D-27."""
    return {
        "kind": str(Kind.NOTICE), "title": f"{year}年度绩效通报", "name": "绩效通报", "year": year,
        "department": {"code": "finance", "name": names.of("finance")},
        "programmes": list(names_of_programmes),
    }  # fmt: skip
