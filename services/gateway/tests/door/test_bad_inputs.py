"""Section 10 of the promises, by number: what is refused at the door, with its code."""

import pytest
from sample_system import SAMPLE_ID, System, raw

from jixiao.gateway.problems import MEDIA_TYPE


def spelled(name: str, literal: str) -> str:
    """A good body with one value written out literally."""
    return raw(**{name: "@@"}).replace('"@@"', literal)


SYNTAX = [
    ("B1", spelled("year", "NaN"), "json_syntax"),
    ("B1", spelled("year", "-Infinity"), "json_syntax"),
    ("B2", spelled("year", "1e400"), "json_syntax"),
    ("B3", raw()[:-1] + ', "code": "x"}', "json_duplicate_key"),
    ("B3", "{" + "".join(f'"k{n}":1,' for n in range(9_000)) + '"k8999":1}', "json_duplicate_key"),
    ("B4", spelled("draft", "[" * 32 + "]" * 32), "json_depth"),
    ("B16", spelled("display_name", r'"\ud800"'), "json_surrogate"),
    ("B25", '{"opinion": "绩'.encode()[:-1], "json_encoding"),
    ("B26", raw().encode("utf-16"), "json_encoding"),
    ("B26", raw().encode("utf-16-le"), "json_encoding"),
    ("B29", "", "json_empty"),
    ("trailing", raw() + "x", "json_syntax"),
    ("bom", "\ufeff" + raw(), "json_encoding"),
    ("nodes", spelled("rows", "[" + "{}," * 10_000 + "{}]"), "json_nodes"),
]
FIELDS = [
    ("B5", spelled("year", "9" * 5_000), "/year", "int_range"),
    ("B6", spelled("year", str(2**63)), "/year", "int_range"),
    ("B7", raw(budget=12.1), "/budget", "money_type"),
    ("B8", raw(budget="12.345"), "/budget", "money_format"),
    ("B9", raw(budget="1,000.00"), "/budget", "money_format"),
    ("B10", raw(budget="-0.00"), "/budget", "money_format"),
    ("B11", raw(budget="１００.００"), "/budget", "fullwidth_digit"),
    ("B12", raw(day="0001-01-01"), "/day", "date_range"),
    ("B13", raw(day="2025-02-29"), "/day", "date_invalid"),
    ("B14", raw(year=20255), "/year", "year_range"),
    ("B15", raw(display_name="a\0b"), "/display_name", "text_control"),
    ("B17", raw(display_name="a\u202eb"), "/display_name", "text_bidi"),
    ("B18", raw(code="a\u200bb"), "/code", "text_zero_width"),
    ("B21", raw(opinion="字" * 20_001), "/opinion", "text_length"),
    ("B22", raw(opinion=" \u3000\n"), "/opinion", "text_blank"),
    ("B23", raw(extra=1), "/extra", "unknown_field"),
    ("B24", raw(opinion=None), "/opinion", "required"),
    ("second spelling", raw(displayName="x"), "/displayName", "unknown_field"),
    ("null", raw(day=None), "/day", "null_value"),
    ("enum number", raw(mark=1), "/mark", "enum_type"),
    ("enum value", raw(mark="MARK_FINE"), "/mark", "enum_value"),
    ("text for int", raw(year="2025"), "/year", "int_type"),
    ("exponent", spelled("year", "2.025e3"), "/year", "int_type"),
    ("bool", raw(major="true"), "/major", "bool_type"),
    ("score number", raw(rows=[{"name": "x", "weight": 10}]), "/rows/0/weight", "number_type"),
    ("array", raw(rows=[{}] * 2_001), "/rows", "array_length"),
    ("etag in body", raw(etag="3"), "/etag", "unknown_field"),
    ("A2", raw(sample_id=SAMPLE_ID.replace("1", "2")), "/sample_id", "path_mismatch"),
    ("oneof", raw(town="370303101", line="agri"), "/line", "one_of"),
    ("noncharacter", raw(opinion="a\ufdd0"), "/opinion", "text_control"),
    ("line break in a name", raw(display_name="a\nb"), "/display_name", "text_control"),
]


