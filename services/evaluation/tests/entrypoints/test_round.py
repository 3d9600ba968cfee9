"""The round of 2025 on real parts: filed, rolled up, closed, drawn, re-checked."""

from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import pytest

from jixiao.api.drafts.v1 import drafts_pb as d
from jixiao.api.drafts.v1.drafts_pb_grpc import DraftsClient
from jixiao.api.evaluation.v1 import campaigns_pb as c
from jixiao.api.evaluation.v1 import events_pb as told
from jixiao.api.evaluation.v1 import roll_ups_pb as r
from jixiao.api.evaluation.v1 import self_evaluations_pb as s
from jixiao.api.evaluation.v1 import spot_checks_pb as p
from jixiao.api.evaluation.v1.campaigns_pb_grpc import CampaignsClient
from jixiao.api.evaluation.v1.roll_ups_pb_grpc import RollUpsClient
from jixiao.api.evaluation.v1.self_evaluations_pb_grpc import SelfEvaluationsClient
from jixiao.api.evaluation.v1.spot_checks_pb_grpc import SpotChecksClient
from jixiao.api.results.v1 import events_pb as results
from jixiao.evaluation.application.turning import turn_self_evaluations
from jixiao.servicekit.access import system
from jixiao.servicekit.testing import request_id

from .world import (
    DISTRICT,
    YEAR,
    World,
    a_indicators,
    achieved,
    at,
    clinic_actuals,
    clinic_indicators,
    clinics,
    refused,
)

A = YEAR["A"]
TOWN = "370303107"
FINANCE_D, FINANCE_E, FINANCE_F, FINANCE_A = (
    str(uuid5(NAMESPACE_OID, name)) for name in ("财丁", "财戊", "财己", "财甲")
)
FILER = str(uuid5(NAMESPACE_OID, "资助一"))


class Round:
    """The services called and what was made so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        channel = world.up.channel
        self.campaigns = CampaignsClient(channel)
        self.filed = SelfEvaluationsClient(channel)
        self.roll_ups = RollUpsClient(channel)
        self.checks = SpotChecksClient(channel)
        self.ids: dict[str, str] = {}
        self.programmes: dict[str, Any] = {}

    def post(self, role: str, person: str, line: str, unit: str = "", town: str = DISTRICT) -> Any:
        place = {"territory": town, "line": line, "unit": unit}
        return self.world.up.caller(role, person=person, **place)

    async def see(self, key: str) -> Any:
        finance = self.world.finance(FINANCE_D)
        ask = s.GetSelfEvaluationRequest(self_evaluation_id=self.ids[key])
        return await finance(self.filed.get_self_evaluation, ask)

    async def submit(self, key: str, caller: Any, **form: Any) -> Any:
        request = s.SubmitSelfEvaluationRequest(
            self_evaluation_id=self.ids[key], etag=(await self.see(key)).etag,
            request_id=request_id(), **form,
        )  # fmt: skip
        return await caller(self.filed.submit_self_evaluation, request)


@pytest.fixture(scope="module")
async def round_(running: Any) -> Round:
    """A and two clinics of 房镇镇, known from the other services' events."""
    world = World(await running("evaluation"))
    world.day("2026-01-08")
    made = Round(world)
    made.programmes["A"] = await world.programme(
        "ZD103-U001-2025-0001", at(DISTRICT, "ZD103", "U001"), budget="5600000.00",
        executed="5432000.00", indicators=a_indicators(), number=3, special_fund=True,
        is_major=True,
    )  # fmt: skip
    transfer: dict[str, Any] = {"transfer": True, "budget": "12000000.00"}
    root = await world.programme(
        "ZD104-U000-2025-0001", at(DISTRICT, "ZD104", "U000"), target_level="overall", **transfer
    )
    part = await world.programme(
        "ZD104-T107-2025-0001", at(TOWN, "ZD104", "T107"), target_level="regional", parent=root,
        transfer=True, budget="906993.62",
    )  # fmt: skip
    made.programmes |= {"root": root, "part": part}
    for number, key in enumerate(("C-107-1", "C-107-2"), 1):
        row = clinics()[key]
        made.programmes[key] = await world.programme(
            f"ZD104-U107{number}-2025-0001", at(TOWN, "ZD104", f"U107{number}"),
            budget=row["budget"], executed=row["executed_12"], indicators=clinic_indicators(row),
            parent=part, transfer=True,
        )  # fmt: skip
    return made


