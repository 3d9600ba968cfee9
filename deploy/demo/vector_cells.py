"""Cells of a rule vector as domain values: exact decimals, money, None for null."""

from decimal import Decimal
from typing import Any

from jixiao.servicekit.values import Money


def number(text: str | None) -> Decimal | None:
    """Read a decimal string; null stays None."""
    return None if text is None else Decimal(text)


def yuan(text: str | None) -> Money | None:
    """Read an amount in yuan; null stays None."""
    return None if text is None else Money.yuan(text)


def shown(value: Any) -> str | None:
    """Print a decimal, an amount or an identifier; None stays null."""
    return None if value is None else str(value)


def names(values: Any) -> list[str]:
    """Print identifiers as a list of strings."""
    return [str(value) for value in values]
