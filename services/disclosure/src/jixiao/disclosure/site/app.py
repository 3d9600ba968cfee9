"""The public site's addresses: each page as HTML without script, as JSON, tables as CSV (A-15)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.convertors import Convertor, StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import charts, sheets, texts
from .entries import COLUMNS, entries
from .guarding import SAID, Guard, Pace
from .reading import Page, Reading
from .searching import asked, patterns

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=60",
}
KINDS = ("targets", "self", "key", "allocation")
KINDS_OF_REPORTS = ("overall_picture", "notice")


class _Digits(Convertor[int]):
    """A number no longer than what the database holds; Starlette's own `int` knows no end."""

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


class _Year(_Digits):
    regex = "[0-9]{4}"


class _Version(_Digits):
    regex = "[1-9][0-9]{0,5}"


class _PublicId(StringConvertor):
    regex = "[a-z2-7]{8}"  # as adapters/publications.py draws it


register_url_convertor("year", _Year())
register_url_convertor("version", _Version())
register_url_convertor("public_id", _PublicId())


@dataclass(slots=True)
class Answer:
    """What an address says, before its form is chosen."""

    template: str
    title: str
    data: Any
    context: dict[str, Any] = field(default_factory=dict)
    rows: "list[list[Any]] | None" = None
    status: int = 200


Handler = Callable[[Request, Reading], Awaitable[Answer]]


def missing() -> Answer:
    """404: never published and never was look alike."""
    return Answer("missing.html", "未找到页面", {"error": "未找到该页面"}, status=404)


def gone(page: Page) -> Answer:
    """410: it was published and is withdrawn; the reason stands in its place."""
    data = {
        "error": "依法撤下", "reason": page.reason,
        "withdrawn_on": page.withdrawn_on.isoformat() if page.withdrawn_on else None,
    }  # fmt: skip
    return Answer("gone.html", "内容已撤下", data, {"page": page}, status=410)


async def home(_request: Request, reading: Reading) -> Answer:
    """How much money, how many programmes, how they did."""
    pages = await reading.everything()
    overall = [p for p in pages if p.kind == "overall_picture"]
    listed = entries(pages)
    years = sorted({p.year for p in pages}, reverse=True)
    data = {
        "years": years, "programmes": len(listed), "note": "不含涉密内容",
        "overall": [p.about for p in overall],
    }  # fmt: skip
    latest = sorted(pages, key=lambda p: p.day, reverse=True)[:10]
    context = {"years": years, "overall": overall, "listed": listed, "latest": latest}
    return Answer("home.html", "预算绩效信息公开", data, context)


async def year(request: Request, reading: Reading) -> Answer:
    """All programmes of a year, by department."""
    of = int(request.path_params["year"])
    pages = [p for p in await reading.everything() if p.year == of]
    if not pages:
        return missing()
    return _listing(f"{of}年度", pages, {"year": of})


async def department(request: Request, reading: Reading) -> Answer:
    """The programmes of a department in a year."""
    code, of = request.path_params["code"], int(request.path_params["year"])
    pages = [
        p for p in await reading.everything()
        if p.year == of and p.snapshot["department"]["code"] == code and "unit" in p.snapshot
    ]  # fmt: skip
    if not pages:
        return missing()
    name = pages[0].snapshot["department"]["name"]
    return _listing(f"{name}{of}年度", pages, {"year": of})


def _listing(title: str, pages: list[Page], context: dict[str, Any]) -> Answer:
    listed = entries(pages)
    reports = [p for p in pages if "unit" not in p.snapshot]
    data = {
        "title": title, "note": "不含涉密内容", "count": len(listed),
        "programmes": [e.data() for e in listed], "reports": [p.about for p in reports],
    }  # fmt: skip
    rows: list[list[Any]] = [list(COLUMNS.values()), *(e.row() for e in listed)]
    return Answer("list.html", title, data, {"listed": listed, "reports": reports, **context}, rows)


