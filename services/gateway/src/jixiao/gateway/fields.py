"""Each field's check, built once from the descriptor and the field's rules (P5.2, P5.3).

A check takes what the strict parser read, notes every finding and returns what ProtoJSON may see.
Types that the contract must not use (A-7: no 64-bit integers, floats, masks) stop the start.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from protobuf import (
    DescEnum,
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    ScalarType,
)

from jixiao.api.buf.validate import validate_pb
from jixiao.api.values.v1 import values_pb
from jixiao.servicekit.errors import Finding

from . import texts
from .problems import MOST_FINDINGS
from .routes import ContractFault
from .strict import Number

LONGEST_ARRAY = 2_000
PAGE, LONGEST_PAGE = "page_size", 200
"""Of every list; absent is the service's own choice, so 0 is never said (B31)."""
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2099, 12, 31)
_MONEY = (values_pb.ext_yuan, values_pb.ext_signed_yuan)
_FIGURES = (values_pb.ext_score, values_pb.ext_ratio, values_pb.ext_quantity)
_KEYS = (values_pb.ext_id, values_pb.ext_etag, values_pb.ext_division, values_pb.ext_code)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_RANGES = {ScalarType.INT32: 2**31 - 1, ScalarType.UINT32: 2**32 - 1}


class Faults(list[Finding]):
    """The findings of one request, in order of the document."""

    def note(self, pointer: str, code: str, message: str) -> None:
        """Add one; beyond the most that an answer shows they are dropped."""
        if len(self) < MOST_FINDINGS:
            self.append(Finding(pointer, code, message))


Check = Callable[[Any, str, Faults], Any]


class MessageCheck:
    """The check of a message: known names, one spelling, no null, each value by its field."""

    def __init__(self, kind: DescMessage) -> None:
        self.fields: dict[str, Check] = {}
        self.spellings = {f.json_name: f.name for f in kind.fields}
        self.required = {f.name for f in kind.fields if _must_be_there(rules_of(f))}
        self.choices = [[f.name for f in one.fields] for one in kind.oneofs]

    def __call__(self, value: Any, pointer: str, out: Faults) -> Any:
        """Check an object; what is faulty is left out of the answer."""
        if not isinstance(value, dict):
            out.note(pointer, "object_type", "此处须为 JSON 对象")
            return {}
        clean = {}
        for name, held in value.items():
            check, here = self.fields.get(name), f"{pointer}/{name}"
            if check is None:
                out.note(f"{pointer}/{_escaped(name)}", "unknown_field", self._unknown(name))
            elif held is None:
                self._null(name, here, out)
            else:
                before = len(out)
                checked = check(held, here, out)
                if checked is not None and (len(out) == before or isinstance(checked, dict | list)):
                    clean[name] = checked
        for names in self.choices:
            for second in [name for name in names if name in value][1:]:
                out.note(f"{pointer}/{second}", "one_of", f"只能填写其中一项：{'、'.join(names)}")
        return clean

    def _null(self, name: str, here: str, out: Faults) -> None:
        if name in self.required:
            out.note(here, "required", "必填，不能为空")
        else:
            out.note(here, "null_value", "不能为 null；不填时请省略该字段")

    def _unknown(self, name: str) -> str:
        if known := self.spellings.get(name):
            return f"字段名须写作“{known}”"
        return "没有这个字段，请核对名称"


def _escaped(name: str) -> str:
    return name[:100].replace("~", "~0").replace("/", "~1")


_known: dict[str, MessageCheck] = {}


def check_of(kind: DescMessage) -> MessageCheck:
    """The check of a message type; built once, recursion included. Raises ContractFault."""
    if (known := _known.get(kind.type_name)) is None:
        known = _known[kind.type_name] = MessageCheck(kind)
        for field in kind.fields:
            known.fields[field.name] = field_check(field)
    return known


def rules_of(field: DescField) -> Any:
    """The field's `buf.validate` rules, or None."""
    options = field.proto.options
    return options[validate_pb.ext_field] if options and validate_pb.ext_field in options else None


def typed_rules(rules: Any, kind: str) -> Any:
    """The rules of one type within: `string`, `int32`, `repeated` …, or None."""
    return (
        rules.type.value if rules is not None and rules.type and rules.type.field == kind else None
    )


