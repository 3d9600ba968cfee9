"""The public site shows exactly what was published: from a duty to a citizen's page."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from jixiao.api.disclosure.v1 import publications_pb as pb
from jixiao.api.results.v1 import events_pb as results_pb
from jixiao.api.targets.v1 import events_pb as targets_pb
from jixiao.disclosure.site.app import Site, build
from jixiao.disclosure.site.guarding import Pace
from jixiao.disclosure.site.reading import Reading
from jixiao.disclosure.site.sheets import document
from jixiao.disclosure.site.subscriptions import PROJECTIONS, REACTIONS
from jixiao.servicekit.clock import Clock
from jixiao.servicekit.database import Database
from jixiao.servicekit.events import Catalogue, Received
from jixiao.servicekit.identity import Identity
from jixiao.servicekit.inbox import Inbox
from jixiao.servicekit.rebuilding import Outcome, Rebuilding
from jixiao.servicekit.sources import Sources
from jixiao.servicekit.testing import request_id
from jixiao.servicekit.transaction import Transactions
from local import databases

SECRET = "应急物资专项"


@dataclass(slots=True)
class Citizen:
    """Reads the site; `catch_up` lets it hear what the service has told so far."""

    http: httpx.AsyncClient
    inbox: Inbox
    scene: Any
    transactions: Transactions
    known: dict[str, Any] = field(default_factory=dict)

    async def get(self, path: str, status: int = 200, **more: Any) -> httpx.Response:
        answer = await self.http.get(path, **more)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
        return answer

    async def catch_up(self) -> None:
        """Hear the service's outbox, in its order."""
        with self.scene.up.postgres.admin(self.scene.up.database) as admin:
            told = admin.execute(
                "SELECT subject, event_id, aggregate_id, epoch, seq, payload FROM jx.outbox"
                " WHERE subject LIKE 'jixiao.disclosure.publication.%' ORDER BY id"
            ).fetchall()
        for subject, event_id, aggregate, epoch, seq, payload in told:
            await self.inbox.apply(
                Received(subject, event_id, aggregate, epoch, seq, self.scene.today, payload, {})
            )


@pytest.fixture(scope="module")
def site_logins(postgres: Any, templates: Callable[[str], str]) -> databases.Logins:
    """The site's own database: made before a service runs, whose loop must not be held up."""
    databases.create(postgres, "site", "test_site", template=templates("site"))
    return databases.logins(postgres, "site", "test_site")


@pytest.fixture(scope="module")
async def citizen(
    site_logins: databases.Logins, scene: Any, postgres: Any
) -> AsyncIterator[Citizen]:
    """The site on its own database, with A, C and a secret published as far as they may be."""
    database = await Database.open(site_logins.api, site_logins.job)
    transactions = Transactions(database, Clock(), Catalogue("site", []))
    inbox = Inbox("site", "DISCLOSURE", REACTIONS["DISCLOSURE"], transactions, (1.0,))
    transport = httpx.ASGITransport(app=build(Reading(database), Pace.generous()))
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as http:
        reader = Citizen(http, inbox, scene, transactions)
        await _publish(scene, reader.known)
        await reader.catch_up()
        yield reader
    await database.close()
    databases.drop(postgres, "test_site")


async def _publish(scene: Any, known: dict[str, Any]) -> None:
    scene.on("2025-01-16")
    a = await scene.programme("义务教育学生营养改善计划专项资金", "ZD103", "U101")
    c = await scene.programme(
        "家庭医生签约服务区级补助资金", "ZD104", "U000", transfer=True, target_level="overall"
    )
    unpublished = await scene.programme("水旱灾害防御经费", "ZD118", "U118")
    e = uuid4()
    stub = targets_pb.ProgrammeCreated(programme_id=str(e), name=SECRET, classified=True)
    await scene.hear("targets.programme.created", stub, e)
    await scene.hear("results.allocation.approved", _allocation(c), uuid4())
    for programme, amount in ((a, "5880000.00"), (c, "100.00"), (unpublished, "8800000.00")):
        await scene.release(programme, amount, "2025-01-16")
    education = (scene.department("ZD103", "寅"), scene.department("ZD103", "卯"))
    finance = (scene.finance("丁"), scene.finance("戊"))
    known["targets"] = await scene.publish(await scene.duty(a, "targets"), *education)
    known["allocation"] = await scene.publish(await scene.duty(c, "allocation"), *finance)
    await scene.self_evaluation(a)
    scene.on("2026-08-06")
    await scene.final_accounts(a, "2026-07-30", "2026-08-06")
    known["self"] = await scene.publish(await scene.duty(a, "self"), *education)
    known["overall"] = await scene.publish(await scene.duty(None, "overall_picture"), *finance)
    known |= {"a": str(a), "e": str(e)}


