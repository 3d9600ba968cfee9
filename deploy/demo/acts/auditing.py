"""Act 128: the whole life of A on one page and as a file; refusals in the access log; the chains."""

import importlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ..contract import operation
from ..figures import Node
from ..walk import World

SERVICES = ("disclosure", "evaluation", "monitoring", "results", "targets")
TRAIL: tuple[tuple[int, str, str], ...] = (
    (3, "CreateProgramme", "教体局·子"),
    (3, "SetResponsibility", "教体局·子"),
    (4, "SubmitExante", "教体局·子"),
    (8, "DecideExante", "财政局·甲"),
    (19, "SubmitTarget", "资助中心·一"),
    (23, "ReviewTargetFirst", "教体局·丑"),
    (24, "SubmitTarget", "资助中心·一"),
    (28, "ReviewTargetFirst", "教体局·丑"),
    (30, "ReviewTargetFinance", "财政局·甲"),
    (31, "AdmitProgramme", "财政局·乙"),
    (34, "EnterBudget", "财政局·乙"),
    (43, "RecordBudget", "一体化"),
    (45, "ReleaseTargets", "财政局·乙"),
    (50, "ReleaseTargets", "教体局·寅"),
    (51, "ProposePublication", "教体局·寅"),
    (51, "ConfirmPublication", "教体局·卯"),
    (53, "ImportExecution", "国库"),
    (54, "ChooseKeyMonitoring", "财政局·丁"),
    (60, "SubmitMonitoringReport", "资助中心·一"),
    (62, "AcceptMonitoringReport", "教体局·丑"),
    (65, "OpenFinding", "财政局·丁"),
    (65, "OrderRectification", "财政局·丁"),
    (67, "ReceiveRectification", "资助中心·一"),
    (67, "ProposeHold", "财政局·乙"),
    (69, "DecideHold", "财政局·丙"),
    (73, "ReportRectification", "资助中心·一"),
    (73, "CheckRectification", "财政局·戊"),
    (74, "ProposeLift", "财政局·乙"),
    (74, "ConfirmLift", "财政局·丙"),
    (77, "SubmitAdjustment", "资助中心·一"),
    (77, "ReviewAdjustment", "教体局·丑"),
    (77, "ReviewAdjustment", "财政局·甲"),
    (78, "RecordBudget", "财政局·乙"),
    (78, "ReleaseTargets", "教体局·寅"),
    (79, "SubmitMonitoringReport", "资助中心·一"),
    (80, "SubmitTarget", "资助中心·一"),
    (80, "EnterBudget", "财政局·乙"),
    (84, "RecordBudget", "一体化"),
    (86, "SubmitSelfEvaluation", "资助中心·一"),
    (91, "AcceptSelfEvaluation", "教体局·丑"),
    (92, "ReceiveSelfEvaluation", "财政局·丁"),
    (95, "RescoreSpotCheck", ""),
    (96, "FeedBackSpotCheck", "财政局·戊"),
    (96, "AnswerSpotCheck", "资助中心·一"),
    (96, "ConcludeSpotCheck", "财政局·甲"),
    (101, "OrderRectification", "财政局·丁"),
    (101, "ReceiveRectification", "资助中心·一"),
    (101, "ReportRectification", "资助中心·一"),
    (101, "CheckRectification", "财政局·乙"),
    (111, "ProposePublication", "教体局·寅"),
    (111, "ConfirmPublication", "教体局·卯"),
    (113, "SubmitTarget", "资助中心·一"),
    (114, "ProposeLinkage", "财政局·乙"),
    (114, "ConsultLinkage", "财政局·乙"),
    (117, "DecideLinkage", "财政局·丙"),
    (121, "FetchLinkageDecisions", "一体化"),
)
"""The acts on A that changed something: act, what was called, by whom (empty: by either of two)."""


async def read_dossier(w: World) -> str:
    """Act 128: who, in which role, when, before, after; nothing of it is missing."""
    changes, missing = await _whole_dossier(w)
    w.check("A档案缺失的服务", sorted(missing), [])
    w.check("A档案涉及服务", sorted({one.service for one in changes}), sorted(SERVICES))
    w.check("A档案不全的记录", [_where(one) for one in changes if not _whole(one)], [])
    times = [datetime.fromisoformat(one.at) for one in changes]
    w.check("A档案按时间排列", times == sorted(times), expected=True)
    w.check("A档案版本断号", _gaps(changes), [])
    w.check("A档案缺少的操作", _missing(w, changes), [])
    file = _save(w, changes)
    denied = await _read_denials(w)
    chains = await _verify(w)
    return f"{len(changes)}条变更，{len(SERVICES)}个服务，存为{file.name}；访问日志{denied}条拒绝；{chains}"


