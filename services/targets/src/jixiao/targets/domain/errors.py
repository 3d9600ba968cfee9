"""What the targets service refuses, each with its article and its sentence."""

from jixiao.servicekit.errors import Faulty, Forbidden, Refused


class WrongState(Refused):
    """The act does not lead on from where the record stands (domain.md §8)."""

    reason = "WRONG_STATE"
    sentence = "当前状态为“{state}”，不能{act}；请刷新后按当前环节办理。"


class ClassifiedContent(Refused):
    """Content of a state secret never enters this system (D-27, T-35, R-41)."""

    reason, article = "CLASSIFIED_CONTENT", "D-27"
    sentence = "涉密内容严禁录入本系统"


# Ex-ante assessment and the gate


class AssessmentMissing(Refused):
    """Subject to assessment and none was filed and decided (D-9)."""

    reason, article = "ASSESSMENT_MISSING", "D-9"
    sentence = (
        "未开展事前绩效评估，不得列入中期财政规划和年度预算，不得纳入项目库（D-9）。"
        "请先报送事前绩效评估。"
    )


class AssessmentPoor(Refused):
    """The governing assessment is poor: the library and the budget stay closed (D-9)."""

    reason, article = "ASSESSMENT_POOR", "D-9"
    sentence = "事前绩效评估结果为差，不得列入中期财政规划和年度预算，不得纳入项目库。"


class AssessmentUndecided(Refused):
    """Finance has not decided on the application yet (D-10)."""

    reason, article = "ASSESSMENT_UNDECIDED", "D-10"
    sentence = "事前绩效评估尚未经财政部门审核决定（D-10），请待决定后办理。"


class AssessmentLapsed(Refused):
    """The assessed amount was outgrown by more than 30 % or the decision lay 2 years (§5)."""

    reason, article = "ASSESSMENT_LAPSED", "D-9"
    sentence = "原事前绩效评估已失效（D-9），请重新开展评估并报送。"


class NotSupported(Refused):
    """Finance decided not to support (D-10, T-12)."""

    reason, article = "NOT_SUPPORTED", "D-10"
    sentence = "财政部门审核决定不予支持（D-10），不得入库和安排预算；可重新论证后另行申请。"


class AmountAboveDecision(Refused):
    """More enters than finance supported (D-10)."""

    reason, article = "AMOUNT_ABOVE_DECISION", "D-10"
    sentence = "申请列入{amount}元，超过事前评估决定支持的{supported}元（D-10），请按决定金额调整。"


class SupportOfPoor(Refused):
    """A poor governing grade can only be answered by not_support (D-10, T-12)."""

    reason, article = "SUPPORT_OF_POOR", "D-10"
    sentence = (
        "起主导作用的事前绩效评估得{total}分，等级为“差”，只能决定“不予支持”（D-10）。"
        "如需设立，请部门重新论证后另行申请。"
    )


class PartAmountWrong(Faulty):
    """partly_support names an amount above 0 and below the request (R-16)."""

    reason, article = "PART_AMOUNT_WRONG", "D-10"


class AssessmentIncomplete(Faulty):
    """The twenty questions, the report or an investment's proofs are not all there (D-8, D-9)."""

    reason, article = "ASSESSMENT_INCOMPLETE", "D-8"
    sentence = "事前绩效评估有 {count} 处不完整，请补齐后报送（D-8、D-9）。"


class ApprovalMissing(Refused):
    """A new transfer without the recorded approval of committee or government (T-11)."""

    reason, article = "APPROVAL_MISSING", "T-11"
    sentence = "新设转移支付未登记区委、区政府批准文件（T-11），请先登记批准文号、日期和文件。"


class ApprovalFaulty(Faulty):
    """The approval of a new transfer without its number or file (T-11)."""

    reason, article = "APPROVAL_FAULTY", "T-11"
    sentence = "批准文件登记有 {count} 处需要补齐（T-11）。"


class OverallTargetMissing(Refused):
    """A transfer whose overall target has not passed (T-15)."""

    reason, article = "OVERALL_TARGET_MISSING", "T-15"
    sentence = "转移支付整体绩效目标未审核通过（T-15），请先完成目标申报和审核。"


class TransferNotReady(Refused):
    """A new transfer that lacks both the approval and a passed overall target (T-11, T-15)."""

    reason, article = "TRANSFER_NOT_READY", "T-11, T-15"
    sentence = (
        "新设转移支付未登记区委、区政府批准文件（T-11），整体绩效目标未审核通过（T-15），"
        "请补齐后入库。"
    )


class TargetNotPassed(Refused):
    """A passed target is the precondition of library and budget (D-12(1))."""

    reason, article = "TARGET_NOT_PASSED", "D-12(1)"
    sentence = "绩效目标未审核通过，不得入库和申请预算（D-12(1)）；请先完成目标申报和审核。"


class AboveParent(Faulty):
    """The programmes below hold more than their parent's money (R-19)."""

    reason, article = "ABOVE_PARENT", "T-15"
    sentence = "下级金额合计{total}元，超过上级项目的{parent}元（T-15），请核减。"


class BudgetRowWrong(Faulty):
    """A budget row that cannot be recorded as it stands (R-4, R-32)."""

    reason, article = "BUDGET_ROW_WRONG", "D-14"
    sentence = "预算记录有 {count} 处需要修改。"


# Targets


class FormFaulty(Faulty):
    """The filing checks found errors (D-12, T-14, R-3)."""

    reason, article = "FORM_FAULTY", "D-12"
    sentence = "绩效目标申报表有 {count} 处需要修改（D-12）。"


