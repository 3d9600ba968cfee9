"""Every number of promises.md §10 has a test that claims it (P9.8).

A test claims by its mark, `@pytest.mark.attack("A12")` or `@pytest.mark.bad_input("B7")`, and by
nothing else: names carry architecture decisions too, and tables the codes of indicators.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"attack": "A", "bad_input": "B"}
NUMBERS = {f"{kind}{number}" for kind in KINDS.values() for number in range(1, 41)}
WITHOUT = {
    "A38": "no server fetches an address that a user gives: there are no webhooks yet (P5.5)",
    "B27": "there is no import by file yet: rows of execution come as a message",
}
"""Numbers without a test, and why."""


def claimed(source: str) -> set[str]:
    """The numbers that the tests of a module claim by their marks."""
    return {
        number
        for test in ast.walk(ast.parse(source))
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef)
        and test.name.startswith("test_")
        for mark in test.decorator_list
        for number in _of(mark)
    }


def _of(mark: ast.expr) -> Iterator[str]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func).startswith("pytest.mark."):
        kind = KINDS.get(ast.unparse(mark.func).removeprefix("pytest.mark."))
        for number in mark.args if kind else ():
            text = ast.literal_eval(number)
            assert text in NUMBERS, f"{text}: no number of §10"
            assert text.startswith(str(kind)), f"{text}: under the other mark"
            yield text


def everywhere() -> dict[Path, set[str]]:
    """What each test module claims."""
    paths = (*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("services/*/tests/**/test_*.py"))
    return {path: claimed(path.read_text(encoding="utf-8")) for path in paths}


def test_p98_every_numbered_attack_and_bad_input_is_claimed_by_a_test() -> None:
    found = set[str]().union(*everywhere().values())
    assert found.isdisjoint(WITHOUT)  # once there is a test, the reason goes
    assert NUMBERS - found == set(WITHOUT)


def test_p98_control_a_missing_number_is_found_and_a_name_or_a_code_claims_nothing() -> None:
    sources = everywhere()
    (only,) = [path for path, numbers in sources.items() if "A2" in numbers]
    without = sources | {only: sources[only] - {"A2"}}
    assert NUMBERS - set[str]().union(*without.values()) == {"A2", *WITHOUT}
    named = 'CODES = ("B1", "A9")\ndef test_a12_one_trace_leads_to_the_last_consumer(): ...'
    assert claimed(named) == set()
    marked = f"{named}\n@pytest.mark.attack('A12')\nasync def test_it(): ..."
    assert claimed(marked) == {"A12"}
