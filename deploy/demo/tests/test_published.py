"""A listed difference passes, an unlisted one fails, and both are told apart exactly."""

from typing import Any

import pytest

from demo.published import CheckedCase, CheckedRow, same_score
from demo.published_target import complete, target_form


def row(**changed: Any) -> CheckedRow:
    usual: dict[str, Any] = {
        "funds": False, "weighted": True, "name": "资金到位及时率", "outcome": "agree",
        "by_rule": "10", "published": "10", "expected": "agree", "expected_score": "10",
    }  # fmt: skip
    return CheckedRow(**(usual | changed))


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"outcome": "differs", "published": "7", "expected": "differs"}, True),
        ({"outcome": "differs", "published": "7"}, False),
        ({"outcome": "differs", "published": "7", "expected": "", "expected_score": ""}, False),
        ({"outcome": "not_computable", "by_rule": ""}, False),
        ({"by_rule": "9.9"}, False),
        ({"by_rule": "10.0"}, True),
        ({"outcome": "not_computable", "by_rule": "", "expected": "not_computable"}, True),
    ],
)
def test_d20_only_a_listed_difference_passes(changed: dict[str, Any], good: bool) -> None:  # noqa: FBT001
    case = CheckedCase("015", "义务教育营养改善计划", "案例·AL001", 2022, rows=[row(**changed)])
    assert case.good is good


def test_r9_a_band_of_scores_is_equal_to_itself_written_otherwise() -> None:
    assert same_score("6.4–8", "6.40–8.00")
    assert not same_score("6.4–8", "6.4–7")


def test_d20_what_a_published_cell_does_not_say_is_not_filled_in() -> None:
    case = {
        "indicators": [
            {"name": "学生受资助人数", "level1": "产出指标", "target_raw": "≧ 735 人次"}
        ],
        "funds": {"unit": "元", "rows": [{"budget_adjusted": "387,664.62"}]},
        "sums": {"complete": True},
        "truncated": None,
    }
    assert complete(case)
    form = target_form(case)
    assert form["amount"] == "387664.62"
    assert form["indicators"] == [
        {
            "code": "1", "name": "学生受资助人数", "weight": "", "level1": "LEVEL1_OUTPUT",
            "kind": "KIND_QUANTITATIVE", "target_value": "735", "unit": "人次",
            "operator": "OPERATOR_GE",
        }
    ]  # fmt: skip
