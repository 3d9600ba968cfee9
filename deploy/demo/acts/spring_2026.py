"""Spring 2026, acts 83 to 96: self-evaluation, roll-ups, spot check."""

from ..walk import Act
from . import rolling_up_results as rolling
from . import self_evaluating as filing
from . import spot_checking as checking

ACTS = [
    Act(83, "*", "D-20(2), T-23", "卫健局·子、交通局·子；财政局·丁",
        "self_evaluation.agree_list; campaign.announce",
        {"2026-01-08": filing.sign_by_departments, "2026-01-09": filing.sign_by_finance,
         "2026-01-12": filing.announce}),
    Act(84, "ACDG", "D-14", "一体化；财政局·乙；教体局·寅、水利局·寅",
        "budget.record; target.release",
        {"2026-01-15": filing.record_budget_2026, "2026-01-23": filing.release_2026,
         "2026-01-29": filing.release_2026_to_units}),
    Act(85, "A", "D-20", "资助中心·一", "self_evaluation.submit",
        {"2026-02-05": filing.file_a_without_reasons}),
    Act(86, "A", "D-20", "资助中心·一", "self_evaluation.submit", {"2026-02-06": filing.file_a}),
    Act(87, "DG", "D-20, T-23", "水利中心·一；公路站·一 ×3", "self_evaluation.submit ×4",
        {"2026-02-06": filing.file_g, "2026-02-11": filing.file_roads}),
    Act(88, "C", "T-8(3), T-23", "医院·一 ×14", "self_evaluation.submit ×14",
        {"2026-02-10": filing.file_hospitals_first, "2026-02-13": filing.file_hospitals_then}),
    Act(89, "C", "T-23", "系统；卫健办·丑（中埠镇、房镇镇）", "chase",
        {"2026-03-01": filing.turn_overdue, "2026-03-02": filing.chase}),
    Act(90, "C", "T-23", "医院·一（C-105-1）", "self_evaluation.submit",
        {"2026-03-05": filing.file_late}),
    Act(91, "*", "D-20, T-23", "卫健办·丑 ×13，交通办·丑 ×3，财政所·甲 ×13；教体局·丑、水利局·丑",
        "self_evaluation.accept; roll up",
        {"2026-03-06": rolling.accept_in_towns, "2026-03-10": rolling.roll_up_in_towns,
         "2026-03-13": rolling.accept_in_departments}),
    Act(92, "*", "D-20, T-23", "卫健局·丑、交通局·丑；财政局·丁",
        "roll up; self_evaluation.receive",
        {"2026-03-20": rolling.roll_up_lines, "2026-03-30": rolling.receive}),
    Act(93, "C", "T-24", "财政局·丁", "campaign.close", {"2026-04-02": rolling.close}),
    Act(94, "*", "D-21, T-24", "财政局·丁", "spot_check.draw", {"2026-04-13": checking.draw}),
    Act(95, "A", "D-21", "财政局·戊、财政局·己", "spot_check.rescore",
        {"2026-04-22": checking.rescore}),
    Act(96, "A", "D-21", "财政局·戊；资助中心·一；财政局·甲",
        "feedback; spot_check.answer; spot_check.conclude",
        {"2026-04-24": checking.feed_back, "2026-05-08": checking.answer,
         "2026-05-13": checking.conclude}),
]  # fmt: skip
