"""`make traces`: the last traces of the local stacks as trees, without any server (A-12)."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.tree import Tree

SHOWN = (
    "jixiao.action",
    "jixiao.role",
    "jixiao.articles",
    "jixiao.refusal",
    "jixiao.subject",
    "status",
)


def show(home: Path, most: int) -> None:
    """Print the newest `most` traces that go all the way: from a door to an event's consumer."""
    spans = [json.loads(line) for path in home.glob("*/traces.jsonl") for line in _lines(path)]
    by_trace: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in spans:
        by_trace[span["trace"]].append(span)
    crossing = [t for t in by_trace.values() if any(s["name"].startswith("consume") for s in t)]
    console = Console(width=150)
    if not crossing:
        console.print("no traces yet: run `make demo` or `make up` first")
    for trace in sorted(crossing, key=lambda t: min(s["start"] for s in t))[-most:]:
        console.print(tree(trace))


def tree(spans: Sequence[Mapping[str, Any]]) -> Tree:
    """One trace as a tree: service, name, milliseconds, what it was about."""
    children: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    known = {span["span"] for span in spans}
    for span in sorted(spans, key=lambda s: s["start"]):
        children[span["parent"] if span["parent"] in known else ""].append(span)
    start = min(span["start"] for span in spans)
    root = Tree(f"[bold]{spans[0]['trace']}")

    def grow(node: Tree, parent: str) -> None:
        for span in children[parent]:
            took = (span["end"] - span["start"]) / 1e6
            since = (span["start"] - start) / 1e6
            about = " ".join(
                f"{k.split('.')[-1]}={span['attributes'][k]}"
                for k in SHOWN
                if k in span["attributes"]
            )
            grow(
                node.add(
                    f"{since:8.1f} +{took:.1f} ms  [cyan]{span['service']}[/] {span['name']}  [dim]{about}"
                ),
                span["span"],
            )

    grow(root, "")
    return root


def _lines(path: Path) -> list[str]:
    """The last 20,000 lines."""
    return path.read_text(encoding="utf-8").splitlines()[-20_000:]
