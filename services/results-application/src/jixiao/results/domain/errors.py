"""What results-application refuses, a class per refusal (P5.6)."""

from jixiao.servicekit.errors import Faulty, Forbidden, Refused

STATE_NAMES = {
    "ordered": "已下达",
    "received": "已签收",
    "in_progress": "整改中",
    "reported": "已报告",
    "accepted": "通过",
    "rejected": "不通过",
    "overdue": "已逾期",
    "escalated": "已升级",
    "computed": "已测算",
    "proposed": "已提出",
    "consulted": "已征求部门意见",
    "decided": "已决定",
    "submitted_to_government": "已报请区政府",
    "government_decided": "区政府已决定",
    "sent": "已推送预算",
    "applied": "已应用",
    "draft": "草稿",
    "scenario": "已测算方案",
    "chosen": "已选定方案",
    "approved": "已批准",
    "released": "已下达预算",
}


class WrongState(Refused):
    """The act is not open in this state; unlisted transitions are forbidden (§8)."""

    def __init__(self, state: str) -> None:
        super().__init__(state=STATE_NAMES.get(state, state))


class Incomplete(Faulty):
    """A form lacks what its rule requires; every gap is one finding."""

    reason = "incomplete"


class CutBelowMinimum(Faulty):
    """A rate below the minimum of a matching row (T-31, R-31, R-33)."""

    reason, article = "cut_below_minimum", "T-31"
    sentence = "压减不低于{minimum_pct}%：所填比例{rate}低于规定的最低比例，请改为不低于{minimum}。"


class RateAboveOne(Faulty):
    """A rate above the whole budget (R-30)."""

    reason, article = "rate_above_one", "D-26"
    sentence = "压减比例{rate}超过1，请填写0至1之间的比例。"


class ReasonMissing(Faulty):
    """A rate other than the default, or a changed decision, without a reason (R-33)."""

    reason, article = "reason_missing", "D-26"
    sentence = "与默认结果不同的，须填写理由。"


class GovernmentDocumentMissing(Refused):
    """The poor row may only be left out by a decision of the district government (§9)."""

    reason, article = "government_document_missing", "T-31"
    sentence = "绩效评价结果为差的压减，须有区政府决定文件方可不予执行，请补充文号。"


class ConsultationOpen(Refused):
    """The department's ten working days have not run out and it has not answered (§8)."""

    reason, article = "consultation_open", "D-26"
    sentence = "部门意见征求期至{due}，部门尚未反馈，期满或收到反馈后方可决定。"


class NoProposal(Refused):
    """No result is due yet, so nothing binds next year's budget (R-29)."""

    reason, article = "no_proposal", "D-26"
    sentence = "尚无到期的绩效结果，不产生挂钩建议。"


class PerformanceWeightBelowMinimum(Faulty):
    """The performance factor weighs less than 10 % (T-32, R-34)."""

    reason, article = "performance_weight_below_minimum", "T-32"
    sentence = "绩效评价结果的分配权重为{weight}，不得低于0.10，请调整各因素权重。"


class WeightsNotOne(Faulty):
    """The weights do not add up to exactly one (R-34)."""

    reason, article = "weights_not_one", "T-32"
    sentence = "各因素权重合计为{total}，应恰为1，请调整。"


class FactorWithoutData(Faulty):
    """A factor whose column sums to zero or has a gap; never skipped (§9)."""

    reason, article = "factor_without_data", "T-32"
    sentence = "因素“{factor}”没有可用数据，请补齐各镇办数值或删除该因素。"


class Infeasible(Faulty):
    """Floors and caps cannot meet the pool (R-36)."""

    reason, article = "infeasible", "T-32"
    sentence = (
        "保底合计{minimum}、封顶合计{maximum}与资金总额{pool}不能同时满足，请调整保底或封顶。"
    )


class NotIssuer(Forbidden):
    """Only the office that ordered a rectification checks or extends it (D-25)."""

    reason, article = "not_issuer", "D-25"
    sentence = "只能由下达整改通知的单位办理。"


class NotAddressee(Forbidden):
    """Only the unit the order was sent to signs for it and answers it (D-25)."""

    reason, article = "not_addressee", "D-25"
    sentence = "只能由整改通知的责任单位办理。"


class ExtensionUsed(Refused):
    """One extension of at most 30 days (§8)."""

    reason, article = "extension_used", "D-25"
    sentence = "整改期限只能延长一次，本通知已延长过。"


class NotNamed(Forbidden):
    """Only the person named in the register may object to an entry (D-29)."""

    reason, article = "not_named", "D-29"
    sentence = "只有登记的责任人本人可以提出异议。"


class WhatIfOnly(Refused):
    """A what-if scenario shows what would have been; it divides no money (T-32, R-37)."""

    reason, article = "what_if_only", "T-32"
    sentence = "“{scenario}”为假设全部按时自评的测算，仅供对照，不得选定或批准。"


class PoolAboveCeiling(Faulty):
    """More is divided than the decided ceiling or the budget entered (T-31, T-32)."""

    reason, article = "pool_above_ceiling", "T-32"
    sentence = "分配总额{pool}元超过该年度可安排额度{limit}元，请调整。"


class PoolUnknown(Faulty):
    """No pool was given and none is on record."""

    reason, article = "pool_unknown", "T-32"
    sentence = "该年度尚无预算安排或挂钩上限，请填写分配总额。"


class PoolDiffers(Faulty):
    """The plan divides another amount; its scenarios stand side by side (T-32)."""

    reason, article = "pool_differs", "T-32"
    sentence = "该年度分配方案的总额为{pool}元，各测算方案须按同一总额。"


class ResultsNotFinal(Refused):
    """The campaign is not closed, so the binding scores do not stand yet (T-24, R-37)."""

    reason, article = "results_not_final", "T-32"
    sentence = "{year}年度绩效自评尚未截止，约束性得分未形成，不能据以分配。"


class NotLinked(Refused):
    """Linkage is of district programmes and the roots of transfers (§9)."""

    reason, article = "not_linked", "D-26"
    sentence = "挂钩建议只对区级项目和转移支付总项目提出；镇办部分通过分配因素和通报体现。"


class NotAFactorTransfer(Refused):
    """Only the root of a transfer is divided, by its own method (T-32)."""

    reason, article = "not_a_transfer", "T-32"
    sentence = "该项目不是按“{method}”分配的转移支付总项目，不能测算分配方案。"


class BasisUnknown(Faulty):
    """The finding, spot check or evaluation named is not one of this programme (D-25)."""

    reason, article = "basis_unknown", "D-25"
    sentence = "未找到该项目的这一监控发现、抽查或评价结果，请核对整改依据。"
