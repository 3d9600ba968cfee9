"""The table of §9, a row a trigger: action, default and minimum rate, article, words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from jixiao.measures.score import Grade
from jixiao.servicekit.values import Money

from .governing import KEY_EVALUATIONS, Source


class Action(StrEnum):
    """What a result does to a programme."""

    PROPOSE_GOVERNMENT = "propose_government"
    HOLD = "hold"
    CANCEL = "cancel"
    CUT = "cut"
    TIGHTEN = "tighten"
    ADJUST = "adjust"
    MERGE = "merge"
    PRIORITY = "priority"
    TAKE_BACK = "take_back"


class Flag(StrEnum):
    """What finance or the spot check has found, beside the grade."""

    NOT_FILED = "not_filed"
    LARGE_DIFFERENCE = "large_difference"
    INEFFICIENT = "inefficient"
    VOID = "void"
    OVERLAPPING = "overlapping"
    FRAGMENTED = "fragmented"
    SERIOUS_VIOLATION = "serious_violation"
    MAIN_TARGETS_MISSED = "main_targets_missed"


_NOTHING = Money()


@dataclass(frozen=True, slots=True)
class LinkageCase:
    """Everything the table looks at, of one programme.

    `current_budget` is the deciding year's initial approved budget, `next_request` the amount
    of the target submitted for the year after it (None: no request). `poor_left_out_by` is the
    document of the district government that takes the poor row out.
    """

    current_budget: Money
    next_request: Money | None = None
    is_transfer: bool = False
    is_department_overall: bool = False
    grade: Grade | None = None
    score: Decimal | None = None
    grade_source: Source = Source.FINANCE_EVALUATION
    flags: tuple[Flag, ...] = ()
    finance_rate: Decimal | None = None
    rate_reason: str = ""
    merge_into: str = ""
    dormant_balance: Money = _NOTHING
    poor_left_out_by: str = ""

    def has(self, flag: Flag) -> bool:
        """Say whether the flag is set."""
        return flag in self.flags

    @property
    def government_row(self) -> bool:
        """A transfer that broke the rules seriously and missed its main targets (T-31)."""
        return (self.is_transfer and self.has(Flag.SERIOUS_VIOLATION)) and self.has(
            Flag.MAIN_TARGETS_MISSED
        )

    @property
    def poor_row(self) -> bool:
        """Grade poor, unless a document of the district government leaves it out (§9)."""
        return self.grade is Grade.POOR and not self.poor_left_out_by

    @property
    def overlap(self) -> bool:
        """Overlapping or fragmented with others (D-26)."""
        return self.has(Flag.OVERLAPPING) or self.has(Flag.FRAGMENTED)


@dataclass(frozen=True, slots=True)
class Row:
    """One matching row with its default rate and its minimum (0..1)."""

    rule: str
    article: str
    action: Action
    rate: Decimal = Decimal("0.00")
    minimum: Decimal = Decimal("0.00")
    consequences: tuple[str, ...] = ()
    sentence: str = ""

    def at(self, rate: Decimal) -> "Row":
        """The row with the rate finance set."""
        return replace(self, rate=rate)


_D = Decimal
_POOR = ("interview", "notice", "rectification_order")
_POOR_WORDS = "{source}结果{score}为“{grade}”，以{base}元为基数压减{rate_pct}%。"
_Table = tuple[tuple[Callable[[LinkageCase], bool], Row], ...]

_TABLE: _Table = (
    (
        lambda c: c.government_row,
        Row("R-29", "T-31", Action.PROPOSE_GOVERNMENT, _D("1.00"), consequences=("interview",),
            sentence="严重违反规定且未达到主要预期绩效目标，报请区政府调整或撤销，决定前下年度额度冻结为0。"),
    ),
    (
        lambda c: c.has(Flag.SERIOUS_VIOLATION) and not c.government_row,
        Row("R-31", "D-26", Action.HOLD, consequences=("interview", "rectification_order"),
            sentence="存在严重违规，下年度不予增长，以{base}元为上限。"),
    ),
    (
        lambda c: c.has(Flag.VOID),
        Row("R-29", "D-26", Action.CANCEL, _D("1.00"), consequences=("notice",),
            sentence="资金无效（设立目的已消失或无产出），予以取消。"),
    ),
    (
        lambda c: c.has(Flag.INEFFICIENT),
        Row("R-33", "D-26", Action.CUT, _D("0.30"), _D("0.10"), ("interview", "notice"),
            "资金低效，以{base}元为基数压减{rate_pct}%。"),
    ),
    (
        lambda c: c.poor_row and c.is_department_overall,
        Row("R-48", "D-26", Action.HOLD, consequences=("interview", "notice"),
            sentence="部门整体绩效{source}结果{score}为“{grade}”，通报、约谈主要负责人，不予增长。"),
    ),
    (
        lambda c: c.poor_row and not c.is_department_overall and _legal_minimum(c),
        Row("R-33", "T-31", Action.CUT, _D("0.10"), _D("0.10"), _POOR,
            _POOR_WORDS + "转移支付重点评价为差的压减不低于10%。"),
    ),
    (
        lambda c: c.poor_row and not c.is_department_overall and not _legal_minimum(c),
        Row("R-33", "D-26", Action.CUT, _D("0.10"), _D("0.00"), _POOR, _POOR_WORDS),
    ),
    (
        lambda c: c.has(Flag.NOT_FILED),
        Row("R-31", "D-26", Action.CUT, _D("0.10"), _D("0.10"), ("chase", "notice"),
            "应报未报绩效自评，以{base}元为基数压减{rate_pct}%，补报并复核后重新测算。"),
    ),
    (
        lambda c: c.has(Flag.NOT_FILED) and c.is_transfer,
        Row("R-31", "T-24", Action.TIGHTEN, consequences=("chase", "notice"),
            sentence="未按要求开展绩效自评，下年度转移支付从严从紧安排。"),
    ),
    (
        lambda c: c.has(Flag.LARGE_DIFFERENCE) and c.is_transfer,
        Row("R-31", "T-24", Action.TIGHTEN, _D("0.05"), consequences=("notice",),
            sentence="自评与抽查复核差异较大，从严从紧，以{base}元为基数压减{rate_pct}%。"),
    ),
    (
        lambda c: c.overlap and not c.merge_into,
        Row("R-29", "D-26", Action.ADJUST, sentence="与其他项目交叉重复或碎片化，予以调整。"),
    ),
    (
        lambda c: c.overlap and bool(c.merge_into),
        Row("R-29", "D-26", Action.MERGE,
            sentence="与其他项目交叉重复或碎片化，整合至{merge_into}。"),
    ),
    (
        lambda c: c.grade is Grade.FAIR,
        Row("R-31", "D-26", Action.HOLD, consequences=("rectification_order",),
            sentence="{source}结果{score}为“{grade}”，下年度不予增长：申请{request}元，以{base}元为上限。"),
    ),
)  # fmt: skip
_TAKE_BACK = Row(
    "R-32",
    "D-26",
    Action.TAKE_BACK,
    sentence="长期沉淀资金{balance}元全额收回（预算法第四十二条）。",
)
_PRIORITY_WORDS = (
    "{source}结果{score}为“{grade}”，优先保障，按申请额{request}元为上限，不自动增长。"
)


def matching_rows(case: LinkageCase) -> tuple[Row, ...]:
    """Every matching row of the table in its order; empty where no result is due yet.

    `priority` stands only where no other row than take-back matches.

    Articles: D-26, T-24, T-30, T-31. Rules: R-29, R-31, R-33.
    """
    rows = [row for matches, row in _TABLE if matches(case)]
    if not rows and case.grade in (Grade.EXCELLENT, Grade.GOOD):
        rows.append(_priority(case))
    if case.dormant_balance.fen > 0:
        rows.append(_TAKE_BACK)
    return tuple(rows)


def _priority(case: LinkageCase) -> Row:
    if case.is_transfer:
        return Row("R-29", "T-31", Action.PRIORITY, consequences=("commendation",),
                   sentence=_PRIORITY_WORDS)  # fmt: skip
    return Row("R-29", "D-26", Action.PRIORITY, sentence=_PRIORITY_WORDS)


def _legal_minimum(case: LinkageCase) -> bool:
    return case.is_transfer and case.grade_source in KEY_EVALUATIONS
