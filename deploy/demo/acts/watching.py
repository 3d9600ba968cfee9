"""Acts 53 to 58: executed money by month, the key list, and what scope and role deny."""

import calendar
import re
from datetime import date
from typing import Any
from uuid import uuid4

from ..figures import Node, money, yuan
from ..officials import NotRefused, Person, Refusal, refused
from ..walk import Step, World
from .applying import YEAR

HANDED_OVER = (
    "2025-02-07", "2025-03-05", "2025-04-08", "2025-05-08", "2025-06-05", "2025-07-03",
    "2025-08-01", "2025-09-03", "2025-10-09", "2025-11-05", "2025-12-03", "2026-01-06",
)  # fmt: skip
"""Days on which the treasury hands over, one a month."""
QUARTERS = {"07": "executed_07", "09": "executed_09", "12": "executed_12"}


def executed(w: World, month: str) -> dict[str, str]:
    """Executed from 1 January to the end of the month, by key."""
    f = w.figures
    known = {"A": f.A.execution_2025.get(month), "G": f.G.execution_2025.get(month)}
    known |= {road.key: road.execution_2025.get(month) for road in f.roads}
    if month in QUARTERS:
        known |= {project.key: project[QUARTERS[month]] for project in f.projects}
    return {key: yuan(amount) for key, amount in known.items() if amount is not None}


def batch(w: World, month: int) -> list[dict[str, Any]]:
    """The rows of a month; G's carried-in money and the year's own are two rows."""
    last = date(YEAR, month, calendar.monthrange(YEAR, month)[1]).isoformat()
    rows = []
    for key, amount in executed(w, f"{month:02}").items():
        row = {"programme_code": w.kept[f"{key}.code"], "day": last, "executed": amount}
        if key == "G":
            old = money(w.figures.G.executed_of_2024_money)
            rows.append(row | {"executed": yuan(old), "first_budget_year": YEAR - 1})
            row["executed"] = yuan(money(amount) - old)
        rows.append(row)
    unknown = w.figures.treasury_batches.unknown_code
    if unknown.batch == HANDED_OVER[month - 1]:
        rows.append({"programme_code": unknown.code, "day": last, "executed": unknown.executed})
    return rows


def hand_over(month: int) -> Step:
    """Act 53: the step of one month."""

    async def step(w: World) -> str:
        sent = {"rows": batch(w, month), "request_id": str(uuid4())}
        answer = await w.treasury.do("ImportExecution", **sent)
        w.kept[f"batch.{month}"] = (sent, answer)
        await w.settle()
        for key, amount in executed(w, f"{month:02}").items():
            ledger = await w["财政局·丁"].do("GetExecution", programme_id=w.ids[key], year=YEAR)
            w.check(f"{key}截至{month}月执行数", ledger.executed, amount)
        return f"{month}月：入账{answer.applied}行，待认领{len(answer.queued)}行"

    return step


async def choose_key_programmes(w: World) -> str:
    """Act 54: A by its risk points, D named by the district government."""
    finance = w["财政局·丁"]
    suggested = await finance.do("SuggestKeyMonitoring", year=YEAR)
    scores = {one.programme_id: one for one in suggested.scores}
    expected = w.figures.A.risk_points_2025_02
    w.check("A风险分", scores[w.ids["A"]].total, expected.total)
    w.check("A建议重点监控", scores[w.ids["A"]].suggested, True)  # noqa: FBT003 - expected
    chosen = (w.ids["A"], w.ids["D"])
    await finance.do(
        "ChooseKeyMonitoring",
        year=YEAR,
        entries=[
            {"programme_id": chosen[0], "ground": "suggested"},
            {"programme_id": chosen[1], "ground": "government",
             "document_number": "张政办字〔2025〕6号", "reason": "区政府指定"},
        ],
        left_out=[
            {"programme_id": one.programme_id, "reason": "镇办已列入日常监控"}
            for one in suggested.scores
            if one.suggested and one.programme_id not in chosen
        ],
    )  # fmt: skip
    listed = await finance.everything("ListKeyMonitoring", "entries", year=YEAR)
    w.check("重点监控名单", sorted(one.programme_id for one in listed), sorted(chosen))
    return f"A {scores[w.ids['A']].total}分，D由区政府指定"


