"""Acts 51 and 52: what must be published, by two people, in time or named as late."""

import csv
import io
import json
from datetime import date
from typing import Any

import httpx

from ..figures import Node
from ..officials import Person
from ..walk import World
from .applying import YEAR
from .releasing import duty_of


async def publish(w: World, proposer: Person, reviewer: Person, duty: Node, **more: Any) -> Node:
    """Propose, and let another do the secrecy review; the publication."""
    proposed = await proposer.do("ProposePublication", duty_id=duty.duty_id, etag=duty.etag, **more)
    # What is overdue stays so until it is published: the clock alone enters and leaves it.
    awaited = "overdue" if duty.state == "overdue" else "prepared"
    w.check(f"{duty.title}公开状态", proposed.state, awaited)
    done = await reviewer.do("ConfirmPublication", duty_id=duty.duty_id)
    w.check(f"{duty.title}公开状态", done.state, "published")
    return done


async def page(w: World, address: str) -> httpx.Response:
    """What anyone sees at an address of the public site."""
    async with httpx.AsyncClient(base_url=w.stack.site_url, timeout=20) as public:
        return await public.get(address)


async def publish_targets(w: World) -> str:
    """Act 51: A's target, C's targets of all levels, C's allocation by town."""
    duty = await duty_of(w["教体局·寅"], w.ids["A"], "targets")
    published = await publish(w, w["教体局·寅"], w["教体局·卯"], duty)
    w.kept["A.public"] = published.public_id
    listed = await w["卫健局·寅"].everything(
        "ListDuties", "duties", year=YEAR, kind="targets", state="due"
    )
    for one in listed:
        done = await publish(w, w["卫健局·寅"], w["卫健局·卯"], one)
        if one.programme_id == w.ids["C"]:
            w.kept["C.public"] = done.public_id
    allocation = await duty_of(w["财政局·丁"], w.ids["C"], "allocation")
    await publish(w, w["财政局·丁"], w["财政局·戊"], allocation)
    await w.settle()
    await _look_at_a(w)
    rows = await _recompute(w)
    return f"A的目标、C的{len(listed)}个目标、C的分配结果；{rows}个镇办可自行核算"


async def _look_at_a(w: World) -> None:
    """Page, JSON, CSV: ten indicators of A, no score yet."""
    address = f"/programmes/{w.kept['A.public']}/{YEAR}/targets"
    html, data, table = [await page(w, address + end) for end in ("", ".json", ".csv")]
    names = [row.name for row in w.figures.A.indicators_v2]
    for name in names:
        w.check(f"A公开页含“{name}”", name in html.text, True)  # noqa: FBT003 - expected
        w.check(f"A公开JSON含“{name}”", name in json.dumps(data.json(), ensure_ascii=False), True)  # noqa: FBT003
    rows = list(csv.reader(io.StringIO(table.text.lstrip("\ufeff"))))
    found = [name for name in names if any(name in row for row in rows)]
    w.check("A公开CSV指标数", len(found), len(names))
    w.check("A公开页无自评得分", w.figures.A.self_evaluation.expected.total in html.text, False)  # noqa: FBT003


async def _recompute(w: World) -> int:
    """From the published allocation every town finds its own amount, to the fen."""
    answer = await page(w, f"/programmes/{w.kept['C.public']}/{YEAR}/allocation.csv")
    text = answer.text
    for row in w.figures.towns:
        w.check(f"{row.name}公开分配额", row.amount_2025 in text, True)  # noqa: FBT003 - expected
    return len(w.figures.towns)


async def g_is_late(w: World) -> str:
    """Act 52, first day: overdue at 00:00, named with its lateness."""
    duty = await duty_of(w["水利局·寅"], w.ids["G"], "targets")
    w.check("G公开状态", duty.state, "overdue")
    w.check("G公开逾期天数", duty.days_late, 1)
    return f"逾期{duty.days_late}天"


async def publish_g(w: World) -> str:
    """Act 52, second day: late, and said so."""
    duty = await duty_of(w["水利局·寅"], w.ids["G"], "targets")
    await publish(w, w["水利局·寅"], w["水利局·卯"], duty)
    done = await duty_of(w["水利局·寅"], w.ids["G"], "targets")
    due = w.figures.due("publication of G's target")
    late = (w.stack.today() - date.fromisoformat(due.due)).days
    w.check("G公开逾期天数", done.days_late, late)
    return f"逾期{done.days_late}天公开"
