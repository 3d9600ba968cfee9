"""Published cells: every row of the catalogue, and kinds that no row shows."""

import json
import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jixiao.measures.cells import read_amount, read_points, read_rate
from jixiao.measures.ratio import Operator
from jixiao.measures.values import Doubt, Kind, read_value

ROOT = Path(__file__).parents[3]
PLACES = (ROOT.parent / "shared/cases", ROOT / "deploy/demo/cases")
CASES = Path(os.environ.get("JIXIAO_CASES") or next(p for p in PLACES if p.is_dir()))
SIGNS = {None: "", Operator.GE: ">=", Operator.LE: "<=", Operator.EQ: "="}


def readme() -> str:
    return (CASES / "README.md").read_text(encoding="utf-8")


def test_r6_every_row_of_the_catalogue_is_read_as_it_says() -> None:
    text = readme()
    section = text[text.index("## Catalogue of raw values") : text.index("### Strings reported")]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    assert len(rows) > 150
    for raw, kind, operator, number, unit, *_ in rows:
        reading = read_value(raw.strip("`"), 2021)
        printed = "" if reading.number is None else str(reading.number)
        read = (reading.kind.value, SIGNS[reading.operator], printed, reading.unit)
        assert read == (kind, operator, number, unit), raw
        assert reading.raw == raw.strip("`")
    for raw in re.findall(r"`([^`]+)` \(\d", section[section.index("Qualitative text") :]):
        assert read_value(raw).kind is Kind.QUALITATIVE, raw


def test_r1_every_amount_of_the_published_forms_is_read_as_parsed_by_hand() -> None:
    differing, read = [], 0
    for path in sorted((CASES / "open").glob("[0-9]*.json")):
        funds = json.loads(path.read_text(encoding="utf-8"))["funds"]
        for row in funds["rows"]:
            for name in [key for key in row if key.endswith("_parsed")]:
                amount = read_amount(row[name.removesuffix("_parsed")], funds["unit"])
                read += 1
                if (None if amount is None else str(amount)) != row[name]:
                    differing.append((path.stem, name, row[name], amount))
    assert not differing
    assert read > 300


@pytest.mark.parametrize(
    ("raw", "operator", "number", "unit"),
    [
        ("﹦５０％", Operator.EQ, "50", "%"), ("＞=95 百分比", Operator.GE, "95", "%"),
        ("不得低于3人", Operator.GE, "3", "人"), ("小于或等于 30 天", Operator.LE, "30", "天"),
        ("控制在312万元以内", Operator.LE, "312", "万元"),
        ("满意度达95%以上", Operator.GE, "95", "%"),
        ("20人以上", Operator.GE, "20", "人"), ("3个工作日内", Operator.LE, "3", "个工作日"),
        ("每亩300", None, "300", "元/亩"), ("每年2次", None, "2", "次/年"),
        ("200余人", Operator.GE, "200", "人"), ("1,234.50万元", None, "1234.50", "万元"),
        ("百分之九十五", None, "95", "%"), ("完成50个", None, "50", "个"), ("3年", None, "3", "年"),
    ],
)  # fmt: skip
def test_r6_operators_and_units_are_read_in_every_spelling(
    raw: str, operator: Operator | None, number: str, unit: str
) -> None:
    reading = read_value(raw)
    assert (reading.kind, reading.operator, str(reading.number), reading.unit) == (
        Kind.NUMBER, operator, number, unit,
    )  # fmt: skip


def test_r6_wan_is_a_factor_before_a_unit_and_a_doubt_alone() -> None:
    assert read_value("7.07万起").amount == 70700
    assert read_value("7.07万起").base_unit == "起"
    assert Doubt.WAN_WITHOUT_UNIT in read_value("100万").doubts
    assert read_value("2km").base_unit == read_value("2公里").base_unit


def test_r6_a_range_is_an_interval_and_a_rate_above_100_a_doubt() -> None:
    reading = read_value("80%-90%")
    assert reading.operator is Operator.BETWEEN
    assert (reading.low, reading.high) == (Decimal(80), Decimal(90))
    assert Doubt.RATE_ABOVE_100 in read_value("290%").doubts
    assert Doubt.APPROXIMATE in read_value("3500亩左右").doubts