def _allocation(c: object) -> results_pb.AllocationApproved:
    parts = [("370303001", "车站街道", "33.34", "1/3"), ("370303101", "南定镇", "66.66", "2/3")]
    return results_pb.AllocationApproved(
        plan_id=str(uuid4()), programme_id=str(c), year=2025, pool="100.00", day="2024-11-20",
        weights={"population": "0.90", "performance": "0.10"}, performance_mode="scaled",
        parts=[
            results_pb.AllocatedPart(
                territory=code, name=name, amount=amount, composite=share, score="90.00",
                values={"population": "1"}, shares={"population": share, "performance": share},
            )
            for code, name, amount, share in parts
        ],
    )  # fmt: skip


def _table(answer: httpx.Response) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_d27_a_page_says_exactly_what_was_published_in_every_form(citizen: Citizen) -> None:
    public_id = citizen.known["self"].public_id
    assert public_id == citizen.known["targets"].public_id
    path = f"/programmes/{public_id}/2025/self"
    data = (await citizen.get(path + ".json")).json()
    assert data["content"] == json.loads(citizen.known["self"].versions[0].snapshot)
    html = (await citizen.get(path)).text
    for row in data["content"]["indicators"]:
        for digits in (row["target"], row["actual"], row["weight"], row["score"]):
            assert digits in html
    assert 'aria-label="得分占分值 92.50%"' in html
    assert "<script" not in html
    rows = _table(await citizen.get(path + ".csv"))
    assert [r[-1] for r in rows[1:]] == ["40.00", "9.25"]
    targets = (await citizen.get(f"/programmes/{public_id}/2025/targets.json")).json()
    assert [r["score"] for r in targets["content"]["indicators"]] == [None, None]  # no score yet
    first = await citizen.get(path)
    await citizen.get(path, 304, headers={"If-None-Match": first.headers["etag"]})


async def test_t32_t35_a_town_recomputes_its_amount_from_the_csv(citizen: Citizen) -> None:
    public_id = citizen.known["allocation"].public_id
    head, *rows = _table(await citizen.get(f"/programmes/{public_id}/2025/allocation.csv"))
    page = (await citizen.get(f"/programmes/{public_id}/2025/allocation")).text
    assert "<dt>发布机构</dt><dd>区财政局</dd>" in page  # finance publishes what it allocated
    for row in rows:
        cell = dict(zip(head, row, strict=True))
        exact = Fraction(cell["总额（元）"]) * Fraction(cell["综合系数"])
        assert abs(exact - Fraction(cell["金额（元）"])) < Fraction(1, 100)
    assert _table(await citizen.get("/data/allocations.csv")) == [head, *rows]


@pytest.mark.attack("A19", "A34")
async def test_a19_a34_d27_t35_nothing_of_a_secret_or_of_the_unpublished_stands_anywhere(
    citizen: Citizen,
) -> None:
    public_id = citizen.known["self"].public_id
    paths = ["/", "/index.json", "/2025", "/2025.json", "/2025.csv", "/data/programmes.json",
             "/data/programmes.csv", "/sitemap.xml", "/about", "/corrections", "/departments/ZD103/2025",
             f"/programmes/{public_id}", f"/reports/{citizen.known['overall'].public_id}",
             f"/search?q={SECRET}", "/search?q=水旱灾害", "/healthz", "/readyz", "/style.css"]  # fmt: skip
    for path in paths:
        text = (await citizen.get(path)).text
        if "search" not in path:
            assert SECRET not in text
            assert "水旱灾害" not in text
        assert citizen.known["e"] not in text
        assert citizen.known["a"] not in text  # not even an internal id of what is public
    assert (await citizen.get(f"/search.json?q={SECRET}")).json()["count"] == 0
    assert (await citizen.get("/search.json?q=水旱灾害")).json()["count"] == 0
    assert (await citizen.get("/search.json?q=营养 教育")).json()["count"] == 2
    assert (await citizen.get("/search.json?q=' OR 1=1--")).json()["count"] == 0
    for guess in (f"/programmes/{citizen.known['e']}", "/programmes/aaaaaaaa", "/departments/ZD120/2025",
                  "/departments/ZD118/2025", "/2024", f"/programmes/{public_id}/2025/key",
                  f"/programmes/{public_id}/2024/self", "/reports/aaaaaaaa"):  # fmt: skip
        await citizen.get(guess, 404)
    head, total, *_ = _table(
        await citizen.get(f"/reports/{citizen.known['overall'].public_id}.csv")
    )
    assert [dict(zip(head, total, strict=True))[word] for word in "优良中差"] == [
        "1",
        "0",
        "0",
        "0",
    ]
    home = (await citizen.get("/")).text
    for link in re.findall('href="([^"]+)"', home):
        await citizen.get(link)  # no link leads to what is not published
    assert "不含涉密内容" in home
    assert (await citizen.get("/data/programmes.json")).json()["note"] == "不含涉密内容"


