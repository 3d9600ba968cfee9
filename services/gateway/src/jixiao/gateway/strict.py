"""Strict JSON, on the tokens against the descriptor, before ProtoJSON (P5.2, P5.3).

ProtoJSON is lenient: two spellings of a name, `"2026"` for an integer, null, doubled keys all
pass. So the bytes are read here first: `parse` refuses what is no clean JSON (400), `Reader`
checks each value against its field and collects every finding (422). What comes out is normalised
to NFC and is safe to hand to ProtoJSON.
"""

import json
import re
from collections import Counter
from typing import Any, NoReturn

DEPTH = 32
NODES = 10_000
_OUTSIDE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|([\]}])|(,)', re.DOTALL)


class Malformed(Exception):
    """The bytes are no JSON that we take: 400, before any field is looked at."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class Number(str):
    """A number as it was spelled; whether it fits is the field's question."""

    __slots__ = ()

    @property
    def digits_only(self) -> bool:
        """Whether it has neither sign, point nor exponent."""
        return self.isascii() and self.isdigit()


def parse(raw: bytes) -> Any:
    """Read one JSON document; numbers stay `Number`. Raises Malformed.

    Promises: P5.1, P5.2.
    """
    if not raw.strip():
        raise Malformed("json_empty", "请求内容为空；没有可填的内容时请提交 {}。")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("json_encoding", "请求内容不是 UTF-8 编码，请转换后重新提交。") from None
    if text.startswith("\ufeff"):
        raise Malformed("json_encoding", "请求内容开头有 BOM 标记，请去掉后重新提交。")
    _measure(raw)
    try:
        tree = _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError):
        raise Malformed("json_syntax", "请求内容不是合法的 JSON。") from None
    if b"\\u" in raw:
        _whole_characters(tree)
    return tree


def _measure(raw: bytes) -> None:
    """Depth and number of values, before anything is built."""
    openers = raw.count(b"[") + raw.count(b"{")
    if openers <= DEPTH and openers + raw.count(b",") < NODES:
        return
    depth = nodes = 0
    for found in _OUTSIDE.finditer(raw):
        if found[1]:
            depth, nodes = depth + 1, nodes + 1
            if depth > DEPTH:
                raise Malformed("json_depth", f"JSON 嵌套超过 {DEPTH} 层。")
        elif found[2]:
            depth -= 1
        elif found[3]:
            nodes += 1
        if nodes >= NODES:
            raise Malformed("json_nodes", f"JSON 中的值超过 {NODES} 个，请分批提交。")


def _whole_characters(tree: Any) -> None:
    """An escape can smuggle in half a character, which no text of ours may hold."""
    try:
        json.dumps(tree, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("json_surrogate", "文本中含有不成对的代理字符。") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)  # one pass, however many
        raise Malformed("json_duplicate_key", f"同一对象中字段“{twice[:100]!a}”出现了两次。")
    return built


def _constant(name: str) -> NoReturn:
    raise Malformed("json_syntax", f"JSON 不允许 {name}。")


def _decimal(text: str) -> Number:
    if float(text) in (float("inf"), float("-inf")):
        raise Malformed("json_syntax", "数字超出可表示的范围。")
    return Number(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=Number, parse_float=_decimal
)
