"""Search over the words of a page: every term must stand in it, in any spelling of width or case."""

import json
import unicodedata
from typing import Any


def normal(text: str) -> str:
    """One spelling for full and half width, upper and lower case; no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def words(snapshot: dict[str, Any]) -> str:
    """All that can be found of a page: its names and texts, not its keys."""
    return normal(" ".join(_texts(snapshot)))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def asked(query: str) -> str:
    """What a reader typed, at most 100 characters; a control character is a space (none is NUL)."""
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in query[:100])


def patterns(query: str) -> list[str]:
    """A LIKE pattern for each term of a query; what a reader types is literal (attack A34)."""
    terms = [normal(term) for term in asked(query).split()]
    return ["%" + _literal(term) + "%" for term in terms if term]


def _literal(term: str) -> str:
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def snapshot_of(text: str) -> dict[str, Any]:
    """A snapshot from its JSON text."""
    page: dict[str, Any] = json.loads(text)
    return page
