"""The operations of the contract by name, with their HTTP rule: nobody writes a path twice.

`operation("AdmitProgramme")` finds the rpc wherever its service is; where two services have an
rpc of the same name, say `Programmes.AdmitProgramme`. `read_of` finds the operation that reads
the record which a command changes, so that a person reads before writing, as the portal does.
"""

import re
from functools import cache
from typing import Any

from protobuf import (
    DescEnum,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescMessage,
)

from jixiao.gateway.routes import Operation, contract_services, operations_of


@cache
def _index() -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for service in contract_services():
        for operation in operations_of(service):
            package_service, name = operation.method.lstrip("/").split("/")
            service_name = package_service.rpartition(".")[2]
            found.setdefault(name, []).append(operation)
            found.setdefault(f"{service_name}.{name}", []).append(operation)
    return found


def operation(name: str) -> Operation:
    """The one operation of this name. Raises KeyError, naming the nearest ones."""
    found = _index().get(name, [])
    if len(found) == 1:
        return found[0]
    short = name.rpartition(".")[2].lower()
    near = sorted(k for k in _index() if "." in k and (short[:6] in k.lower()))
    raise KeyError(f"{name}: {len(found)} operations; near: {', '.join(near) or 'none'}")


def read_of(command: Operation) -> Operation | None:
    """The GET of the record that a command's path names; None where there is none."""
    path = command.path.partition(":")[0]
    reads = {one.path: one for many in _index().values() for one in many if one.http == "GET"}
    while "{" in path:
        if path.endswith("}") and path in reads:
            return reads[path]
        path = path.rpartition("/")[0]
    return None


def filled(one: Operation, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path with its values, and what is left for body or query."""
    left = dict(given)
    path = re.sub(r"\{(\w+)\}", lambda found: str(left.pop(found[1])), one.path)
    return path, left


def plain(tree: Any, kind: DescMessage) -> Any:
    """An answer with its enumerations as domain.md writes them: `excellent`, `in_library`."""
    if not isinstance(tree, dict):
        return tree
    fields = {field.name: field.value for field in kind.fields}
    return {name: _plain_field(value, fields.get(name)) for name, value in tree.items()}


def _plain_field(value: Any, field: Any) -> Any:
    match field:
        case DescFieldValueEnum(enum=enum):
            return _identifier(value, enum)
        case DescFieldValueMessage(message=message):
            return plain(value, message)
        case DescFieldValueList(element=DescMessage() as element):
            return [plain(one, element) for one in value]
        case DescFieldValueList(element=DescEnum() as element):
            return [_identifier(one, element) for one in value]
        case DescFieldValueMap(value=DescMessage() as held):
            return {key: plain(one, held) for key, one in value.items()}
        case _:
            return value


def _identifier(name: Any, enum: DescEnum) -> Any:
    """`STATE_IN_LIBRARY` of the enum State is `in_library`; unspecified is the empty text."""
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    if not isinstance(name, str) or not name.startswith(prefix):
        return name
    identifier = name.removeprefix(prefix).lower()
    return "" if identifier == "unspecified" else identifier
