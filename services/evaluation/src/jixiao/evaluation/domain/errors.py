"""What the evaluation service refuses, with the article that says so."""

from jixiao.servicekit.errors import Faulty, Forbidden, Refused


class WrongState(Refused):
    """The transition is not among those of domain.md §8."""

    reason = "WRONG_STATE"
    sentence = "当前状态为“{state}”，不能办理“{act}”；请刷新后查看最新状态。"


class FormFaulty(Faulty):
    """The form has findings, all shown at once (D-20, T-23)."""

    reason, article = "FORM_FAULTY", "D-20"
    sentence = "填报内容有 {count} 处需要修改，请按提示逐处补正后再报送。"


class PercentOutsideTier(Faulty):
    """A qualitative percentage that does not lie in the tier chosen (R-9)."""

    reason, article = "percent_outside_tier", "D-20"
    sentence = "定性指标的百分比与所选档次不符，请改正百分比或档次。"


class YearNotOver(Refused):
    """A self-evaluation is filed from 1 January after the budget year (D-20)."""

    reason, article = "YEAR_NOT_OVER", "D-20"
    sentence = "{year}年度预算执行尚未结束，{start}起方可报送绩效自评。"


class TargetNotReleased(Refused):
    """There is no released target to evaluate against (D-20)."""

    reason, article = "TARGET_NOT_RELEASED", "D-20"
    sentence = "该项目绩效目标尚未批复下达，无法开展自评；请先完成目标批复（D-14）。"


class TownshipFirst(Refused):
    """The township department accepts before the department (T-23)."""

    reason, article = "TOWNSHIP_FIRST", "T-23"
    sentence = "须先由镇办业务主管部门受理自评，再报区业务主管部门（T-23）。"


class ListNotAgreed(Refused):
    """Department and finance have not both signed the list (D-20(2))."""

    reason, article = "LIST_NOT_AGREED", "D-20(2)"
    sentence = "条线 {lines} 的自评项目清单尚未由主管部门和财政部门共同签认（D-20(2)），不能布置。"


class ListEmpty(Refused):
    """A campaign without a programme asks nobody (D-20)."""

    reason, article = "LIST_EMPTY", "D-20"
    sentence = "自评清单为空，请先列入应开展自评的项目。"


class NotOnList(Refused):
    """The line has no transfer project on the list to sign for (D-20(2))."""

    reason, article = "NOT_ON_LIST", "D-20(2)"
    sentence = "条线 {line} 在自评清单中没有转移支付项目，无需签认。"


class RoundNotOver(Refused):
    """A round closes only after its last due date (R-52)."""

    reason, article = "ROUND_NOT_OVER", "D-20"
    sentence = "自评报送期限为 {due}，期限届满后方可关闭本轮自评。"


class ReasonMissing(Faulty):
    """An act that must be explained was not (R-52)."""

    reason, article = "reason_missing", "D-20"
    sentence = "请填写理由后再办理。"


class RoundNotAnnounced(Refused):
    """There is no running round of the year (D-20)."""

    reason, article = "ROUND_NOT_ANNOUNCED", "D-20"
    sentence = "{year}年度绩效自评尚未布置，不能办理。"


class RoundNotClosed(Refused):
    """The sample is drawn from a closed round (D-21)."""

    reason, article = "ROUND_NOT_CLOSED", "D-21"
    sentence = "本轮自评尚未关闭，关闭后方可抽取复核样本。"


class TownFirst(Refused):
    """A town's roll-up is taken by its finance office before the line's (T-6(3), T-23)."""

    reason, article = "TOWN_FIRST", "T-6(3)"
    sentence = "镇办 {territories} 的汇总尚未经镇办财政受理，请先逐级受理后再由部门汇总。"


class NothingDue(Refused):
    """There is nothing to roll up (T-23)."""

    reason, article = "NOTHING_DUE", "T-23"
    sentence = "该项目下没有应开展自评的项目，无需汇总。"


class NotTransfer(Faulty):
    """The list holds executing transfer projects of the line alone (D-20(2))."""

    reason, article = "NOT_TRANSFER", "D-20(2)"
    sentence = "清单中有 {count} 个项目不是本条线当年执行的转移支付项目，请核对。"


