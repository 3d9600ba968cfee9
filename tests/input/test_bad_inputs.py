"""Section 10 of the promises by number, through the real door before real services.

B27 (a GBK-encoded CSV) comes alive with the first import by file: the contract has none yet, rows
come as messages (B39). B28 shows that a CSV is refused by its type meanwhile.
"""

import io
import json
import re
import time
import zipfile
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from jixiao.gateway.routes import UNSAFE, contract_services, operations_of

from .target_form import DESCRIPTION, target_form

PROGRAMMES, IMPORT, RETURN = "/v1/programmes", "/v1/execution:import", "/v1/targets/{id}:return"
TARGETS, PREVIEW = "/v1/programmes/{programme}/targets", "/v1/published-forms:preview"


def described(**changes: Any) -> dict[str, Any]:
    return {"year": 2026, "description": DESCRIPTION | changes}


def spelled(body: Any, literal: str) -> str:
    """JSON with the one value "@@" written out literally."""
    return json.dumps(body, ensure_ascii=False).replace('"@@"', literal)


def rows(*changed: tuple[int, dict[str, Any]], count: int = 3) -> dict[str, Any]:
    """A batch, some of its rows changed."""
    made = [
        {"programme_code": f"P-{n}", "day": "2026-01-31", "executed": f"{n}.00"}
        for n in range(count)
    ]
    for at, how in changed:
        made[at] |= how
    return {"rows": made}


