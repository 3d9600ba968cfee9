"""The table of operations, read from the contract (A-1): nobody writes a route twice.

Only a small subset of `google.api.http` is accepted: one of the five methods, a path of literal
segments and `{field}`s of one segment each, an optional `:verb` at its end, body `*` or none.
Anything else, or a method without access rule, stops the start.
"""

import importlib
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from protobuf import DescField, DescFieldValueMessage, DescService, Message

import jixiao.api
from jixiao.api.access.v1 import access_pb
from jixiao.api.drafts.v1 import drafts_pb
from jixiao.servicekit.access import Principal
from jixiao.servicekit.errors import StepUpRequired
from jixiao.servicekit.rpc import roles_of

_SEGMENT = re.compile(r"[a-z0-9][a-z0-9._-]*|\{[a-z][a-z0-9_]*\}")
_VERB = re.compile(r"[a-z][a-z0-9_-]*", re.IGNORECASE)
DELIVERY = "delivery"
DRAFTS = "drafts"
"""Package of what every service answers for its own forms."""
SHARED = frozenset({"audit", DELIVERY, DRAFTS})
"""Packages that no service owns: each answers them for itself."""
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ContractFault(RuntimeError):
    """The contract asks for something that the gateway does not speak; the start stops."""


@dataclass(frozen=True)
class Operation:
    """One method of the contract as HTTP sees it."""

    http: str
    """GET, POST, PUT, PATCH, DELETE, or empty: over gRPC alone."""
    path: str
    """As annotated: `/v1/targets/{target_id}:submit`."""
    body: bool
    """Whether the whole message (`*`) comes in the body."""
    method: str
    """Full gRPC name: `/jixiao.targets.v1.Targets/SubmitTarget`."""
    owner: str
    """The package of the service that answers: `targets`."""
    input: type[Message[Any]]
    output: type[Message[Any]]
    access: access_pb.Access
    form: str = ""
    """Name of the form that it files, under which drafts of it are kept (P5.8)."""

    @cached_property
    def roles(self) -> frozenset[str]:
        """Lower-case names of the roles that may call it."""
        return roles_of(self.access)

    @cached_property
    def fields(self) -> dict[str, DescField]:
        """Fields of the request by their name in the contract."""
        return {f.name: f for f in self.input.desc().fields}

    @cached_property
    def answers(self) -> frozenset[str]:
        """Names of the answer's fields."""
        return frozenset(f.name for f in self.output.desc().fields)

    @cached_property
    def free(self) -> bool:
        """Whether the answer holds JSON of any shape, whose numbers come as floats."""
        kinds = (f.value for f in self.output.desc().fields)
        return any(
            isinstance(one, DescFieldValueMessage)
            and one.message.type_name == "google.protobuf.Struct"
            for one in kinds
        )

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Fields that stand in the path, in its order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def for_anyone(self) -> bool:
        """Whether it can be called without a session."""
        return "anyone" in self.roles

    @cached_property
    def signs_in(self) -> bool:
        """Whether it tries a password for an account: slowly, whoever asks (P8.4)."""
        return self.for_anyone and "login_name" in self.fields

    def admits(self, who: Principal) -> bool:
        """Wall 1: may this principal call it at all? Articles: A-5, P3.1, P3.5."""
        return who.may_call(self.access.action, self.roles)

    def permit_now(self, principal: Principal) -> None:
        """Wall 1 again: who acts must have proved himself anew where the rule says so (SU).

        Raises StepUpRequired.
        """
        if self.access.step_up and not principal.stepped_up(time.time()):
            raise StepUpRequired

    def refusal(self, role: str) -> tuple[int, str]:
        """Status and code for a role that is not admitted.

        Whoever holds no post today, such as a third party whose commission has ended, is
        answered about a record as if it were absent (P3.3, A12).
        """
        absent = role == "anyone" and self.access.action == "record.read"
        return (404, "not_found") if absent else (403, "forbidden")


@dataclass(slots=True)
class _Node:
    literal: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    operations: dict[str, dict[str, Operation]] = field(default_factory=dict)
    """By verb, then by HTTP method."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: the operations by HTTP method, and the path's values in order."""

    operations: dict[str, Operation]
    values: tuple[str, ...]