def a_form(*, reasons: bool) -> dict[str, Any]:
    given = A["deviation_reasons"] if reasons else {}
    rows = A["self_evaluation"]["actuals"].items()
    return {
        "actuals": {code: achieved(value, given.get(code, "")) for code, value in rows},
        "completion_text": A["completion_text"],
    }


async def test_d20_2_the_list_needs_both_signatures_and_the_round_prefills_what_is_due(
    round_: Round,
) -> None:
    finance = round_.world.finance(FINANCE_D)
    announce = c.AnnounceCampaignRequest(year=2025, request_id=request_id())
    status, why = await refused(finance(round_.campaigns.announce_campaign, announce))
    assert (status, why.reason) == ("FAILED_PRECONDITION", "LIST_NOT_AGREED")

    sign = c.AgreeListRequest(year=2025, request_id=request_id())
    listed = await round_.post("department", "卫子", "ZD104")(round_.campaigns.agree_list, sign)
    assert (listed.state, len(listed.programmes)) == ("draft", 2)
    also = c.AgreeListRequest(year=2025, line="ZD104", request_id=request_id())
    listed = await finance(round_.campaigns.agree_list, also)
    assert listed.state == "agreed"

    made = await finance(round_.campaigns.announce_campaign, announce)
    assert made.due == 3
    assert (made.state, made.unit_due_on, made.town_due_on, made.report_due_on) == (
        "running", "2026-02-28", "2026-03-10", "2026-03-31",
    )  # fmt: skip
    page = s.ListSelfEvaluationsRequest(year=2025, page_size=2)
    first = await finance(round_.filed.list_self_evaluations, page)
    page.page_token = first.next_page_token
    second = await finance(round_.filed.list_self_evaluations, page)
    rows = [*first.self_evaluations, *second.self_evaluations]
    keys = {str(value): key for key, value in round_.programmes.items()}
    round_.ids = {keys[row.programme_id]: row.self_evaluation_id for row in rows}
    assert sorted(round_.ids) == ["A", "C-107-1", "C-107-2"]
    a = await round_.see("A")
    assert (a.funds.full_year_budget, a.funds.executed, a.target_version) == (
        "5600000.00", "5432000.00", 3,
    )  # fmt: skip


async def test_d20_missing_reasons_come_all_at_once_then_a_scores_99_25(round_: Round) -> None:
    round_.world.day("2026-02-05")
    unit = round_.post("unit", FILER, "ZD103", "U001")
    status, why = await refused(round_.submit("A", unit, **a_form(reasons=False)))
    assert status == "INVALID_ARGUMENT"
    assert [each.pointer for each in why.findings] == ["/actuals/B1/reason", "/actuals/B2/reason"]
    stranger = round_.post("unit", "别人", "ZD103", "U009")
    assert (await refused(round_.submit("A", stranger, **a_form(reasons=True))))[0] == "NOT_FOUND"

    round_.world.day("2026-02-06")
    ask = s.PreviewSelfEvaluationRequest(
        self_evaluation_id=round_.ids["A"], **a_form(reasons=False)
    )
    seen = await unit(round_.filed.preview_self_evaluation, ask)
    assert (seen.score.total, len(seen.findings)) == ("99.25", 2)
    filed = await round_.submit("A", unit, **a_form(reasons=True))
    assert (filed.score.total, filed.score.execution.score) == ("99.25", "9.70")
    points = {item.code: item.score for item in filed.score.items}
    assert points == A["self_evaluation"]["expected"]["indicator_scores"]
    assert all(item.explanation.rule for item in filed.score.items)
    event = told.SelfEvaluationSubmitted.from_binary(
        await round_.world.told("self_evaluation.submitted")
    )
    rows = {row.code: row for row in event.indicators}
    assert (rows["O1"].target_text, rows["O1"].actual_text) == ("≥5600人", "5600人")


