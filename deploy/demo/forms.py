"""The forms that officials fill in, from the year's figures as the contract takes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from .figures import Node, money, yuan

_ENUMS = ("level1", "level2", "operator", "direction", "standard_type", "aggregation", "kind")
QUESTIONS = {
    "necessity": "N", "input_economy": "E", "target_reasonableness": "G",
    "plan_feasibility": "P", "financing_compliance": "F",
}  # fmt: skip
DESCRIBED = (
    "name", "object_type", "special_fund", "is_major", "transfer", "transfer_class",
    "allocation_method", "origin", "budget_type", "instrument", "consolidated_agricultural",
)  # fmt: skip


def description(programme: Node, **more: Any) -> dict[str, Any]:
    """What a programme is; what the figures leave out is ordinary."""
    usual = {
        "object_type": "project", "target_level": "project", "origin": "district",
        "budget_type": "general_public", "instrument": "ordinary",
    }  # fmt: skip
    given = {name: programme[name] for name in DESCRIBED if name in programme}
    term = programme.get("term")
    days = {"term_start": term[0], "term_end": term[1]} if term else {}
    return usual | given | days | more


def indicator(row: Node | Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """An indicator of the figures as the contract's message; None is left out."""
    merged = dict(row) | changed
    form: dict[str, Any] = {
        name: merged[name]
        for name in ("code", "name", "weight", "unit", "explanation", "standard_source",
                     "cumulative", "term_value")
        if merged.get(name) is not None
    }  # fmt: skip
    qualitative = merged.get("kind") == "qualitative"
    merged["kind"] = "qualitative" if qualitative else "quantitative"
    form["text_target" if qualitative else "target_value"] = str(merged["target"])
    for name in _ENUMS:
        if merged.get(name):
            form[name] = f"{name.upper()}_{str(merged[name]).upper()}"
    return form


def target(
    indicators: Iterable[Mapping[str, Any]], amount: Any, annual_text: str, **more: Any
) -> dict[str, Any]:
    """A filed target as a whole."""
    form = {"annual_text": annual_text, "amount": yuan(amount), "indicators": list(indicators)}
    return form | {name: value for name, value in more.items() if value}


def assessment(questions: Node, basis: str, opinion: str = "") -> dict[str, Any]:
    """The twenty questions of the five dimensions, each with its basis (R-16)."""
    rows = [
        {"code": f"{letter}{number}", "score": score, "basis": basis}
        for dimension, letter in QUESTIONS.items()
        for number, score in enumerate(questions[dimension], 1)
    ]
    return {"questions": rows} | ({"opinion": opinion} if opinion else {})


def review(marks: Node, opinion: str) -> dict[str, Any]:
    """A reviewer's eight marks and words (R-18)."""
    rows = [{"code": code, "score": str(score)} for code, score in marks.questions.items()]
    return {"marks": rows, "opinion": opinion}


def total_of(rows: Iterable[Any]) -> str:
    """A sum of amounts, exact."""
    return yuan(sum((money(row) for row in rows), start=money("0")))
