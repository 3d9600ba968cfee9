"""Autumn 2026, acts 113 to 129: linkage, allocation, published forms, audit, totals."""

from ..walk import Act
from . import auditing, closing, dividing, linking

ACTS = [
    Act(113, "ACDG", "T-34, D-12", "资助中心·一；水利中心·一；卫健局·子；交通局·子",
        "target.submit ×4",
        {"2026-09-16": linking.file_first_2027, "2026-09-17": linking.file_second_2027}),
    Act(114, "ACDG", "D-26, T-30", "财政局·乙；交通局·子", "linkage.propose ×4; linkage.comment",
        {"2026-10-12": linking.propose_all, "2026-10-13": linking.consult_all,
         "2026-10-21": linking.comment_d}),
    Act(115, "D", "T-31", "财政局·乙", "linkage.propose",
        {"2026-10-14": linking.propose_too_little}),
    Act(116, "ACDG", "D-26", "财政局·乙", "linkage.decide", {"2026-10-28": linking.decide_own}),
    Act(117, "A", "D-26", "财政局·丙", "linkage.decide", {"2026-10-30": linking.decide_a}),
    Act(118, "D", "T-31", "财政局·丙", "linkage.decide", {"2026-10-30": linking.decide_d}),
    Act(119, "G", "D-26", "财政局·丙", "linkage.decide", {"2026-10-30": linking.decide_g}),
    Act(120, "C", "T-31", "财政局·丙", "linkage.decide", {"2026-10-30": linking.decide_c}),
    Act(121, "ACDG", "D-6(7), D-26", "一体化", "linkage.fetch", {"2026-11-02": linking.fetch}),
    Act(122, "C", "T-32", "财政局·乙", "allocation.run", {"2026-11-04": dividing.run_2027}),
    Act(123, "C", "T-32", "财政局·丙", "allocation.approve",
        {"2026-11-11": dividing.approve_2027}),
    Act(124, "C", "T-32", "财政所·甲（房镇镇、傅家镇）", "record.read",
        {"2026-11-12": dividing.read_sheets}),
    Act(125, "D", "T-32", "财政局·乙", "allocation.run", {"2026-11-13": dividing.rank_d}),
    Act(126, "F", "D-20, T-23", "案例所属部门", "draft.save; self_evaluation.preview",
        {"2026-11-16": closing.keep_and_score}),
    Act(127, "F", "D-20", "案例所属部门", "与规则不一致的清单",
        {"2026-11-16": closing.list_differences}),
    Act(128, "A", "D-7, T-9", "审计局·甲；审计管理员·一", "record.read; accesslog.read",
        {"2026-11-18": auditing.read_dossier}),
    Act(129, "*", "D-6(7)", "财政局·丁", "record.read", {"2026-11-20": closing.tie_out}),
]  # fmt: skip