@pytest.mark.parametrize(
    ("raw", "end"),
    [
        ("9月前", date(2021, 9, 30)), ("12月底前到位", date(2021, 12, 31)),
        ("2020年", date(2020, 12, 31)),
        ("≤2024年2月", date(2024, 2, 29)), ("2021.11.30", date(2021, 11, 30)),
        ("年底前", date(2021, 12, 31)),
        ("第三季度", date(2021, 9, 30)), ("11月15日前完成", date(2021, 11, 15)),
    ],
)  # fmt: skip
def test_r6_days_and_years_are_deadlines(raw: str, end: date) -> None:
    reading = read_value(raw, 2021)
    assert (reading.kind, reading.operator, reading.end) == (Kind.DATE, Operator.LE, end)


def test_r6_a_month_with_before_must_be_confirmed_and_needs_a_year() -> None:
    assert read_value("9月前", 2021).doubts == (Doubt.TO_BE_CONFIRMED,)
    assert read_value("9月前").end is None


@pytest.mark.parametrize(
    "raw", ["2021年1月-12月", "1-12月", "全年", "2021年1月1日至2021年12月31日"]
)
def test_r6_a_period_has_two_ends(raw: str) -> None:
    reading = read_value(raw, 2021)
    assert (reading.kind, reading.start, reading.end) == (
        Kind.PERIOD, date(2021, 1, 1), date(2021, 12, 31),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (None, Kind.EMPTY), ("  ", Kind.EMPTY), ("——", Kind.NOT_APPLICABLE),
        ("不适用", Kind.NOT_APPLICABLE),
        ("否", Kind.BOOLEAN), ("≥**平方米", Kind.UNREADABLE), ("1O0%", Kind.UNREADABLE),
        ("B.5万元", Kind.UNREADABLE), ("不低于上年", Kind.QUALITATIVE),
        ("2月30日", Kind.QUALITATIVE),
        ("无安全事故", Kind.QUALITATIVE),
        ("每月10日前", Kind.QUALITATIVE), ("第1名", Kind.QUALITATIVE), ("2021.12万元", Kind.NUMBER),
        ("本年12月底前", Kind.DATE), ("2021-12", Kind.DATE), ("100%(含)", Kind.NUMBER),
    ],
)  # fmt: skip
def test_r6_what_is_no_quantity_keeps_its_kind(raw: str | None, kind: Kind) -> None:
    assert read_value(raw).kind is kind


@given(st.text(max_size=40))
def test_r1_no_cell_breaks_the_reader_and_the_raw_text_is_kept(raw: str) -> None:
    assert read_value(raw, 2021).raw == raw
    read_amount(raw)
    read_rate(raw)


@given(
    st.sampled_from(["≥", "≧", ">=", "大于等于", "不少于", "不低于"]),
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.sampled_from(["人", "%", "万元", "平方米", ""]),
)
def test_r6_all_spellings_of_at_least_read_alike(sign: str, number: Decimal, unit: str) -> None:
    reading = read_value(f"{sign} {number:,} {unit}")
    assert (reading.operator, reading.number, reading.unit) == (Operator.GE, number, unit)


@pytest.mark.parametrize(
    ("raw", "unit", "expected"),
    [
        ("3,309,840.00", "元", "3309840.00"), ("2279.048 万元", "万元", "2279.048"),
        ("120000元", "元", "120000"), ("120000元", "万元", "12"), ("1.5万", "万元", "1.5"),
        ("(13.27)", "万元", "-13.27"), ("-13.27", "万元", "-13.27"), ("万元", "万元", None),
        ("—", "元", None), ("1,23", "元", None), (None, "元", None),
    ],
)  # fmt: skip
def test_r1_money_cells_are_exact_in_the_unit_of_the_form(
    raw: str | None, unit: str, expected: str | None
) -> None:
    amount = read_amount(raw, unit)
    assert (None if amount is None else str(amount)) == expected


def test_r1_weights_scores_and_rates() -> None:
    assert read_points("10分") == 10
    assert read_points("/") is None
    assert read_rate("86%") == 86
    assert read_rate("0.86") == 86
    assert read_rate("—") is None
    with pytest.raises(ValueError, match="not a unit of money"):
        read_amount("1", "美元")
