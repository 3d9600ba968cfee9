"""Tracks C and D: from the root over towns to units, level by level and to the fen."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from jixiao.api.results.v1.events_pb import AllocatedPart, AllocationApproved
from jixiao.api.targets.v1 import events_pb, programmes_pb, targets_pb

from ..domain.builders import year
from .forms import TRANSFER, asked, form, indicator, refused, rows
from .steps import (
    admit,
    assessed,
    below,
    decide,
    entered,
    filed,
    made,
    programme_now,
    recorded,
    release,
    review,
)

HEALTH, ROADS = "ZD104", "ZD117"
FACTOR = TRANSFER | {"transfer_class": "shared_responsibility", "allocation_method": "factor"}
BY_PROJECT = TRANSFER | {
    "transfer_class": "special",
    "allocation_method": "project",
    "origin": "city",
}
PART = {"370303101": "11093006.38", "370303107": "906993.62"}
VALUES = {
    "370303101": {"O1": "322330", "O2": "76610", "O3": "70"},
    "370303107": {"O1": "26670", "O2": "5390", "O3": "70"},
}


def regional(town: str, amount: str, **values: str) -> Any:
    """A regional or project form of C: all but B3, with their own weights."""
    weights = year()["C"]["regional_and_project_weights"]
    given = VALUES[town] | values
    lines = [row for row in year()["C"]["indicators_overall"] if row["code"] in weights]
    made_of = [
        indicator(row, weight=weights[row["code"]], target=given.get(row["code"], row["target"]))
        for row in lines
    ]
    return form(made_of, amount)


def parts(o1: str = "322330") -> list[targets_pb.IndicatorParts]:
    """The decomposition of C to two towns."""
    made_of = []
    for row in year()["C"]["indicators_overall"]:
        code, how = row["code"], row["aggregation"]
        if how == "none":
            made_of.append(targets_pb.IndicatorParts(code=code, reason="只能在区级统计。"))
            continue
        shares = []
        for town, values in VALUES.items():
            share = targets_pb.Share(code=town)
            if how == "confirm":
                share.text, share.confirmed = row["target"], True
            else:
                share.value = values.get(code, row["target"])
                share.base = "1000" if how == "weighted_average" else ""
            shares.append(share)
        made_of.append(targets_pb.IndicatorParts(code=code, shares=shares))
    next(s for p in made_of if p.code == "O1" for s in p.shares if s.code == "370303101").value = o1
    return made_of


async def passed_root(district: Any) -> tuple[Any, Any]:
    """C's root in the budget, with its passed overall target."""
    figures = year()["C"]
    root = await made(district, HEALTH, "U000", figures["programme"]["name"], **FACTOR)
    application = await assessed(
        district, root, HEALTH, figures["exante"]["questions"], "12000000.00"
    )
    await decide(district, application, "support")
    refusal = await refused(admit(district, root))
    assert "T-11" in refusal.message
    assert "T-15" in refusal.message
    await approve(district, root)
    department = district.of("department", HEALTH, person="子")
    whole = form(rows("C", "indicators_overall"), "12000000.00")
    target = await filed(district, department, root, whole)
    target = await review(district, district.finance("甲"), target, "finance")
    await admit(district, root)
    await entered(district, root, "12000000.00")
    return root, target


async def approve(district: Any, root: Any) -> None:
    """Act 14: 乙 proposes, 丙 confirms, 乙 cannot."""
    now = await programme_now(district, root)
    request = asked(
        programmes_pb.ProposeTransferApprovalRequest, programme_id=root.programme_id, etag=now.etag,
        document_number="张政字〔2024〕86号", day="2024-10-09", file=str(uuid4()),
    )  # fmt: skip
    proposed = await district.finance("乙")(district.programmes.propose_transfer_approval, request)
    confirm = {"programme_id": root.programme_id, "etag": proposed.etag}
    call = district.programmes.confirm_transfer_approval
    own = asked(programmes_pb.ConfirmTransferApprovalRequest, **confirm)
    assert (await refused(district.finance("乙")(call, own))).reason == "second_person"
    await district.finance("丙")(
        call, asked(programmes_pb.ConfirmTransferApprovalRequest, **confirm)
    )


async def allocated(district: Any, root: Any) -> dict[str, Any]:
    """Two parts, by town."""
    told = AllocationApproved(
        plan_id=str(uuid4()), programme_id=root.programme_id, year=2025, pool="12000000.00",
        parts=[AllocatedPart(territory=town, name=town, amount=amount) for town, amount in PART.items()],
    )  # fmt: skip
    await district.hear("RESULTS", "allocation.approved", told)
    listing = programmes_pb.ListProgrammesRequest(parent_id=root.programme_id)
    found = await district.finance()(district.programmes.list_programmes, listing)
    return {part.coordinates.territory: part for part in found.programmes}