@dataclass(frozen=True)
class Bad:
    """A request, and what it must be answered; `pointer` None: a problem of the whole request."""

    number: str
    path: str
    body: Any
    status: int
    code: str = ""
    pointer: str | None = None
    who: str = "li"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes | None:
        """The bytes sent; None for a read."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode("utf-8", "surrogatepass")


NAME, YEAR, CODE = "/description/name", "/year", "/rows/1/programme_code"
CSV = {"Content-Type": "text/csv"}
TABLE = [
    Bad("B1", PROGRAMMES, spelled(described() | {"year": "@@"}, "NaN"), 400, "json_syntax"),
    Bad("B2", PROGRAMMES, spelled(described() | {"year": "@@"}, "1e400"), 400, "json_syntax"),
    Bad("B3", PROGRAMMES, '{"year":2026,"year":2027}', 400, "json_duplicate_key"),
    Bad("B4", PROGRAMMES, '{"unit":' + "[" * 32 + "]" * 32 + "}", 400, "json_depth"),
    Bad("B5", PROGRAMMES, spelled(described() | {"year": "@@"}, "9" * 5_000), 422, "int_range", YEAR),
    Bad("B6", PROGRAMMES, described() | {"year": 2**63}, 422, "int_range", YEAR),
    Bad("B7", PROGRAMMES, described(total_amount=12.1), 422, "money_type", "/description/total_amount"),
    Bad("B8", PROGRAMMES, described(total_amount="12.345"), 422, "money_format", "/description/total_amount"),
    Bad("B9", PROGRAMMES, described(total_amount="1,000.00"), 422, "money_format", "/description/total_amount"),
    Bad("B10", PROGRAMMES, described(total_amount="-0.00"), 422, "money_format", "/description/total_amount"),
    Bad("B11", PROGRAMMES, described(total_amount="１００.００"), 422, "fullwidth_digit", "/description/total_amount"),
    Bad("B12", PROGRAMMES, described(term_start="0001-01-01"), 422, "date_range", "/description/term_start"),
    Bad("B13", PROGRAMMES, described(term_start="2025-02-29"), 422, "date_invalid", "/description/term_start"),
    Bad("B14", PROGRAMMES, described() | {"year": 20255}, 422, "year_range", YEAR),
    Bad("B15", PROGRAMMES, described(name="a\0b"), 422, "text_control", NAME),
    Bad("B16", PROGRAMMES, spelled(described(name="@@"), r'"\ud800"'), 400, "json_surrogate"),
    Bad("B17", PROGRAMMES, described(name="a\u202eb"), 422, "text_bidi", NAME),
    Bad("B18", IMPORT, rows((1, {"programme_code": "P\u200b1"})), 422, "text_zero_width", CODE, "finance"),
    Bad("B19", PROGRAMMES, described(name="cafe\u0301"), 200),
    Bad("B20", PROGRAMMES, described(name="𠮷" * 200), 200),
    Bad("B21", RETURN, {"opinion": "字" * 20_001}, 422, "text_length", "/opinion", "finance", {"If-Match": '"1"'}),
    Bad("B22", RETURN, {"opinion": " \u3000\n"}, 422, "text_blank", "/opinion", "finance", {"If-Match": '"1"'}),
    Bad("B23", PROGRAMMES, described() | {"colour": 1}, 422, "unknown_field", "/colour"),
    Bad("B24", RETURN, {"opinion": None}, 422, "required", "/opinion", "finance", {"If-Match": '"1"'}),
    Bad("B25", PROGRAMMES, '{"unit":"绩"}'.encode()[:-3], 400, "json_encoding"),
    Bad("B26", PROGRAMMES, json.dumps(described()).encode("utf-16"), 400, "json_encoding"),
    Bad("B28", PROGRAMMES, described(), 415, "content_type", headers={"Content-Type": "text/plain"}),
    Bad("B28 csv", IMPORT, "代码,日期\n".encode("gbk"), 415, "content_type", who="finance", headers=CSV),
    Bad("B29", PROGRAMMES, b"", 400, "json_empty"),
    Bad("B30", PROGRAMMES, json.dumps(described()) + " " * 2**20, 413, "body_length"),
    Bad("B31 0", "/v1/targets?page_size=0", None, 422, "int_range", "/page_size"),
    Bad("B31 -1", "/v1/targets?page_size=-1", None, 422, "int_range", "/page_size"),
    Bad("B31 10^9", "/v1/targets?page_size=1000000000", None, 422, "int_range", "/page_size"),
    Bad("B32", "/v1/targets?sort=%27%20OR%201=1", None, 422, "unknown_field", "/sort"),
    Bad("B40", RETURN, {"opinion": "改"}, 400, "etag_format", who="finance", headers={"If-Match": 'W/"3"'}),
]  # fmt: skip


@pytest.fixture(scope="module")
async def filer(at: Any) -> Any:
    at.people.add("li", "unit", unit="U001")
    at.people.add("finance", "district_finance", line="ZD101")
    return at


async def send(at: Any, bad: Bad) -> Any:
    path = bad.path.replace("{id}", str(uuid4()))
    return await at.call(
        bad.who, "GET" if bad.body is None else "POST", path, bad.raw, **bad.headers
    )


@pytest.mark.bad_input(
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14", "B15", "B16",
    "B17", "B18", "B19", "B20", "B21", "B22", "B23", "B24", "B25", "B26", "B28", "B29", "B30", "B31", "B32",
    "B40",
)  # fmt: skip
@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.number)
async def test_a_bad_input_is_answered_as_its_number_says(
    filer: Any, bad: Bad, request: pytest.FixtureRequest
) -> None:
    claimed = request.node.get_closest_marker("bad_input").args
    assert set(claimed) == {one.number.partition(" ")[0] for one in TABLE}
    answer = await send(filer, bad)
    assert answer.status_code == bad.status, answer.text
    if bad.status == 200:
        name = bad.body["description"]["name"]
        kept = answer.json()["description"]["name"]
        assert (kept, len(kept)) == ({"cafe\u0301": "café"}.get(name, name), min(len(kept), 200))
        return
    problem = answer.json()
    if bad.pointer is None:
        assert problem["code"] == bad.code
    else:
        assert (bad.pointer, bad.code) in [(e["pointer"], e["code"]) for e in problem["errors"]]
        assert not any(e["message"].isascii() for e in problem["errors"])
    assert not problem["detail"].isascii()


def test_control_protobufs_own_parser_takes_most_of_it(at: Any) -> None:
    """With the strict layer taken away: what the table refuses becomes a message."""
    taken = []
    for bad in TABLE:
        match = at.routes.match(bad.path.partition("?")[0].replace("{id}", str(uuid4())))
        if bad.status != 422 or bad.raw is None or match is None:
            continue
        try:
            match.operations["POST"].input.from_json(bad.raw.decode())
            taken.append(bad.number)
        except (ValueError, TypeError, OverflowError):
            pass
    assert len(taken) >= 10, taken


OF_THE_SERVER = {"unit": "U999", "version": 7, "territory": "370304"}
"""What a filer would like to write into a record, and only the server does (A7)."""
NAMED_ANEW = {
    "/v1/published-forms:preview unit": "of an indicator: people, kilometres",
    "/v1/clients territory": "a security administrator says where a client reads",
    "/v1/programmes unit": "a department says which of its units carries it out",
}
"""What a command does take under one of these names, and as what."""


@pytest.mark.attack("A7")
async def test_a7_no_command_takes_a_unit_a_version_or_a_territory_from_its_caller(
    filer: Any,
) -> None:
    wrong, taken, asked = [], set(), 0
    for one in (o for service in contract_services() for o in operations_of(service)):
        if one.http not in UNSAFE or one.for_anyone or not one.body:
            continue
        role = min(one.roles - {"signed_in"}, default="unit")
        filer.people.add(role, role, stepped_up_at=int(time.time()))
        path = re.sub(r"\{\w+\}", lambda _: str(uuid4()), one.path)
        for name, value in OF_THE_SERVER.items():
            if name in one.fields:
                taken.add(f"{one.path} {name}")
                continue
            asked += 1
            answer = await filer.call(role, one.http, path, {name: value})
            found = [(e["pointer"], e["code"]) for e in answer.json().get("errors", ())]
            if answer.status_code != 422 or (f"/{name}", "unknown_field") not in found:
                wrong.append(f"{one.method} {name}: {answer.status_code} {found}")
    assert not wrong, "\n".join(wrong)
    assert taken == set(NAMED_ANEW)  # the control: what is a field is taken, and seen to be
    assert asked > 300


@pytest.mark.bad_input("B33")
async def test_b33_weights_a_hundredth_short_are_named_at_the_group(filer: Any) -> None:
    made = await filer.call("li", "POST", PROGRAMMES, described())
    form = target_form()
    form["indicators"][1]["weight"] = "19.99"
    path = TARGETS.replace("{programme}", made.json()["programme_id"])
    short = await filer.call("li", "POST", path, {"year": 2026, "form": form})
    assert short.status_code == 422
    assert ("/form/indicators", "weights_sum") in [
        (e["pointer"], e["code"]) for e in short.json()["errors"]
    ]
    whole = await filer.call("li", "POST", path, {"year": 2026, "form": target_form()})
    assert whole.status_code == 200, whole.text


@pytest.mark.bad_input("B34")
async def test_b34_nothing_executed_of_no_budget_is_answered_and_not_scored(filer: Any) -> None:
    funds = [{"budget_initial": "0", "budget_adjusted": "0", "executed": "0", "weight": "10"}]
    answer = await filer.call("li", "POST", PREVIEW, {"form_year": 2025, "funds": funds})
    assert answer.status_code == 200, answer.text
    assert answer.json()["funds"][0]["outcome"] == "not_computable"


def workbook(cell: str = "", *, unpacked: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        sheet = (
            f"<workbook xmlns:r='{kind}'><sheets><sheet name='指标' r:id='r1'/></sheets></workbook>"
        )
        zipped.writestr("xl/workbook.xml", sheet)
        relation = (
            "<Relationships><Relationship Id='r1' Target='worksheets/sheet1.xml'/></Relationships>"
        )
        zipped.writestr("xl/_rels/workbook.xml.rels", relation)
        row = f"<worksheet><sheetData><row r='9'>{cell}</row></sheetData></worksheet>"
        zipped.writestr("xl/worksheets/sheet1.xml", row + " " * unpacked)
    return out.getvalue()


FILES = [
    ("B35", "a.xlsx", workbook("<c r='F9'><f>1+1</f><v>2</v></c>"), 422, "formula"),
    ("B36", "a.xlsx", workbook(unpacked=2**27), 422, "archive_ratio"),
    ("B37", "a.xlsx", b"<html><body>1</body></html>", 415, "file_type"),
    ("B38", "../../x.xlsx", workbook("<c r='F9'><v>2</v></c>"), 201, ""),
]  # fmt: skip


@pytest.mark.bad_input("B35", "B36", "B37", "B38")
@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
async def test_a_bad_file_is_answered_as_its_number_says(filer: Any, case: Any) -> None:
    number, name, content, status, code = case
    answer = await filer.http.post(
        "/v1/files", files={"file": (name, content)}, headers={"Authorization": "Bearer li"}
    )
    assert answer.status_code == status, answer.text
    if status == 201:
        assert answer.json()["name"] == "x.xlsx"
    else:
        assert answer.json()["code"] == code
    if number == "B35":
        found = answer.json()["errors"][0]
        assert (found["sheet"], found["row"], found["column"]) == ("指标", 9, "F")


@pytest.mark.parametrize(
    ("how", "code"),
    [({"executed": "1e3"}, "money_format"), ({"day": "2099-01-01"}, "future")],
    ids=["at the door", "in the domain"],
)
@pytest.mark.bad_input("B39")
async def test_b39_of_1500_rows_the_three_bad_ones_are_named_and_nothing_is_stored(
    filer: Any, how: dict[str, Any], code: str
) -> None:
    batch = rows(*((at, how) for at in (7, 700, 1_499)), count=1_500)
    before = await queued(filer)
    refused = await filer.call("finance", "POST", IMPORT, batch)
    assert refused.status_code == 422, refused.text
    named = [(e["pointer"].split("/")[2], e["code"]) for e in refused.json()["errors"]]
    assert named == [("7", code), ("700", code), ("1499", code)]
    assert await queued(filer) == before
    kept = await filer.call("finance", "POST", IMPORT, rows(count=3))
    assert kept.status_code == 200, kept.text
    assert len(await queued(filer)) == 3  # of unknown codes: kept, named, never counted


async def queued(at: Any) -> list[Any]:
    answer = await at.call("finance", "GET", "/v1/queued-execution?state=queued")
    found: list[Any] = answer.json()["rows"]
    return found
