"""From an HTTP request to the contract's message and back (A-1).

Body, path, query and headers become one tree that the strict checks read; what passes is handed
to ProtoJSON. `If-Match` and `Idempotency-Key` are the only ways to a message's `etag` and
`request_id`: in a body or query they are refused.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from protobuf import (
    DescField,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueScalar,
    Message,
    ScalarType,
)

from jixiao.servicekit.errors import Faulty
from jixiao.servicekit.rpc import validated

from . import strict
from .fields import Faults, check_of
from .problems import Problem, faulty
from .routes import UNSAFE, Operation
from .strict import Number

HEADERS = {"etag": "If-Match", "request_id": "Idempotency-Key"}
_ETAG = re.compile(r'"([1-9]\d{0,8})"', re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_JSON = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE)
_MOST_PARAMETERS = 200


def message_of(
    operation: Operation,
    values: Sequence[str],
    query: str,
    headers: Mapping[str, str],
    raw: bytes,
) -> Message[Any]:
    """The request's message.

    Args:
        operation: What was called.
        values: The path's values, decoded, in the path's order.
        query: The raw query string.
        headers: By lower-case name.
        raw: The body.

    Raises:
        Problem: 400, 415 or 422 with all findings.

    Promises: P1.3, P5.2, P5.6.
    """
    from_headers = _headers(operation, headers)
    tree = _body(query, headers, raw) if operation.body else _query(operation, query, raw)
    return _built(
        operation, tree, dict(zip(operation.variables, values, strict=True)), from_headers
    )


def cleaned(operation: Operation, payload: bytes) -> Message[Any]:
    """A gRPC caller's message after the same checks as JSON, its size included. Raises Problem 422.

    Promises: P5.1, P5.2, P5.3.
    """
    try:
        message = operation.input.from_binary(payload)
        text = message.to_json(use_proto_field_name=True)
    except (ValueError, TypeError, RecursionError):
        raise Problem(422, "message_format", "消息无法解析。") from None
    try:
        tree = strict.parse(text.encode())
    except strict.Malformed as fault:
        raise Problem(422, fault.code, fault.message) from None
    faults = Faults()
    clean = check_of(operation.input.desc())(tree, "", faults)
    if faults:
        raise faulty(faults)
    return operation.input.from_json(json.dumps(clean))


def _headers(operation: Operation, headers: Mapping[str, str]) -> dict[str, str]:
    """`etag` and `request_id` from their headers."""
    found = {}
    if (match := headers.get("if-match")) is not None:
        etag = _ETAG.fullmatch(match.strip())
        if etag is None or "etag" not in operation.fields:
            raise Problem(400, "etag_format", 'If-Match 须为一个版本号，例如 "3"；不接受 * 和 W/。')
        found["etag"] = etag[1]
    if "request_id" in operation.fields and operation.http in UNSAFE:
        key = headers.get("idempotency-key", "")
        if not _UUID.fullmatch(key):
            raise Problem(
                400,
                "request_id_format",
                "请求须带 Idempotency-Key，其值为小写 UUID；重试时沿用同一个。",
            )
        found["request_id"] = key
    return found


def _body(query: str, headers: Mapping[str, str], raw: bytes) -> Any:
    if not _JSON.fullmatch(headers.get("content-type", "")):
        raise Problem(415, "content_type", "请求内容须为 application/json（UTF-8）。")
    if query:
        raise Problem(400, "query_unexpected", "该操作不接受地址栏参数，请写入请求内容。")
    return _parsed(raw)


def _parsed(raw: bytes) -> Any:
    try:
        return strict.parse(raw)
    except strict.Malformed as fault:
        raise Problem(400, fault.code, fault.message) from None


def _query(operation: Operation, query: str, raw: bytes) -> dict[str, Any]:
    """The query's parameters as a tree, typed by the descriptor."""
    if raw:
        raise Problem(400, "body_unexpected", "该操作不接受请求内容。")
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise Problem(400, "query_syntax", "地址栏参数有误。") from None
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    return {name: _typed(operation.fields.get(name), texts) for name, texts in given.items()}


def _typed(field: DescField | None, texts: list[str]) -> Any:
    """Query or path text as the JSON value that the field's check reads."""
    match field.value if field else None:
        case DescFieldValueList(element=element):
            return [_scalar(element, text) for text in texts]
        case DescFieldValueScalar(scalar=scalar) if len(texts) == 1:
            return _scalar(scalar, texts[0])
        case DescFieldValueEnum() if len(texts) == 1:
            return texts[0]
        case _:
            return texts[0] if len(texts) == 1 else texts


def _scalar(kind: object, text: str) -> Any:
    match kind:
        case ScalarType.BOOL:
            return {"true": True, "false": False}.get(text, text)
        case ScalarType.INT32 | ScalarType.UINT32:
            return Number(text)
        case _:
            return text


def _built(
    operation: Operation, tree: Any, path: Mapping[str, str], from_headers: Mapping[str, str]
) -> Message[Any]:
    faults = Faults()
    if isinstance(tree, dict):
        tree = _without_headers(operation, tree, faults)
        for name, text in path.items():
            value = _typed(operation.fields[name], [text])
            if name in tree and tree[name] != value:
                faults.note(f"/{name}", "path_mismatch", "与地址中的编号不一致")
            tree[name] = value
    clean = check_of(operation.input.desc())(tree, "", faults) | from_headers
    try:
        message = operation.input.from_json(json.dumps(clean))
    except (ValueError, TypeError):
        if not faults:
            faults.note("", "json_value", "填报内容不符合该操作的格式，例如二选一的字段填了两个")
        raise faulty(faults) from None
    if faults:
        raise faulty(_with_rules(faults, message))
    return message


def _without_headers(operation: Operation, tree: dict[str, Any], faults: Faults) -> dict[str, Any]:
    kept = dict(tree)
    for name, header in HEADERS.items():
        if name in operation.fields and kept.pop(name, tree) is not tree:
            faults.note(f"/{name}", "unknown_field", f"请改用请求头 {header}")
    return kept


def _with_rules(faults: Faults, message: Message[Any]) -> Faults:
    """Add what the contract's rules find in the rest, so that the filer mends all at once.

    A field found faulty above is missing from the message, so nothing is said of it again.
    """
    named = tuple(fault.pointer for fault in faults)
    try:
        validated(message)
    except Faulty as refusal:
        for one in refusal.findings:
            if one.pointer and not any(
                one.pointer.startswith(name) or name.startswith(f"{one.pointer}/") for name in named
            ):
                faults.note(one.pointer, one.code, one.message)
    return faults
