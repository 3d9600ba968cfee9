"""One spelling for what published forms spell in many: operators, digits, signs, units."""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from jixiao.measures.ratio import Operator

NUMBER: Final = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
"""Digits with correct thousands separators or none, an optional fraction and sign."""

_SIGNS: Final = str.maketrans(
    {
        "≧": "≥", "⩾": "≥", "≮": "≥", "≦": "≤", "⩽": "≤", "≯": "≤", "═": "=", "⼀": "一",
        "−": "-", "–": "-", "—": "-", "―": "-", "─": "-", "∼": "~", "～": "~", "〜": "~",
    }
)  # fmt: skip

# Longest reading first: 大于等于 must not be read as 大于, nor 不超过 as 超过.
_BEFORE: Final[tuple[tuple[Operator, str], ...]] = (
    (
        Operator.GE,
        r"≥=?|>=|=>|(?:大于|高于|多于)(?:或者?)?等于|不(?:得|应|能)?(?:少|低|小)于|至少|最少|最低",
    ),
    (
        Operator.LE,
        r"≤=?|<=|=<|(?:小于|低于|少于)(?:或者?)?等于"
        r"|不(?:得|应|能)?(?:超过|超出|突破|超|(?:高|大|多)于)|至多|最多|最高",
    ),
    (Operator.GT, r">|大于|超过|超出|高于|多于|逾"),
    (Operator.LT, r"<|小于|低于|少于"),
    (Operator.EQ, r"=+|等于"),
    (Operator.GE, r"达到|达"),
)
_AFTER: Final[tuple[tuple[Operator, str], ...]] = (
    (Operator.GE, r"(?:\(含\)|及|或)?以上(?:\(含\))?"),
    (Operator.LE, r"(?:\(含\)|及|或)?(?:以内|之内|以下)(?:\(含\))?|(?<!年)内"),
)
_SYNONYMS: Final = {
    "百分比": "%", "%(百分比)": "%", "(%)": "%", "(百分比)": "%", "千米": "公里", "km": "公里",
    "m": "米", "cm": "厘米", "mm": "毫米", "m2": "平方米", "平方": "平方米", "平米": "平方米",
    "m3": "立方米", "立方": "立方米", "kg": "公斤", "千克": "公斤", "t": "吨", "RMB": "元",
    "人民币": "元",
}  # fmt: skip
_FACTORS: Final = {"万": 10_000, "亿": 100_000_000}


def normalise(raw: str) -> str:
    """Return the text with one form per sign: half width, ≥ ≤ =, plain dashes, no blanks."""
    text = unicodedata.normalize("NFKC", raw).translate(_SIGNS)
    return re.sub(r"\s+", "", text)


def operator_before(text: str) -> tuple[Operator | None, str]:
    """Split an operator in signs or words off the front of a normalised text."""
    for operator, pattern in _BEFORE:
        if found := re.match(pattern, text):
            return operator, text[found.end() :]
    return None, text


def operator_after(text: str) -> tuple[Operator | None, str]:
    """Split an operator in words (以上, 以内 …) off the end of a normalised text."""
    for operator, pattern in _AFTER:
        if (found := re.search(f"(?:{pattern})$", text)) and found.start() > 0:
            return operator, text[: found.start()]
    return None, text


def decimal(digits: str) -> Decimal:
    """Read what `NUMBER` matched; the places are kept as printed."""
    return Decimal(digits.replace(",", ""))


def percent_sign(unit: str) -> str:
    """Return % for every way of printing it; any other unit stays as printed."""
    name = _SYNONYMS.get(unit, unit)
    return name if name == "%" else unit


def base_unit(unit: str) -> tuple[int, str]:
    """Return the factor in front of a unit and the unit itself: 万起 is (10000, 起).

    Different names of one unit (km, 千米, 公里) come out alike.
    """
    factor = _FACTORS.get(unit[:1], 1)
    name = unit if factor == 1 else unit[1:]
    return factor, _SYNONYMS.get(name, name)