async def programme(request: Request, reading: Reading) -> Answer:
    """Everything published of one programme."""
    pages = await reading.programme(request.path_params["public_id"])
    live = [p for p in pages if p.withdrawn_on is None and "unit" in p.snapshot]
    if not live:
        return gone(pages[0]) if pages and pages[0].kind in KINDS else missing()
    data = {"public_id": live[0].public_id, "pages": [p.about for p in live]}
    return Answer("programme.html", live[0].snapshot["name"], data, {"pages": live})


async def page(request: Request, reading: Reading) -> Answer:
    """One page of a programme, or one version of it."""
    params = request.path_params
    if params["kind"] not in KINDS:
        return missing()
    versions = await reading.versions(params["public_id"], int(params["year"]), params["kind"])
    return _shown(versions, params.get("number"))


async def report(request: Request, reading: Reading) -> Answer:
    """A page that is no programme's: the overall picture, a notice."""
    params = request.path_params
    pages = await reading.programme(params["public_id"])
    if not pages or pages[0].kind not in KINDS_OF_REPORTS:
        return missing()
    first = pages[0]
    versions = await reading.versions(first.public_id, first.year, first.kind)
    return _shown(versions, params.get("number"))


def _shown(versions: list[Page], number: int | None) -> Answer:
    wanted = [v for v in versions if v.number == number] if number else versions
    if not wanted:
        return missing()
    shown = wanted[0]
    if shown.withdrawn_on is not None:
        return gone(shown)
    context = {"page": shown, "p": shown.snapshot, "versions": versions}
    return Answer(
        "page.html", str(shown.snapshot["title"]), shown.about, context, sheets.of_page(shown)
    )


async def search(request: Request, reading: Reading) -> Answer:
    """Pages in which every term stands."""
    query = asked(request.query_params.get("q", ""))
    found = await reading.found(patterns(query))
    data = {"query": query, "count": len(found), "pages": [p.about for p in found]}
    return Answer("search.html", "检索", data, {"query": query, "found": found})


async def corrections(_request: Request, reading: Reading) -> Answer:
    """What was corrected, why and when."""
    found = await reading.corrections()
    return Answer("corrections.html", "更正记录", [p.about for p in found], {"found": found})


async def about(_request: Request, _reading: Reading) -> Answer:
    """What the site is."""
    text = "本站公开预算绩效目标、评价结果与转移支付安排，不含涉密内容。"
    return Answer(
        "about.html", "关于本站", {"about": text, "columns": COLUMNS}, {"columns": COLUMNS}
    )


async def data_programmes(_request: Request, reading: Reading) -> Answer:
    """All programmes as open data."""
    return _listing("全部项目", await reading.everything(), {"year": None})


async def data_allocations(_request: Request, reading: Reading) -> Answer:
    """All allocations as open data."""
    pages = [p for p in await reading.everything() if p.kind == "allocation"]
    listing = _listing("全部分配安排", pages, {"year": None})
    listing.data = {"note": "不含涉密内容", "allocations": [p.about for p in pages]}
    listing.rows = sheets.allocations(pages)
    return listing


ADDRESSES: "list[tuple[str, Handler, str]]" = [
    ("/data/programmes", data_programmes, "json csv"),
    ("/data/allocations", data_allocations, "json csv"),
    ("/search", search, "json html"),
    ("/corrections", corrections, "json html"),
    ("/about", about, "json html"),
    ("/departments/{code}/{year:year}", department, "json csv html"),
    (
        "/programmes/{public_id:public_id}/{year:year}/{kind}/v{number:version}",
        page,
        "json csv html",
    ),
    ("/programmes/{public_id:public_id}/{year:year}/{kind}", page, "json csv html"),
    ("/programmes/{public_id:public_id}", programme, "json html"),
    ("/reports/{public_id:public_id}/v{number:version}", report, "json csv html"),
    ("/reports/{public_id:public_id}", report, "json csv html"),
    ("/{year:year}", year, "json csv html"),
    ("/index", home, "json"),
    ("/", home, "html"),
]