async def test_t23_t24_fangzhen_is_displayed_97_49_and_binds_at_56_54(round_: Round) -> None:
    world, row = round_.world, clinics()["C-107-1"]
    world.day("2026-02-10")
    clinic = round_.post("unit", "院一", "ZD104", "U1071", TOWN)
    await round_.submit(
        "C-107-1", clinic, actuals=clinic_actuals(row), completion_text="全年签约服务15058人。",
        execution_reason="年末结算，下年按季预拨。",
    )  # fmt: skip
    world.day("2026-03-01")
    acts = world.up.running.transactions

    async def turn(work: Any) -> tuple[None, list[object]]:
        return None, await turn_self_evaluations(work.today, work)

    await acts.act(system("schedule"), "day.turned", turn)
    assert (await round_.see("C-107-2")).state == "overdue"

    world.day("2026-03-06")
    office = round_.post("township_department", "镇丑", "ZD104", "", TOWN)
    back = s.ReturnSelfEvaluationRequest(
        self_evaluation_id=round_.ids["C-107-1"], opinion="请补充说明。",
        etag=(await round_.see("C-107-1")).etag, request_id=request_id(),
    )  # fmt: skip
    checker = round_.post("township_department", "镇乙", "ZD104", "", TOWN)
    assert (await checker(round_.filed.return_self_evaluation, back)).state == "returned"
    ask = d.GetDraftRequest(form="self_evaluation", key=round_.ids["C-107-1"])
    draft = await clinic(DraftsClient(world.up.channel).get_draft, ask)
    assert draft.content is not None
    assert "15058" in str(draft.content.to_python()["actuals"])
    await round_.submit(
        "C-107-1", clinic, actuals=clinic_actuals(row), completion_text="全年签约服务15058人。",
        execution_reason="年末结算，下年按季预拨。",
    )  # fmt: skip
    assert (await refused(clinic(DraftsClient(world.up.channel).get_draft, ask)))[0] == "NOT_FOUND"
    taken = s.AcceptSelfEvaluationRequest(
        self_evaluation_id=round_.ids["C-107-1"], etag=(await round_.see("C-107-1")).etag,
        request_id=request_id(),
    )  # fmt: skip
    assert (await office(round_.filed.accept_self_evaluation, taken)).state == "township_accepted"
    part, root = str(round_.programmes["part"]), str(round_.programmes["root"])
    up = r.RollUpSelfEvaluationsRequest(programme_id=part, year=2025, request_id=request_id())
    town = await office(round_.roll_ups.roll_up_self_evaluations, up)
    assert (town.displayed_score, town.coverage_pct, town.binding_score) == ("97.49", "50.00", "")
    assert town.missing == ["ZD104-U1072-2025-0001"]

    department = round_.post("department", "卫丑", "ZD104")
    line = r.RollUpSelfEvaluationsRequest(
        programme_id=root, year=2025, text="绩效自评报告", own_actuals={"B3": "60.80"},
        request_id=request_id(),
    )  # fmt: skip
    why = (await refused(department(round_.roll_ups.roll_up_self_evaluations, line)))[1]
    assert why.reason == "TOWN_FIRST"
    accounts = round_.post("township_finance", "所甲", "", "", TOWN)
    take = r.ReceiveRollUpRequest(
        roll_up_id=town.roll_up_id, etag=town.etag, request_id=request_id()
    )
    assert (await accounts(round_.roll_ups.receive_roll_up, take)).state == "accepted"
    reported = await department(round_.roll_ups.roll_up_self_evaluations, line)
    assert (await round_.see("C-107-1")).state == "department_accepted"
    finance = world.finance(FINANCE_D)
    take = r.ReceiveRollUpRequest(
        roll_up_id=reported.roll_up_id, etag=reported.etag, request_id=request_id()
    )
    await finance(round_.roll_ups.receive_roll_up, take)
    assert (await round_.see("C-107-1")).state == "finance_received"

    world.day("2026-04-02")
    now = await finance(round_.campaigns.get_campaign, c.GetCampaignRequest(year=2025))
    assert (now.due, now.filed, [m.programme_code for m in now.missing]) == (
        3, 2, ["ZD104-U1072-2025-0001"],
    )  # fmt: skip
    close = c.CloseCampaignRequest(
        campaign_id=now.campaign_id, reason="期限届满", etag=now.etag, request_id=request_id()
    )
    await finance(round_.campaigns.close_campaign, close)
    bound = await accounts(
        round_.roll_ups.get_roll_up, r.GetRollUpRequest(roll_up_id=town.roll_up_id)
    )
    assert (bound.displayed_score, bound.binding_score, bound.binding_grade.name) == (
        "97.49", "56.54", "POOR",
    )  # fmt: skip
    event = told.RolledUp.from_binary(await round_.world.told("roll_up.closed", part))
    assert (event.binding_score, event.anything_filed) == ("56.54", True)
    assert event.missing_programme_ids == [str(round_.programmes["C-107-2"])]
    other = round_.post("township_finance", "别所", "", "", "370303105")
    there = r.GetRollUpRequest(roll_up_id=town.roll_up_id)
    assert (await refused(other(round_.roll_ups.get_roll_up, there)))[0] == "NOT_FOUND"


