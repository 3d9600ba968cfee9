"""Run the rule vectors of a folder through the domain code of the services.

`python -m demo.vectors <folder>` prints each failure with what was expected and
what came out, then `N passed, M failed`; it exits 1 on any failure. Every value
that a vector states is compared as an exact string; an error that a vector does
not state is a failure too.
"""

import json
import sys
from pathlib import Path
from typing import Any

from demo.vector_monitoring import MONITORING
from demo.vector_results import RESULTS
from demo.vector_scores import SCORES
from demo.vector_targets import TARGETS
from jixiao.servicekit.errors import Answered

TYPES = SCORES | RESULTS | TARGETS | MONITORING


def outcome(stated: dict[str, Any]) -> dict[str, Any]:
    """Compute what one vector's input gives; a refusal is its reason under `error`."""
    compute = TYPES.get(stated["type"])
    if compute is None:
        return {"error": f"unknown type {stated['type']}"}
    try:
        return compute(stated)
    except Answered as refusal:
        return {**refusal.facts, "error": refusal.reason}


def agrees(expected: dict[str, Any], got: dict[str, Any]) -> bool:
    """Say whether everything stated came out, and no error that was not stated."""
    if got.get("error") is not None and "error" not in expected:
        return False
    return all(key in got and got[key] == value for key, value in expected.items())


def check(vector: dict[str, Any]) -> str | None:
    """Return the lines that describe a failure, None for a vector that holds."""
    try:
        got = outcome(vector["input"])
    except Exception as broken:  # noqa: BLE001 - a broken vector must not hide the others
        got = {"error": f"{type(broken).__name__}: {broken}"}
    if agrees(vector["expected"], got):
        return None
    return f"{vector['id']} ({vector['rule']})\n  expected {vector['expected']}\n  got      {got}"


def run(folder: Path) -> tuple[int, list[str]]:
    """Check every vector of every *.json in the folder: how many held, and the failures."""
    vectors = [
        vector
        for path in sorted(folder.glob("*.json"))
        for vector in json.loads(path.read_text(encoding="utf-8"))
    ]
    answers = [check(vector) for vector in vectors]
    failures = [answer for answer in answers if answer is not None]
    return len(vectors) - len(failures), failures


def main(arguments: list[str]) -> int:
    """Run the folder named on the command line. Returns the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m demo.vectors <folder of rule vectors>", file=sys.stderr)
        return 2
    passed, failures = run(Path(arguments[0]))
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    # A folder without vectors proves nothing, so it is no success.
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
