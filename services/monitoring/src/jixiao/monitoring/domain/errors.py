"""What monitoring refuses, a class per refusal (P5.6)."""

from jixiao.servicekit.errors import Faulty, Forbidden, Refused

STATE_NAMES = {
    "planned": "已计划",
    "open": "开放",
    "closed": "已关闭",
    "not_filed": "未报",
    "draft": "草稿",
    "submitted": "已报送",
    "returned": "已退回",
    "accepted": "已审核",
    "rolled_up": "已汇总上报",
    "explained": "已说明",
    "ordered": "已下达整改",
    "proposed": "拟议",
    "suspended": "暂缓拨款",
    "stopped": "停止拨款",
    "lifted": "恢复拨款",
    "rejected": "未同意",
    "drafted": "已起草",
    "reported_up": "已上报",
    "fed_back": "已反馈",
    "kept": "已入账",
    "listed": "已列入",
    "queued": "待核对",
    "applied": "已入账",
    "withdrawn": "已撤回",
}


class WrongState(Refused):
    """The act is not open in this state; unlisted transitions are forbidden (§8)."""

    def __init__(self, state: str) -> None:
        super().__init__(state=STATE_NAMES.get(state, state))


class Incomplete(Faulty):
    """A form lacks what its rule requires; every gap is one finding."""

    reason = "incomplete"


class CauseMissing(Faulty):
    """A yellow or red light without cause, measure and date (D-17, T-20)."""

    reason, article = "cause_missing", "D-17"
    sentence = "黄灯、红灯须填写偏差原因、纠偏措施和完成日期，共缺 {count} 项。"


class RoundClosed(Refused):
    """The round is not open; only finance closes or reopens it (R-52)."""

    reason, article = "round_closed", "D-16"
    sentence = "本轮监控未开放填报，请联系区财政局开放后再报。"


class WrongLevel(Refused):
    """The levels act in their order, none is skipped (T-20, T-21)."""

    reason, article = "wrong_level", "T-20"
    sentence = "应先由“{expected}”办理，请等待其审核后再办理。"


class ReasonMissing(Faulty):
    """Closing or reopening a round, or leaving a suggested programme out, needs a reason."""

    reason, article = "reason_missing", "D-17"
    sentence = "请填写理由。"


class OnlyFinance(Forbidden):
    """A serious finding, a hold, and the opening of a round are district finance's (D-18)."""

    reason, article = "only_finance", "D-18"
    sentence = "该事项只能由区财政局办理。"


class NoGround(Refused):
    """A hold needs a serious finding or a failed or overdue rectification (D-18, R-27)."""

    reason, article = "no_ground", "D-18"
    sentence = "暂缓拨款须以严重问题或整改不到位为依据，现有依据不足。"


class StopNotAllowed(Refused):
    """A stop needs a suspension before it, or a serious violation (R-27)."""

    reason, article = "stop_not_allowed", "D-18"
    sentence = "停止拨款须先暂缓拨款，或存在严重违规。"


class RectificationNotAccepted(Refused):
    """Payment resumes only after accepted rectification (D-18, D-25)."""

    reason, article = "rectification_not_accepted", "D-18"
    sentence = "整改尚未通过检查，不得恢复拨款。"


class HoldOpen(Refused):
    """One open hold per programme (§8)."""

    reason, article = "hold_open", "D-18"
    sentence = "该项目已有一项未结的暂缓（停止）拨款，不能重复提出。"


class CorrectionNeeded(Refused):
    """A person changes a figure of the treasury by a correction alone (D-16)."""

    reason, article = "correction_needed", "D-16"
    sentence = "代码{code}截至{day}的执行数已入账，人工修改请办理更正（超过5%须两人）。"


class FiguresLocked(Refused):
    """Figures up to a cut-off are locked; a correction makes a revision (§8)."""

    reason, article = "figures_locked", "D-16"
    sentence = "{day}（含）以前的执行数已锁定，请以更正方式办理。"


class NoWarning(Refused):
    """A warning letter goes with a yellow or red light (D-17)."""

    reason, article = "no_warning", "D-17"
    sentence = "该报告未亮黄灯或红灯，无需下达预警函。"


class NotWatched(Refused):
    """A key-monitoring report is of a programme on the key list (D-18, T-21)."""

    reason, article = "not_watched", "D-18"
    sentence = "该项目未列入{year}年度重点监控名单，请先列入名单。"


class NoTarget(Refused):
    """Reports are held against the released target (D-16)."""

    reason, article = "no_target", "D-16"
    sentence = "该项目{year}年度绩效目标尚未下达到本单位，不能报送监控报告。"