class TargetUnderReview(Refused):
    """Another version of the year is still on its way (§8)."""

    reason, article = "TARGET_UNDER_REVIEW", "D-12"
    sentence = "本年度绩效目标第{number}版处于“{state}”，不能另报新版；请等待退回或按调整程序办理。"


class ReviewOutOfOrder(Refused):
    """The level before has not passed the target yet (D-13)."""

    reason, article = "REVIEW_OUT_OF_ORDER", "D-13"
    sentence = "尚待{awaited}审核，{reviewer}此时不能审核（D-13）。"


class TransferReviewOutOfOrder(Refused):
    """A transfer's target goes town, department, district finance in this order (T-15, T-16)."""

    reason, article = "TRANSFER_REVIEW_OUT_OF_ORDER", "T-15(3), T-16"
    sentence = (
        "尚待{awaited}审核：须先经镇办业务主管部门、镇办财政部门和区业务主管部门审核，"
        "{reviewer}此时不能审核（T-15(3)、T-16）。"
    )


class MarksWrong(Faulty):
    """A review table that is incomplete or has marks outside their range (R-18)."""

    reason, article = "MARKS_WRONG", "T-16"
    sentence = "审核表有 {count} 处需要修改。"


class NoApprovedBudget(Refused):
    """A target is released with its budget, and there is none (D-14, T-17)."""

    reason, article = "NO_APPROVED_BUDGET", "D-14"
    sentence = (
        "{year}年预算尚未列入并经批准，绩效目标不能下达（D-14）；请待预算批准登记后同步下达。"
    )


class BudgetDiffers(Refused):
    """The approved budget is not the amount of the target (D-14, T-17)."""

    reason, article = "BUDGET_DIFFERS", "D-14"
    sentence = "目标金额{target}元与批准预算{approved}元不一致（D-14），目标须退回修改后再下达。"


class OnlyFinanceReleases(Refused):
    """Transfer budgets go down from finance to finance (R-21, T-17)."""

    reason, article = "ONLY_FINANCE_RELEASES", "T-17"
    sentence = "转移支付预算及绩效目标由财政部门逐级下达（T-17），业务主管部门不能下达。"


class AlreadyReleased(Refused):
    """One act and one document number per level (R-21)."""

    reason, article = "ALREADY_RELEASED", "D-14"
    sentence = "该级已下达本版绩效目标（文号{document_number}），不能重复下达。"


class ReleaseOutOfOrder(Refused):
    """The level above has not released yet (R-21)."""

    reason, article = "RELEASE_OUT_OF_ORDER", "D-14"
    sentence = "上级财政部门尚未下达预算和绩效目标（D-14、T-17），本级不能先行下达。"


# Decomposition


class MoneyNotEqual(Faulty):
    """Parts and reserve are the parent's money to the fen (R-19, T-17)."""

    reason, article = "money_not_equal", "T-17"
    sentence = "下级合计{total}元与上级{parent}元不符，差额{difference}元（T-17），请逐笔核对到分。"


class DecompositionFails(Faulty):
    """The parts do not carry the overall target (T-15(2), R-20)."""

    reason, article = "DECOMPOSITION_FAILS", "T-15(2)"
    sentence = "整体绩效目标分解有 {count} 处不符（T-15(2)），未保存，请修改。"


class UnderAllocated(DecompositionFails):
    """The only fault is a sum below the overall value (R-20)."""

    reason = "under_allocated"


# Adjustment


class AdjustmentTooLate(Refused):
    """After 31 October only an emergency or finance's order moves a target (R-22, D-15)."""

    reason, article = "ADJUSTMENT_TOO_LATE", "D-15"
    sentence = "10月31日后非突发事件或财政部门要求不得调整"


class YearEnded(Refused):
    """No adjustment after the end of the budget year (R-22, D-15)."""

    reason, article = "YEAR_ENDED", "D-15"
    sentence = "{year}年预算年度已结束，绩效目标不得再调整（D-15）。"


class MissedTargetLowered(Refused):
    """A target already missed is not lowered to fit (R-22, D-15)."""

    reason, article = "MISSED_TARGET_LOWERED", "D-15"
    sentence = "指标“{names}”已未完成，不得通过调整降低目标值（D-15）。"


class AdjustmentFaulty(Faulty):
    """Reason, document or the changes themselves are missing (R-22)."""

    reason, article = "ADJUSTMENT_FAULTY", "D-15"
    sentence = "绩效目标调整申请有 {count} 处需要修改（D-15）。"


class NotTheProgramme(Forbidden):
    """A record of another programme was handed in: a bug or a trick, never a filing."""

    reason = "not_the_programme"
    sentence = "所引用的记录不属于本项目。"


# Making programmes and versions of libraries


class UnitUnknown(Faulty):
    """A unit is named by a code that no organisation of the own line has (D-2)."""

    reason, article = "UNIT_UNKNOWN", "D-2"
    sentence = "项目单位填写有误，请按单位名录填写本部门所属单位的代码。"


class DescriptionFaulty(Faulty):
    """The kind of programme contradicts who makes it, or under what (D-2, T-2)."""

    reason, article = "DESCRIPTION_FAULTY", "T-2"
    sentence = "项目信息有 {count} 处需要修改（D-2、T-2）。"


class NoPartsYet(Refused):
    """Nothing lies below yet: no town has its money, or no project is there (T-15(2))."""

    reason, article = "NO_PARTS_YET", "T-15(2)"
    sentence = (
        "没有可分解的下级（T-15(2)）：整体目标待资金分配方案批准后分解到镇办，"
        "区域目标待本镇办项目建立后分解到项目。"
    )
