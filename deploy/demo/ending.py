"""What a stack holds in the end, as something that two walks can be compared by.

Ids, instants, persons and versions differ between two walks of the same year; what must not
differ is how many records there are of each kind, in which states, with which figures, and how
many events of each kind were told. A lost or doubled event changes one of these.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from psycopg import sql

from local.databases import SERVICES
from local.stack import Stack

_RECORDS = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'jx' AND column_name = 'body'"
# The heads of the sealed trails go out by the hour, not by what happened.
_EVENTS = """SELECT subject, count(*) FROM jx.outbox WHERE subject NOT LIKE '%.audit_head.published'
 GROUP BY 1"""
_BODIES = sql.SQL("SELECT to_jsonb(t)->>'state', body FROM jx.{} t")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Who of several people files first gets the smaller serial of a unit's programme codes.
_CODE = re.compile(r"\b[A-Z]{2}\d{3}-[A-Z0-9]+-\d{4}-m?\d{4}\b")
_VARYING = {"version", "filer", "person", "public_id", "seed", "hash", "list_hash", "digest"}


def digest(stack: Stack) -> dict[str, int]:
    """How often each canonical record and each kind of event is there, by service."""
    found: Counter[str] = Counter()
    for service in SERVICES:
        with stack.postgres.admin(stack.database(service)) as admin:
            for subject, number in admin.execute(_EVENTS):
                found[f"{service} told {subject}"] += int(str(number))
            if service == "gateway":
                continue
            for (table,) in admin.execute(_RECORDS).fetchall():
                for state, body in admin.execute(_BODIES.format(sql.Identifier(str(table)))):
                    found[f"{service} {table} {state} {_canonical(body)}"] += 1
    return dict(found)


def difference(one: dict[str, int], other: dict[str, int]) -> list[str]:
    """What is in one and not, or not as often, in the other."""
    return sorted(
        f"{key}: {one.get(key, 0)} / {other.get(key, 0)}"
        for key in one.keys() | other.keys()
        if one.get(key, 0) != other.get(key, 0)
    )


def _canonical(body: Any) -> str:
    text = json.dumps(_plain(body), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """Without what varies: ids and programme codes masked, lists and maps by id in an order of their own."""
    if isinstance(value, dict):
        kept = {k: _plain(v) for k, v in value.items() if k not in _VARYING}
        by_id = any(_UUID.fullmatch(key) for key in kept)
        return _sorted(kept.values()) if by_id else kept
    if isinstance(value, list):
        return _sorted(_plain(one) for one in value)
    return _CODE.sub("code", _UUID.sub("id", value)) if isinstance(value, str) else value


def _sorted(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=lambda one: json.dumps(one, sort_keys=True, ensure_ascii=False))
