"""Attacks by people who sign in at the real door and choose among grants of their own."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from jixiao.targets.domain.reviewing import QUESTION_MARKS

from .city import FINANCE, OWN_LINE, OWN_UNIT, City, Person, until
from .target_form import DESCRIPTION, target_form

MARKS = [{"code": code, "score": f"{full:.2f}"} for code, full in QUESTION_MARKS.items()]


async def programme(filer: Person, name: str) -> Any:
    """A new programme of the filer's unit."""
    description = DESCRIPTION | {"name": name}
    return (await filer.do("/v1/programmes", {"year": 2026, "description": description})).json()


async def filed(filer: Person, name: str) -> Any:
    """Its target, filed."""
    made = await programme(filer, name)
    path = f"/v1/programmes/{made['programme_id']}/targets"
    return await filer.do(path, {"year": 2026, "form": target_form()})


async def review(who: Person, target: httpx.Response, step: str) -> httpx.Response:
    """A review of a filed target with good marks."""
    path = f"/v1/targets/{target.json()['target_id']}:{step}"
    body = {"opinion": "同意。", "marks": MARKS}
    return await who.call("POST", path, body, target.headers["ETag"])


@pytest.mark.attack("A8")
async def test_a8_who_files_under_one_grant_does_not_review_under_another(city: City) -> None:
    both = await city.person("both", OWN_UNIT, OWN_LINE)
    other = await city.person("other", OWN_LINE)
    await both.act_as("UNIT")
    target = await filed(both, "甲")
    await both.act_as("DEPARTMENT")
    session = (await both.call("GET", "/v1/session")).json()
    assert session["grant_id"] == (await both.grants("DEPARTMENT"))[0]["grant_id"]
    own = await review(both, target, "reviewFirst")
    assert (own.status_code, own.json()["code"]) == (403, "own_filing"), own.text
    await other.act_as("DEPARTMENT")
    done = await review(other, target, "reviewFirst")  # control: the same post, another person
    assert done.status_code == 200, done.text


@pytest.mark.attack("A15")
async def test_a15_finance_cannot_review_before_those_who_come_first(city: City) -> None:
    filer = await city.person("filer", OWN_UNIT)
    finance = await city.person("finance", FINANCE)
    department = await city.person("department", OWN_LINE)
    for who, role in ((filer, "UNIT"), (finance, "DISTRICT_FINANCE"), (department, "DEPARTMENT")):
        await who.act_as(role)
    target = await filed(filer, "乙")
    early = await review(finance, target, "reviewFinance")
    assert early.status_code == 409, early.text
    first = await review(department, target, "reviewFirst")
    done = await review(finance, first, "reviewFinance")
    assert (first.status_code, done.status_code) == (200, 200), done.text


@pytest.mark.attack("A12")
async def test_a12_a_third_party_sees_its_commission_to_its_last_day_and_then_nothing(
    city: City,
) -> None:
    filer, finance = await city.person("filer-2", OWN_UNIT), await city.person("finance-2", FINANCE)
    expert = await city.person("expert")
    await filer.act_as("UNIT")
    await finance.act_as("DISTRICT_FINANCE")
    party = await finance.do(
        "/v1/third-parties", {"name": "S所", "credit_code": "91370303MA3S000004"}
    )
    last = {"short": city.day(0) + timedelta(days=3), "long": city.day(0) + timedelta(days=30)}
    seen: dict[str, Any] = {}
    for name, day in last.items():
        made = await programme(filer, name)
        commission = await until(partial(commissioned, finance, party, made, expert, day))
        declarations = [{"person": ""}, {"person": expert.person_id}]
        path = f"/v1/commissions/{commission.json()['commission_id']}"
        await expert.do(
            f"{path}:declareConflict", {"declarations": declarations}, commission.headers["ETag"]
        )
        seen[name] = (f"/v1/programmes/{made['programme_id']}", path)
        await until(partial(granted, city, expert, len(seen)))
    numbers = {one["to_on"]: n for n, one in enumerate(await expert.grants("THIRD_PARTY"))}
    await expert.act_as("THIRD_PARTY", numbers[last["short"].isoformat()])

    city.day(3)
    assert await statuses(expert, *seen["short"]) == [200, 200]
    assert await shown(expert) == [[seen["short"][0]], [seen["short"][1]]]

    city.day(4)  # under the grant that has ended: nothing at all
    for there in (*seen["short"], *seen["long"]):
        assert await as_absent(expert, there)
    listed = await expert.call("GET", "/v1/commissions?page_size=50")
    assert (listed.status_code, listed.json().get("commissions", [])) == (200, [])
    assert (await expert.call("GET", "/v1/programmes?page_size=50")).status_code == 404
    # Under one that goes on: that commission alone.
    (going_on,) = await expert.grants("THIRD_PARTY")
    assert going_on["to_on"] == last["long"].isoformat()
    await expert.act_as("THIRD_PARTY")
    assert await statuses(expert, *seen["long"]) == [200, 200]
    for there in seen["short"]:
        assert await as_absent(expert, there)
    assert await shown(expert) == [[seen["long"][0]], [seen["long"][1]]]


async def commissioned(
    finance: Person, party: httpx.Response, made: Any, expert: Person, until_: date
) -> httpx.Response | None:
    """A commission to assess a programme, once evaluation has heard of the programme."""
    answer = await finance.call(
        "POST", "/v1/commissions",
        {"third_party_id": party.json()["third_party_id"], "programme_id": made["programme_id"],
         "year": 2026, "subject": "exante", "subject_id": str(uuid4()),
         "persons": [expert.person_id], "lead_evaluator": expert.person_id, "fee": "1.00",
         "ends_on": until_.isoformat()},
    )  # fmt: skip
    assert answer.status_code in (200, 404), answer.text
    return answer if answer.status_code == 200 else None


async def granted(city: City, who: Person, grants: int) -> bool:
    """Whether so many grants of commissions have come to somebody."""
    city.callers.forget()
    return len(await who.grants("THIRD_PARTY")) == grants


async def statuses(who: Person, *paths: str) -> list[int]:
    """What somebody is answered."""
    return [(await who.call("GET", path)).status_code for path in paths]


async def shown(who: Person) -> list[list[str]]:
    """Paths of the programmes and of the commissions that somebody's lists show."""
    found = []
    for kind, key in (("programmes", "programme_id"), ("commissions", "commission_id")):
        answer = await who.call("GET", f"/v1/{kind}?page_size=50")
        assert answer.status_code == 200, answer.text
        found.append([f"/v1/{kind}/{one[key]}" for one in answer.json().get(kind, [])])
    return found


async def as_absent(who: Person, path: str) -> bool:
    """Whether a record is answered in every byte as one that does not exist, but for id and trace."""
    absent = f"{path.rpartition('/')[0]}/{uuid4()}"
    there, nowhere = [await who.call("GET", one) for one in (path, absent)]
    told = [
        {key: value for key, value in answer.json().items() if key not in ("instance", "trace")}
        for answer in (there, nowhere)
    ]
    return (there.status_code, told[0]) == (404, told[1])