def holds(rules: Any, extension: Any) -> bool:
    """Whether a predefined rule of ours is on."""
    return rules is not None and extension in rules and bool(rules[extension])


def _must_be_there(rules: Any) -> bool:
    strings = typed_rules(rules, "string")
    return rules is not None and (
        bool(rules.required)
        or holds(strings, values_pb.ext_line_text)
        or (strings is not None and strings.min_len > 0)
    )


def field_check(field: DescField) -> Check:
    """The check of one field. Raises ContractFault."""
    if field.name == PAGE:
        return _integer(LONGEST_PAGE, least=1)
    rules, name = rules_of(field), f"{field.parent.type_name}.{field.name}"
    match field.value:
        case DescFieldValueScalar(scalar=scalar):
            return _element(scalar, rules, name)
        case DescFieldValueEnum(enum=enum):
            return _element(enum, rules, name)
        case DescFieldValueMessage(message=message):
            return _element(message, rules, name)
        case DescFieldValueList(element=element):
            many = typed_rules(rules, "repeated")
            return _array(_element(element, many.items if many else None, name))
        case DescFieldValueMap(value=element):
            many = typed_rules(rules, "map")
            return _map(_element(element, many.values if many else None, name))
        case _:
            raise ContractFault(f"{name}: a kind of field that is not spoken here")


def _element(kind: Any, rules: Any, name: str) -> Check:
    match kind:
        case DescMessage():
            special = _WELL_KNOWN.get(kind.type_name)
            if special is None and kind.type_name.startswith("google.protobuf."):
                raise ContractFault(f"{name}: {kind.type_name} is not used by this contract")
            return special or check_of(kind)
        case DescEnum():
            return _enum(kind)
        case ScalarType.STRING:
            return _string(rules)
        case ScalarType.INT32 | ScalarType.UINT32:
            return _integer(_RANGES[kind])
        case ScalarType.BOOL:
            return _bool
        case ScalarType.BYTES:
            return _bytes
        case _:
            raise ContractFault(f"{name}: no {kind!s} in messages for callers (A-7)")


def _string(rules: Any) -> Check:
    strings = typed_rules(rules, "string")
    money = any(holds(strings, one) for one in _MONEY)
    figure = any(holds(strings, one) for one in _FIGURES)
    day = holds(strings, values_pb.ext_day)
    key = day or money or figure or any(holds(strings, one) for one in _KEYS)
    short = strings is not None and 0 < strings.max_len <= 200
    line = key or short or holds(strings, values_pb.ext_line_text)
    blank = _must_be_there(rules)
    wrong = _wrong_type(money=money, figure=figure)

    def check(value: Any, pointer: str, out: Faults) -> Any:
        if type(value) is not str:
            out.note(pointer, *wrong)
            return None
        text = texts.normalised(value)
        found = (texts.full_width(text) if key else None) or texts.trouble(text, line=line)
        if found is None and day:
            found = _day_trouble(text)
        if found is None and blank and text and not text.strip():
            found = ("text_blank", "不能只填空格，请填写内容")
        if found:
            out.note(pointer, *found)
            return None
        return text

    return check


def _wrong_type(*, money: bool, figure: bool) -> tuple[str, str]:
    if money:
        return "money_type", '金额须为文本，例如 "1234.50"，不能是 JSON 数字'
    if figure:
        return "number_type", '数值须为文本，例如 "9.50"，不能是 JSON 数字'
    return "text_type", "此处须为文本"


