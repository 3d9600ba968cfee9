"""The vector runner tells right from wrong, exactly."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from demo.vectors import main, run

ROOT = Path(__file__).parents[3]
PLACES = (ROOT.parent / "shared/vectors", ROOT / "tests/vectors")
VECTORS = Path(os.environ.get("JIXIAO_VECTORS") or next(p for p in PLACES if p.is_dir()))


def folder(tmp_path: Path, stated: dict[str, Any], expected: dict[str, Any]) -> str:
    vector = {"id": "X-01", "rule": "R-11", "input": stated, "expected": expected, "note": ""}
    (tmp_path / "grading.json").write_text(json.dumps([vector]), encoding="utf-8")
    return str(tmp_path)


def test_r2_all_rule_vectors_hold() -> None:
    passed, failures = run(VECTORS)
    assert not failures, "\n".join(failures)
    assert passed > 0


def test_r11_a_vector_that_holds_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main([folder(tmp_path, {"type": "grade", "total": "90.00"}, {"grade": "excellent"})]) == 0
    )
    assert capsys.readouterr().out == "1 passed, 0 failed\n"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"type": "grade", "total": "90.00"}, {"grade": "good"}),
        ({"type": "grade", "total": "90.00"}, {"grade": "excellent", "more": None}),
        ({"type": "grade", "total": "broken"}, {"grade": "poor"}),
        ({"type": "horoscope"}, {}),
        ({"type": "horoscope"}, {"error": "too_few_judges"}),
        (
            {"type": "execution", "full_year_budget": "100.00", "executed": "90.00"},
            {"score": "9.0"},
        ),
        (
            {
                "type": "indicator", "kind": "qualitative", "weight": "10", "tier": "partly",
                "percent": "80",
            },
            {},
        ),
    ],
)  # fmt: skip
def test_r2_anything_else_fails_and_is_printed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    stated: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    assert main([folder(tmp_path, stated, expected)]) == 1
    printed = capsys.readouterr().out
    assert "X-01" in printed
    assert printed.endswith("0 passed, 1 failed\n")


def test_r2_no_vectors_are_no_success(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
    assert main([str(tmp_path / "absent")]) == 2
