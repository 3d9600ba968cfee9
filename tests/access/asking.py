"""Requests made from the contract: every field filled with what its own rules let through.

An id field gets the id of the place's record, a coordinate the place's, anything else the first
plain value that the message rules accept. A list is asked without filters. No version is named,
so that a change goes as far as finding its record and not one step further (P1.4).
"""

from functools import cache
from typing import Any
from uuid import uuid4

import protovalidate
from protobuf import (
    DescEnum,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    Message,
    ScalarType,
)

from jixiao.api.buf.validate import validate_pb
from jixiao.gateway.routes import Operation, contract_services, operations_of

from .places import Place

OPERATIONS: list[Operation] = [
    one for service in contract_services() for one in operations_of(service)
]
_TEXTS = ("甲", "A1", "2026-03-01", "1.00", "370303101", "91370303MA3S000004", "2.00", "targets")
_DEEP = 8
_ASKED: dict[str, dict[str, Any]] = {
    "/jixiao.monitoring.v1.Executions/ListExecution": {"year": 2026, "day": "2026-03-01"}
}
"""What a list must be asked."""


def name_of(operation: Operation) -> str:
    """`Targets.GetTarget`."""
    service, name = operation.method.lstrip("/").split("/")
    return f"{service.rpartition('.')[2]}.{name}"


def is_list(operation: Operation) -> bool:
    """Whether it shows all that the caller may see."""
    return "page_size" in operation.fields


def names_records(operation: Operation) -> bool:
    """Whether a request can name a record: it differs between two places by its ids or codes."""
    one, other = (Place(name, "370303101", "ZD103", "U101") for name in ("one", "other"))
    return not is_list(operation) and _made(operation.method, one) != _made(operation.method, other)


def request_to(operation: Operation, place: Place, **fixed: Any) -> Any:
    """A valid request about the records of a place; `fixed` fields are taken as they are.

    Raises AssertionError where the message rules refuse what is made here.
    """
    if is_list(operation):
        return operation.input(**{**_ASKED.get(operation.method, {}), **fixed})
    request: Any = operation.input.from_binary(_made(operation.method, place))
    for name, value in fixed.items():
        setattr(request, name, value)
    if "request_id" in operation.fields:
        request.request_id = str(uuid4())
    return request


@cache
def _made(method: str, place: Place) -> bytes:
    operation = next(one for one in OPERATIONS if one.method == method)
    request = _message(operation.input, place, 0)
    refused = protovalidate.collect_violations(request)
    assert not refused, f"{method}: {refused[0].proto}"
    return bytes(request.to_binary())


def _message(kind: type[Message[Any]], place: Place, depth: int) -> Any:
    made: Any = kind()
    chosen: set[str] = set()
    for field in kind.desc().fields:
        oneof = getattr(field, "oneof", None)
        if field.name in ("etag", "request_id") or (oneof and oneof.name in chosen):
            continue
        if oneof:
            chosen.add(oneof.name)
        for candidate in _candidates(field, place, depth):
            if _accepts(made, field.name, candidate):
                setattr(made, field.name, candidate)
                break
    return made


def _candidates(field: Any, place: Place, depth: int) -> list[Any]:
    """What may be set, best first."""
    match field.value:
        case DescFieldValueMessage(message=message):
            return [_message(message.type, place, depth + 1)] if depth < _DEEP else []
        case DescFieldValueList(element=element):
            return [[one] for one in _elements(element, field, place, depth)]
        case DescFieldValueEnum(enum=enum):
            return [enum.type(value.number) for value in enum.values[1:]]
        case DescFieldValueScalar(scalar=scalar):
            return _scalars(scalar, field, place)
        case _:
            return []


def _elements(element: Any, field: Any, place: Place, depth: int) -> list[Any]:
    match element:
        case DescMessage():
            return [_message(element.type, place, depth + 1)] if depth < _DEEP else []
        case DescEnum():
            return [element.type(1)]
        case _:
            return _scalars(element, field, place)


def _scalars(scalar: ScalarType, field: Any, place: Place) -> list[Any]:
    if scalar is ScalarType.STRING:
        return list(_texts(field, place))
    if scalar is ScalarType.BYTES:
        return [b"1"]
    if scalar is ScalarType.BOOL:
        return []
    return [place.year if "year" in field.name else 1, 1, 0]


def _named(field: Any) -> list[str]:
    """The words that the contract lists for a field or for the elements of a list."""
    options = field.proto.options
    rules = options[validate_pb.ext_field] if options and validate_pb.ext_field in options else None
    kind = rules.type if rules else None
    if kind is not None and kind.field == "repeated" and kind.value.items:
        kind = kind.value.items.type
    return list(kind.value.in_) if kind is not None and kind.field == "string" else []


def _texts(field: Any, place: Place) -> list[str]:
    if named := _named(field):
        return named
    name = field.name.removesuffix("s") if field.name.endswith("_ids") else field.name
    if name in ("territory", "line", "unit"):
        return [getattr(place, name)]
    if name in ("code", "programme_code"):
        return [place.text("code"), *_TEXTS]
    return [*_TEXTS, str(place.id(name.removeprefix("with_")))]


_accepted: dict[tuple[Any, str, str], bool] = {}


def _accepts(made: Any, name: str, value: Any) -> bool:
    """Whether the field's own rules let a value through; ids refuse all but an id."""
    key = (type(made), name, repr(value))
    if key not in _accepted:
        refused = protovalidate.collect_violations(type(made)(**{name: value}))
        _accepted[key] = not any(
            one.proto.field and one.proto.field.elements[0].field_name == name for one in refused
        )
    return _accepted[key]
