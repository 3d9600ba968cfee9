"""What a refused official reads (P5.6): a Chinese sentence, whatever refuses."""

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jixiao.gateway.fields import rules_of
from jixiao.gateway.problems import _RULES, SENTENCES, TITLES, Problem
from jixiao.gateway.routes import contract_services
from jixiao.servicekit.errors import Answered

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("gateway", "targets", "monitoring", "evaluation", "results", "disclosure", "servicekit")
HAN = re.compile(r"[\u4e00-\u9fff]")


def refusals() -> list[type[Answered]]:
    """Every refusal of every service."""
    for name in SERVICES:
        package = importlib.import_module(f"jixiao.{name}")
        for module in pkgutil.walk_packages(package.__path__, f"jixiao.{name}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)

    def below(kind: type[Answered]) -> Iterator[type[Answered]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return sorted(
        {one for one in below(Answered) if one.__module__.startswith("jixiao.")},
        key=lambda one: f"{one.__module__}.{one.__name__}",
    )


def wordless(kinds: list[type[Answered]]) -> list[str]:
    """Those without a reason for programs or a sentence for people."""
    return [
        f"{one.__module__}.{one.__name__}"
        for one in kinds
        if not one.reason or not HAN.search(one.sentence)
    ]


def test_p56_every_refusal_says_in_chinese_what_is_wrong() -> None:
    kinds = refusals()
    assert len(kinds) > 100
    assert wordless(kinds) == []


def test_p56_control_a_refusal_without_words_is_found() -> None:
    planted = type("Planted", (Answered,), {"reason": "PLANTED", "sentence": "planted"})
    assert wordless([planted]) == [f"{planted.__module__}.Planted"]


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of `name` in the services' code, with where it stands."""
    for path in sorted((ROOT / "services").glob("*/src/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=called)) if called == name:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def literal(node: ast.expr) -> str | None:
    """The text of a literal, its filled-in parts left out; None where it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
    return None


def test_p56_every_problem_of_the_door_has_a_sentence_of_its_own_or_of_its_status() -> None:
    silent = []
    for where, call in calls("Problem"):
        if not isinstance(call.args[0] if call.args else None, ast.Constant):
            continue
        status: Any = call.args[0].value  # type: ignore[attr-defined]
        detail = literal(call.args[2]) if len(call.args) > 2 else ""
        assert status in TITLES, where
        if detail is not None and not HAN.search(detail) and status not in SENTENCES:
            silent.append(where)
    assert silent == []


def test_p56_every_finding_speaks_chinese() -> None:
    spoken = [
        (where, literal(call.args[2])) for where, call in calls("Finding") if len(call.args) > 2
    ]
    assert len(spoken) > 50
    assert [
        where for where, text in spoken if text and text.strip("：。") and not HAN.search(text)
    ] == []


def test_p56_every_rule_of_the_contract_has_words() -> None:
    named = {start for start, _ in _RULES}
    silent = []
    for kind in {
        m.input.type_name: m.input for s in contract_services() for m in s.methods
    }.values():
        for field in kind.fields:
            rules = rules_of(field)
            silent += [
                f"{kind.type_name}.{field.name}"
                for rule in (rules.cel if rules is not None else ())
                if not HAN.search(rule.message)
            ]
    assert silent == []
    assert {"required", "min_len", "max_len", "in", "gt", "lt", "max_items"} <= named


@pytest.mark.parametrize("status", sorted(TITLES))
def test_p56_a_problem_has_every_member_and_none_that_is_empty(status: int) -> None:
    problem = Problem(status, "code", "" if status in SENTENCES else "请核对。")
    document = json.loads(bytes(problem.response("/v1/x", "t").body))
    assert set(document) == {"type", "title", "status", "detail", "instance", "code", "trace"}
    assert all(document.values())
    assert HAN.search(document["title"])
    assert HAN.search(document["detail"])
