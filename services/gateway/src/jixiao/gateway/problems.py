"""Refusals as RFC 9457 problems in Chinese (P5.6): of the door itself, and of the services behind.

A service's refusal arrives as a gRPC status with `jx-refusal-bin` in the trailing metadata; the
status decides the HTTP one, the details bring the words. What carries no details gets a sentence
of the table below, never the status's own text, which may hold anything.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import grpc
from grpc import aio
from starlette.responses import Response

from jixiao.api.access.v1 import refusal_pb
from jixiao.servicekit.errors import Answered, Faulty, Finding, TooManyRequests
from jixiao.servicekit.rpc import DETAILS, code_of

MEDIA_TYPE = "application/problem+json"
MOST_FINDINGS = 200

TITLES = {
    400: "请求格式有误",
    401: "尚未登录或登录已失效",
    403: "没有权限",
    404: "未找到",
    405: "不支持的操作方式",
    408: "请求超时",
    409: "当前不能办理",
    412: "记录已被修改",
    413: "内容过大",
    415: "不支持的内容类型",
    422: "填报内容需要修改",
    428: "未注明版本",
    429: "请求过于频繁",
    500: "系统内部错误",
    503: "系统暂时无法办理",
}
SENTENCES = {
    401: "请登录后再办理；若已登录，请重新登录。",
    403: "您的岗位没有办理该事项的权限。",
    404: "未找到该记录，或您无权查看。",
    409: "当前状态不能办理该事项，请刷新后查看最新状态。",
    412: "该记录已被他人修改，请刷新后重试。",
    422: "填报内容需要修改。",
    429: "请求过于频繁，请稍后再试。",
    500: "系统出现内部错误，已记录；请将追踪号告知运维人员。",
    503: "系统暂时无法办理，您填写的内容没有丢失，请稍后用同一请求重试。",
}
_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: (422, "invalid"),
    grpc.StatusCode.UNAUTHENTICATED: (401, "unauthenticated"),
    grpc.StatusCode.PERMISSION_DENIED: (403, "forbidden"),
    grpc.StatusCode.NOT_FOUND: (404, "not_found"),
    grpc.StatusCode.FAILED_PRECONDITION: (409, "refused"),
    grpc.StatusCode.ABORTED: (409, "busy"),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (503, "busy"),
    grpc.StatusCode.UNAVAILABLE: (503, "unavailable"),
    grpc.StatusCode.DEADLINE_EXCEEDED: (503, "unavailable"),
}


# By the last part of the rule's id: `int32.gte_lte`, `string.min_len`, `repeated.min_items` …
_RULES = (
    ("required", "必填，不能为空"),
    ("min_items", "填写的项数不足"),
    ("max_items", "填写的项数过多"),
    ("min_pairs", "填写的项数不足"),
    ("max_pairs", "填写的项数过多"),
    ("unique", "不能有重复的项"),
    ("min_len", "字数不足"),
    ("max_len", "字数过多"),
    ("len", "字数不符合要求"),
    ("gt", "数值超出允许的范围"),
    ("lt", "数值超出允许的范围"),
    ("in", "不在可选的范围内"),
    ("not_in", "不在可选的范围内"),
    ("defined_only", "没有这个选项，请从列表中选择"),
    ("const", "与规定的值不符"),
)


@dataclass(frozen=True, slots=True)
class CellFinding(Finding):
    """A finding in a workbook: where a person looks for it."""

    sheet: str = ""
    row: int = 0
    column: str = ""


@dataclass(slots=True)
class Problem(Exception):
    """An answer that is no success: HTTP status, code, Chinese detail, findings."""

    status: int
    code: str
    detail: str = ""
    article: str = ""
    findings: tuple[Finding, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, instance: str, trace: str) -> Response:
        """The problem document; `instance` is the request's path, `trace` its trace id."""
        document: dict[str, object] = {
            "type": f"urn:jixiao:problem:{self.code.lower()}",
            "title": TITLES.get(self.status, "无法办理"),
            "status": self.status,
            "detail": self.detail or SENTENCES.get(self.status, ""),
            "instance": instance,
            "code": self.code,
            "trace": trace,
        }
        if self.article:
            document["article"] = self.article
        if self.findings:
            document["errors"] = [
                {"pointer": f.pointer, "code": f.code, "message": in_chinese(f)} | _place(f)
                for f in self.findings[:MOST_FINDINGS]
            ]
        content = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        return Response(content, self.status, dict(self.headers), MEDIA_TYPE)


def _place(finding: Finding) -> dict[str, object]:
    if not isinstance(finding, CellFinding):
        return {}
    return {"sheet": finding.sheet, "row": finding.row, "column": finding.column}


def in_chinese(finding: Finding) -> str:
    """The finding's sentence; the rules that `buf.validate` brings itself speak English."""
    if not finding.message.isascii() or not finding.message:
        return finding.message or "填写有误，请核对"
    rule = finding.code.rpartition(".")[2]
    return next((text for start, text in _RULES if rule.startswith(start)), "填写有误，请核对")


def faulty(findings: Iterable[Finding], code: str = "invalid") -> Problem:
    """422 with all findings."""
    found = tuple(findings)
    return Problem(422, code, f"填报内容有 {len(found)} 处需要修改。", findings=found)


def of_refusal(refusal: Answered) -> Problem:
    """The problem of a refusal raised in this process."""
    findings = refusal.findings if isinstance(refusal, Faulty) else ()
    return _problem(
        code_of(refusal), refusal.reason, refusal.message, refusal.article, tuple(findings),
        refusal.facts,
    )  # fmt: skip


def of_rpc(error: aio.AioRpcError) -> Problem:
    """The problem of a gRPC status with or without a refusal's details."""
    details = _details(error)
    if details is None:
        return _problem(error.code())
    findings = tuple(Finding(f.pointer, f.code, f.message) for f in details.findings)
    return _problem(
        error.code(), details.reason, details.message, details.article, findings, details.facts
    )


def _details(error: aio.AioRpcError) -> refusal_pb.Refusal | None:
    for key, value in error.trailing_metadata() or ():
        if key == DETAILS and isinstance(value, bytes):
            return refusal_pb.Refusal.from_binary(value)
    return None


def _problem(
    code: grpc.StatusCode,
    reason: str = "",
    detail: str = "",
    article: str = "",
    findings: tuple[Finding, ...] = (),
    facts: Mapping[str, str] = MappingProxyType({}),
) -> Problem:
    status, usual = _STATUS.get(code, (500, "internal"))
    if status == 500:  # a bug behind: its trace alone goes out
        return Problem(500, usual)
    if code is grpc.StatusCode.FAILED_PRECONDITION and reason == "etag_missing":
        status = 428
    if code is grpc.StatusCode.ABORTED and reason == "stale":
        status = 412
    headers = {"Retry-After": "1"} if status == 503 else {}
    if reason == TooManyRequests.reason:
        status, headers = 429, {"Retry-After": facts.get("wait", "1")}
    return Problem(status, reason or usual, detail, article, findings, headers)
