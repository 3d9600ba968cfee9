"""Money, weight, rate and score cells of published forms."""

import re
from decimal import Decimal
from typing import Final

from jixiao.measures.spelling import NUMBER, decimal, normalise

_AMOUNT: Final = re.compile(
    rf"[¥￥]?(?P<open>\()?(?P<number>{NUMBER})(?(open)\))(?P<unit>亿元?|万元?|千元|元)?(?:整|\(人民币\))?"
)
YUAN: Final = {"元": 1, "千元": 1_000, "万": 10_000, "万元": 10_000, "亿": 10**8, "亿元": 10**8}
"""What one of each unit of money is worth."""
_POINTS: Final = re.compile(rf"(?P<number>{NUMBER})(?:分|%)?")
_RATE: Final = re.compile(rf"(?P<number>{NUMBER})(?P<sign>%|百分比|%\(百分比\))?")


def read_amount(raw: str | None, form_unit: str = "万元") -> Decimal | None:
    """Read a money cell as an exact amount in the unit of the form (元, 万元 …).

    A unit printed in the cell wins over the form's and is converted; 万 alone
    is 万元; brackets mean less than zero. None for what is no amount: empty,
    a dash, a unit without a number. Raises ValueError for an unknown form unit.

    Rules: R-1.
    """
    if form_unit not in YUAN:
        raise ValueError(f"not a unit of money: {form_unit!r}")
    found = _AMOUNT.fullmatch(normalise(raw or ""))
    if found is None:
        return None
    amount = decimal(found["number"])
    amount = -amount if found["open"] else amount
    printed = YUAN[found["unit"] or form_unit]
    # Unchanged units keep the printed places: 3,309,840.00 stays two places long.
    return amount if printed == YUAN[form_unit] else amount * printed / YUAN[form_unit]


def read_points(raw: str | None) -> Decimal | None:
    """Read a weight or score cell (10, 25.00, 10分); None for a dash or nothing.

    Rules: R-1.
    """
    found = _POINTS.fullmatch(normalise(raw or ""))
    return None if found is None else decimal(found["number"])


def read_rate(raw: str | None) -> Decimal | None:
    """Read a rate cell as per cent: 86% and 86 are 86, and so is a bare 0.86.

    A bare number up to 1 is a fraction, as spreadsheets export percentages.

    Rules: R-1.
    """
    found = _RATE.fullmatch(normalise(raw or ""))
    if found is None:
        return None
    number = decimal(found["number"])
    return number * 100 if found["sign"] is None and number <= 1 else number