@pytest.mark.parametrize(("number", "body", "code"), SYNTAX, ids=lambda v: str(v)[:12])
async def test_p5_2_what_is_no_clean_json_is_400(
    system: System, number: str, body: str | bytes, code: str
) -> None:
    answer = await system.file(body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert not system.backend.seen


@pytest.mark.parametrize(("number", "body", "pointer", "code"), FIELDS, ids=lambda v: str(v)[:12])
@pytest.mark.attack("A2")
async def test_p5_2_p5_3_a_faulty_field_is_422_with_its_pointer(
    system: System, number: str, body: str, pointer: str, code: str
) -> None:
    answer = await system.file(body)
    assert answer.status_code == 422
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert not any(e["message"].isascii() for e in answer.json()["errors"])
    assert not system.backend.seen


async def test_p5_6_all_findings_come_at_once_also_those_of_the_contracts_rules(
    system: System,
) -> None:
    answer = await system.file(raw(budget=1, day="2025-02-29", year=1999, code="a b", extra=0))
    codes = {e["code"] for e in answer.json()["errors"]}
    assert codes == {"money_type", "date_invalid", "year_range", "code_format", "unknown_field"}


@pytest.mark.bad_input("B19", "B20")
async def test_b19_b20_text_is_kept_in_nfc_and_counted_in_code_points(system: System) -> None:
    answer = await system.file(raw(display_name="e\u0301" + "𠮷" * 199))
    assert answer.status_code == 200
    assert answer.json()["display_name"] == "é" + "𠮷" * 199
    assert system.backend.seen[0].display_name == "é" + "𠮷" * 199


@pytest.mark.bad_input("B28", "B30", "B40")
async def test_b28_b30_b40_content_type_length_and_etag_are_refused_by_http_alone(
    system: System,
) -> None:
    plain = await system.file(raw(), headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    long = await system.file(raw() + " " * 2**20)
    assert long.status_code == 413
    for etag in ('W/"3"', "*", "3", '"0"', '"3", "4"'):
        weak = await system.file(raw(), headers={"If-Match": etag})
        assert (weak.status_code, weak.json()["code"]) == (400, "etag_format")
    assert not system.backend.seen


@pytest.mark.parametrize("key", ["", "x", "0190A000-0000-7000-8000-000000000001"])
async def test_p1_3_a_command_needs_a_lower_case_uuid(system: System, key: str) -> None:
    answer = await system.file(raw(), headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_id_format")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("page_size=0", "/page_size"), ("page_size=-1", "/page_size"), ("page_size=1000000000", "/page_size"),
     ("sort=%27", "/sort"), ("page=1", "/page"), ("major=yes", "/major"), ("mark=1", "/mark"),
     ("year=2025&year=2026", "/year"), ("year=２０２５", "/year"), ("request_id=x", "/request_id")],
)  # fmt: skip
@pytest.mark.bad_input("B31", "B32")
async def test_b31_b32_a_query_is_checked_like_a_body(
    system: System, query: str, pointer: str
) -> None:
    separator = "" if "page_size" in query else "&page_size=50"
    answer = await system.http.get(
        f"/v1/samples?{query}{separator}", headers={"Authorization": "Bearer unit"}
    )
    assert answer.status_code == 422
    assert pointer in [e["pointer"] for e in answer.json()["errors"]]
    assert not any(e["message"].isascii() for e in answer.json()["errors"])


async def test_p5_1_control_what_is_well_formed_passes(system: System) -> None:
    answer = await system.file(raw(at="2025-01-09T08:00:00+08:00", draft={"a": [1, None, 1.5]}))
    assert answer.status_code == 200, answer.text
    assert (seen := system.backend.seen[0]).etag == "3"
    assert seen.request_id
    assert seen.at.to_datetime().hour == 0