class NobodyFiled(Refused):
    """There is nothing to draw a sample from (D-21)."""

    reason, article = "NOBODY_FILED", "D-21"
    sentence = "尚无已报送的自评，无法抽取复核样本；未报送的项目直接列入通报名单。"


class AnswerPending(Refused):
    """The evaluated party may still answer (D-21, D-23, T-26)."""

    reason, article = "ANSWER_PENDING", "D-21"
    sentence = "被评价单位可在 {due} 前反馈意见，收到答复或期限届满后方可继续。"


class NotAssigned(Forbidden):
    """Only those named for it may do this (D-21, D-23)."""

    reason, article = "NOT_ASSIGNED", "D-23"
    sentence = "您不是本事项指定的承办人，不能办理“{act}”。"


class ConsolidatedFunds(Refused):
    """No project evaluation of consolidated agricultural funds by the district (T-28, R-45)."""

    reason, article = "CONSOLIDATED_FUNDS", "T-28"
    sentence = "涉农整合资金不单独开展项目绩效评价，请对镇办开展综合绩效评价（T-28）。"


class SchemeFrozen(Refused):
    """Scoring has begun; the scheme stands (D-23, T-26)."""

    reason, article = "SCHEME_FROZEN", "D-23"
    sentence = "评分已经开始，评价方案不得再改；确需调整请重新立项评价。"


class SchemeNotProposed(Refused):
    """There is no proposal to approve (D-23)."""

    reason, article = "SCHEME_NOT_PROPOSED", "D-23"
    sentence = "没有待批准的评价方案，请先提交方案。"


class InterestUndeclared(Refused):
    """A member of the group declares interests before scoring (R-43)."""

    reason, article = "INTEREST_UNDECLARED", "T-26"
    sentence = "请先申报与被评价对象有无利益关系，再进行评分。"


class TooFewJudges(Refused):
    """Fewer than three marks on an indicator (R-14)."""

    reason, article = "too_few_judges", "D-23"
    sentence = "评分专家不足三人，请增补专家后再评分。"


class MarksMissing(Refused):
    """A judge has not marked every judged indicator (R-14, D-23)."""

    reason, article = "MARKS_MISSING", "D-23"
    sentence = "尚有专家未完成评分：{judges}。请催办后再起草报告。"


class NothingToDiscuss(Refused):
    """A second round is only for indicators whose marks lie apart (R-14)."""

    reason, article = "NOTHING_TO_DISCUSS", "D-23"
    sentence = "指标 {codes} 的评分差距未超过分值的30%，或第一轮尚未完成，不能修改评分。"


class AlreadyMarked(Refused):
    """Marks are given once a round, and revised once (R-14)."""

    reason, article = "ALREADY_MARKED", "D-23"
    sentence = "指标 {codes} 本轮已经评分，不能重复评分。"


class ObjectionOpen(Refused):
    """Each objection is answered before the quality check (D-23, T-26)."""

    reason, article = "OBJECTION_OPEN", "D-23"
    sentence = "第 {numbers} 条意见尚未答复采纳与否，请逐条答复后再质检。"


class ThirdPartyUnfit(Refused):
    """Suspended and removed third parties get no commission (D-6(8), R-43)."""

    reason, article = "THIRD_PARTY_UNFIT", "D-6(8)"
    sentence = "该第三方机构当前为“{state}”，不得委托。"


class EvaluatedPartyCommissions(Refused):
    """Nobody commissions its own evaluator (R-43)."""

    reason, article = "EVALUATED_PARTY_COMMISSIONS", "D-6(8)"
    sentence = "被评价单位不得委托或支付对自身的评价，请由财政部门或主管部门委托。"


class OwnOrganisation(Forbidden):
    """Nobody evaluates the organisation that he serves in (R-51)."""

    reason, article = "own_organisation", "D-21"
    sentence = "您在被评价单位任职，不得参与对该单位的评价，请由他人办理。"


class ConflictOfInterest(Forbidden):
    """Worked for the same object within three years, kinship or investment (R-43)."""

    reason, article = "conflict", "D-6(8)"
    sentence = "存在利益冲突（{grounds}），应当回避，本次委托终止；请另行委托其他机构。"
