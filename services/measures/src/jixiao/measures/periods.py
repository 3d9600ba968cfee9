"""Dates and periods as published cells write them: 2021年12月完成, 12月底到位, 1月-12月."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Span:
    """A deadline (no start) or a period; days are None where no year is known."""

    start: date | None
    end: date | None
    is_period: bool = False
    uncertain: bool = False


_DAY: Final = (
    r"(?:(?P<y{0}>(?:19|20)\d\d)年度?)?(?P<m{0}>1[0-2]|0?[1-9])月份?"
    r"(?:(?P<d{0}>3[01]|[12]\d|0?[1-9])[日号])?"
)
_NUMERIC: Final = (
    # 2021.12 alone may as well be an amount: with dots the day must be there.
    r"(?P<y{0}>(?:19|20)\d\d)(?P<s{0}>[-./])(?P<m{0}>1[0-2]|0?[1-9])"
    r"(?:(?P=s{0})(?P<d{0}>3[01]|[12]\d|0?[1-9])|(?<=[-/]\d)|(?<=[-/]\d\d))"
)
_LEAD: Final = r"(?:截至|截止到?|不晚于|不迟于|早于|[于在]|按时于|≤|<|<=)?(?:[当本]年度?)?"
# What may follow the day: its end or part, "before", and a short verb (完成, 到位, 全部发放).
_TAIL: Final = (
    r"(?P<part>[底末初]|[上中下]旬)?(?P<before>之前|以前|前|内|之内)?(?P<verb>[一-鿿]{0,6})[。.;]?"
)
_YEAR: Final = r"(?P<y>(?:19|20)\d\d)年度?"
_LEAP: Final = 2000
_QUARTER: Final = {"一": 3, "1": 3, "二": 6, "2": 6, "三": 9, "3": 9, "四": 12, "4": 12}
_NUMERIC_DAY: Final = re.compile(_LEAD + _NUMERIC.format("") + _TAIL)
_SINGLE: Final = re.compile(_LEAD + _DAY.format("") + _TAIL)
_WHOLE_YEAR: Final = re.compile(_LEAD + _YEAR + r"(?:年?[底末])?" + _TAIL.replace("?P<part>", ""))
_YEAR_END: Final = re.compile(
    _LEAD + r"(?:[当本]年度?|年度?)(?:[底末](?:之?前)?|之?内)[一-鿿]{0,6}"
)
_ALL_YEAR: Final = re.compile(rf"(?:{_YEAR})?(?:全年度?|[本当]年度?)")
_PART_YEAR: Final = re.compile(
    _LEAD
    + rf"(?:{_YEAR})?(?:(?P<half>[上下])半年|第?(?P<q>[一二三四1-4])季度)"
    + r"[底末]?(?:之?前)?[一-鿿]{0,6}"
)
_DASH: Final = r"(?:-+|~|至|到)"
_PAIR: Final = re.compile(_DAY.format("1") + _DASH + _DAY.format("2") + r"[底末]?[一-鿿]{0,6}")
_NUMERIC_PAIR: Final = re.compile(_NUMERIC.format("1") + _DASH + _NUMERIC.format("2"))
_MONTHS: Final = re.compile(
    rf"(?:{_YEAR})?(?P<m1>1[0-2]|0?[1-9]){_DASH}(?P<m2>1[0-2]|0?[1-9])月份?[底末]?"
)
_YEARS: Final = re.compile(rf"(?P<y1>(?:19|20)\d\d)年?{_DASH}(?P<y2>(?:19|20)\d\d)年度?")


def read_span(text: str, form_year: int | None) -> Span | None:
    """Read a normalised text as a deadline or a period, None if it is neither.

    A month or year stands for its last day. `form_year` completes what names
    no year. A month with 前 is taken to its end and marked uncertain.
    """
    try:
        return _period(text, form_year) or _deadline(text, form_year)
    except ValueError:  # 2月30日: looks like a day and is none
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _day(year: int | None, month: int, day: int | None, *, first: bool = False) -> date | None:
    if year is None:
        if day is not None:
            date(_LEAP, month, day)  # a day that no year has is no day
        return None
    if day is None:
        day = 1 if first else monthrange(year, month)[1]
    return date(year, month, day)


def _from_to(start: date | None, end: date | None) -> Span:
    return Span(start, end, is_period=True)


def _period(text: str, form_year: int | None) -> Span | None:
    if found := _ALL_YEAR.fullmatch(text):
        year = _number(found["y"]) or form_year
        return _from_to(_day(year, 1, 1), _day(year, 12, 31))
    if found := _MONTHS.fullmatch(text):
        year = _number(found["y"]) or form_year
        return _from_to(_day(year, int(found["m1"]), 1), _day(year, int(found["m2"]), None))
    if found := _YEARS.fullmatch(text):
        return _from_to(date(int(found["y1"]), 1, 1), date(int(found["y2"]), 12, 31))
    if found := _PAIR.fullmatch(text) or _NUMERIC_PAIR.fullmatch(text):
        from_year = _number(found["y1"]) or form_year
        return _from_to(
            _day(from_year, int(found["m1"]), _number(found["d1"]), first=True),
            _day(_number(found["y2"]) or from_year, int(found["m2"]), _number(found["d2"])),
        )
    return None


def _deadline(text: str, form_year: int | None) -> Span | None:
    if found := _SINGLE.fullmatch(text) or _NUMERIC_DAY.fullmatch(text):
        return _single(found, form_year)
    if _YEAR_END.fullmatch(text):
        return Span(None, _day(form_year, 12, 31))
    if found := _PART_YEAR.fullmatch(text):
        month = _QUARTER[found["q"]] if found["q"] else {"上": 6, "下": 12}[found["half"]]
        return Span(None, _day(_number(found["y"]) or form_year, month, None))
    if found := _WHOLE_YEAR.fullmatch(text):
        return Span(None, date(int(found["y"]), 12, 31))
    return None


def _single(found: re.Match[str], form_year: int | None) -> Span:
    part, day = found["part"] or "", _number(found["d"])
    if day is None:
        day = {"初": 10, "上旬": 10, "中旬": 20}.get(part)
    uncertain = found["before"] is not None and day is None and not part
    year = _number(found["y"]) or form_year
    return Span(None, _day(year, int(found["m"]), day), uncertain=uncertain)