async def decomposed(district: Any, target: Any, o1: str) -> Any:
    """The department decomposes."""
    request = asked(
        targets_pb.DecomposeTargetRequest,
        target_id=target.target_id,
        parts=parts(o1),
        etag=target.etag,
    )
    return await district.of("department", HEALTH)(district.targets.decompose_target, request)


async def regional_passed(district: Any, part: Any) -> Any:
    """A town's regional target through town, line and finance."""
    town = part.coordinates.territory
    office = district.of("township_department", HEALTH, town, person="卫健办·子")
    weaker = await refused(filed(district, office, part, regional(town, PART[town], O1="1")))
    assert [f.code for f in weaker.findings] == ["child_weaker"]
    target = await filed(district, office, part, regional(town, PART[town]))
    assert (
        next(i.target_value for i in target.set_from_above if i.code == "O1") == VALUES[town]["O1"]
    )
    target = await review(district, district.of("township_finance", "", town), target, "town")
    line = district.of("department", HEALTH, person="丑")
    target = await review(district, line, target, "line")
    return await review(district, district.finance("甲"), target, "finance")


async def project_passed(
    district: Any, part: Any, unit: str, amount: str, project: Any = None
) -> Any:
    """A unit's project target through the town, where its chain ends."""
    town = part.coordinates.territory
    spender = district.of("unit", HEALTH, town, unit=unit, person="医院·一")
    project = project or await below(district, spender, part, f"家庭医生签约{unit}")
    target = await filed(district, spender, project, regional(town, amount))
    first = district.of("township_department", HEALTH, town, person="卫健办·丑")
    target = await review(district, first, target, "first")
    finance = district.of("township_finance", "", town, person="财政所·甲")
    return project, await review(district, finance, target, "town")


async def test_t15_t17_a_factor_transfer_reaches_units_with_every_town_equal_to_the_fen(
    district: Any,
) -> None:
    root, target = await passed_root(district)
    by_town = await allocated(district, root)
    assert {town: part.entries[0].amount for town, part in by_town.items()} == PART
    assert {part.state.name for part in by_town.values()} == {"BUDGETED"}
    short = await refused(decomposed(district, target, "316034"))
    assert (short.reason, "-6296.00" in short.findings[0].message) == ("under_allocated", True)
    figures = (await decomposed(district, target, "322330")).figures
    assert next(one.slack for one in figures if one.code == "O1") == "0.00"
    regionals = [await regional_passed(district, part) for part in by_town.values()]
    await recorded(district, root, "initial", "12000000.00")
    now = targets_pb.GetTargetRequest(target_id=target.target_id)
    target = await district.finance()(district.targets.get_target, now)
    await release(district, district.finance(), target)
    assert (await programme_now(district, root)).states["2025"] == "executing"

    part = by_town["370303107"]
    first, one = await project_passed(district, part, "U107", "526056.30")
    second, two = await project_passed(district, part, "U108", "380937.00")
    assert (await programme_now(district, first)).states["2025"] == "budgeted"
    purse = district.of("township_finance", "", "370303107", person="财政所·乙")
    unequal = await refused(release(district, purse, one, two))
    assert (unequal.reason, unequal.facts["difference"]) == ("money_not_equal", "-0.32")
    back = asked(
        targets_pb.ReturnTargetRequest, target_id=two.target_id, opinion="差0.32元", etag=two.etag
    )
    assert (await purse(district.targets.return_target, back)).state.name == "RETURNED"
    _, two = await project_passed(district, part, "U108", "380937.32", second)
    ahead = await refused(release(district, purse, one, two))
    assert ahead.reason == "RELEASE_OUT_OF_ORDER"  # the part has not come down yet
    await release(district, district.finance(), *regionals)
    await release(district, purse, one, two, number="房财〔2025〕1号")
    for programme in (part, first, second):
        assert (await programme_now(district, programme)).states["2025"] == "executing"


def among(target: Any, **shares: str) -> list[targets_pb.IndicatorParts]:
    """A regional target's parts: O1 shared among projects, everything else as strict as above."""
    made_of = []
    for row in target.form.indicators:
        given = [
            targets_pb.Share(
                code=code, value=o1 if row.code == "O1" else row.target_value,
                text=row.text_target, confirmed=True, base="1000",
            )
            for code, o1 in shares.items()
        ]  # fmt: skip
        made_of.append(targets_pb.IndicatorParts(code=row.code, shares=given))
    return made_of