async def look_across(w: World) -> str:
    """Act 55: other line, other town, other line in the own town, other unit: all as absent."""
    tries = [(w["教体局·丑"], "GetProgramme", {"programme_id": w.ids["C"]})]
    projects, roads = w.figures.projects, w.figures.roads
    other = [(a, b) for a in w.figures.towns for b in projects if b.town != a.code]
    if other:
        town, project = _preferred(other, "南定镇")
        tries.append((w["财政所·甲", town.code], "GetProgramme",
                      {"programme_id": w.ids[project.key]}))  # fmt: skip
    shared = [road for road in roads if w.figures.town(road.town)]
    if shared:
        tries.append((w["卫健办·子", shared[0].town], "GetProgramme",
                      {"programme_id": w.ids[shared[0].key]}))  # fmt: skip
    pairs = [(a, b) for a in projects for b in projects if a.town == b.town and a.key < b.key]
    if pairs:
        tries.append((w["医院·一", pairs[0][0].key], "GetTarget",
                      {"target_id": w.ids[f"{pairs[0][1].key}.target"]}))  # fmt: skip
    for person, rpc, named in tries:
        await as_absent(person, rpc, named)
    return f"{len(tries)}次均为404，与不存在的记录逐字相同"


def _preferred(pairs: list[tuple[Node, Node]], name: str) -> tuple[Node, Node]:
    return next((pair for pair in pairs if pair[0].name == name), pairs[0])


async def as_absent(person: Person, rpc: str, named: dict[str, str]) -> None:
    """A record out of scope answers as none at all, the id and the trace apart."""
    bodies = []
    for one in (named, dict.fromkeys(named, str(uuid4()))):
        async with refused(404) as caught:
            await person.do(rpc, **one)
        bodies.append(_blank(caught[0], next(iter(one.values()))))
    if bodies[0] != bodies[1]:
        raise NotRefused(f"out of scope and absent differ: {bodies}")


def _blank(refusal: Refusal, named: str) -> str:
    text = refusal.body.decode().replace(named, "")
    return re.sub(r'"trace": ?"[0-9a-f]*"', "", text)


async def send_again(w: World) -> str:
    """Act 57, first day: twice with one id is once; the id with another amount is refused."""
    unknown = w.figures.treasury_batches.unknown_code
    month = HANDED_OVER.index(unknown.batch) + 1
    sent, answer = w.kept[f"batch.{month}"]
    w.check("待认领代码", [one.row.programme_code for one in answer.queued], [unknown.code])
    again = await w.treasury.do("ImportExecution", **sent)
    w.check("重复报送同一答复", again.batch_id, answer.batch_id)
    queued = await w["财政局·丁"].everything(
        "ListQueuedExecution", "rows", year=YEAR, state="queued"
    )
    w.check("待认领行数", len(queued), 1)
    other = [dict(row) for row in sent["rows"]]
    other[-1]["executed"] = yuan(money(unknown.executed) + 1)
    await w.treasury.refused(
        "ImportExecution", "INVALID_ARGUMENT", "request_id_reused",
        rows=other, request_id=sent["request_id"],
    )  # fmt: skip
    w.ids["queued"] = queued[0].queue_id
    return f"{unknown.code} 待认领；同一编号另一内容被拒"


async def withdraw_unknown(w: World) -> str:
    """Act 57, second day: withdrawn with the next batch, kept with its fate."""
    fate = "某学校基本支出，不属于本系统项目"
    queued = await w.treasury.do("ListQueuedExecution", year=YEAR, state="queued")
    row = await w.treasury.do(
        "WithdrawExecutionRow", queue_id=w.ids["queued"], fate=fate, etag=queued.rows[0].etag
    )
    w.check("待认领行状态", row.state, "withdrawn")
    return f"已撤回：{row.fate}"


async def lack_the_role(w: World) -> str:
    """Act 58: audit, finance, an administrator and both clients try what their role lacks."""
    finding: dict[str, Any] = {"programme_id": w.ids["A"], "year": YEAR}
    finding |= {"severity": "minor", "text": "试填"}
    form = {"annual_text": "试填", "amount": "1.00"}
    async with refused(403) as caught:
        await w["审计局·甲"].do("OpenFinding", **finding)
    async with refused(403):
        await w["财政局·甲"].do("SubmitTarget", programme_id=w.ids["A"], year=YEAR, form=form)
    async with refused(403):
        await w["系统管理员·一"].do("GetProgramme", programme_id=w.ids["A"])
    await w.treasury.refused(
        "RecordBudget", "PERMISSION_DENIED",
        code=w.kept["A.code"], year=YEAR, kind="adjustment", amount="1.00",
    )  # fmt: skip
    await w.budget_system.refused(
        "MayPay", "PERMISSION_DENIED", programme_code=w.kept["A.code"], amount="1.00"
    )
    return f"5次：{caught[0].sentence}"
