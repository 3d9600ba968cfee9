"""Acts 53–79 and the sample of the demo year: the figures must come out."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from jixiao.measures.ratio import Direction, Operator
from jixiao.monitoring.domain.errors import CauseMissing, WrongLevel
from jixiao.monitoring.domain.execution import ExecutionLedger, TreasuryRow
from jixiao.monitoring.domain.lights import Light, Progress, Reading, Tier, assess
from jixiao.monitoring.domain.report import (
    DISTRICT_PATH,
    TOWN_PATH,
    Cause,
    Correction,
    Level,
    MonitoringReport,
    ReportState,
)
from jixiao.monitoring.domain.risk import RiskFacts, among_largest, by_risk, risk_points
from jixiao.monitoring.domain.rollup import roll_up
from jixiao.monitoring.domain.round import Expected, MonitoringRound, months_elapsed, report_due
from jixiao.servicekit.errors import OwnFiling
from jixiao.servicekit.records import converter
from jixiao.servicekit.values import Coordinates, Money

ROOT = Path(__file__).parents[4]
PLACES = (ROOT / "deploy/demo/year", ROOT.parent / "shared/year")
FIGURES: dict[str, Any] = json.loads(
    next(p / "figures.json" for p in PLACES if (p / "figures.json").exists()).read_text("utf-8")
)
A, C, D, G = (FIGURES[track] for track in "ACDG")
JULY, SEPTEMBER = date(2025, 7, 31), date(2025, 9, 30)
AT = Coordinates("370303", "ZD103", "资助中心")


def readings(rows: list[dict[str, Any]], actuals: dict[str, str | None]) -> tuple[Reading, ...]:
    """The indicators of a target with their values; a qualitative one has a tier for a value."""
    made = []
    for row in rows:
        actual = actuals[row["code"]]
        tier = Tier(actual) if row.get("kind") == "qualitative" and actual else None
        made.append(
            Reading(
                row["code"],
                None if row["operator"] is None else Operator(row["operator"]),
                None if tier or row["operator"] is None else Decimal(row["target"]),
                direction=Direction(row["direction"]) if "direction" in row else None,
                actual=Decimal(actual) if actual is not None and tier is None else None,
                tier=tier,
                cumulative=row.get("cumulative", False),
            )
        )
    return tuple(made)


def indicators_of(cut_off: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = A["indicators_v2"]
    if cut_off == "2025-07-31":
        return rows
    return [row | {"target": "5600"} if row["code"] == "O1" else row for row in rows]


def report_of_a(cut_off: str, *, key_monitored: bool = True) -> MonitoringReport:
    given, day = A["monitoring"][cut_off], date.fromisoformat(cut_off)
    report = MonitoringReport(
        uuid4(),
        uuid4(),
        AT,
        2025,
        uuid4(),
        day,
        report_due(day),
        DISTRICT_PATH,
        key_monitored,
    )
    assert months_elapsed(day) == given["months_elapsed"]
    report.submit(
        Progress(
            months_elapsed(day),
            Money.yuan(given["current_budget"]),
            Money.yuan(given["executed"]),
        ),
        readings(indicators_of(cut_off), given["actuals"]),
        Money.yuan(given["filed_forecast"]),
        person="资助中心·一",
        day=date(2025, 8, 5) if day == JULY else date(2025, 10, 10),
        round_open=True,
    )
    return report


@pytest.mark.parametrize("cut_off", ["2025-07-31", "2025-09-30"])
def test_d16_r25_the_lights_and_forecast_of_a(cut_off: str) -> None:
    report = report_of_a(cut_off)
    judged, forecast = report.assessment, report.forecast
    assert judged is not None
    assert forecast is not None
    assert {
        "time_pct": str(judged.time_pct),
        "exec_pct": str(judged.exec_pct),
        "d": str(judged.deviation),
        "execution_light": judged.execution_light,
        "run_rate_forecast": str(judged.run_rate_forecast),
        "indicator_lights": list(judged.indicator_lights),
        "programme_light": judged.programme_light,
        "forecast_gap_pct": str(forecast.gap_pct),
        "ask_why": forecast.ask_why,
        "expected_carry_over": str(forecast.expected_carry_over),
    } == A["monitoring"][cut_off]["expected"]
    assert report.days_late == 0


def test_d17_a_red_report_is_accepted_with_its_cause_and_warned() -> None:
    report, given = report_of_a("2025-07-31"), A["monitoring"]["2025-07-31"]
    with pytest.raises(CauseMissing) as refusal:
        report.accept(Level.DEPARTMENT, person="教体局·丑", day=date(2025, 8, 6))
    assert [f.pointer for f in refusal.value.findings] == [
        "/causes",
        "/reason",
        "/measure",
        "/due_on",
        "/why_forecast",
    ]
    correction = Correction(
        tuple(Cause(cause) for cause in given["cause"]),
        given["reason"],
        given["measure"],
        date.fromisoformat(given["due"]),
        given["why_forecast"],
    )
    with pytest.raises(OwnFiling):
        report.accept(
            Level.DEPARTMENT, person="资助中心·一", day=date(2025, 8, 6), correction=correction
        )
    accepted, letter = report.accept(
        Level.DEPARTMENT, person="教体局·丑", day=date(2025, 8, 6), correction=correction
    )
    assert type(letter).__name__ == "WarningLetterSent"
    assert getattr(accepted, "finding_required", None) is True
    assert report.state is ReportState.ACCEPTED


def july(row: dict[str, Any]) -> tuple[Progress, tuple[Reading, ...]]:
    """A project of C in July, as the note of its table says."""
    spent, signed = Decimal(row["executed_07"]), Decimal(row["signed_07"])
    overall = {indicator["code"]: indicator for indicator in C["indicators_overall"]}
    targets = {"O1": row["O1"], "O2": row["O2"], "O3": row["O3"]}
    rows = [
        overall[code] | ({"target": targets[code]} if code in targets else {})
        for code in C["regional_and_project_weights"]
    ]
    actuals: dict[str, str | None] = {
        "C1": str(spent / signed),
        "O1": row["signed_07"],
        "O2": row["checkups_07"],
        "O3": row["O3"],
        "O4": overall["O4"]["target"],
        "B1": overall["B1"]["target"],
        "B2": "achieved",
        "S1": None,
    }
    progress = Progress(7, Money.yuan(row["budget"]), Money.yuan(row["executed_07"]))
    return progress, readings(rows, actuals)


PROJECTS_OF_C = [
    dict(zip(C["projects"]["columns"], row, strict=True)) for row in C["projects"]["rows"]
]
LETTERS = {Light.GREEN: "G", Light.YELLOW: "Y", Light.RED: "R", Light.NONE: "-"}


@pytest.mark.parametrize("row", [pytest.param(r, id=r["key"]) for r in PROJECTS_OF_C])
def test_t19_t20_the_lights_of_the_sixteen_projects_in_july(row: dict[str, Any]) -> None:
    progress, values = july(row)
    judged = assess(progress, values)
    lights = (judged.execution_light, *judged.indicator_lights)
    assert "".join(LETTERS[light] for light in lights) == row["lights_07"]
    yellow = C["yellow_in_july"]
    if row["key"] == yellow["project"]:
        for name, value in (
            ("exec_pct", judged.exec_pct),
            ("time_pct", judged.time_pct),
            ("d", judged.deviation),
            ("run_rate_forecast", judged.run_rate_forecast),
        ):
            assert str(value) == yellow[name]


@pytest.mark.parametrize("project", [*D["projects"], G], ids=["102", "105", "104", "G"])
def test_d16_t20_the_execution_lights_of_the_roads_and_of_g(project: dict[str, Any]) -> None:
    budget = Money.yuan(project.get("budget") or project["budget_2025"]["full_year"])
    spent = project["execution_2025"]
    judged = assess(Progress(7, budget, Money.yuan(spent["07"])))
    assert {
        "time_pct": str(judged.time_pct),
        "exec_pct": str(judged.exec_pct),
        "d": str(judged.deviation),
        "execution_light": judged.execution_light,
        "run_rate_forecast": str(judged.run_rate_forecast),
    } == project["lights_2025_07"]
    if "light_2025_09" in project:
        judged = assess(Progress(9, budget, Money.yuan(spent["09"])))
        assert {
            "exec_pct": str(judged.exec_pct),
            "execution_light": judged.execution_light,
        } == project["light_2025_09"]


def test_t8_t20_fifteen_of_sixteen_then_up_the_levels_in_their_order() -> None:
    reports, expected = [], []
    for row in PROJECTS_OF_C:
        at = Coordinates(row["town"], "ZD104", row["unit"])
        report = MonitoringReport(
            uuid4(), uuid4(), at, 2025, uuid4(), JULY, report_due(JULY), TOWN_PATH
        )
        expected.append(Expected(report.programme_id, row["unit"], at))
        reports.append(report)
        if row["key"] != "C-107-2":
            progress, values = july(row)
            report.submit(
                progress,
                values,
                progress.current_budget,
                person=row["unit"],
                day=date(2025, 8, 6),
                round_open=True,
            )
    summary = roll_up(reports, tuple(expected))
    assert (summary.filed, summary.due) == (15, 16)
    assert [due.name for due in summary.missing] == ["房镇镇第二社区卫生服务中心"]
    of_round = MonitoringRound(uuid4(), AT, 2025, "年中", JULY, report_due(JULY))
    of_round.open(tuple(expected), person="丁", day=date(2025, 7, 28), district_finance=True)
    filed = {r.programme_id for r in reports if r.state is ReportState.SUBMITTED}
    assert len(of_round.missing(filed, territory="370303107")) == 1
    assert of_round.missing(filed, territory="370303101") == ()
    lagging = reports[13]
    with pytest.raises(WrongLevel):
        lagging.accept(Level.DEPARTMENT, person="卫健局·丑", day=date(2025, 8, 12))
    cause = Correction((Cause.STAFF,), "两名签约医生调离", "调剂", date(2025, 9, 30), "补齐")
    lagging.accept(
        Level.TOWNSHIP_DEPARTMENT,
        person="卫健办·丑",
        day=date(2025, 8, 12),
        correction=cause,
    )
    for level, person in (
        (Level.TOWNSHIP_FINANCE, "财政所·甲"),
        (Level.DEPARTMENT, "卫健局·丑"),
        (Level.DISTRICT_FINANCE, "财政局·丁"),
    ):
        lagging.roll_up(level, person=person, day=date(2025, 8, 29))
    assert lagging.next_level is None
    assert lagging.state is ReportState.ROLLED_UP


def test_d17_d18_r26_the_points_of_february_and_of_the_sample() -> None:
    facts = {
        "A": RiskFacts("A", Money(1), major_special_fund=True, first_year=True, among_largest=True),
        "D-102": RiskFacts(
            "D-102",
            Money.yuan("5000000.00"),
            key_transfer=True,
            last_light=Light.RED,
            among_largest=True,
        ),
        "D-105": RiskFacts(
            "D-105", Money.yuan("3600000.00"), key_transfer=True, last_light=Light.RED
        ),
        "D-104": RiskFacts("D-104", Money.yuan("2400000.00"), key_transfer=True),
        "G": RiskFacts("G", Money.yuan("9120000.00"), old_carry_over=True, among_largest=True),
        "C-105-1": RiskFacts("C-105-1", Money(1), last_light=Light.YELLOW, first_year=True),
    }
    scores = {code: risk_points(known) for code, known in facts.items()}
    sample = FIGURES["spot_check_sample"]
    for code, expected in sample["points"].items():
        if code in scores:
            assert scores[code].points | {"total": scores[code].total} == expected
    february = A["risk_points_2025_02"]
    assert sorted(scores["A"].points.values()) == sorted(february.values())[:-1]
    assert scores["A"].total == february["total"]
    assert scores["A"].suggested
    assert not scores["D-104"].suggested
    order = [score.code for score in by_risk(scores.values())]
    assert order[:3] == sample["expected_by_risk"]


def test_r26_the_largest_tenth_is_rounded_up() -> None:
    amounts = {row["key"]: Money.yuan(row["budget"]) for row in PROJECTS_OF_C}
    assert among_largest(amounts) == {"C-009-1", "C-004-1"}
    assert among_largest({}) == frozenset()


def test_d16_r32_carried_in_money_is_told_apart_and_locked_at_the_cut_off() -> None:
    ledger = ExecutionLedger(uuid4(), uuid4(), AT, 2025, "G")
    end = date(2025, 12, 31)
    old = Money.yuan(G["executed_of_2024_money"])
    own = Money.yuan(G["execution_2025"]["12"]) - old
    for first, executed in ((2024, old), (2025, own)):
        row = TreasuryRow("G", end, first, executed)
        assert len(ledger.record(row, batch="2026-01-06")) == 1
        assert ledger.record(row, batch="2026-01-06") == []
    assert str(ledger.executed_at(end)) == G["execution_2025"]["12"]
    assert ledger.executed_of(2024, end) == old
    assert ledger.executed_at(SEPTEMBER) == Money()


def test_p1_a_report_is_stored_and_read_back_whole() -> None:
    report = report_of_a("2025-07-31")
    document = json.loads(json.dumps(converter.unstructure(report)))
    assert converter.structure(document, MonitoringReport) == report