async def test_r42_a_correction_is_marked_and_a_withdrawn_page_is_gone(citizen: Citizen) -> None:
    scene, published = citizen.scene, citizen.known["self"]
    author, reviewer = scene.department("ZD103", "寅"), scene.department("ZD103", "卯")
    path = f"/programmes/{published.public_id}/2025/self"
    waiting = await author(
        scene.publications.propose_correction,
        pb.ProposeCorrectionRequest(publication_id=published.publication_id, what="得分", why="复核后更正",
                                    etag=published.etag, request_id=request_id()),
    )  # fmt: skip
    corrected = await reviewer(
        scene.publications.confirm_correction,
        pb.ConfirmCorrectionRequest(
            publication_id=published.publication_id, etag=waiting.etag, request_id=request_id()
        ),
    )
    await citizen.catch_up()
    data = (await citizen.get(path + ".json")).json()
    assert (data["version"], data["corrects"], data["correction"]["why"]) == (2, 1, "复核后更正")
    assert (await citizen.get(path + "/v1.json")).json()["version"] == 1
    assert "历史版本" in (await citizen.get(path + "/v1")).text
    assert "复核后更正" in (await citizen.get("/corrections")).text

    await author(
        scene.publications.withdraw_publication,
        pb.WithdrawPublicationRequest(publication_id=published.publication_id, reason="依法撤下：定密",
                                      etag=corrected.etag, request_id=request_id()),
    )  # fmt: skip
    await citizen.catch_up()
    for gone in (path, path + "/v1"):
        assert "依法撤下：定密" in (await citizen.get(gone, 410)).text
    assert "9.25" not in (await citizen.get(path + ".json", 410)).text


async def test_p25_p34_a_site_built_anew_is_the_same_and_its_tombstones_stand(
    citizen: Citizen, folder: Path
) -> None:
    def held() -> list[Any]:
        with citizen.scene.up.postgres.admin("test_site") as admin:
            rows = "SELECT * FROM jx.pages ORDER BY publication_id, number"
            return list(admin.execute(rows).fetchall())

    before = held()
    gone = f"/programmes/{citizen.known['self'].public_id}/2025/self"
    await citizen.get(gone, 410)
    disclosure = {"disclosure": f"127.0.0.1:{citizen.scene.up.running.port}"}
    sources = Sources(Identity("site", folder / "site.pem"), disclosure)
    rebuilding = Rebuilding(PROJECTIONS, [citizen.inbox], sources, citizen.transactions)
    try:
        assert await rebuilding.whole("pages", swap=False, reason="as it is") == Outcome(0)

        with citizen.scene.up.postgres.admin("test_site") as admin:
            admin.execute("UPDATE jx.pages SET words = '', snapshot = '{}' WHERE number = 1")
            admin.execute("UPDATE jx.pages SET withdrawn_on = NULL, reason = ''")
        outcome = await rebuilding.whole("pages", swap=True, reason="somebody wrote here")
    finally:
        await sources.close()
    assert outcome.differing == len(before)
    assert held() == before
    assert "依法撤下：定密" in (await citizen.get(gone, 410)).text


SCRIPT = "<script>alert(1)</script>\"'"


def _scripted(value: Any) -> Any:
    """The same with a script behind each Chinese text that an official typed."""
    match value:
        case str() if not value.isascii():
            return value + SCRIPT
        case dict():
            return {name: _scripted(held) for name, held in value.items()}
        case list():
            return [_scripted(one) for one in value]
        case _:
            return value


class _Scripted(Reading):
    async def everything(self) -> Any:
        return [replace(p, snapshot=_scripted(p.snapshot)) for p in await super().everything()]

    async def versions(self, *of: Any) -> Any:
        return [replace(p, snapshot=_scripted(p.snapshot)) for p in await super().versions(*of)]


async def _read(site: Site, path: str) -> str:
    transport = httpx.ASGITransport(app=Starlette(routes=site.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as http:
        return (await http.get(path)).text


@pytest.mark.attack("A35")
async def test_a35_a_script_in_what_officials_typed_is_text_on_every_page(
    citizen: Citizen, site_logins: databases.Logins
) -> None:
    database = await Database.open(site_logins.api, site_logins.job)
    await citizen.get("/")
    reading = _Scripted(database)
    site, path = Site(reading), (await reading.everything())[0].address
    try:
        for address in ("/", "/2025", path):
            html = await _read(site, address)
            assert "&lt;script&gt;" in html, address
            assert "<script" not in html, address
        assert "<script" not in await _read(site, "/search?q=" + quote(SCRIPT))
        site._templates.autoescape = False
        site._templates.cache.clear()  # type: ignore[union-attr]
        assert "<script" in await _read(site, path)
    finally:
        await database.close()


@pytest.mark.attack("A36")
def test_a36_a_cell_that_a_spreadsheet_would_run_is_neutral() -> None:
    runs = [
        "=cmd|'/c calc'!A1",
        "+1+1",
        "-2+3",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "＋1",
        "－x",
        "＠x",
    ]
    text = document([[*runs, "-5.00", "95%", "a=b"]]).decode("utf-8-sig")
    cells = next(csv.reader(io.StringIO(text, newline="")))
    assert cells == [*(f"'{one}" for one in runs), "-5.00", "95%", "a=b"]