async def _whole_dossier(w: World) -> tuple[list[Node], set[str]]:
    """Every page of A's dossier, and the services that did not answer."""
    changes: list[Node] = []
    missing: set[str] = set()
    asked: dict[str, str] = {}
    while True:
        page = await w["审计局·甲"].do("GetDossier", programme_id=w.ids["A"], **asked)
        changes += page.changes
        missing |= set(page.missing)
        if not page.next_page_token:
            return changes, missing
        asked = {"page_token": page.next_page_token}


async def _verify(w: World) -> str:
    """The audit administrator has every service's trail verified (P6.4)."""
    while True:
        found = await w["审计管理员·一"].do("VerifyTrails")
        if "running" not in {one.verdict for one in found.trails}:
            break
    for one in found.trails:
        first = f"{one.verdict} {one.findings[0].what}" if one.findings else one.verdict
        w.check(f"{one.service}审计链", first, "intact")
    w.check("核验的审计链", [one.service for one in found.trails], sorted((*SERVICES, "gateway")))
    entries = sum(one.entries for one in found.trails)
    return f"{len(found.trails)}个服务的审计链完整，共{entries}条"


def _whole(change: Node) -> bool:
    """Who, when, what; the first version of a record has no before."""
    told = change.person and change.role and change.day and change.action and change.after
    return bool(told) and bool(change.before or change.version == 1)


def _where(change: Node) -> str:
    return f"{change.service} {change.aggregate} 第{change.version}版 {change.action}"


def _gaps(changes: Iterable[Node]) -> list[str]:
    """Versions of a record run 1, 2, 3 … without a gap."""
    versions: dict[tuple[str, str, str], list[int]] = {}
    for one in changes:
        key = (one.service, one.aggregate, one.aggregate_id)
        versions.setdefault(key, []).append(one.version)
    return [
        f"{key[0]} {key[1]} {found}"
        for key, found in versions.items()
        if sorted(found) != list(range(1, len(found) + 1))
    ]


def _missing(w: World, changes: list[Node]) -> list[str]:
    """Acts of the trail that no change of their days tells of."""
    days = _days()
    return [
        f"第{act}幕 {rpc} {who}"
        for act, rpc, who in TRAIL
        if act in days and not any(_tells(w, one, days[act], rpc, who) for one in changes)
    ]


def _tells(w: World, change: Node, days: set[str], rpc: str, who: str) -> bool:
    one = operation(rpc)
    by = not who or change.person == _id(w, who)
    return by and change.day in days and change.action in (one.method, one.access.action)


def _days() -> dict[int, set[str]]:
    """The days of every act that is written."""
    acts = importlib.import_module(__package__).year_of_acts()
    return {act.no: set(act.steps) for act in acts}


def _id(w: World, who: str) -> str:
    clients = {one.name: one.client_id for one in (w.treasury, w.budget_system)}
    return clients.get(who) or w[who].person_id


def _save(w: World, changes: list[Node]) -> Path:
    """The page as a file beside the installation's other files."""
    folder = Path(getattr(w.stack, "folder", "."))
    file = folder / f"档案-{w.kept['A.code']}.json"
    file.write_text(
        json.dumps([one.tree for one in changes], ensure_ascii=False, indent=1), encoding="utf-8"
    )
    w.kept["A.dossier"] = file
    return file


async def _read_denials(w: World) -> int:
    """What was refused at the door: with person, role and action (D-7, T-9)."""
    entries = await w["审计管理员·一"].everything("ListAccessLog", "entries", outcome="denied")
    found = {(one.person_id, one.action) for one in entries}
    for who, rpc in (("资助中心·一", "ReviewTargetFirst"), ("财政局·乙", "DecideLinkage")):
        named = (w[who].person_id, operation(rpc).access.action)
        w.check(f"访问日志有{who}的拒绝", named in found, expected=True)
    w.check("访问日志项目完整", all(one.role and one.day for one in entries), expected=True)
    return len(entries)