async def test_t15_p35_a_township_department_decomposes_its_regional_target_to_its_projects(
    district: Any,
) -> None:
    root, target = await passed_root(district)
    part = (await allocated(district, root))["370303107"]
    await decomposed(district, target, "322330")
    above = await regional_passed(district, part)
    office = district.of("township_department", HEALTH, "370303107", person="卫健办·子")
    call = district.targets.decompose_target

    def ask(parts: list[targets_pb.IndicatorParts]) -> Any:
        named = {"target_id": above.target_id, "etag": above.etag, "parts": parts}
        return asked(targets_pb.DecomposeTargetRequest, **named)

    assert (await refused(office(call, ask([])))).reason == "NO_PARTS_YET"
    spenders = {
        unit: district.of("unit", HEALTH, "370303107", unit=unit, person="医院·一")
        for unit in ("U107", "U108")
    }
    projects = {u: await below(district, one, part, f"签约{u}") for u, one in spenders.items()}
    first, second = (one.code for one in projects.values())
    short = await refused(office(call, ask(among(above, **{first: "20000", second: "6669"}))))
    assert (short.reason, "-1.00" in short.findings[0].message) == ("under_allocated", True)
    other = district.of("township_department", ROADS, "370303107")
    whole = ask(among(above, **{first: "20000", second: "6670"}))
    assert (await refused(other(call, whole))).reason == "not_found"
    assert (await refused(spenders["U107"](call, whole))).reason == "FORBIDDEN"
    await office(call, whole)
    form_of = partial(regional, "370303107", "526056.30")
    weaker = await refused(filed(district, spenders["U107"], projects["U107"], form_of(O1="19999")))
    assert [one.code for one in weaker.findings] == ["child_weaker"]
    kept = await filed(district, spenders["U107"], projects["U107"], form_of(O1="20000"))
    assert next(one.target_value for one in kept.set_from_above if one.code == "O1") == "20000"


@pytest.mark.parametrize(
    ("line", "territory"), [(HEALTH, "370303101"), (ROADS, "370303107"), ("ZD103", "370303107")]
)
async def test_t7_t8_a_part_is_open_to_its_own_line_and_town_alone(
    district: Any, line: str, territory: str
) -> None:
    root, _ = await passed_root(district)
    part = (await allocated(district, root))["370303107"]
    stranger = district.of("unit", line, territory, unit="U777")
    assert (await refused(below(district, stranger, part, "项目"))).reason == "not_found"
    read = programmes_pb.GetProgrammeRequest(programme_id=part.programme_id)
    assert (await refused(stranger(district.programmes.get_programme, read))).reason == "not_found"


@pytest.mark.attack("A15")
async def test_t4_t5_t6_t15_t16_a_project_of_a_transfer_is_reviewed_town_line_finance_in_order(
    district: Any,
) -> None:
    figures = year()["D"]
    root = await made(district, ROADS, "", figures["programme"]["name"], **BY_PROJECT)
    await recorded(district, root, "initial", "10500000.00", year=2024)
    department = district.of("department", ROADS, person="子")
    overall = rows("D", **figures["overall_targets"])
    whole = await filed(district, department, root, form(overall, "11000000.00"))
    town = "370303102"
    station = district.of("unit", ROADS, town, unit="R102", person="公路站·一")
    project = await below(district, station, root, "沣水镇果园路提档升级")
    assert project.description.origin == "city"
    target = await filed(
        district,
        station,
        project,
        form(rows("D", **figures["projects"][0]["targets"]), "11000000.00"),
    )
    finance = district.finance("甲")
    early = await refused(review(district, finance, target, "finance"))
    assert (early.reason, early.article) == ("TRANSFER_REVIEW_OUT_OF_ORDER", "T-15(3), T-16")
    target = await review(
        district, district.of("township_department", ROADS, town), target, "first"
    )
    skipped = await refused(review(district, finance, target, "finance"))  # the town's
    assert skipped.reason == "TRANSFER_REVIEW_OUT_OF_ORDER"
    target = await review(district, district.of("township_finance", "", town), target, "town")
    target = await review(district, district.of("department", ROADS, person="丑"), target, "line")
    target = await review(district, finance, target, "finance")
    whole = await review(district, finance, whole, "finance")
    assert (await programme_now(district, project)).state.name == "DRAFT"
    await admit(district, root)
    await entered(district, root, "11000000.00")
    assert (await programme_now(district, project)).state.name == "BUDGETED"
    told = events_pb.BudgetEntered.from_binary(
        (await district.told("programme.budget_entered"))[-1]
    )
    assert (told.programme_id, told.amount) == (project.programme_id, "11000000.00")
    await recorded(district, root, "initial", "11000000.00")

    purse = district.of("township_finance", "", town, person="乙")
    assert (await refused(release(district, purse, target))).reason == "RELEASE_OUT_OF_ORDER"
    (target,) = await release(district, district.finance(), target)
    line = district.of("department", ROADS, person="寅")
    assert (await refused(release(district, line, target))).reason == "ONLY_FINANCE_RELEASES"
    await release(district, purse, target)
    assert (await programme_now(district, project)).states["2025"] == "executing"
    await release(district, district.finance(), whole)
