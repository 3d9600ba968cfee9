"""OpenAPI 3.1 and the permission table, walked from the descriptors (A-1); never written by hand."""

from collections.abc import Iterable
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

from jixiao.api.access.v1 import access_pb
from jixiao.api.values.v1 import values_pb

from .fields import LONGEST_ARRAY, LONGEST_PAGE, PAGE, holds, rules_of, typed_rules
from .problems import MEDIA_TYPE, TITLES
from .routes import UNSAFE, Operation, Routes
from .texts import LONGEST
from .transcoding import HEADERS

Schema = dict[str, Any]
_ANSWERED = (400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503)
_PREDEFINED: tuple[tuple[Any, Schema], ...] = (
    (values_pb.ext_yuan, {"pattern": r"^(|(0|[1-9]\d{0,12})\.\d{2})$"}),
    (values_pb.ext_signed_yuan, {"pattern": r"^(|-?(0|[1-9]\d{0,12})\.\d{2})$"}),
    (values_pb.ext_score, {"pattern": r"^(|(0|[1-9]\d{0,2})(\.\d{1,2})?)$"}),
    (values_pb.ext_ratio, {"pattern": r"^(|(0|[1-9]\d{0,8})(\.\d{1,4})?)$"}),
    (values_pb.ext_quantity, {"pattern": r"^(|-?(0|[1-9]\d{0,14})(\.\d{1,6})?)$"}),
    (values_pb.ext_day, {"pattern": r"^(|\d{4}-\d{2}-\d{2})$"}),
    (values_pb.ext_id, {"pattern": r"^(|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"}),
    (values_pb.ext_line_text, {"minLength": 1, "maxLength": 200}),
    (values_pb.ext_long_text, {"maxLength": LONGEST}),
    (values_pb.ext_division, {"pattern": r"^(|\d{6}(\d{3})?)$"}),
    (values_pb.ext_code, {"pattern": r"^(|[A-Za-z0-9][A-Za-z0-9_-]{0,63})$"}),
)
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
}
_PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "trace"],
    "properties": {
        **{k: {"type": "string"} for k in ("type", "title", "detail", "instance", "code", "trace")},
        "status": {"type": "integer"},
        "article": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    **{k: {"type": "string"} for k in ("pointer", "code", "message")},
                    **{k: {"type": "string"} for k in ("sheet", "column")},
                    "row": {"type": "integer"},
                },
            },
        },
    },
}


def document(routes: Routes, cookie: str) -> Schema:
    """The OpenAPI document of every operation that HTTP reaches; `cookie` names the session's."""
    schemas: dict[str, Schema] = {"Problem": _PROBLEM}
    paths: dict[str, dict[str, Schema]] = {}
    for operation in _over_http(routes):
        paths.setdefault(operation.path, {})[operation.http.lower()] = _operation(
            operation, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "绩效 Jixiao", "version": "v1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
                "client": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def permissions(routes: Routes) -> list[Schema]:
    """The permission table: a row per method of the contract.

    Articles: D-33; promises: P3.5.
    """
    return [
        {
            "action": one.access.action,
            "method": one.method,
            "http": one.http,
            "path": one.path,
            "roles": [f"ROLE_{role.name}" for role in one.access.roles],
            "articles": list(one.access.articles),
            "guards": list(one.access.guards),
            "step_up": one.access.step_up,
        }
        for _, one in sorted(routes.by_method.items())
    ]


def _over_http(routes: Routes) -> Iterable[Operation]:
    return (one for _, one in sorted(routes.by_method.items()) if one.path)


def _operation(operation: Operation, schemas: dict[str, Schema]) -> Schema:
    built: Schema = {
        "operationId": operation.method.rpartition(".")[2].replace("/", "_"),
        "tags": [operation.owner],
        "x-jixiao-access": _access(operation.access),
        "parameters": _parameters(operation, schemas),
        "responses": _responses(operation, schemas),
        "security": [{}] if operation.for_anyone else [{"session": []}, {"client": []}],
    }
    if operation.body:
        schema = _object(operation.input.desc(), schemas, without=_elsewhere(operation))
        built["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return built


def _access(access: access_pb.Access) -> Schema:
    return {
        "action": access.action,
        "roles": [f"ROLE_{role.name}" for role in access.roles],
        "articles": list(access.articles),
        "guards": list(access.guards),
        "step_up": access.step_up,
    }


def _elsewhere(operation: Operation) -> set[str]:
    """Fields that do not stand in body or query."""
    return set(operation.variables) | set(HEADERS)


def _parameters(operation: Operation, schemas: dict[str, Schema]) -> list[Schema]:
    found = [
        {"name": n, "in": "path", "required": True, "schema": _field(operation.fields[n], schemas)}
        for n in operation.variables
    ]
    if operation.http in UNSAFE and "request_id" in operation.fields:
        found.append(
            {"name": "Idempotency-Key", "in": "header", "required": True,
             "schema": {"type": "string", "format": "uuid"}}
        )  # fmt: skip
    if "etag" in operation.fields:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "schema": {"type": "string", "pattern": r'^"[1-9]\d{0,8}"$'},
            }
        )
    if not operation.body:
        found += [
            {"name": name, "in": "query", "schema": _field(field, schemas)}
            for name, field in operation.fields.items()
            if name not in _elsewhere(operation)
        ]
    return found


