"""Form drafts through the door (P5.8): a post's own, one version for its editors, never lost."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from jixiao.servicekit import rpc
from jixiao.servicekit.clock import SHANGHAI

from .target_form import DESCRIPTION, target_form


@pytest.fixture(scope="module")
async def programme(at: Any) -> str:
    for name, unit in (("li", "U001"), ("wang", "U001"), ("zhou", "U002")):
        at.people.add(name, "unit", unit=unit)
    at.people.add("chen", "department")
    at.people.add("third", "third_party", line="")
    at.people.add("fourth", "third_party", line="")
    made = await at.call("li", "POST", "/v1/programmes", {"year": 2026, "description": DESCRIPTION})
    assert made.status_code == 200, made.text
    return str(made.json()["programme_id"])


def draft_of(programme: str, year: int = 2026) -> str:
    return f"/v1/drafts/target/{programme}-{year}"


POOR = [
    {"code": code, "score": "1.00"} for code in ["C1", "C2", "R1", "R2", "S1", "S2", "F1", "F2"]
]


async def turned(up: Any, later: int) -> None:
    """Wait until the schedule has handled the day that is `later` days from now."""
    day = datetime.now(SHANGHAI).date() + timedelta(days=later)
    connection = await asyncpg.connect(up.admin)
    try:
        for _ in range(600):
            if await connection.fetchval("SELECT max(day) FROM jx.scheduled") >= day:
                return
            await asyncio.sleep(0.05)
        raise TimeoutError
    finally:
        await connection.close()


async def file(at: Any, who: str, programme: str, form: Any, year: int = 2026) -> Any:
    path = f"/v1/programmes/{programme}/targets"
    return await at.call(who, "POST", path, {"year": year, "form": form})


async def test_p58_two_editors_of_a_post_share_one_version_and_others_see_nothing(
    at: Any, programme: str
) -> None:
    path = draft_of(programme, 2030)
    half = {"year": 2030, "form": {"annual_text": "提供补助", "amount": "", "indicators": [{}, 7]}}
    first = await at.call("li", "PUT", path, {"content": half})
    assert (first.status_code, first.headers["etag"]) == (200, '"1"'), first.text
    assert (await at.call("wang", "PUT", path, {"content": {}})).status_code == 428
    second = await at.call("wang", "PUT", path, {"content": half | {"year": 2031}}, '"1"')
    assert second.headers["etag"] == '"2"'
    stale = await at.call("li", "PUT", path, {"content": {}}, '"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    kept = (await at.call("li", "GET", path)).json()
    assert (kept["content"], kept["saved_by"], kept["etag"]) == (half | {"year": 2031}, "wang", "2")
    for stranger in ("zhou", "chen", "third"):
        assert (await at.call(stranger, "GET", path)).status_code == 404
    assert (await at.call("zhou", "PUT", path, {"content": {}})).headers["etag"] == '"1"'
    listed = (await at.call("li", "GET", "/v1/drafts")).json()
    assert [(one["form"], one["etag"]) for one in listed["drafts"]] == [("target", "2")]
    assert listed["missing"] == []


async def test_p58_a_draft_has_the_forms_keys_at_any_depth_and_no_others(
    at: Any, programme: str
) -> None:
    wrong = {"form": {"indicators": [{"name": "甲", "colour": 1}]}, "etag": "3", "x/y": 1}
    refused = await at.call("li", "PUT", draft_of(programme, 2031), {"content": wrong})
    assert refused.status_code == 422
    assert {(e["pointer"], e["code"]) for e in refused.json()["errors"]} == {
        ("/content/form/indicators/0/colour", "unknown_field"),
        ("/content/etag", "unknown_field"),
        ("/content/x~1y", "unknown_field"),
    }
    twice = await at.call("li", "PUT", draft_of(programme, 2031), b'{"content":{"a":1,"a":2}}')
    assert twice.json()["code"] == "json_duplicate_key"
    for lost in (b"12345678901234567", b"0.12345678901234567"):  # no double is this number
        body = b'{"content":{"year":' + lost + b"}}"
        held = await at.call("li", "PUT", draft_of(programme, 2031), body)
        assert held.json()["errors"][0]["code"] == "int_range"
    control = {"content": {"form": {"annual_text": "a\u0000"}}}
    held = await at.call("li", "PUT", draft_of(programme, 2031), control)
    assert held.json()["errors"][0]["code"] == "text_control"
    key = {"content": {"form": {"weights\u0000": 1}}}
    assert (await at.call("li", "PUT", draft_of(programme, 2031), key)).status_code == 422
    unknown = await at.call("li", "PUT", "/v1/drafts/no_form/1", {"content": {}})
    assert unknown.status_code == 404


async def test_p58_a_refused_filing_leaves_the_draft_and_a_filing_of_it_ends_it(
    at: Any, programme: str
) -> None:
    path, faulty = draft_of(programme), target_form(amount="0.00", annual_text="")
    saved = await at.call("li", "PUT", path, {"content": {"year": 2026, "form": faulty}})
    refused = await file(at, "li", programme, faulty)
    assert refused.status_code == 422
    kept = (await at.call("li", "GET", path)).json()
    assert (kept["content"]["form"], kept["etag"]) == (faulty, saved.json()["etag"])

    whole = {"year": 2026, "form": target_form()}
    saved = await at.call("wang", "PUT", path, {"content": whole}, saved.headers["etag"])
    filed = await file(at, "li", programme, target_form())
    assert filed.status_code == 200, filed.text
    assert (await at.call("li", "GET", path)).status_code == 404
    # The version is not given again: who still has the old one is told so.
    late = await at.call("wang", "PUT", path, {"content": whole}, saved.headers["etag"])
    assert late.status_code == 412

    target = filed.json()
    back = await at.call(
        "li", "POST", f"/v1/targets/{target['target_id']}:withdraw", {}, filed.headers["etag"]
    )
    assert back.status_code == 200, back.text
    opened = (await at.call("wang", "GET", path)).json()
    assert opened["content"]["form"] == target_form()
    assert int(opened["etag"]) > int(saved.json()["etag"])


async def test_p58_a_returned_target_is_its_units_draft_and_not_the_reviewers(
    at: Any, programme: str
) -> None:
    path = draft_of(programme, 2027)
    filed = await file(at, "wang", programme, target_form(), 2027)
    assert filed.status_code == 200, filed.text
    assert (await at.call("wang", "GET", path)).status_code == 404
    sent_back = await at.call(
        "chen", "POST", f"/v1/targets/{filed.json()['target_id']}:reviewFirst",
        {"opinion": "请修改。", "marks": POOR}, filed.headers["etag"],
    )  # fmt: skip
    assert sent_back.status_code == 200, sent_back.text
    assert sent_back.json()["state"] in ("STATE_RETURNED", "STATE_BLOCKED")
    assert (await at.call("li", "GET", path)).json()["content"]["form"] == target_form()
    assert (await at.call("chen", "GET", path)).status_code == 404


async def test_p58_what_a_second_editor_typed_meanwhile_outlives_the_filing(
    at: Any, programme: str
) -> None:
    path, more = draft_of(programme, 2028), target_form(overall_text="再加一句")
    await at.call("wang", "PUT", path, {"content": {"year": 2028, "form": more}})
    assert (await file(at, "li", programme, target_form(), 2028)).status_code == 200
    assert (await at.call("li", "GET", path)).json()["content"]["form"] == more


async def test_p58_control_a_filing_that_knows_no_drafts_does_not_end_one(
    at: Any, programme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchanged(form: Any, request: Any, handle: Callable[..., Any]) -> Callable[..., Any]:
        del form, request
        return handle

    monkeypatch.setattr(rpc, "_filing", unchanged)
    path, whole = draft_of(programme, 2029), {"year": 2029, "form": target_form()}
    await at.call("li", "PUT", path, {"content": whole})
    assert (await file(at, "li", programme, target_form(), 2029)).status_code == 200
    assert (await at.call("li", "GET", path)).status_code == 200


async def test_p58_a_commission_drafts_for_its_person_alone(at: Any) -> None:
    path = "/v1/drafts/evaluation_report/k1"
    saved = await at.call("third", "PUT", path, {"content": {"report": {}}})
    assert saved.status_code == 200, saved.text
    assert (await at.call("third", "GET", path)).status_code == 200
    assert (await at.call("fourth", "GET", path)).status_code == 404


async def test_p58_a_draft_is_thrown_away_only_by_its_post_and_by_its_version(
    at: Any, programme: str
) -> None:
    path = draft_of(programme, 2032)
    await at.call("li", "PUT", path, {"content": {}})
    assert (await at.call("zhou", "DELETE", path, etag='"1"')).status_code == 404
    assert (await at.call("li", "DELETE", path)).status_code == 428
    assert (await at.call("li", "DELETE", path, etag='"1"')).status_code == 200
    assert (await at.call("li", "GET", path)).status_code == 404
    assert (await at.call("li", "PUT", path, {"content": {}})).headers["etag"] == '"3"'


async def test_p58_a_draft_is_kept_for_ninety_days_and_a_published_form_without_end(
    at: Any, programme: str
) -> None:
    path, published = draft_of(programme, 2033), f"/v1/drafts/published/{programme}"
    await at.call("li", "PUT", path, {"content": {}})
    whole = {"anything": [1, 2.5, None, {"at": "all"}]}
    assert (await at.call("li", "PUT", published, {"content": whole})).json()["expires_on"] == ""
    at.day("targets", 90)
    await turned(at.services["targets"], 90)
    assert (await at.call("li", "GET", path)).status_code == 200
    at.day("targets", 91)
    at.day("evaluation", 365)
    await turned(at.services["targets"], 91)
    await turned(at.services["evaluation"], 365)
    assert (await at.call("li", "GET", path)).status_code == 404
    assert (await at.call("li", "GET", published)).json()["content"] == whole