async def test_d21_anyone_redraws_the_sample_and_the_recheck_of_a_is_78_19(round_: Round) -> None:
    world, checks = round_.world, round_.checks
    world.day("2026-04-13")
    finance = world.finance(FINANCE_D)
    now = await finance(round_.campaigns.get_campaign, c.GetCampaignRequest(year=2025))
    ask = p.DrawSpotCheckRequest(campaign_id=now.campaign_id, request_id=request_id())
    await finance(checks.draw_spot_check, ask)
    again = p.DrawSpotCheckRequest(campaign_id=now.campaign_id, request_id=request_id())
    assert (await refused(finance(checks.draw_spot_check, again)))[1].reason == "already_exists"
    audit = world.up.caller("audit", territory=DISTRICT, person="审甲")
    made = await audit(checks.get_draw, p.GetDrawRequest(campaign_id=now.campaign_id))

    lines = "".join(f"{e.programme_code},{e.points},{e.amount}\n" for e in made.candidates)
    assert sha256(lines.encode()).hexdigest() == made.list_hash
    ranked = sorted(made.candidates, key=lambda e: (-e.points, e.programme_code))
    assert (made.size, made.by_risk) == (2, [ranked[0].programme_code])
    rest = sorted(
        ranked[1:], key=lambda e: sha256(f"{made.seed}:{e.programme_code}".encode()).hexdigest()
    )
    assert made.at_random == [rest[0].programme_code]
    assert ranked[0].points == 45  # major special fund 30, first year 5, largest tenth 10

    check = p.SpotCheck(spot_check_id=made.spot_check_ids[0], etag="1")

    async def act(name: str, caller: Any, **more: Any) -> Any:
        words = "".join(part.capitalize() for part in name.split("_"))
        request = getattr(p, f"{words}Request")(
            spot_check_id=check.spot_check_id, etag=check.etag, request_id=request_id(), **more
        )
        answer = await caller(getattr(checks, name), request)
        check.etag = answer.etag
        return answer

    self_check = act("assign_spot_check", finance, checkers=[FILER, FINANCE_E])
    assert (await refused(self_check))[1].reason == "own_filing"
    await act("assign_spot_check", finance, checkers=[FINANCE_E, FINANCE_F])
    found = {code: achieved(v) for code, v in A["spot_check"]["actuals_found"].items()}
    checker = world.finance(FINANCE_E)
    scored = await act(
        "rescore_spot_check", checker, actuals_found=found, problems=["误按全年计入"]
    )
    assert (scored.recheck.total, scored.difference.diff) == ("78.19", "21.06")
    assert scored.difference.large_difference
    await act("feed_back_spot_check", checker)
    unit = round_.post("unit", FILER, "ZD103", "U001")
    await act("answer_spot_check", unit, answer="1400名学生为秋季学期新增，误按全年计入。")
    why = (await refused(act("conclude_spot_check", checker)))[1]
    assert why.reason == "own_filing"
    final = await act("conclude_spot_check", world.finance(FINANCE_A))
    assert (final.state, final.conclusion) == ("final", "large_difference")
    event = told.SpotCheckConcluded.from_binary(await world.told("spot_check.concluded"))
    assert (event.self_score, event.recheck_score, event.difference, event.grade) == (
        "99.25", "78.19", "21.06", "fair",
    )  # fmt: skip
    assert (event.large_difference, event.reasons) == (True, ["large_difference"])
    notice = uuid4()
    issued = results.NoticeIssued(
        notice_id=str(notice), year=2025, programme_ids=[str(round_.programmes["A"])]
    )
    await world.tell("results.notice.issued", issued, notice)
    seen = await unit(
        checks.get_spot_check, p.GetSpotCheckRequest(spot_check_id=check.spot_check_id)
    )
    assert seen.state == "noticed"
    result = await unit(
        round_.filed.get_latest_result,
        s.GetLatestResultRequest(programme_id=str(round_.programmes["A"]), year=2026),
    )
    assert (result.source, result.total, result.year) == ("recheck", "78.19", 2025)
