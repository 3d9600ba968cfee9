"""What a text may hold (P5.3): one look per text, the reason only when the look finds something."""

import re
import unicodedata

LONGEST = 20_000
_BIDI = r"\u202a-\u202e\u2066-\u2069"
_ZERO_WIDTH = r"\u200b-\u200f\u2060-\u2064\ufeff"
_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff"
_HALVES = r"\ud800-\udfff"
_BEYOND = "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
_LONG = re.compile(f"[{_BIDI}{_ZERO_WIDTH}{_CONTROL}{_HALVES}{_BEYOND}]")
_LINE = re.compile(f"[\t\n{_BIDI}{_ZERO_WIDTH}{_CONTROL}{_HALVES}{_BEYOND}]")
_IS_BIDI = re.compile(f"[{_BIDI}]")
_IS_ZERO_WIDTH = re.compile(f"[{_ZERO_WIDTH}]")
_FULL_WIDTH = re.compile(r"[０-９．－，％]")
_HALF_WIDTH = {ord(c): ord(c) - 0xFEE0 for c in "０１２３４５６７８９．－，％"}

Trouble = tuple[str, str]
"""Code and Chinese message."""


def normalised(text: str) -> str:
    """The text in NFC, as it is kept."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def trouble(text: str, *, line: bool) -> Trouble | None:
    """What is wrong with a normalised text; `line`: neither line break nor tab."""
    if len(text) > LONGEST:
        return "text_length", f"不超过 {LONGEST} 字，现有 {len(text)} 字"
    found = (_LINE if line else _LONG).search(text)
    if found is None:
        return None
    where = f"第 {found.start() + 1} 个字符处"
    if _IS_BIDI.match(found[0]):
        return "text_bidi", f"{where}含有改变文字方向的不可见字符，请删除后重新输入"
    if _IS_ZERO_WIDTH.match(found[0]):
        return "text_zero_width", f"{where}含有看不见的零宽字符，请删除后重新输入"
    if found[0] in "\t\n":
        return "text_control", f"{where}含有换行或制表符，此处只能填写一行"
    return "text_control", f"{where}含有控制字符，请删除后重新输入"


def full_width(text: str) -> Trouble | None:
    """Full-width digits where a code or figure stands, with the half-width spelling as a hint."""
    if not _FULL_WIDTH.search(text):
        return None
    return "fullwidth_digit", f"请使用半角数字，例如“{text.translate(_HALF_WIDTH)}”"