def _responses(operation: Operation, schemas: dict[str, Schema]) -> Schema:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {"ETag": {"schema": {"type": "string"}}} if "etag" in operation.answers else {}
    answer = _message(operation.output.desc(), schemas)
    return {
        "200": {
            "description": "办理完成",
            "content": {"application/json": {"schema": answer}},
            **({"headers": headers} if headers else {}),
        },
        **{str(s): {"description": TITLES[s], "content": problem} for s in _ANSWERED},
    }


def _message(kind: DescMessage, schemas: dict[str, Schema]) -> Schema:
    """A reference to the message's schema, made on first use (messages may contain themselves)."""
    if kind.type_name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[kind.type_name])
    name = kind.type_name.removeprefix("jixiao.")
    if name not in schemas:
        schemas[name] = {}
        schemas[name] = _object(kind, schemas, without={"session_token"})
    return {"$ref": f"#/components/schemas/{name}"}


def _object(kind: DescMessage, schemas: dict[str, Schema], *, without: set[str]) -> Schema:
    fields = [f for f in kind.fields if f.name not in without]
    required = [f.name for f in fields if (rules := rules_of(f)) and rules.required]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {f.name: _field(f, schemas) for f in fields},
        **({"required": required} if required else {}),
    }


def _field(field: DescField, schemas: dict[str, Schema]) -> Schema:
    rules = rules_of(field)
    if field.name == PAGE:
        return {"type": "integer", "format": "int32", "minimum": 1, "maximum": LONGEST_PAGE}
    match field.value:
        case DescFieldValueScalar(scalar=scalar):
            return _element(scalar, rules, schemas)
        case DescFieldValueEnum(enum=enum):
            return _element(enum, rules, schemas)
        case DescFieldValueMessage(message=message):
            return _element(message, rules, schemas)
        case DescFieldValueList(element=element):
            many = typed_rules(rules, "repeated")
            return {
                "type": "array",
                "items": _element(element, many.items if many else None, schemas),
                "maxItems": many.max_items if many and many.max_items else LONGEST_ARRAY,
                **({"minItems": many.min_items} if many and many.min_items else {}),
            }
        case DescFieldValueMap(value=element):
            return {"type": "object", "additionalProperties": _element(element, None, schemas)}


def _element(kind: object, rules: Any, schemas: dict[str, Schema]) -> Schema:
    match kind:
        case DescMessage():
            return _message(kind, schemas)
        case DescEnum():
            return {"type": "string", "enum": [value.name for value in kind.values]}
        case ScalarType.BOOL:
            return {"type": "boolean"}
        case ScalarType.BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        case ScalarType.STRING:
            return _string(typed_rules(rules, "string"))
        case _:
            return _integer(typed_rules(rules, "int32"))


def _string(rules: Any) -> Schema:
    schema: Schema = {"type": "string"}
    if rules is None:
        return schema
    for extension, known in _PREDEFINED:
        if holds(rules, extension):
            schema |= known
    for name, keyword in (
        ("min_len", "minLength"),
        ("max_len", "maxLength"),
        ("pattern", "pattern"),
    ):
        if rules.has_field(name):
            schema[keyword] = getattr(rules, name)
    if choices := getattr(rules, "in_", None) or getattr(rules, "in", None):
        schema["enum"] = list(choices)
    return schema


def _integer(rules: Any) -> Schema:
    schema: Schema = {"type": "integer", "format": "int32", "minimum": 0}
    if holds(rules, values_pb.ext_year):
        return schema | {"minimum": 2015, "maximum": 2099}
    if rules is not None and rules.greater_than and rules.greater_than.field == "gte":
        schema["minimum"] = rules.greater_than.value
    if rules is not None and rules.less_than and rules.less_than.field == "lte":
        schema["maximum"] = rules.less_than.value
    return schema
