"""How a published target or actual cell is read; the raw text is always kept."""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from jixiao.measures.periods import read_span
from jixiao.measures.ratio import Operator
from jixiao.measures.spelling import (
    NUMBER,
    base_unit,
    decimal,
    normalise,
    operator_after,
    operator_before,
    percent_sign,
)


class Kind(StrEnum):
    """What a cell holds."""

    EMPTY = "empty"
    NUMBER = "number"
    DATE = "date"
    PERIOD = "period"
    BOOLEAN = "boolean"
    NOT_APPLICABLE = "not_applicable"
    UNREADABLE = "unreadable"
    QUALITATIVE = "qualitative"


class Doubt(StrEnum):
    """What a person should look at before the value is used."""

    WAN_WITHOUT_UNIT = "wan_without_unit"
    RATE_ABOVE_100 = "rate_above_100"
    APPROXIMATE = "approximate"
    TO_BE_CONFIRMED = "to_be_confirmed"


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell as read: its kind and, by kind, number and unit, days, or yes and no.

    `number` and `unit` are as printed (7.07 and 万起); `amount` and
    `base_unit` carry the factor (70700 and 起). `low` and `high` stand for
    `number` where the operator is `between`. A qualitative sentence offers
    the one number found inside it in `offered`.
    """

    raw: str | None
    kind: Kind
    operator: Operator | None = None
    number: Decimal | None = None
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    start: date | None = None
    end: date | None = None
    yes: bool | None = None
    offered: Decimal | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def factor(self) -> int:
        """Return what 万 or 亿 before the unit multiplies by, else 1."""
        return base_unit(self.unit)[0]

    @property
    def base_unit(self) -> str:
        """Return the unit without its factor, one name per unit."""
        return base_unit(self.unit)[1]

    @property
    def amount(self) -> Decimal | None:
        """Return the number times its factor, None where there is no number."""
        return None if self.number is None else self.number * self.factor


_NOTHING: Final = re.compile(r"[-/\\]+|无|暂无|不适用|不涉及|未涉及|N/?A|n/?a")
_YES: Final = {"是": True, "√": True, "✓": True, "✔": True, "否": False, "×": False, "✗": False}
_UNIT: Final = (
    r"(?:%\((?:百分比|%)\)|\(?(?:%|百分比|‰)\)?"
    r"|(?:[一-鿿·℃°]|[A-Za-z]+[23]?|/|\([一-鿿]+\)){0,10}?)"
)
_MANY: Final = r"(?P<many>余|多)?"
_COUNT: Final = re.compile(
    rf"(?P<number>{NUMBER})(?P<early>以上|以内|以下)?{_MANY}(?P<unit>{_UNIT})"
    r"(?P<bound>以上|以内|以下)?(?P<about>左右|上下)?(?P<rest>(?<=%).*|(?<=%以[上内下]).*|)"
)
_RANGE: Final = re.compile(
    rf"(?P<low>{NUMBER})(?P<unit1>{_UNIT}?)(?:-|~|至|到)(?P<high>{NUMBER})(?P<unit>{_UNIT})(?:之间)?"
)
_PER: Final = re.compile(r"((?:每(?:平方米|公里|学期|季度|[一-鿿])){1,3})(?:标准|补助|补贴|发放)?")
_TIME: Final = {"每年", "每月", "每日", "每天", "每周", "每季度", "每学期"}
# Words before a number that say no operator: the time, the deed, or the subject of a rate.
_THROUGH: Final = re.compile(r"全年|本年度?|当年|年度")
_DEED: Final = re.compile(
    r"(?:已|共|共计|累计|总计|合计|计划|预计|全部)?"
    r"(?:完成|实现|新增|新建|建设|建成|开展|举办|组织|培训|发放|保障|补助|控制在|控制|保持|确保|为)?"
    r"(?:共|共计|约为?|近)?"
)
_SUBJECT: Final = re.compile(
    r"[^\d,;。:、]{0,10}(?:率|度|比例|占比|数量|数|成本)(?:为|:|应|要)?(?=\D{0,5}\d)"
)
_ABOUT: Final = re.compile(r"约|近|大约")
_MEASURE: Final = (
    r"(?:[万亿千元人次个份篇只头亩米公台套辆户场条座项起种例处家天日月年件株吨名位平立]|%)"
)
_LOOKALIKE: Final = re.compile(
    rf"[^\dA-Za-z]?[\d.]*[OoQIlZSBM|!]{{1,2}}[\d.]*(?:{_MEASURE}[^\d]{{0,5}})?"
)
_ODD_PREFIX: Final = re.compile(rf"[^\dA-Za-z%第]{NUMBER}{_UNIT}")
_HUNDREDTHS: Final = re.compile(rf"百分之(?P<n>{NUMBER}|[零一二两三四五六七八九十百]+)")
_LONGEST_VALUE: Final = 24


def read_value(raw: str | None, form_year: int | None = None) -> Reading:
    """Read one published target or actual cell.

    `form_year` is the year of the form (e.g. 2021): it completes days that
    name none, such as 12月底到位.

    Rules: R-1, R-6.
    """
    text = normalise(raw or "").strip("。;,")
    if not text:
        return Reading(raw, Kind.EMPTY)
    if _NOTHING.fullmatch(text):
        return Reading(raw, Kind.NOT_APPLICABLE)
    if text in _YES:
        return Reading(raw, Kind.BOOLEAN, yes=_YES[text])
    if span := read_span(text, form_year):
        kind, operator = (Kind.PERIOD, None) if span.is_period else (Kind.DATE, Operator.LE)
        doubts = (Doubt.TO_BE_CONFIRMED,) if span.uncertain else ()
        return Reading(raw, kind, operator=operator, start=span.start, end=span.end, doubts=doubts)
    return _quantity(raw, text) or _words(raw, text)


def _quantity(raw: str | None, text: str) -> Reading | None:
    """Read a text that is one quantity with its operator, None if it is not."""
    text = _HUNDREDTHS.sub(lambda found: _digits(found["n"]) + "%", text)
    if len(text) > _LONGEST_VALUE:
        return None
    per, text = _per(text)
    through = _THROUGH.match(text)
    text = text[through.end() :] if through else text
    operator, text, about = _leading(text)
    late, text = operator_after(text)
    if found := _RANGE.fullmatch(text):
        return _range(raw, found)
    found = _COUNT.fullmatch(text)
    if found is None or not _harmless(found["unit"], found["rest"]):
        return None
    operator = operator or late
    if bound := found["early"] or found["bound"]:
        operator = operator or (Operator.GE if bound == "以上" else Operator.LE)
    if found["many"]:
        operator = operator or Operator.GE
    if through and not per and operator is None:
        operator = Operator.EQ  # 全年0事故: the count of the whole year is meant exactly
    return _number(raw, found, operator, per, about=about)


def _leading(text: str) -> tuple[Operator | None, str, bool]:
    """Split off what stands before the number: deed or subject, about, operator."""
    about = False
    operator, rest = operator_before(text)
    if operator is None:
        for lead in (_SUBJECT, _DEED):
            if found := lead.match(text):
                about = about or bool(_ABOUT.search(found[0]))
                text = text[found.end() :]
        operator, rest = operator_before(text)
    if found := _ABOUT.match(rest):
        about, rest = True, rest[found.end() :]
    return operator, rest, about


def _harmless(unit: str, rest: str) -> bool:
    """Say whether what follows the unit is only a remark (100%完成), not a sentence."""
    if unit.endswith(("前", "底")):  # 每月10日前: a day within a period, not a count
        return False
    return rest in ("", "(含)") or (unit == "%" and re.fullmatch(r"[一-鿿]{1,6}", rest) is not None)


def _per(text: str) -> tuple[str, str]:
    """Split 每人每月 off the front; return the denominator 人·月 and the rest."""
    found = _PER.match(text)
    if found is None or not re.search(r"\d", text[found.end() :]):
        return "", text
    return "·".join(part for part in found[1].split("每") if part), text[found.end() :]


def _number(
    raw: str | None, found: re.Match[str], operator: Operator | None, per: str, *, about: bool
) -> Reading:
    unit = percent_sign(found["unit"])
    if per:
        timed = all(f"每{part}" in _TIME for part in per.split("·"))
        unit = f"{unit or ('' if timed else '元')}/{per}"
    reading = Reading(raw, Kind.NUMBER, operator, decimal(found["number"]), unit)
    doubts = (
        (unit in ("万", "亿"), Doubt.WAN_WITHOUT_UNIT),
        (unit == "%" and decimal(found["number"]) > 100, Doubt.RATE_ABOVE_100),
        (bool(about or found["many"] or found["about"]), Doubt.APPROXIMATE),
    )
    return replace(reading, doubts=tuple(doubt for holds, doubt in doubts if holds))


def _range(raw: str | None, found: re.Match[str]) -> Reading | None:
    low, high, unit = decimal(found["low"]), decimal(found["high"]), percent_sign(found["unit"])
    if low > high or percent_sign(found["unit1"]) not in ("", unit):
        return None
    return Reading(raw, Kind.NUMBER, Operator.BETWEEN, unit=unit, low=low, high=high)


def _words(raw: str | None, text: str) -> Reading:
    """Read what is no quantity: damaged by optical recognition, or wording."""
    damaged = (
        re.match(r"[≥≤=<>]", text) is not None  # an operator without its number
        or "�" in text
        or _LOOKALIKE.fullmatch(text) is not None
        or _ODD_PREFIX.fullmatch(text) is not None
    )
    if damaged:
        return Reading(raw, Kind.UNREADABLE)
    numbers = re.findall(NUMBER, text)
    offered = decimal(numbers[0]) if len(numbers) == 1 else None
    return Reading(raw, Kind.QUALITATIVE, offered=offered)


def _digits(text: str) -> str:
    """Return 九十五 as 95; digits stay as they are (0..199 is enough for percentages)."""
    if re.fullmatch(NUMBER, text):
        return text
    ones = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
    total, pending = 0, 0
    for character in text:
        if character in "十百":
            total += (pending or 1) * (10 if character == "十" else 100)
            pending = 0
        else:
            pending = ones[character]
    return str(total + pending)