class Site:
    """Chooses the form of an answer and sends it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters |= {
            "money": texts.money, "grade": texts.grade, "level": texts.level, "shown": texts.shown,
        }  # fmt: skip
        self._templates.globals |= {
            "bar": charts.bar, "kinds": texts.KINDS, "sources": texts.SOURCES,
            "factors": texts.FACTORS,
        }  # fmt: skip

    def routes(self) -> list[Route]:
        """Every address in every form; a form goes before its HTML, whose name would swallow it."""
        made = [
            Route("/healthz", self._alive), Route("/readyz", self._ready),
            Route("/style.css", self._style), Route("/sitemap.xml", self._sitemap),
        ]  # fmt: skip
        for path, handler, forms in ADDRESSES:
            for form in forms.split():
                suffix = "" if form == "html" else f".{form}"
                made.append(Route(path + suffix, self._endpoint(handler, form)))
        made.append(Route("/{rest:path}", self._endpoint(_nothing, "html")))
        return made

    def _endpoint(self, handler: Handler, form: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return self._response(request, await handler(request, self._reading), form)

        return answer

    def _response(self, request: Request, answer: Answer, form: str) -> Response:
        if form == "csv" and answer.rows is not None:
            body, media = sheets.document(answer.rows), "text/csv; charset=utf-8"
        elif form == "json" or (form == "csv" and answer.rows is None):
            body, media = bytes(JSONResponse(answer.data).body), "application/json"
        else:
            html = self._templates.get_template(answer.template).render(
                title=answer.title, path=request.scope["path"], **answer.context
            )
            body, media = html.encode(), "text/html; charset=utf-8"
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {**HEADERS, "ETag": etag}
        if answer.status == 200 and request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, answer.status, headers, media)

    def failed(self, status: int, more: Mapping[str, str]) -> Response:
        """The page of a request that found no answer; nobody keeps it."""
        title, sentence = SAID.get(status, SAID[500])
        html = self._templates.get_template("failed.html").render(title=title, sentence=sentence)
        headers = {**HEADERS, "Cache-Control": "no-store", **more}
        return Response(html, status, headers, "text/html; charset=utf-8")

    async def refused(self, _request: Request, error: Exception) -> Response:
        """What the framework itself refuses: its English stays inside."""
        if not isinstance(error, HTTPException):
            raise error
        return self.failed(error.status_code, error.headers or {})

    async def _alive(self, _request: Request) -> Response:
        return Response("ok", media_type="text/plain")

    async def _ready(self, _request: Request) -> Response:
        try:
            await self._reading.programme("")
        except Exception:  # noqa: BLE001 - whatever it is, the site is not ready
            return Response("not ready", 503, media_type="text/plain")
        return Response("ok", media_type="text/plain")

    async def _style(self, _request: Request) -> Response:
        css = (HERE / "style.css").read_bytes()
        return Response(css, 200, HEADERS, "text/css; charset=utf-8")

    async def _sitemap(self, request: Request) -> Response:
        pages = await self._reading.everything()
        paths = ["/", "/corrections", "/about", *sorted({f"/{p.year}" for p in pages})]
        paths += sorted({p.address for p in pages})
        paths += sorted({f"/programmes/{e.public_id}" for e in entries(pages)})
        body = self._templates.get_template("sitemap.xml").render(
            base=str(request.base_url).rstrip("/"), paths=paths
        )
        return Response(body, 200, HEADERS, "application/xml")


async def _nothing(_request: Request, _reading: Reading) -> Answer:
    return missing()


def build(reading: Reading, pace: Pace) -> Starlette:
    """The application, which lets each address read at `pace`."""
    site = Site(reading)
    return Starlette(
        routes=site.routes(),
        exception_handlers={HTTPException: site.refused},
        middleware=[Middleware(Guard, failed=site.failed, pace=pace)],
    )
