"""The contract is whole: each operation says who may call it, and the roles mean something (A-1)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from protobuf import (
    DescField,
    DescFieldValueList,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    ScalarType,
)

from jixiao.api.access.v1.access_pb import Role, ext_access
from jixiao.gateway.fields import rules_of, typed_rules
from jixiao.gateway.routes import contract_services
from jixiao.servicekit.access import ROLE_KINDS


def methods() -> Iterator[tuple[str, Any]]:
    for service in contract_services():
        for method in service.methods:
            yield f"{service.type_name}.{method.name}", method


def test_every_operation_has_an_access_rule_with_an_action_and_roles() -> None:
    for name, method in methods():
        rule = method.proto.options[ext_access]
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", rule.action), name
        assert rule.roles or rule.services, name
        assert not (rule.roles and rule.services), name


def test_p47_services_may_call_reads_alone() -> None:
    for name, method in methods():
        if method.proto.options[ext_access].services:
            assert "request_id" not in {field.name for field in method.input.fields}, name


def test_every_command_carries_a_request_id_and_no_message_a_float_or_an_int64() -> None:
    reads = (
        "Get",
        "List",
        "May",
        "Preview",
        "Explain",
        "Compare",
        "Suggest",
        "Find",
        "Last",
        "Fetch",
        "Search",
        "Verify",
    )
    for name, method in methods():
        fields = {field.name for field in method.input.fields}
        verb = name.rpartition(".")[2]
        if not verb.startswith((*reads, "Login", "IssueClientToken")):
            assert "request_id" in fields or verb.startswith("Read"), name


@pytest.mark.parametrize("role", [r for r in Role if r.value])
def test_every_role_has_one_kind_of_scope(role: Role) -> None:
    assert role.name.lower() in ROLE_KINDS or role in (Role.ANYONE, Role.SIGNED_IN)


def test_administrators_never_reach_business_data() -> None:
    administrators = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
    for name, method in methods():
        # Whether a trail is intact shows nothing of what is in it.
        if not name.startswith(("jixiao.gateway.", "jixiao.audit.v1.Trails.", "jixiao.delivery.")):
            assert not administrators & set(method.proto.options[ext_access].roles), name


def asked(kind: DescMessage, known: set[str]) -> Iterator[tuple[str, DescField]]:
    """Every field that a caller may send in a message, whatever it stands in."""
    if kind.type_name in known:
        return
    known.add(kind.type_name)
    for field in kind.fields:
        yield f"{kind.type_name}.{field.name}", field
        match field.value:
            case DescFieldValueMessage(message=inner) | DescFieldValueList(element=inner):
                if isinstance(inner, DescMessage) and inner.type_name.startswith("jixiao."):
                    yield from asked(inner, known)


def lacks_a_rule(field: DescField) -> bool:
    """A text without any rule; an item of a list that may be empty, as an id must not (P5.2)."""
    rules = rules_of(field)
    match field.value:
        case DescFieldValueScalar(scalar=ScalarType.STRING):
            return rules is None or (typed_rules(rules, "string") is None and not rules.cel)
        case DescFieldValueList(element=ScalarType.STRING):
            many = typed_rules(rules, "repeated")
            item = typed_rules(many.items, "string") if many and many.items else None
            return item is None or not (item.has_field("min_len") or item.in_)
    return False


def test_p52_every_text_that_a_caller_sends_has_a_rule() -> None:
    known: set[str] = set()
    fields = [one for _, method in methods() for one in asked(method.input, known)]
    assert len(fields) > 500  # the control: it walks the whole contract
    assert not [name for name, field in fields if lacks_a_rule(field)]
