"""The five roots of what a service answers instead of doing (P5.6).

A refusal is a class: programs match its `reason`, officials read its `article` and its Chinese
`sentence` (a format string over the keyword arguments, kept with the class so that the words and
the rule change together). Anything that is none of these is a bug and is answered INTERNAL.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the filer can mend: JSON pointer of the field, code, Chinese sentence."""

    pointer: str
    code: str
    message: str


class Answered(Exception):
    """Root of all refusals; `facts` are shown to the caller and fill the sentence."""

    reason: ClassVar[str] = ""
    article: ClassVar[str] = ""
    sentence: ClassVar[str] = ""

    def __init__(self, **facts: object) -> None:
        self.facts = {key: str(value) for key, value in facts.items()}
        super().__init__(self.reason)

    @property
    def message(self) -> str:
        """The Chinese sentence with its facts filled in."""
        return self.sentence.format(**self.facts)


class Refused(Answered):
    """State, gate or guard: FAILED_PRECONDITION, 409."""

    reason = "WRONG_STATE"
    sentence = "当前状态为“{state}”，不能办理该事项；请刷新后查看最新状态。"


class Faulty(Answered):
    """What the filer can mend, all findings at once: INVALID_ARGUMENT, 422."""

    reason = "INVALID"
    sentence = "填报内容有 {count} 处需要修改。"

    def __init__(self, *findings: Finding, **facts: object) -> None:
        self.findings = findings
        super().__init__(count=len(findings), **facts)


class Unauthenticated(Answered):
    """Nobody known is calling: UNAUTHENTICATED, 401."""

    reason = "unauthenticated"
    sentence = "登录名、口令或会话无效，请重新登录。"


class Forbidden(Answered):
    """In scope, but this person or role may not: PERMISSION_DENIED, 403."""

    reason = "FORBIDDEN"
    sentence = "您的岗位没有办理该事项的权限。"


class StepUpRequired(Forbidden):
    """The person has not proved himself anew within the last ten minutes (SU of P3.5)."""

    reason = "step_up_required"
    sentence = "办理该事项前须再次验证身份（十分钟内有效）：请输入动态码，未启用动态码的输入密码。"


class TooManyRequests(Answered):
    """More than one caller may ask for: RESOURCE_EXHAUSTED, 429; `wait` is in seconds."""

    reason = "too_many_requests"
    sentence = "尝试次数过多，请 {wait} 秒后再试；如非本人操作，请告知安全管理员。"


class OwnFiling(Forbidden):
    """Separation is by person (P3.2, R-51)."""

    reason = "own_filing"
    sentence = "本人经办的事项不能由本人审核或决定，请由他人办理。"


class SecondPerson(Forbidden):
    """A proposal and its confirmation are two people (P3.2)."""

    reason = "second_person"
    sentence = "提出与确认须由两人办理，请由另一人确认。"


class Stale(Answered):
    """The version named is no longer the current one: ABORTED, 412."""

    reason = "stale"
    sentence = "该记录已被他人修改（当前版本 {current}），请刷新后重试。"


class EtagMissing(Answered):
    """A change must name the version it changes: FAILED_PRECONDITION, 428."""

    reason = "etag_missing"
    sentence = "请求未注明所依据的版本（If-Match），请刷新后重试。"


class Busy(Answered):
    """Somebody else holds the record, or a twin of the request is running: ABORTED, 409."""

    reason = "busy"
    sentence = "该记录正在被他人办理，请稍后重试。"


class RequestRunning(Busy):
    """A twin of this request has run for more than 2 s (P1, step B)."""

    reason = "request_running"
    sentence = "同一请求正在办理，请稍后用同一请求编号重试。"


class RequestReused(Answered):
    """The same request id with another body (P1.3): INVALID_ARGUMENT, 422."""

    reason = "request_id_reused"
    sentence = "同一请求编号已用于另一内容，未办理；请使用新的请求编号。"


class NotFound(Answered):
    """Absent and out of scope alike: NOT_FOUND, 404. Carries no fact that could tell them apart."""

    reason = "not_found"
    sentence = "未找到该记录，或您无权查看。"


class Unavailable(Answered):
    """A part of ours does not answer now: UNAVAILABLE, 503. Safe to retry with the same id."""

    reason = "unavailable"
    sentence = "系统暂时无法办理，您填写的内容没有丢失，请稍后用同一请求重试。"


class Lost(Unavailable):
    """The database did not answer before the COMMIT: nothing was done (P1.6)."""


class OutcomeUnknown(Unavailable):
    """The answer to COMMIT was not heard: done or not, the same request tells (P1.2)."""

    reason = "outcome_unknown"
    sentence = "系统未能确认该事项是否已办理；请用同一请求编号重试，不会重复办理。"


class Overloaded(Answered):
    """Shed rather than queued (P8.3): RESOURCE_EXHAUSTED, 503, never tried again by the gateway."""

    reason = "busy"
    sentence = "系统繁忙，您填写的内容没有丢失，请稍后重试。"