class Routes:
    """All operations: a tree by segment, so that a look-up costs as many steps as the path has."""

    def __init__(self, services: Iterable[DescService]) -> None:
        self.by_method: dict[str, Operation] = {}
        self._forms: dict[str, str] = {}
        self._owners: set[str] = set()
        self._root = _Node()
        for service in services:
            for operation in operations_of(service):
                if operation.path:
                    self._add(operation)
                self.by_method[operation.method] = operation
                if operation.form:
                    self._forms[operation.form] = operation.owner
                if operation.owner not in SHARED:
                    self._owners.add(operation.owner)

    def owner_of(self, operation: Operation, message: Message[Any]) -> str | None:
        """The service that answers; a draft's is the one whose form it is. None: no such form.

        What an operator does about deliveries goes to the service that he names.
        """
        if operation.owner == DELIVERY:
            named = str(getattr(message, "service", ""))
            return named if named in self._owners else None
        if operation.owner != DRAFTS:
            return operation.owner
        return self._forms.get(getattr(message, "form", ""))

    def match(self, raw_path: str) -> Match | None:
        """Find a still percent-encoded path. None if nothing lives there."""
        *segments, last = raw_path.lstrip("/").split("/")
        name, colon, verb = last.rpartition(":")
        if not colon:
            name, verb = last, ""
        return _walk(self._root, (*segments, name), verb, ())

    def _add(self, operation: Operation) -> None:
        path, _, verb = operation.path.partition(":")
        node = self._root
        for segment in path.lstrip("/").split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literal.setdefault(segment, _Node())
        known = node.operations.setdefault(verb, {})
        if operation.http in known:
            raise ContractFault(
                f"{operation.method}: {operation.http} {operation.path} is taken by "
                f"{known[operation.http].method}"
            )
        known[operation.http] = operation


def _walk(
    node: _Node, segments: tuple[str, ...], verb: str, values: tuple[str, ...]
) -> Match | None:
    if not segments:
        found = node.operations.get(verb)
        return Match(found, values) if found else None
    head, rest = segments[0], segments[1:]
    if (child := node.literal.get(head)) and (match := _walk(child, rest, verb, values)):
        return match
    if node.variable and head:
        return _walk(node.variable, rest, verb, (*values, unquote(head, errors="replace")))
    return None


def contract_services() -> Iterator[DescService]:
    """Every service of the generated package `jixiao.api`, in order of its module."""
    names = {
        ".".join(("jixiao.api", *file.relative_to(root).with_suffix("").parts))
        for root in map(Path, jixiao.api.__path__)
        for file in root.glob("*/v*/*_pb.py")
    }
    for name in sorted(names):
        yield from importlib.import_module(name).desc().services


def operations_of(service: DescService) -> Iterator[Operation]:
    """The operations of a service. Raises ContractFault."""
    from jixiao.api.google.api.annotations_pb import (  # noqa: PLC0415 - only once a service has one
        ext_http,
    )

    for method in service.methods:
        name = f"/{service.type_name}/{method.name}"
        options = method.proto.options
        if options is None or access_pb.ext_access not in options:
            raise ContractFault(f"{name} has no access rule (jixiao.access.v1.access)")
        access = options[access_pb.ext_access]
        if not (access.roles or access.services) or not access.action:
            raise ContractFault(f"{name}: the access rule needs an action and roles or services")
        if method.proto.client_streaming or method.proto.server_streaming:
            raise ContractFault(f"{name} streams; the gateway speaks unary calls alone")
        # Without a path it is for other services and systems alone, over gRPC.
        verb, path, body = (
            _rule(name, options[ext_http]) if ext_http in options else ("", "", False)
        )
        operation = Operation(
            http=verb,
            path=path,
            body=body,
            method=name,
            owner=service.type_name.split(".")[1],
            input=method.input.type,
            output=method.output.type,
            access=access,
            form=options[drafts_pb.ext_form].name if drafts_pb.ext_form in options else "",
        )
        _check(operation)
        yield operation


def _rule(name: str, rule: Any) -> tuple[str, str, bool]:
    """HTTP method, path and whether there is a body; refuses what is not spoken here."""
    pattern = rule.pattern
    if pattern is None or pattern.field not in {"get", "post", "put", "patch", "delete"}:
        raise ContractFault(f"{name}: google.api.http needs one of get, post, put, patch, delete")
    if rule.additional_bindings or rule.response_body or rule.selector:
        raise ContractFault(f"{name}: bindings, response_body and selector are not spoken here")
    if rule.body not in {"", "*"} or (rule.body and pattern.field in {"get", "delete"}):
        raise ContractFault(f"{name}: body must be `*` (post, put, patch) or absent")
    path, colon, verb = pattern.value.partition(":")
    segments = path.split("/")[1:]
    wrong = not path.startswith("/v1/") or not all(_SEGMENT.fullmatch(s) for s in segments)
    if wrong or (colon and not _VERB.fullmatch(verb)):
        raise ContractFault(f"{name}: path {pattern.value!r} is not /v1/literal/{{field}}…[:verb]")
    return pattern.field.upper(), pattern.value, bool(rule.body)


def _check(operation: Operation) -> None:
    for variable in operation.variables:
        if variable not in operation.fields:
            raise ContractFault(f"{operation.method}: no field {variable!r} for its path")
    if "session_token" in operation.fields:
        raise ContractFault(f"{operation.method}: a session token comes by cookie, not by field")