def _day_trouble(text: str) -> texts.Trouble | None:
    """A spelling that is no day at all is left to the contract's rule `date_format`."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        if text.startswith("0000"):
            return "date_range", "日期须在 1949-10-01 至 2099-12-31 之间"
        return "date_invalid", f"没有 {text} 这一天，请核对"
    if not FIRST_DAY <= day <= LAST_DAY:
        return "date_range", "日期须在 1949-10-01 至 2099-12-31 之间"
    return None


def _integer(most: int, least: int = 0) -> Check:
    def check(value: Any, pointer: str, out: Faults) -> Any:
        if type(value) is not Number:
            out.note(pointer, "int_type", "须为整数（JSON 数字，不加引号）")
        elif value.startswith("-") and value[1:].isdigit():
            out.note(pointer, "int_range", "不能为负数")
        elif not value.digits_only:
            out.note(pointer, "int_type", "须为整数，不带小数点和指数")
        elif len(value) > 10 or int(value) > most:
            out.note(pointer, "int_range", f"数字过大，不超过 {most}，请核对")
        elif int(value) < least:
            out.note(pointer, "int_range", f"不能小于 {least}")
        else:
            return int(value)
        return None

    return check


def _bool(value: Any, pointer: str, out: Faults) -> Any:
    if isinstance(value, bool):
        return value
    out.note(pointer, "bool_type", "须为 true 或 false")
    return None


def _bytes(value: Any, pointer: str, out: Faults) -> Any:
    try:
        if type(value) is str and base64.b64decode(value, validate=True) is not None:
            return value
    except ValueError:
        pass
    out.note(pointer, "bytes_format", "须为 base64 文本")
    return None


def _enum(kind: DescEnum) -> Check:
    names = {value.name for value in kind.values}

    def check(value: Any, pointer: str, out: Faults) -> Any:
        if type(value) is not str:
            out.note(pointer, "enum_type", "须为选项的名称（文本）")
        elif value not in names:
            out.note(pointer, "enum_value", "没有这个选项，请从列表中选择")
        else:
            return value
        return None

    return check


def _array(element: Check) -> Check:
    def check(value: Any, pointer: str, out: Faults) -> Any:
        if not isinstance(value, list):
            out.note(pointer, "array_type", "此处须为 JSON 数组")
            return None
        if len(value) > LONGEST_ARRAY:
            out.note(pointer, "array_length", f"最多 {LONGEST_ARRAY} 项，现有 {len(value)} 项")
            return None
        return [_item(element, one, f"{pointer}/{n}", out) for n, one in enumerate(value)]

    return check


def _item(element: Check, value: Any, pointer: str, out: Faults) -> Any:
    if value is None:
        out.note(pointer, "null_value", "数组中不能有 null")
        return None
    return element(value, pointer, out)


def _map(element: Check) -> Check:
    key = _string(None)

    def check(value: Any, pointer: str, out: Faults) -> Any:
        if not isinstance(value, dict):
            out.note(pointer, "object_type", "此处须为 JSON 对象")
            return None
        clean = {}
        for name, held in value.items():
            here = f"{pointer}/{_escaped(name)}"
            kept = key(name, here, out)
            clean[kept or ""] = _item(element, held, here, out)
        return clean

    return check


def _instant(value: Any, pointer: str, out: Faults) -> Any:
    try:
        if type(value) is str and _INSTANT.fullmatch(value):
            at = datetime.fromisoformat(value).astimezone(UTC)
            if FIRST_DAY <= at.date() <= LAST_DAY:
                return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    out.note(
        pointer, "instant_format", "时间须为带时区的 RFC 3339 格式，例如 2025-01-09T08:30:00+08:00"
    )
    return None


def _free(value: Any, pointer: str, out: Faults) -> Any:
    """Well-formed JSON of any shape, as a draft holds it (P5.8); texts are checked all the same."""
    match value:
        case Number():
            if len(value) > 17 or Decimal(value) != Decimal(repr(float(value))):
                out.note(pointer, "int_range", "数字过长或无法准确保存，请以文本填写")
                return None
            return int(value) if value.lstrip("-").isdigit() else float(value)
        case str():
            return _string(None)(value, pointer, out)
        case list():
            return [_free(one, f"{pointer}/{n}", out) for n, one in enumerate(value)]
        case dict():
            return _free_members(value, pointer, out)
        case _:
            return value


def _free_members(value: dict[str, Any], pointer: str, out: Faults) -> dict[str, Any]:
    clean = {}
    for name, held in value.items():
        here = f"{pointer}/{_escaped(name)}"
        if found := texts.trouble(texts.normalised(name), line=True):
            out.note(here, *found)
        else:
            clean[texts.normalised(name)] = _free(held, here, out)
    return clean


def _free_object(value: Any, pointer: str, out: Faults) -> Any:
    if not isinstance(value, dict):
        out.note(pointer, "object_type", "此处须为 JSON 对象")
        return None
    return _free(value, pointer, out)


_WELL_KNOWN: dict[str, Check] = {
    "google.protobuf.Timestamp": _instant,
    "google.protobuf.Struct": _free_object,
    "google.protobuf.Value": _free,
}
