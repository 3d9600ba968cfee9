"""Act 112: anyone looks at the public site: what was published, the same digits, and no more.

Needs in `w.kept`: `A.public`, `C.public`, `D.public`, `overall.public`, `E.code`; in `w.ids`: `E`.
"""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import urlparse
from uuid import uuid4

import httpx

from ..figures import Node
from ..walk import World
from .applying import YEAR
from .disclosing import PUBLIC_NAMES, check_totals

KEPT_PAGES = ("/", "/corrections", "/about", "/data/programmes.json", "/data/programmes.csv",
              "/data/allocations.json", "/data/allocations.csv", "/index.json")  # fmt: skip


async def look(w: World) -> str:
    """Pages, search, JSON, CSV, site map; a guessed address; nothing of E."""
    async with httpx.AsyncClient(base_url=w.stack.site_url, timeout=30) as public:
        mapped = await _site_map(public)
        published = await w["财政局·丁"].everything("ListPublications", "publications")
        await _same_as_published(w, public, published, mapped)
        await _look_at_a(w, public)
        await _look_at_results(w, public)
        await _search(w, public)
        await _guess(w, public)
        seen = await _nothing_of_e(w, public, mapped)
    return f"{len(published)}个公开页与发布内容逐字一致；{seen}个地址中无E；猜测的地址404"


async def _text(public: httpx.AsyncClient, address: str) -> str:
    answer = await public.get(address)
    if answer.status_code != 200:
        raise LookupError(f"{address}: {answer.status_code}")
    return answer.content.decode("utf-8-sig")


async def _data(public: httpx.AsyncClient, address: str) -> Any:
    return json.loads(await _text(public, address))


async def _site_map(public: httpx.AsyncClient) -> list[str]:
    found = re.findall(r"<loc>(.*?)</loc>", await _text(public, "/sitemap.xml"))
    return [urlparse(one).path or "/" for one in found]


def address_of(publication: Node) -> str:
    """The stable address of a publication; of no programme's under /reports."""
    if publication.programme_id:
        return f"/programmes/{publication.public_id}/{publication.year}/{publication.kind}"
    return f"/reports/{publication.public_id}"


async def _same_as_published(
    w: World, public: httpx.AsyncClient, published: list[Node], mapped: list[str]
) -> None:
    """Every publication has its page with the same content, and no other page is there."""
    addresses = {address_of(one): one for one in published}
    pages = [path for path in mapped if path.count("/") == 4 or path.startswith("/reports/")]
    w.check("公开页地址", sorted(pages), sorted(addresses))
    different = []
    for address, one in addresses.items():
        shown = (await _data(public, f"{address}.json"))["content"]
        await _text(public, address)
        if shown != json.loads(one.versions[-1].snapshot):
            different.append(address)
    w.check("与发布内容不一致的公开页", different, [])


async def _look_at_a(w: World, public: httpx.AsyncClient) -> None:
    """A's result: on the page, in JSON and CSV the digits that were computed."""
    a, address = w.figures.A, f"/programmes/{w.kept['A.public']}/{YEAR}/self"
    html, table = await _text(public, address), await _text(public, f"{address}.csv")
    content = (await _data(public, f"{address}.json"))["content"]
    own, recheck = a.self_evaluation, a.spot_check
    for name, expected in (
        ("self_score", own.expected.total), ("recheck_score", recheck.rescored.total),
        ("difference", recheck.expected.diff), ("grade", recheck.rescored.grade),
        ("budget", own.full_year_budget), ("executed", own.executed),
        ("execution_score", own.expected.execution), ("rate_pct", own.expected.rate_pct),
    ):  # fmt: skip
        w.check(f"网站A {name}", content[name], expected)
    for figure in (own.expected.total, recheck.rescored.total, recheck.expected.diff):
        w.check(f"网站A页面含{figure}", figure in html, True)  # noqa: FBT003 - expected
    names = {row.code: row.name for row in a.indicators_v2}
    scores = {row["name"]: row["score"] for row in content["indicators"]}
    rows = {row[3]: row for row in csv.reader(io.StringIO(table)) if len(row) > 3}
    for code, expected in own.expected.indicator_scores.items():
        w.check(f"网站A JSON {code}得分", scores[names[code]], expected)
        w.check(f"网站A CSV {code}得分", rows[names[code]][-1], expected)


async def _look_at_results(w: World, public: httpx.AsyncClient) -> None:
    """D's key evaluation with who evaluated; the overall picture with its totals."""
    key = w.figures.D.key_evaluation
    address = f"/programmes/{w.kept['D.public']}/{YEAR}/key"
    html = await _text(public, address)
    content = (await _data(public, f"{address}.json"))["content"]
    w.check("网站D得分", content["total"], key.total)
    for words in (key.total, content["evaluator"], *key.main_problems):
        w.check(f"网站D页面含“{words}”", words in html, True)  # noqa: FBT003 - expected
    report = f"/reports/{w.kept['overall.public']}"
    overall = (await _data(public, f"{report}.json"))["content"]
    check_totals(w, "网站全区", overall["totals"], w.figures.control_totals.all)
    text = await _text(public, f"{report}.csv")
    for name in PUBLIC_NAMES.values():
        w.check(f"网站总体CSV含{name}", str(overall["totals"][name]) in text, True)  # noqa: FBT003
    html = await _text(public, report)
    for words in (w.figures.E.public_totals_say,):
        w.check(f"网站总体情况含“{words}”", words in html, True)  # noqa: FBT003 - expected


async def _search(w: World, public: httpx.AsyncClient) -> None:
    """A is found by its name, on the page and as data."""
    query = {"q": w.figures.A.programme.name}
    found = (await public.get("/search.json", params=query)).json()
    listed = [one["public_id"] for one in found["pages"]]
    w.check("检索到A", w.kept["A.public"] in listed, True)  # noqa: FBT003 - expected
    page = await public.get("/search", params=query)
    address = f"/programmes/{w.kept['A.public']}/{YEAR}/self"
    w.check("检索页有A的地址", address in page.text, True)  # noqa: FBT003 - expected


async def _guess(w: World, public: httpx.AsyncClient) -> None:
    """What was never published and what never was look alike."""
    answers = []
    for name in (w.ids["E"], str(uuid4()), w.kept["E.code"]):
        for address in (f"/programmes/{name}", f"/programmes/{name}/{YEAR}/targets"):
            answer = await public.get(address)
            answers.append((answer.status_code, answer.text.replace(name, "")))
    w.check("猜测的地址", sorted({status for status, _ in answers}), [404])
    w.check("猜测的地址答复相同", len(set(answers)), 1)


async def _nothing_of_e(w: World, public: httpx.AsyncClient, mapped: list[str]) -> int:
    """No address, no count, no hit, no gap: neither code nor id nor line stands anywhere."""
    line = w.figures.E.programme.line
    secrets = (w.ids["E"], w.kept["E.code"], line)
    addresses = [*KEPT_PAGES, *mapped, f"/{YEAR}.json", f"/{YEAR}.csv"]
    told = []
    for address in dict.fromkeys(addresses):
        text = await _text(public, address)
        told += [address for secret in secrets if secret in text]
    w.check("含E的公开页", told, [])
    w.check("E的部门页", (await public.get(f"/departments/{line}/{YEAR}")).status_code, 404)
    for query in (w.kept["E.code"], line, w.figures.E.programme.department):
        found = (await public.get("/search.json", params={"q": query})).json()
        w.check(f"检索“{query}”", found["count"], 0)
    return len(set(addresses))
