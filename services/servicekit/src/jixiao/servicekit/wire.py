"""Between the contract's messages and the domain's dataclasses, by equal field names.

One thing has one name from the proto to the page, so a message and the dataclass that it carries
differ in spelling alone: money is "12.30" against `Money`, a day "2025-01-09" against `date`, an
enum `GRADE_GOOD` against `"good"`. This is the only module that knows how the generated classes
are read and printed (A-1).
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from protobuf import (
    DescEnum,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    Enum,
    Message,
    ScalarType,
)
from protobuf.wkt import Timestamp

from .values import Money

T = TypeVar("T")
M = TypeVar("M", bound=Message[Any])
Read = Callable[[Any], Any]


def read(message: Message[Any], kind: type[T]) -> T:
    """A dataclass `kind` from a message: fields by name; an empty text is None where allowed."""
    return typing.cast("T", _reader(typing.cast("Any", kind))(message))


def write(value: object, kind: type[M], **more: object) -> M:
    """A message `kind` from a dataclass or mapping: fields by name; `more` overrides.

    What the value lacks or holds as None stays absent.
    """
    fields = {}
    mapping = value if isinstance(value, Mapping) else None
    for name, convert in _writers(typing.cast("Any", kind)):
        if name in more:
            fields[name] = more[name]
            continue
        held = getattr(value, name, None) if mapping is None else mapping.get(name)
        if held is not None:
            fields[name] = held if convert is None else convert(held)
    return kind(**fields)


def etag(version: int) -> str:
    """The version as the contract writes it."""
    return str(version)


@cache
def _reader(kind: Any) -> Read:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(a for a in arguments if a is not type(None))
        convert = _reader(inner)
        return lambda v: None if _empty(v) else convert(v)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda v: tuple(item(x) for x in v)
    if origin is dict:
        item = _reader(arguments[1])
        return lambda v: {k: item(x) for k, x in v.items()}
    if dataclasses.is_dataclass(kind) and kind is not Money:
        return _dataclass_reader(typing.cast("type", kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _Choice(kind)
    simple: dict[Any, Read] = {
        Money: Money.yuan,
        UUID: UUID,
        Decimal: Decimal,
        date: date.fromisoformat,
        datetime: lambda v: v.to_datetime(),
    }
    return simple.get(kind, lambda v: v)


def _empty(value: Any) -> bool:
    kind = type(value)
    if kind is str:
        return not value
    return value is None or (_is(kind, Enum) and int(value) == 0)


_is: Callable[[Any, Any], bool] = cache(issubclass)
"""Asked once a class: the generated classes are slow to ask."""


def _dataclass_reader(kind: type) -> Read:
    hints = typing.get_type_hints(kind)
    fields = [(f.name, _reader(hints[f.name]), _has_default(f)) for f in dataclasses.fields(kind)]

    def build(message: Any) -> Any:
        given = {}
        for name, convert, has_default in fields:
            held = getattr(message, name, None)
            if has_default and _empty(held):
                continue
            given[name] = convert(held)
        return kind(**given)

    return build


class _Choice(dict[Any, Any]):
    """Members of a domain enumeration by text, and by the contract's members met so far."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__({member.value: member for member in kind})

    def __call__(self, value: Any) -> Any:
        if type(value) is str:
            return self[value]
        key = (type(value), int(value))  # members of different enumerations are equal numbers
        if (known := self.get(key)) is None:
            known = self[key] = self[value.name.lower()]
        return known


@cache
def _member(kind: Any, name: str) -> Any:
    """The contract's member of a domain enumeration's value."""
    return kind[name.upper()]


def _has_default(field: "dataclasses.Field[Any]") -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


@cache
def _writers(kind: type[Message[Any]]) -> list[tuple[str, Read | None]]:
    """A converter per field of a message class; None: as it is."""
    return [(f.local_name, _field_writer(f.value)) for f in kind.desc().fields]


def _field_writer(value: object) -> Read | None:
    match value:
        case DescFieldValueList(element=element):
            item = _writer(element) or _same
            return lambda v: [item(x) for x in v]
        case DescFieldValueMap(value=element):
            item = _writer(element) or _same
            return lambda v: {str(k): item(x) for k, x in v.items()}
        case DescFieldValueMessage(message=element):
            return _writer(element)
        case DescFieldValueEnum(enum=element):
            return _writer(element)
        case DescFieldValueScalar(scalar=scalar):
            return _writer(scalar)
        case _:
            raise TypeError(value)


def _same(value: Any) -> Any:
    return value


def _writer(element: object) -> Read | None:
    match element:
        case DescMessage(type=kind):
            if kind is Timestamp:
                return lambda v: Timestamp.from_datetime(v.astimezone(UTC))
            message = kind
            return lambda v: v if _is(type(v), Message) else write(v, message)
        case DescEnum(type=kind):
            return lambda v: v if _is(type(v), Enum) else _member(kind, str(v))
        case ScalarType.STRING:
            return _text
        case _:
            return None


def _text(value: object) -> str:
    """As the contract writes it: a decimal without exponent, a day, an id, an amount."""
    if type(value) is str:
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
